//! HTML pages under axe-core, in a real Chromium: on a phone and on a computer, in the light and in the dark.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use nicepay_sim::testing::Simulator;

use crate::chromium::{AXE, Customer, HEIGHT, PHONE, PIN, Rules, WIDTH};
use crate::common::scene::Scene;

/// A computer's screen.
const WIDE: (u32, u32) = (1280, 900);

/// Checks the page that is shown: on a computer in dark colours, on a phone in light colours, and the contrast on a phone
/// in dark colours. A computer in light colours has nothing of its own.
#[track_caller]
pub(crate) fn everywhere(customer: &Customer) {
    customer.no_foreign_requests();
    for ((width, height), dark, rules) in
        [(WIDE, true, Rules::All), ((WIDTH, HEIGHT), false, Rules::All), ((WIDTH, HEIGHT), true, Rules::Contrast)]
    {
        customer.at_width(width, height);
        customer.in_the_dark(dark);
        customer.accessible(rules);
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
    let found = customer.violations(Rules::All);
    assert!(found.iter().any(|line| line.starts_with("image-alt ")), "{found:?}");
}

/// Time that runs has a countdown.
#[test]
fn a_page_with_a_countdown_is_accessible() {
    let running = Scene::of(Simulator::builder().clock("system").start());
    let customer = Customer::new();
    customer.open(&running.begin("running").payment);
    customer.sign_in(PHONE, PIN);
    customer.choose(3);
    assert!(customer.shows("otp-countdown"));
    everywhere(&customer);
}
