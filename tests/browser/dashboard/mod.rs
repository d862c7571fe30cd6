//! The dashboard in a real Chromium: that it keeps up with what happens, that its buttons do what the API does, and that
//! anybody can use it.

mod clock;
mod keys;
mod links;
mod list;
mod live;
mod message;
mod rules;
mod transaction;

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use nicepay_sim::testing::{Login, Reply, Simulator};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::chromium::{Customer, HEIGHT, PATIENCE, Rules, WIDTH};
use crate::common::process::{Folder, Program};
use crate::common::scene::{Registered, Scene};

const API: &str = "/__sim/api";
/// A computer's screen.
const WIDE: (u32, u32) = (1280, 900);
/// The page hears of news.
const LIVE: &str = "[data-testid=live][data-state=on]";
/// A row of the list.
const ROW: &str = "[data-testid=transaction]";

/// Somebody who reads English, at a page of a simulator's dashboard.
fn developer(sim: &Simulator, page: &str) -> Customer {
    let customer = Customer::with("en-US", true);
    go(&customer, sim, page);
    customer
}

/// Opens a page of the dashboard, and waits until it hears of news.
#[track_caller]
fn go(customer: &Customer, sim: &Simulator, page: &str) {
    customer.open(&format!("{}/__sim/{page}", sim.url()));
    sees(customer, LIVE);
}

/// The page of a transaction.
fn page_of(registered: &Registered) -> String {
    format!("transactions/{}", registered.answer.t_xid())
}

/// Waits until the page has this.
#[track_caller]
fn sees(customer: &Customer, css: &str) -> WebElement {
    customer.wait(customer.driver().query(By::Css(css)).first())
}

/// Waits until the page has this no longer.
#[track_caller]
fn sees_no(customer: &Customer, css: &str) {
    assert!(customer.wait(customer.driver().query(By::Css(css)).not_exists()), "{css} stays at {}", customer.url());
}

/// Waits until a script says so.
#[track_caller]
fn until(customer: &Customer, condition: &str) {
    let script = [
        "const done = arguments[arguments.length - 1]; const until = Date.now() + 20000; const holds = () => (",
        condition,
        "); (function look() { if (holds()) done(true); else if (Date.now() > until) done(false); \
         else setTimeout(look, 10); })()",
    ];
    let held =
        customer.wait(async { Ok(customer.driver().execute_async(script.concat(), vec![]).await?.json().clone()) });
    assert_eq!(held, true, "never at {}: {condition}", customer.url());
}

#[track_caller]
fn click(customer: &Customer, css: &str) {
    let element = sees(customer, css);
    customer.wait(element.click());
}

/// What the script's value is.
#[track_caller]
fn get(customer: &Customer, expression: &str) -> Value {
    customer.run(&["return ", expression].concat(), vec![])
}

/// Does something to a transaction through the API.
#[track_caller]
fn call(sim: &Simulator, registered: &Registered, what: &str, how: &Value) -> Reply {
    let reply = sim.http().post_json(&format!("{API}/transactions/{}/{what}", registered.answer.t_xid()), how);
    assert!(matches!(reply.status, 200..=299), "{what} {how}: {}", reply.body);
    reply
}

/// How often something happened to a transaction.
fn times(sim: &Simulator, kind: &str, registered: &Registered) -> usize {
    sim.events(&format!("{kind}&tXid={}", registered.answer.t_xid())).len()
}

