//! The demo shop over sockets: a merchant that is told everything that a merchant can be told, true and false.

mod hostile;
mod options;
mod reset;
mod story;

use nicepay_sim::testing::{Buyer, Login, Reply, Shop, Simulator};
use scraper::{Html, Selector};

const KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
const NOTIFICATION: &str = "/demo/nicepay/notification";

/// A customer of the shop, and somebody who has the shop's key.
struct Scene {
    sim: Simulator,
    customer: Buyer,
    merchant: Shop,
}

/// An order's page.
struct Page {
    body: String,
    state: String,
    reference_no: String,
    t_xid: String,
}

fn attributes(body: &str, test_id: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(&format!("[data-testid='{test_id}']")).unwrap();
    let page = Html::parse_document(body);
    page.select(&selector).filter_map(|it| it.attr(name)).map(str::to_owned).collect()
}

fn texts(body: &str, test_id: &str) -> Vec<String> {
    let selector = Selector::parse(&format!("[data-testid='{test_id}']")).unwrap();
    let page = Html::parse_document(body);
    page.select(&selector).map(|it| it.text().collect::<String>().trim().to_owned()).collect()
}

/// What the shop concluded from its exchanges of one kind, oldest first.
fn findings(body: &str, kind: &str) -> Vec<Vec<String>> {
    let entry = Selector::parse(&format!("[data-testid='wire-{kind}']")).unwrap();
    let finding = Selector::parse("[data-testid=verdict]").unwrap();
    let page = Html::parse_document(body);
    let of = |it: scraper::ElementRef<'_>| it.select(&finding).map(|it| it.text().collect::<String>()).collect();
    let mut all: Vec<Vec<String>> = page.select(&entry).map(of).collect();
    all.reverse();
    all
}

impl Scene {
    fn new() -> Self {
        Self::of(Simulator::builder().demo().start())
    }

    fn of(sim: Simulator) -> Self {
        let merchant = sim.new_shop("TOKODEMO01", KEY);
        let mut customer = sim.buyer();
        // Verdicts are read in English.
        assert_eq!(customer.get("/demo/?lang=en").status, 200);
        Self { sim, customer, merchant }
    }

    /// Buys, and answers with where that leads.
    fn buy(&mut self, fields: &[(&str, &str)]) -> String {
        let bought = self.customer.post("/demo/orders", fields);
        assert_eq!(bought.status, 303, "{}", bought.body);
        bought.location().to_owned()
    }

    /// Pays at Kredivo, and lets the browser come back.
    fn pay(&mut self, payment: &str) -> Page {
        let callback = self.customer.pay_as(payment, Login { months: "12", ..Login::default() });
        let back = self.customer.get(&callback);
        assert_eq!(back.status, 303, "{}", back.body);
        self.page(back.location())
    }

    fn page(&mut self, address: &str) -> Page {
        let reply = self.customer.get(address);
        assert_eq!(reply.status, 200, "{address}: {}", reply.body);
        assert!(!reply.body.contains(KEY), "the key is on the page");
        let one = |name: &str| attributes(&reply.body, "order", name).pop().unwrap_or_default();
        let (state, reference_no, t_xid) = (one("data-state"), one("data-reference"), one("data-txid"));
        Page { body: reply.body, state, reference_no, t_xid }
    }

    fn again(&mut self, page: &Page) -> Page {
        self.page(&["/demo/orders/", &page.reference_no].concat())
    }

    /// The order that was made last, from the account's page.
    fn newest(&mut self) -> Page {
        let account = self.page("/demo/account");
        let address = attributes(&account.body, "order-link", "href").remove(0);
        self.page(&address)
    }

    fn linked(&mut self) -> bool {
        attributes(&self.page("/demo/account").body, "kredivo", "data-linked") == ["true"]
    }

    fn steps(&mut self) -> Vec<String> {
        let body = self.page("/demo/").body;
        ["buy-and-link", "one-click", "unlink", "link"]
            .iter()
            .flat_map(|step| attributes(&body, &["step-", step].concat(), "data-done"))
            .collect()
    }

    /// Links the account by buying something.
    fn link_by_buying(&mut self) -> Page {
        let payment = self.buy(&[("product", "set-seduh"), ("link", "1")]);
        let page = self.pay(&payment);
        self.sim.advance("2s");
        assert!(self.linked());
        self.again(&page)
    }

    /// Posts a notification with the token that fits it, or another one.
    fn forge(&self, t_xid: &str, amt: &str, fields: &[(&str, &str)]) -> Reply {
        let token = self.merchant.sign(&["TOKODEMO01", t_xid, amt]);
        let mut all = vec![("tXid", t_xid), ("amt", amt), ("merchantToken", token.as_str())];
        for field in fields {
            all.retain(|(name, _)| *name != field.0);
            all.push(*field);
        }
        self.sim.http().post_form(NOTIFICATION, &all, &[])
    }
}

/// The integration report on the demo shop has no failed check.
#[track_caller]
fn no_check_fails(sim: &Simulator) {
    let report = sim.http().get("/__sim/api/report?iMid=TOKODEMO01").json();
    let failed: Vec<_> = report["checks"].as_array().unwrap().iter().filter(|check| check["state"] == "fail").collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(report["summary"]["pass"].as_u64() > Some(5), "{:#}", report["summary"]);
}

fn notice(reply: &Reply) -> String {
    attributes(&reply.body, "notice", "data-notice").pop().unwrap_or_default()
}
