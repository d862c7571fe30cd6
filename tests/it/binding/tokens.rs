//! Whose token it is: one living token a customer, and none that another merchant sees.

use nicepay_sim::testing::{Shop, Simulator};
use serde_json::{Value, json};

use super::{API, BINDING, PHONE, WAY_BACK, Walk, to, with};
use crate::bodies::without;
use crate::common::process::Folder;

// ---------------------------------------------------------------------------------------------------------------------
// Whose token

#[test]
fn the_same_customer_has_one_living_token() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let bind = |customer: &str, phone: (&str, &str)| {
        let binding = with(to(&receiver, "bind", &shop), "clientUserKey", customer);
        Walk::begin(&sim, binding).link(phone.0, phone.1).token()
    };
    let all = ("081291891818", "414141");
    let first = bind("customer-7", all);
    assert_eq!(bind("customer-7", all), first);
    assert_eq!(sim.events("token.issued").len(), 1, "it is issued once");
    assert_eq!(sim.events("binding.completed").len(), 2);
    assert_ne!(bind("customer-8", all), first, "another customer of the merchant");
    assert_ne!(bind("customer-7", ("081513114262", "663482")), first, "another account");
    sim.advance("2s");
    let told: Vec<_> = receiver.received().iter().map(|told| told.field("userToken").to_owned()).collect();
    assert_eq!((told.len(), told.iter().filter(|token| **token == first).count()), (4, 2), "each binding is told");

    // Tokenizing with a transaction is the same customer.
    let order = shop.order("tokenize", 10_000).tokenize("customer-7");
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, WAY_BACK));
    let paid = sim.http().get(&format!("{API}/transactions/{}", registered.t_xid())).json();
    assert_eq!(paid["userToken"], first.as_str());

    // Removed or revoked, there is a new one.
    assert_eq!(shop.remove_token(&first).result_cd(), "0000");
    let second = bind("customer-7", all);
    assert_ne!(second, first);
    assert_eq!(sim.http().send("DELETE", &format!("{API}/tokens/{second}"), &[], "").status, 204);
    let third = bind("customer-7", all);
    assert!(third != second && third != first);
    assert_eq!(bind("customer-7", all), third);
    for dead in [&first, &second] {
        assert_eq!(shop.register(&shop.order("dead", 10_000).seamless(dead)).diagnosis(), "userToken/inactive");
    }
}

#[test]
fn an_older_token_that_lives_is_the_customers() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let issue = || {
        let body = json!({ "iMid": "PAYLOANTES", "clientUserKey": "customer-7", "phone": "081291891818" });
        let issued = sim.http().post_json(&format!("{API}/tokens"), &body).json();
        issued["userToken"].as_str().unwrap().to_owned()
    };
    let (older, newer) = (issue(), issue());
    let bind = || {
        let binding = with(shop.binding("bind", PHONE), "clientUserKey", "customer-7");
        Walk::begin(&sim, binding).link("081291891818", "414141").token()
    };
    assert_eq!(bind(), newer, "of two the newest");
    shop.remove_token(&newer);
    assert_eq!(bind(), older);
    shop.remove_token(&older);
    let newest = bind();
    assert!(newest != older && newest != newer);
}

#[test]
fn of_many_at_once_one_issues_the_customers_token() {
    const MANY: usize = 8;
    // The program answers on every core; a simulator inside a test, on one. Here that one only signs and sends.
    let (folder, sim) = (Folder::new(), Simulator::start());
    let program = folder.serve(&["--clock", "manual", "--log-level", "error"]);
    let (base, shop, http) = (format!("http://{}", program.address), sim.shop(), sim.http());
    for round in 0..60_usize {
        let customer = format!("customer-{round}");
        // Half of them bind, half of them pay and tokenize.
        let calls: Vec<String> = (0..MANY)
            .map(|n| {
                let name = format!("{round}-{n}");
                if n % 2 == 0 {
                    let binding = with(shop.binding(&name, PHONE), "clientUserKey", customer.as_str());
                    let body = shop.signed(&["iMid", "referenceNo", "billingPhone"], binding);
                    assert_eq!(http.post_json(&format!("{base}{BINDING}"), &body).result_cd(), "0000");
                    let all = http.get(&format!("{base}{API}/bindings?referenceNo={name}")).json();
                    format!("{base}{API}/bindings/{}/buyer", all[0]["id"].as_str().unwrap())
                } else {
                    let body = shop.body(&shop.order(&name, 1_000).tokenize(&customer));
                    let registered = http.post_json(&format!("{base}/nicepay/direct/v2/registration"), &body);
                    format!("{base}{API}/transactions/{}/buyer", registered.t_xid())
                }
            })
            .collect();
        let start = std::sync::Barrier::new(MANY);
        std::thread::scope(|scope| {
            for call in &calls {
                scope.spawn(|| {
                    start.wait();
                    assert_eq!(http.post_json(call, &json!({ "phone": "081291891818" })).status, 200);
                });
            }
        });
        let tokens = http.get(&format!("{base}{API}/tokens?clientUserKey={customer}")).json();
        assert_eq!(tokens.as_array().unwrap().len(), 1, "{tokens}");
    }
    let issued = http.get(&format!("{base}{API}/events?limit=10000&type=token.issued")).json();
    assert_eq!(issued.as_array().unwrap().len(), 60);
}

