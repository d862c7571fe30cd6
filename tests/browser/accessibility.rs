//! Every HTML page under axe-core, in a real Chromium: on a phone and on a computer, in the light and in the dark.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use nicepay_sim::testing::Simulator;
use serde_json::json;

use crate::chromium::{AKULAKU, AXE, Account, Customer, HEIGHT, INDODANA, OTP, OUR_PIN, PHONE, PIN, WIDTH};
use crate::common::scene::{Registered, Scene};

/// A computer's screen.
const WIDE: (u32, u32) = (1280, 900);

/// Holds the page that is shown under the checker in the ways that it can look. A computer's screen in the light is left
/// out, as it has nothing of its own: its layout is that of the dark, its colours are those of the phone.
#[track_caller]
fn everywhere(customer: &Customer) {
    customer.no_foreign_requests();
    for ((width, height), dark) in [(WIDE, true), ((WIDTH, HEIGHT), true), ((WIDTH, HEIGHT), false)] {
        customer.at_width(width, height);
        customer.in_the_dark(dark);
        customer.accessible();
    }
}

#[test]
fn the_checker_is_the_one_that_its_readme_names() {
    let sum = Sha256::digest(AXE.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let readme = include_str!("../vendor/README.md");
    assert!(readme.contains(&sum), "tests/vendor/axe.min.js has the sum {sum}");
    let version = AXE.split_whitespace().nth(2).unwrap().trim_start_matches('v');
    assert!(readme.contains(&format!("| {version} |")), "it is version {version}");
}

#[test]
fn the_index_page_is_accessible() {
    let scene = Scene::new();
    scene.begin("index");
    let customer = Customer::with("en-US", true);
    customer.open(scene.sim.url());
    everywhere(&customer);

    // The checker is awake: it sees what is wrong.
    customer.run("document.querySelector('main').append(document.createElement('img'))", vec![]);
    let found = customer.violations();
    assert!(found.iter().any(|line| line.starts_with("image-alt ")), "{found:?}");
}

const KREDIVO: Account = (PHONE, PIN, OTP);

/// Opens a payment in a language.
#[track_caller]
fn open(customer: &Customer, url: &str, language: &str) {
    customer.open(url);
    if customer.language() != language {
        customer.press_id("lang-switch");
    }
    assert_eq!(customer.language(), language);
}

/// Every step at a lender, with its mistakes, to a payment that is approved.
fn every_step_at(scene: &Scene, customer: &Customer, mitra_cd: &str, account: Account, language: &str) -> Registered {
    let order = scene.order_of(&[mitra_cd, language].concat(), 600_000).with("mitraCd", mitra_cd);
    let registered = scene.register(order);
    open(customer, &registered.payment, language);
    everywhere(customer);
    customer.sign_in(account.0, "000000");
    customer.error();
    everywhere(customer);
    customer.sign_in(account.0, account.1);
    assert_eq!(customer.page(), "plan");
    everywhere(customer);
    customer.choose(3);
    assert_eq!(customer.page(), "otp");
    everywhere(customer);
    customer.enter_otp("0000");
    customer.error();
    everywhere(customer);
    customer.enter_otp(account.2);
    assert_eq!(customer.outcome(), "approved");
    everywhere(customer);
    registered
}

#[test]
fn every_page_of_the_lenders_is_accessible() {
    let scene = Scene::new();
    let customer = Customer::new();
    every_step_at(&scene, &customer, "AKLP", AKULAKU, "id");
    every_step_at(&scene, &customer, "IDNA", INDODANA, "en");
    let paid = every_step_at(&scene, &customer, "KDVI", KREDIVO, "id");
    let at = customer.url();
    assert_eq!(scene.shop.cancel(&paid.answer, "1", "600000").result_cd(), "0000");
    customer.open(&at);
    assert_eq!(customer.outcome(), "refunded");
    everywhere(&customer);
    customer.open(&at.replace("/result?", "/signin?"));
    assert_eq!(customer.notice(), "already-paid");
    everywhere(&customer);

    // A limit that is too small, and no tenor chosen.
    customer.open(&scene.register(scene.order_of("large", 5_000_000)).payment);
    customer.sign_in(PHONE, PIN);
    customer.run("for (const o of document.querySelectorAll('[data-testid=plan-option]')) o.checked = false", vec![]);
    customer.press_id("plan-submit");
    customer.error();
    everywhere(&customer);

    for (phone, outcome) in [("089900000003", "under-review"), ("089900000004", "declined")] {
        customer.open(&scene.begin(outcome).payment);
        customer.sign_in(phone, OUR_PIN);
        customer.press_id("plan-submit");
        customer.enter_otp(OTP);
        assert_eq!(customer.outcome(), outcome);
        everywhere(&customer);
    }
    customer.open(&scene.begin("given-up").payment);
    customer.press_id("page-abandon");
    assert_eq!(customer.outcome(), "abandoned");
    everywhere(&customer);

    let link = scene.bind("bound", Some("/linked"));
    customer.open(&link);
    everywhere(&customer);
    customer.fill("login-pin", PIN);
    customer.press_id("login-submit");
    everywhere(&customer);
    customer.enter_otp(OTP);
    assert_eq!(customer.outcome(), "linked");
    everywhere(&customer);

    // The notices.
    let ended = scene.begin("ended");
    customer.open(&ended.payment);
    let late = customer.url();
    customer.sign_in(PHONE, PIN);
    customer.wait(customer.driver().delete_all_cookies());
    customer.press_id("plan-submit");
    assert_eq!(customer.notice(), "session-ended");
    everywhere(&customer);
    customer.open(&scene.begin("locked").payment);
    for _ in 0..3 {
        customer.sign_in("089900000007", "000000");
    }
    customer.error();
    everywhere(&customer);
    customer.open(&format!("{}/kredivo/v2/signin?tk=nobodys", scene.sim.url()));
    assert_eq!(customer.notice(), "link-unknown");
    everywhere(&customer);
    scene.sim.advance("24h");
    customer.open(&late);
    assert_eq!(customer.notice(), "link-expired");
    everywhere(&customer);

    // Time that runs has a countdown.
    let running = Scene::of(Simulator::builder().clock("system").start());
    customer.open(&running.begin("running").payment);
    customer.sign_in(PHONE, PIN);
    customer.choose(3);
    assert!(customer.shows("otp-countdown"));
    everywhere(&customer);
}

#[test]
fn every_page_of_nicepays_is_accessible() {
    let scene = Scene::new();
    scene.open_the_site();
    let customer = Customer::with("en-US", true);
    customer.open(&scene.checkout(scene.order("choose").without("mitraCd")).payment);
    everywhere(&customer);
    customer
        .run("for (const o of document.querySelectorAll('[data-testid=checkout-option]')) o.checked = false", vec![]);
    customer.press_id("checkout-submit");
    customer.error();
    everywhere(&customer);
    customer.press_id("page-abandon");
    assert_eq!(customer.notice(), "left");
    everywhere(&customer);

    let direct = scene.begin("direct").answer.t_xid();
    for (t_xid, word) in [(direct.as_str(), "not-checkout"), ("nobodys", "transaction-unknown")] {
        customer.open(&format!("{}/nicepay/redirect/v2/payment?tXid={t_xid}", scene.sim.url()));
        assert_eq!(customer.notice(), word);
        everywhere(&customer);
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
        everywhere(&customer);
    }
    let late = scene.checkout(scene.order("late").without("mitraCd"));
    customer.open(&late.payment);
    scene.sim.advance("24h");
    customer.press_id("page-abandon");
    assert_eq!(customer.notice(), "over");
    everywhere(&customer);

    // The form that sends itself, held back by a script that does not arrive. Chromium says so: that is no complaint.
    customer.dev_tools("Network.enable", json!({}));
    customer.dev_tools("Network.setBlockedURLs", json!({ "urls": ["*/nicepay/assets/return.js"] }));
    customer.open(&scene.register(scene.order("back").with("mitraCd", "IDNA")).payment);
    customer.pay_as(INDODANA, 1);
    customer.press_id("return");
    assert!(customer.shows("return-form"));
    customer.wait(customer.driver().browser_log());
    everywhere(&customer);
}
