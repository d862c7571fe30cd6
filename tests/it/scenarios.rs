//! docs/SCENARIOS.md, as written: every command is run, every file is read and its examples are tried.

use std::path::Path;

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};

use crate::readme::{README, blocks_of, run};

const PAGE: &str = include_str!("../../docs/SCENARIOS.md");

#[test]
fn every_command_does_what_the_page_says() {
    let sim = Simulator::builder().clock("system").start();
    let commands = [vec![blocks_of(README, "walk")[0]], blocks_of(PAGE, "scenarios")].concat().concat();
    let out = run(&sim, &commands);
    let answers: Vec<Value> = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let stages: Vec<_> = answers.iter().filter_map(|answer| answer["stage"].as_str()).collect();
    assert_eq!(stages, ["declined", "approved", "approved", "approved"], "{out}");
    assert!(out.contains("\"ok\":true") && out.contains("\nexpired\n"), "{out}");
    let explained = out.lines().last().unwrap();
    assert!(explained.contains("\"because\":\"amt is 25145, not 1000000 or more\""), "{out}");
    // What was ordered went out: twice the same, and one that says failed of a payment that is paid.
    let notifications = sim.http().get("/__sim/api/notifications").json();
    let of = |variant: &str| {
        let all = notifications.as_array().unwrap().iter().filter(|notice| notice["variant"] == variant);
        all.map(|notice| notice["request"]["fields"].clone()).collect::<Vec<_>>()
    };
    let twice = of("duplicate");
    assert_eq!((twice.len(), &twice[0]), (2, &twice[1]));
    let changed = of("changed-status");
    assert_eq!((changed.len(), &changed[0]["status"]), (1, &json!("8")));
    let shop = sim.shop();
    let field = |name: &str| changed[0][name].as_str().unwrap();
    assert_eq!(field("merchantToken"), shop.sign(&[shop.i_mid(), field("tXid"), field("amt")]), "it is valid");
    assert_eq!(of("wrong-token").len(), 1);
}

#[test]
fn every_file_on_the_page_can_be_told_and_its_examples_hold() {
    let files: Vec<_> = PAGE.split("```toml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert!(files.len() >= 8);
    let sim = Simulator::start();
    let folder = crate::common::process::Folder::new();
    for file in &files {
        sim.set_scenario(file);
    }
    let written: Vec<_> =
        files.iter().enumerate().map(|(i, file)| folder.write(&format!("story-{i}.toml"), file)).collect();
    let mut args = vec!["check"];
    args.extend(written.iter().map(String::as_str));
    let checked = folder.run(&args);
    assert_eq!(checked.code, Some(0), "{}{}", checked.stdout, checked.stderr);
}

#[test]
fn every_scenario_is_on_the_page_and_every_row_is_a_scenario() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let listed = PAGE.split_once("## The built-in scenarios").unwrap().1;
    let mut rows: Vec<_> = listed.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let sim = Simulator::start();
    let mut available: Vec<String> =
        serde_json::from_value(sim.http().get("/__sim/api/scenario").json()["available"].clone()).unwrap();
    for name in &available {
        let shown = sim.http().put_json("/__sim/api/scenario", &json!({ "name": name })).json();
        let description = shown["description"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(listed.contains(&format!("| `{name}` | {description} |")), "{name}: the page says something else");
    }
    rows.sort_unstable();
    available.sort_unstable();
    assert_eq!(rows, available);
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        let is_book = ["kredivo", "akulaku", "indodana"].contains(&name.as_str());
        assert!(is_book || available.contains(&name), "{name} is not built in");
    }
}
