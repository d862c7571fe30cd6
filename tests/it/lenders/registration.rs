//! What a lender wants of a registration, and what it refuses.

use nicepay_sim::testing::{Login, Simulator};
use serde_json::{Value, json};

use super::{AKULAKU, INDODANA, LENDERS, Payment};

const USER_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";

#[test]
fn only_kredivo_knows_tokens() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let shop = sim.shop();
        for lender in [AKULAKU, INDODANA] {
            let order = || lender.order(&shop, "token", 25_145);
            for (what, order) in [
                ("1", order().tokenize("customer-7")),
                ("2", order().seamless(USER_TOKEN)),
                ("2 with an unknown token", order().seamless("nobodys")),
                ("2 with the customer", order().seamless(USER_TOKEN).with("clientUserKey", "customer-7")),
            ] {
                let refused = shop.register(&order);
                let what = format!("{profile} {} {what}", lender.slug);
                assert_eq!(
                    (refused.result_cd().as_str(), refused.diagnosis()),
                    ("8003", "tokenizeUser/partner"),
                    "{what}"
                );
            }
            let mut binding = shop.binding("bind", "+62-81291891818");
            binding["mitraCd"] = lender.mitra_cd.into();
            let refused = shop.bind(binding);
            assert_eq!((refused.result_cd().as_str(), refused.diagnosis()), ("8003", "mitraCd/no-tokens"), "{profile}");
            assert!(sim.events("transaction.registered").is_empty() && sim.events("binding.registered").is_empty());
            assert!(sim.events("token.used").is_empty());
        }
        for (i, zero) in ["0", ""].into_iter().enumerate() {
            let order = AKULAKU.order(&shop, &format!("plain-{i}"), 25_145).with("tokenizeUser", zero);
            assert_eq!(shop.register(&order).result_cd(), "0000", "{profile}: no token is wanted");
        }
    }
}

#[test]
fn a_lender_that_is_switched_off_is_9108() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let put = |partners: Value| {
        let put = sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &json!({ "partners": partners }));
        assert_eq!((put.status, put.json()["partners"].clone()), (200, partners), "{}", put.body);
    };
    let answers = |round: &str| {
        LENDERS.map(|lender| {
            let answer = shop.register(&lender.order(&shop, &format!("{round}-{}", lender.slug), 25_145));
            (answer.result_cd(), answer.diagnosis().to_owned())
        })
    };
    let on = || ("0000".to_owned(), String::new());
    let off = || ("9108".to_owned(), "mitraCd/inactive".to_owned());
    assert_eq!(answers("default"), [on(), on(), on()]);
    for (round, partners, expected) in [
        ("kredivo", json!(["KDVI"]), [on(), off(), off()]),
        ("indodana", json!(["IDNA"]), [off(), off(), on()]),
        ("two", json!(["AKLP", "IDNA"]), [off(), on(), on()]),
        ("none", json!([]), [off(), off(), off()]),
        ("all", json!(["KDVI", "AKLP", "IDNA"]), [on(), on(), on()]),
    ] {
        put(partners);
        assert_eq!(answers(round), expected, "{round}");
    }
    // What was registered before can still be paid.
    let mut payment = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "before", 25_145));
    put(json!(["KDVI"]));
    payment.pay(Login { months: "1", ..INDODANA.login });
    assert_eq!(payment.status(&sim), "0");
    // Another merchant is not concerned.
    let other = sim.new_shop("OTHERSHOP1", "key-of-the-other-shop");
    assert_eq!(other.register(&INDODANA.order(&other, "other", 25_145)).result_cd(), "0000");
}

#[test]
fn akulaku_wants_sellers() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let shop = sim.shop();
        for (i, lender) in LENDERS.into_iter().enumerate() {
            let order = |way: &str| lender.order(&shop, &format!("{way}-{i}"), 25_145);
            for order in [
                order("absent").without("sellers"),
                order("empty").with("sellers", ""),
                order("null").with("sellers", Value::Null),
            ] {
                let answer = shop.register(&order);
                let what = format!("{profile} {} {}", lender.slug, order.text("referenceNo"));
                if profile == "strict" || lender.slug == "akulaku" {
                    assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("8003", "field/missing"), "{what}");
                    assert!(answer.header("x-sim-diagnosis").unwrap().contains("sellers"), "{what}");
                } else {
                    assert_eq!(answer.result_cd(), "0000", "{what}");
                }
            }
        }
    }
}
