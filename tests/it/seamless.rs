//! Payments with a user token: every story about them, every shopper who makes them special, and what must stay as it is.

use nicepay_sim::testing::{Buyer, Login, Order, Received, Receiver, Reply, Shop, Simulator};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const WAY_BACK: &str = "http://shop.test/thanks?order_id=1";
/// The shopper with every tenor.
const SHOPPER: &str = "081291891818";
const NOBODYS: &str = "00000000-0000-4000-8000-000000000000";

fn issue(sim: &Simulator, phone: &str) -> String {
    let body = json!({ "iMid": "PAYLOANTES", "clientUserKey": "customer-7", "phone": phone });
    let issued = sim.http().post_json(&format!("{API}/tokens"), &body);
    assert_eq!(issued.status, 201, "{}", issued.body);
    issued.json()["userToken"].as_str().unwrap().to_owned()
}

fn story(name: &str) -> Simulator {
    Simulator::builder().scenario(name).start()
}

fn status_of(sim: &Simulator, token: &str) -> String {
    let all = sim.http().get(&format!("{API}/tokens")).json();
    let own = all.as_array().unwrap().iter().find(|one| one["userToken"] == token).unwrap();
    own["status"].as_str().unwrap().to_owned()
}

fn owes(sim: &Simulator, phone: &str) -> String {
    sim.http().get(&format!("{API}/shoppers/{phone}?iMid=PAYLOANTES")).json()["owes"].as_str().unwrap().to_owned()
}

fn shown(sim: &Simulator, registered: &Reply) -> Value {
    sim.http().get(&format!("{API}/transactions/{}", registered.t_xid())).json()
}

fn taken(shop: &Shop, order: &Order) -> Reply {
    let registered = shop.register(order);
    assert_eq!(registered.result_cd(), "0000", "{:?}", registered.header("x-sim-diagnosis"));
    registered
}

fn pays(sim: &Simulator, shop: &Shop, order: &Order, what: &str) -> Reply {
    let registered = taken(shop, order);
    sim.advance("1s");
    assert_eq!(shop.status(order, &registered), "0", "{what}");
    registered
}

/// 9920 with every key, and nothing stored, planned or owed.
#[track_caller]
fn refused(sim: &Simulator, answer: &Reply, slug: &str) {
    let why = answer.header("x-sim-diagnosis");
    assert_eq!((answer.status, answer.result_cd().as_str(), answer.diagnosis()), (200, "9920", slug), "{why:?}");
    let body = answer.json();
    assert_eq!(body["resultMsg"], "Invalid user_token");
    assert!(body.as_object().unwrap().iter().skip(2).all(|(_, value)| value.is_null()), "{body}");
    let log = sim.events("transaction.refused");
    assert_eq!(log.last().unwrap()["diagnosis"].as_str(), why);
}

/// What the story is not about: normal payments, tokenizing ones, bindings.
fn the_rest_goes_on(sim: &Simulator, name: &str) {
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let normal = shop.order(&format!("{name}-normal"), 10_000).notify(receiver.url());
    let registered = taken(&shop, &normal);
    let callback = sim.buyer().pay(&shop.payment_url(&normal, &registered, WAY_BACK));
    assert!(callback.starts_with(&format!("{WAY_BACK}&resultCd=0000")), "{name}: {callback}");
    let tokenize = shop.order(&format!("{name}-tokenize"), 10_000).tokenize("customer-x").notify(receiver.url());
    let registered = taken(&shop, &tokenize);
    let callback = sim.buyer().pay(&shop.payment_url(&tokenize, &registered, WAY_BACK));
    assert!(callback.starts_with(&format!("{WAY_BACK}&resultCd=0000")), "{name}: {callback}");
    let issued = shown(sim, &registered)["userToken"].clone();
    assert_eq!(status_of(sim, issued.as_str().unwrap()), "active", "{name}");
    let binding = shop.bind(shop.binding(&format!("{name}-binding"), "+62-81291891818"));
    assert_eq!(binding.result_cd(), "0000", "{name}");
    let mut buyer = sim.buyer();
    let tk = buyer.arrive(binding.json()["redirectUrl"].as_str().unwrap());
    buyer.sign_in(&tk, Login::default());
    assert_eq!(buyer.enter_otp(&tk, "4567").location(), format!("/kredivo/v2/result?tk={tk}"));
    let bound = sim.events("binding.completed").pop().unwrap();
    assert_eq!(shop.user_details(bound["userToken"].as_str().unwrap()).result_cd(), "0000", "{name}");
    sim.advance("2s");
    let statuses: Vec<_> = receiver.received().iter().map(|told| told.field("status").to_owned()).collect();
    assert_eq!(statuses, ["0", "0"], "{name}");
}

