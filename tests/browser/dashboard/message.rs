//! An opened message: its body field by field and raw, what can be copied, and a notification that is edited and sent.

use nicepay_sim::testing::{Answer, Simulator};
use serde_json::json;
use thirtyfour::prelude::*;

use super::{API, call, click, developer, get, go, harmless, page_of, sees, sees_no, until};
use crate::accessibility::everywhere;
use crate::chromium::Customer;
use crate::common::scene::{Registered, Scene};

/// Opens the message of the newest event of a type.
#[track_caller]
fn open(customer: &Customer, sim: &Simulator, registered: &Registered, kind: &str) {
    let events = sim.events(&format!("{kind}&tXid={}", registered.answer.t_xid()));
    go(customer, sim, &format!("{}?event={}", page_of(registered), events.last().unwrap()["id"]));
    sees(customer, "[data-testid=request-line]");
}

/// A paid order whose notification was answered.
fn paid(scene: &Scene, reference_no: &str) -> Registered {
    let registered = scene.begin(reference_no);
    call(&scene.sim, &registered, "buyer", &json!({ "do": "pay" }));
    scene.sim.advance("2s");
    registered
}

/// Presses a copy button, and answers with what is pasted into a field that is empty.
#[track_caller]
pub(super) fn copied(customer: &Customer, css: &str) -> String {
    sees(customer, css);
    customer.run(&format!("document.querySelector('{css}').scrollIntoView({{ block: 'center' }})"), vec![]);
    click(customer, css);
    until(customer, &format!("document.querySelector('{css}').textContent.startsWith('Copied')"));
    customer.run(
        "const field = document.createElement('textarea'); field.id = 'pasted'; field.setAttribute('aria-label', 'x'); \
         document.querySelector('main').append(field); field.focus()",
        vec![],
    );
    customer.type_keys(Key::Control + "v");
    let text = get(customer, "document.getElementById('pasted').value");
    customer.run("document.getElementById('pasted').remove()", vec![]);
    text.as_str().unwrap().to_owned()
}

#[test]
fn a_body_is_shown_field_by_field_and_raw_and_is_copied() {
    let scene = Scene::new();
    let registered = paid(&scene, "copy");
    let customer = developer(&scene.sim, "");
    open(&customer, &scene.sim, &registered, "exchange.recorded");
    let t_xid = registered.answer.t_xid();
    // JSON inside a string is decoded, and folded.
    let cart = "[...document.querySelectorAll('#request-fields summary')].find((summary) => summary.textContent.includes('cartData'))";
    assert_eq!(get(&customer, &format!("{cart}.parentElement.open")), false);
    customer.run(&format!("{cart}.click()"), vec![]);
    until(&customer, &format!("{cart}.parentElement.innerText.includes('goods_name')"));
    let raw = "document.querySelector('[data-testid=request-body]')";
    assert_eq!(get(&customer, &format!("{raw}.checkVisibility()")), false);
    click(&customer, "[data-testid=request-raw]");
    until(&customer, &format!("{raw}.checkVisibility()"));
    let body = get(&customer, &format!("{raw}.textContent"));
    assert_eq!(copied(&customer, "[data-testid=copy-request-body]"), body.as_str().unwrap());
    assert_eq!(copied(&customer, "#answer-fields [data-testid=copy-field][data-copy^=PAYLOANTES]"), t_xid);
    // On plain http there is no clipboard API.
    customer.run("Object.defineProperty(navigator, 'clipboard', { value: undefined })", vec![]);
    let script = copied(&customer, "[data-testid=copy-script]");
    assert!(script.contains(scene.sim.url()) && script.contains("$KEY"), "{script}");
    assert!(!script.contains(scene.shop.merchant_key()), "{script}");
    assert_eq!(
        script,
        get(&customer, "document.querySelector('[data-testid=script-text]').textContent").as_str().unwrap()
    );
    everywhere(&customer);
    // It stays open and folded while more happens.
    customer.run("window.kept = true", vec![]);
    scene.shop.inquire(&registered.order, &registered.answer);
    until(&customer, "document.querySelectorAll('[data-testid=arrow]').length > 0");
    until(&customer, &format!("window.kept && {raw}.checkVisibility()"));
    customer.no_complaints();
}

