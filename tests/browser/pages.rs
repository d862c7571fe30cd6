//! The partner's pages in a real Chromium: what a customer sees and presses.

use nicepay_sim::testing::{Answer, Simulator};
use serde_json::json;
use thirtyfour::prelude::*;

use crate::accessibility::everywhere;
use crate::chromium::{AKULAKU, Customer, HEIGHT, INDODANA, OTP, OUR_PIN, PHONE, PIN, WIDTH};
use crate::common::scene::Scene;

/// Nothing is pasted or clicked: each key is pressed.
#[test]
fn a_customer_pays_with_the_keyboard_alone() {
    let scene = Scene::new();
    let customer = Customer::new();
    customer.open(&scene.begin("keyboard").payment);
    let focus =
        |test_id: &str| customer.run(&format!("document.querySelector('[data-testid={test_id}]').focus()"), vec![]);
    focus("login-phone");
    customer.type_keys(PHONE);
    customer.type_keys(Key::Tab);
    customer.type_keys(PIN);
    customer.press_enter();
    assert_eq!(customer.page(), "plan");
    focus("plan-option");
    customer.type_keys(Key::Space);
    customer.press_enter();
    assert_eq!(customer.page(), "otp");
    focus("otp-input");
    customer.type_keys(OTP);
    customer.press_enter();
    assert_eq!(customer.outcome(), "approved");
}

#[test]
fn a_customer_pays_by_hand_and_then_without_a_page() {
    let scene = Scene::new();
    let first = scene.register(scene.order("order-1").tokenize("customer-7"));
    // The merchant's page posts the four fields.
    let fields = scene.shop.payment_fields(&first.order, &first.answer, &scene.page("/thanks?order_id=1"));
    let inputs = fields.map(|(name, value)| format!("<input type=hidden name={name} value='{value}'>")).concat();
    let url = scene.sim.url();
    let body = format!(
        "<form method=post action='{url}/nicepay/direct/v2/payment'>{inputs}<button id=pay>Pay</button></form>"
    );
    scene.site.answer_with(move |_| {
        let headers = vec!["Content-Type: text/html; charset=utf-8".to_owned()];
        Answer { status: 200, headers, body: body.clone() }
    });
    let customer = Customer::new();
    customer.open(&scene.page("/checkout"));
    customer.press(By::Id("pay"));
    assert_eq!(customer.page(), "signin");
    assert_eq!(customer.language(), "id");
    customer.sign_in(PHONE, PIN);
    assert_eq!(customer.page(), "plan");
    customer.choose(3);
    assert_eq!(customer.page(), "otp");
    assert_eq!(scene.status(&first), "9");
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "approved");
    assert_eq!(customer.return_to_shop(), "0000");
    assert!(customer.url().starts_with(&scene.page("/thanks?order_id=1&resultCd=0000")), "{}", customer.url());
    assert_eq!(scene.status(&first), "0");
    scene.sim.advance("2s");
    let notification = scene.mailbox.only();
    assert_eq!(notification.field("status"), "0");
    let user_token = notification.field("userToken");
    assert_eq!(user_token.len(), 36);

    let second = scene.register(scene.order("order-2").seamless(user_token));
    scene.sim.advance("1s");
    customer.open(&second.payment);
    assert_eq!(customer.result_cd(), "0000");
    assert_eq!(scene.status(&second), "0");
}

#[test]
fn it_works_without_javascript() {
    let scene = Scene::new();
    let customer = Customer::with("id-ID", false);
    let registered = scene.begin("plain");
    customer.open(&registered.payment);
    // The script makes these buttons: it did not run.
    customer.wait(customer.driver().find(By::Css("[data-testid=tester-panel] summary")));
    assert!(customer.wait(customer.driver().find_all(By::Css(".use"))).is_empty());
    customer.sign_in(PHONE, PIN);
    customer.choose(12);
    customer.enter_otp("0000");
    assert!(customer.error().contains("salah"));
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "approved");
    assert!(customer.shows("receipt") && !customer.shows("receipt-print"), "a button that does nothing is no button");
    assert_eq!(customer.return_to_shop(), "0000");
    assert_eq!(scene.status(&registered), "0");

    // Without the script, a double click sends a form twice.
    let twice = scene.begin("twice");
    customer.open(&twice.payment);
    customer.fill("login-phone", PHONE);
    customer.fill("login-pin", PIN);
    press_twice(&customer, "login-submit");
    customer.element("plan-form");
    press_twice(&customer, "plan-submit");
    customer.fill("otp-input", OTP);
    press_twice(&customer, "otp-submit");
    assert_eq!(customer.attribute("result-status", "data-outcome"), "approved");
    assert_eq!(scene.sim.events(&format!("transaction.approved&tXid={}", twice.answer.t_xid())).len(), 1);
    assert_eq!(scene.status(&twice), "0");
}

#[test]
fn the_language_that_was_chosen_stays() {
    let scene = Scene::new();
    let customer = Customer::new();
    customer.open(&scene.begin("english").payment);
    assert_eq!(customer.language(), "id");
    assert_eq!(customer.text("login-submit"), "Lanjutkan");
    customer.press_id("lang-switch");
    let english = |page: &str| {
        assert_eq!((customer.page().as_str(), customer.language().as_str()), (page, "en"));
        customer.text(match page {
            "signin" => "login-submit",
            "plan" => "plan-submit",
            "otp" => "otp-submit",
            _ => "return",
        })
    };
    assert_eq!(english("signin"), "Continue");
    customer.sign_in(PHONE, "000000");
    assert_eq!(customer.error(), "Wrong PIN. 2 tries left.");
    customer.sign_in(PHONE, PIN);
    assert_eq!(english("plan"), "Continue to OTP");
    customer.choose(1);
    assert_eq!(english("otp"), "Confirm payment");
    customer.enter_otp(OTP);
    assert_eq!(english("result"), "Return to the shop");
    customer.press_id("lang-switch");
    assert_eq!((customer.outcome().as_str(), customer.language().as_str()), ("approved", "id"));
    assert_eq!(customer.return_to_shop(), "0000");
    // The next payment knows it too.
    customer.open(&scene.begin("indonesian").payment);
    assert_eq!(customer.language(), "id");
}

#[test]
fn what_cannot_sign_in_is_told_why_and_keeps_its_phone_number() {
    let scene = Scene::new();
    let customer = Customer::with("en-US", true);
    customer.open(&scene.begin("pins").payment);
    for wrong in ["Wrong PIN. 2 tries left.", "Wrong PIN. 1 try left before the account is locked."] {
        customer.sign_in(PHONE, "000000");
        assert_eq!(customer.error(), wrong);
        assert_eq!(customer.value("login-phone"), PHONE, "the same form, with what was typed");
        assert_eq!(customer.value("login-pin"), "", "never the PIN");
        let above = "return document.querySelector('[data-testid=page-error]').getBoundingClientRect().bottom <= \
                     document.querySelector('[data-testid=login-form]').getBoundingClientRect().top";
        assert_eq!(customer.run(above, vec![]), true);
    }
    customer.sign_in(PHONE, "000000");
    let stands = "The simulator clock is stopped at 00:00:00 WIB: waiting does not help.";
    let locked = "Too many wrong PINs. This account is now locked until 00:30 WIB.";
    assert_eq!(customer.error(), format!("{locked} {stands}"));
    customer.sign_in(PHONE, PIN);
    let locked = "This account is locked until 00:30 WIB. Try again in 30 minutes.";
    assert_eq!(customer.error(), format!("{locked} {stands}"));
    scene.sim.advance("30m");
    customer.sign_in(PHONE, PIN);
    assert_eq!(customer.page(), "plan");

    customer.open(&scene.begin("logins").payment);
    for (phone, pin, why) in [
        ("", PIN, "Enter your phone number."),
        (PHONE, "12", "The PIN has 6 digits."),
        ("081200000000", PIN, "This phone number is not registered."),
        ("089900000006", OUR_PIN, "This account is inactive and cannot be used to pay."),
        ("089900000007", OUR_PIN, "This account is locked. Contact Kredivo."),
    ] {
        customer.sign_in(phone, pin);
        assert_eq!((customer.page().as_str(), customer.error().as_str()), ("signin", why));
    }
    // The testers' panel fills in the account.
    let summary = customer.wait(customer.driver().find(By::Css("[data-testid=tester-panel] summary")));
    customer.wait(summary.click());
    let button = By::Css(format!("[data-shopper-phone='{PHONE}'] .use"));
    let button = customer.wait(customer.driver().query(button).first());
    customer.wait(button.click());
    customer.press_id("login-submit");
    assert_eq!(customer.page(), "plan");
}

