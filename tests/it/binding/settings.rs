//! What settings and stories change of a binding, its answer and its notification.

use nicepay_sim::testing::{Answer, Simulator};
use serde_json::{Value, json};

use super::{API, PHONE, WAY_BACK, Walk, attr, keys, nothing_came, said, text, to};
use crate::bodies::without;

// ---------------------------------------------------------------------------------------------------------------------
// Settings

#[test]
fn names_in_the_answer_are_a_setting() {
    let sim = Simulator::builder().settings("binding-answer = ['url', 'redirectUrl']").start();
    let shop = sim.shop();
    let answer = shop.bind(shop.binding("bind", PHONE)).json();
    assert_eq!(keys(&answer)[6..], ["url", "redirectUrl"]);
    assert!(answer["url"].as_str().unwrap().starts_with(sim.url()) && answer["url"] == answer["redirectUrl"]);
    let refused = shop.bind(without(shop.binding("bind", PHONE), "billingNm")).json();
    assert_eq!(keys(&refused), keys(&answer), "a refusal has the same keys");
    assert_eq!(refused["url"], Value::Null);
}

#[test]
fn the_answers_url_is_the_public_one() {
    let sim = Simulator::builder().settings("public-url = 'https://sim.example'").start();
    let answer = sim.shop().bind(sim.shop().binding("bind", PHONE)).json();
    assert!(
        answer["redirectUrl"].as_str().unwrap().starts_with("https://sim.example/kredivo/v2/signin?tk="),
        "{answer}"
    );
}

#[test]
fn fields_of_the_notification_and_their_names_are_settings() {
    let sim = Simulator::builder()
        .settings(
            "binding-notification = ['merchantToken=signature', 'userToken=token', 'iMid', 'referenceNo=ref', 'timeStamp']\n\
             binding-notification-token = ['timeStamp', 'userToken', 'iMid', 'clientUserKey']",
        )
        .start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let walk = Walk::begin(&sim, to(&receiver, "bind-1", &shop)).link("081291891818", "414141");
    sim.advance("2s");
    let (told, token) = (receiver.only(), walk.token());
    let names: Vec<_> = told.fields().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["signature", "token", "iMid", "ref", "timeStamp"]);
    assert_eq!(told.field("token"), token);
    assert_eq!(told.field("timeStamp"), "20260101000000");
    assert_eq!(told.field("signature"), shop.sign(&["20260101000000", &token, "PAYLOANTES", "customer-7"]));
}

#[test]
fn a_field_without_a_value_is_empty_or_left_out() {
    for (setting, sent) in [("empty", Some("")), ("omit", None)] {
        let sim = Simulator::builder().settings(&format!("empty-fields = '{setting}'")).start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        Walk::begin(&sim, without(to(&receiver, "bind-1", &shop), "billingEmail")).link("081291891818", "414141");
        sim.advance("2s");
        let told = receiver.only();
        assert_eq!(told.field("merchantToken"), shop.sign(&["PAYLOANTES", "bind-1", PHONE]), "{setting}");
        let fields = told.fields();
        let email = fields.iter().find(|(name, _)| name == "billingEmail").map(|(_, value)| value.as_str());
        assert_eq!(email, sent, "{setting}");
    }
}

