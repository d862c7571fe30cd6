//! Every button does what the API's call does: two simulators alike, one played by forms, one by calls.

use nicepay_sim::testing::{Reply, Simulator};
use serde_json::{Value, json};

use super::{API, KEY, NOBODY, Page, press, text};

/// Two simulators that differ in their ports only.
struct Twins {
    forms: Simulator,
    calls: Simulator,
}

impl Twins {
    fn new() -> Self {
        let start = || {
            let sim = Simulator::builder().seed(7).start();
            sim.new_shop("MYSHOP0001", KEY);
            sim
        };
        Self { forms: start(), calls: start() }
    }

    /// Does the same to both; answers with what both answer.
    fn both<T: PartialEq + std::fmt::Debug>(&self, act: impl Fn(&Simulator) -> T) -> T {
        let (one, other) = (act(&self.forms), act(&self.calls));
        assert_eq!(one, other, "the twins are not alike");
        one
    }

    fn registered(&self, reference_no: &str) -> String {
        self.both(|sim| {
            let shop = sim.shop();
            shop.register(&shop.order(reference_no, 25_145).notify(NOBODY)).t_xid()
        })
    }

    fn played(&self, reference_no: &str, act: &str) -> String {
        let t_xid = self.registered(reference_no);
        self.both(|sim| super::buyer(sim, &t_xid, &json!({ "do": act })));
        self.both(Simulator::drain);
        t_xid
    }

    /// Presses a button here, makes a call there, and finds the same.
    #[track_caller]
    fn same(&self, page: &str, button: &str, fields: &[(&str, &str)], call: (&str, &str, Value)) -> Page {
        let form = Page::open(&self.forms, page).form(button);
        let form = fields.iter().fold(form, |form, (name, value)| form.with(name, value));
        let shown = press(&self.forms, &form);
        let (method, path, body) = call;
        let json = ("content-type", "application/json");
        let answer = self.calls.http().send(method, &format!("{API}{path}"), &[json], body.to_string());
        assert!((200..300).contains(&answer.status), "{path}: {}", answer.body);
        self.are_alike();
        shown
    }

    /// What there is, and what happened, but for the ports.
    #[track_caller]
    fn are_alike(&self) {
        let all = |sim: &Simulator| {
            sim.drain();
            let host = sim.url().trim_start_matches("http://");
            let of = |what: &str| sim.http().get(&format!("{API}/{what}")).body.replace(host, "HOST");
            [
                "transactions?limit=1000",
                "bindings",
                "tokens",
                "rules",
                "shoppers",
                "shoppers?iMid=MYSHOP0001",
                "scenario",
                "scenario?iMid=MYSHOP0001",
                "merchants",
                "clock",
                "notifications?limit=1000",
                "events?limit=10000",
            ]
            .map(|what| format!("{what}: {}", of(what)))
        };
        for (one, other) in all(&self.forms).iter().zip(&all(&self.calls)) {
            assert_eq!(one, other);
        }
    }
}

fn transaction(t_xid: &str) -> String {
    format!("/__sim/transactions/{t_xid}")
}

#[test]
fn the_customer_is_played() {
    let twins = Twins::new();
    for (act, stage) in [
        ("pay", "approved"),
        ("approve", "approved"),
        ("review", "under-review"),
        ("reject", "declined"),
        ("abandon", "abandoned"),
    ] {
        let t_xid = twins.registered(act);
        let call = format!("/transactions/{t_xid}/buyer");
        let page = twins.same(&transaction(&t_xid), &format!("do-{act}"), &[], ("POST", &call, json!({ "do": act })));
        assert_eq!(page.says("stage"), stage, "{act}");
        assert!(page.tested("do-pay").is_empty() || act == "abandon", "who has paid cannot pay");
    }
    // As somebody: a phone of the list.
    let t_xid = twins.registered("as somebody");
    let phones = Page::open(&twins.forms, &transaction(&t_xid)).options("buyer-phone");
    assert!(phones.len() > 3 && phones[0].is_empty(), "{phones:?}");
    for phone in &phones[1..] {
        let t_xid = twins.registered(phone);
        let call = format!("/transactions/{t_xid}/buyer");
        let body = json!({ "do": "approve", "phone": phone });
        twins.same(&transaction(&t_xid), "do-approve", &[("phone", phone)], ("POST", &call, body));
    }
}

