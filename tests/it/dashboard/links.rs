//! Links between what belongs together: they lead to it whatever its name is.

use nicepay_sim::testing::Simulator;
use serde_json::json;

use super::{API, Page, buyer, listed, register};

/// Names in which signs of HTML or of an address stand.
const CUSTOMERS: &[&str] =
    &["\"><script>", "100%", "a&b=c", "#top", "?q=x", "pelanggan ü 注文", "a+b c", "%23%26", "x*y"];
const RULES: &[&str] = &["\"><script>", "100%", "a&b=c", "#top", "?rule=x", "a+b;c", "%23%26", "a/../b"];

/// Where the links of a kind on a page lead, without repeats.
fn links(page: &Page, testid: &str) -> Vec<String> {
    let mut all: Vec<_> = page.tested(testid).iter().map(|link| link.attr("href").unwrap().to_owned()).collect();
    all.dedup();
    all
}

#[track_caller]
fn the_link(page: &Page, testid: &str) -> String {
    let all = links(page, testid);
    let [one] = all.as_slice() else { panic!("{}: {testid}: {all:?}", page.path) };
    one.clone()
}

#[test]
fn a_customer_leads_to_their_orders_and_a_token_to_its_payments() {
    let sim = Simulator::start();
    let shop = sim.shop();
    register(&sim, "somebody-else");
    for (number, customer) in CUSTOMERS.iter().enumerate() {
        let (made, used) = (format!("made-{number}"), format!("used-{number}"));
        let t_xid = shop.register(&shop.order(&made, 25_145).tokenize(customer)).t_xid();
        buyer(&sim, &t_xid, &json!({ "do": "pay" }));
        sim.advance("2s");
        let shown = sim.http().get(&format!("{API}/transactions/{t_xid}")).json();
        let token = shown["userToken"].as_str().unwrap();
        let order = shop.order(&used, 25_145).with("clientUserKey", *customer).seamless(token);
        let paid = shop.register(&order).t_xid();
        let page = Page::open(&sim, &format!("/__sim/transactions/{t_xid}"));
        for testid in ["customer-orders", "token-payments"] {
            let found = Page::open(&sim, &the_link(&page, testid));
            assert_eq!(listed(&found), [&*used, &made], "{customer}: {testid}");
            assert_eq!(
                found.tested("search")[0].attr("value"),
                Some(if testid == "token-payments" { token } else { customer })
            );
        }
        // The row, the tokens, and the fields of a message lead there, too.
        let row = Page::open(&sim, &format!("/__sim/?q={made}"));
        assert_eq!(the_link(&row, "row-customer"), the_link(&page, "customer-orders"));
        let tokens = Page::open(&sim, "/__sim/tokens");
        assert_eq!(links(&tokens, "token-orders")[0], the_link(&page, "customer-orders"));
        assert_eq!(links(&tokens, "token-payments")[0], the_link(&page, "token-payments"));
        let request = sim.events(&format!("exchange.recorded&tXid={paid}"))[0]["id"].to_string();
        let message = Page::open(&sim, &format!("/__sim/transactions/{paid}?event={request}"));
        assert!(links(&message, "field-search").contains(&the_link(&page, "token-payments")), "{customer}");
    }
    let phones = Page::open(&sim, "/__sim/shoppers");
    let phone = links(&phones, "shopper-payments").into_iter().find(|link| link.ends_with("=081291891818")).unwrap();
    assert_eq!(listed(&Page::open(&sim, &phone)).len(), 2 * CUSTOMERS.len());
}

