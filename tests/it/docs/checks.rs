//! What else is asserted when the commands of a page have run: `<!-- check: NAME -->`.

use nicepay_sim::testing::Simulator;
use serde_json::{Value, json};

/// Looks at the simulator, and at what the commands have printed.
pub(super) type Check = fn(&Simulator, &str);

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("tokenize-and-seamless", tokenize_and_seamless),
    ("linked-account", linked_account),
    ("clock", clock),
    ("verify", verify),
    ("forced-outcomes", forced_outcomes),
    ("scenarios", scenarios),
];

/// The lines that are JSON.
fn answers(out: &str) -> Vec<Value> {
    out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The user token that a line begins with.
fn token<'o>(out: &'o str, begin: &str) -> &'o str {
    let token = out.lines().find_map(|line| line.strip_prefix(begin)).expect("the page prints the token");
    assert_eq!((token.len(), token.matches('-').count()), (36, 4), "{token:?}");
    token
}

fn stages(out: &str) -> Vec<String> {
    answers(out).iter().filter_map(|answer| answer["stage"].as_str().map(str::to_owned)).collect()
}

/// The fields of what was sent in that way, and whose it is.
fn sent(sim: &Simulator, variant: &str) -> Vec<Value> {
    let notifications = sim.http().get("/__sim/api/notifications").json();
    let all = notifications.as_array().unwrap().iter().filter(|notification| notification["variant"] == variant);
    let fields = |notification: &Value| {
        let mut fields = notification["request"]["fields"].clone();
        fields["iMid"] = notification["iMid"].clone();
        fields
    };
    all.map(fields).collect()
}

/// Sent twice, the same both times.
fn is_sent_twice(sim: &Simulator) {
    let twice = sent(sim, "duplicate");
    assert_eq!((twice.len(), &twice[0]), (2, &twice[1]), "the same twice");
}

/// Sent once, with another status and a token that is valid.
fn is_forged(sim: &Simulator) {
    let forged = sent(sim, "changed-status");
    let field = |name: &str| forged[0][name].as_str().unwrap();
    let token = sim.shop().sign(&[field("iMid"), field("tXid"), field("amt")]);
    assert_eq!((forged.len(), field("status"), field("merchantToken")), (1, "8", token.as_str()));
}

fn tokenize_and_seamless(sim: &Simulator, out: &str) {
    let token = token(out, "userToken: ");
    assert_eq!(out.lines().rfind(|line| !line.is_empty()), Some("status: 0"), "{out}");
    let used = sim.events("token.used");
    assert_eq!(used[0]["userToken"], token, "the seamless payment used that very token");
}

fn linked_account(sim: &Simulator, out: &str) {
    token(out, "linked: ");
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
    let answers = answers(out);
    let limits: Vec<_> = answers
        .iter()
        .filter(|answer| answer["limitDetails"].is_array())
        .map(|answer| answer["limitDetails"][0]["remainingUserLimit"].as_str().unwrap())
        .collect();
    assert_eq!(limits, ["30000000.00", "29974855.00"], "the purchase moved the limits");
    let last: Vec<_> = answers.iter().rev().take(2).map(|answer| answer["resultCd"].as_str().unwrap()).collect();
    assert_eq!(last, ["9920", "0000"], "the removed token is refused: {out}");
}

fn clock(_: &Simulator, out: &str) {
    let answers = answers(out);
    let moved = answers.iter().filter_map(|answer| answer["events"].as_array());
    assert!(moved.flatten().any(|event| event["type"] == "transaction.expired"), "{out}");
    assert!(out.lines().any(|line| line.contains("/?resultCd=9129&resultMsg=")), "{out}");
}

fn verify(_: &Simulator, out: &str) {
    let answers = answers(out);
    let attempted = answers.iter().find(|answer| answer["type"] == "notification.attempted").expect("a wait answers");
    assert_eq!(attempted["kind"], "approve", "{out}");
    let holds = answers.iter().find(|answer| answer["ok"] == true).expect("a verification holds");
    assert_eq!(holds["matched"][2][0], attempted["id"], "{out}");
    let fails = answers.iter().find(|answer| answer["ok"] == false).expect("another does not");
    let detail = fails["detail"].as_str().unwrap();
    let nearest = format!("\n  nearest: event {} has httpStatus=200", attempted["id"]);
    assert!(
        detail.starts_with("expect[0]: expected at least 1 notification.attempted with httpStatus=500"),
        "{detail}"
    );
    assert!(detail.contains(&nearest), "{detail}");
}

fn forced_outcomes(sim: &Simulator, out: &str) {
    let stages = stages(out);
    assert!(stages.starts_with(&["declined", "approved", "approved"].map(str::to_owned)), "{out}");
    sim.advance("1m");
    is_sent_twice(sim);
    is_forged(sim);
}

fn scenarios(sim: &Simulator, out: &str) {
    assert_eq!(stages(out), ["declined", "approved", "approved", "approved"], "{out}");
    assert!(out.contains("\"ok\":true") && out.contains("\nexpired\n"), "{out}");
    let explained = out.lines().rfind(|line| !line.is_empty()).unwrap();
    assert!(explained.contains("\"because\":\"amt is 25145, not 1000000 or more\""), "{out}");
    is_sent_twice(sim);
    is_forged(sim);
    assert_eq!(sent(sim, "wrong-token").len(), 1);
    assert_eq!(sim.http().get("/__sim/api/scenario").json()["iMid"], json!(null));
}
