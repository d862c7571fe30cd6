//! Changed forms: the true one but for what was changed; of a binding too.

use nicepay_sim::testing::{Login, Received, Receiver, Simulator};
use serde_json::{Value, json};

use super::{API, CALLBACK, act, arrives, by_hand, notices, ordered, paid, pluck, problem, statuses, told, verifies};

// ---------------------------------------------------------------------------------------------------------------------
// Changed forms

/// What a merchant who checks the token finds.
#[derive(Clone, Copy, PartialEq)]
enum Token {
    /// It fits what is said.
    Fits,
    /// It is that of the true form, and does not fit what is said.
    True,
    /// It is another.
    Other,
}

type Fields = Vec<(String, String)>;

fn set(fields: &mut Fields, name: &str, value: &str) {
    match fields.iter_mut().find(|(known, _)| known == name) {
        Some(field) => value.clone_into(&mut field.1),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

fn unset(fields: &mut Fields, name: &str) {
    fields.retain(|(known, _)| known != name);
}

#[test]
fn a_changed_form_is_the_true_one_but_for_what_was_changed() {
    type Change = fn(&mut Fields);
    let rows: [(&str, Value, Change, Token); 15] = [
        ("'plain'", json!({}), |_| {}, Token::Fits),
        ("'wrong-token'", json!({ "variant": "wrong-token" }), |_| {}, Token::Other),
        ("'changed-status'", json!({ "variant": "changed-status" }), |f| set(f, "status", "8"), Token::Fits),
        (
            "{ variant = 'changed-status', status = '3' }",
            json!({ "variant": "changed-status", "status": 3 }),
            |f| set(f, "status", "3"),
            Token::Fits,
        ),
        ("'reversal'", json!({ "variant": "reversal" }), |f| set(f, "status", "1"), Token::Fits),
        ("'changed-amount'", json!({ "variant": "changed-amount" }), |f| set(f, "amt", "1"), Token::True),
        (
            "{ variant = 'changed-amount', amt = 7, signed = true }",
            json!({ "variant": "changed-amount", "amt": "7", "signed": true }),
            |f| set(f, "amt", "7"),
            Token::Fits,
        ),
        (
            "'unknown-txid'",
            json!({ "variant": "unknown-txid" }),
            |f| f[0].1 = f[0].1.replacen("2026", "1999", 1),
            Token::Fits,
        ),
        (
            "{ variant = 'unknown-txid', signed = false }",
            json!({ "variant": "unknown-txid", "signed": false }),
            |f| f[0].1 = f[0].1.replacen("2026", "1999", 1),
            Token::True,
        ),
        ("'missing-field'", json!({ "variant": "missing-field" }), |f| unset(f, "tXid"), Token::True),
        (
            "{ variant = 'missing-field', field = 'referenceNo' }",
            json!({ "variant": "missing-field", "field": "referenceNo" }),
            |f| unset(f, "referenceNo"),
            Token::Fits,
        ),
        (
            "{ fields = { goodsNm = \"a&b\\r\\nX-Forged: 1\", added = '', mRefNo = 7 } }",
            json!({ "fields": { "goodsNm": "a&b\r\nX-Forged: 1", "added": "", "mRefNo": "7" } }),
            |f| {
                set(f, "goodsNm", "a&b\r\nX-Forged: 1");
                set(f, "added", "");
                set(f, "mRefNo", "7");
            },
            Token::Fits,
        ),
        (
            "{ fields = { merchantToken = 'forged' }, signed = true }",
            json!({ "fields": { "merchantToken": "forged" }, "signed": true }),
            |f| set(f, "merchantToken", "forged"),
            Token::Other,
        ),
        (
            "{ variant = 'missing-field', field = 'merchantToken' }",
            json!({ "fields": { "merchantToken": null } }),
            |f| unset(f, "merchantToken"),
            Token::Other,
        ),
        (
            "{ variant = 'changed-amount', fields = { amt = 'x' } }",
            json!({ "variant": "changed-amount", "fields": { "amt": "x" } }),
            |f| set(f, "amt", "x"),
            Token::True,
        ),
    ];
    for (written, how, change, token) in rows {
        // The true one goes first.
        let sim = ordered(&format!("['plain', {written}]"));
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let registered = paid(&sim, &receiver);
        sim.advance("2s");
        let [plain, changed] = receiver.received().try_into().unwrap();
        let mut expected = plain.fields();
        change(&mut expected);
        let mut fields = changed.fields();
        if written == "'wrong-token'" {
            // Another of the same form.
            let wrong = &mut fields[1].1;
            assert!(wrong.len() == 64 && wrong.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
            assert_ne!(wrong, plain.field("merchantToken"));
            wrong.clone_from(&expected[1].1);
        } else if token == Token::Fits {
            fields[1].1.clone_from(&expected[1].1);
        }
        assert_eq!(fields, expected, "{written}: order, values, and the true token where it is not to fit");
        assert!(verifies(&shop, &plain));
        assert_eq!(verifies(&shop, &changed), token == Token::Fits, "{written}");
        let length = |told: &Received| format!("Content-Length: {}", told.body.len());
        // With the header's name: a port can have the same digits.
        let lengthless = |told: &Received| told.head.replace(&length(told), "Content-Length: LENGTH");
        assert_eq!(lengthless(&changed), lengthless(&plain), "{written}");

        // By hand it is the same, byte for byte, although later.
        sim.advance("1h");
        let again = arrives(&sim, &receiver, &registered, &how);
        assert_eq!((again.head, again.body), (changed.head, changed.body), "{how}");
    }
}

#[test]
fn an_unknown_txid_is_nobodys() {
    let sim = ordered("'unknown-txid'");
    let receiver = sim.receiver();
    let registered = paid(&sim, &receiver);
    sim.advance("2s");
    let told = receiver.only();
    let unknown = told.field("tXid");
    assert_eq!(unknown.len(), registered.t_xid().len());
    assert_eq!(sim.http().get(&format!("{API}/transactions/{unknown}")).status, 404);
}

#[test]
fn empty_fields_stay_out_unless_somebody_sets_them() {
    let sim = told(
        "[[rule]]\n[rule.then]\nnotify = { fields = { payNo = '', mRefNo = '7', receiptCode = 'R', added = '' } }",
        "empty-fields = 'omit'",
    );
    let receiver = sim.receiver();
    paid(&sim, &receiver);
    sim.advance("2s");
    let names: Vec<_> = receiver.only().fields().into_iter().map(|(name, _)| name).collect();
    let place = |wanted: &str| names.iter().position(|name| name == wanted);
    assert!(place("instmntType") < place("payNo") && place("payNo") < place("receiptCode"), "{names:?}");
    assert!(place("receiptCode") < place("mRefNo") && place("mRefNo") < place("depositDt"), "{names:?}");
    assert_eq!((place("payValidDt"), place("added")), (None, Some(names.len() - 1)), "{names:?}");
}

#[test]
fn every_kind_of_notification_can_be_changed() {
    let sim = ordered("{ variant = 'changed-status', of = ['pending', 'reject'] }");
    let receiver = sim.receiver();
    for (reference_no, outcome) in [("a", "review"), ("b", "reject"), ("c", "pay")] {
        let registered = sim.shop().register(&sim.shop().order(reference_no, 25_145).notify(receiver.url()));
        act(&sim, &registered, "buyer", outcome);
        sim.advance("2s");
    }
    assert_eq!(statuses(&receiver), ["0", "0", "0"], "what is not paid is said to be; `of` leaves the approval alone");
    assert_eq!(pluck(&notices(&sim), "variant"), [json!("changed-status"), json!("changed-status"), Value::Null]);
    assert_eq!(pluck(&notices(&sim), "rule"), [json!("mine/x"), json!("mine/x"), Value::Null]);
}

#[test]
fn huge_fields_arrive_whole() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    let registered = paid(&sim, &receiver);
    let fields: serde_json::Map<_, _> = (0..50).map(|n| (format!("field_{n}"), json!("é".repeat(2_000)))).collect();
    let told = arrives(&sim, &receiver, &registered, &json!({ "fields": fields }));
    let huge = told.fields().into_iter().filter(|(name, value)| name.starts_with("field_") && value.len() == 4_000);
    assert_eq!(huge.count(), 50);
    problem(
        &by_hand(&sim, &registered.t_xid(), &json!({ "fields": { "x": "x".repeat(4_001) } })),
        400,
        "bad-json",
        "4,000",
    );
    let body = json!({ "fields": { "x": "x".repeat(300_000) } });
    assert_eq!(by_hand(&sim, &registered.t_xid(), &body).status, 413);
}

// ---------------------------------------------------------------------------------------------------------------------
// Bindings

/// Binds an account under a rule for bindings, and goes back to the merchant.
fn bound(notify: &str, callback: bool) -> (Simulator, Receiver) {
    let sim = told(&format!("[[rule]]\n[rule.when]\nmodes = ['binding']\n[rule.then]\nnotify = {notify}\n"), "");
    let receiver = sim.receiver();
    let mut request = sim.shop().binding("bind", "+62-81291891818");
    request["dbProcessUrl"] = receiver.url().into();
    if callback {
        request["callBackUrl"] = CALLBACK.into();
    }
    let answer = sim.shop().bind(request);
    let mut customer = sim.buyer();
    let tk = customer.arrive(answer.json()["redirectUrl"].as_str().unwrap());
    customer.sign_in(&tk, Login::default());
    customer.enter_otp(&tk, "4567");
    let before = receiver.received().len();
    let back = customer.get(&format!("/nicepay/v2/userAccountBinding/return?tk={tk}"));
    assert_eq!(back.status, if callback { 302 } else { 200 });
    if notify.contains("after-return") {
        assert_eq!(before, 0);
    }
    (sim, receiver)
}

#[test]
fn a_bindings_notification_can_be_unusual_too() {
    for callback in [false, true] {
        for (notify, arrive) in [
            ("'lost'", 0),
            ("'duplicate'", 2),
            ("'after-return'", 1),
            ("'before-return'", 1),
            ("['plain', 'wrong-token']", 2),
            ("['plain', { variant = 'missing-field', field = 'userToken' }]", 2),
            ("['plain', { fields = { billingNm = 'X' }, signed = true }]", 2),
        ] {
            let (sim, receiver) = bound(notify, callback);
            if notify.contains("before-return") {
                assert_eq!(receiver.received().len(), 1, "before the browser");
            }
            sim.advance("2s");
            let all = receiver.received();
            assert_eq!(all.len(), arrive, "{notify}");
            let differ = |name: &str| all[0].field(name) != all[1].field(name);
            if notify.contains("wrong-token") {
                assert!(differ("merchantToken") && !differ("userToken"));
            } else if notify.contains("missing-field") {
                assert!(differ("userToken") && !differ("merchantToken"));
            } else if notify.contains("fields") {
                assert!(differ("billingNm") && !differ("merchantToken"), "the token does not cover the name");
            }
        }
    }
}