#[test]
fn an_otp_can_be_wrong_late_sent_again_and_used_up() {
    let scene = Scene::new();
    let customer = Customer::with("en-US", true);
    customer.open(&scene.begin("otps").payment);
    customer.sign_in(PHONE, PIN);
    customer.choose(3);
    customer.press_id("otp-submit");
    assert_eq!(customer.error(), "Enter the OTP code.");
    customer.enter_otp("0000");
    assert_eq!(customer.error(), "Wrong code. 2 tries left.");
    customer.press_id("otp-resend");
    assert_eq!(customer.error(), "You can ask for a new code in 30 seconds.");
    scene.sim.advance("30s");
    customer.press_id("otp-resend");
    assert_eq!(customer.page(), "otp");
    assert_eq!(customer.text("page-notice"), "A new code has been sent.");
    assert!(!customer.shows("page-error"));
    scene.sim.advance("2m");
    customer.enter_otp(OTP);
    assert_eq!(customer.error(), "The code has expired. Ask for a new one.");
    customer.press_id("otp-resend");
    for wrong in ["Wrong code. 2 tries left.", "Wrong code. 1 try left.", "Too many wrong codes. Ask for a new one."] {
        customer.enter_otp("0000");
        assert_eq!(customer.error(), wrong);
    }
    scene.sim.advance("30s");
    customer.press_id("otp-resend");
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "approved");

    // Three codes, three tries each: after that, the beginning.
    customer.open(&scene.begin("over").payment);
    customer.sign_in(PHONE, PIN);
    customer.choose(3);
    for _ in 0..3 {
        scene.sim.advance("30s");
        customer.press_id("otp-resend");
    }
    scene.sim.advance("30s");
    customer.open(&customer.url());
    assert!(!customer.shows("otp-resend"));
    for _ in 0..3 {
        customer.enter_otp("0000");
    }
    assert_eq!(customer.notice(), "session-ended");
    customer.press_id("signin-again");
    customer.sign_in(PHONE, PIN);
    customer.choose(3);
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "approved");
}

/// Whether an element that is on the page can be seen.
#[track_caller]
fn seen(customer: &Customer, css: &str) -> bool {
    let script = "const el = document.querySelector(arguments[0]); return el.checkVisibility()";
    customer.run(script, vec![css.into()]) == true
}

/// How many sheets of this size, in inches, the page takes.
#[track_caller]
fn sheets(customer: &Customer, (width, height): (f64, f64)) -> u64 {
    let printed = customer.dev_tools("Page.printToPDF", json!({ "paperWidth": width, "paperHeight": height }));
    let count = r"return (atob(arguments[0]).match(/\/Type\s*\/Page\b/g) ?? []).length";
    customer.run(count, vec![printed["data"].clone()]).as_u64().unwrap()
}

#[test]
fn a_receipt_is_printed_by_a_button_black_on_white_with_the_mark() {
    let scene = Scene::new();
    let customer = Customer::with("en-US", true);
    for (mitra_cd, account) in [("KDVI", (PHONE, PIN, OTP)), ("AKLP", AKULAKU), ("IDNA", INDODANA)] {
        customer.open(&scene.register(scene.order_of(mitra_cd, 600_000).with("mitraCd", mitra_cd)).payment);
        customer.pay_as(account, 3);
        assert_eq!(customer.outcome(), "approved");
        assert_eq!(customer.text("receipt-print"), "Print receipt");
        customer.run("window.print = () => { window.printed = (window.printed ?? 0) + 1 }", vec![]);
        let button = customer.element("receipt-print");
        customer.wait(button.click());
        assert_eq!(customer.run("return window.printed", vec![]), 1);
        let inside =
            "return document.querySelector('[data-testid=receipt-print]').form === null && !document.forms.length";
        assert_eq!(customer.run(inside, vec![]), true);

        // On paper, also for somebody who likes the dark.
        let dark = json!([{ "name": "prefers-color-scheme", "value": "dark" }]);
        customer.dev_tools("Emulation.setEmulatedMedia", json!({ "media": "print", "features": dark }));
        for css in ["[data-testid=receipt-print]", "[data-testid=return]", "[data-testid=lang-switch]", ".foot"] {
            assert!(!seen(&customer, css), "{css} is printed");
        }
        for css in ["[data-testid=simulator-mark]", "h1", "[data-testid=receipt]", ".order-amount", ".brand"] {
            assert!(seen(&customer, css), "{css} is not printed");
        }
        let odd = "return [...document.querySelectorAll('body *')].filter((el) => el.checkVisibility() && el.textContent.trim())\
                   .map((el) => [el, getComputedStyle(el)])\
                   .filter(([, { color, backgroundColor: paper, backgroundImage: picture }]) => color !== 'rgb(0, 0, 0)' \
                     || picture !== 'none' || !['rgb(255, 255, 255)', 'rgba(0, 0, 0, 0)'].includes(paper))\
                   .map(([el, style]) => `${el.outerHTML.slice(0, 80)} ${style.color} on ${style.backgroundColor}`)";
        assert_eq!(customer.run(odd, vec![]), json!([]));
        customer.dev_tools("Emulation.setEmulatedMedia", json!({ "media": "", "features": [] }));
        for paper in [(8.27, 11.69), (3.15, 11.0)] {
            assert_eq!(sheets(&customer, paper), 1, "{paper:?}");
        }
    }
    // An account that was linked has one, too; whoever was refused has none.
    customer.open(&scene.bind("bound", Some("/linked")));
    customer.fill("login-pin", PIN);
    customer.press_id("login-submit");
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "linked");
    assert_eq!(customer.text("receipt-account"), "0812••••1818");
    assert_eq!(customer.text("receipt-date"), "1 January 2026, 00:00:00 WIB");
    assert!(customer.shows("receipt-print"));
    customer.open(&scene.begin("given-up").payment);
    customer.press_id("page-abandon");
    assert_eq!(customer.outcome(), "abandoned");
    assert!(!customer.shows("receipt-print"));
    customer.no_complaints();
}