#[test]
fn a_rule_leads_to_what_it_touched_and_from_there_to_the_rules() {
    let sim = Simulator::start();
    register(&sim, "untouched");
    for (number, id) in RULES.iter().enumerate() {
        let reference_no = format!("order-{number}");
        let when = json!({ "referenceNo": reference_no });
        sim.rule(&json!({ "id": id, "when": when, "then": { "outcome": "approve", "notify": { "variant": "changed-status" } } }));
        let t_xid = register(&sim, &reference_no);
        buyer(&sim, &t_xid, &json!({ "do": "pay" }));
        sim.advance("2s");
        let page = Page::open(&sim, &format!("/__sim/transactions/{t_xid}"));
        let touched = the_link(&page, "rule");
        for testid in ["rule-behind", "arrow-rule", "notification-rule"] {
            assert_eq!(the_link(&page, testid), touched, "{id}: {testid}");
        }
        let found = Page::open(&sim, &touched);
        assert_eq!(listed(&found), [reference_no], "{id}");
        assert!(found.says("rule-filter").contains(id), "{}", found.says("rule-filter"));
        assert_eq!(the_link(&found, "row-rule"), touched);
        assert_eq!(the_link(&found, "to-rules"), "/__sim/rules#added");
        let rules = Page::open(&sim, "/__sim/rules");
        assert!(links(&rules, "rule-touched").contains(&touched), "{id}");
        let log = Page::open(&sim, &format!("/__sim/log?referenceNo=order-{number}"));
        assert_eq!(links(&log, "event-rule"), [&*touched], "{id}");
        let attempt = sim.events(&format!("notification.attempted&tXid={t_xid}"))[0]["id"].to_string();
        let message = Page::open(&sim, &format!("/__sim/events/{attempt}"));
        assert_eq!(the_link(&message, "message-rule"), touched, "{id}");
    }
}

#[test]
fn what_came_leads_to_how_it_was_sent() {
    let sim = Simulator::start();
    let (shop, inbox) = (sim.shop(), format!("{}/__sim/inbox", sim.url()));
    let t_xid = shop.register(&shop.order("paid", 25_145).notify(&inbox)).t_xid();
    buyer(&sim, &t_xid, &json!({ "do": "pay" }));
    let mut binding = shop.binding("linked", "+62-81291891818");
    binding["dbProcessUrl"] = inbox.into();
    shop.bind(binding);
    let bound = sim.http().post_json(&format!("{API}/bindings/1/buyer"), &json!({ "do": "bind" }));
    assert_eq!(bound.status, 200, "{}", bound.body);
    sim.advance("2s");
    let page = Page::open(&sim, "/__sim/inbox");
    let mut led = links(&page, "inbox-notification");
    led.sort();
    assert_eq!(
        led,
        ["/__sim/bindings/1#notifications".to_owned(), format!("/__sim/transactions/{t_xid}#notifications")]
    );
    for page in ["/__sim/bindings/1".to_owned(), format!("/__sim/transactions/{t_xid}")] {
        let attempt = the_link(&Page::open(&sim, &page), "attempt-message");
        assert_eq!(Page::open(&sim, &attempt).says("answer-line"), "HTTP 200", "{attempt}");
    }
    let binding = Page::open(&sim, "/__sim/bindings/1");
    assert!(the_link(&binding, "token-payments").starts_with("/__sim/?q="));
    assert_eq!(the_link(&binding, "customer-orders"), "/__sim/?q=081291891818");
    // A refusal without a transaction leads to the requests with its number.
    shop.register(&shop.order("refused&more", 25_145).with("merchantToken", "0".repeat(64)));
    let log = Page::open(&sim, "/__sim/log?type=transaction.refused");
    let requests = Page::open(&sim, &links(&log, "event-order")[0]);
    assert_eq!(requests.tested("refusal").len(), 1, "{}", requests.path);
    let merchants = Page::open(&sim, "/__sim/merchants");
    for (testid, page) in
        [("merchant-transactions", "/__sim/"), ("merchant-report", "/__sim/report"), ("merchant-rules", "/__sim/rules")]
    {
        assert!(links(&merchants, testid).contains(&format!("{page}?iMid=PAYLOANTES")), "{testid}");
    }
}
