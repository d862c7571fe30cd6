//! `nicepay-sim exec --check`: the table of what is on the `PATH`.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::common::process::{Ended, Folder};
use crate::installed;

/// Runs it with nothing but these folders on the `PATH`.
fn check(folder: &Folder, path: &[&Path]) -> Ended {
    let mut command = folder.command(&["exec", "--check"]);
    Ended::from(command.env("PATH", env::join_paths(path).unwrap()).output().unwrap())
}

/// Where a program is that is installed.
fn file_of(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap();
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file()).unwrap()
}

/// The words of each line; a version without what follows its first number.
fn rows(ended: &Ended) -> Vec<Vec<&str>> {
    let lines = ended.stdout.lines().skip(1).filter(|line| !line.ends_with("absent"));
    lines.map(|line| line.split_whitespace().map(|word| word.split('.').next().unwrap()).collect()).collect()
}

fn make_folder(folder: &Folder, name: &str) -> PathBuf {
    let path = folder.0.join(name);
    fs::create_dir(&path).unwrap();
    path
}

fn write_program(folder: &Path, name: &str, script: &str, mode: u32) {
    let file = folder.join(name);
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn every_version_on_the_path_has_its_rows() {
    let folder = Folder::new();
    let curl = file_of("curl");
    let curl_of = |version: &str| {
        let curl = curl.display();
        format!("if [ \"$1\" = --version ]; then echo curl {version}; else exec {curl} \"$@\"; fi")
    };
    let folders = ["a", "b", "c", "d", "e", "f"].map(|name| make_folder(&folder, name));
    for (at, script, mode) in [
        (0, curl_of("1.1"), 0o644),
        (1, curl_of("2.1"), 0o755),
        // The same version once more, one that does not run, and one that does not arrive.
        (2, curl_of("2.1"), 0o755),
        (3, "exit 1".to_owned(), 0o755),
        (4, "if [ \"$1\" = --version ]; then echo curl 5.1; else echo try curl; fi".to_owned(), 0o755),
    ] {
        write_program(&folders[at], "curl", &script, mode);
    }
    symlink(folders[1].join("curl"), folders[5].join("curl")).unwrap();
    let path: Vec<_> = folders.iter().map(PathBuf::as_path).collect();
    let ended = check(&folder, &path);
    let expected: [&[&str]; 2] = [
        &["curl", "2", "curl", "yes", "proxy,", "TLS", "yes"],
        &["curl", "5", "curl", "no", "-", "-", "it", "sent", "another", "address", "a", "request"],
    ];
    assert_eq!((ended.code, rows(&ended)), (Some(1), expected.map(<[_]>::to_vec).to_vec()), "{ended:?}");
    let absent = ended.stdout.lines().filter(|line| line.ends_with("absent")).count();
    assert_eq!(absent, 6, "{ended:?}");

    let ended = check(&folder, &path[..4]);
    assert_eq!((ended.code, rows(&ended).len()), (Some(0), 1), "{ended:?}");
    // What runs by its name is told, although another one is behind it.
    let ended = check(&folder, &[path[3], path[1]]);
    assert_eq!((ended.code, rows(&ended)[0][..2].to_vec()), (Some(1), vec!["curl", "no"]), "{ended:?}");
}

#[test]
fn several_versions_of_node_are_in_one_table() {
    if !installed::has("node") {
        return;
    }
    let folder = Folder::new();
    let of_machine = make_folder(&folder, "bin");
    symlink(file_of("node"), of_machine.join("node")).unwrap();
    let later: Vec<_> = ["node-22", "node-24"].into_iter().filter_map(installed::node).collect();
    let path: Vec<_> = std::iter::once(&of_machine).chain(&later).map(PathBuf::as_path).collect();
    let ended = check(&folder, &path);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let rows = rows(&ended);
    let mut tried = Vec::new();
    for row in &rows {
        let &[runtime, version, client, ref rest @ ..] = &row[..] else { panic!("{ended:?}") };
        assert_eq!((runtime, rest), ("node", &["yes", "proxy,", "TLS", "yes"][..]), "{ended:?}");
        tried.push((version, client));
    }
    for (name, version) in [("node-22", "22"), ("node-24", "24")] {
        let is_there = later.iter().any(|path| path.iter().any(|part| part == OsStr::new(name)));
        for client in ["https", "fetch"] {
            assert!(!is_there || tried.contains(&(version, client)), "{ended:?}");
        }
    }
}
