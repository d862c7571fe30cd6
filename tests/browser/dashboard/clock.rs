//! The clock in the header, in a real Chromium: the jump to what is next, what it has caused, and how it closes.

use nicepay_sim::testing::Simulator;
use serde_json::json;
use thirtyfour::prelude::*;

use super::{API, LIVE, call, click, developer, get, go, page_of, press_done, says_done, sees, sees_no, until, usable};
use crate::chromium::Customer;
use crate::common::scene::Scene;

const ADVANCED: &str = "The clock is advanced. Everything that was due is done.";
const OPEN: &str = "document.getElementById('clock').open";

#[test]
fn one_jumps_to_what_is_next_and_sees_what_it_has_caused() {
    let scene = Scene::new();
    let customer = developer(&scene.sim, "log");
    click(&customer, "[data-testid=clock]");
    assert!(customer.text("next-due").contains("Nothing is scheduled."));
    let order = scene.begin("order-7");
    call(&scene.sim, &order, "buyer", &json!({}));
    // The page hears of it by itself.
    until(&customer, "document.querySelector('[data-testid=jump]')?.textContent.includes('notification of order-7')");
    assert!(customer.text("jump").contains("(in 2 s)"), "{}", customer.text("jump"));
    usable(&customer);
    press_done(&customer, "jump", ADVANCED);
    assert_eq!(customer.text("jumped"), "order-7: notification delivered (200)");
    assert_eq!(scene.mailbox.received().len(), 1);
    sees_no(&customer, "[data-testid=jump]");
    for number in 0..12 {
        scene.begin(&format!("late-{number}"));
    }
    until(&customer, "document.querySelector('[data-testid=jump]')?.textContent.includes('expiry of late-0')");
    press_done(&customer, "advance-24h", ADVANCED);
    assert!(customer.text("jumped").starts_with("late-0: expired"), "{}", customer.text("jumped"));
    assert!(customer.text("jumped-more").contains("and 2 more"));
    usable(&customer);
    click(&customer, "[data-testid=jumped-more]");
    sees(&customer, "[data-testid=event]");
    assert!(customer.url().contains("before="));
}

#[test]
fn of_two_people_who_jump_one_is_told_that_it_is_done() {
    let scene = Scene::new();
    let [first, second] = ["one", "two"].map(|name| {
        let order = scene.begin(name);
        call(&scene.sim, &order, "buyer", &json!({}));
        order
    });
    let customer = Customer::with("en-US", false);
    customer.open(&format!("{}/__sim/{}", scene.sim.url(), page_of(&first)));
    click(&customer, "[data-testid=clock]");
    // Somebody else was faster.
    let jumped = scene.sim.http().post_json(&format!("{API}/clock/advance"), &json!({ "to": "next" }));
    assert_eq!(jumped.status, 200, "{}", jumped.body);
    customer.press_id("jump");
    assert!(customer.text("problem-detail").contains("nothing is due"), "{}", customer.text("problem-detail"));
    customer.open(&format!("{}/__sim/{}", scene.sim.url(), page_of(&second)));
    assert!(!customer.shows("jump"));
}

#[test]
fn escape_closes_the_clock_and_a_click_beside_it_opens_nothing() {
    let scene = Scene::new();
    let order = scene.begin("order-1");
    let customer = developer(&scene.sim, "");
    customer.at_width(1280, 900);
    let before = customer.url();
    click(&customer, "[data-testid=clock]");
    customer.fill("advance-by", "2h");
    customer.type_keys(Key::Escape + "");
    until(&customer, &format!("!{OPEN}"));
    assert_eq!(get(&customer, "document.activeElement.dataset.testid"), "clock", "the focus stays there");
    customer.type_keys(Key::Enter + "");
    until(&customer, OPEN);
    assert_eq!(customer.value("advance-by"), "2h", "what was typed stays");
    // A click on a row beside the clock only closes it.
    let row = format!("[data-key='{}'] a", order.answer.t_xid());
    let row = sees(&customer, &row);
    customer.wait(row.click());
    until(&customer, &format!("!{OPEN}"));
    assert_eq!(customer.url(), before);
    // The next one opens the row.
    customer.wait(row.click());
    sees(&customer, "[data-testid=arrow]");

    // A right click beside it leaves it open, and a press that becomes a drag closes it: no click of theirs comes, and
    // the next one is none of theirs.
    go(&customer, &scene.sim, "");
    for is_right in [true, false] {
        click(&customer, "[data-testid=clock]");
        let (row, heading) = (sees(&customer, "[data-testid=open-row]"), sees(&customer, "h1"));
        customer.wait(async {
            let actions = customer.driver().action_chain();
            if is_right {
                actions.context_click_element(&row).perform().await
            } else {
                actions.drag_and_drop_element(&row, &heading).perform().await
            }
        });
        until(&customer, &format!("{OPEN} === {is_right}"));
        customer.run("document.querySelector('[data-testid=open-row]').focus()", vec![]);
        customer.wait(customer.driver().action_chain().send_keys(Key::Enter).perform());
        sees(&customer, "[data-testid=arrow]");
        customer.back();
        sees(&customer, LIVE);
    }
    go(&customer, &scene.sim, &page_of(&order));

    // A click in the clock leaves it open; a click on its own button closes it.
    click(&customer, "[data-testid=clock]");
    click(&customer, "[data-testid=advance-by]");
    assert_eq!(get(&customer, OPEN), true);
    click(&customer, "[data-testid=clock]");
    assert_eq!(get(&customer, OPEN), false);
    // Closed, it is in nobody's way.
    click(&customer, "[data-testid=arrow] a");
    sees(&customer, "[data-testid=request-line]");
    customer.no_foreign_requests();
}

#[test]
fn the_clock_says_how_far_ahead_it_is() {
    let scene = Scene::of(Simulator::builder().clock("system").start());
    let customer = developer(&scene.sim, "");
    assert!(!customer.shows("clock-ahead"));
    click(&customer, "[data-testid=clock]");
    assert!(customer.text("clock-difference").contains("same time"));
    customer.fill("advance-by", "2h 30m");
    click(&customer, "[data-testid=advance]");
    says_done(&customer, ADVANCED);
    sees(&customer, "[data-testid=clock-ahead]");
    assert_eq!(customer.text("clock-ahead"), "+2 h 30 min");
    assert!(customer.text("clock-difference").starts_with("2 h 30 min ahead"));
    // What is due is counted down while the clock runs.
    scene.begin("order-1");
    let told = "document.querySelector('#next-due time[data-relative=due]')?.textContent";
    until(&customer, &format!("{told}?.startsWith('in 23 h 59 min')"));
    usable(&customer);
    go(&customer, &scene.sim, "rules");
    assert_eq!(customer.text("clock-ahead"), "+2 h 30 min");
}