fn told_of(receiver: &Receiver) -> Vec<(String, String)> {
    receiver
        .only()
        .fields()
        .into_iter()
        .filter(|(name, _)| name.ends_with("User") || name.starts_with("clientU") || name == "userToken")
        .collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

// ---------------------------------------------------------------------------------------------------------------------
// Stories that refuse

#[test]
fn stories_in_which_the_token_is_no_good() {
    for (name, slug, after, event) in [
        ("seamless-unknown-token", "userToken/unknown", "active", None),
        ("seamless-removed-token", "userToken/inactive", "inactive", Some("token.removed")),
        ("token-revoked", "userToken/inactive", "inactive", Some("token.revoked")),
        ("seamless-other-merchant", "userToken/other-merchant", "active", None),
        ("seamless-other-customer", "userToken/other-customer", "active", None),
    ] {
        for profile in ["lenient", "strict"] {
            let sim = Simulator::builder().scenario(name).profile(profile).start();
            let (shop, receiver) = (sim.shop(), sim.receiver());
            let token = issue(&sim, SHOPPER);
            assert_eq!(shop.user_details(&token).result_cd(), "0000", "{name}: good until it is used");
            for n in 0..3 {
                let order = shop.order(&format!("order-{n}"), 10_000).seamless(&token).notify(receiver.url());
                refused(&sim, &shop.register(&order), slug);
            }
            assert_eq!(status_of(&sim, &token), after, "{name}");
            let ended: Vec<_> = ["token.removed", "token.revoked"]
                .into_iter()
                .flat_map(|kind| sim.events(kind).into_iter().map(move |event| (kind, event["userToken"].clone())))
                .collect();
            let expected: Vec<_> = event.into_iter().map(|kind| (kind, Value::from(token.as_str()))).collect();
            assert_eq!(ended, expected, "{name}: once");
            let (details, removed) = (shop.user_details(&token), shop.remove_token(&token));
            let gone = if after == "active" { "0000" } else { "9920" };
            assert_eq!((details.result_cd().as_str(), removed.result_cd().as_str()), (gone, gone), "{name}");
            // A token that never was keeps its own reason.
            refused(&sim, &shop.register(&shop.order("nobody", 10_000).seamless(NOBODYS)), "userToken/unknown");
            sim.advance("48h");
            assert_eq!(sim.http().get(&format!("{API}/transactions")).json(), json!([]), "{name}");
            assert!(receiver.received().is_empty(), "{name}");
            assert_eq!(owes(&sim, SHOPPER), "0", "{name}");
            assert!(sim.events("token.used").is_empty());
            the_rest_goes_on(&sim, name);
        }
    }
}

#[test]
fn a_request_that_is_refused_for_itself_ends_no_token() {
    for name in ["seamless-removed-token", "token-revoked"] {
        let sim = story(name);
        let shop = sim.shop();
        let token = issue(&sim, SHOPPER);
        let order = || shop.order("order", 10_000).seamless(&token);
        for (what, broken) in [
            ("amt", order().with("amt", "x")),
            ("merchantToken", order().with("merchantToken", "0".repeat(64))),
            ("goodsNm", order().without("goodsNm")),
            ("mitraCd", order().with("mitraCd", "AKLP")),
            ("dbProcessUrl", order().with("dbProcessUrl", "nowhere")),
            ("cartData", order().with("cartData", "{}")),
        ] {
            assert_ne!(shop.register(&broken).result_cd(), "9920", "{name}: {what}");
            assert_eq!(status_of(&sim, &token), "active", "{name}: {what}");
        }
        refused(&sim, &shop.register(&order()), "userToken/inactive");
        assert_eq!(status_of(&sim, &token), "inactive", "{name}");
    }
}

#[test]
fn after_a_revocation_binding_again_gives_a_new_token() {
    let sim = story("token-revoked");
    let shop = sim.shop();
    let token = issue(&sim, SHOPPER);
    refused(&sim, &shop.register(&shop.order("order", 10_000).seamless(&token)), "userToken/inactive");
    let mut binding = shop.binding("bind", SHOPPER);
    binding["clientUserKey"] = "customer-7".into();
    assert_eq!(shop.bind(binding).result_cd(), "0000");
    let played = sim.http().post_json(&format!("{API}/bindings/1/buyer"), &json!({})).json();
    assert_ne!(played["userToken"], token.as_str());
    assert_eq!(shop.user_details(played["userToken"].as_str().unwrap()).result_cd(), "0000");
}

// ---------------------------------------------------------------------------------------------------------------------
// Stories that decline

/// Taken, and declined at its time: status 8, one notification, nothing owed, the token lives.
fn declines(sim: &Simulator, token: &str, phone: &str, reason: &str, rule: &str) {
    for opened in [false, true] {
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let declined_before = sim.events("transaction.declined").len();
        let (before, tokens) = (owes(sim, phone), sim.http().get(&format!("{API}/tokens")).json());
        let order = shop.order(&format!("order-{opened}"), 10_000).seamless(token).notify(receiver.url());
        let registered = taken(&shop, &order);
        assert_eq!(shop.status(&order, &registered), "9", "{rule}: not yet");
        let mut buyer = sim.buyer();
        let url = shop.payment_url(&order, &registered, WAY_BACK);
        if opened {
            let back = buyer.get(&url);
            assert!(back.location().starts_with(&format!("{WAY_BACK}&resultCd=9030")), "{}", back.location());
        } else {
            sim.advance("1s");
        }
        assert_eq!(shop.status(&order, &registered), "8", "{rule}");
        assert_eq!(shown(sim, &registered)["rule"], rule);
        let declined = &sim.events("transaction.declined")[declined_before..];
        assert_eq!(
            (declined.len(), declined[0]["reason"].as_str(), declined[0]["rule"].as_str()),
            (1, Some(reason), Some(rule))
        );
        sim.advance("2s");
        let told = receiver.only();
        assert_eq!((told.field("status"), told.field("userToken"), told.field("depositDt")), ("8", "", ""), "{rule}");
        assert_eq!(told_of(&receiver), [pair("tokenizeUser", "2"), pair("clientUserKey", "customer-7")]);
        let late = buyer.get(&url);
        assert!(late.location().starts_with(&format!("{WAY_BACK}&resultCd=9030")), "never 9126: {}", late.location());
        assert_eq!((owes(sim, phone), sim.http().get(&format!("{API}/tokens")).json()), (before, tokens), "{rule}");
        assert!(sim.events("token.used").is_empty(), "{rule}");
        sim.advance("48h");
        assert_eq!(receiver.received().len(), 1, "{rule}: told once");
    }
}

#[test]
fn the_story_in_which_the_limit_is_too_small() {
    let sim = story("seamless-limit");
    let token = issue(&sim, SHOPPER);
    declines(&sim, &token, SHOPPER, "limit", "seamless-limit/everything");
    let details = sim.shop().user_details(&token).json();
    assert_eq!(details["limitDetails"][1]["remainingUserLimit"], "3500000.00", "it is only said");
    the_rest_goes_on(&sim, "seamless-limit");
}

#[test]
fn the_story_in_which_the_account_is_inactive() {
    let sim = story("seamless-inactive-account");
    let token = issue(&sim, SHOPPER);
    declines(&sim, &token, SHOPPER, "inactive", "seamless-inactive-account/everything");
    assert_eq!(sim.shop().user_details(&token).json()["accountStatus"], "1", "it is only said");
    the_rest_goes_on(&sim, "seamless-inactive-account");
}

#[test]
fn shoppers_whose_seamless_payments_are_declined() {
    for (phone, reason) in [("089900000005", "limit"), ("089900000006", "inactive"), ("089900000007", "inactive")] {
        let sim = Simulator::start();
        let token = issue(&sim, phone);
        declines(&sim, &token, phone, reason, "partner/account");
        the_rest_goes_on(&sim, phone);
    }
}

#[test]
fn shoppers_with_an_outcome_of_their_own_have_it_here_too() {
    for (phone, first, last) in [
        ("089900000001", "3", "0"),
        ("089900000002", "3", "8"),
        ("089900000003", "3", "3"),
        ("089900000004", "8", "8"),
        ("089900000008", "0", "0"),
    ] {
        let sim = Simulator::start();
        let shop = sim.shop();
        let order = shop.order("order", 10_000).seamless(&issue(&sim, phone));
        let registered = taken(&shop, &order);
        sim.advance("1s");
        assert_eq!(shop.status(&order, &registered), first, "{phone}");
        sim.advance("30s");
        assert_eq!(shop.status(&order, &registered), last, "{phone}");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// An OTP is asked for

/// The browser at the OTP page of a seamless payment.
fn at_the_otp(sim: &Simulator, shop: &Shop, order: &Order, registered: &Reply) -> (Buyer, String) {
    let mut buyer = sim.buyer();
    let tk = buyer.open(&shop.payment_url(order, registered, WAY_BACK));
    let first = buyer.get(&format!("/kredivo/v2/signin?tk={tk}"));
    assert_eq!((first.status, first.location()), (303, format!("/kredivo/v2/otp?tk={tk}").as_str()));
    let page = buyer.get(&format!("/kredivo/v2/otp?tk={tk}"));
    assert_eq!((page.status, page.body.contains("data-testid=\"otp-form\"")), (200, true));
    (buyer, tk)
}

fn asks_for_an_otp(sim: &Simulator, phone: &str) {
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let token = issue(sim, phone);
    let order = shop.order("order", 10_000).with("instmntMon", "3").seamless(&token).notify(receiver.url());
    let registered = taken(&shop, &order);
    sim.advance("1h");
    assert_eq!(shop.status(&order, &registered), "9", "nothing settles by itself");
    assert!(sim.events("partner.otp-sent").is_empty(), "nor is a code sent before the browser comes");
    let (mut buyer, tk) = at_the_otp(sim, &shop, &order, &registered);
    let sent = sim.events("partner.otp-sent");
    assert_eq!((sent.len(), sent[0]["phone"].as_str(), sent[0]["otp"].as_str()), (1, Some(phone), Some("4567")));
    assert_eq!(buyer.enter_otp(&tk, "0000").status, 200);
    assert_eq!(shop.status(&order, &registered), "9");
    // A token's customer does not sign in, nor choose.
    for reply in [buyer.sign_in(&tk, Login::default()), buyer.choose(&tk, "1")] {
        assert_eq!((reply.status, reply.diagnosis()), (303, "page/other-step"));
        assert_eq!(reply.location(), format!("/kredivo/v2/otp?tk={tk}"));
    }
    assert_eq!(buyer.enter_otp(&tk, "4567").location(), format!("/kredivo/v2/result?tk={tk}"));
    assert_eq!(shop.status(&order, &registered), "0");
    assert_eq!(shop.inquire(&order, &registered).json()["instmntMon"], "3", "as registered");
    let callback = buyer.return_to_shop(&tk);
    assert!(callback.starts_with(&format!("{WAY_BACK}&resultCd=0000")), "{callback}");
    assert!(sim.events("partner.login").is_empty());
    assert_eq!(sim.events("token.used")[0]["userToken"], token.as_str());
    assert_eq!(owes(sim, phone), "10000");
    sim.advance("2s");
    assert_eq!(receiver.only().field("status"), "0");
    assert_eq!(
        told_of(&receiver),
        [pair("tokenizeUser", "2"), pair("clientUserKey", "customer-7"), pair("userToken", &token)]
    );
}

#[test]
fn the_story_in_which_seamless_payments_ask_for_an_otp() {
    let sim = story("seamless-needs-otp");
    asks_for_an_otp(&sim, SHOPPER);
    the_rest_goes_on(&sim, "seamless-needs-otp");
}

#[test]
fn the_shopper_who_is_asked_for_an_otp() {
    let sim = Simulator::start();
    asks_for_an_otp(&sim, "089900000009");
    let shop = sim.shop();
    pays(&sim, &shop, &shop.order("other", 10_000).seamless(&issue(&sim, SHOPPER)), "other shoppers are not asked");
    the_rest_goes_on(&sim, "089900000009");
}

#[test]
fn ways_out_of_the_otp_of_a_seamless_payment() {
    let sim = story("seamless-needs-otp");
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let token = issue(&sim, SHOPPER);
    let order = |name: &str| shop.order(name, 10_000).seamless(&token).notify(receiver.url());
    // Given up: can be opened again, and paid.
    let (given_up, registered) = (order("given-up"), taken(&shop, &order("given-up")));
    let (mut buyer, tk) = at_the_otp(&sim, &shop, &given_up, &registered);
    buyer.post(&format!("/kredivo/v2/cancel?tk={tk}"), &[]);
    assert!(buyer.return_to_shop(&tk).starts_with(&format!("{WAY_BACK}&resultCd=9030")));
    assert_eq!(shop.status(&given_up, &registered), "9");
    let (mut buyer, tk) = at_the_otp(&sim, &shop, &given_up, &registered);
    buyer.enter_otp(&tk, "4567");
    assert_eq!(shop.status(&given_up, &registered), "0");
    // Three wrong codes: another must be sent.
    let (wrong, registered) = (order("wrong"), taken(&shop, &order("wrong")));
    let (mut buyer, tk) = at_the_otp(&sim, &shop, &wrong, &registered);
    for _ in 0..4 {
        assert_eq!(buyer.enter_otp(&tk, "0000").status, 200);
    }
    assert_eq!(buyer.enter_otp(&tk, "4567").status, 200, "used up");
    sim.advance("30s");
    buyer.post(&format!("/kredivo/v2/otp/resend?tk={tk}"), &[]);
    assert_eq!(buyer.enter_otp(&tk, "4567").status, 303);
    assert_eq!(shop.status(&wrong, &registered), "0");
    // The token is removed while the code is asked for.
    let (removed, registered) = (order("removed"), taken(&shop, &order("removed")));
    let (mut buyer, tk) = at_the_otp(&sim, &shop, &removed, &registered);
    let debt = owes(&sim, SHOPPER);
    shop.remove_token(&token);
    buyer.enter_otp(&tk, "4567");
    assert_eq!(shop.status(&removed, &registered), "8", "a token that is gone pays no more");
    assert!(buyer.return_to_shop(&tk).starts_with(&format!("{WAY_BACK}&resultCd=9030")));
    assert_eq!(owes(&sim, SHOPPER), debt);
}

#[test]
fn an_otp_that_nobody_enters_expires_with_the_order() {
    let sim = story("seamless-needs-otp");
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order", 10_000).seamless(&issue(&sim, SHOPPER)).notify(receiver.url());
    let registered = taken(&shop, &order);
    at_the_otp(&sim, &shop, &order, &registered);
    sim.advance("24h");
    assert_eq!(shown(&sim, &registered)["stage"], "expired");
    sim.advance("24h");
    assert!(receiver.received().is_empty() && sim.events("transaction.approved").is_empty());
}

#[test]
fn the_control_api_plays_the_otp() {
    let sim = story("seamless-needs-otp");
    let shop = sim.shop();
    let order = shop.order("order", 10_000).seamless(&issue(&sim, SHOPPER));
    let registered = taken(&shop, &order);
    let played =
        sim.http().post_json(&format!("{API}/transactions/{}/buyer", registered.t_xid()), &json!({ "do": "pay" }));
    assert_eq!((played.status, shop.status(&order, &registered).as_str()), (200, "0"), "{}", played.body);
    assert_eq!((sim.events("partner.otp-passed").len(), sim.events("token.used").len()), (1, 1));
}

#[test]
fn a_played_customer_pays_with_no_token_that_is_gone() {
    let sim = story("seamless-needs-otp");
    let shop = sim.shop();
    let token = issue(&sim, SHOPPER);
    let order = shop.order("order", 10_000).seamless(&token);
    let registered = taken(&shop, &order);
    shop.remove_token(&token);
    sim.http().post_json(&format!("{API}/transactions/{}/buyer", registered.t_xid()), &json!({ "do": "pay" }));
    assert_eq!((shop.status(&order, &registered).as_str(), owes(&sim, SHOPPER).as_str()), ("8", "0"));
}

// ---------------------------------------------------------------------------------------------------------------------
// The lender falls back to its login page

/// Walks a payment that has fallen back, as somebody; answers with what the merchant is told.
fn logs_in(sim: &Simulator, order: &Order, login: Login<'_>) -> Received {
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = order.clone().notify(receiver.url());
    let registered = taken(&shop, &order);
    sim.advance("1h");
    assert_eq!(shop.status(&order, &registered), "9", "nothing settles by itself");
    let mut buyer = sim.buyer();
    let tk = buyer.open(&shop.payment_url(&order, &registered, WAY_BACK));
    let first = buyer.get(&format!("/kredivo/v2/signin?tk={tk}"));
    assert_eq!((first.status, first.body.contains("data-testid=\"login-form\"")), (200, true));
    assert_eq!(buyer.sign_in(&tk, login).location(), format!("/kredivo/v2/plan?tk={tk}"));
    assert_eq!(buyer.choose(&tk, login.months).location(), format!("/kredivo/v2/otp?tk={tk}"));
    assert_eq!(buyer.enter_otp(&tk, login.otp).location(), format!("/kredivo/v2/result?tk={tk}"));
    assert_eq!(shop.status(&order, &registered), "0");
    assert_eq!(shop.inquire(&order, &registered).json()["instmntMon"], login.months);
    let callback = buyer.return_to_shop(&tk);
    assert!(callback.starts_with(&format!("{WAY_BACK}&resultCd=0000")), "{callback}");
    let again = buyer.get(&shop.payment_url(&order, &registered, WAY_BACK));
    assert!(again.body.contains("9126") || again.location().contains("9126"), "as a normal payment: {}", again.status);
    sim.advance("2s");
    receiver.only()
}

fn token_fields(told: &Received) -> Vec<(String, String)> {
    let names = ["tokenizeUser", "clientUserKey", "userToken"];
    told.fields().into_iter().filter(|(name, _)| names.contains(&name.as_str())).collect()
}

#[test]
fn the_story_in_which_seamless_payments_fall_back_to_the_login() {
    let sim = story("seamless-falls-back-to-login");
    let shop = sim.shop();
    let token = issue(&sim, SHOPPER);
    let removed = issue(&sim, SHOPPER);
    shop.remove_token(&removed);
    let other = sim.new_shop("ALPHA00001", "another-key");
    let body = json!({ "iMid": "ALPHA00001", "clientUserKey": "x" });
    let others = sim.http().post_json(&format!("{API}/tokens"), &body).json()["userToken"].as_str().unwrap().to_owned();
    let known = [pair("tokenizeUser", "2"), pair("clientUserKey", "customer-7")];
    let unknown = [pair("tokenizeUser", "2"), pair("clientUserKey", "")];
    let login = |months| Login { months, ..Login::default() };
    let usable: Vec<_> = known.iter().cloned().chain([pair("userToken", &token)]).collect();
    // A good token is still the customer's own.
    let told = logs_in(&sim, &shop.order("good", 10_000).seamless(&token), login("3"));
    assert_eq!((told.field("status"), token_fields(&told)), ("0", usable.clone()));
    assert_eq!(sim.events("token.used").len(), 1);
    // Unusable ones are not told: nobody could use them.
    for (name, dead) in [("unknown", NOBODYS), ("removed", &removed), ("others", &others)] {
        let order = shop.order(name, 10_000).seamless(dead);
        let told = logs_in(&sim, &order, login("1"));
        let fields = token_fields(&told);
        assert_eq!(
            fields.iter().filter(|(_, value)| !value.is_empty()).cloned().collect::<Vec<_>>(),
            unknown[..1],
            "{name}"
        );
        let told = logs_in(
            &sim,
            &order.with("referenceNo", format!("{name}-2")).with("clientUserKey", "customer-7"),
            login("1"),
        );
        let filled: Vec<_> = token_fields(&told).into_iter().filter(|(_, value)| !value.is_empty()).collect();
        assert_eq!(filled, known, "{name}: the customer whom the merchant named");
    }
    assert_eq!(sim.events("token.used").len(), 1);
    assert_eq!(status_of(&sim, &removed), "inactive");
    assert_eq!((owes(&sim, SHOPPER).as_str(), shop.user_details(&token).result_cd().as_str()), ("70000", "0000"));
    // Only payments fall back.
    assert_eq!(shop.user_details(NOBODYS).result_cd(), "9920");
    assert_eq!(other.remove_token(&token).result_cd(), "9920");
    assert_eq!(
        shop.register(&shop.order("none", 10_000).with("tokenizeUser", "2")).result_cd(),
        "8003",
        "no token at all"
    );
    the_rest_goes_on(&sim, "seamless-falls-back-to-login");
}

#[test]
fn the_shopper_who_has_to_log_in() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let token = issue(&sim, "089900000010");
    let login = Login { phone: "089900000010", pin: "123456", months: "6", otp: "4567" };
    let told = logs_in(&sim, &shop.order("order", 10_000).seamless(&token), login);
    assert_eq!(
        token_fields(&told),
        [pair("tokenizeUser", "2"), pair("clientUserKey", "customer-7"), pair("userToken", &token)]
    );
    // Unusable tokens are refused as ever, and other shoppers are not asked.
    refused(&sim, &shop.register(&shop.order("unknown", 10_000).seamless(NOBODYS)), "userToken/unknown");
    pays(&sim, &shop, &shop.order("other", 10_000).seamless(&issue(&sim, SHOPPER)), "other shoppers");
    the_rest_goes_on(&sim, "089900000010");
}

#[test]
fn somebody_elses_login_uses_nobodys_token() {
    let sim = story("seamless-falls-back-to-login");
    let token = issue(&sim, "081513114262");
    let told = logs_in(&sim, &sim.shop().order("order", 10_000).seamless(&token), Login::default());
    assert_eq!((told.field("status"), told.field("userToken")), ("0", ""), "081291891818 has paid");
    assert!(sim.events("token.used").is_empty());
    assert_eq!((owes(&sim, "081291891818").as_str(), owes(&sim, "081513114262").as_str()), ("10000", "0"));
}

#[test]
fn a_token_that_ends_while_its_customer_logs_in_is_not_told() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let token = issue(&sim, "089900000010");
    let order = shop.order("order", 10_000).seamless(&token).notify(receiver.url());
    let registered = taken(&shop, &order);
    let mut buyer = sim.buyer();
    let tk = buyer.open(&shop.payment_url(&order, &registered, WAY_BACK));
    buyer.sign_in(&tk, Login { phone: "089900000010", pin: "123456", ..Login::default() });
    shop.remove_token(&token);
    buyer.choose(&tk, "1");
    buyer.enter_otp(&tk, "4567");
    assert_eq!(shop.status(&order, &registered), "0", "the customer has paid, not the token");
    sim.advance("2s");
    assert_eq!(receiver.only().field("userToken"), "");
    assert_eq!(receiver.only().field("clientUserKey"), "customer-7");
    assert!(sim.events("token.used").is_empty());
}

#[test]
fn whoever_has_to_log_in_obeys_the_pages() {
    let sim = story("seamless-falls-back-to-login");
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let order = shop.order("order", 10_000).seamless(NOBODYS).notify(receiver.url());
    let registered = taken(&shop, &order);
    assert_eq!(registered.json()["userToken"], NOBODYS, "the answer is the usual one");
    let url = shop.payment_url(&order, &registered, WAY_BACK);
    let mut buyer = sim.buyer();
    let tk = buyer.open(&url);
    for (phone, pin) in [("081291891818", "000000"), ("089900000006", "123456"), ("087700000000", "123456")] {
        assert_eq!(buyer.sign_in(&tk, Login { phone, pin, ..Login::default() }).status, 200, "{phone}");
    }
    buyer.post(&format!("/kredivo/v2/cancel?tk={tk}"), &[]);
    assert!(buyer.return_to_shop(&tk).starts_with(&format!("{WAY_BACK}&resultCd=9030")));
    assert_eq!(shop.status(&order, &registered), "9");
    sim.advance("24h");
    assert_eq!(shown(&sim, &registered)["stage"], "expired");
    assert!(receiver.received().is_empty() && sim.events("token.used").is_empty());
    // A shopper with an outcome of their own still has it, as everywhere.
    let refused = shop.order("refused", 10_000).seamless(NOBODYS);
    let registered = taken(&shop, &refused);
    let play = json!({ "do": "pay", "phone": "089900000005" });
    sim.http().post_json(&format!("{API}/transactions/{}/buyer", registered.t_xid()), &play);
    assert_eq!(shop.status(&refused, &registered), "8");
}

#[test]
fn a_file_can_send_unusable_tokens_to_the_login() {
    let file = std::env::temp_dir().join(format!("nicepay-sim-seamless-{}.toml", std::process::id()));
    std::fs::write(&file, "title = 'x'\ndescription = 'x'\n[pace]\nnotification = '2s'\nseamless = '1s'\n[seamless]\nunusable-token = 'login'\n").unwrap();
    let sim = story(file.to_str().unwrap());
    std::fs::remove_file(&file).unwrap();
    let shop = sim.shop();
    let told = logs_in(&sim, &shop.order("unknown", 10_000).seamless(NOBODYS), Login::default());
    assert_eq!(told.field("userToken"), "");
    pays(&sim, &shop, &shop.order("good", 10_000).seamless(&issue(&sim, SHOPPER)), "a good token pays by itself");
}

// ---------------------------------------------------------------------------------------------------------------------
// Whose token, and what binding-rejected leaves alone

#[test]
fn a_token_of_another_customer() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let token = issue(&sim, SHOPPER);
    // Lenient: a note, and the owner is who pays.
    let order =
        shop.order("order", 10_000).seamless(&token).with("clientUserKey", "somebody-else").notify(receiver.url());
    let registered = pays(&sim, &shop, &order, "lenient");
    assert!(registered.header("x-sim-note").unwrap().starts_with("userToken/other-customer: "));
    assert_eq!(registered.json()["clientUserKey"], "somebody-else", "the answer repeats what was sent");
    sim.advance("2s");
    assert_eq!(
        told_of(&receiver),
        [pair("tokenizeUser", "2"), pair("clientUserKey", "customer-7"), pair("userToken", &token)]
    );
    for customer in ["customer-7", ""] {
        let order = shop.order(&format!("own-{customer}"), 10_000).seamless(&token).with("clientUserKey", customer);
        assert_eq!(pays(&sim, &shop, &order, customer).header("x-sim-note"), None, "{customer}");
    }

    let sim = Simulator::builder().profile("strict").start();
    let shop = sim.shop();
    let token = issue(&sim, SHOPPER);
    for other in ["somebody-else", "CUSTOMER-7", "customer-7 "] {
        let order = shop.order("order", 10_000).seamless(&token).with("clientUserKey", other);
        refused(&sim, &shop.register(&order), "userToken/other-customer");
    }
    assert!(sim.events("transaction.registered").is_empty());
    assert_eq!((status_of(&sim, &token).as_str(), owes(&sim, SHOPPER).as_str()), ("active", "0"));
    for customer in ["customer-7", ""] {
        let order = shop.order(&format!("own-{customer}"), 10_000).seamless(&token).with("clientUserKey", customer);
        pays(&sim, &shop, &order, "strict");
    }
}