#[test]
fn the_countdown_is_the_scripts_and_only_where_time_passes() {
    let at_the_otp = |clock: &str, javascript: bool| {
        let scene = Scene::of(Simulator::builder().clock(clock).start());
        let customer = Customer::with("en-US", javascript);
        customer.open(&scene.begin("order").payment);
        customer.sign_in(PHONE, PIN);
        customer.choose(1);
        let text = customer.text("otp-expires");
        assert!(text.starts_with("The code is valid until "), "{text}");
        (scene, customer, text)
    };
    let (_, _, counted) = at_the_otp("system", true);
    assert!(counted.contains("WIB. Time left "), "{counted}");
    let (_, customer, counted) = at_the_otp("system", false);
    assert!(counted.ends_with(" WIB."), "{counted}");
    assert!(!customer.shows("clock-stands"));
    let (_, customer, counted) = at_the_otp("manual", true);
    assert_eq!(counted, "The code is valid until 00:02:00 WIB.");
    assert!(customer.shows("clock-stands"));
}

#[test]
fn the_back_button_never_breaks_anything() {
    let scene = Scene::new();
    let customer = Customer::new();
    let registered = scene.begin("back");
    customer.open(&registered.payment);
    let first_page = customer.url();
    customer.sign_in(PHONE, PIN);
    customer.choose(3);
    customer.back();
    assert_eq!(customer.page(), "plan", "another plan may be chosen");
    customer.choose(6);
    assert_eq!(
        (customer.text("otp-tenor"), customer.text("otp-plan")),
        ("6 bulan".into(), "5 × Rp 4.845 + Rp 4.843".into())
    );
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "approved");
    customer.back();
    assert_eq!(customer.outcome(), "approved", "there is no way back to the OTP");
    assert_eq!(customer.return_to_shop(), "0000");
    customer.back();
    assert_eq!(customer.outcome(), "approved");
    assert_eq!(customer.return_to_shop(), "0000");
    assert_eq!(scene.shop.inquire(&registered.order, &registered.answer).json()["instmntMon"], "6");
    assert_eq!(scene.sim.events("transaction.approved").len(), 1);
    // Addresses that only take forms, as a browser asks for them when it reloads.
    for page in ["cancel", "otp/resend"] {
        customer.open(&first_page.replace("signin", page));
        assert_eq!(customer.notice(), "already-paid");
    }
}

/// Presses a button twice, as fast as a hand can.
fn press_twice(customer: &Customer, test_id: &str) {
    let button = customer.element(test_id);
    customer.wait(async {
        customer.driver().action_chain().double_click_element(&button).perform().await?;
        button.wait_until().stale().await
    });
}

#[test]
fn a_double_click_counts_once() {
    let scene = Scene::new();
    let customer = Customer::with("en-US", true);
    let registered = scene.begin("twice");
    customer.open(&registered.payment);
    customer.fill("login-phone", PHONE);
    customer.fill("login-pin", "000000");
    press_twice(&customer, "login-submit");
    assert_eq!(customer.error(), "Wrong PIN. 2 tries left.", "one try");
    customer.sign_in(PHONE, PIN);
    press_twice(&customer, "plan-submit");
    customer.fill("otp-input", "0000");
    press_twice(&customer, "otp-submit");
    assert_eq!(customer.error(), "Wrong code. 2 tries left.", "one try");
    customer.fill("otp-input", OTP);
    press_twice(&customer, "otp-submit");
    assert_eq!(customer.outcome(), "approved");
    for once in ["partner.otp-sent", "partner.otp-passed", "transaction.approved"] {
        assert_eq!(scene.sim.events(once).len(), 1, "{once}");
    }
}

#[test]
fn whoever_gives_up_or_comes_late_goes_back_to_the_shop() {
    let scene = Scene::new();
    let customer = Customer::new();
    let registered = scene.begin("no-thanks");
    customer.open(&registered.payment);
    customer.press_id("page-abandon");
    assert_eq!(customer.outcome(), "abandoned");
    assert_eq!(customer.return_to_shop(), "9030");
    // Whoever comes back may pay after all, and give up later too.
    customer.open(&registered.payment);
    customer.sign_in(PHONE, PIN);
    customer.press_id("page-abandon");
    assert_eq!(customer.outcome(), "abandoned");
    customer.open(&registered.payment);
    customer.sign_in(PHONE, PIN);
    customer.choose(1);
    customer.press_id("page-abandon");
    assert_eq!(customer.return_to_shop(), "9030");

    let (paid, late) = (scene.begin("paid"), scene.begin("late"));
    customer.open(&paid.payment);
    let paid_link = customer.url();
    customer.sign_in(PHONE, PIN);
    customer.choose(1);
    customer.enter_otp(OTP);
    customer.open(&paid_link);
    assert_eq!(customer.notice(), "already-paid");
    assert_eq!(customer.return_to_shop(), "0000");
    customer.open(&paid.payment);
    assert!(customer.url().contains("resultCd="), "the gateway sends whoever has paid back to the shop");

    customer.open(&late.payment);
    let late_link = customer.url();
    customer.sign_in(PHONE, PIN);
    scene.sim.advance("24h");
    customer.press_id("plan-submit");
    assert_eq!(customer.notice(), "link-expired", "the form was still open");
    customer.open(&late_link);
    assert_eq!(customer.notice(), "link-expired");
    assert_ne!(customer.return_to_shop(), "0000");

    customer.open(&format!("{}/kredivo/v2/signin?tk=0123456789abcdef", scene.sim.url()));
    assert_eq!(customer.notice(), "link-unknown");
    customer.open(&format!("{}/kredivo/v2/nowhere", scene.sim.url()));
    assert_eq!(customer.notice(), "link-unknown");
}

#[test]
fn two_browsers_at_one_payment_do_not_share_a_session() {
    let scene = Scene::new();
    let registered = scene.begin("shared");
    let (first, second) = (Customer::new(), Customer::new());
    first.open(&registered.payment);
    first.sign_in(PHONE, PIN);
    second.open(&registered.payment);
    assert_eq!(second.page(), "signin", "not signed in here");
    second.sign_in(PHONE, PIN);
    assert_eq!(second.page(), "plan");
    first.press_id("plan-submit");
    assert_eq!(first.notice(), "session-ended");
}

#[test]
fn limits_and_magic_shoppers_decide_what_happens() {
    let scene = Scene::new();
    let customer = Customer::with("en-US", true);
    let large = scene.register(scene.order_of("large", 5_000_000));
    customer.open(&large.payment);
    customer.sign_in(PHONE, PIN);
    let options = "return [...document.querySelectorAll('[data-testid=plan-option]')]
        .map(o => `${o.value}${o.disabled ? ' disabled' : ''}${o.checked ? ' checked' : ''}`)";
    assert_eq!(customer.run(options, vec![]), json!(["1 disabled", "3 checked", "6", "12"]));
    assert!(customer.text("plan-form").contains("Limit too low"));
    customer.choose(6);
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "approved");

    let none_left = scene.begin("none-left");
    customer.open(&none_left.payment);
    customer.sign_in("089900000005", OUR_PIN);
    assert_eq!(customer.outcome(), "declined");
    assert_eq!(customer.error(), "The remaining limit is too low.");
    assert_ne!(customer.return_to_shop(), "0000");
    assert_eq!(scene.status(&none_left), "8");

    for (phone, outcome) in [("089900000003", "under-review"), ("089900000004", "declined")] {
        customer.open(&scene.begin(outcome).payment);
        customer.sign_in(phone, OUR_PIN);
        customer.press_id("plan-submit");
        customer.enter_otp(OTP);
        assert_eq!(customer.outcome(), outcome);
    }
    customer.open(&scene.begin("stale").payment);
    customer.sign_in("089900000008", OUR_PIN);
    customer.press_id("plan-submit");
    customer.enter_otp(OTP);
    assert_eq!(customer.error(), "The code has expired. Ask for a new one.");

    let seamless = scene.sim.http().post_json(
        "/__sim/api/tokens",
        &json!({ "iMid": "PAYLOANTES", "clientUserKey": "customer-9", "phone": "089900000009" }),
    );
    assert!(seamless.status < 300, "{}", seamless.body);
    let token = seamless.json()["userToken"].as_str().unwrap().to_owned();
    let asks = scene.register(scene.order("asks").tokenize("customer-9").seamless(&token));
    customer.open(&asks.payment);
    assert_eq!(customer.page(), "otp", "no login: the token says who");
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "approved");
}

