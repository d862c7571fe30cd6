//! Merchants that are wrong in one line: `mutants.toml` changes examples/python/shop.py. Each goes through the audit and some
//! business of its own, and the report names its mistake and no other. docs/reference/audit-mutants.md is the table that comes
//! out; `RENEW_DOCS=1` writes it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;

use nicepay_sim::testing::{Reply, Simulator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::merchant::run;
use crate::common::process::Folder;
use crate::examples::Merchant;
use crate::installed;

/// Merchants at the same time.
const WORKERS: usize = 3;
const SHOP: &str = include_str!("../../../examples/python/shop.py");
const DOCUMENT: &str = "docs/reference/audit-mutants.md";
/// Another shopper than the usual one (`docs/PROTOCOL.md` §5.4).
const BUDI: &str = "081513114262";

#[derive(Deserialize)]
struct Mutants {
    mutant: Vec<Mutant>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mutant {
    name: String,
    find: String,
    replace: String,
    fails: Vec<String>,
    warns: Vec<String>,
    only: Vec<String>,
}

/// The checks of a report by state.
type States = BTreeMap<String, Vec<String>>;

fn of(states: &States, state: &str) -> Vec<String> {
    states.get(state).cloned().unwrap_or_default()
}

impl Mutant {
    fn shop(&self) -> String {
        if self.find.is_empty() {
            return SHOP.to_owned();
        }
        assert_eq!(SHOP.matches(&self.find).count(), 1, "{}: {:?} is not in the shop once", self.name, self.find);
        SHOP.replace(&self.find, &self.replace)
    }

    /// The whole report on it.
    fn judge(&self) -> States {
        let folder = Folder::new();
        let script = folder.write("shop.py", &self.shop());
        let sim = Simulator::builder().clock("system").workers(2).start();
        let merchant = Merchant::start_with(sim, "python3", &script, "3600");
        let (sim, url) = (&merchant.sim, &merchant.url);
        let i_mid = sim.shop().i_mid().to_owned();
        let plan = json!({
            "iMid": i_mid, "order": format!("{url}/buy"), "probe": format!("{url}/orders/{{referenceNo}}"),
            "fulfilled": "/fulfilled", "poll": format!("{url}/poll"), "only": self.only,
        });
        run(sim, &plan);
        if self.only.is_empty() {
            Business { sim, url }.run();
        }
        states(sim, &i_mid)
    }
}

/// The states of all checks.
fn states(sim: &Simulator, i_mid: &str) -> States {
    let report = sim.http().get(&format!("/__sim/api/report?iMid={i_mid}&format=json")).json();
    let mut states = States::new();
    for check in report["checks"].as_array().unwrap() {
        let [id, state] = ["id", "state"].map(|name| check[name].as_str().unwrap().to_owned());
        states.entry(state).or_default().push(id);
    }
    states
}

/// What happens beside the drills: one-click payments, refunds, and tokens that end.
struct Business<'s> {
    sim: &'s Simulator,
    url: &'s str,
}

impl Business<'_> {
    fn run(&self) {
        let first = self.pay("/buy?customer=ani", None);
        self.pay("/one-click?customer=ani", None);
        let of_budi = self.pay("/buy?customer=budi", Some(BUDI));
        self.pay("/one-click?customer=budi", Some(BUDI));
        for amount in ["&amount=100000", "", ""] {
            self.post(&format!("/refund?referenceNo={of_budi}{amount}"));
        }
        let whole = self.pay("/buy?customer=dewi", None);
        self.post(&format!("/refund?referenceNo={whole}&amount=500000"));
        self.post(&format!("/refund?referenceNo={whole}"));
        self.load("cancel-too-early");
        let early = self.pay("/buy?customer=citra", None);
        self.post(&format!("/refund?referenceNo={early}"));
        self.sim.advance("10m");
        self.post("/poll");
        self.load("approve");
        self.post("/unlink?customer=ani");
        // NICEPAY repeats a notification that brought the token.
        let t_xid = self.transaction(&first);
        self.control(&format!("transactions/{t_xid}/notify"), &json!({}));
        self.sim.drain();
        self.pay("/one-click?customer=ani", None);
        for token in self.tokens("budi") {
            self.sim.http().send("DELETE", &format!("/__sim/api/tokens/{token}"), &[], "");
        }
        self.pay("/one-click?customer=budi", Some(BUDI));
    }

    /// A purchase that the customer pays; returns its number.
    fn pay(&self, path: &str, phone: Option<&str>) -> String {
        let begun = self.post(path);
        let begun: Value = serde_json::from_str(&begun.body).unwrap_or_default();
        let text = |name: &str| begun[name].as_str().unwrap_or("none").to_owned();
        self.control(&format!("transactions/{}/buyer", text("tXid")), &json!({ "do": "pay", "phone": phone }));
        self.sim.advance("5s");
        text("referenceNo")
    }

    /// What a mutant answers does not matter here: its report is what counts.
    fn post(&self, path: &str) -> Reply {
        self.sim.http().send("POST", &format!("{}{path}", self.url), &[], "")
    }

    fn control(&self, path: &str, body: &Value) -> Reply {
        self.sim.http().post_json(&format!("/__sim/api/{path}"), body)
    }

    fn load(&self, scenario: &str) {
        let loaded = self.sim.http().put_json("/__sim/api/scenario", &json!({ "name": scenario }));
        assert_eq!(loaded.status, 200, "{}", loaded.body);
    }

    fn transaction(&self, reference_no: &str) -> String {
        let found = self.sim.http().get(&format!("/__sim/api/transactions?referenceNo={reference_no}")).json();
        found[0]["tXid"].as_str().unwrap_or("none").to_owned()
    }

    fn tokens(&self, customer: &str) -> Vec<String> {
        let all = self.sim.http().get("/__sim/api/tokens?limit=1000").json();
        let own = all.as_array().unwrap().iter().filter(|token| token["clientUserKey"] == customer);
        own.map(|token| token["userToken"].as_str().unwrap().to_owned()).collect()
    }
}