#[test]
fn binding_rejected_leaves_seamless_payments_alone() {
    let sim = story("binding-rejected");
    let shop = sim.shop();
    let token = issue(&sim, SHOPPER);
    pays(&sim, &shop, &shop.order("order", 10_000).seamless(&token), "binding-rejected");
    assert_eq!(shop.user_details(&token).result_cd(), "0000");
    assert_eq!(shop.remove_token(&token).result_cd(), "0000");
}

#[test]
fn a_token_beats_no_limit() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let token = issue(&sim, SHOPPER);
    // Registered one after another, they may not both find the same money.
    let orders: Vec<_> = ["a", "b"].map(|name| shop.order(name, 2_000_000).seamless(&token)).into();
    let registered: Vec<_> = orders.iter().map(|order| taken(&shop, order)).collect();
    sim.advance("1s");
    let mut statuses: Vec<_> = orders.iter().zip(&registered).map(|(order, reply)| shop.status(order, reply)).collect();
    statuses.sort();
    assert_eq!(statuses, ["0", "8"]);
    assert_eq!(owes(&sim, SHOPPER), "2000000");
}

#[test]
fn strict_lets_a_customer_log_in_where_a_scenario_says_so() {
    let sim = Simulator::builder().scenario("seamless-falls-back-to-login").profile("strict").start();
    let shop = sim.shop();
    let registered = taken(&shop, &shop.order("order", 10_000).seamless(NOBODYS));
    assert!(registered.header("x-sim-note").is_some_and(|note| note.starts_with("userToken/unknown")));
    assert_eq!(shown(&sim, &registered)["stage"], "registered");
    assert_eq!(sim.events("transaction.registered").len(), 1);
    assert!(sim.events("transaction.refused").is_empty());
}
