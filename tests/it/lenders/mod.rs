//! Akulaku and Indodana beside Kredivo: pages of their own, their tenors and passwords, and their way back to the shop.

mod pin;
mod registration;
mod shoppers;
mod tenors;
mod way_back;
mod way_through;

use nicepay_sim::testing::{Buyer, Login, Order, Reply, Shop, Simulator};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

const CALLBACK: &str = "http://shop.test/thanks?order_id=1";

/// A lender, and the customer of its who can pay anything.
#[derive(Clone, Copy)]
struct Lender {
    mitra_cd: &'static str,
    slug: &'static str,
    name: &'static str,
    digits: &'static str,
    /// Its pages between the login and the result, in order.
    steps: &'static [&'static str],
    login: Login<'static>,
}

const KREDIVO: Lender = Lender {
    mitra_cd: "KDVI",
    slug: "kredivo",
    name: "Kredivo",
    digits: "4",
    steps: &["plan", "otp"],
    login: Login { phone: "081291891818", pin: "414141", months: "3", otp: "4567" },
};
const AKULAKU: Lender = Lender {
    mitra_cd: "AKLP",
    slug: "akulaku",
    name: "Akulaku",
    digits: "6",
    steps: &["plan", "otp"],
    login: Login { phone: "087700000000", pin: "123456", months: "3", otp: "123456" },
};
/// The published shopper, as the documents have the number typed.
const INDODANA: Lender = Lender {
    mitra_cd: "IDNA",
    slug: "indodana",
    name: "Indodana",
    digits: "6",
    steps: &["otp", "plan", "pin"],
    login: Login { phone: "838499610", pin: "123654", months: "3", otp: "999999" },
};
const LENDERS: [Lender; 3] = [KREDIVO, AKULAKU, INDODANA];

impl Lender {
    fn order(self, shop: &Shop, reference_no: &str, amt: u64) -> Order {
        shop.order(reference_no, amt).with("mitraCd", self.mitra_cd)
    }

    fn page(self, page: &str, tk: &str) -> String {
        format!("/{}/v2/{page}?tk={tk}", self.slug)
    }
}

/// One payment, and the browser that makes it.
struct Payment {
    lender: Lender,
    order: Order,
    registered: Reply,
    buyer: Buyer,
    tk: String,
}

impl Payment {
    fn begin(sim: &Simulator, lender: Lender, order: Order) -> Self {
        Self::returning_to(sim, lender, order, CALLBACK)
    }

    fn returning_to(sim: &Simulator, lender: Lender, order: Order, callback: &str) -> Self {
        let shop = sim.shop();
        let registered = shop.register(&order);
        assert_eq!(registered.result_cd(), "0000", "{} {:?}", registered.body, registered.header("x-sim-diagnosis"));
        let mut buyer = sim.buyer();
        let opened = buyer.get(&shop.payment_url(&order, &registered, callback));
        assert_eq!(opened.status, 302);
        let tk = buyer.arrive(opened.location());
        assert_eq!(opened.location(), sim.url().to_owned() + &lender.page("signin", &tk), "an absolute URL");
        Self { lender, order, registered, buyer, tk }
    }

    fn get(&mut self, page: &str) -> Reply {
        self.buyer.get(&self.lender.page(page, &self.tk))
    }

    /// Asserts where a redirect leads.
    #[track_caller]
    fn leads_to(&self, reply: &Reply, page: &str) {
        let expected = self.lender.page(page, &self.tk);
        assert_eq!((reply.status, reply.location()), (303, expected.as_str()), "{}", reply.body);
    }

    #[track_caller]
    fn sign_in(&mut self, phone: &str, pin: &str) -> Reply {
        self.buyer.sign_in(&self.tk, Login { phone, pin, ..self.lender.login })
    }

