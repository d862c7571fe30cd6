//! What a release has: the versions of its packages, the names of its archives, and the workflows that build it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::process::Folder;
use crate::docs::yaml;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn toml(path: &str) -> toml::Table {
    toml::from_str(&read(path)).unwrap()
}

fn workflow(name: &str) -> Value {
    yaml::parse(&read(&format!(".github/workflows/{name}.yml"))).unwrap()
}

/// All jobs of all workflows, by their names.
fn jobs() -> Vec<(String, Value)> {
    let all = ["ci", "release"].into_iter().flat_map(|name| {
        let jobs = workflow(name)["jobs"].as_object().unwrap().clone();
        jobs.into_iter().map(move |(job, value)| (format!("{name}/{job}"), value))
    });
    all.collect()
}

fn steps(job: &Value) -> Vec<&Value> {
    job["steps"].as_array().into_iter().flatten().collect()
}

#[test]
fn all_packages_have_the_version_of_the_program() {
    let python = toml("clients/python/pyproject.toml");
    assert_eq!(python["project"]["version"].as_str(), Some(VERSION), "clients/python/pyproject.toml");
    let node: Value = serde_json::from_str(&read("clients/node/package.json")).unwrap();
    assert_eq!(node["version"], VERSION, "clients/node/package.json");
    let programs = node["optionalDependencies"].as_object().expect("the programs are optional dependencies");
    assert!(programs.contains_key("nicepay-sim-linux-x64"), "{programs:?}");
    for (name, version) in programs {
        assert_eq!(version, VERSION, "clients/node/package.json: {name}");
    }
    // Packagist takes the version from the tag; a version that stands in the file has to be that one.
    let php: Value = serde_json::from_str(&read("clients/php/composer.json")).unwrap();
    assert!(php["version"].is_null() || php["version"] == VERSION, "clients/php/composer.json");
}