#[test]
fn hostile_goods_stay_text_and_inside_the_page() {
    let scene = Scene::new();
    let customer = Customer::new();
    let script = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;{{7*7}}";
    let unbroken = "W".repeat(100);
    let emoji = "🍚👨‍👩‍👧‍👦🇮🇩".repeat(6);
    for (reference_no, goods) in
        [("<b>ref</b>\"'", script), ("REFERENCENUMBERTHATHASNOPLACETOBREAK-123", &unbroken), ("🍚", &emoji)]
    {
        let order = scene.order(reference_no).with("goodsNm", goods).with("billingNm", script);
        let registered = scene.register(order);
        let inside = |page: &str| {
            assert_eq!(customer.page(), page);
            let shown = customer.run("return [...document.querySelectorAll('dd')].map(d => d.textContent)", vec![]);
            let shown: Vec<String> = serde_json::from_value(shown).unwrap();
            assert!(shown.iter().any(|text| text == goods), "{page}: {goods} is not among {shown:?}");
            assert!(shown.iter().any(|text| text == reference_no), "{page}: {reference_no} is not among {shown:?}");
            let width = customer.run("return document.scrollingElement.scrollWidth", vec![]);
            assert!(width.as_u64() <= Some(WIDTH.into()), "{page} is {width} wide with {goods}");
            let made = customer.run("return document.querySelectorAll('script:not([src]), img, b').length", vec![]);
            assert_eq!(made, 0, "{page}: {goods} became elements");
        };
        customer.open(&registered.payment);
        inside("signin");
        // What is typed comes back, too.
        customer.sign_in("\"><script>alert(3)", PIN);
        assert_eq!(customer.value("login-phone"), "\"><script>alert(3)");
        inside("signin");
        customer.sign_in(PHONE, PIN);
        inside("plan");
        customer.choose(1);
        inside("otp");
        customer.enter_otp(OTP);
        inside("result");
        // An open dialog would have failed the commands before this.
        let log = customer.wait(customer.driver().browser_log());
        assert!(log.is_empty(), "{log:#?}");
        assert_eq!(customer.return_to_shop(), "0000");
    }
}

/// Lists what keeps somebody from using the page that is shown, given its language.
const AUDIT: &str = r##"
const [language] = arguments;
const problems = [];
const name = (el) => `${el.localName}${el.id && "#" + el.id} ${el.dataset.testid ?? el.className} "${el.textContent.trim().slice(0, 24)}"`;
const check = (ok, el, problem) => ok || problems.push(`${el ? name(el) + ": " : ""}${problem}`);
const all = (selector) => [...document.querySelectorAll(selector)];
for (const details of all("details")) details.open = true;

// Structure
check(document.documentElement.lang === language, null, `the page says lang=${document.documentElement.lang}`);
check(document.title.trim(), null, "no title");
check(all("h1").length === 1 && all("h1")[0].textContent.trim(), null, `${all("h1").length} h1`);
check(all("main").length === 1, null, "not one main");
const ids = all("[id]").map((el) => el.id);
check(new Set(ids).size === ids.length, null, `duplicate ids among ${ids}`);
for (const attribute of ["aria-describedby", "aria-labelledby", "for"]) {
  for (const el of all(`[${attribute}]`)) {
    for (const id of el.getAttribute(attribute).split(" ")) check(ids.includes(id), el, `${attribute}=${id} leads nowhere`);
  }
}

// Names
const shown = (el) => el.checkVisibility({ visibilityProperty: true }) && el.getClientRects().length > 0;
for (const el of all("input:not([type=hidden]), select, textarea")) {
  const label = el.getAttribute("aria-label") ?? [...el.labels].map((l) => l.textContent).join("");
  check(label.trim(), el, "no label");
}
const targets = all("a[href], button, summary, input:not([type=hidden]), select, textarea").filter(shown);
for (const el of targets.filter((el) => el.matches("a, button, summary"))) {
  check((el.getAttribute("aria-label") ?? el.textContent).trim(), el, "no name");
}
for (const el of all("img, svg")) check(el.alt || el.getAttribute("aria-hidden") || el.getAttribute("aria-label"), el, "no text");

// Sizes
for (const el of targets) {
  const box = el.matches("[type=radio], [type=checkbox]") ? el.closest("label") ?? el : el;
  const { width, height } = box.getBoundingClientRect();
  const least = el.localName === "a" && getComputedStyle(el).display === "inline" ? 24 : 44;
  check(height >= least - 0.01 && width >= 24, el, `${width} by ${height} px to press`);
}

