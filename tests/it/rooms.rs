//! Which room may use which: the table of `docs/ARCHITECTURE.md`, enforced.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, the rooms it may use, and words it must never mention. `paths`, `clock`, `entropy` and `locks` are open to all.
const TABLE: &[(&str, &[&str], &[&str])] = &[
    ("clock", &[], &["actix_web"]),
    ("entropy", &[], &["actix_web"]),
    ("locks", &[], &["actix_web"]),
    ("paths", &[], &["actix_web"]),
    ("body", &[], &["serde_json"]),
    ("page", &[], &["tokio", "dashmap", "reqwest", "serde_json"]),
    ("domain", &[], &["actix_web", "tokio", "dashmap", "reqwest", "serde_json"]),
    ("config", &["domain"], &["actix_web", "tokio"]),
    ("protocol", &["domain"], &["actix_web", "tokio", "dashmap"]),
    ("scenarios", &["domain"], &["actix_web", "tokio", "dashmap"]),
    ("diagram", &["domain", "protocol"], &["actix_web", "tokio", "dashmap", "reqwest"]),
    ("store", &["domain"], &["actix_web", "reqwest"]),
    ("engine", &["domain", "scenarios", "store"], &["actix_web", "askama", "reqwest"]),
    ("delivery", &["domain", "engine", "protocol"], &["actix_web"]),
    ("background", &["engine", "delivery"], &["actix_web"]),
    ("gateway", &["body", "engine", "domain", "page", "protocol"], &["reqwest", "dashmap"]),
    ("partner", &["body", "engine", "domain", "page"], &["reqwest", "dashmap"]),
    (
        "control",
        &["background", "body", "engine", "domain", "protocol", "diagram", "scenarios", "store"],
        &["reqwest", "dashmap"],
    ),
    // A merchant like any other: it knows the gateway over HTTP only.
    ("demo", &["body", "page"], &["dashmap"]),
    (
        "dashboard",
        &["body", "control", "engine", "domain", "page", "protocol", "diagram", "store"],
        &["reqwest", "dashmap"],
    ),
    (
        "server",
        &[
            "background",
            "body",
            "config",
            "control",
            "dashboard",
            "demo",
            "engine",
            "gateway",
            "delivery",
            "partner",
            "scenarios",
        ],
        &["askama", "dashmap"],
    ),
    ("cli", &["config", "control", "domain", "protocol", "scenarios", "server"], &["askama", "dashmap"]),
    ("testing", &["config", "domain", "protocol", "server"], &["askama", "dashmap"]),
];
const OPEN: [&str; 4] = ["paths", "clock", "entropy", "locks"];

fn files(room: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let single = src.join(format!("{room}.rs"));
    if single.exists() {
        return vec![single];
    }
    let mut found = Vec::new();
    collect(&src.join(room), &mut found);
    found
}

/// The rooms that a line names: `crate::room`, also inside `crate::{…}`.
fn rooms_in(line: &str) -> Vec<&str> {
    line.split("crate::")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
        .collect()
}

#[test]
fn no_room_uses_what_it_may_not() {
    let mut wrong = Vec::new();
    for (room, may_use, must_not_mention) in TABLE {
        for file in files(room) {
            let text = fs::read_to_string(&file).unwrap();
            for (i, line) in text.lines().enumerate() {
                let place = format!("{}:{}", file.display(), i + 1);
                for used in rooms_in(line) {
                    let known = TABLE.iter().any(|(name, ..)| *name == used);
                    if known && used != *room && !may_use.contains(&used) && !OPEN.contains(&used) {
                        wrong.push(format!("{place}: {room} must not use {used}"));
                    }
                    assert!(known || used.is_empty(), "{place}: {used} is in no table");
                }
                let code = line.split("//").next().unwrap_or_default();
                for word in must_not_mention.iter().filter(|word| code.contains(**word)) {
                    wrong.push(format!("{place}: {room} must not mention {word}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_room_is_in_the_table() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let rooms = lib.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    for room in rooms {
        assert!(TABLE.iter().any(|(name, ..)| *name == room), "{room} is not in the table");
    }
}

/// Rule 4: no guard of a map leaves `store`.
#[test]
fn nothing_outside_store_holds_a_map() {
    for (room, ..) in TABLE.iter().filter(|(room, ..)| !matches!(*room, "store")) {
        for file in files(room) {
            let text = fs::read_to_string(&file).unwrap();
            assert!(!text.contains("DashMap"), "{}", file.display());
        }
    }
}