#[test]
fn a_review_is_decided_and_what_is_open_expires() {
    let twins = Twins::new();
    for (button, act, stage) in [
        ("decide-approve", "approve", "approved"),
        ("decide-reject", "reject", "declined"),
        ("expire", "expire", "expired"),
    ] {
        let t_xid = twins.played(button, "review");
        let call = format!("/transactions/{t_xid}/partner");
        let page = twins.same(&transaction(&t_xid), button, &[], ("POST", &call, json!({ "do": act })));
        assert_eq!(page.says("stage"), stage);
    }
    for (reference_no, act) in [("never opened", None), ("left", Some("abandon"))] {
        let t_xid = act.map_or_else(|| twins.registered(reference_no), |act| twins.played(reference_no, act));
        let call = format!("/transactions/{t_xid}/partner");
        let page = twins.same(&transaction(&t_xid), "expire", &[], ("POST", &call, json!({ "do": "expire" })));
        assert_eq!(page.says("stage"), "expired");
        assert!(page.tested("expire").is_empty() && page.tested("do-pay").is_empty());
    }
}

#[test]
fn money_is_given_back() {
    let twins = Twins::new();
    let t_xid = twins.played("money", "approve");
    let call = format!("/transactions/{t_xid}/cancel");
    let part = json!({ "amt": "145" });
    let page = twins.same(&transaction(&t_xid), "cancel", &[("amt", "145")], ("POST", &call, part));
    assert_eq!(page.says("stage"), "approved");
    assert_eq!(page.tested("cancel-amt")[0].attr("placeholder"), Some("25000"), "what is left");
    let page = twins.same(&transaction(&t_xid), "cancel", &[], ("POST", &call, json!({})));
    assert_eq!(page.says("stage"), "cancelled");
    assert!(page.tested("cancel").is_empty());
}

