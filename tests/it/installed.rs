//! What this machine has for the tests in other languages. `scripts/test` installs it where it can.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether a program is installed; where it is not, the test says so.
pub(crate) fn has(program: &str) -> bool {
    let there = Command::new(program).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        not_run(&format!("{program} is not installed"));
    }
    there
}

/// What came from `npm` or `PyPI` under this name; where it is not there, the test says so.
pub(crate) fn package(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("clients").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    not_run(&format!("{name} is not installed by scripts/test"));
    None
}

/// The folder with the program `node` of a later version.
pub(crate) fn node(name: &str) -> Option<PathBuf> {
    Some(package(name)?.join("node_modules/node/bin"))
}

/// Says that a test was not run.
pub(crate) fn not_run(reason: &str) {
    let _ = writeln!(std::io::stderr(), "{reason}: this was NOT TRIED");
}