/// `nicepay-sim-1.2.3-…`, `nicepay-sim:1.2.3`, `nicepay_sim-1.2.3-…`
#[test]
fn what_a_page_installs_is_this_version() {
    let mut found = 0;
    let mut pages = vec![root().join("README.md"), root().join("README.id.md"), root().join("compose.yaml")];
    let mut folders = vec![root().join("docs"), root().join("clients")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_installed = path.file_name().is_some_and(|name| name == "node_modules" || name == "vendor");
            if path.is_dir() && !is_installed {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    for page in pages {
        let text = fs::read_to_string(&page).unwrap_or_default();
        for begin in ["nicepay-sim-", "nicepay_sim-", "nicepay-sim:", "nicepay-sim-linux-x64-"] {
            for (at, _) in text.match_indices(begin) {
                let rest = &text[at + begin.len()..];
                let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
                let version = version.trim_end_matches('.');
                if version.split('.').count() == 3 {
                    assert_eq!(version, VERSION, "{}: {begin}{version}", page.display());
                    found += 1;
                }
            }
        }
    }
    assert!(found > 5, "the pages name {found} files");
}

/// Where `cargo binstall` looks for the archive of a target, and for the program in it.
fn binstall(target: &str) -> (String, String) {
    let manifest = toml("Cargo.toml");
    let metadata = &manifest["package"]["metadata"]["binstall"];
    let filled = |key: &str| {
        let suffix = if target.contains("windows") { ".exe" } else { "" };
        let values = [
            ("{ repo }", "https://example.com/repo"),
            ("{ name }", "nicepay-sim"),
            ("{ bin }", "nicepay-sim"),
            ("{ version }", VERSION),
            ("{ target }", target),
            ("{ binary-ext }", suffix),
        ];
        values.iter().fold(metadata[key].as_str().unwrap().to_owned(), |text, (name, value)| text.replace(name, value))
    };
    let (url, program) = (filled("pkg-url"), filled("bin-dir"));
    let release = format!("https://example.com/repo/releases/download/v{VERSION}/");
    (url.strip_prefix(&release).unwrap_or_else(|| panic!("{url}")).to_owned(), program)
}

/// The step of the workflow is run as it is.
#[test]
fn the_archives_of_a_release_are_those_that_binstall_takes() {
    let release = workflow("release");
    let build = &release["jobs"]["build"];
    let rows = build["strategy"]["matrix"]["include"].as_array().unwrap();
    let targets: BTreeSet<_> = rows.iter().map(|row| row["target"].as_str().unwrap()).collect();
    let expected = [
        "aarch64-apple-darwin",
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "x86_64-pc-windows-msvc",
        "x86_64-unknown-linux-musl",
    ];
    assert_eq!(targets, BTreeSet::from(expected));
    let pack = steps(build).into_iter().find(|step| step["name"] == "Pack").unwrap();
    for target in targets {
        let (archive, program) = binstall(target);
        let folder = Folder::new();
        for name in ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
            fs::write(folder.0.join(name), name).unwrap();
        }
        let name = Path::new(&program).file_name().unwrap().to_str().unwrap();
        fs::create_dir_all(folder.0.join("target")).unwrap();
        fs::write(folder.0.join("target").join(name), "the program").unwrap();
        let packed = Command::new("bash")
            .args(["-eo", "pipefail", "-c", pack["run"].as_str().unwrap()])
            .current_dir(&folder.0)
            .env("TARGET", target)
            .env("PROGRAM", format!("target/{name}"))
            .env("GITHUB_REF_NAME", format!("v{VERSION}"))
            .stdin(Stdio::null())
            .status();
        assert!(packed.unwrap().success());
        let inside = Command::new("tar")
            .args(["-xzOf", &format!("dist/{archive}"), &program])
            .current_dir(&folder.0)
            .output()
            .unwrap();
        assert_eq!(inside.stdout, b"the program", "{target}: {}", String::from_utf8_lossy(&inside.stderr));
    }
}

#[test]
fn the_archive_of_scripts_dist_is_one_that_binstall_takes() {
    let script = read("scripts/dist");
    let target = script.lines().find_map(|line| line.strip_prefix("TARGET=")).expect("scripts/dist has a target");
    let (archive, program) = binstall(target);
    assert!(
        script.contains("local name=\"nicepay-sim-$version-$TARGET\""),
        "the name of the archive and of its folder"
    );
    assert!(script.contains(">\"dist/$name.tar.gz\""));
    assert_eq!(archive, format!("nicepay-sim-{VERSION}-{target}.tar.gz"));
    assert_eq!(program, format!("nicepay-sim-{VERSION}-{target}/nicepay-sim"));
}

#[test]
fn a_job_may_do_only_what_it_says_and_uses_fixed_versions() {
    for name in ["ci", "release"] {
        assert_eq!(workflow(name)["permissions"], serde_json::json!({}), "{name}: nothing is allowed for all jobs");
        let text = read(&format!(".github/workflows/{name}.yml"));
        assert!(
            text.lines().take(8).any(|line| line.starts_with("# Not run so far: ")),
            "{name} says what was not run"
        );
    }
    for (name, job) in jobs() {
        let allowed = job["permissions"].as_object().unwrap_or_else(|| panic!("{name} has permissions of its own"));
        let writes: Vec<_> =
            allowed.iter().filter(|(_, value)| *value == "write").map(|(key, _)| key.as_str()).collect();
        let expected: &[&str] = match name.as_str() {
            "release/release" => &["contents", "id-token", "attestations"],
            "release/npm" | "release/pypi" => &["id-token"],
            _ => &[],
        };
        assert_eq!(writes, expected, "{name}");
        for step in steps(&job) {
            if let Some(action) = step["uses"].as_str() {
                let version = action.split_once('@').map(|(_, version)| version).unwrap_or_default();
                let is_fixed = version
                    .trim_start_matches("release/")
                    .strip_prefix('v')
                    .is_some_and(|number| number.starts_with(|first: char| first.is_ascii_digit()));
                assert!(is_fixed, "{name}: {action}");
            }
        }
    }
}

/// Nothing is published unless a person has switched it on, and then approves each time.
#[test]
fn a_person_decides_about_publishing() {
    for (name, variable) in [("npm", "PUBLISH_NPM"), ("pypi", "PUBLISH_PYPI")] {
        let job = &workflow("release")["jobs"][name];
        assert_eq!(job["environment"], name);
        assert_eq!(job["if"], format!("vars.{variable} == 'true'"));
        assert_eq!(job["needs"], "release");
        assert!(read("docs/RELEASING.md").contains(&format!("`{variable}`")), "{variable} is explained");
    }
    let publishes = |step: &Value| {
        let text = step.to_string();
        ["npm publish", "pypi-publish", "cargo publish", "docker push", "twine"].iter().any(|word| text.contains(word))
    };
    let by: Vec<_> = jobs().into_iter().filter(|(_, job)| steps(job).into_iter().any(publishes)).collect();
    assert_eq!(by.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["release/npm", "release/pypi"]);
    let draft = &workflow("release")["jobs"]["release"];
    let commands: String = steps(draft).iter().filter_map(|step| step["run"].as_str()).collect();
    assert!(commands.contains("gh release create \"$GITHUB_REF_NAME\" --draft "), "{commands}");
}

#[test]
fn the_scripts_that_workflows_call_are_there() {
    let mut called = BTreeSet::new();
    for (_, job) in jobs() {
        for script in steps(&job).iter().filter_map(|step| step["run"].as_str()) {
            called.extend(script.split_whitespace().filter(|word| word.contains("scripts/")).map(str::to_owned));
        }
    }
    assert!(called.contains("./scripts/test") && called.contains("./scripts/dist"), "{called:?}");
    for script in called {
        assert!(root().join(script.trim_start_matches("./")).exists(), "{script}");
    }
}

#[test]
fn a_built_program_is_tried() {
    let tried = |program: &str| {
        let output =
            Command::new(root().join("scripts/try-program")).arg(program).stdin(Stdio::null()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, said, _) = tried(env!("CARGO_BIN_EXE_nicepay-sim"));
    assert_eq!((code, said.trim()), (Some(0), format!("nicepay-sim {VERSION}: started, healthy, stopped").as_str()));
    let (code, said, errors) = tried("/bin/true");
    assert_eq!((code, said.as_str()), (Some(1), ""), "{errors}");
    assert!(errors.contains("its first line is ''"), "{errors}");
}