#[test]
fn a_list_that_is_left_open_keeps_up() {
    let scene = Scene::new();
    let customer = developer(&scene.sim, "");
    assert!(customer.shows("empty"));
    // It is never loaded again.
    customer.run("window.kept = true", vec![]);
    let first = scene.begin("first");
    sees(&customer, &[ROW, " .stage.registered"].concat());
    sees_no(&customer, "[data-testid=empty]");
    call(&scene.sim, &first, "buyer", &json!({ "do": "review" }));
    sees(&customer, &[ROW, " .stage.under-review"].concat());
    call(&scene.sim, &first, "partner", &json!({ "do": "approve" }));
    sees(&customer, &[ROW, " .stage.approved"].concat());
    scene.shop.register(&scene.order("refused").with("merchantToken", "0".repeat(64)));
    sees(&customer, "[data-testid=refusal]");

    // Somebody reads in the middle of the list, and has chosen a row.
    let many: Vec<_> = (0..60).map(|n| scene.begin(&format!("order-{n}"))).collect();
    sees(&customer, &format!("[data-key='{}']", many[59].answer.t_xid()));
    let chosen = format!("[data-key='{}'] a", many[30].answer.t_xid());
    let place = format!("document.querySelector(\"{chosen}\").getBoundingClientRect().top");
    let script =
        format!("const a = document.querySelector(\"{chosen}\"); a.focus(); a.scrollIntoView({{ block: 'center' }})");
    customer.run(&script, vec![]);
    let before = get(&customer, &place).as_f64().unwrap();
    let more: Vec<_> = (0..10).map(|n| scene.begin(&format!("more-{n}"))).collect();
    sees(&customer, &format!("[data-key='{}']", more[9].answer.t_xid()));
    let after = get(&customer, &place).as_f64().unwrap();
    assert!((before - after).abs() < 2.0, "it moved from {before} to {after}");
    call(&scene.sim, &many[30], "buyer", &json!({ "do": "reject" }));
    sees(&customer, &format!("{chosen} .stage.declined"));
    assert_eq!(get(&customer, &format!("document.activeElement.matches(\"{chosen}\")")), true);

    for n in 0..130 {
        scene.begin(&format!("last-{n}"));
    }
    until(&customer, "document.querySelector('[data-testid=count]').textContent.includes('newest 50 of 202')");
    assert_eq!(get(&customer, &format!("document.querySelectorAll('{ROW}').length")), 50);
    assert_eq!(
        get(&customer, "document.querySelector('[data-testid=transaction] .what').textContent.includes('last-129')"),
        true
    );
    assert_eq!(get(&customer, "window.kept"), true);
    customer.no_complaints();

    customer.press_id("older");
    assert_eq!(get(&customer, &format!("document.querySelectorAll('{ROW}').length")), 50);
    // A filter is of the address, and news are filtered by it.
    go(&customer, &scene.sim, "?outcome=approved");
    assert_eq!(get(&customer, &format!("document.querySelectorAll('{ROW}').length")), 1);
    call(&scene.sim, &more[0], "buyer", &json!({ "do": "approve" }));
    until(&customer, &format!("document.querySelectorAll('{ROW}').length === 2"));
    customer.no_foreign_requests();

    // Everything is forgotten while the list is open.
    assert_eq!(scene.sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    sees(&customer, "[data-testid=empty]");
    sees_no(&customer, ROW);
    customer.no_complaints();
}

/// The arrows that the events of an order are drawn as.
fn implied(sim: &Simulator, reference_no: &str) -> Vec<String> {
    const SILENT: &[&str] = &[
        "transaction.registered",
        "transaction.refused",
        "transaction.receipt-confirmed",
        "inquiry.answered",
        "callback.sent",
        "notification.scheduled",
        "notification.held",
        "notification.delivered",
        "rule.hit",
    ];
    let events = sim.http().get(&format!("{API}/events?limit=10000&referenceNo={reference_no}")).json();
    let mut arrows = Vec::new();
    for event in events.as_array().unwrap() {
        let (id, kind, by) = (event["id"].to_string(), event["type"].as_str().unwrap(), event["by"].as_str());
        match (kind, by) {
            ("exchange.recorded" | "notification.attempted", _) => arrows.extend([id.clone(), id + "a"]),
            ("payment.opened", Some("browser")) | ("transaction.cancelled", Some("merchant")) => {}
            _ if SILENT.contains(&kind) => {}
            _ => arrows.push(id),
        }
    }
    arrows
}

/// Waits until the diagram is what the log says.
#[track_caller]
fn draws_the_log(customer: &Customer, sim: &Simulator, reference_no: &str) -> Vec<String> {
    let implied = implied(sim, reference_no);
    let drawn = "[...document.querySelectorAll('[data-testid=arrow][data-event]')].map((arrow) => arrow.dataset.event)";
    until(customer, &format!("JSON.stringify({drawn}) === '{}'", json!(implied)));
    implied
}

#[test]
fn the_diagram_is_drawn_as_it_happens() {
    let scene = Scene::new();
    let order = scene.order_of("tokenize", 600_000).tokenize("customer-7");
    let registered = scene.register(order);
    let customer = developer(&scene.sim, &page_of(&registered));
    customer.run("window.kept = true", vec![]);
    assert_eq!(draws_the_log(&customer, &scene.sim, "tokenize").len(), 2);
    let mut buyer = scene.sim.buyer();
    let tk = buyer.open(&registered.payment);
    draws_the_log(&customer, &scene.sim, "tokenize");
    buyer.sign_in(&tk, Login { pin: "000000", ..Login::default() });
    draws_the_log(&customer, &scene.sim, "tokenize");
    buyer.sign_in(&tk, Login::default());
    draws_the_log(&customer, &scene.sim, "tokenize");
    buyer.choose(&tk, "3");
    draws_the_log(&customer, &scene.sim, "tokenize");
    buyer.enter_otp(&tk, "0000");
    buyer.enter_otp(&tk, "4567");
    sees(&customer, "[data-testid=stage].approved");
    buyer.return_to_shop(&tk);
    scene.sim.advance("2s");
    scene.shop.inquire(&registered.order, &registered.answer);
    scene.shop.cancel(&registered.answer, "2", "100000");
    call(&scene.sim, &registered, "cancel", &json!({ "amt": "1000" }));
    call(&scene.sim, &registered, "notify", &json!({ "variant": "wrong-token" }));
    scene.sim.drain();
    let arrows = draws_the_log(&customer, &scene.sim, "tokenize");
    assert!(arrows.len() > 20, "{arrows:?}");
    // What nobody saw is dashed, has no event, and cannot be opened.
    let unseen = "[...document.querySelectorAll('[data-testid=arrow]:not([data-event])')]";
    assert_eq!(get(&customer, &format!("{unseen}.length")), 2, "the way to the payment, and the way back");
    let closed = format!("{unseen}.every((arrow) => arrow.matches('.unseen-hop') && !arrow.querySelector('a'))");
    assert_eq!(get(&customer, &closed), true);
    let style = "getComputedStyle(document.querySelector('.unseen-hop .line'), '::before').borderTopStyle";
    assert_eq!(get(&customer, style), "dashed");
    assert_eq!(get(&customer, "document.querySelectorAll('[data-testid=arrow].forged').length"), 1);
    assert_eq!(get(&customer, "window.kept"), true, "the page was never loaded again");
    customer.no_complaints();

    opens_arrows(&customer, &arrows);
    // A link into the middle works, and so does reloading there.
    customer.wait(customer.driver().refresh());
    sees(&customer, "[data-testid=arrow].selected");
    customer.text("request-line");
    draws_the_log(&customer, &scene.sim, "tokenize");
    // It stays open while more happens.
    scene.shop.inquire(&registered.order, &registered.answer);
    draws_the_log(&customer, &scene.sim, "tokenize");
    customer.text("request-line");
    customer.no_foreign_requests();
}

/// A body as it was sent; it is folded.
fn raw(customer: &Customer, message: &str) -> String {
    let text = get(customer, &format!("document.querySelector('[data-testid={message}-body]').textContent"));
    text.as_str().unwrap().to_owned()
}

/// Opens messages by mouse and by keyboard.
#[track_caller]
fn opens_arrows(customer: &Customer, arrows: &[String]) {
    let at = customer.url();
    let focus = "document.activeElement.id";
    for (width, height) in [WIDE, (WIDTH, HEIGHT)] {
        customer.at_width(width, height);
        click(customer, &format!("[data-event='{}'] a", arrows[0]));
        assert_eq!(customer.text("request-line"), "POST /nicepay/direct/v2/registration");
        assert!(raw(customer, "request").contains(r#""referenceNo":"tokenize""#));
        assert_eq!(customer.text("answer-line"), "HTTP 200");
        assert!(raw(customer, "answer").contains(r#""resultCd":"0000""#));
        assert_eq!(customer.url(), format!("{at}?event={}#arrow-{0}", arrows[0]));
        until(customer, "document.activeElement.id === 'message'");
        let seen = "(() => { const { top } = document.getElementById('message').getBoundingClientRect(); \
                    return top >= 0 && top < innerHeight; })()";
        until(customer, seen);
        until(customer, &in_view(&format!("document.querySelector(\"[data-event='{}']\")", arrows[0])));
        // Back closes it, and one is where one was.
        customer.wait(customer.driver().back());
        sees_no(customer, "[data-testid=request-line]");
        assert_eq!(customer.url(), at);
        until(customer, &format!("document.activeElement.matches(\"[data-event='{}'] a\")", arrows[0]));
        customer.wait(customer.driver().forward());
        customer.text("request-line");
        click(customer, "[data-testid=close-message]");
        sees_no(customer, "[data-testid=request-line]");
        customer.wait(customer.driver().back());
        customer.text("request-line");
        customer.wait(customer.driver().back());
        sees_no(customer, "[data-testid=request-line]");
        // The last arrow is far below, and stays in view beside or above its message.
        let last = arrows.last().unwrap();
        click(customer, &format!("[data-event='{last}'] a"));
        sees(customer, &format!("[data-event='{last}'].selected"));
        until(
            customer,
            &format!(
                "(() => {{ const of = (css) => document.querySelector(css).getBoundingClientRect(); \
                 const arrow = of(\"[data-event='{last}']\"), message = of('#message'); \
                 return arrow.top >= 0 && arrow.bottom <= innerHeight && message.top >= 0 && message.top < innerHeight \
                 && (arrow.bottom <= message.top || arrow.right <= message.left); }})()"
            ),
        );
        customer.wait(customer.driver().back());
        sees_no(customer, "[data-event].selected");
    }
    // By keyboard: from an arrow to the next.
    customer.run(&format!("document.querySelector(\"[data-event='{}'] a\").focus()", arrows[0]), vec![]);
    customer.type_keys(Key::Tab);
    customer.type_keys(Key::Enter);
    sees(customer, &format!("[data-event='{}'].selected", arrows[1]));
    until(customer, "document.activeElement.id === 'message'");
    customer.type_keys(Key::Tab);
    assert_eq!(get(customer, "document.activeElement.dataset.testid"), "close-message", "{focus}");
    customer.type_keys(Key::Enter);
    sees_no(customer, "[data-testid=request-line]");
    until(customer, &format!("document.activeElement.matches(\"[data-event='{}'] a\")", arrows[1]));
    customer.type_keys(Key::Enter);
    customer.text("request-line");
    customer.no_complaints();
}

/// Chooses in a list.
#[track_caller]
fn choose(customer: &Customer, test_id: &str, option: &str) {
    let option = By::XPath(format!("//select[@data-testid='{test_id}']/option[normalize-space(.)='{option}']"));
    let option = customer.wait(customer.driver().query(option).first());
    customer.wait(option.click());
}

/// Presses a button, and waits until the page says, where it is, that it is done.
#[track_caller]
fn press_done(customer: &Customer, test_id: &str, says: &str) {
    let before = customer.url();
    click(customer, &format!("[data-testid={test_id}]"));
    says_done(customer, says);
    assert_eq!(customer.url(), before, "one stays on the page");
}

/// Closes the clock: a click beside it would do only that.
#[track_caller]
fn close_clock(customer: &Customer) {
    click(customer, "[data-testid=clock]");
    until(customer, "!document.getElementById('clock').open");
}

/// Scrolls to an element, as a person does who sees that something lies above it.
#[track_caller]
fn centre(customer: &Customer, css: &str) {
    sees(customer, css);
    customer.run(&format!("document.querySelector({}).scrollIntoView({{ block: 'center' }})", json!(css)), vec![]);
}

/// Waits until the page says that something is done, in the part of it that is in view.
#[track_caller]
fn says_done(customer: &Customer, says: &str) {
    let done = "document.querySelector('[data-testid=done]')";
    until(customer, &format!("{done}?.textContent === {}", json!(says)));
    until(customer, &in_view(done));
}

/// Whether the top of an element is in the window.
fn in_view(element: &str) -> String {
    format!(
        "(() => {{ const {{ top }} = {element}.getBoundingClientRect(); return top >= 0 && top < innerHeight; }})()"
    )
}

#[test]
fn the_buttons_of_a_transaction_do_what_they_say() {
    const PLAYED: &str = "The customer's action is done.";
    let scene = Scene::new();
    let sim = &scene.sim;
    let customer = developer(sim, "");
    let open = |name: &str| {
        let registered = scene.register(scene.order(name).tokenize(name));
        go(&customer, sim, "");
        customer.press(By::Css(format!("[data-key='{}'] a", registered.answer.t_xid())));
        registered
    };
    let stage = |stage: &str| sees(&customer, &format!("[data-testid=stage].{stage}"));

    let paid = open("approve");
    press_done(&customer, "do-approve", PLAYED);
    stage("approved");
    assert_eq!((times(sim, "transaction.approved", &paid), scene.status(&paid).as_str()), (1, "0"));
    assert!(!customer.shows("buyer-form"), "it is paid");
    // The notification waits for its time, which is moved on from here.
    sees(&customer, "[data-testid=notification] .stage.scheduled");
    click(&customer, "[data-testid=clock]");
    press_done(&customer, "advance-2s", "The clock is advanced. Everything that was due is done.");
    close_clock(&customer);
    sees(&customer, "[data-testid=notification] .stage.delivered");
    assert_eq!(scene.mailbox.received().len(), 1);
    press_done(&customer, "resend", "The notification is being resent.");
    until(&customer, "document.querySelectorAll('[data-testid=attempt]').length === 2");
    sim.drain();
    assert_eq!(scene.mailbox.received().len(), 2);
    choose(&customer, "variant", "changed-status");
    press_done(&customer, "notify", "The notification is being sent.");
    sim.drain();
    sees(&customer, "[data-testid=arrow].forged");
    assert_eq!(scene.mailbox.received().len(), 3);
    assert_ne!(scene.mailbox.received()[2].field("status"), "0");
    customer.fill("cancel-amt", "1000");
    press_done(&customer, "cancel", "The refund is done.");
    stage("approved");
    assert_eq!(customer.attribute("cancel-amt", "placeholder"), "24145");
    press_done(&customer, "cancel", "The refund is done.");
    stage("cancelled");
    let returned = sim.events(&format!("transaction.cancelled&tXid={}", paid.answer.t_xid()));
    assert_eq!((&returned[0]["amt"], returned.len()), (&json!("1000"), 2));
    assert!(!customer.shows("cancel-form"));
    press_done(&customer, "revoke", "The token is revoked.");
    assert_eq!(sim.events("token.revoked").len(), 1);
    assert!(!customer.shows("revoke"));

    let review = open("review");
    press_done(&customer, "do-review", PLAYED);
    stage("under-review");
    press_done(&customer, "decide-approve", "The lender's decision is recorded.");
    stage("approved");
    assert_eq!((times(sim, "transaction.under-review", &review), times(sim, "transaction.approved", &review)), (1, 1));
    let review = open("review-rejected");
    press_done(&customer, "do-review", PLAYED);
    press_done(&customer, "decide-reject", "The lender's decision is recorded.");
    stage("declined");
    assert_eq!(times(sim, "transaction.declined", &review), 1);
    for (button, kind, word) in [
        ("do-reject", "transaction.declined", "declined"),
        ("do-abandon", "transaction.abandoned", "abandoned"),
        ("expire", "transaction.expired", "expired"),
    ] {
        let registered = open(button);
        press_done(&customer, button, if button == "expire" { "The transaction has expired." } else { PLAYED });
        stage(word);
        assert_eq!(times(sim, kind, &registered), 1, "{button}");
    }
    // As somebody else: who is rejected, whatever the button would do.
    let poor = open("as");
    choose_phone(&customer, "089900000004");
    press_done(&customer, "do-pay", PLAYED);
    stage("declined");
    let login = sim.events(&format!("partner.login&tXid={}", poor.answer.t_xid()));
    assert!(login[0].to_string().contains("89900000004"), "{login:?}");
    customer.no_foreign_requests();

    // What can no longer be done is refused like the API refuses it, and the way back leads back.
    let late = open("late");
    let stale = customer.element("do-pay");
    customer.dev_tools("Network.enable", json!({}));
    customer.dev_tools("Network.setBlockedURLs", json!({ "urls": ["*/__sim/live*", "*/__sim/transactions/*"] }));
    call(sim, &late, "buyer", &json!({ "do": "reject" }));
    customer.wait(stale.click());
    assert!(customer.text("form-error").contains("declined"));
    customer.dev_tools("Network.setBlockedURLs", json!({ "urls": [] }));
    go(&customer, sim, &page_of(&late));
    stage("declined");
    customer.wait(customer.driver().browser_log());

    // A binding's.
    scene.bind("binding", None);
    go(&customer, sim, "bindings");
    customer.press(By::Css("[data-testid=binding] a".to_owned()));
    press_done(&customer, "do-bind", PLAYED);
    stage("bound");
    assert_eq!(sim.events("binding.completed").len(), 1);
    customer.no_foreign_requests();
}

/// Plays the customer as this one.
#[track_caller]
fn choose_phone(customer: &Customer, phone: &str) {
    click(customer, &format!("[data-testid=buyer-phone] option[value='{phone}']"));
}

#[test]
fn the_other_buttons_do_what_they_say() {
    let scene = Scene::new();
    let sim = &scene.sim;
    let api = |path: &str| sim.http().get(&[API, path].concat()).json();
    let customer = developer(sim, "rules");

    // A rule for the next payment, from the form.
    customer.fill("rule-reference", "order-*");
    choose(&customer, "rule-outcome", "reject");
    press_done(&customer, "rule-submit", "The rule is added.");
    let rules = api("/rules").to_string();
    assert!(rules.contains("order-*") && rules.contains("reject"), "{rules}");
    assert!(customer.text("rule-added").contains("reject"));
    let rejected = scene.begin("order-1");
    call(sim, &rejected, "buyer", &json!({}));
    assert_eq!(times(sim, "transaction.declined", &rejected), 1);
    // It has done its work, and the page says so by itself.
    until(&customer, "!document.querySelector('[data-testid=rule-added]')?.textContent.includes('left 1/1')");
    click(&customer, "[data-testid=rule-as-json]");
    customer.fill("rule-json", r#"{"outcome": "abandon"}"#);
    let submit = By::XPath("//textarea[@data-testid='rule-json']/ancestor::form//button".to_owned());
    let submit = customer.wait(customer.driver().query(submit).first());
    customer.wait(submit.click());
    says_done(&customer, "The rule is added.");
    let many = api("/rules").as_array().unwrap().len();
    centre(&customer, "[data-testid=rule-remove]");
    press_done(&customer, "rule-remove", "The rule is removed.");
    assert_eq!(api("/rules").as_array().unwrap().len(), many - 1);
    // A mistake is told in the API's words.
    customer.fill("rule-json", "{");
    let submit = By::XPath("//textarea[@data-testid='rule-json']/ancestor::form//button".to_owned());
    let submit = customer.wait(customer.driver().query(submit).first());
    customer.wait(submit.click());
    assert!(customer.text("form-error").contains("then"));
    let (form, error) = ("document.querySelector('[data-testid=rule-json]')", "document.querySelector('.form-error')");
    assert_eq!(get(&customer, &format!("{form}.value")), "{", "the input stays");
    until(&customer, &in_view(error));
    assert_eq!(get(&customer, &format!("{form}.form === {error}.closest('form')")), true);
    customer.fill("rule-json", "{}");
    until(&customer, &format!("{error} === null"));
    centre(&customer, "[data-testid=scenario-activate][value=review-then-reject]");
    click(&customer, "[data-testid=scenario-activate][value=review-then-reject]");
    says_done(&customer, "The scenario is active.");
    until(
        &customer,
        "document.querySelector('[data-testid=scenario]').textContent.trim().startsWith('review-then-reject')",
    );
    assert_eq!(api("/scenario")["name"], "review-then-reject");

    go(&customer, sim, "shoppers");
    click(&customer, "[data-key='081291891818'] summary");
    let form = "[data-key='081291891818']";
    click(&customer, &format!("{form} option:nth-child(2)"));
    click(&customer, &format!("{form} [data-testid=shopper-submit]"));
    says_done(&customer, "The account is saved.");
    sees(&customer, &format!("{form} .stage.declined"));
    assert_eq!(api("/shoppers/081291891818")["state"], "inactive");

    go(&customer, sim, "tokens");
    customer.fill("token-customer", "somebody");
    press_done(&customer, "token-submit", "The token is issued.");
    let of = |active: bool| {
        let all = api("/tokens");
        all.as_array()
            .unwrap()
            .iter()
            .filter(|token| (token["status"] == "active") == active && token["clientUserKey"] == "somebody")
            .count()
    };
    assert_eq!((of(true), of(false)), (1, 0));
    let revoke = By::XPath("//li[contains(., 'somebody')]//button[@data-testid='revoke']".to_owned());
    let revoke = customer.wait(customer.driver().query(revoke).first());
    customer.wait(revoke.click());
    says_done(&customer, "The token is revoked.");
    assert_eq!(of(true), 0);

    // The clock is on every page.
    click(&customer, "[data-testid=clock]");
    let before = api("/clock")["now"].as_str().unwrap().to_owned();
    customer.fill("advance-by", "1h 30m");
    press_done(&customer, "advance", "The clock is advanced. Everything that was due is done.");
    let after = api("/clock")["now"].as_str().unwrap().to_owned();
    assert_ne!(before, after);
    assert!(after.ends_with("18:30:00Z"), "{before} {after}");
    assert!(customer.text("now").contains("01:30:00"), "{}", customer.text("now"));
    assert_eq!(customer.text("clock-mode"), "stopped");
    for (says, mode) in [("running", "system"), ("stopped", "manual")] {
        press_done(&customer, "freeze", "The clock is set.");
        assert_eq!(customer.text("clock-mode"), says);
        let is = api("/clock")["mode"].clone();
        assert_eq!(is == "manual", mode == "manual", "{is}");
    }
    customer.no_foreign_requests();

    sim.new_shop("OTHER00001", "a-key-of-its-own");
    go(&customer, sim, "merchants");
    click(&customer, "[data-key=PAYLOANTES] [data-testid=reset]");
    says_done(&customer, "The merchant's data is reset.");
    assert_eq!(api("/transactions"), json!([]));
    scene.begin("again");
    press_done(&customer, "reset-all", "Everything is reset.");
    assert_eq!(api("/transactions"), json!([]));
    customer.no_foreign_requests();
}

#[test]
fn what_is_being_filled_in_is_not_lost() {
    let scene = Scene::new();
    let registered = scene.begin("forms");
    call(&scene.sim, &registered, "buyer", &json!({ "do": "approve" }));
    let customer = developer(&scene.sim, &page_of(&registered));
    click(&customer, "#fields summary");
    click(&customer, "[data-testid=clock]");
    customer.fill("cancel-amt", "777");
    for amt in ["1000", "2000"] {
        call(&scene.sim, &registered, "cancel", &json!({ "amt": amt }));
        draws_the_log(&customer, &scene.sim, "forms");
        sees(&customer, "[data-testid=live][data-state=held]");
        assert_eq!(customer.value("cancel-amt"), "777");
        assert_eq!(get(&customer, "document.activeElement.dataset.testid"), "cancel-amt");
    }
    assert_eq!(get(&customer, "document.getElementById('fields').open && document.getElementById('clock').open"), true);
    assert_eq!(customer.attribute("cancel-amt", "placeholder"), "25145", "what was held back");
    // It comes once the form is left as it was.
    let input = customer.element("cancel-amt");
    customer.wait(async { input.send_keys(Key::Backspace + Key::Backspace + Key::Backspace + Key::Tab).await });
    sees(&customer, "[data-testid=cancel-amt][placeholder='22145']");
    sees(&customer, LIVE);

    go(&customer, &scene.sim, "rules");
    customer.fill("rule-reference", "mine-*");
    choose(&customer, "rule-outcome", "review");
    scene.sim.rule(&json!({ "then": { "outcome": "reject" } }));
    // That a rule was added is no event: the next one brings it.
    scene.begin("news");
    sees(&customer, "[data-testid=rule-added]");
    assert_eq!((customer.value("rule-reference"), customer.value("rule-outcome")), ("mine-*".into(), "review".into()));

    go(&customer, &scene.sim, "shoppers");
    click(&customer, "[data-key='081291891818'] summary");
    let state = |state: &str| {
        let put = scene.sim.http().put_json(&format!("{API}/shoppers/081513114262"), &json!({ "state": state }));
        assert_eq!(put.status, 200, "{}", put.body);
        scene.begin(state);
    };
    let shown = |state: &str| {
        until(
            &customer,
            &format!("document.querySelector(\"[data-key='081513114262'] .stage\").textContent === '{state}'"),
        );
    };
    state("inactive");
    shown("inactive");
    assert_eq!(get(&customer, "document.getElementById('change-081291891818').open"), true);
    // The same account changes: what is open stays open, and what has the focus keeps it.
    click(&customer, "[data-key='081513114262'] summary");
    state("active");
    shown("active");
    assert_eq!(get(&customer, "document.getElementById('change-081513114262').open"), true);
    assert_eq!(get(&customer, "document.activeElement.matches(\"[data-key='081513114262'] summary\")"), true);
    customer.no_foreign_requests();
}

/// A registration, as it is documented.
const SAMPLE: &str = include_str!("../../it/samples/registration-tokenize.json");

/// Registers the sample at a program, and answers with its tXid.
#[track_caller]
fn register_at(program: &Program) -> String {
    let (status, answer) = program.ask("POST /nicepay/direct/v2/registration", SAMPLE);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((status, &answer["resultCd"]), (200, &json!("0000")), "{answer}");
    answer["tXid"].as_str().unwrap().to_owned()
}

/// Stops a program, which ends well and has printed nothing more.
#[track_caller]
fn stops(program: Program) {
    let ended = program.stop();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{}", ended.stderr);
}

#[test]
fn a_page_outlives_the_simulator() {
    let folder = Folder::new();
    let args = ["--seed", "1", "--clock", "manual"];
    let program = folder.serve(&args);
    let address = program.address.clone();
    let t_xid = register_at(&program);
    let list = Customer::with("en-US", true);
    list.open(&format!("http://{address}/__sim/"));
    sees(&list, LIVE);
    sees(&list, ROW);
    // A second page of the same browser.
    let first = list.wait(list.driver().window());
    let second = list.wait(list.driver().new_tab());
    list.wait(list.driver().switch_to_window(second.clone()));
    list.open(&format!("http://{address}/__sim/transactions/{t_xid}"));
    sees(&list, LIVE);

    stops(program);
    sees(&list, "[data-testid=live][data-state=lost]");
    assert_eq!(list.text("live"), "Connection lost – reconnecting…");
    sees(&list, "[data-testid=arrow]");
    let program = folder.serve_at(&address, &args);
    // What it was about is gone, and it says so; nobody pressed anything.
    assert!(list.text("problem-detail").contains("does not exist"));
    sees(&list, LIVE);
    list.wait(list.driver().switch_to_window(first));
    sees(&list, "[data-testid=empty]");
    sees(&list, LIVE);
    sees_no(&list, ROW);
    // That nobody answered for a while is the only thing that Chromium says.
    for entry in list.wait(list.driver().browser_log()) {
        let known =
            ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "status of 404", "ERR_CONNECTION_RESET"];
        assert!(known.iter().any(|error| entry.message.contains(error)), "{}", entry.message);
    }
    // It begins anew: the same order has the same number again, and both pages show it.
    assert_eq!(register_at(&program), t_xid);
    sees(&list, ROW);
    list.wait(list.driver().switch_to_window(second));
    sees(&list, "[data-testid=arrow]");
    list.no_complaints();
    stops(program);
}

/// A network between a browser and a simulator, which can fail.
struct Relay {
    url: String,
    whole: Arc<AtomicBool>,
    wires: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    fn start(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (whole, wires) = (Arc::new(AtomicBool::new(true)), Arc::new(Mutex::new(Vec::new())));
        let relay = Self { url, whole: Arc::clone(&whole), wires: Arc::clone(&wires) };
        let to = to.strip_prefix("http://").unwrap().to_owned();
        // It ends with the tests.
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Ok(far) = TcpStream::connect(&to) else { break };
                let mut wires = wires.lock().unwrap();
                if !whole.load(Ordering::SeqCst) {
                    continue;
                }
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    wires.push(from.try_clone().unwrap());
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        relay
    }

    fn cut(&self) {
        let mut wires = self.wires.lock().unwrap();
        self.whole.store(false, Ordering::SeqCst);
        for wire in wires.drain(..) {
            let _ = wire.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.whole.store(true, Ordering::SeqCst);
    }
}

#[test]
fn what_is_forgotten_is_said() {
    let sim = Simulator::builder().settings("max-transactions = 5\nmax-events = 40").start();
    let scene = Scene::of(sim);
    let sim = &scene.sim;

    // A reset while it is open.
    let registered = scene.begin("reset");
    let customer = developer(sim, &page_of(&registered));
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    assert_eq!(customer.text("problem"), "Not found");
    assert!(customer.text("problem-detail").contains(&registered.answer.t_xid()));
    assert!(!customer.shows("arrow") && !customer.shows("do-pay"));
    assert_eq!(get(&customer, "document.title"), "Not found – nicepay-sim");
    customer.no_foreign_requests();

    // One that has to make place for others.
    let evicted = scene.begin("evicted");
    call(sim, &evicted, "buyer", &json!({ "do": "reject" }));
    go(&customer, sim, &page_of(&evicted));
    for n in 0..5 {
        let newer = scene.begin(&format!("newer-{n}"));
        call(sim, &newer, "buyer", &json!({ "do": "reject" }));
    }
    click(&customer, "[data-testid=arrow] a");
    assert!(customer.text("problem-detail").contains(&evicted.answer.t_xid()));
    customer.open(&format!("{}/__sim/transactions/nobodys", sim.url()));
    assert!(customer.text("problem-detail").contains("nobodys"));
    customer.press_id("problem-back");
    assert_eq!(get(&customer, &format!("document.querySelectorAll('{ROW}').length")), 5);
    customer.no_foreign_requests();

    // A log that is too short for what one does.
    let long = scene.begin("long");
    go(&customer, sim, &page_of(&long));
    assert!(!customer.shows("forgotten"));
    for _ in 0..30 {
        scene.shop.inquire(&long.order, &long.answer);
    }
    assert!(customer.text("forgotten").contains("--max-events"));
    draws_the_log(&customer, sim, "long");
    customer.no_foreign_requests();

    // A page that was away for too long.
    let relay = Relay::start(sim.url());
    customer.open(&format!("{}/__sim/log", relay.url));
    sees(&customer, LIVE);
    let missed = customer.element("missed");
    assert!(!customer.wait(missed.is_displayed()));
    let last = |of: &Simulator| of.events("").last().unwrap()["id"].as_u64().unwrap();
    let seen = last(sim);
    until(&customer, &format!("document.querySelector('[data-testid=event]').dataset.key === '{seen}'"));
    relay.cut();
    sees(&customer, "[data-testid=live][data-state=lost]");
    for _ in 0..50 {
        scene.shop.inquire(&long.order, &long.answer);
    }
    relay.mend();
    sees(&customer, LIVE);
    let gone = last(sim) - 40 - seen;
    let says = format!("document.getElementById('missed').textContent.startsWith('{gone} events were missed')");
    until(&customer, &says);
    assert!(customer.wait(missed.is_displayed()));
    let shown = "[...document.querySelectorAll('[data-testid=event]')].map((event) => Number(event.dataset.key))";
    let newest_first: Vec<u64> = (last(sim) - 39..=last(sim)).rev().collect();
    until(&customer, &format!("JSON.stringify({shown}) === '{}'", json!(newest_first)));
}

/// What Chromium measures of the page: nodes, listeners, bytes of JavaScript's heap.
#[track_caller]
fn measured(customer: &Customer, name: &str) -> f64 {
    customer.dev_tools("HeapProfiler.collectGarbage", json!({}));
    let metrics = customer.dev_tools("Performance.getMetrics", json!({}));
    let metric = metrics["metrics"].as_array().unwrap().iter().find(|metric| metric["name"] == name).unwrap();
    metric["value"].as_f64().unwrap()
}

#[test]
fn a_flood_does_not_drown_the_page() {
    let scene = Scene::new();
    for n in 0..60 {
        scene.begin(&format!("before-{n}"));
    }
    let customer = developer(&scene.sim, "");
    customer.dev_tools("Performance.enable", json!({}));
    let before = ["JSHeapUsedSize", "Nodes", "JSEventListeners"].map(|name| measured(&customer, name));
    // How long the page did not answer, at most.
    customer.run(
        "window.slowest = 0; let last = performance.now(); const look = () => { const now = performance.now(); \
         window.slowest = Math.max(window.slowest, now - last); last = now; requestAnimationFrame(look); }; look()",
        vec![],
    );
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let scene = &scene;
            scope.spawn(move || {
                for n in 0..500 {
                    scene.begin(&format!("flood-{thread}-{n}"));
                }
            });
        }
        // One can work with it meanwhile.
        click(&customer, "[data-testid=clock]");
        assert_eq!(get(&customer, "document.getElementById('clock').open"), true);
    });
    let newest = scene.begin("newest");
    sees(&customer, &format!("[data-testid=transactions] > :first-child[data-key='{}']", newest.answer.t_xid()));
    until(&customer, "document.querySelector('[data-testid=count]').textContent.includes('newest 50 of 2061')");
    assert_eq!(get(&customer, &format!("document.querySelectorAll('{ROW}').length")), 50);
    let slowest = get(&customer, "window.slowest").as_f64().unwrap();
    // Most of it is the machine's, which serves the flood, too.
    assert!(slowest < 5_000.0, "it stood still for {slowest} ms");
    assert_eq!(get(&customer, "document.getElementById('clock').open"), true);
    let after = ["JSHeapUsedSize", "Nodes", "JSEventListeners"].map(|name| measured(&customer, name));
    assert!(after[0] - before[0] < 3_000_000.0, "the heap grew from {} to {} bytes", before[0], after[0]);
    assert!(after[1] < before[1] * 1.5 + 200.0, "{} nodes became {}", before[1], after[1]);
    assert!(after[2] <= before[2] + 2.0, "{} listeners became {}", before[2], after[2]);
    close_clock(&customer);
    customer.press(By::Css(format!("[data-key='{}'] a", newest.answer.t_xid())));
    sees(&customer, "[data-testid=arrow]");
    customer.no_foreign_requests();
}

/// How far the page that is shown is wider than its screen.
#[track_caller]
fn overhang(customer: &Customer) -> i64 {
    get(customer, "document.scrollingElement.scrollWidth - innerWidth").as_i64().unwrap()
}

/// What can be pressed and is smaller than a finger: links that stand in a sentence aside.
const SMALL: &str = "[...document.querySelectorAll('button, select, input:not([type=hidden]), summary, a.button, nav a, a.card, \
    #arrows a')].filter((el) => el.checkVisibility()).map((el) => [el, el.getBoundingClientRect()])\
    .filter(([, { width, height }]) => width < 24 || height < 24).map(([el]) => el.outerHTML)";

/// Holds the page that is shown against what everybody needs: on a computer in the dark, and on a phone in the light. So
/// every layout and every colour was looked at once.
#[track_caller]
fn usable(customer: &Customer) {
    customer.no_foreign_requests();
    for (width, height, dark) in [(WIDE.0, WIDE.1, true), (320, HEIGHT, false), (WIDTH, HEIGHT, false)] {
        customer.at_width(width, height);
        customer.in_the_dark(dark);
        assert!(overhang(customer) <= 0, "{} overhangs {width} by {}", customer.url(), overhang(customer));
        if width != 320 {
            customer.accessible(Rules::All);
        }
    }
    assert_eq!(get(customer, SMALL), json!([]), "at {}", customer.url());
}

#[test]
fn everybody_can_use_every_page() {
    let scene = Scene::new();
    let sim = &scene.sim;
    let customer = developer(sim, "");
    usable(&customer);
    let shop = |page: &str| {
        go(&customer, sim, page);
        usable(&customer);
    };
    for empty in ["bindings", "tokens", "report"] {
        shop(empty);
    }

    let paid = scene.register(scene.order_of("paid", 600_000).tokenize("customer-7"));
    shop(&page_of(&paid));
    sim.buyer().pay(&paid.payment);
    sim.advance("2s");
    call(sim, &paid, "notify", &json!({ "variant": "wrong-token" }));
    sim.drain();
    let review = scene.begin("review");
    call(sim, &review, "buyer", &json!({ "do": "review" }));
    scene.shop.register(&scene.order("review").with("merchantToken", "0".repeat(64)));
    for n in 0..50 {
        scene.begin(&format!("order-{n}"));
    }
    scene.bind("binding", None);
    sim.rule(&json!({ "times": 3, "when": { "referenceNo": "x-*" }, "then": { "outcome": "reject" } }));

    shop("");
    assert!(customer.shows("older") && customer.shows("last-refused"));
    shop("?kind=refused");
    assert!(customer.shows("refusal"));
    shop("?outcome=declined&q=nobody");
    assert!(customer.shows("empty"));
    go(&customer, sim, &page_of(&paid));
    for panel in ["fields", "timeline"] {
        click(&customer, &format!("#{panel} summary"));
    }
    usable(&customer);
    go(&customer, sim, &page_of(&review));
    assert!(customer.shows("partner-form"));
    // A message with its diagnosis, beside the diagram and on a page of its own.
    click(&customer, "[data-testid=arrow].refused a");
    customer.text("diagnosis");
    usable(&customer);
    let event = get(&customer, "new URLSearchParams(location.search).get('event')").as_str().unwrap().replace('a', "");
    go(&customer, sim, &format!("events/{event}"));
    assert!(customer.shows("diagnosis"));
    click(&customer, "[data-testid=clock]");
    usable(&customer);
    for page in ["bindings", "bindings/1", "log?referenceNo=paid", "rules", "tokens", "merchants", "report"] {
        shop(page);
    }
    go(&customer, sim, "shoppers");
    click(&customer, "[data-testid=shopper] summary");
    usable(&customer);
    shop("transactions/nobodys");
    assert!(customer.shows("problem"));
    go(&customer, sim, "tokens");
    customer.fill("token-customer", "x".repeat(10_000).as_str());
    click(&customer, "[data-testid=token-submit]");
    assert!(!customer.text("form-error").is_empty(), "the answer is 4xx");
    assert_eq!(get(&customer, "document.querySelector('[data-testid=token-customer]').value.length"), 10_000);
    usable(&customer);

    // In the other language, everywhere from now on.
    go(&customer, sim, "");
    assert_eq!((customer.language().as_str(), customer.text("filter-submit").as_str()), ("en", "Search"));
    customer.press_id("lang-switch");
    for (page, word) in [
        ("", "Permintaan terakhir yang ditolak"),
        ("bindings", "Hubungkan akun"),
        ("log", "Jenis"),
        ("rules", "Tambah aturan"),
        ("shoppers", "Akun uji"),
        ("tokens", "Buat token uji"),
        ("merchants", "Reset semuanya"),
        ("report", "Langkah pertama"),
        (&page_of(&paid), "Diagram alur"),
        ("transactions/nobodys", "Tidak ditemukan"),
    ] {
        go(&customer, sim, page);
        assert_eq!(customer.language(), "id", "{page}");
        assert_eq!(get(&customer, &format!("document.body.innerText.includes('{word}')")), true, "{page}");
        assert_eq!(customer.text("live"), "Tersambung");
        for width in [320, WIDTH, WIDE.0] {
            customer.at_width(width, HEIGHT);
            assert!(overhang(&customer) <= 0, "{} overhangs {width}", customer.url());
        }
    }
    customer.accessible(Rules::All);
    customer.no_foreign_requests();
}

#[test]
fn hostile_text_stays_text() {
    let scene = Scene::new();
    let long = "W".repeat(10_000);
    let texts = [
        "<img src=x onerror=window.xss=1>",
        "\"><script>window.xss=1</script>",
        "\u{202e}\u{2066}evil\u{200f}\u{feff}",
        "CR\r\nLF\r\nSet-Cookie: a=b",
        long.as_str(),
        "javascript:window.xss=1//",
    ];
    let fields = scene.shop.body(&scene.order("fields"));
    let fields = fields
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| *name != "merchantToken")
        .chain([&extra()])
        .cloned()
        .collect::<Vec<_>>();
    let customer = developer(&scene.sim, "");
    for (i, text) in texts.iter().enumerate() {
        // Every field alone, refused or not; and all together that may hold it.
        let (mut all, mut held) = (scene.order(&format!("all-{i}")), 0);
        for name in &fields {
            let order = scene.order(&format!("{name}-{i}")).tokenize("customer");
            if scene.shop.register(&order.with(name, *text)).result_cd() == "0000" && name != "referenceNo" {
                all = all.with(name, *text);
                held += 1;
            }
        }
        all = all.tokenize(text);
        let answer = scene.shop.register(&all);
        let answer = if answer.result_cd() == "0000" { answer } else { scene.shop.register(&all.tokenize("customer")) };
        assert_eq!(answer.result_cd(), "0000", "{}", answer.body);
        let page = format!("transactions/{}", answer.t_xid());
        scene
            .sim
            .http()
            .post_json(&format!("{API}/transactions/{}/buyer", answer.t_xid()), &json!({ "do": "approve" }));
        for page in [
            "",
            &page,
            &[&page, "?event=", &registered_as(&scene.sim, &answer)].concat(),
            "log",
            "log?type=transaction.refused",
            "tokens",
            &["?referenceNo=", &encoded(text)].concat(),
            &["transactions/", &encoded(text)].concat(),
        ] {
            go(&customer, &scene.sim, page);
            harmless(&customer);
        }
        let shown = [&page, "?event=", &registered_as(&scene.sim, &answer)].concat();
        go(&customer, &scene.sim, &shown);
        // Of a long text the log keeps the beginning.
        let sent = serde_json::to_string(&text.chars().take(100).collect::<String>()).unwrap();
        let script = "return document.querySelector('[data-testid=request-body]').textContent.includes(arguments[0])";
        let is_shown = || customer.run(script, vec![json!(&sent[1..sent.len() - 1])]) == true;
        assert!(held == 0 || is_shown(), "{sent} is shown as it came");
        let refused = scene.sim.events("transaction.refused").last().map_or(0, |event| event["id"].as_u64().unwrap());
        if refused > 0 {
            // The refusal, and the request behind it.
            go(&customer, &scene.sim, &format!("events/{refused}"));
            harmless(&customer);
            go(&customer, &scene.sim, &format!("events/{}", refused + 1));
            harmless(&customer);
            assert!(held > 0 || is_shown(), "{sent} is shown as it came");
        }
        // A drawing, as a document of its own.
        customer.open(&format!("{}{API}/transactions/{}/diagram", scene.sim.url(), answer.t_xid()));
        assert_eq!(get(&customer, "document.documentElement.localName"), "svg");
        assert_eq!(get(&customer, "document.querySelectorAll('script, image, foreignObject, a').length"), 0);
        assert_eq!(get(&customer, "window.xss === undefined"), true);
    }
    customer.wait(customer.driver().browser_log());
}

/// A field that no order has.
fn extra() -> String {
    "description".to_owned()
}

fn encoded(text: &str) -> String {
    let short: String = text.chars().take(2_000).collect();
    url::form_urlencoded::byte_serialize(short.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The event of a transaction's registration.
fn registered_as(sim: &Simulator, answer: &Reply) -> String {
    let events = sim.events(&format!("exchange.recorded&tXid={}", answer.t_xid()));
    events[0]["id"].to_string()
}

/// Asserts that nothing came alive, and that nothing is wider than a phone.
#[track_caller]
fn harmless(customer: &Customer) {
    let alive = "document.querySelectorAll('img, iframe, script:not([src^=\"/__sim/assets/\"]), [onerror]').length";
    assert_eq!(get(customer, alive), 0, "{}", customer.url());
    assert_eq!(get(customer, "window.xss === undefined"), true, "{}", customer.url());
    let links = "[...document.querySelectorAll('a')].filter((a) => a.protocol === 'javascript:').length";
    assert_eq!(get(customer, links), 0, "{}", customer.url());
    for width in [320, WIDTH] {
        customer.at_width(width, HEIGHT);
        assert!(overhang(customer) <= 0, "{} overhangs {width} by {}", customer.url(), overhang(customer));
    }
    // What turns the direction of writing does so in its own place only.
    let turned =
        "[...document.querySelectorAll('bdi')].every((bdi) => getComputedStyle(bdi).unicodeBidi.startsWith('isolate'))";
    assert_eq!(get(customer, turned), true);
    customer.no_foreign_requests();
}

#[test]
fn everything_but_news_works_without_javascript() {
    let scene = Scene::new();
    let sim = &scene.sim;
    let customer = Customer::with("id-ID", false);
    let other = scene.begin("other");
    let registered = scene.begin("plain");
    customer.open(&format!("{}/__sim/", sim.url()));
    assert_eq!(customer.language(), "id");
    assert_eq!(customer.text("live"), "", "it does not say that it is live");
    let rows = || customer.wait(customer.driver().find_all(By::Css(ROW))).len();
    assert_eq!(rows(), 2);
    customer.fill("search", "plain");
    customer.press_id("filter-submit");
    assert_eq!(rows(), 1);
    customer.press(By::Css(format!("[data-key='{}'] a", registered.answer.t_xid())));
    customer.press_id("do-approve");
    assert_eq!(customer.text("done"), "Tindakan pelanggan sudah dijalankan.");
    assert_eq!(scene.status(&registered), "0");
    let arrows = customer.wait(customer.driver().find_all(By::Css("[data-testid=arrow][data-event]"))).len();
    assert!(arrows > 2);
    customer.press(By::Css("[data-testid=arrow] a"));
    assert_eq!(customer.text("request-line"), "POST /nicepay/direct/v2/registration");
    customer.press_id("close-message");
    assert!(!customer.shows("request-line"));
    let clock = customer.element("clock");
    customer.wait(clock.click());
    customer.press_id("advance-2s");
    assert_eq!(scene.mailbox.received().len(), 1);
    customer.fill("cancel-amt", "1000");
    customer.press_id("cancel");
    assert_eq!(customer.text("done"), "Dana sudah dikembalikan.");
    customer.press_id("lang-switch");
    assert_eq!(customer.language(), "en");
    customer.open(&format!("{}/__sim/{}", sim.url(), page_of(&other)));
    customer.press_id("do-reject");
    assert_eq!(customer.text("stage"), "declined");
    customer.no_complaints();
}
