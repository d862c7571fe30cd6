//! The commands of a page: `bash` blocks are run in one shell, `sh` blocks are read, and run where the page shows what they
//! print.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use nicepay_sim::testing::Simulator;

use super::blocks::{Block, Document};
use super::compare::fits;
use super::{checks, document, programs, root, wrong, yaml};
use crate::common::process::Folder;

/// Where the pages say that the simulator is.
const ADDRESS: &str = "http://127.0.0.1:8606";
/// Ends the output of a block.
const END: &str = "--- end of block";
const PROGRAM: &str = env!("CARGO_BIN_EXE_nicepay-sim");

/// What is wrong with the commands of a page, and with the programs that follow them.
pub(super) fn test(document: &Document) -> Vec<String> {
    let mut wrong: Vec<String> = document.with_info("sh").flat_map(|(at, block)| typed(document, at, block)).collect();
    wrong.extend(document.with_info("yaml").flat_map(|(_, block)| steps(document, block)));
    let commands: Vec<_> = document.with_info("bash").collect();
    if commands.is_empty() && document.checks.is_empty() && !programs::has_any(document) {
        return wrong;
    }
    let sim = Simulator::builder().clock("system").start();
    let folder = Folder::new();
    let helpers = document.helpers.as_deref().map(helpers).unwrap_or_default();
    let texts: Vec<_> = commands.iter().map(|(_, block)| block.text.as_str()).collect();
    let outputs = match run(&sim, &folder, &helpers, &texts) {
        Ok(outputs) => outputs,
        Err(why) => return vec![format!("{}: {why}", document.path)],
    };
    for ((at, block), output) in commands.iter().zip(&outputs) {
        wrong.extend(compared(document, *at, block, output));
    }
    wrong.extend(programs::run(document, &sim, &folder));
    for name in &document.checks {
        let check = checks::CHECKS.iter().find(|(known, _)| known == name);
        check.unwrap_or_else(|| panic!("there is no check {name}")).1(&sim, &outputs.concat());
    }
    wrong
}

/// The first block of commands of another page.
fn helpers(path: &str) -> String {
    let page = document(path);
    let (_, first) = page.with_info("bash").next().unwrap_or_else(|| panic!("{path} has no commands"));
    first.text.clone()
}

/// What is wrong with the output of a block.
pub(super) fn compared(document: &Document, at: usize, block: &Block, output: &str) -> Option<String> {
    let shown = document.output_of(at)?;
    let why = format!("the page shows another output; it is\n{output}");
    (!fits(&shown.text, output)).then(|| wrong(document, block, &why))
}

/// Runs blocks as a reader would paste them, and answers with what each prints.
fn run(sim: &Simulator, folder: &Folder, helpers: &str, blocks: &[&str]) -> Result<Vec<String>, String> {
    let mark = format!("printf '\\n%s\\n' '{END}'\n");
    let ended = blocks.iter().flat_map(|block| [block, "\n", mark.as_str()]).collect::<String>();
    let script = format!("{helpers}\nprintf '\\n%s\\n' '{END}'\n{ended}").replace(ADDRESS, sim.url());
    let output = bash(folder, &script, &[]).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        return Err(format!("a command failed:\n{out}\n{err}"));
    }
    let out = out.replace(sim.url(), ADDRESS);
    let mut outputs: Vec<_> = out.split(&format!("\n{END}\n")).map(str::to_owned).collect();
    outputs.pop();
    // What the helpers print is another page's.
    Ok(outputs.split_off(1))
}

