//! What documents name exists: flags, scenarios, assumptions, tests.

use std::fs;
use std::process::Command;

use nicepay_sim::testing::Simulator;
use serde_json::json;

use super::{files, paths, programs, root};

fn texts() -> Vec<(String, String)> {
    paths().into_iter().map(|path| (path.clone(), fs::read_to_string(root().join(path)).unwrap())).collect()
}

/// Every assumption has its row.
#[test]
fn the_assumptions_are_all_there() {
    let protocol = fs::read_to_string(root().join("docs/PROTOCOL.md")).unwrap();
    let rows: Vec<&str> = protocol.lines().filter(|line| line.starts_with("| A-")).collect();
    let ids: Vec<String> = rows.iter().map(|row| row[2..].split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(ids, (1..=45).map(|i| format!("A-{i:02}")).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row.matches(" | ").count() == 3), "question, answer, switch");
}

#[test]
fn every_flag_that_a_page_names_can_be_typed() {
    let commands = ["ca", "healthcheck", "check", "sign", "explain", "exec", "audit"].map(|command| {
        let output = Command::new(env!("CARGO_BIN_EXE_nicepay-sim")).args([command, "--help"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    });
    let help = format!("{}{}", programs::help(), commands.concat());
    for (page, text) in texts() {
        for rest in text.split("`--").skip(1) {
            let flag = rest.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap();
            // The limits are named as a family; some flags are those of Cargo, Node, Gradle, wget and Docker.
            let docker = ["add-host", "cap-drop", "read-only", "user", "volume"];
            let others = ["release", "profile", "lib", "test", "require", "no-daemon", "ca-certificate"];
            let known = ["", "max-"].contains(&flag) || others.contains(&flag) || docker.contains(&flag);
            let typed = |end: char| help.contains(&format!("--{flag}{end}"));
            assert!(known || typed(' ') || typed('\n'), "{page} names --{flag}");
        }
    }
}

/// `cargo test --test it tenants::a_name`: the modules and the function are in `tests/it`.
#[test]
fn every_test_that_a_page_names_exists() {
    for (page, text) in texts() {
        for command in text.split("cargo test --").skip(1) {
            let mut words = command.split(['`', '\n']).next().unwrap().split(' ');
            let folder = match (words.next(), words.next()) {
                (Some("test"), Some(program)) => format!("tests/{program}"),
                (Some("lib"), Some(filter)) => {
                    words = filter.split(' ');
                    "src".to_owned()
                }
                _ => continue,
            };
            let sources: String =
                files(&root().join(&folder), "rs").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
            for name in words.flat_map(|filter| filter.split("::")) {
                let is_there = sources.contains(&format!("fn {name}")) || sources.contains(&format!("mod {name};"));
                assert!(is_there, "{page} names the test {name}, which is not in {folder}");
            }
        }
    }
}

#[test]
fn every_scenario_that_a_page_names_is_built_in() {
    for (page, text) in texts() {
        for rest in text.split("scenario `").skip(1) {
            let name = rest.split('`').next().unwrap();
            assert!(root().join(format!("scenarios/{name}.toml")).exists(), "{page} names the scenario {name}");
        }
    }
}

#[test]
fn every_scenario_is_in_the_reference_as_the_simulator_describes_it() {
    let page = fs::read_to_string(root().join("docs/reference/scenarios.md")).unwrap();
    let mut rows: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let sim = Simulator::start();
    let mut available: Vec<String> =
        serde_json::from_value(sim.http().get("/__sim/api/scenario").json()["available"].clone()).unwrap();
    for name in &available {
        let shown = sim.http().put_json("/__sim/api/scenario", &json!({ "name": name })).json();
        let description = shown["description"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(&format!("| `{name}` | {description} |")), "{name}: the page says something else");
    }
    rows.sort_unstable();
    available.sort_unstable();
    assert_eq!(rows, available);
    for (folder, prefix) in [("scenarios", ""), ("scenarios/audit", "audit-")] {
        for file in fs::read_dir(root().join(folder)).unwrap() {
            let name = file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
            // The lenders' shoppers and products are no scenarios, and the drills have a folder of their own.
            let is_other = ["kredivo", "akulaku", "indodana", "audit"].contains(&name.as_str());
            assert!(is_other || available.contains(&format!("{prefix}{name}")), "{name} is not built in");
        }
    }
}
