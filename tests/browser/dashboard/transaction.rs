//! The page of one transaction: its sentence, what can be done now, what was wrong on purpose, and what is still to come.

use nicepay_sim::testing::Simulator;
use serde_json::json;

use super::{API, WIDE, call, click, developer, get, go, page_of, press_done, sees, sees_no, until};
use crate::chromium::{Customer, HEIGHT, Rules, WIDTH};
use crate::common::scene::{Registered, Scene};

const DELIVERED: &str = "The notification is being delivered now.";

/// Waits until the sentence is this one.
#[track_caller]
fn says(customer: &Customer, sentence: &str) {
    until(customer, &format!("document.querySelector('[data-testid=sentence]')?.innerText === {}", json!(sentence)));
}

/// The texts of the elements that match.
fn texts(customer: &Customer, css: &str) -> Vec<String> {
    let script = format!("[...document.querySelectorAll({})].map((element) => element.innerText)", json!(css));
    get(customer, &script).as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn paid(scene: &Scene, reference_no: &str) -> Registered {
    let registered = scene.begin(reference_no);
    call(&scene.sim, &registered, "buyer", &json!({}));
    registered
}

#[test]
fn the_page_begins_with_a_sentence_and_what_can_be_done_now() {
    let scene = Scene::new();
    let registered = scene.begin("order");
    let customer = developer(&scene.sim, &page_of(&registered));
    customer.at_width(WIDE.0, WIDE.1);
    says(&customer, "Waiting for the customer to open the payment page until 2026-01-02 00:00:00 WIB.");
    assert!(customer.shows("payable-until") && !customer.shows("deliver-now"));
    let bar = "document.querySelector('[data-testid=actions]').getBoundingClientRect()";
    assert_eq!(get(&customer, &format!("{bar}.bottom <= innerHeight && {bar}.height < 120")), true);

    scene.mailbox.answer(502);
    press_done(&customer, "do-pay", "The customer's action is done.");
    says(&customer, "Paid. The notification is due at 00:00:02 WIB (clock stopped).");
    assert!(!customer.shows("payable-until"), "it is paid");
    assert_eq!(customer.text("due-at"), "due at 00:00:02 WIB (clock stopped)");
    // At once, while the clock is stopped.
    press_done(&customer, "deliver-due", DELIVERED);
    says(&customer, "Paid. Retry 1 of 3 at 00:01:00 WIB (clock stopped): your server answered 502.");
    assert_eq!(scene.mailbox.received().len(), 1);
    scene.sim.advance("60s");
    says(&customer, "Paid. Retry 2 of 3 at 00:02:00 WIB (clock stopped): your server answered 502.");
    assert_eq!(texts(&customer, "[data-testid=pause]"), ["+60 s"]);
    assert_eq!(texts(&customer, "#arrows .mark.failed"), ["failed", "failed"]);
    assert!(texts(&customer, "#arrows .refused").is_empty(), "nothing was refused");

    scene.mailbox.answer(200);
    press_done(&customer, "deliver-now", DELIVERED);
    says(&customer, "Paid. The notification arrived (200) at the third attempt.");
    sees_no(&customer, "[data-testid=due], [data-testid=deliver-now]");
    scene.sim.advance("168h");
    assert_eq!(scene.mailbox.received().len(), 3);

    scene.mailbox.answer(502);
    let gave_up = paid(&scene, "gave-up");
    scene.sim.advance("1h");
    go(&customer, &scene.sim, &page_of(&gave_up));
    says(&customer, "Paid. Your server answered 502 four times; no further attempt will be made.");
    customer.press_id("lang-switch");
    says(&customer, "Lunas. Server Anda menjawab 502 4 kali; tidak akan dicoba lagi.");
    customer.no_foreign_requests();
}

#[test]
fn what_is_untrue_is_said_at_the_arrow() {
    let scene = Scene::new();
    scene.sim.rule(&json!({
        "id": "forger", "times": 1, "when": { "referenceNo": "order" }, "then": { "notify": "wrong-token" },
    }));
    let registered = paid(&scene, "order");
    scene.sim.advance("2s");
    for how in [
        json!({ "variant": "changed-status" }),
        json!({ "variant": "changed-amount" }),
        json!({ "variant": "unknown-txid" }),
        json!({ "variant": "missing-field", "field": "amt" }),
        json!({ "fields": { "goodsNm": "<b>Tea\u{202e}</b>" } }),
    ] {
        scene.sim.notify(&registered.answer.t_xid(), &how);
        scene.sim.drain();
    }
    scene.shop.register(&scene.order("order").with("merchantToken", "0".repeat(64)));
    let customer = developer(&scene.sim, &page_of(&registered));
    assert_eq!(
        texts(&customer, "#arrows [data-testid=remark]"),
        [
            "token wrong",
            "says 8, true is 0",
            "says amt 1, true is 25145",
            "unknown tXid",
            "amt is missing",
            r"says goodsNm <b>Tea\u{202e}</b>",
        ]
    );
    says(&customer, "Paid. 6 of 6 forged notifications were answered with 200.");
    assert_eq!(texts(&customer, "#arrows .mark.refused"), ["refused"], "by the gateway");
    assert!(texts(&customer, "#arrows .mark.failed").is_empty());
    for (width, height) in [WIDE, (320, HEIGHT), (WIDTH, HEIGHT)] {
        customer.at_width(width, height);
        assert!(super::overhang(&customer) <= 0, "at {width}");
        customer.accessible(Rules::All);
    }
}

#[test]
fn an_attempt_leads_to_its_message_beside_its_arrow() {
    let scene = Scene::new();
    scene.mailbox.answer(500);
    let registered = paid(&scene, "order");
    scene.sim.advance("1h");
    let customer = developer(&scene.sim, &page_of(&registered));
    for (width, height) in [(WIDE.0, 600), (WIDTH, HEIGHT)] {
        customer.at_width(width, height);
        // The third attempt.
        click(&customer, "[data-testid=attempt]:nth-child(3) [data-testid=attempt-message]");
        sees(&customer, "#arrows .selected");
        let arrow = texts(&customer, "#arrows .selected .label");
        assert_eq!(arrow, ["notification approve (attempt 3)"]);
        assert_eq!(customer.text("message-type"), "notification.attempted");
        until(
            &customer,
            "(() => { const of = (css) => document.querySelector(css).getBoundingClientRect(); \
             const arrow = of('#arrows .selected'), message = of('#message'), close = of('[data-testid=close-message]'); \
             return arrow.top >= 0 && arrow.bottom <= innerHeight && close.top >= 0 && close.bottom <= innerHeight \
             && (arrow.bottom <= message.top || arrow.right <= message.left); })()",
        );
        // It scrolls by itself: the arrow stays.
        let scroller = "[document.getElementById('message'), document.querySelector('.side')]\
                        .find((part) => part.scrollHeight > part.clientHeight + 1 && getComputedStyle(part).overflowY === 'auto')";
        assert_eq!(get(&customer, &format!("{scroller} !== undefined")), true, "at {width}");
        let top = get(&customer, "document.querySelector('#arrows .selected').getBoundingClientRect().top");
        customer.run(&format!("{scroller}.scrollTop = 10_000"), vec![]);
        assert_eq!(get(&customer, "document.querySelector('#arrows .selected').getBoundingClientRect().top"), top);
        click(&customer, "[data-testid=close-message]");
        sees_no(&customer, "#arrows .selected");
    }
}

/// Two people at the same button, and a reset while the page is open. Without JavaScript, so that the page is stale.
#[test]
fn who_presses_too_late_is_told_why() {
    let scene = Scene::new();
    let registered = paid(&scene, "order");
    let page = format!("{}/__sim/{}", scene.sim.url(), page_of(&registered));
    let customer = Customer::with("en-US", false);
    customer.open(&page);
    assert_eq!(customer.text("due-at"), "due at 00:00:02 WIB (clock stopped)");
    let deliver = format!("{API}/notifications/1/deliver");
    assert_eq!(scene.sim.http().post_json(&deliver, &json!({})).status, 202);
    scene.sim.drain();
    customer.press_id("deliver-now");
    assert!(customer.text("problem-detail").contains("this notification was delivered"), "{}", customer.page());
    assert_eq!(scene.mailbox.received().len(), 1, "one request");

    let next = paid(&scene, "next");
    customer.open(&format!("{}/__sim/{}", scene.sim.url(), page_of(&next)));
    assert_eq!(scene.sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    customer.press_id("deliver-due");
    assert!(customer.text("problem-detail").contains("there is no notification"));
    assert_eq!(scene.mailbox.received().len(), 1);
}

#[test]
fn an_open_page_hears_that_its_token_was_revoked() {
    let scene = Scene::new();
    let registered = scene.register(scene.order("order").tokenize("customer-7"));
    call(&scene.sim, &registered, "buyer", &json!({}));
    let customer = developer(&scene.sim, &page_of(&registered));
    customer.text("revoke");
    let token = scene.sim.http().get(&format!("{API}/tokens?clientUserKey=customer-7")).json();
    let path = format!("{API}/tokens/{}", token[0]["userToken"].as_str().unwrap());
    assert_eq!(scene.sim.http().send("DELETE", &path, &[], "").status, 204);
    sees_no(&customer, "[data-testid=revoke]");
    customer.no_complaints();
}

#[test]
fn what_is_due_counts_down_with_a_running_clock() {
    let scene = Scene::of(Simulator::builder().clock("system").start());
    scene.sim.rule(&json!({ "then": { "notify": { "variant": "late", "after": "90s" } } }));
    let registered = paid(&scene, "order");
    let customer = developer(&scene.sim, &page_of(&registered));
    let due = "document.querySelector('[data-testid=due-at]').textContent";
    until(&customer, &format!("/^due in \\d+ s$/.test({due})"));
    let first = get(&customer, due);
    until(&customer, &format!("{due} !== {first} && /^due in \\d+ s$/.test({due})"));
    until(
        &customer,
        "/^Paid\\. The notification is due in \\d+ s\\.$/.test(document.querySelector('[data-testid=sentence]').innerText)",
    );
    customer.no_complaints();
    press_done(&customer, "deliver-now", DELIVERED);
    says(&customer, "Paid. The notification arrived (200).");
}
