//! The runtimes that are tried, each with its program.

use std::time::Duration;

/// A runtime.
#[derive(Debug)]
pub(super) struct Runtime {
    /// Its program on the `PATH`.
    pub(super) program: &'static str,
    /// How it tells its version.
    pub(super) version: &'static [&'static str],
    /// The name of the file with the program, and its text; none where the arguments are all.
    pub(super) file: Option<(&'static str, &'static str)>,
    /// The arguments before the file.
    pub(super) arguments: &'static [&'static str],
    /// How long it may take.
    pub(super) timeout: Duration,
    /// What to do when there is no file that it can run.
    pub(super) needs: &'static str,
}

const SHORT: Duration = Duration::from_secs(60);
/// A compiler that runs for the first time builds its library.
const LONG: Duration = Duration::from_secs(240);

pub(super) const RUNTIMES: [Runtime; 7] = [
    Runtime {
        program: "php",
        version: &["--version"],
        file: Some(("check.php", include_str!("programs/check.php"))),
        arguments: &[],
        timeout: SHORT,
        needs: "the curl extension",
    },
    Runtime {
        program: "node",
        version: &["--version"],
        file: Some(("check.cjs", include_str!("programs/check.cjs"))),
        arguments: &[],
        timeout: SHORT,
        needs: "Node 12 or later",
    },
    Runtime {
        program: "python3",
        version: &["--version"],
        file: Some(("check.py", include_str!("programs/check.py"))),
        arguments: &[],
        timeout: SHORT,
        needs: "the ssl module",
    },
    Runtime {
        program: "java",
        version: &["-version"],
        file: Some(("Check.java", include_str!("programs/Check.java"))),
        arguments: &[],
        timeout: LONG,
        needs: "a JDK of version 11 or later, as this check is compiled",
    },
    Runtime {
        program: "ruby",
        version: &["--version"],
        file: Some(("check.rb", include_str!("programs/check.rb"))),
        arguments: &[],
        timeout: SHORT,
        needs: "its openssl library",
    },
    Runtime {
        program: "go",
        version: &["version"],
        file: Some(("check.go", include_str!("programs/check.go"))),
        arguments: &["run"],
        timeout: LONG,
        needs: "a folder for its build cache (GOCACHE)",
    },
    Runtime {
        program: "curl",
        version: &["--version"],
        file: None,
        arguments: &[
            "--silent",
            "--show-error",
            "--max-time",
            "20",
            "--write-out",
            "\\ntry curl\\n",
            "--header",
            "Content-Type: application/json",
            "--user-agent",
            "nicepay-sim-check/curl-curl",
            "--data",
            "{}",
            "https://dev.nicepay.co.id/nicepay/direct/v2/inquiry",
        ],
        timeout: SHORT,
        needs: "TLS",
    },
];