    /// Fills in the form of a page after the login.
    fn fill_in(&mut self, page: &str) -> Reply {
        let Login { months, otp, pin, .. } = self.lender.login;
        match page {
            "plan" => self.buyer.choose(&self.tk, months),
            "otp" => self.buyer.enter_otp(&self.tk, otp),
            "pin" => self.buyer.confirm(&self.tk, pin),
            other => panic!("there is no page {other}"),
        }
    }

    /// Signs in, and goes on until `page` is next.
    fn walk_to(&mut self, page: &str) {
        self.sign_in(self.lender.login.phone, self.lender.login.pin);
        for step in self.lender.steps.iter().take_while(|step| **step != page) {
            self.fill_in(step);
        }
    }

    /// Pays to the last page.
    fn pay(&mut self, login: Login<'_>) {
        self.buyer.walk(&self.tk, login);
    }

    fn back(&mut self) -> Reply {
        self.buyer.return_page(&self.tk)
    }

    fn shown(&self, sim: &Simulator) -> Value {
        sim.http().get(&format!("/__sim/api/transactions/{}", self.registered.t_xid())).json()
    }

    fn status(&self, sim: &Simulator) -> String {
        sim.shop().status(&self.order, &self.registered)
    }

    fn events(&self, sim: &Simulator, event_type: &str) -> Vec<Value> {
        sim.events(&format!("{event_type}&tXid={}", self.registered.t_xid()))
    }
}

fn html(reply: &Reply) -> Html {
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{} {}", reply.status, reply.body);
    Html::parse_document(&reply.body)
}

fn each<T>(page: &Html, css: &str, what: impl Fn(ElementRef<'_>) -> Option<T>) -> Vec<T> {
    page.select(&Selector::parse(css).unwrap()).filter_map(what).collect()
}

fn attrs(page: &Html, css: &str, name: &str) -> Vec<String> {
    each(page, css, |element| element.attr(name).map(str::to_owned))
}

fn texts(page: &Html, css: &str) -> Vec<String> {
    let words = |el: ElementRef<'_>| el.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    each(page, css, |element| Some(words(element)))
}

#[track_caller]
fn error(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.body);
    texts(&html(reply), "[data-testid=page-error]").concat()
}

#[track_caller]
fn outcome(reply: &Reply) -> String {
    attrs(&html(reply), "[data-testid=result-status]", "data-outcome").concat()
}

/// The form of the page that goes back to the shop: where it leads, and its fields in order.
#[track_caller]
fn posted(reply: &Reply) -> (String, Vec<(String, String)>) {
    assert_eq!(reply.status, 200, "{:?}", reply.header("location"));
    let page = html(reply);
    let form = "form[method=post][data-testid=return-form][data-auto-submit]";
    let [action] = &attrs(&page, form, "action")[..] else { panic!("not one form: {}", reply.body) };
    let pair = |el: ElementRef<'_>| Some((el.attr("name")?.to_owned(), el.attr("value")?.to_owned()));
    (action.clone(), each(&page, &format!("{form} input[type=hidden]"), pair))
}

/// What a redirect or a form tells the shop, in order.
#[track_caller]
fn told(reply: &Reply) -> Vec<(String, String)> {
    if reply.status == 200 {
        let (action, fields) = posted(reply);
        assert_eq!(action, CALLBACK);
        return fields;
    }
    let query = reply.location().strip_prefix(CALLBACK).unwrap();
    url::form_urlencoded::parse(query.strip_prefix('&').unwrap().as_bytes()).into_owned().collect()
}

/// What a plan page offers: the tenors that can be chosen, the others with the reason, and which is chosen.
fn plans(reply: &Reply) -> (Vec<String>, Vec<(String, String)>, String) {
    let page = html(reply);
    let option = "input[data-testid=plan-option]";
    let open = attrs(&page, &format!("{option}:not([disabled])"), "value");
    let shut = attrs(&page, &format!("{option}[disabled]"), "value");
    let why = texts(&page, "label:has(input[disabled]) .plan-costs");
    assert_eq!(shut.len(), why.len());
    (open, shut.into_iter().zip(why).collect(), attrs(&page, &format!("{option}[checked]"), "value").concat())
}