fn judge_all(mutants: &[Mutant]) -> Vec<(Mutant, States)> {
    let left: Mutex<VecDeque<_>> = Mutex::new(mutants.iter().cloned().enumerate().collect());
    let judged = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some((number, mutant)) = left.lock().unwrap().pop_front() else { return };
                    let states = mutant.judge();
                    judged.lock().unwrap().insert(number, (mutant, states));
                }
            });
        }
    });
    judged.into_inner().unwrap().into_values().collect()
}

#[test]
fn each_mistake_fails_the_checks_that_it_explains_and_no_other() {
    if !installed::has("python3") {
        return;
    }
    let all = Mutants::read();
    assert!(all.len() >= 25);
    let good = Mutant::default().judge();
    assert_eq!(good.keys().collect::<Vec<_>>(), ["pass"], "the shop itself: {good:#?}");
    let judged = judge_all(&all);
    let mut wrong = String::new();
    for (mutant, states) in &judged {
        let found = (of(states, "fail"), of(states, "warning"));
        if found != (mutant.fails.clone(), mutant.warns.clone()) {
            let _ = writeln!(wrong, "{}\n  fails = {:?}\n  warns = {:?}", mutant.name, found.0, found.1);
        }
    }
    assert!(wrong.is_empty(), "these mutants have other states than tests/it/audit/mutants.toml says:\n{wrong}");
    check_document(&document(&judged));
}

impl Mutants {
    fn read() -> Vec<Mutant> {
        let Self { mutant } = toml::from_str(include_str!("mutants.toml")).unwrap();
        mutant
    }
}

#[test]
fn a_merchant_that_does_nothing_has_no_success() {
    let sim = Simulator::start();
    let i_mid = sim.shop().i_mid().to_owned();
    assert_eq!(states(&sim, &i_mid).keys().collect::<Vec<_>>(), ["not-exercised"]);
    let report = sim.http().get(&format!("/__sim/api/report?iMid={i_mid}")).json();
    assert_eq!((&report["summary"]["state"], &report["summary"]["pass"]), (&json!("not-exercised"), &json!(0)));
}

/// The table, as Markdown.
fn document(judged: &[(Mutant, States)]) -> String {
    let mut text = "# Merchants that are wrong in one line\n\n\
                    This page shows that the checks of the integration report find mistakes, and only those. A test changes one \
                    line of `examples/python/shop.py`, runs the audit and some payments, refunds and one-click payments, and reads \
                    the report. The shop itself passes every check. The test writes this page.\n\n\
                    | Mistake | The line becomes | Fails | Warns |\n|---|---|---|---|\n"
        .to_owned();
    for (mutant, states) in judged {
        let name = mutant.name.replace('-', " ");
        let line = mutant.replace.replace('|', "\\|");
        let line = if line.is_empty() { "(nothing)".to_owned() } else { format!("`{line}`") };
        let [fails, warns] = ["fail", "warning"].map(|state| of(states, state).join(", "));
        let _ = writeln!(text, "| {name} | {line} | {fails} | {warns} |");
    }
    text.push_str("\n## By check\n\n| Check | Mistakes that it finds |\n|---|---|\n");
    let mut by_check: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (mutant, states) in judged {
        for id in of(states, "fail").into_iter().chain(of(states, "warning")) {
            by_check.entry(id).or_default().push(mutant.name.replace('-', " "));
        }
    }
    for (id, names) in by_check {
        let _ = writeln!(text, "| {id} | {} |", names.join("; "));
    }
    text
}

fn check_document(text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    if std::env::var_os("RENEW_DOCS").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let current = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(current == text, "{DOCUMENT} is not what the test found: run ./scripts/docs");
}
