use std::fmt::Write as _;

use proptest::prelude::*;
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::language::Lang;
use crate::scenarios::{Library, RuleConfig, Scenario};

/// The sentences of a rule that was added, in both languages.
fn both(rule: &Value) -> (String, String) {
    let config = RuleConfig::deserialize(rule).unwrap();
    let rule = config.compile(|_| "rule-1".into()).unwrap().added_at_run_time();
    (rule.sentence(Lang::En).to_string(), rule.sentence(Lang::Id).to_string())
}

fn english(rule: &Value) -> String {
    both(rule).0
}

#[test]
fn every_rule_of_every_scenario_has_a_sentence() {
    let library = Library::built_in();
    let mut text = String::new();
    for source in library.sources() {
        let scenario = Scenario::from_source(source, &library).unwrap();
        for rule in &scenario.rules {
            let [en, id] = [Lang::En, Lang::Id].map(|lang| rule.sentence(lang).to_string());
            for sentence in [&en, &id] {
                let (when, then) = sentence.split_once(" → ").unwrap();
                assert!(when.len() > 3 && then.len() > 3, "{}: {sentence}", rule.id);
            }
            assert_ne!(en, id, "{}", rule.id);
            writeln!(text, "{}\n  {en}\n  {id}", rule.id).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_sentence_says_when_and_what() {
    for (rule, en, id) in [
        (
            json!({ "times": 1, "when": { "referenceNo": "next*" }, "then": { "outcome": "reject" } }),
            "next payment `next*` → reject",
            "pembayaran berikutnya `next*` → tolak",
        ),
        (
            json!({ "when": { "amt": { "from": 1_000_000 } }, "then": { "outcome": "review" } }),
            "every payment of Rp 1.000.000 and more → review until decided",
            "setiap pembayaran senilai Rp 1.000.000 atau lebih → tinjau sampai diputuskan",
        ),
        (
            json!({ "times": 2, "when": { "operation": "inquiry" }, "then": { "answer": { "status": 503 } } }),
            "next 2 inquiry requests → answer 503, request not carried out",
            "2 permintaan inquiry berikutnya → jawab 503, permintaan tidak dijalankan",
        ),
        (
            json!({ "chance": 0.125, "when": { "nth": [2, 3], "mitraCd": ["KDVI", "IDNA"], "tenor": 3 },
                "then": { "notify": { "variant": "duplicate", "times": 3, "every": "1m" } } }),
            "payment number 2 or 3 at Kredivo or Indodana in 3 months, with a chance of 12.5% → notification is sent 3 \
             times, 60 s apart",
            "pembayaran ke-2 atau ke-3 di Kredivo atau Indodana dalam 3 bulan, dengan peluang 12,5% → notifikasi dikirim \
             3 kali, berselang 60 detik",
        ),
        (
            json!({ "times": 1, "then": { "notify": { "variant": "late", "after": "20s" } } }),
            "next payment → notification is sent 20 s late",
            "pembayaran berikutnya → notifikasi dikirim terlambat 20 detik",
        ),
    ] {
        let sentences = both(&rule);
        assert_eq!((sentences.0.as_str(), sentences.1.as_str()), (en, id));
    }
}

#[test]
fn every_condition_is_told() {
    for (when, part) in [
        (json!({ "modes": ["normal", "binding"] }), "every normal payment or account linking"),
        (json!({ "modes": "seamless" }), "every seamless payment"),
        (json!({ "iMid": "SHOP" }), "of merchant `SHOP`"),
        (json!({ "referenceNo": "a*" }), "every payment `a*`"),
        (json!({ "tXid": "T1" }), "with tXid `T1`"),
        (json!({ "amt": 25_145 }), "of Rp 25.145 "),
        (json!({ "amt": { "to": 5_000 } }), "of up to Rp 5.000"),
        (json!({ "amt": { "from": 1_000, "to": 5_000 } }), "of Rp 1.000 to Rp 5.000"),
        (json!({ "payMethod": "00" }), "with payMethod `00`"),
        (json!({ "mitraCd": "AKLP" }), "at Akulaku"),
        (json!({ "clientUserKey": "c" }), "with clientUserKey `c`"),
        (json!({ "phone": "+62 812-9189-1818" }), "paid by `081291891818`"),
        (json!({ "tenor": [1] }), "in 1 month "),
        (json!({ "nth": 2 }), "payment number 2"),
    ] {
        let outcome = json!({ "when": when, "then": { "outcome": "approve" } });
        let sentence = english(&outcome);
        assert!(sentence.contains(part), "{when}: {sentence}");
    }
}

#[test]
fn every_effect_is_told() {
    for (then, part) in [
        (json!({ "outcome": "reject", "reason": "limit" }), "→ reject (limit too low)"),
        (json!({ "outcome": "abandon" }), "→ the customer leaves without paying"),
        (
            json!({ "outcome": "review", "reason": "inactive", "review": { "after": "30s", "verdict": "reject" } }),
            "→ review, reject after 30 s (account inactive)",
        ),
        (json!({ "pin": "wrong", "otp": "expired" }), "→ every PIN is wrong; the first OTP has expired"),
        (
            json!({ "customer": { "do": "pay", "after": "5m", "phone": "081291891818", "instmntMon": 3 } }),
            "→ the customer pays without a browser after 5 min as `081291891818` in 3 months",
        ),
        (json!({ "refund": { "percent": 40, "after": "1h" } }), "→ refund 40% after 1 h"),
        (json!({ "refund": { "amt": 5_000 } }), "→ refund Rp 5.000"),
        (
            json!({ "pace": { "notification": "2s", "seamless": "1s", "expires": "24h" } }),
            "→ notification after 2 s; settled after 1 s; expires after 1 d",
        ),
        (
            json!({ "outcome": "reject", "notify": { "variant": "changed-status", "status": "0" } }),
            "→ reject; notification says status `0`",
        ),
        (json!({ "notify": "changed-status" }), "notification says the opposite status"),
        (
            json!({ "notify": [{ "of": ["approve"], "fields": { "amt": 1, "payMethod": null }, "signed": true }, "lost"] }),
            "→ notification (approve) as usual, `amt` = `1`, without `payMethod`, signed anew; notification is never sent",
        ),
        (json!({ "notify": { "variant": "wrong-token", "fields": { "a": "b" } } }), "wrong merchantToken, `a` = `b`"),
        (json!({ "notify": { "variant": "slow", "lasts": "3s" } }), "sent in pieces over 3 s"),
        (
            json!({ "answer": { "code": "9002" } }),
            "every request → answer with resultCd `9002`, request not carried out",
        ),
        (
            json!({ "answer": { "delay": { "from": "100ms", "to": "2s" }, "performed": false } }),
            "→ answer after 100 ms to 2 s, request not carried out",
        ),
        (json!({ "answer": "reset" }), "→ answer with a connection reset, request carried out"),
        (
            json!({ "answer": { "body": "x", "contentType": "text/html" } }),
            "a body of the rule with Content-Type `text/html`",
        ),
    ] {
        let sentence = english(&json!({ "then": then }));
        assert!(sentence.contains(part), "{then}: {sentence}");
    }
    for (token, part) in [("unknown", "the token counts as unknown"), ("other-customer", "another customer's")] {
        let sentence = english(&json!({ "when": { "modes": "seamless" }, "then": { "token": token } }));
        assert!(sentence.ends_with(part), "{sentence}");
    }
    let asks = json!({ "when": { "modes": "seamless" }, "then": { "asks": "otp", "outcome": "reject" } });
    assert_eq!(english(&asks), "every seamless payment → the customer enters an OTP, reject");
}

/// Pieces of rules, to be put together at random: most of the results are no rules, the others have sentences.
fn pieces() -> impl Strategy<Value = Value> {
    let when = prop::sample::subsequence(
        vec![
            ("modes", json!(["normal", "tokenize", "binding"])),
            ("modes", json!("seamless")),
            ("operation", json!(["inquiry", "cancel"])),
            ("iMid", json!("SHOP")),
            ("tXid", json!("T")),
            ("amt", json!({ "to": 9 })),
            ("amt", json!(u64::MAX)),
            ("payMethod", json!("06")),
            ("mitraCd", json!(["KDVI", "AKLP", "IDNA"])),
            ("clientUserKey", json!("`</bdi>\u{202e}")),
            ("phone", json!("0812345678")),
            ("tenor", json!([1, 24])),
            ("nth", json!([1, u32::MAX])),
        ],
        0..5,
    );
    let then = prop::sample::subsequence(
        vec![
            ("outcome", json!("approve")),
            ("outcome", json!("review")),
            ("asks", json!("login")),
            ("token", json!("removed")),
            ("pace", json!({ "expires": "9223372036854775807s", "seamless": "0s" })),
            ("pin", json!("wrong")),
            ("otp", json!("expired")),
            ("customer", json!({ "do": "abandon", "after": "1ns" })),
            ("refund", json!({ "amt": u64::MAX })),
            ("answer", json!({ "status": 200, "slow": "1ms", "broken": "cut", "contentType": " " })),
        ],
        0..4,
    );
    let variant = prop::sample::select(crate::domain::Variant::ALL.to_vec());
    let plan = (variant, 0_u32..4, "[0-9]{1,19}(ns|s|h)", "\\PC{0,9}").prop_map(|(variant, times, after, text)| {
        json!({ "variant": variant.as_str(), "times": times, "after": after, "fields": { "amt": text } })
    });
    let head = (prop::option::of(0_u32..4), prop::option::of(0.0..1.1_f64), "\\PC{0,20}");
    (head, when, then, prop::collection::vec(plan, 0..3)).prop_map(|((times, chance, pattern), when, then, plans)| {
        let mut rule = json!({ "times": times, "chance": chance, "when": { "referenceNo": pattern }, "then": {} });
        for (name, value) in when {
            rule["when"][name] = value;
        }
        for (name, value) in then {
            rule["then"][name] = value;
        }
        if !plans.is_empty() {
            rule["then"]["notify"] = plans.into();
        }
        rule
    })
}

proptest! {
    #[test]
    fn any_rule_has_a_sentence(rule in pieces()) {
        let Ok(config) = RuleConfig::deserialize(&rule) else { return Ok(()) };
        let Ok(rule) = config.compile(|_| "rule-1".into()) else { return Ok(()) };
        for rule in [rule.clone(), rule.added_at_run_time()] {
            for lang in [Lang::En, Lang::Id] {
                let sentence = rule.sentence(lang);
                prop_assert!(sentence.to_string().contains(" → "));
                prop_assert!(sentence.0.iter().all(|phrase| phrase.is_value || !phrase.text.is_empty()));
            }
        }
    }
}