#[test]
fn the_notifications_token_covers_what_the_setting_says() {
    for (setting, parts) in [
        ("['iMid', 'referenceNo', 'billingPhone']", ["PAYLOANTES", "bind-1", PHONE].as_slice()),
        ("['billingPhone', 'iMid']", &[PHONE, "PAYLOANTES"]),
        ("['iMid', 'resultCd', 'mitraCd', 'payMethod', 'tokenStatus']", &["PAYLOANTES", "0000", "KDVI", "06", "1"]),
    ] {
        let sim = Simulator::builder().settings(&format!("binding-notification-token = {setting}")).start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        Walk::begin(&sim, to(&receiver, "bind-1", &shop)).link("081291891818", "414141");
        sim.advance("2s");
        assert_eq!(receiver.only().field("merchantToken"), shop.sign(parts), "{setting}");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Stories

#[test]
fn the_story_in_which_no_account_can_be_bound() {
    let sim = Simulator::builder().scenario("binding-rejected").start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let mut walk = Walk::begin(&sim, to(&receiver, "bind-1", &shop)).in_english();
    assert_eq!(walk.answer.header("x-sim-rule"), Some("binding-rejected/everything"));
    walk = walk.link("081291891818", "414141");
    let result = walk.get("result");
    assert_eq!(attr(&result, "result-status", "data-outcome"), "not-linked");
    assert_eq!(text(&result, "result-reason"), "The account did not pass the risk check.");
    assert!(walk.back().location().starts_with(&format!("{WAY_BACK}&resultCd=9030&")));
    let failed = said(&sim.events("binding.failed")[0]);
    assert_eq!(failed, json!({ "bindingId": "1", "reason": "risk", "rule": "binding-rejected/everything" }));
    nothing_came(&sim, &receiver, "rejected");
    // Payments go through, tokens too.
    let order = shop.order("order", 10_000).tokenize("customer-7");
    let registered = shop.register(&order);
    assert!(sim.buyer().pay(&shop.payment_url(&order, &registered, WAY_BACK)).contains("resultCd=0000"));
    let token = sim.events("token.issued")[0]["userToken"].as_str().unwrap().to_owned();
    let order = shop.order("seamless", 10_000).seamless(&token);
    let registered = shop.register(&order);
    sim.advance("1s");
    assert_eq!(shop.status(&order, &registered), "0");
}

#[test]
fn stories_about_payments_leave_bindings_alone() {
    for story in [
        "reject",
        "review-then-approve",
        "customer-abandons",
        "seamless-unknown-token",
        "token-revoked",
        "seamless-needs-otp",
    ] {
        let sim = Simulator::builder().scenario(story).start();
        let receiver = sim.receiver();
        let walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).link("081291891818", "414141");
        assert_eq!(walk.state(), "bound", "{story}");
        sim.advance("2s");
        assert_eq!(receiver.only().field("userToken"), walk.token(), "{story}");
    }
}

#[test]
fn the_notification_obeys_the_pace() {
    let sim = Simulator::builder().scenario("instant").start();
    let receiver = sim.receiver();
    Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).link("081291891818", "414141");
    sim.drain();
    receiver.only();
}

#[test]
fn the_notification_is_repeated_until_it_is_taken() {
    let sim = Simulator::start();
    let receiver = sim.receiver();
    receiver.answer_with({
        let mut answers = [500, 302, 200].into_iter();
        move |_| Answer::status(answers.next().expect("no fourth attempt"))
    });
    let walk = Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).link("081291891818", "414141");
    sim.advance("2s");
    assert_eq!(receiver.received().len(), 1);
    // What happens to the token meanwhile changes nothing.
    sim.shop().remove_token(&walk.token());
    sim.advance("59s");
    assert_eq!(receiver.received().len(), 1);
    sim.advance("1s");
    assert_eq!(receiver.received().len(), 2);
    sim.advance("24h");
    let bodies: Vec<_> = receiver.received().iter().map(|told| told.body.clone()).collect();
    assert_eq!((bodies.len(), bodies.iter().all(|body| *body == bodies[0])), (3, true), "byte for byte");
    assert_eq!(sim.events("notification.delivered").len(), 1);

    // Nobody ever takes the next: four attempts, then a resend by hand.
    receiver.answer(500);
    Walk::begin(&sim, to(&receiver, "bind-2", &sim.shop())).link("081291891818", "414141");
    sim.advance("1h");
    assert_eq!(receiver.received().len(), 7);
    let exhausted = sim.events("notification.exhausted");
    assert_eq!((exhausted[0]["kind"].as_str(), exhausted[0]["attempts"].as_u64()), (Some("binding"), Some(4)));
    receiver.answer(200);
    let id = exhausted[0]["notification"].as_str().unwrap();
    let resend = |id: &str| sim.http().post_json(&format!("{API}/notifications/{id}/resend"), &json!({})).status;
    assert_eq!([format!("0{id}"), format!("+{id}")].map(|id| resend(&id)), [404, 404], "one way to write a number");
    assert_eq!(resend(id), 202);
    sim.drain();
    assert_eq!(receiver.received()[7].body, receiver.received()[6].body);
}

#[test]
fn the_handler_may_use_the_token_at_once() {
    let sim = Simulator::start();
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let (tell, told) = std::sync::mpsc::channel();
    let asked = shop.clone();
    receiver.answer_with(move |notification| {
        tell.send(asked.user_details(notification.field("userToken")).result_cd()).unwrap();
        Answer::status(200)
    });
    Walk::begin(&sim, to(&receiver, "bind-1", &shop)).link("081291891818", "414141");
    sim.advance("2s");
    assert_eq!(told.try_iter().collect::<Vec<_>>(), ["0000"]);
}

#[test]
fn who_is_told_success_only_is_told_of_bindings_too() {
    let sim = Simulator::builder().profile("strict").settings("notify-on = ['reject']").start();
    let receiver = sim.receiver();
    Walk::begin(&sim, to(&receiver, "bind-1", &sim.shop())).link("081291891818", "414141");
    sim.advance("2s");
    receiver.only();
}
