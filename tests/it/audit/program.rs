//! `nicepay-sim audit`: arguments, exit codes, signals, and the report that it writes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command};

use nicepay_sim::testing::{Answer, Receiver, Simulator};
use serde_json::Value;

use crate::common::process::{Ended, Folder};

/// How many drills there are.
const DRILLS: u32 = 17;
const KEY: &str = "a-key-of-the-audit";
/// Registers the next of the orders in the folder.
const ORDER: &str = "for f in order-*.json; do [ -e done-$f ] && continue; : > done-$f; exec curl -sS \
                     -H 'Content-Type: application/json' -d @$f $NICEPAY_BASE_URL/direct/v2/registration; done; exit 3";

/// A folder with orders that are signed already, and where their notifications go.
struct Orders {
    folder: Folder,
    receiver: Receiver,
}

impl Orders {
    fn new(count: u32) -> Self {
        let (folder, sim) = (Folder::new(), Simulator::start());
        let (receiver, shop) = (sim.receiver(), sim.new_shop("AUDITED001", KEY));
        for number in 0..count {
            let order = shop.order(&format!("a-{number}"), 25_145).notify(receiver.url());
            folder.write(&format!("order-{number:02}.json"), &shop.body(&order).to_string());
        }
        Self { folder, receiver }
    }

    fn command(&self, args: &[&str]) -> Command {
        let merchant = format!("AUDITED001={KEY}");
        self.folder.command(&[&["audit", "--listen", "127.0.0.1:0", "--merchant", &merchant], args].concat())
    }

    fn run(&self, args: &[&str]) -> Ended {
        Ended::from(self.command(args).output().unwrap())
    }

    fn report(&self, name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.folder.0.join(name)).unwrap()).unwrap()
    }
}

