//! `nicepay-sim exec`: what it passes on, and what it says at the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::common::process::{Ended, Folder};
use crate::installed;

impl Folder {
    /// Runs a shell script with `exec`.
    fn exec(&self, script: &str) -> Ended {
        self.run(&["exec", "--", "sh", "-c", script])
    }
}

/// A program below `exec` that has printed its first line.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    first_line: String,
}

impl Running {
    fn start(folder: &Folder, script: &str) -> Self {
        let mut child = folder.command(&["exec", "--", "sh", "-c", script]).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first_line = String::new();
        stdout.read_line(&mut first_line).unwrap();
        Self { child, stdout, first_line: first_line.trim_end().to_owned() }
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Its exit code, and what it has printed since the first line.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

#[test]
fn the_exit_code_passes_through() {
    let folder = Folder::new();
    let file = folder.write("not-executable", "text");
    for (program, code) in [
        (&["true"][..], 0),
        (&["sh", "-c", "exit 42"], 42),
        (&["sh", "-c", "kill -KILL $$"], 128 + 9),
        (&["sh", "-c", "kill -TERM $$"], 128 + 15),
        (&["no-such-program-anywhere"], 127),
        (&["/no/such/program"], 127),
        (&[file.as_str()], 126),
        (&["/"], 126),
    ] {
        let ended = folder.run(&[&["exec", "--"], program].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{program:?}: {}", ended.stderr);
        if code == 126 || code == 127 {
            assert!(ended.stderr.starts_with(&format!("nicepay-sim: {}: ", program[0])), "{}", ended.stderr);
            assert!(!ended.stderr.contains("arrived"), "nothing ran: {}", ended.stderr);
        }
    }
}

#[test]
fn the_report_decides_the_exit_code_of_a_program_that_ended_well() {
    let folder = Folder::new();
    let wrong = "curl -s -o /dev/null -d '{\"iMid\":\"IONPAYTEST\",\"merchantToken\":\"0\"}' \
                 $NICEPAY_BASE_URL/direct/v2/inquiry";
    let failing = format!("{wrong}; exit 7");
    for (script, fails, code) in [
        (wrong, true, 10),
        (wrong, false, 0),
        (failing.as_str(), true, 7),
        // Nothing was judged, which is no success.
        ("true", true, 1),
        ("true", false, 0),
    ] {
        let flags = if fails { &["--fail-on", "fail"][..] } else { &[] };
        let arguments = [&["exec", "--report", "report.md"], flags, &["--", "sh", "-c", script]].concat();
        let ended = folder.run(&arguments);
        assert_eq!(ended.code, Some(code), "{script} {fails}: {}", ended.stderr);
        assert!(ended.stderr.contains("nicepay-sim: report: report.md"), "{}", ended.stderr);
        assert_eq!(ended.stderr.contains("fail     NP-01"), fails && script != "true", "{}", ended.stderr);
    }
}

#[test]
fn wrong_arguments_and_settings_are_told_before_anything_runs() {
    let folder = Folder::new();
    for (args, code, says) in [
        (&["exec"][..], 2, "CMD"),
        (&["exec", "true"], 2, "true"),
        (&["exec", "--check", "--", "true"], 2, "--check"),
        (&["exec", "--profile", "loose", "--", "touch", "ran"], 3, "profile"),
        (&["exec", "--scenario", "nonsense", "--", "touch", "ran"], 3, "nonsense"),
    ] {
        let ended = folder.run(args);
        assert_eq!(ended.code, Some(code), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(says) && ended.stdout.is_empty(), "{args:?}: {}", ended.stderr);
    }
    assert!(!folder.0.join("ran").exists());
}

#[test]
fn the_streams_are_those_of_the_program() {
    let folder = Folder::new();
    let mut command = folder.command(&["exec", "--", "sh", "-c", "cat; echo to-stderr >&2"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"one\ntwo").unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "one\ntwo"));
    assert!(ended.stderr.starts_with("to-stderr\nnicepay-sim: no request arrived\n"), "{}", ended.stderr);
}

#[test]
fn signals_are_passed_on_and_nothing_is_left_behind() {
    let folder = Folder::new();
    for name in ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2"] {
        let script =
            format!("trap 'echo got {name}; exit 7' {name}; dirname $SSL_CERT_FILE; while :; do read x < fifo; done");
        assert!(Command::new("mkfifo").arg(folder.0.join("fifo")).status().unwrap().success());
        let running = Running::start(&folder, &script);
        let files = running.first_line.clone();
        assert!(Path::new(&files).join("java.jks").exists(), "{files}");
        running.signal(&format!("-{name}"));
        assert_eq!(running.end(), (Some(7), format!("got {name}\n")));
        assert!(!Path::new(&files).exists(), "{files}");
        std::fs::remove_file(folder.0.join("fifo")).unwrap();
    }
    // A program that the signal ends.
    let running = Running::start(&folder, "dirname $SSL_CERT_FILE; exec sleep 60");
    let files = running.first_line.clone();
    running.signal("-TERM");
    assert_eq!(running.end(), (Some(128 + 15), String::new()));
    assert!(!Path::new(&files).exists(), "{files}");
}

/// As `nohup` and the background jobs of a script need it.
#[test]
#[cfg(target_os = "linux")]
fn a_signal_that_is_ignored_stays_ignored() {
    let folder = Folder::new();
    let script = "trap '' HUP; exec \"$0\" exec -- grep SigIgn: /proc/self/status";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_nicepay-sim")]).current_dir(&folder.0);
    let ended = Ended::from(command.output().unwrap());
    let mask = ended.stdout.trim().rsplit('\t').next().unwrap();
    assert_eq!(u64::from_str_radix(mask, 16).unwrap() & 1, 1, "{ended:?}");
}

/// The terminal sends it to both; the program must not get it a second time from us.
#[test]
fn ctrl_c_of_the_terminal_arrives_once() {
    const TERMINAL: &str = r#"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
def read_until(end):
    text = b""
    while end not in text:
        text += os.read(terminal, 1000)
    return text
read_until(b"ready")
os.write(terminal, b"\x03")
print(read_until(b"end").decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;
    const PROGRAM: &str = r#"
import os, signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(1))
signal.signal(signal.SIGUSR1, lambda *_: seen.append(0))
print("ready", flush=True)
while not seen: signal.pause()
# A second one would have been passed on before this one, which comes the same way.
os.kill(os.getppid(), signal.SIGUSR1)
while 0 not in seen: signal.pause()
print("seen", len(seen) - 1, "end", flush=True)
sys.exit(5)
"#;
    let folder = Folder::new();
    let program = env!("CARGO_BIN_EXE_nicepay-sim");
    let mut command = Command::new("python3");
    command.args(["-c", TERMINAL, program, "exec", "--", "python3", "-c", PROGRAM]).current_dir(&folder.0);
    let Ok(output) = command.output() else {
        return installed::not_run("python3 is not installed");
    };
    let ended = Ended::from(output);
    assert!(ended.stdout.contains("seen 1 end") && ended.stdout.ends_with(" 5\n"), "{ended:?}");
}

/// A daemon goes on when `exec` has ended, and its calls fail then.
#[test]
fn what_the_program_leaves_behind_goes_on_without_the_simulator() {
    let folder = Folder::new();
    let script = "mkfifo go told
        (
            read go < go
            curl -s https://dev.nicepay.co.id/ >/dev/null && curl -s $NICEPAY_SIM_URL/ >/dev/null
            echo $? > told
        ) >/dev/null 2>&1 &
        curl -s $NICEPAY_SIM_URL/ -o page -w %{http_code}";
    let ended = folder.exec(script);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "200"), "{}", ended.stderr);
    // It waits at the other end of these.
    std::fs::write(folder.0.join("go"), "go\n").unwrap();
    let told = std::fs::read_to_string(folder.0.join("told")).unwrap();
    assert_eq!(told, "7\n", "curl's number for a connection that is refused");
}