#[test]
fn a_token_of_a_transaction_is_that_of_the_next_binding() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let order = shop.order("tokenize", 10_000).tokenize("customer-9");
    let registered = shop.register(&order);
    sim.buyer().pay(&shop.payment_url(&order, &registered, WAY_BACK));
    let token = sim.events("token.issued")[0]["userToken"].clone();
    let binding = with(shop.binding("bind", PHONE), "clientUserKey", "customer-9");
    let walk = Walk::begin(&sim, binding).link("081291891818", "414141");
    assert_eq!(Value::from(walk.token()), token);
    assert_eq!(sim.events("token.issued").len(), 1);
    assert_eq!(
        shop.remove_token(&walk.token()).json()["description"],
        "12345678deactivated by merchant",
        "the billingPhone of the order that brought it"
    );
}

#[test]
fn without_a_client_user_key_the_customer_is_the_phone() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let unnamed = || without(to(&receiver, "bind", &shop), "clientUserKey");
    let walk = Walk::begin(&sim, unnamed()).link("081291891818", "414141");
    assert_eq!(walk.answer.json()["clientUserKey"], Value::Null);
    assert_eq!(walk.shown()["clientUserKey"], "081291891818");
    assert_eq!(sim.events("binding.completed")[0]["clientUserKey"], "081291891818");
    let again = with(unnamed(), "billingPhone", "081291891818");
    assert_eq!(Walk::begin(&sim, again).link("081291891818", "414141").token(), walk.token(), "however it is written");
    let named = with(unnamed(), "clientUserKey", "081291891818");
    assert_eq!(Walk::begin(&sim, named).link("081291891818", "414141").token(), walk.token(), "the same name");
    sim.advance("2s");
    let mut named: Vec<bool> = receiver.received().iter().map(|told| told.body.contains("clientUserKey=")).collect();
    named.sort_unstable();
    assert_eq!(named, [false, false, true], "the wire says it only where it was sent");
}

#[test]
fn the_token_belongs_to_whoever_signs_in() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let walk = Walk::begin(&sim, to(&receiver, "bind-1", &shop)).link("081513114262", "663482");
    assert_eq!(walk.shown()["phone"], "081513114262");
    assert_eq!(shop.user_details(&walk.token()).json()["billingPhone"], "+62-815****4262");
    sim.advance("2s");
    let phone = receiver.only().fields().into_iter().find(|(name, _)| name == "billingPhone").unwrap().1;
    assert_eq!(phone, PHONE, "as sent");
    assert_eq!(shop.remove_token(&walk.token()).json()["description"], format!("{PHONE}deactivated by merchant"));
}

// ---------------------------------------------------------------------------------------------------------------------
// Reset and namespaces

#[test]
fn merchants_do_not_meet() {
    let sim = Simulator::start();
    let (one, two) = (sim.new_shop("ALPHA00001", "key-of-one"), sim.new_shop("BETA000001", "key-of-two"));
    let receiver = sim.receiver();
    let walk = |shop: &Shop| Walk::of(&sim, shop, to(&receiver, "bind", shop)).link("081291891818", "414141").token();
    let (first, second) = (walk(&one), walk(&two));
    assert_ne!(first, second, "the same customer and account");
    assert_eq!(two.user_details(&first).diagnosis(), "userToken/other-merchant");
    assert_eq!(two.remove_token(&first).diagnosis(), "userToken/other-merchant");
    assert_eq!(two.register(&two.order("x", 10_000).seamless(&first)).diagnosis(), "userToken/other-merchant");
    assert_eq!(one.user_details(&first).result_cd(), "0000");
    let list = |query: &str| sim.http().get(&format!("{API}/bindings{query}")).json().as_array().unwrap().len();
    assert_eq!((list(""), list("?iMid=ALPHA00001"), list("?iMid=BETA000001&referenceNo=bind")), (2, 1, 1));
    assert_eq!((list("?iMid=PAYLOANTES"), list("?referenceNo=other")), (0, 0));

    // One's reset leaves the other's alone, and takes what was on its way.
    let mut open = Walk::of(&sim, &one, to(&receiver, "open", &one));
    sim.http().post_json(&format!("{API}/reset"), &json!({ "iMid": "ALPHA00001" }));
    let gone = open.get("signin");
    assert_eq!((gone.status, gone.diagnosis()), (404, "page/unknown-link"));
    assert_eq!(open.back().status, 404);
    assert_eq!(one.user_details(&first).diagnosis(), "userToken/unknown");
    assert_eq!(two.user_details(&second).result_cd(), "0000");
    sim.advance("48h");
    assert_eq!(receiver.only().field("userToken"), second);
    assert_eq!((list("?iMid=ALPHA00001"), list("")), (0, 1));
    sim.http().send("DELETE", &format!("{API}/merchants/BETA000001"), &[], "");
    assert_eq!(list(""), 0, "a merchant who is gone leaves nothing");
    Walk::of(&sim, &one, to(&receiver, "bind", &one)).link("081291891818", "414141");
    sim.http().post_json(&format!("{API}/reset"), &json!({}));
    assert_eq!(list(""), 0);
}