#[test]
fn notifications_are_sent_in_every_variant_and_again() {
    let twins = Twins::new();
    let t_xid = twins.played("told", "approve");
    let call = format!("/transactions/{t_xid}/notify");
    let variants = Page::open(&twins.forms, &transaction(&t_xid)).options("variant");
    assert_eq!(variants.len(), 17, "all but the one that comes before an answer: {variants:?}");
    for variant in &variants {
        let body = json!({ "variant": variant });
        twins.same(&transaction(&t_xid), "notify", &[("variant", variant)], ("POST", &call, body));
    }
    twins.both(|sim| sim.advance("1h"));
    twins.are_alike();
    let notices = twins.both(|sim| {
        let all = sim.http().get(&format!("{API}/notifications?limit=1000")).json();
        all.as_array().unwrap().iter().map(|notice| notice["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    });
    for id in [&notices[0], &notices[notices.len() - 1]] {
        let form = Page::open(&twins.forms, &transaction(&t_xid))
            .form_where("resend", |form| form.contains(&format!("/notifications/{id}/resend")));
        assert!(form.field("_back").ends_with("#notifications"));
        press(&twins.forms, &form);
        let again = twins.calls.http().post_json(&format!("{API}/notifications/{id}/resend"), &json!({}));
        assert_eq!(again.status, 202, "{}", again.body);
        twins.are_alike();
    }
}

#[test]
fn tokens_are_issued_and_end() {
    let twins = Twins::new();
    let fields = [("iMid", "MYSHOP0001"), ("clientUserKey", "customer & <7>")];
    let body = json!({ "iMid": "MYSHOP0001", "clientUserKey": "customer & <7>" });
    let page = twins.same("/__sim/tokens", "token-submit", &fields, ("POST", "/tokens", body));
    let tokens = twins.both(|sim| {
        let all = sim.http().get(&format!("{API}/tokens?iMid=MYSHOP0001")).json();
        all.as_array().unwrap().iter().map(|token| token["userToken"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    });
    let token = tokens.last().unwrap();
    assert!(page.text().contains(token) && page.text().contains("customer & <7>"));
    let form = Page::open(&twins.forms, "/__sim/tokens")
        .form_where("revoke", |form| form.contains(&format!("{token}?iMid=MYSHOP0001")));
    press(&twins.forms, &form);
    let delete = |sim: &Simulator, path: &str| sim.http().send("DELETE", &format!("{API}{path}"), &[], "").status;
    assert_eq!(delete(&twins.calls, &format!("/tokens/{token}?iMid=MYSHOP0001")), 204);
    twins.are_alike();

    // On the page of the transaction that issued it, too.
    let t_xid = twins.both(|sim| {
        let shop = sim.shop();
        shop.register(&shop.order("tokenized", 25_145).notify(NOBODY).tokenize("customer-7")).t_xid()
    });
    twins.both(|sim| super::buyer(sim, &t_xid, &json!({ "do": "approve" })));
    twins.both(Simulator::drain);
    let page = Page::open(&twins.forms, &transaction(&t_xid));
    let form = page.form("revoke");
    let path = form.action.strip_prefix("/__sim/actions").unwrap().to_owned();
    assert!(press(&twins.forms, &form).tested("revoke").is_empty(), "it has ended");
    assert_eq!(delete(&twins.calls, &path), 204);
    twins.are_alike();
}

#[test]
fn the_clock_is_moved_from_every_page() {
    let twins = Twins::new();
    let t_xid = twins.played("told later", "review");
    let pages = super::PAGES.map(str::to_owned).into_iter().chain([transaction(&t_xid)]);
    for page in pages {
        let page = twins.same(&page, "advance-2s", &[], ("POST", "/clock/advance", json!({ "by": "2s" })));
        assert!(!page.says("now").is_empty());
    }
    twins.same("/__sim/", "advance-24h", &[], ("POST", "/clock/advance", json!({ "by": "24h" })));
    let page =
        twins.same("/__sim/", "advance", &[("by", "2h 30m")], ("POST", "/clock/advance", json!({ "by": "2h 30m" })));
    let now = twins.forms.http().get(&format!("{API}/clock")).json()["now"].as_str().unwrap().to_owned();
    // Hours differ: people read WIB.
    assert!(page.says("now").contains(&now[13..19]), "{now}: {}", page.says("now"));
}

#[test]
fn the_clock_is_let_run_and_stopped() {
    let sim = Simulator::start();
    let mode = || sim.http().get(&format!("{API}/clock")).json()["mode"].as_str().unwrap().to_owned();
    assert_eq!((mode().as_str(), Page::open(&sim, "/__sim/").says("clock-mode").as_str()), ("manual", "stopped"));
    let page = press(&sim, &Page::open(&sim, "/__sim/log").form("freeze"));
    assert_eq!((mode().as_str(), page.says("clock-mode").as_str()), ("system", "running"));
    assert_eq!(page.says("freeze"), "Stop the clock");
    let page = press(&sim, &page.form("freeze"));
    assert_eq!((mode().as_str(), page.says("clock-mode").as_str()), ("manual", "stopped"));
}

#[test]
fn scenarios_are_put_in_force() {
    let twins = Twins::new();
    let names = |page: &Page| -> Vec<_> {
        page.tested("scenario-activate").iter().map(|button| button.attr("value").unwrap().to_owned()).collect()
    };
    let all = names(&Page::open(&twins.forms, "/__sim/rules"));
    assert!(all.len() > 50 && !all.contains(&"approve".to_owned()), "the active one needs no button: {all:?}");
    for name in all {
        let value = [("name", name.as_str())];
        let page =
            twins.same("/__sim/rules", "scenario-activate", &value, ("PUT", "/scenario", json!({ "name": name })));
        assert!(page.says("scenario").contains(&name), "{name}");
        assert!(text(page.all("[data-testid=scenario-item][aria-current]")[0]).contains(&name), "{name}");
        assert!(!names(&page).contains(&name), "{name}");
    }
    let theirs = "/__sim/rules?iMid=MYSHOP0001";
    let call = ("PUT", "/scenario?iMid=MYSHOP0001", json!({ "name": "approve" }));
    let page = twins.same(theirs, "scenario-activate", &[("name", "approve")], call);
    assert!(page.says("scenario").contains("own scenario"));
    assert!(!Page::open(&twins.forms, "/__sim/rules").says("scenario").contains("own scenario"));
}

#[test]
fn rules_are_added_and_removed() {
    let twins = Twins::new();
    let rules = "/__sim/rules";
    let body = json!({ "times": 1, "then": { "outcome": "reject" } });
    twins.same(rules, "rule-submit", &[("then.outcome", "reject")], ("POST", "/rules", body));
    let fields = [
        ("times:json", ""),
        ("when.iMid", "MYSHOP0001"),
        ("when.referenceNo", "a&b*"),
        ("when.amt.from:json", "25145"),
        ("then.outcome", "review"),
        ("then.notify.variant", "duplicate"),
    ];
    let body = json!({
        "when": { "iMid": "MYSHOP0001", "referenceNo": "a&b*", "amt": { "from": 25145 } },
        "then": { "outcome": "review", "notify": { "variant": "duplicate" } },
    });
    let page = twins.same(rules, "rule-submit", &fields, ("POST", "/rules", body));
    let added = page.tested("rule-added");
    assert_eq!(added.len(), 2);
    assert!(text(added[0]).contains("left 1/1") || text(added[1]).contains("left 1/1"));
    // Every answer, request and reason that can be chosen is one.
    for answer in page.options("rule-answer").iter().filter(|answer| !answer.is_empty()) {
        let value: Value = serde_json::from_str(answer).unwrap();
        let body = json!({ "times": 1, "when": { "referenceNo": "never" }, "then": { "answer": value } });
        let fields = [("when.referenceNo", "never"), ("then.answer:json", answer)];
        twins.same(rules, "rule-submit", &fields, ("POST", "/rules", body));
    }
    for operation in page.options("rule-operation").iter().filter(|operation| !operation.is_empty()) {
        let value: Value = serde_json::from_str(operation).unwrap();
        let when = json!({ "referenceNo": "never", "operation": value });
        let body = json!({ "times": 1, "when": when, "then": { "answer": "cut" } });
        let fields =
            [("when.referenceNo", "never"), ("when.operation:json", operation), ("then.answer:json", "\"cut\"")];
        twins.same(rules, "rule-submit", &fields, ("POST", "/rules", body));
    }
    let body = json!({ "times": 1, "then": { "notify": { "variant": "late", "after": "20s" } } });
    let fields = [("then.notify.variant", "late"), ("then.notify.after", "20s")];
    twins.same(rules, "rule-submit", &fields, ("POST", "/rules", body));
    for reason in ["limit", "risk", "inactive"] {
        let body = json!({ "times": 1, "then": { "outcome": "reject", "reason": reason } });
        let fields = [("then.outcome", "reject"), ("then.reason", reason)];
        twins.same(rules, "rule-submit", &fields, ("POST", "/rules", body));
    }
    // As JSON, with a name that an address has to escape.
    let then = r#"{"outcome": "review", "review": {"after": "30s", "verdict": "approve"}}"#;
    let page = Page::open(&twins.forms, rules);
    let form = super::Filled {
        action: page.form("rule-submit").action,
        post: true,
        fields: [
            ("_back", "/__sim/rules#added"),
            ("_done", "rule"),
            ("then:json", then),
            ("when:json", ""),
            ("times:json", "2"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
    };
    assert_eq!(page.tested("rule-json").len(), 1);
    press(&twins.forms, &form);
    let body = json!({ "then": serde_json::from_str::<Value>(then).unwrap(), "times": 2 });
    assert_eq!(twins.calls.http().post_json(&format!("{API}/rules"), &body).status, 201);
    twins.are_alike();
    twins.both(|sim| sim.rule(&json!({ "id": "odd", "then": { "outcome": "reject" } })));
    // The rule decides, and is used up.
    let t_xid = twins.played("by rule", "pay");
    twins.are_alike();
    assert_eq!(Page::open(&twins.forms, &transaction(&t_xid)).says("stage"), "declined");

    loop {
        let page = Page::open(&twins.forms, rules);
        let left = page.tested("rule-added").len();
        if left == 0 {
            break;
        }
        let form = page.form("rule-remove");
        let path = form.action.strip_prefix("/__sim/actions").unwrap().to_owned();
        assert_eq!(press(&twins.forms, &form).tested("rule-added").len(), left - 1);
        let removed = twins.calls.http().send("DELETE", &format!("{API}{path}"), &[], "");
        assert_eq!(removed.status, 204, "{}", removed.body);
        twins.are_alike();
    }
}

#[test]
fn accounts_are_changed() {
    let twins = Twins::new();
    for (page, query) in [("/__sim/shoppers", ""), ("/__sim/shoppers?iMid=MYSHOP0001", "?iMid=MYSHOP0001")] {
        let shown = Page::open(&twins.forms, page);
        let known = twins.forms.http().get(&format!("{API}/shoppers{query}")).json();
        assert_eq!(shown.tested("shopper").len(), known.as_array().unwrap().len());
        let phone = shown.tested("shopper")[1].attr("data-key").unwrap().to_owned();
        let form = shown.form_where("shopper-submit", |form| form.contains(&format!("/shoppers/{phone}")));
        let form = form.with("state", "locked").with("pin", "135790").with("owes", "1000");
        let changed = press(&twins.forms, &form);
        let body = json!({ "state": "locked", "pin": "135790", "owes": "1000" });
        let put = twins.calls.http().put_json(&format!("{API}/shoppers/{phone}{query}"), &body);
        assert_eq!(put.status, 200, "{}", put.body);
        twins.are_alike();
        let row = changed.all(&format!("[data-key='{phone}']"))[0];
        assert!(text(row).contains("locked") && text(row).contains("135790"), "{}", text(row));
    }
}

#[test]
fn one_merchant_is_forgotten_and_all() {
    let twins = Twins::new();
    twins.played("ours", "approve");
    twins.both(|sim| {
        let shop = sim.new_shop("MYSHOP0001", KEY);
        shop.register(&shop.order("theirs", 25_145).notify(NOBODY)).t_xid()
    });
    let form = Page::open(&twins.forms, "/__sim/merchants").form_where("reset", |form| form.contains("\"MYSHOP0001\""));
    press(&twins.forms, &form);
    let reset = |body: &Value| twins.calls.http().post_json(&format!("{API}/reset"), body).status;
    assert_eq!(reset(&json!({ "iMid": "MYSHOP0001" })), 204);
    twins.are_alike();
    let left = Page::open(&twins.forms, "/__sim/");
    assert_eq!(left.tested("transaction").len(), 1);
    press(&twins.forms, &Page::open(&twins.forms, "/__sim/merchants").form("reset-all"));
    assert_eq!(reset(&json!({})), 204);
    twins.are_alike();
    assert!(Page::open(&twins.forms, "/__sim/").says("empty").contains("No transactions yet"));
}

#[test]
fn the_customer_of_a_binding_is_played() {
    let twins = Twins::new();
    for (id, (act, state)) in [("bind", "bound"), ("reject", ""), ("abandon", "")].iter().enumerate() {
        let id = id + 1;
        let bound = twins.both(|sim| {
            let shop = sim.shop();
            let reply: Reply = shop.bind(shop.binding(&format!("binding-{id}"), "+62-81291891818"));
            reply.result_cd()
        });
        assert_eq!(bound, "0000");
        let call = format!("/bindings/{id}/buyer");
        let page = twins.same(
            &format!("/__sim/bindings/{id}"),
            &format!("do-{act}"),
            &[],
            ("POST", &call, json!({ "do": act })),
        );
        let known = twins.forms.http().get(&format!("{API}/bindings/{id}")).json();
        assert_eq!(page.says("stage"), known["state"].as_str().unwrap());
        assert!(state.is_empty() || page.says("stage") == *state);
        assert!(page.tested("do-bind").is_empty() || known["state"] == "abandoned");
    }
    assert_eq!(Page::open(&twins.forms, "/__sim/bindings").tested("binding").len(), 3);
}

/// HTML drops the first line end of a text area.
#[test]
fn a_raw_body_is_edited_with_its_first_line_end() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let shop = sim.shop();
    let t_xid = shop.register(&shop.order("order-1", 25_145).notify(receiver.url())).t_xid();
    super::buyer(&sim, &t_xid, &json!({}));
    sim.advance("2s");
    let body = "\n\nstatus=0";
    let sent = sim.http().post_json(&format!("{API}/notifications/1/send"), &json!({ "body": body, "sign": false }));
    assert_eq!(sent.status, 200, "{}", sent.body);
    let attempted = sim.events("notification.attempted").pop().unwrap();
    let page = Page::open(&sim, &format!("/__sim/events/{}", attempted["id"]));
    assert_eq!(text(page.tested("raw-body")[0]), body);
}
