//! A reset, or the removal of a merchant, while forms are open: whatever is pressed then is done or refused in words.

use nicepay_sim::testing::Simulator;
use serde_json::json;

use super::{API, Filled, KEY, NOBODY, Page};

/// Every form of these pages with each of its buttons.
fn forms(sim: &Simulator, pages: &[String]) -> Vec<Filled> {
    let pages = pages.iter().map(|page| Page::open(sim, page));
    pages
        .flat_map(|page| page.all("form[method=post] button").into_iter().map(Filled::by).collect::<Vec<_>>())
        .collect()
}

/// Sends every form, and asserts that each answer is a page.
#[track_caller]
fn press_all(sim: &Simulator, forms: &[Filled]) -> usize {
    let mut refused = 0;
    for form in forms {
        let reply = form.send(sim);
        let is_done = reply.status == 303;
        assert!(is_done || (400..500).contains(&reply.status), "{}: {} {}", form.action, reply.status, reply.body);
        if !is_done {
            let page = Page::of(sim, &form.action, &reply);
            assert!(page.says("problem-detail").len() > 5, "{}", form.action);
            refused += 1;
        }
    }
    refused
}

/// A simulator with something to press on each page.
fn busy() -> (Simulator, Vec<String>) {
    let sim = Simulator::start();
    sim.new_shop("MYSHOP0001", KEY);
    let shop = sim.new_shop("MYSHOP0001", KEY);
    let register = |reference_no: &str| shop.register(&shop.order(reference_no, 25_145).notify(NOBODY)).t_xid();
    let (open, paid, reviewed) = (register("open"), register("paid"), register("reviewed"));
    for (t_xid, act) in [(&paid, "approve"), (&reviewed, "review")] {
        super::buyer(&sim, t_xid, &json!({ "do": act }));
    }
    sim.advance("2s");
    sim.rule(&json!({ "id": "mine", "times": 1, "then": { "outcome": "reject" } }));
    let token = json!({ "iMid": "MYSHOP0001", "clientUserKey": "somebody" });
    assert_eq!(sim.http().post_json(&format!("{API}/tokens"), &token).status, 201);
    let attempt = sim.events("notification.attempted").swap_remove(0);
    let mut pages: Vec<_> = ["", "rules", "rules?edit=mine", "tokens", "shoppers", "merchants", "inbox", "report"]
        .iter()
        .map(|page| format!("/__sim/{page}"))
        .collect();
    pages.extend([&open, &paid, &reviewed].map(|t_xid| format!("/__sim/transactions/{t_xid}")));
    pages.push(format!("/__sim/transactions/{}?event={}", attempt["tXid"].as_str().unwrap(), attempt["id"]));
    (sim, pages)
}

#[test]
fn a_reset_in_the_middle_of_every_form_is_told_in_words() {
    let (sim, pages) = busy();
    let forms = forms(&sim, &pages);
    assert!(forms.len() > 60, "{}", forms.len());
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    assert!(press_all(&sim, &forms) > 15);
}

#[test]
fn a_merchant_that_is_removed_in_the_middle_of_every_form_is_told_in_words() {
    let (sim, pages) = busy();
    let forms = forms(&sim, &pages);
    assert_eq!(sim.http().send("DELETE", &format!("{API}/merchants/MYSHOP0001"), &[], "").status, 204);
    assert!(press_all(&sim, &forms) > 15);
}
