//! Every demo option has its moment in the order's card, and no amber state is without an explanation.

use nicepay_sim::testing::Simulator;
use serde_json::json;
use thirtyfour::prelude::*;

use super::{Visit, for_everybody};
use crate::chromium::HEIGHT;

/// What the order waits for; what happens then is said, too.
#[track_caller]
fn awaits(visit: &Visit, what: &'static str, then: &'static str) {
    visit.reads("awaits", what);
    visit.reads("awaits", then);
}

fn every_moment(language: &str, width: u32) {
    let visit = Visit::new(language, true);
    let customer = &visit.customer;
    let says = |en: &'static str, id: &'static str| if language.starts_with("en") { en } else { id };
    customer.at_width(width, HEIGHT);

    visit.buy_with("forged");
    visit.shows_state("rejected");
    awaits(&visit, says("A forged notification", "Notifikasi palsu"), says("Then:", "Lalu:"));
    for_everybody(customer, &language[..2]);
    customer.at_width(width, HEIGHT);
    visit.sim.advance("2s");
    visit.shows("[data-moment=forged]");
    let told = says(
        "A forged notification said that this was paid. We asked NICEPAY: it is not. Rp 425.000 were not shipped.",
        "Notifikasi palsu menyatakan pesanan ini lunas. Kami mengecek ke NICEPAY: belum lunas. Barang senilai \
         Rp 425.000 tidak dikirim.",
    );
    visit.reads("moment", told);
    visit.reads("wire-notification", says("somebody → shop", "seseorang → toko"));
    assert_eq!(customer.attribute("order", "data-state"), "rejected");
    visit.tick("wire-notification");
    for_everybody(customer, &language[..2]);
    customer.at_width(width, HEIGHT);

    visit.buy_with("duplicate");
    visit.sim.advance("2s");
    visit.shows_state("paid");
    awaits(&visit, says("once more", "sekali lagi"), says("Then:", "Lalu:"));
    visit.sim.advance("10s");
    visit.reads("moment", says("Three notifications, packed once", "Tiga notifikasi, dikemas satu kali"));
    for_everybody(customer, &language[..2]);
    customer.at_width(width, HEIGHT);

    visit.buy_with("late");
    visit.shows_state("early");
    visit.reads("due", says("22 s", "22 detik"));
    for_everybody(customer, &language[..2]);
    customer.at_width(width, HEIGHT);
    customer.press_id("deliver");
    visit.shows_state("paid");
    visit.reads("moment", says("The notification came late", "Notifikasinya terlambat"));

    visit.buy_with("review");
    visit.shows_state("under-review");
    visit.reads("due", says("30 s", "30 detik"));
    for_everybody(customer, &language[..2]);
    customer.at_width(width, HEIGHT);
    customer.press_id("approve");
    visit.sim.advance("2s");
    visit.shows_state("paid");
    visit.reads("moment", says("First reviewed, then approved", "Ditinjau dulu, lalu disetujui"));

    visit.buy_with("reject");
    visit.shows_state("rejected");
    visit.reads("moment", says("the risk was too high", "risikonya terlalu tinggi"));
    for_everybody(customer, &language[..2]);
}

#[test]
fn every_option_has_its_moment_on_a_phone_in_indonesian() {
    every_moment("id-ID", 390);
}

#[test]
fn every_option_has_its_moment_on_a_desk_in_english() {
    every_moment("en-US", 1280);
}

/// While the clock runs, the seconds run down by themselves.
#[test]
fn the_countdown_counts_and_two_people_may_press_deliver_now() {
    let visit = Visit::of(Simulator::builder().demo().clock("system"), "en-US", true);
    let customer = &visit.customer;
    visit.buy_with("late");
    visit.shows_state("early");
    customer.wait(customer.driver().query(By::Css("[data-countdown]")).first());
    let script = "const due = document.querySelector('[data-countdown]'); const before = due.dataset.countdown;
        const done = arguments[arguments.length - 1];
        new MutationObserver(() => {
            if (parseInt(due.textContent) < Number(before)) done(due.textContent);
        }).observe(due, { childList: true });";
    let text = customer.wait(async { Ok(customer.driver().execute_async(script, vec![]).await?.json().clone()) });
    assert!(text.as_str().unwrap().ends_with(" s"), "{text}");
    // Somebody on the dashboard is faster: the button then shows how it is.
    let sent = visit.sim.http().get(&["/__sim/api/notifications?tXid=", &visit.t_xid()].concat()).json();
    let path = format!("/__sim/api/notifications/{}/deliver", sent[0]["id"].as_str().unwrap());
    let t_xid = visit.t_xid();
    let html = customer.element("order");
    let pressed = customer.element("deliver");
    assert_eq!(visit.sim.http().post_json(&path, &json!({})).status, 202);
    customer.wait(async {
        // The page may have updated itself: then there is nothing to press any more.
        let _ = pressed.click().await;
        html.wait_until().stale().await
    });
    visit.shows_state("paid");
    assert_eq!(visit.t_xid(), t_xid);
    customer.no_complaints();
}

/// What is read aloud is not replaced while only the seconds differ.
#[test]
fn a_countdown_alone_does_not_replace_the_card() {
    let visit = Visit::of(Simulator::builder().demo().clock("system"), "en-US", true);
    let customer = &visit.customer;
    visit.buy_with("review");
    visit.shows_state("under-review");
    visit.shows("[data-look-again] [data-countdown]");
    // The page was loaded again at least three times meanwhile.
    let script = "const done = arguments[arguments.length - 1];
        const card = document.querySelector('[data-testid=order]'), due = card.querySelector('[data-countdown]');
        const { fetch } = window;
        let loads = 0;
        window.fetch = async (...request) => {
            const response = await fetch(...request);
            if (request[0] === location.href && ++loads === 4) done([card.isConnected, due.isConnected, due.textContent]);
            return response;
        };";
    let kept = customer.wait(async { Ok(customer.driver().execute_async(script, vec![]).await?.json().clone()) });
    assert_eq!((&kept[0], &kept[1]), (&json!(true), &json!(true)), "{kept}");
    let left: u64 = kept[2].as_str().unwrap().trim_end_matches(" s").parse().unwrap();
    assert!((20..29).contains(&left), "{kept}");
    // Another end is a difference.
    visit.sim.advance("10s");
    let script = "const [left, done] = arguments;
        const look = () => {
            const due = document.querySelector('[data-countdown]').textContent;
            if (parseInt(due) < left - 8) done(due);
            else requestAnimationFrame(look);
        };
        look();";
    let left = vec![json!(left)];
    customer.wait(async { Ok(customer.driver().execute_async(script, left).await?.json().clone()) });
    customer.press_id("approve");
    visit.shows_state("paid");
    customer.no_complaints();
}

#[test]
fn deliver_now_works_without_javascript() {
    let visit = Visit::new("en-US", false);
    visit.buy_with("late");
    visit.shows_state("early");
    visit.customer.press_id("deliver");
    // No script looks again: the answer to the button already shows the result.
    assert_eq!(visit.customer.attribute("order", "data-state"), "paid");
}