// Colours
const colour = (text) => {
  const parts = /^rgba?\((.*)\)$/.exec(text);
  if (!parts) throw new Error(`cannot read the colour ${text}`);
  const [r, g, b, a = 1] = parts[1].split(/[\s,/]+/).map(Number);
  return [r, g, b, a];
};
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
// Every colour that can be behind an element: of a gradient, each of its own.
const painted = (el) => {
  const { backgroundImage, backgroundColor } = getComputedStyle(el);
  const stops = backgroundImage.startsWith("linear-gradient(") ? backgroundImage.match(/rgba?\([^)]*\)/g) : null;
  return (stops ?? [backgroundColor]).map(colour);
};
const behind = (el) => {
  const layers = [];
  for (let at = el; at; at = at.parentElement) {
    const layer = painted(at);
    layers.push(layer);
    if (layer.every((stop) => stop[3] === 1)) break;
  }
  const below = (grounds, layer) => layer.flatMap((top) => grounds.map((ground) => over(top, ground)));
  return layers.reduceRight(below, [[255, 255, 255, 1]]);
};
const luminance = (c) => {
  const [r, g, b] = c.slice(0, 3).map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (text, grounds) => Math.min(...grounds.map((ground) => {
  const [dark, light] = [luminance(over(text, ground)), luminance(ground)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}));
const faded = (el) => {
  const mine = colour(getComputedStyle(el).color);
  for (let at = el; at; at = at.parentElement) mine[3] *= Number(getComputedStyle(at).opacity);
  return mine;
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const inked = new Set(targets.filter((el) => el.matches("input:not([type=radio])")));
for (let text = texts.nextNode(); text; text = texts.nextNode()) {
  if (text.data.trim() && shown(text.parentElement)) inked.add(text.parentElement);
}
for (const el of inked) {
  const { width, height } = el.getBoundingClientRect();
  if (width <= 1 || height <= 1) continue; // for screen readers only
  const ratio = contrast(faded(el), behind(el));
  check(ratio >= 4.5, el, `contrast ${ratio.toFixed(2)}`);
}

// Focus: the Tab key was pressed before, so that the browser shows it.
for (const el of targets.filter((el) => !el.disabled)) {
  el.focus();
  if (document.activeElement !== el) { check(false, el, "cannot have the focus"); continue; }
  const seen = [el, el.closest("label")].filter(Boolean).some((at) => {
    const style = getComputedStyle(at);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
      && contrast(colour(style.outlineColor), behind(at.parentElement)) >= 3;
  });
  check(seen, el, "the focus cannot be seen");
}
document.activeElement.blur();
return problems;
"##;

/// In how many lines the text of an element stands, and whether it is wider than its place.
const LINES: &str = r"
const el = document.querySelector(arguments[0]);
const range = document.createRange();
range.selectNodeContents(el);
const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
return [lines, el.scrollWidth > el.clientWidth + 1];
";

#[test]
fn amounts_and_the_language_switch_stay_in_one_line() {
    let scene = Scene::new();
    let customer = Customer::with("en", true);
    let whole = || {
        for width in [320, 390, 1280] {
            customer.at_width(width, HEIGHT);
            for css in [".order-amount strong", ".switch"] {
                assert_eq!(customer.run(LINES, vec![css.into()]), json!([1, false]), "{css} at {width}");
            }
        }
    };
    customer.open(&scene.checkout(scene.order_of("choose", 999_999_999_999).without("mitraCd")).payment);
    whole();
    customer.open(&scene.register(scene.order_of("dear", 999_999_999_999)).payment);
    whole();
    customer.press_id("lang-switch");
    whole();
    customer.press_id("page-abandon");
    whole();
}

#[test]
fn nothing_of_the_index_page_lies_beside_a_phones_screen() {
    let scene = Scene::new();
    scene.begin("order");
    let customer = Customer::with("en", true);
    customer.open(scene.sim.url());
    for width in [320, WIDTH] {
        customer.at_width(width, HEIGHT);
        let beside =
            "return [...document.querySelectorAll('td')].filter(td => td.getBoundingClientRect().right > innerWidth)
            .map(td => td.textContent)";
        assert_eq!(customer.run(beside, vec![]), json!([]), "{width}");
    }
}

/// What other people's tests rely on, beside the `data-testid`s.
const CONTRACT: &str = r#"
const problems = [];
const check = (ok, problem) => ok || problems.push(problem);
const fields = [...document.querySelectorAll("input, select, textarea")];
for (const el of fields) check(el.closest("form"), `${el.name} is in no form`);
for (const el of fields.filter((el) => el.type === "hidden")) check(!/phone|pin|otp|mon|tenor|plan/i.test(el.name), `hidden ${el.name}`);
for (const el of document.querySelectorAll("button")) check(!el.name, `the button ${el.textContent} has a name`);
for (const form of document.forms) {
  check(form.method === "post" && new URL(form.action).search.startsWith("?tk="), `a form that is not a post: ${form.outerHTML}`);
}
check(new Set([...document.forms].map((form) => form.action)).size === document.forms.length, "two forms do the same");
check(!document.querySelector("details form, header form"), "the switch or the panel is a form");
for (const el of document.querySelectorAll("[src], link[href], a[href]")) {
  const url = new URL(el.src || el.href);
  check(url.origin === location.origin, `${url} is elsewhere`);
}
const [first] = document.forms;
return { problems, main: first?.dataset.testid ?? null, fields: fields.map((el) => el.name) };
"#;

/// Everything that must be true of the page that is shown, whatever it shows.
#[track_caller]
fn inspect(customer: &Customer, language: &str, main_form: Option<&str>, fields: &[&str], test_ids: &[&str]) {
    let page = customer.url();
    assert_eq!(
        customer.run(CONTRACT, vec![]),
        json!({ "problems": [], "main": main_form, "fields": fields }),
        "contract of {page}"
    );
    for test_id in ["simulator-mark", "lang-switch"].iter().chain(test_ids) {
        assert!(customer.shows(test_id), "{test_id} is missing on {page}");
    }
    audit(customer, language);
}

/// Our own audit in both languages, and axe-core's in one, as both have the same elements.
#[track_caller]
fn audit(customer: &Customer, language: &str) {
    usable(customer, language);
    if language == "en" {
        everywhere(customer);
    }
}

/// Our own audit of the page that is shown: that everybody can use it, on any screen.
#[track_caller]
pub(crate) fn usable(customer: &Customer, language: &str) {
    let page = customer.url();
    customer.wait(customer.driver().action_chain().send_keys(Key::Tab).perform());
    for dark in [false, true] {
        customer.in_the_dark(dark);
        let found = customer.run(AUDIT, vec![language.into()]);
        assert_eq!(found, json!([]), "{page}, {}", if dark { "dark" } else { "light" });
    }
    for width in [320, 1280, WIDTH] {
        customer.at_width(width, HEIGHT);
        let needed = customer.run("return document.scrollingElement.scrollWidth", vec![]);
        assert!(needed.as_u64() <= Some(width.into()), "{page} is {needed} wide on {width}");
    }
}

const LOGIN: [&str; 6] = ["login-form", "login-phone", "login-pin", "login-submit", "page-abandon", "tester-panel"];
const PLAN: [&str; 4] = ["plan-form", "plan-option", "plan-submit", "page-abandon"];
const OTP_PAGE: [&str; 5] = ["otp-form", "otp-input", "otp-submit", "otp-resend", "page-abandon"];
const PIN_PAGE: [&str; 4] = ["pin-form", "pin-input", "pin-submit", "page-abandon"];
const RESULT: [&str; 2] = ["result-status", "return"];

/// Sees every page in one language.
fn every_page_in(language: &str) {
    let scene = Scene::new();
    let customer = Customer::with(language, true);
    let see = |main_form: Option<&str>, test_ids: &[&str], more: &[&str]| {
        let fields: &[&str] = match main_form {
            Some("login-form") => &["phone", "pin"],
            Some("plan-form") => &["instmntMon"; 4],
            Some("otp-form") => &["otp"],
            _ => &[],
        };
        inspect(&customer, language, main_form, fields, &[test_ids, more].concat());
    };
    let paid = scene.register(scene.order_of("paid", 5_000_000));
    customer.open(&paid.payment);
    let paid_link = customer.url();
    see(Some("login-form"), &LOGIN, &[]);
    customer.sign_in(PHONE, "000000");
    see(Some("login-form"), &LOGIN, &["page-error"]);
    customer.sign_in(PHONE, PIN);
    see(Some("plan-form"), &PLAN, &[]);
    let untick = "for (const o of document.querySelectorAll('[data-testid=plan-option]')) o.checked = false";
    customer.run(untick, vec![]);
    customer.press_id("plan-submit");
    see(Some("plan-form"), &PLAN, &["page-error"]);
    customer.choose(3);
    see(Some("otp-form"), &OTP_PAGE, &[]);
    customer.enter_otp("0000");
    see(Some("otp-form"), &OTP_PAGE, &["page-error"]);
    scene.sim.advance("30s");
    customer.press_id("otp-resend");
    see(Some("otp-form"), &OTP_PAGE, &["page-notice"]);
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "approved");
    see(None, &RESULT, &[]);
    let result = customer.url();
    customer.open(&paid_link);
    assert_eq!(customer.notice(), "already-paid");
    see(None, &["notice", "return"], &[]);
    assert_eq!(scene.shop.cancel(&paid.answer, "1", "5000000").result_cd(), "0000");
    customer.open(&result);
    assert_eq!(customer.outcome(), "refunded");
    see(None, &RESULT, &[]);
    customer.open(&scene.begin("locked").payment);
    for _ in 0..3 {
        customer.sign_in("089900000007", "000000");
    }
    see(Some("login-form"), &LOGIN, &["page-error"]);

    for (phone, outcome) in [("089900000003", "under-review"), ("089900000004", "declined")] {
        customer.open(&scene.begin(outcome).payment);
        customer.sign_in(phone, OUR_PIN);
        customer.press_id("plan-submit");
        customer.enter_otp(OTP);
        assert_eq!(customer.outcome(), outcome);
        see(None, &RESULT, if outcome == "declined" { &["page-error"] } else { &[] });
    }
    customer.open(&scene.begin("given-up").payment);
    customer.press_id("page-abandon");
    assert_eq!(customer.outcome(), "abandoned");
    see(None, &RESULT, &[]);

    let ended = scene.begin("ended");
    customer.open(&ended.payment);
    let ended_link = customer.url();
    customer.sign_in(PHONE, PIN);
    customer.wait(customer.driver().delete_all_cookies());
    customer.press_id("plan-submit");
    assert_eq!(customer.notice(), "session-ended");
    see(None, &["notice", "signin-again"], &[]);
    scene.sim.advance("24h");
    customer.open(&ended_link);
    assert_eq!(customer.notice(), "link-expired");
    see(None, &["notice", "return"], &[]);
    customer.open(&format!("{}/kredivo/v2/signin?tk=nobodys", scene.sim.url()));
    assert_eq!(customer.notice(), "link-unknown");
    see(None, &["notice"], &[]);
}

#[test]
fn every_page_can_be_used_by_everybody_in_indonesian() {
    every_page_in("id");
}

#[test]
fn every_page_can_be_used_by_everybody_in_english() {
    every_page_in("en");
}

// Binding, Checkout, and the lenders beside Kredivo

#[test]
fn an_account_is_bound_by_hand() {
    let scene = Scene::new();
    scene.open_the_site();
    let customer = Customer::new();
    customer.open(&scene.bind("bind-1", Some("/linked?customer=7")));
    assert_eq!((customer.page().as_str(), customer.folder().as_str()), ("signin", "kredivo"));
    assert_eq!(format!("0{}", customer.value("login-phone")), PHONE, "the merchant knows whose account it wants");
    customer.fill("login-pin", "000000");
    customer.press_id("login-submit");
    assert!(customer.error().starts_with("PIN salah."), "{}", customer.error());
    customer.fill("login-pin", PIN);
    customer.press_id("login-submit");
    assert_eq!(customer.page(), "otp", "nobody who binds is asked how to pay");
    customer.enter_otp("0000");
    assert!(customer.error().contains("salah"));
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "linked");
    assert_eq!(customer.return_to_shop(), "0000");
    let back = scene.page("/linked?customer=7&resultCd=0000&resultMsg=SUCCESS&referenceNo=bind-1");
    assert_eq!(customer.url(), back);
    assert_eq!(customer.text("thanks"), "Thanks");
    customer.no_complaints();
    scene.sim.advance("2s");
    let user_token = scene.mailbox.only().field("userToken").to_owned();
    assert_eq!(user_token.len(), 36);
    // The token pays.
    let seamless = scene.register(scene.order("seamless").seamless(&user_token));
    scene.sim.advance("1s");
    assert_eq!(scene.status(&seamless), "0");

    // Whoever gives up.
    customer.open(&scene.bind("bind-2", Some("/linked?customer=7")));
    customer.press_id("page-abandon");
    assert_eq!(customer.outcome(), "abandoned");
    assert_eq!(customer.return_to_shop(), "9030");
    customer.no_complaints();
}

#[test]
fn a_binding_without_a_way_back_ends_on_a_page_of_nicepays() {
    let scene = Scene::new();
    let customer = Customer::with("en-US", true);
    customer.open(&scene.bind("bind-1", None));
    customer.fill("login-pin", PIN);
    customer.press_id("login-submit");
    customer.enter_otp(OTP);
    customer.press_id("return");
    assert_eq!((customer.page().as_str(), customer.folder().as_str()), ("return", "nicepay"));
    assert_eq!(customer.attribute("result-status", "data-outcome"), "linked");
    customer.press_id("lang-switch");
    assert_eq!(customer.language(), "id");
    assert_eq!(customer.attribute("result-status", "data-outcome"), "linked");
    customer.no_complaints();
}

#[test]
fn a_customer_chooses_indodana_at_checkout_and_pays() {
    let scene = Scene::new();
    scene.open_the_site();
    for (reference_no, javascript) in [("with", true), ("without", false)] {
        let registered = scene.checkout(scene.order_of(reference_no, 1_000_000).without("mitraCd"));
        let customer = Customer::with("id-ID", javascript);
        customer.open(&registered.payment);
        assert_eq!((customer.page().as_str(), customer.folder().as_str()), ("payment", "nicepay"));
        customer.press_id("checkout-submit");
        assert_eq!(customer.error(), "Pilih salah satu penyedia cicilan.");
        customer.choose_lender("IDNA");
        assert_eq!((customer.page().as_str(), customer.folder().as_str()), ("signin", "indodana"));
        customer.sign_in(PHONE, PIN);
        assert_eq!(customer.error(), "Nomor HP ini belum terdaftar.", "Kredivo's customer");
        customer.sign_in(INDODANA.0, INDODANA.1);
        assert_eq!(customer.attribute("otp-input", "maxlength"), "6");
        customer.enter_otp(INDODANA.2);
        let tenor = customer.wait(customer.driver().query(Customer::tenor(24)).first());
        customer.wait(tenor.click());
        customer.press_id("plan-submit");
        assert_eq!(customer.error(), "Centang kotak persetujuan ketentuan pinjaman terlebih dahulu.");
        customer.choose(24);
        customer.confirm("000000");
        assert_eq!(customer.error(), "PIN salah. Sisa 2 kali percobaan.");
        customer.open(&customer.url().replace("/v2/pin", "/v2/plan"));
        customer.choose(24);
        customer.confirm(INDODANA.1);
        assert_eq!(customer.outcome(), "approved");
        assert_eq!(customer.return_to_shop(), "0000", "by a redirect, not by a form");
        assert!(customer.url().contains("&mitraCd=IDNA&") && customer.url().ends_with("&instmntMon=24"));
        assert_eq!(scene.status(&registered), "0");
        customer.no_complaints();
        // Whoever comes again is sent back at once.
        customer.open(&registered.payment);
        assert_eq!(customer.result_cd(), "9126");
        assert_eq!(scene.sim.events(&format!("transaction.approved&tXid={}", registered.answer.t_xid())).len(), 1);
    }
}

#[test]
fn whoever_chooses_again_or_leaves_checkout_gets_where_they_want() {
    let scene = Scene::new();
    scene.open_the_site();
    let customer = Customer::with("en-US", true);
    let registered = scene.checkout(scene.order("again").without("mitraCd"));
    customer.open(&registered.payment);
    customer.choose_lender("KDVI");
    customer.sign_in(PHONE, PIN);
    assert_eq!((customer.page().as_str(), customer.folder().as_str()), ("plan", "kredivo"));
    customer.open(&registered.payment);
    customer.choose_lender("AKLP");
    assert_eq!((customer.page().as_str(), customer.folder().as_str()), ("signin", "akulaku"));
    customer.back();
    assert_eq!(customer.folder(), "nicepay");
    customer.press_id("page-abandon");
    assert_eq!(customer.notice(), "left");
    // A link, as no form may lead to another site.
    assert_eq!(customer.return_to_shop(), "9030");
    assert_eq!(customer.text("thanks"), "Thanks");
    customer.no_complaints();
    customer.open(&registered.payment);
    customer.choose_lender("AKLP");
    customer.pay_as(AKULAKU, 3);
    assert_eq!(customer.outcome(), "approved");
    assert_eq!(customer.return_to_shop(), "0000");
    customer.no_complaints();

    // The time may be up while the page is open.
    for (reference_no, button) in [("late-1", "checkout-submit"), ("late-2", "page-abandon")] {
        let late = scene.checkout(scene.order(reference_no).without("mitraCd"));
        customer.open(&late.payment);
        scene.sim.advance("24h");
        customer.press_id(button);
        assert_eq!(customer.notice(), "over");
        assert_eq!(customer.return_to_shop(), "9129");
    }
}

#[test]
fn indodana_posts_the_browser_back_with_and_without_javascript() {
    for javascript in [true, false] {
        let scene = Scene::new();
        scene.open_the_site();
        let customer = Customer::with("en-US", javascript);
        let order = scene.order_of("order \"1\" & <b>", 1_000_000).with("mitraCd", "IDNA").with("description", "a&b=c");
        let registered = scene.register(order);
        customer.open(&registered.payment);
        assert_eq!((customer.page().as_str(), customer.folder().as_str()), ("signin", "indodana"));
        customer.pay_as(INDODANA, 6);
        assert_eq!(customer.outcome(), "approved");
        customer.press_id("return");
        if !javascript {
            assert_eq!((customer.page().as_str(), customer.folder().as_str()), ("return", "nicepay"));
            assert_eq!(customer.text("return"), "Return to the shop");
            assert!(scene.site.received().is_empty(), "nothing goes by itself");
            customer.press_id("return");
        }
        assert_eq!(customer.text("thanks"), "Thanks");
        assert_eq!(customer.url(), scene.page("/thanks?order_id=1"));
        let (line, fields) = scene.posted();
        assert_eq!(line, "POST /thanks?order_id=1 HTTP/1.1");
        let t_xid = registered.answer.t_xid();
        let expected = [
            ("resultCd", "0000"),
            ("resultMsg", "SUCCESS"),
            ("tXid", &t_xid),
            ("referenceNo", "order \"1\" & <b>"),
            ("payMethod", "06"),
            ("amt", "1000000"),
            ("transDt", "20260101"),
            ("transTm", "000000"),
            ("description", "a&b=c"),
            ("mitraCd", "IDNA"),
            ("currency", "IDR"),
            ("goodsNm", "Test Transaction Nicepay"),
            ("billingNm", "Customer Name"),
            ("instmntMon", "6"),
            ("instmntType", "2"),
        ];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        customer.no_complaints();
        // The way back leads past the form, or stays at it, but never throws anybody forward again.
        customer.back();
        assert_ne!(customer.page(), "thanks");
        assert_eq!(scene.posted().1.len(), 15, "posted once");
        assert_eq!(scene.status(&registered), "0");
    }
}

/// Browsers do not send a `SameSite=Lax` cookie with a POST from another site. Two ports of one host are one site; so a
/// shop that loses its session live keeps it there, and loses it here too when the two have different host names.
#[test]
fn a_lax_cookie_is_lost_on_the_way_back_when_the_host_names_differ() {
    for (host, arrives) in [("localhost", false), ("127.0.0.1", true)] {
        let scene = Scene::new();
        scene.site.answer_with(|_| Answer {
            status: 200,
            headers: vec![
                "Content-Type: text/html".to_owned(),
                "Set-Cookie: basket=7; Path=/; SameSite=Lax".to_owned(),
            ],
            body: "<!doctype html><link rel=icon href=data:,><h1 data-testid=thanks>Thanks</h1>".to_owned(),
        });
        let customer = Customer::with("en-US", true);
        let shop = scene.site.url().replace("/notify", "/shop");
        assert!(shop.starts_with("http://127.0.0.1:"), "{shop}");
        customer.open(&shop);
        let order = scene.order_of("cookie", 1_000_000).with("mitraCd", "IDNA");
        let answer = scene.shop.register(&order);
        let payment = scene.shop.payment_url(&order, &answer, &shop);
        customer.open(&payment.replacen("127.0.0.1", host, 1));
        assert!(customer.url().starts_with(&format!("http://{host}:")), "{}", customer.url());
        customer.pay_as(INDODANA, 6);
        customer.press_id("return");
        assert_eq!(customer.text("thanks"), "Thanks");
        let received = scene.site.received();
        let post = received.iter().find(|request| request.head.starts_with("POST ")).unwrap();
        assert_eq!(post.head.contains("basket=7"), arrives, "{host}: {}", post.head);
    }
}

/// What other people's tests rely on, on NICEPAY's own pages. Given where else a form may lead.
const GATEWAY_CONTRACT: &str = r#"
const [shop] = arguments;
const problems = [];
const check = (ok, problem) => ok || problems.push(problem);
const fields = [...document.querySelectorAll("input, select, textarea")];
for (const el of fields) check(el.closest("form"), `${el.name} is in no form`);
for (const el of document.querySelectorAll("button")) check(!el.name, `the button ${el.textContent} has a name`);
for (const form of document.forms) {
  const { origin } = new URL(form.action);
  check(form.method === "post" && (origin === location.origin || origin === shop), `a form that is not a post: ${form.outerHTML}`);
}
for (const el of document.querySelectorAll("[src], link[href], a[href]")) {
  const url = new URL(el.src || el.href);
  check(url.origin === location.origin, `${url} is elsewhere`);
}
const [first] = document.forms;
return { problems, main: first?.dataset.testid ?? null, fields: fields.map((el) => el.name) };
"#;

/// Everything that must be true of a page of NICEPAY's.
#[track_caller]
fn inspect_gateway(
    customer: &Customer,
    language: &str,
    shop: &str,
    main_form: Option<&str>,
    fields: &[&str],
    ids: &[&str],
) {
    let page = customer.url();
    assert_eq!(
        customer.run(GATEWAY_CONTRACT, vec![shop.into()]),
        json!({ "problems": [], "main": main_form, "fields": fields }),
        "contract of {page}"
    );
    for test_id in ["simulator-mark"].iter().chain(ids) {
        assert!(customer.shows(test_id), "{test_id} is missing on {page}");
    }
    audit(customer, language);
}

const CHOOSE: [&str; 5] = ["lang-switch", "checkout-form", "checkout-option", "checkout-submit", "page-abandon"];

/// Sees every page of NICEPAY's in one language.
fn every_page_of_nicepays_in(language: &str) {
    let scene = Scene::new();
    scene.open_the_site();
    let customer = Customer::with(language, true);
    let shop = scene.page("");
    let see = |main_form: Option<&str>, fields: &[&str], ids: &[&str]| {
        inspect_gateway(&customer, language, &shop, main_form, fields, ids);
    };
    let all = ["tXid", "mitraCd", "mitraCd", "mitraCd", "tXid"];
    let long = scene.order_of(&"R".repeat(40), 999_999_999_999).with("goodsNm", "W".repeat(100));
    for order in [scene.order("plain"), long] {
        let registered = scene.checkout(order.without("mitraCd"));
        customer.open(&registered.payment);
        see(Some("checkout-form"), &all, &CHOOSE);
        customer.press_id("checkout-submit");
        see(Some("checkout-form"), &all, &[&CHOOSE[..], &["page-error"]].concat());
    }
    customer.open(&scene.checkout(scene.order("one").with("mitraCd", "KDVI").tokenize("customer-7")).payment);
    see(Some("checkout-form"), &["tXid", "mitraCd", "tXid"], &CHOOSE);

    customer.press_id("page-abandon");
    assert_eq!(customer.notice(), "left");
    see(None, &[], &["notice", "return"]);
    let late = scene.checkout(scene.order("late").without("mitraCd"));
    customer.open(&late.payment);
    scene.sim.advance("24h");
    customer.press_id("page-abandon");
    assert_eq!(customer.notice(), "over");
    see(None, &[], &["notice", "return"]);

    let direct = scene.begin("direct").answer.t_xid();
    for (t_xid, word) in [(direct.as_str(), "not-checkout"), ("nobodys", "transaction-unknown")] {
        customer.open(&format!("{}/nicepay/redirect/v2/payment?tXid={t_xid}", scene.sim.url()));
        assert_eq!(customer.notice(), word);
        see(None, &[], &["lang-switch", "notice"]);
    }

    for (reference_no, word) in [("linked", "linked"), ("not-linked", "not-linked")] {
        customer.open(&scene.bind(reference_no, None));
        if word == "linked" {
            customer.fill("login-pin", PIN);
            customer.press_id("login-submit");
            customer.enter_otp(OTP);
        } else {
            customer.press_id("page-abandon");
        }
        customer.press_id("return");
        assert_eq!(customer.attribute("result-status", "data-outcome"), word);
        see(None, &[], &["lang-switch", "result-status"]);
    }

    // The form that sends itself, held back.
    customer.dev_tools("Network.enable", json!({}));
    customer.dev_tools("Network.setBlockedURLs", json!({ "urls": ["*/nicepay/assets/return.js"] }));
    let registered = scene.register(scene.order_of("back", 25_145).with("mitraCd", "IDNA"));
    customer.open(&registered.payment);
    customer.pay_as(INDODANA, 1);
    customer.press_id("return");
    let sent = [
        "resultCd",
        "resultMsg",
        "tXid",
        "referenceNo",
        "payMethod",
        "amt",
        "transDt",
        "transTm",
        "description",
        "mitraCd",
        "currency",
        "goodsNm",
        "billingNm",
        "instmntMon",
        "instmntType",
    ];
    // Chromium says that the script did not arrive, which is no complaint.
    customer.wait(customer.driver().browser_log());
    see(Some("return-form"), &sent, &["return-form", "return"]);
    assert!(!customer.shows("lang-switch"), "to show it again would be to come back twice");
}

#[test]
fn every_page_of_nicepays_can_be_used_by_everybody_in_indonesian() {
    every_page_of_nicepays_in("id");
}

#[test]
fn every_page_of_nicepays_can_be_used_by_everybody_in_english() {
    every_page_of_nicepays_in("en");
}

/// Sees the pages of the lenders beside Kredivo, and those of a binding, in one language.
fn every_other_page_in(language: &str) {
    let scene = Scene::new();
    let customer = Customer::with(language, true);
    let see = |main_form: Option<&str>, fields: &[&str], test_ids: &[&str]| {
        inspect(&customer, language, main_form, fields, test_ids);
    };
    let [one, agreed] = [["instmntMon"; 6].to_vec(), vec!["consent"]];
    let tenors = [one, agreed].concat();
    for (mitra_cd, account, tenors, looked_at) in
        [("AKLP", AKULAKU, &tenors[..4], "087700000003"), ("IDNA", INDODANA, &tenors[..], "083800000003")]
    {
        let registered = scene.register(scene.order_of(mitra_cd, 600_000).with("mitraCd", mitra_cd));
        customer.open(&registered.payment);
        see(Some("login-form"), &["phone", "pin"], &LOGIN);
        customer.sign_in(PHONE, PIN);
        see(Some("login-form"), &["phone", "pin"], &[&LOGIN[..], &["page-error"]].concat());
        customer.sign_in(account.0, account.1);
        let otp = || {
            see(Some("otp-form"), &["otp"], &OTP_PAGE);
            customer.enter_otp("000000");
            see(Some("otp-form"), &["otp"], &[&OTP_PAGE[..], &["page-error"]].concat());
            customer.enter_otp(account.2);
        };
        if mitra_cd == "IDNA" {
            otp();
            see(Some("plan-form"), tenors, &[&PLAN[..], &["plan-consent"]].concat());
            customer.press_id("plan-submit");
            see(Some("plan-form"), tenors, &[&PLAN[..], &["page-error"]].concat());
            customer.choose(3);
            see(Some("pin-form"), &["pin"], &PIN_PAGE);
            customer.confirm("000000");
            see(Some("pin-form"), &["pin"], &[&PIN_PAGE[..], &["page-error"]].concat());
            customer.confirm(account.1);
        } else {
            see(Some("plan-form"), tenors, &PLAN);
            customer.choose(3);
            otp();
        }
        assert_eq!(customer.outcome(), "approved");
        see(None, &[], &RESULT);
        assert_eq!(scene.shop.cancel(&registered.answer, "1", "600000").result_cd(), "0000");
        let result = customer.url();
        customer.open(&result);
        assert_eq!(customer.outcome(), "refunded");
        see(None, &[], &RESULT);

        customer.open(&scene.register(scene.order(&format!("{mitra_cd}-review")).with("mitraCd", mitra_cd)).payment);
        customer.pay_as((looked_at, OUR_PIN, account.2), 1);
        assert_eq!(customer.outcome(), "under-review");
        see(None, &[], &RESULT);
        let slug = if mitra_cd == "AKLP" { "akulaku" } else { "indodana" };
        customer.open(&format!("{}/{slug}/v2/signin?tk=nobodys", scene.sim.url()));
        assert_eq!(customer.notice(), "link-unknown");
        see(None, &[], &["notice"]);
    }

    let link = scene.bind("bound", Some("/linked"));
    customer.open(&link);
    see(Some("login-form"), &["phone", "pin"], &LOGIN);
    customer.fill("login-pin", "000000");
    customer.press_id("login-submit");
    see(Some("login-form"), &["phone", "pin"], &[&LOGIN[..], &["page-error"]].concat());
    customer.fill("login-pin", PIN);
    customer.press_id("login-submit");
    see(Some("otp-form"), &["otp"], &OTP_PAGE);
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "linked");
    see(None, &[], &RESULT);
    let refusing = Scene::of(Simulator::builder().scenario("binding-rejected").start());
    customer.open(&refusing.bind("refused", Some("/linked")));
    customer.sign_in(PHONE, PIN);
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "not-linked");
    see(None, &[], &[&RESULT[..], &["page-error"]].concat());
    customer.open(&scene.bind("given-up", Some("/linked")));
    customer.press_id("page-abandon");
    assert_eq!(customer.outcome(), "abandoned");
    see(None, &[], &RESULT);
    let late = scene.bind("late", Some("/linked"));
    scene.sim.advance("24h");
    customer.open(&late);
    assert_eq!(customer.notice(), "link-expired");
    see(None, &[], &["notice", "return"]);
}

#[test]
fn every_other_page_can_be_used_by_everybody_in_indonesian() {
    every_other_page_in("id");
}

#[test]
fn every_other_page_can_be_used_by_everybody_in_english() {
    every_other_page_in("en");
}
