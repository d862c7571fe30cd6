//! The README's walk, as written.

use std::process::{Command, Stdio};

use nicepay_sim::testing::Simulator;

pub(crate) const README: &str = include_str!("../../README.md");

/// The README's blocks of commands between two marks, in order.
fn blocks(mark: &str) -> Vec<&'static str> {
    blocks_of(README, mark)
}

/// A page's.
pub(crate) fn blocks_of(page: &'static str, mark: &str) -> Vec<&'static str> {
    let (begin, end) = (format!("<!-- {mark}:begin -->"), format!("<!-- {mark}:end -->"));
    let part = page.split_once(begin.as_str()).unwrap().1.split_once(end.as_str()).unwrap().0;
    let blocks: Vec<_> = part.split("```bash\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert!(!blocks.is_empty(), "{mark} has no blocks");
    blocks
}

/// Runs commands as a reader would paste them, and answers with what they print.
pub(crate) fn run(sim: &Simulator, commands: &str) -> String {
    let script = commands.replace("http://127.0.0.1:8606", sim.url());
    let ran = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .env_remove("NOTIFY")
        .stdin(Stdio::null())
        .output()
        .expect("bash runs");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{out}\n{err}");
    out.into_owned()
}

#[test]
fn the_walk_gives_a_user_token_and_a_seamless_payment_with_it() {
    let sim = Simulator::builder().clock("system").start();
    let out = run(&sim, &blocks("walk").concat());
    let token = out.lines().find_map(|line| line.strip_prefix("userToken: ")).expect("the walk prints the token");
    assert_eq!((token.len(), token.matches('-').count()), (36, 4), "{token:?}");
    assert_eq!(out.lines().last(), Some("status: 0"), "{out}");
    let used = sim.events("token.used");
    assert_eq!(used[0]["userToken"], token, "the seamless payment used that very token");
}

#[test]
fn an_account_is_linked_looked_at_used_and_removed_until_it_is_refused() {
    let sim = Simulator::builder().clock("system").start();
    // In the shell of the walk, whose first block has the helpers.
    let commands = [blocks("walk")[0].to_owned(), blocks("link").concat()].concat();
    let out = run(&sim, &commands);
    let token = out.lines().find_map(|line| line.strip_prefix("linked: ")).expect("the notification has the token");
    assert_eq!((token.len(), token.matches('-').count()), (36, 4), "{token:?}");
    for (event, count) in [
        ("binding.completed", 1),
        ("token.issued", 1),
        ("token.used", 1),
        ("transaction.cancelled", 1),
        ("token.removed", 1),
    ] {
        assert_eq!(sim.events(event).len(), count, "{event}\n{out}");
    }
    let pages = out.lines().filter(|line| line.starts_with("303 "));
    assert_eq!(
        pages.map(|line| line.split(['/', '?']).nth(5).unwrap()).collect::<Vec<_>>(),
        ["otp", "result"],
        "{out}"
    );
    let answers: Vec<serde_json::Value> = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let limits: Vec<_> = answers
        .iter()
        .filter(|answer| answer["limitDetails"].is_array())
        .map(|answer| answer["limitDetails"][0]["remainingUserLimit"].as_str().unwrap())
        .collect();
    assert_eq!(limits, ["30000000.00", "29974855.00"], "the purchase moved the limits");
    let last: Vec<_> = answers.iter().rev().take(2).map(|answer| answer["resultCd"].as_str().unwrap()).collect();
    assert_eq!(last, ["9920", "0000"], "the removed token is refused: {out}");
}

#[test]
fn a_link_expires_when_the_clock_is_moved() {
    let sim = Simulator::builder().clock("system").start();
    let commands = [blocks("walk")[0].to_owned(), blocks("clock").concat()].concat();
    let out = run(&sim, &commands);
    let answer: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    let happened = answer["events"].as_array().unwrap();
    assert!(happened.iter().any(|event| event["type"] == "transaction.expired"), "{out}");
    assert!(out.lines().last().unwrap().contains("/?resultCd=9129&resultMsg="), "{out}");
}

#[test]
fn a_payment_is_waited_for_and_verified() {
    let sim = Simulator::builder().clock("system").start();
    let commands = [blocks("walk")[0].to_owned(), blocks("verify").concat()].concat();
    let out = run(&sim, &commands);
    let answers: Vec<serde_json::Value> = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let [_bought, attempted, holds, fails] = answers.as_slice() else { panic!("{out}") };
    assert_eq!(
        (&attempted["type"], &attempted["kind"]),
        (&"notification.attempted".into(), &"approve".into()),
        "{out}"
    );
    assert_eq!((&holds["ok"], &holds["matched"][2][0]), (&true.into(), &attempted["id"]), "{out}");
    let detail = fails["detail"].as_str().unwrap();
    let nearest = format!("\n  nearest: event {} has no httpStatus", attempted["id"]);
    assert!(
        detail.starts_with("expect[0]: expected at least 1 notification.attempted with httpStatus=200"),
        "{detail}"
    );
    assert!(detail.contains(&nearest), "{detail}");
}

#[test]
fn the_next_payments_go_as_they_were_ordered() {
    let sim = Simulator::builder().clock("system").start();
    let commands = [blocks("walk")[0].to_owned(), blocks("order").concat()].concat();
    let out = run(&sim, &commands);
    let answers: Vec<serde_json::Value> = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let stages: Vec<_> = answers.iter().filter_map(|answer| answer["stage"].as_str()).collect();
    assert_eq!(stages, ["declined", "approved", "approved"], "{out}");
    sim.advance("1m");
    let notifications = sim.http().get("/__sim/api/notifications").json();
    let of = |variant: &str| {
        let all = notifications.as_array().unwrap().iter().filter(|notice| notice["variant"] == variant);
        all.map(|notice| notice["request"]["fields"].clone()).collect::<Vec<_>>()
    };
    let (twice, forged) = (of("duplicate"), of("changed-status"));
    assert_eq!((twice.len(), &twice[0]), (2, &twice[1]), "the same twice");
    let field = |name: &str| forged[0][name].as_str().unwrap();
    let token = sim.shop().sign(&["PAYLOANTES", field("tXid"), field("amt")]);
    assert_eq!((forged.len(), field("status"), field("merchantToken")), (1, "8", token.as_str()));
}

/// Every command, file and path that the README names exists.
#[test]
fn what_the_readme_names_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let links = README.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
    for link in links.filter(|link| !link.starts_with("http") && !link.starts_with('#')) {
        let file = link.split('#').next().unwrap();
        assert!(root.join(file).exists(), "the README links to {file}");
    }
    assert!(README.contains("./scripts/test") && root.join("scripts/test").exists());
}

const PROTOCOL: &str = include_str!("../../docs/PROTOCOL.md");

/// Every assumption has its row, and every switch that a page names is one that can be set.
#[test]
fn the_assumptions_are_all_there_and_their_switches_exist() {
    let rows: Vec<&str> = PROTOCOL.lines().filter(|line| line.starts_with("| A-")).collect();
    let ids: Vec<String> = rows.iter().map(|row| row[2..].split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(ids, (1..=43).map(|i| format!("A-{i:02}")).collect::<Vec<_>>());
    assert!(rows.iter().all(|row| row.matches(" | ").count() == 3), "question, answer, switch");

    let help = Command::new(env!("CARGO_BIN_EXE_nicepay-sim")).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for (page, text) in [("README.md", README), ("docs/PROTOCOL.md", PROTOCOL)] {
        for rest in text.split("`--").skip(1) {
            let flag = rest.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap();
            // Other commands' own, and the limits as a family.
            let known = ["", "max-", "json", "wait", "timeout", "config"].contains(&flag);
            assert!(known || help.contains(&format!("--{flag} ")), "{page} names --{flag}");
        }
    }
    let stories = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for rest in PROTOCOL.split("story `").skip(1) {
        let name = rest.split('`').next().unwrap();
        assert!(stories.join(format!("{name}.toml")).exists(), "docs/PROTOCOL.md names the story {name}");
    }
}