#[test]
fn a_notification_is_sent_again_edited_and_elsewhere() {
    let scene = Scene::new();
    let registered = paid(&scene, "edit");
    let elsewhere = scene.sim.receiver();
    let customer = developer(&scene.sim, "");
    let opened = || open(&customer, &scene.sim, &registered, "notification.attempted");
    let attempts = |count: usize| {
        until(&customer, &format!("document.querySelectorAll('[data-testid=attempt]').length === {count}"));
    };
    opened();
    assert!(!customer.shows("script"), "no merchant sent it");
    click(&customer, "[data-testid=message-resend]");
    sees(&customer, "[data-testid=done]");
    attempts(2);
    assert_eq!(scene.mailbox.received().len(), 2);

    click(&customer, "[data-testid=edit-and-send]");
    let status = "document.querySelector('[name=\"fields.status:text\"]')";
    assert_eq!(get(&customer, &format!("{status}.value")), "0");
    everywhere(&customer);
    let set = |name: &str, value: &str| {
        let script = "document.querySelector(`[name=\"fields.${arguments[0]}:text\"]`).value = arguments[1]";
        customer.run(script, vec![json!(name), json!(value)]);
    };
    set("status", "8");
    set("amt", "1");
    set("goodsNm", "");
    set("billingNm", "<script>window.xss = 1</script>\"'&=+ %0d%0aX-A: b");
    click(&customer, "[data-testid=edit-submit]");
    sees(&customer, "[data-testid=done]");
    attempts(3);
    let sent = scene.mailbox.received().pop().unwrap();
    assert_eq!((sent.field("status"), sent.field("amt"), sent.field("goodsNm")), ("8", "1", ""));
    let decoded = sent.fields();
    let billing_nm = &decoded.iter().find(|(name, _)| name == "billingNm").unwrap().1;
    assert_eq!(billing_nm, "<script>window.xss = 1</script>\"'&=+ %0d%0aX-A: b");
    let t_xid = registered.answer.t_xid();
    assert_eq!(sent.field("merchantToken"), scene.shop.sign(&[scene.shop.i_mid(), &t_xid, "1"]));
    assert!(!sent.head.to_lowercase().contains("x-a:"), "{}", sent.head);
    harmless(&customer);

    // Without the token's sign, and raw.
    opened();
    click(&customer, "[data-testid=edit-and-send]");
    click(&customer, "[data-testid=edit-raw]");
    click(&customer, "[data-testid=raw-sign]");
    customer.fill("raw-body", "status=0&merchantToken=mine");
    click(&customer, "[data-testid=raw-submit]");
    sees(&customer, "[data-testid=done]");
    attempts(4);
    assert_eq!(scene.mailbox.received().pop().unwrap().body, "status=0&merchantToken=mine");

    opened();
    click(&customer, "[data-testid=send-elsewhere]");
    customer.fill("elsewhere-url", elsewhere.url());
    click(&customer, "[data-testid=elsewhere-submit]");
    sees(&customer, "[data-testid=done]");
    attempts(5);
    assert_eq!(elsewhere.only().body, "status=0&merchantToken=mine", "of the message that is open");
    assert_eq!(scene.mailbox.received().len(), 4);
    // An address that may not be called says so on the page; a text that is none is refused.
    opened();
    click(&customer, "[data-testid=send-elsewhere]");
    customer.fill("elsewhere-url", "http://169.254.169.254/");
    click(&customer, "[data-testid=elsewhere-submit]");
    until(&customer, "document.querySelector('#notifications').textContent.includes('--allow-egress')");
    opened();
    click(&customer, "[data-testid=send-elsewhere]");
    customer.fill("elsewhere-url", "javascript:alert(1)");
    click(&customer, "[data-testid=elsewhere-submit]");
    until(&customer, "document.body.textContent.includes('http://')");
    // A reset while the form is open.
    opened();
    click(&customer, "[data-testid=send-elsewhere]");
    assert_eq!(scene.sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    go(&customer, &scene.sim, "");
    sees_no(&customer, "[data-testid=send-forms]");
}

#[test]
fn binary_and_large_bodies_do_not_break_the_page() {
    let scene = Scene::new();
    scene.mailbox.answer_with(|_| Answer {
        headers: vec!["Content-Type: image/png".to_owned()],
        body: "\u{0}\u{1b}[31m\u{89}PNG<img src=x onerror='window.xss=1'>\u{202e}".to_owned(),
        ..Answer::status(200)
    });
    let registered = paid(&scene, "binary");
    let customer = developer(&scene.sim, "");
    open(&customer, &scene.sim, &registered, "notification.attempted");
    assert!(customer.text("answer-raw").starts_with("Binary"), "{}", customer.text("answer-raw"));
    assert!(customer.text("answer-body").contains("␀␛[31m"), "{}", customer.text("answer-body"));
    harmless(&customer);
    everywhere(&customer);
    let large = format!("cartData={}", "é<b>".repeat(30_000));
    let call = format!("{API}/notifications/1/send");
    assert_eq!(scene.sim.http().post_json(&call, &json!({ "body": large, "sign": false })).status, 200);
    open(&customer, &scene.sim, &registered, "notification.attempted");
    let shown = get(&customer, "document.querySelector('[data-testid=request-body]').textContent.length");
    assert!(shown.as_u64().unwrap() <= 16 * 1024 + 8, "{shown}");
    let whole = customer.attribute("whole-body", "href");
    let whole = scene.sim.http().get(&whole);
    assert_eq!((whole.status, whole.body), (200, large));
    harmless(&customer);
}

#[test]
fn without_javascript_a_message_is_complete() {
    let scene = Scene::new();
    let registered = paid(&scene, "plain");
    let customer = Customer::with("id-ID", false);
    let event =
        scene.sim.events(&format!("notification.attempted&tXid={}", registered.answer.t_xid()))[0]["id"].clone();
    customer.open(&format!("{}/__sim/{}?event={event}", scene.sim.url(), page_of(&registered)));
    let buttons = customer.wait(customer.driver().find_all(By::Css("button.copy")));
    assert!(!buttons.is_empty() && buttons.iter().all(|button| !customer.wait(button.is_displayed())));
    let summary = customer.element("edit-and-send");
    customer.wait(summary.click());
    customer.fill("edit-url", scene.mailbox.url());
    customer.press_id("edit-submit");
    assert_eq!(customer.text("done"), "Notifikasi sudah dikirim. Jawabannya ada di daftar notifikasi.");
    assert_eq!(scene.mailbox.received().len(), 2);
    assert!(customer.attribute("download-har", "href").ends_with("/har"));
    assert!(customer.attribute("download-json", "href").ends_with("/evidence"));
}