/// A shell in which the program can be called by its name.
pub(super) fn bash(folder: &Folder, script: &str, args: &[&str]) -> Command {
    let built = Path::new(PROGRAM).parent().unwrap().to_str().unwrap();
    let path = format!("{built}:{}", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", script, "bash"]).args(args).env("PATH", path).env_remove("NOTIFY");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("NICEPAY_SIM_")) {
        command.env_remove(name);
    }
    command.current_dir(&folder.0).stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// `cargo run … -- X` is `nicepay-sim X`.
const CARGO: &str =
    "cargo() { while [ $# -gt 0 ] && [ \"$1\" != -- ]; do shift; done; [ $# -eq 0 ] || shift; nicepay-sim \"$@\"; }\n";

/// What is wrong with commands that are read, and run where the page shows what they print.
fn typed(document: &Document, at: usize, block: &Block) -> Vec<String> {
    let lines = commands(&block.text);
    let mut all: Vec<_> =
        lines.iter().filter_map(|line| unknown(line)).map(|why| wrong(document, block, &why)).collect();
    let Some(shown) = document.output_of(at).filter(|_| all.is_empty()) else { return all };
    let Some(last) = lines.last() else { return all };
    let serves = program_arguments(last)
        .is_some_and(|words| matches!(words.first().map(String::as_str), None | Some("serve" | "demo")));
    let output = if serves { served(last, shown.text.trim().lines().count()) } else { printed(last) };
    all.extend(compared(document, at, block, &output));
    all
}

/// What is wrong with the commands of a CI configuration, which are read like those of an `sh` block.
fn steps(document: &Document, block: &Block) -> Vec<String> {
    match yaml::commands(&block.text) {
        Ok(lines) => lines.iter().filter_map(|line| unknown(line)).map(|why| wrong(document, block, &why)).collect(),
        Err(error) => vec![wrong(document, block, &error)],
    }
}

fn printed(command: &str) -> String {
    let output = bash(&Folder::new(), &format!("{CARGO}{command}"), &[]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The first lines that a program prints which serves until it is stopped.
fn served(command: &str, lines: usize) -> String {
    let folder = Folder::new();
    // It takes a free port, and is the shell's own process, which is stopped.
    let script = format!("{}{command}", CARGO.replace("; nicepay-sim", "; exec nicepay-sim"));
    let mut child = bash(&folder, &script, &[]).env("NICEPAY_SIM_LISTEN", "127.0.0.1:0").spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    for _ in 0..lines {
        stdout.read_line(&mut text).unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let address = text.split_whitespace().find_map(|word| word.strip_prefix("http://")).unwrap_or_default();
    let host = address.split('/').next().unwrap_or_default().to_owned();
    if host.is_empty() { text } else { text.replace(&host, "127.0.0.1:8606") }
}

/// The commands of a block: one a line, but for lines that go on.
pub(super) fn commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// What may stand in commands that are not run, beside the program itself.
const OTHERS: [&str; 20] = [
    "apt-get",
    "cargo",
    "cat",
    "cd",
    "curl",
    "docker",
    "export",
    "gh",
    "git",
    "make",
    "mkdir",
    "npm",
    "npx",
    "pip",
    "podman",
    "rustup",
    "sha256sum",
    "sudo",
    "tar",
    "vendor/bin/phpunit",
];

/// Why a command cannot be typed like that.
fn unknown(command: &str) -> Option<String> {
    let mut words = words(command);
    let set: Vec<String> = words.iter().take_while(|word| is_assignment(word)).cloned().collect();
    words.drain(..set.len());
    let exported = words.iter().filter(|word| is_assignment(word));
    for name in set.iter().chain(exported).filter_map(|word| word.split('=').next()) {
        // The help does not show the value of a variable that is a secret.
        let is_setting = ["=", "]"].iter().any(|end| programs::help().contains(&format!("[env: {name}{end}")));
        if name.starts_with("NICEPAY_SIM_") && !is_setting {
            return Some(format!("there is no setting {name}"));
        }
    }
    let first = words.first()?;
    if let Some(script) = first.strip_prefix("./") {
        return (!root().join(script).exists()).then(|| format!("there is no {first}"));
    }
    if let Some(arguments) = program_arguments(command) {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        return nicepay_sim::cli::parse(&arguments).err();
    }
    (!OTHERS.contains(&first.as_str())).then(|| format!("{first} is not a command that a page may show in an sh block"))
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
}

/// What follows the program's name in a command; none where it calls another program.
fn program_arguments(command: &str) -> Option<Vec<String>> {
    let words = words(command);
    let mut words = words.into_iter().skip_while(|word| is_assignment(word));
    let first = words.next()?;
    let mut rest: Vec<String> = words.collect();
    if first == "cargo" && rest.first().is_some_and(|word| word == "run") {
        let at = rest.iter().position(|word| word == "--").map_or(rest.len(), |at| at + 1);
        rest.drain(..at);
    } else if first != "nicepay-sim" {
        return None;
    }
    let end = rest.iter().position(|word| ["|", "<", ">", "&&", ";", "&"].contains(&word.as_str()));
    rest.truncate(end.unwrap_or(rest.len()));
    Some(rest)
}

/// The words of a command, as a shell splits them.
fn words(command: &str) -> Vec<String> {
    let script = format!(
        "printf '%s\\n' {}",
        command
            .replace('<', " '<' ")
            .replace('>', " '>' ")
            .replace('|', " '|' ")
            .replace('&', " '&' ")
            .replace(';', " ';' ")
    );
    let output = Command::new("bash").args(["-c", &script]).stderr(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Says something although the test goes well.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