/// Reads stdout up to a line that contains this text.
fn read_until(child: &mut Child, text: &str) -> String {
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut read = String::new();
    while !read.contains(text) {
        assert!(stdout.read_line(&mut read).unwrap() > 0, "{read}");
    }
    child.stdout = Some(stdout.into_inner());
    read
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[track_caller]
fn is_gone(folder: &Folder, file: &str) {
    let process = fs::read_to_string(folder.0.join(file)).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/stat", process.trim())).unwrap_or_default();
    assert!(status.is_empty() || status.contains(") Z "), "{status}");
}

#[test]
fn the_lists_name_every_drill_and_every_check() {
    let ended = Folder::new().run(&["audit", "--list"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    for part in ["  wrong-token ", "(NP-10)", "  NP-01  ", "  NP-36  ", "(by your own traffic only)"] {
        assert!(ended.stdout.contains(part), "{part:?} is not in {}", ended.stdout);
    }
}

#[test]
fn wrong_arguments_are_told_before_anything_runs() {
    let folder = Folder::new();
    folder.write("no-report.json", "{}");
    for (args, code, says) in [
        (&[][..], 2, "--order"),
        (&["--order", "touch ran", "--only", "NP-1O"], 2, "the nearest is NP-1"),
        (&["--order", "touch ran", "--only", "NP-28"], 2, "no drill exercises NP-28"),
        (&["--order", "touch ran", "--paid", "x"], 2, "--probe"),
        (&["--order", "touch ran", "--probe", "true", "--paid", "("], 2, "no regular expression"),
        (&["--order", "touch ran", "--probe", "true", "--fulfilled", "x"], 2, "no JSON pointer"),
        (&["--order", "http://[/"], 2, "no URL"),
        (&["--order", "touch ran", "--report", "report.pdf"], 2, ".html"),
        (&["--order", "touch ran", "--fail-on", "everything"], 2, "warning"),
        (&["--order", "touch ran", "--baseline", "missing.json"], 2, "missing.json"),
        (&["--order", "touch ran", "--baseline", "no-report.json"], 2, "no-report.json"),
        (&["--order", "touch ran", "--scenario", "nonsense", "--", "touch", "ran"], 3, "nonsense"),
        (&["--order", "touch ran", "--", "no-such-program-anywhere"], 127, "no-such-program-anywhere"),
    ] {
        let ended = folder.run(&[&["audit", "--log-level", "error"], args].concat());
        assert_eq!(ended.code, Some(code), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{args:?}: {}", ended.stderr);
    }
    assert!(!folder.0.join("ran").exists());
}

#[test]
fn the_verdict_is_the_exit_code() {
    let orders = Orders::new(DRILLS);
    let ended = orders.run(&[
        "--order",
        ORDER,
        "--report",
        "report.json",
        "--",
        "sh",
        "-c",
        "echo $$ > process; echo from-the-shop; exec sleep 600",
    ]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let first = ended.stdout.lines().next().unwrap();
    assert!(
        first.starts_with(&format!("audit of AUDITED001, {DRILLS} drills; the simulator is at http://127.0.0.1:")),
        "{first}"
    );
    let drills: Vec<_> = ended.stdout.lines().filter(|line| line.starts_with("done ")).collect();
    assert_eq!(drills.len(), DRILLS as usize, "{}", ended.stdout);
    assert!(
        ended.stdout.contains("\nwarning  NP-10 ") && ended.stdout.ends_with("report: report.json\n"),
        "{}",
        ended.stdout
    );
    assert!(ended.stderr.contains("from-the-shop") && !ended.stdout.contains("from-the-shop"), "{}", ended.stderr);
    is_gone(&orders.folder, "process");
    let report = orders.report("report.json");
    assert_eq!((&report["summary"]["partial"], &report["summary"]["iMid"]), (&false.into(), &"AUDITED001".into()));
    assert_eq!((&report["summary"]["fail"], &report["summary"]["payments"]), (&0.into(), &DRILLS.into()), "{report:#}");

    // The same warning again is not new; without the baseline it counts.
    for (baseline, code) in [(&["--baseline", "report.json"][..], 0), (&[], 10)] {
        let again = Orders::new(1);
        again.folder.write("report.json", &report.to_string());
        let args = [&["--order", ORDER, "--only", "wrong-token", "--fail-on", "warning"], baseline].concat();
        let ended = again.run(&args);
        assert_eq!(ended.code, Some(code), "{args:?}: {}{}", ended.stdout, ended.stderr);
    }

    let wrong = Orders::new(1);
    wrong.receiver.answer_with(|_| Answer::status(204));
    let ended = wrong.run(&["--order", ORDER, "--only", "NP-24"]);
    assert_eq!(ended.code, Some(10), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("\nfail     NP-09 ") && ended.stdout.contains("What to do: "), "{}", ended.stdout);
}

#[test]
fn an_audit_that_is_interrupted_leaves_a_partial_report_and_nothing_else() {
    let orders = Orders::new(1);
    // The second order hangs, with a child.
    let hanging = format!(
        "{}; echo hangs; echo $$ > order; sleep 600 & sleep 600",
        ORDER.replace("; exit 3", "").replace("exec curl", "curl")
    );
    let hanging = hanging.replace("done; echo", "exit; done; echo");
    let args = ["--order", &hanging, "--report", "report.json", "--", "sh", "-c", "echo $$ > process; exec sleep 600"];
    let mut child = orders.command(&args).spawn().unwrap();
    let mut read = read_until(&mut child, "done   genuine");
    while !orders.folder.0.join("order").exists() {
        std::thread::yield_now();
    }
    signal(&child, "-INT");
    child.stdout.take().unwrap().read_to_string(&mut read).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{read}");
    assert!(read.contains("partial"), "{read}");
    let report = orders.report("report.json");
    assert_eq!((&report["summary"]["partial"], &report["summary"]["payments"]), (&true.into(), &1.into()));
    is_gone(&orders.folder, "process");
    is_gone(&orders.folder, "order");
}

#[test]
fn a_program_that_crashes_ends_the_audit() {
    let orders = Orders::new(1);
    // It crashes after its first order.
    let crashing = "while [ ! -e done-order-00.json ]; do :; done; sleep 0.5; exit 7";
    let waiting = ORDER.replace("exit 3", "sleep 600");
    let ended = orders.run(&["--order", &waiting, "--report", "report.json", "--", "sh", "-c", crashing]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("the program ended during the audit, with 7"), "{}", ended.stderr);
    assert_eq!(orders.report("report.json")["summary"]["partial"], true);

    // One that ends with 0 may have started a server.
    let orders = Orders::new(1);
    let ended = orders.run(&["--order", ORDER, "--only", "genuine", "--", "true"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn an_order_that_fails_is_no_success() {
    let orders = Orders::new(1);
    let ended = orders.run(&["--order", ORDER, "--only", "genuine", "--only", "declined"]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(
        ended.stdout.contains("error  declined") && ended.stdout.contains("the command ended with 3"),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_probe_can_be_a_command() {
    let orders = Orders::new(1);
    let probe = "echo {referenceNo} {tXid} > probed; echo '{\"status\":\"paid\",\"fulfilled\":2}'";
    let ended = orders.run(&["--order", ORDER, "--probe", probe, "--fulfilled", "/fulfilled", "--only", "duplicate"]);
    assert_eq!(ended.code, Some(10), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("\nfail     NP-16 "), "{}", ended.stdout);
    let probed = fs::read_to_string(orders.folder.0.join("probed")).unwrap();
    assert!(probed.starts_with("a-0 ") && probed.trim().len() > 30, "{probed}");
}
