//! Configurations of CI systems: they are YAML, and their steps are run where the page says so.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::blocks::{Block, Document};
use super::{files, wrong};
use crate::common::process::Folder;

/// The info string of a configuration of which every step is run.
const RUN: &str = "yaml,steps";
/// The place of the files that the pages speak of.
const FILES: &str = "https://files.example.com";
/// What takes the place of `npm test`: one payment, and its notification.
const SUITE: &str = r#"#!/usr/bin/env bash
set -euo pipefail
[ "$*" = test ]
api="$NICEPAY_SIM_URL/__sim/api"
json='Content-Type: application/json'
tXid="$(curl -fsS "$api/samples" -H "$json" -d '{}' | sed 's/.*"tXid":"\([^"]*\)".*/\1/')"
curl -fsS "$api/transactions/$tXid/buyer" -H "$json" -d '{}'
curl -fsS "$api/events/wait?type=notification.delivered&tXid=$tXid"
"#;

/// Commands that run in one shell.
struct Step {
    script: String,
    variables: Vec<(String, String)>,
}

/// Reads a file of a CI system, of Compose, …
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}

/// The lines of all commands in it.
pub(super) fn commands(text: &str) -> Result<Vec<String>, String> {
    let all = jobs(&parse(text)?).into_iter().flat_map(|job| steps(&job));
    Ok(all.flat_map(|step| super::shell::commands(&step.script)).collect())
}

/// The jobs of GitHub, or those of GitLab.
fn jobs(file: &Value) -> Vec<Value> {
    let jobs = file.get("jobs").unwrap_or(file);
    jobs.as_object().map(|jobs| jobs.values().cloned().collect()).unwrap_or_default()
}

fn steps(job: &Value) -> Vec<Step> {
    if job["script"].is_array() {
        let lines = ["before_script", "script"].iter().flat_map(|part| texts(&job[*part]));
        return vec![Step { script: lines.collect::<Vec<_>>().join("\n"), variables: variables(&job["variables"]) }];
    }
    let steps = job["steps"].as_array().cloned().unwrap_or_default();
    let with_commands = steps.iter().filter_map(|step| Some((step, step["run"].as_str()?)));
    with_commands
        .map(|(step, script)| {
            let variables = [variables(&job["env"]), variables(&step["env"])].concat();
            Step { script: script.to_owned(), variables }
        })
        .collect()
}

fn variables(of: &Value) -> Vec<(String, String)> {
    let pairs = of.as_object().into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// The files that a job keeps, as patterns.
fn kept(job: &Value) -> Vec<String> {
    let uploads = job["steps"].as_array().into_iter().flatten();
    let by_github = uploads.filter_map(|step| step["with"]["path"].as_str()).flat_map(str::lines).map(str::to_owned);
    let by_gitlab = texts(&job["artifacts"]["paths"]);
    by_github.chain(by_gitlab).chain(job["artifacts"]["reports"]["junit"].as_str().map(str::to_owned)).collect()
}

/// What is wrong with the configurations of a page that are run.
pub(super) fn test(document: &Document) -> Vec<String> {
    let blocks = document.with_info(RUN);
    blocks.flat_map(|(_, block)| run(block).into_iter().map(|why| wrong(document, block, &why))).collect()
}

/// Runs the steps of each job.
fn run(block: &Block) -> Vec<String> {
    let file = match parse(&block.text) {
        Ok(file) => file,
        Err(error) => return vec![error],
    };
    let mut all = Vec::new();
    let jobs = jobs(&file);
    let mut ran = 0;
    for job in jobs.iter().filter(|job| !steps(job).is_empty()) {
        let runner = Runner::new();
        for step in steps(job) {
            all.extend(runner.run(&step).err());
            ran += 1;
        }
        all.extend(kept(job).iter().filter_map(|pattern| runner.lacks(pattern)));
        all.extend(runner.reports(file.get("jobs").is_some()).err());
    }
    if ran == 0 {
        all.push("it has no step".to_owned());
    }
    all
}

/// A machine of a CI system.
struct Runner {
    folder: Folder,
    /// The groups of the processes that steps have started.
    groups: std::cell::RefCell<Vec<u32>>,
}

impl Runner {
    fn new() -> Self {
        let folder = Folder::new();
        for name in ["work", "files", "bin"] {
            fs::create_dir(folder.0.join(name)).unwrap();
        }
        let suite = folder.0.join("bin/npm");
        fs::write(&suite, SUITE).unwrap();
        fs::set_permissions(&suite, fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["path", "env", "summary"] {
            fs::write(folder.0.join(name), "").unwrap();
        }
        Self { folder, groups: std::cell::RefCell::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs a step as GitHub and GitLab do: in a shell that stops at the first command that fails.
    fn run(&self, step: &Step) -> Result<(), String> {
        let path = self.read("path").lines().rev().fold(String::new(), |all, folder| format!("{all}{folder}:"));
        let path = format!("{path}{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("bash");
        command.args(["-e", "-o", "pipefail", "-c", &step.script]).current_dir(self.path("work")).env("PATH", path);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("NICEPAY_SIM_")) {
            command.env_remove(name);
        }
        for (variable, file) in [("GITHUB_PATH", "path"), ("GITHUB_ENV", "env"), ("GITHUB_STEP_SUMMARY", "summary")] {
            command.env(variable, self.path(file));
        }
        for (name, value) in &step.variables {
            if name == "ARCHIVE" {
                self.pack(value);
            }
            let files = format!("file://{}", self.path("files").display());
            command.env(name, value.replace(FILES, &files));
        }
        for line in self.read("env").lines() {
            let (name, value) = line.split_once('=').ok_or_else(|| format!("GITHUB_ENV has the line {line:?}"))?;
            command.env(name, value);
        }
        let child = command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = child.unwrap();
        self.groups.borrow_mut().push(child.id());
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            return Ok(());
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Err(format!("{}\nends with {}:\n{}{}", step.script, output.status, text(&output.stdout), text(&output.stderr)))
    }

    /// An archive of the program as a release has it; the program in it is a link.
    fn pack(&self, name: &str) {
        let script = "mkdir \"$1\" && ln -s \"$2\" \"$1/nicepay-sim\" && tar -czf \"$1.tar.gz\" \"$1\" && rm -r \"$1\" \
                      && sha256sum \"$1.tar.gz\" > SHA256SUMS";
        let files = self.path("files");
        if files.join(format!("{name}.tar.gz")).exists() {
            return;
        }
        let packed = Command::new("bash")
            .args(["-ec", script, "bash", name, env!("CARGO_BIN_EXE_nicepay-sim")])
            .current_dir(files)
            .status();
        assert!(packed.unwrap().success());
    }

    /// Says that there is nothing to keep: a pattern is a file, a folder, or the beginning of a name and `*`.
    fn lacks(&self, pattern: &str) -> Option<String> {
        let work = self.path("work");
        let is_there = match pattern.split_once('*') {
            None => {
                let path = work.join(pattern);
                path.is_file() || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some())
            }
            Some((begin, _)) => {
                let mut entries = fs::read_dir(work).unwrap().map(|entry| entry.unwrap().file_name());
                entries.any(|name| name.to_string_lossy().starts_with(begin))
            }
        };
        (!is_there).then(|| format!("the job keeps {pattern}, which no step has written"))
    }

    /// Whether the job has written an integration report as JUnit, and shown one on the page that GitHub has for it.
    fn reports(&self, shows: bool) -> Result<(), String> {
        let work = self.path("work");
        let reports = files(&work, "xml");
        let [report] = reports.as_slice() else { return Err(format!("there is not one report but {reports:?}")) };
        let text = read(report)?;
        let xml = roxmltree::Document::parse(&text).map_err(|error| error.to_string())?;
        let suites = xml.root_element();
        let count: usize = suites.attribute("tests").and_then(|tests| tests.parse().ok()).unwrap_or(0);
        if suites.tag_name().name() != "testsuites" || count == 0 {
            return Err(format!("{} has no tests:\n{text}", report.display()));
        }
        // The suite's payment is judged.
        let skipped: usize = suites.attribute("skipped").and_then(|skipped| skipped.parse().ok()).unwrap_or(count);
        if skipped >= count {
            return Err("nothing was judged".to_owned());
        }
        let summary = self.read("summary");
        if shows && !summary.starts_with("# Integration report") {
            return Err(format!("the page of the run shows {summary:?}"));
        }
        for one in files(&work, "json") {
            let json: Result<Value, _> = serde_json::from_str(&read(&one)?);
            json.map_err(|error| format!("{}: {error}", one.display()))?;
        }
        Ok(())
    }
}

impl Drop for Runner {
    /// Ends what steps have left in the background, as the system does.
    fn drop(&mut self) {
        for group in self.groups.borrow().iter() {
            let ended = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).stderr(Stdio::null()).status();
            ended.unwrap();
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[test]
fn the_commands_of_both_systems_are_found() {
    let github = "jobs:\n  a:\n    steps:\n      - uses: x@v1\n      - run: npm test\n      - run: |\n          cd x\n          make \\\n            all\n";
    assert_eq!(commands(github), Ok(["npm test", "cd x", "make    all"].map(str::to_owned).to_vec()));
    let gitlab = "a:\n  before_script:\n    - cd x\n  script: [npm test, make]\n";
    assert_eq!(commands(gitlab), Ok(["cd x", "npm test", "make"].map(str::to_owned).to_vec()));
    assert!(commands("a:\n\t- b").is_err(), "YAML has no tabs");
}

#[test]
fn a_job_that_goes_wrong_is_noticed() {
    let block = |text: &str| Block { line: 1, info: RUN.to_owned(), text: text.to_owned(), output_of: None };
    let why = |text: &str| run(&block(text)).join("\n");
    let with = |commands: &str| format!("a:\n  variables:\n    ARCHIVE: nicepay-sim-1\n    FILES: {FILES}\n{commands}");
    assert!(why("a:\n  image: node:22\n").contains("no step"));
    assert!(why(&with("  script: [exit 3]\n")).contains("exit status: 3"));
    assert!(why(&with("  script: ['true']\n  artifacts:\n    paths: [x.txt]\n")).contains("keeps x.txt"));
    assert!(why(&with("  script: ['true']\n")).contains("not one report"));
    let empty = "  script: ['echo \"<testsuites tests=\\\"1\\\" skipped=\\\"1\\\"/>\" > r.xml']\n";
    assert!(why(&with(empty)).contains("nothing was judged"));
}
