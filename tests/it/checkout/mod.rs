//! Checkout (`docs/PROTOCOL.md` §2.8): the customer chooses a lender on NICEPAY's own page, and goes on from there.

mod choice;
mod clients;
mod other_ways;
mod page;
mod registration;
mod tokens;

use nicepay_sim::testing::{Buyer, Login, Order, Reply, Shop, Simulator};
use scraper::{Html, Selector};
use serde_json::{Value, json};

const CALLBACK: &str = "http://shop.test/thanks?order_id=1";
const REGISTRATION: &str = "/nicepay/redirect/v2/registration";
const PAGE: &str = "/nicepay/redirect/v2/payment";
const LEAVE: &str = "/nicepay/redirect/v2/payment/cancel";
/// Every lender: its code, its folder, its name, and who can pay there.
const LENDERS: [(&str, &str, &str, Login<'_>); 3] = [
    ("KDVI", "kredivo", "Kredivo", Login { phone: "081291891818", pin: "414141", months: "1", otp: "4567" }),
    ("AKLP", "akulaku", "Akulaku", Login { phone: "087700000000", pin: "123456", months: "3", otp: "123456" }),
    ("IDNA", "indodana", "Indodana", Login { phone: "0838499610", pin: "123654", months: "1", otp: "999999" }),
];
/// What is the same in every failed callback.
const FAILED: &str = "&resultCd=9030&resultMsg=Transaction+Fail.+Please+check+information.";

/// A simulator and a shop that uses Checkout.
struct Till {
    sim: Simulator,
    shop: Shop,
}

impl Till {
    fn new() -> Self {
        Self::of(Simulator::start())
    }

    fn with(scenario: &str) -> Self {
        Self::of(Simulator::builder().scenario(scenario).start())
    }

    fn strict() -> Self {
        Self::of(Simulator::builder().profile("strict").start())
    }

    fn of(sim: Simulator) -> Self {
        let shop = sim.shop();
        Self { sim, shop }
    }

    /// An order that leaves everything to the customer.
    fn order(&self, reference_no: &str) -> Order {
        let order = self.shop.order(reference_no, 25_145).with("payMethod", "00").with("callBackUrl", CALLBACK);
        order.without("mitraCd").without("instmntType").without("instmntMon")
    }

    /// An order for one lender.
    fn order_at(&self, reference_no: &str, mitra_cd: &str) -> Order {
        self.shop.order(reference_no, 25_145).with("callBackUrl", CALLBACK).with("mitraCd", mitra_cd)
    }

    #[track_caller]
    fn take(&self, order: &Order) -> Reply {
        let taken = self.shop.checkout(order);
        assert_eq!(taken.result_cd(), "0000", "{} {:?}", taken.body, taken.header("x-sim-diagnosis"));
        taken
    }

    fn put_partners(&self, partners: &[&str]) {
        let put = self.sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &json!({ "partners": partners }));
        assert_eq!(put.status, 200, "{}", put.body);
    }

    fn shown(&self, registered: &Reply) -> Value {
        self.sim.http().get(&format!("/__sim/api/transactions/{}", registered.t_xid())).json()
    }

    #[track_caller]
    fn stage(&self, registered: &Reply, stage: &str) {
        assert_eq!(self.shown(registered)["stage"], stage);
    }

    fn play(&self, registered: &Reply, body: &Value) -> Reply {
        self.sim.http().post_json(&format!("/__sim/api/transactions/{}/buyer", registered.t_xid()), body)
    }

    fn events(&self, event_type: &str, registered: &Reply) -> Vec<Value> {
        self.sim.events(&format!("{event_type}&tXid={}", registered.t_xid()))
    }

    /// The types of everything that happened to an order, but for exchanges.
    fn story(&self, registered: &Reply) -> Vec<String> {
        let events = self.events("", registered).into_iter().map(|event| event["type"].as_str().unwrap().to_owned());
        events.filter(|kind| kind != "exchange.recorded").collect()
    }
}

fn page_of(registered: &Reply) -> String {
    format!("{PAGE}?tXid={}", registered.t_xid())
}

fn choose(buyer: &mut Buyer, registered: &Reply, mitra_cd: &str) -> Reply {
    buyer.post(PAGE, &[("tXid", &registered.t_xid()), ("mitraCd", mitra_cd)])
}

/// Chooses a lender, walks its pages, and answers with where the browser lands.
fn pay_at(buyer: &mut Buyer, registered: &Reply, mitra_cd: &str, login: Login<'_>) -> String {
    let chosen = choose(buyer, registered, mitra_cd);
    let tk = buyer.arrive(chosen.location());
    buyer.walk(&tk, login);
    buyer.return_to_shop(&tk)
}

/// The callback of something paid or under review, field for field.
fn wide(registered: &Reply, reference_no: &str, mitra_cd: &str, instmnt_type: &str, months: &str) -> String {
    format!(
        "{CALLBACK}&resultCd=0000&resultMsg=SUCCESS&tXid={}&referenceNo={reference_no}&payMethod=06&amt=25145\
         &currency=IDR&goodsNm=Test+Transaction+Nicepay&billingNm=Customer+Name&transDt=20260101&transTm=000000\
         &description=&authNo=&issuBankCd=&acquBankCd=&issuBankNm=&acquBankNm=&cardNo=&recurringToken=&preauthToken=\
         &ccTransType=&mitraCd={mitra_cd}&receiptCode=&mRefNo=&cardExpYymm=&instmntType={instmnt_type}&instmntMon={months}",
        registered.t_xid()
    )
}

/// The callback of something else.
fn narrow(result: &str, registered: &Reply, reference_no: &str, mitra_cd: &str) -> String {
    let t_xid = registered.t_xid();
    format!("{CALLBACK}{result}&tXid={t_xid}&referenceNo={reference_no}&payMethod=06&amt=25145&mitraCd={mitra_cd}")
}

fn html(reply: &Reply) -> Html {
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{} {}", reply.status, reply.body);
    Html::parse_document(&reply.body)
}

fn attrs(page: &Html, css: &str, name: &str) -> Vec<String> {
    page.select(&Selector::parse(css).unwrap()).filter_map(|el| el.attr(name)).map(str::to_owned).collect()
}

fn texts(page: &Html, css: &str) -> Vec<String> {
    let selector = Selector::parse(css).unwrap();
    let found = page.select(&selector).map(|el| el.text().collect::<String>());
    found.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The lenders on a page, and which of them is chosen.
#[track_caller]
fn offered(reply: &Reply) -> (Vec<String>, Vec<String>) {
    assert_eq!(reply.status, 200, "{}", reply.body);
    let page = html(reply);
    let options = "[data-testid=checkout-form] [data-testid=checkout-option][name=mitraCd][type=radio]";
    (attrs(&page, options, "value"), attrs(&page, &format!("{options}[checked]"), "value"))
}

/// The word of a page that has nothing to choose.
#[track_caller]
fn notice(reply: &Reply) -> String {
    let page = html(reply);
    assert_eq!(attrs(&page, "form, [name=mitraCd]", "name"), Vec::<String>::new(), "{}", reply.body);
    attrs(&page, "[data-testid=notice]", "data-notice").concat()
}

/// Follows the link of a page that says it is over: a browser does not leave for another site by a form's redirect.
fn by_the_link(buyer: &mut Buyer, page: &Reply) -> Reply {
    let page = html(page);
    let link = scraper::Selector::parse("[data-testid=return]").unwrap();
    let href = page.select(&link).next().and_then(|link| link.attr("href")).expect("a way back").to_owned();
    buyer.get(&href)
}