#[test]
fn the_summary_tells_what_came_and_what_was_refused() {
    let folder = Folder::new();
    let script = "for i in 1 2; do curl -sS -o answer -A 'shop/1.0' -d '{}' $NICEPAY_BASE_URL/direct/v2/inquiry; done
        curl -sS -A 'other/2.0' -d '{}' $NICEPAY_SIM_URL/nicepay/direct/v2/inquiry; exit 3";
    let ended = folder.exec(script);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stdout.starts_with('{') && ended.stdout.contains("9011"), "{}", ended.stdout);
    let (_, summary) = ended.stderr.split_once("nicepay-sim: 3 requests arrived\n").expect(&ended.stderr);
    let lines: Vec<_> = summary.lines().collect();
    assert!(lines[0].starts_with("      2  at http://127.0.0.1:") && lines[0].ends_with(" from shop/1.0"), "{summary}");
    assert!(
        lines[1].starts_with("      1  at http://127.0.0.1:") && lines[1].ends_with(" from other/2.0"),
        "{summary}"
    );
    assert!(lines[2].starts_with("      3  refused: inquiry → 9011 iMid/unknown: "), "{summary}");
    assert_eq!(lines.len(), 3, "no advice where something arrived: {summary}");
}

#[test]
fn a_request_to_any_path_of_nicepay_arrives() {
    let folder = Folder::new();
    let ended =
        folder.exec("for path in '' nicepay/v1.0/access-token/b2b; do curl -s https://dev.nicepay.co.id/$path; done");
    assert!(
        ended.stderr.contains("nicepay-sim: 2 requests arrived\n      2  by the proxy, over TLS, from curl"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("      1  refused: gateway → 9502 path/snap: "), "{ended:?}");
}

#[test]
fn when_nothing_arrives_the_likely_reason_is_told() {
    let folder = Folder::new();
    let file = folder.write("shop.py", "#!/bin/sh\n");
    assert!(Command::new("chmod").args(["+x", &file]).status().unwrap().success());
    let ended = folder.run(&["exec", "--", &file]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for says in
        ["no request arrived", "Python: http.client", "127.0.0.1 dev.nicepay.co.id", "--tls-listen 127.0.0.1:443"]
    {
        assert!(ended.stderr.contains(says), "{says:?} is not in {}", ended.stderr);
    }
    assert!(!ended.stderr.contains("fsockopen"), "{}", ended.stderr);
}

#[test]
fn the_merchant_is_the_one_that_was_added() {
    let folder = Folder::new();
    let ended = folder.run(&[
        "exec",
        "--merchant",
        "MYSHOP0001=my-own-key",
        "--",
        "sh",
        "-c",
        "echo $NICEPAY_IMID $NICEPAY_MERCHANT_KEY $NICEPAY_BASE_URL",
    ]);
    assert!(ended.stdout.starts_with("MYSHOP0001 my-own-key http://127.0.0.1:"), "{ended:?}");
    assert!(ended.stdout.ends_with("/nicepay\n") && !ended.stderr.contains("my-own-key"), "{ended:?}");
}
