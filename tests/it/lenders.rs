//! Akulaku and Indodana beside Kredivo: pages of their own, their tenors and passwords, and their way back to the shop.

use nicepay_sim::testing::{Buyer, Login, Order, Reply, Shop, Simulator};
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};

const CALLBACK: &str = "http://shop.test/thanks?order_id=1";
const USER_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";

/// A lender, and the customer of its who can pay anything.
#[derive(Clone, Copy)]
struct Lender {
    mitra_cd: &'static str,
    slug: &'static str,
    name: &'static str,
    digits: &'static str,
    login: Login<'static>,
}

const KREDIVO: Lender = Lender {
    mitra_cd: "KDVI",
    slug: "kredivo",
    name: "Kredivo",
    digits: "4",
    login: Login { phone: "081291891818", pin: "414141", months: "3", otp: "4567" },
};
const AKULAKU: Lender = Lender {
    mitra_cd: "AKLP",
    slug: "akulaku",
    name: "Akulaku",
    digits: "6",
    login: Login { phone: "087700000000", pin: "123456", months: "3", otp: "123456" },
};
/// The published shopper, as the documents have the number typed.
const INDODANA: Lender = Lender {
    mitra_cd: "IDNA",
    slug: "indodana",
    name: "Indodana",
    digits: "6",
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
        assert_eq!(opened.location(), lender.page("signin", &tk));
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

    /// Pays to the last page.
    fn pay(&mut self, login: Login<'_>) {
        self.buyer.sign_in(&self.tk, login);
        self.buyer.choose(&self.tk, login.months);
        self.buyer.enter_otp(&self.tk, login.otp);
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

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

// The way through

#[test]
fn every_lender_takes_a_payment_to_its_end_on_its_own_pages() {
    for lender in LENDERS {
        let Lender { slug, name, mitra_cd, .. } = lender;
        let sim = Simulator::start();
        let (shop, receiver) = (sim.shop(), sim.receiver());
        let mut payment = Payment::begin(&sim, lender, lender.order(&shop, "flow", 1_000_000).notify(receiver.url()));
        let seen = |reply: &Reply, test_id: &str| {
            let page = html(reply);
            assert_eq!(reply.status, 200, "{slug} {test_id}");
            assert_eq!(texts(&page, &format!("[data-testid={test_id}]")).len(), 1, "{slug} {test_id}");
            assert!(texts(&page, "title").concat().contains(name), "{slug}: {:?}", texts(&page, "title"));
            let elsewhere = |url: &String| !url.starts_with(&format!("/{slug}/")) && url != "/favicon.svg";
            let assets = [attrs(&page, "link[href]", "href"), attrs(&page, "script[src]", "src")].concat();
            let actions = attrs(&page, "form", "action");
            let strays: Vec<_> = assets.iter().chain(&actions).filter(|url| elsewhere(url)).collect();
            assert!(strays.is_empty(), "{slug} {test_id}: {strays:?}");
            for other in LENDERS.iter().filter(|other| other.slug != slug) {
                assert!(!reply.body.contains(other.name), "{} on {slug}'s {test_id}", other.name);
            }
        };
        seen(&payment.get("signin"), "login-form");
        let signed_in = payment.sign_in(lender.login.phone, lender.login.pin);
        payment.leads_to(&signed_in, "plan");
        let cookie = signed_in.header("set-cookie").unwrap();
        assert!(cookie.starts_with("sim_session_") && cookie.contains(&format!("; Path=/{slug};")), "{cookie}");
        seen(&payment.get("plan"), "plan-form");
        let chosen = payment.buyer.choose(&payment.tk, "3");
        payment.leads_to(&chosen, "otp");
        seen(&payment.get("otp"), "otp-form");
        assert_eq!(payment.status(&sim), "9");
        let entered = payment.buyer.enter_otp(&payment.tk, lender.login.otp);
        payment.leads_to(&entered, "result");
        let result = payment.get("result");
        seen(&result, "result-status");
        assert_eq!(outcome(&result), "approved");

        let back = payment.back();
        assert_eq!(back.status, if slug == "indodana" { 200 } else { 302 }, "{slug}");
        let t_xid = payment.registered.t_xid();
        assert_eq!(
            told(&back),
            pairs(&[
                ("resultCd", "0000"),
                ("resultMsg", "SUCCESS"),
                ("tXid", &t_xid),
                ("referenceNo", "flow"),
                ("payMethod", "06"),
                ("amt", "1000000"),
                ("transDt", "20260101"),
                ("transTm", "000000"),
                ("description", ""),
                ("mitraCd", mitra_cd),
                ("currency", "IDR"),
                ("goodsNm", "Test Transaction Nicepay"),
                ("billingNm", "Customer Name"),
                ("instmntMon", "3"),
                ("instmntType", "2"),
            ]),
            "{slug}"
        );
        let story: Vec<_> = payment.events(&sim, "").iter().map(|event| event["type"].clone()).collect();
        let story: Vec<_> =
            story.iter().filter(|kind| *kind != "exchange.recorded" && *kind != "inquiry.answered").collect();
        assert_eq!(
            story,
            [
                "transaction.registered",
                "payment.opened",
                "partner.login",
                "partner.plan-chosen",
                "partner.otp-sent",
                "partner.otp-passed",
                "transaction.approved",
                "notification.scheduled",
                "callback.sent",
            ],
            "{slug}"
        );
        assert_eq!(payment.events(&sim, "partner.otp-sent")[0]["otp"], lender.login.otp);

        sim.advance("2s");
        let notification = receiver.only();
        for (field, value) in [("status", "0"), ("mitraCd", mitra_cd), ("instmntMon", "3"), ("payMethod", "06")] {
            assert_eq!(notification.field(field), value, "{slug}");
        }
        assert_eq!(notification.fields().len(), 22);
        assert_eq!(notification.field("merchantToken"), shop.sign(&["PAYLOANTES", &t_xid, "1000000"]));
        let answer = shop.inquire(&payment.order, &payment.registered).json();
        for (key, value) in [("status", "0"), ("mitraCd", mitra_cd), ("instmntMon", "3"), ("resultMsg", "paid")] {
            assert_eq!(answer[key], value, "{slug}");
        }
        let cancelled = shop.cancel(&payment.registered, "1", "1000000");
        assert_eq!((cancelled.result_cd().as_str(), payment.status(&sim).as_str()), ("0000", "2"), "{slug}");
        let result = payment.get("result");
        assert_eq!(outcome(&result), "refunded");
    }
}

#[test]
fn a_registration_answers_with_the_lenders_code() {
    let sim = Simulator::start();
    for lender in LENDERS {
        let registered = sim.shop().register(&lender.order(&sim.shop(), lender.slug, 25_145));
        assert_eq!(registered.json()["mitraCd"], lender.mitra_cd);
        assert_eq!(registered.json()["requestURL"], Value::Null);
    }
}

#[test]
fn return_json_format_answers_with_the_lenders_page() {
    let sim = Simulator::start();
    let shop = sim.shop();
    for lender in [AKULAKU, INDODANA] {
        let order = lender.order(&shop, lender.slug, 25_145);
        let registered = shop.register(&order);
        let url = format!("{}&returnJsonFormat=1", shop.payment_url(&order, &registered, CALLBACK));
        let answer = sim.http().get(&url);
        assert_eq!((answer.status, answer.result_cd().as_str()), (200, "0000"));
        let page = answer.json()["redirectUrlHttp"].as_str().unwrap().to_owned();
        let tk = sim.buyer().arrive(&page);
        assert_eq!(page, format!("{}{}", sim.url(), lender.page("signin", &tk)));
        assert_eq!(sim.http().get(&page).status, 200);
    }
}

#[test]
fn every_lender_asks_for_as_many_digits_as_its_otp_has() {
    let sim = Simulator::start();
    for lender in LENDERS {
        let mut payment = Payment::begin(&sim, lender, lender.order(&sim.shop(), lender.slug, 1_000_000));
        payment.sign_in(lender.login.phone, lender.login.pin);
        payment.buyer.choose(&payment.tk, "3");
        let page = payment.get("otp");
        let input = "[data-testid=otp-input]";
        assert_eq!(attrs(&html(&page), input, "maxlength"), [lender.digits], "{}", lender.slug);
        assert_eq!(attrs(&html(&page), input, "pattern"), [format!("[0-9]{{{}}}", lender.digits)], "{}", lender.slug);
        assert_eq!(lender.login.otp.len().to_string(), lender.digits);
        // The others' codes are wrong here.
        let others = LENDERS.iter().filter(|other| other.slug != lender.slug);
        for (left, other) in [2, 1].into_iter().zip(others) {
            let wrong = payment.buyer.enter_otp(&payment.tk, other.login.otp);
            assert_eq!(error(&wrong), format!("Kode OTP salah. Sisa {left} kali percobaan."), "{}", lender.slug);
        }
        let entered = payment.buyer.enter_otp(&payment.tk, lender.login.otp);
        payment.leads_to(&entered, "result");
    }
}

#[test]
fn a_lender_knows_its_own_customers_only() {
    let sim = Simulator::start();
    for lender in LENDERS {
        for other in LENDERS.iter().filter(|other| other.slug != lender.slug) {
            let reference_no = format!("{}-{}", lender.slug, other.slug);
            let mut payment = Payment::begin(&sim, lender, lender.order(&sim.shop(), &reference_no, 1_000_000));
            // However often: nobody is locked who is not known.
            for _ in 0..4 {
                let refused = payment.sign_in(other.login.phone, other.login.pin);
                assert_eq!(error(&refused), "Nomor HP ini belum terdaftar.", "{reference_no}");
            }
            let failed = payment.events(&sim, "partner.login-failed");
            assert_eq!(failed.len(), 4);
            assert!(failed.iter().all(|event| event["reason"] == "unknown-phone"), "{failed:?}");
            payment.pay(lender.login);
            assert_eq!(payment.status(&sim), "0", "{reference_no}");
        }
    }
    let locked = sim.http().get("/__sim/api/shoppers?iMid=PAYLOANTES").json();
    assert!(locked.as_array().unwrap().iter().all(|shopper| shopper["lockedUntil"].is_null()), "{locked}");
}

#[test]
fn the_testers_panel_shows_the_lenders_own_shoppers() {
    let sim = Simulator::start();
    let known = [(KREDIVO, 12, "081291891818"), (AKULAKU, 5, "087700000000"), (INDODANA, 5, "0838499610")];
    for (lender, count, usual) in known {
        let mut payment = Payment::begin(&sim, lender, lender.order(&sim.shop(), lender.slug, 25_145));
        let page = payment.get("signin");
        let phones = attrs(&html(&page), "[data-testid=tester-panel] [data-shopper-phone]", "data-shopper-phone");
        assert_eq!(phones.len(), count, "{}: {phones:?}", lender.slug);
        assert!(phones.iter().any(|phone| phone == usual), "{phones:?}");
        for other in known.iter().filter(|other| other.0.slug != lender.slug) {
            assert!(!page.body.contains(other.2), "{} at {}", other.2, lender.slug);
        }
    }
}

#[test]
fn a_link_below_another_lenders_folder_leads_home() {
    let sim = Simulator::start();
    for lender in LENDERS {
        for other in LENDERS.iter().filter(|other| other.slug != lender.slug) {
            let reference_no = format!("{}-{}", lender.slug, other.slug);
            let mut payment = Payment::begin(&sim, lender, lender.order(&sim.shop(), &reference_no, 1_000_000));
            payment.sign_in(lender.login.phone, lender.login.pin);
            payment.buyer.choose(&payment.tk, "3");
            let before = payment.events(&sim, "").len();
            for (verb, page, own) in [
                ("GET", "signin", "signin"),
                ("GET", "plan", "plan"),
                ("GET", "otp", "otp"),
                ("GET", "result", "result"),
                ("GET", "otp/resend", "signin"),
                ("GET", "cancel", "signin"),
                ("POST", "signin", "signin"),
                ("POST", "plan", "plan"),
                ("POST", "otp", "otp"),
                ("POST", "otp/resend", "otp"),
                ("POST", "cancel", "signin"),
            ] {
                let url = other.page(page, &payment.tk);
                let fields = [
                    ("phone", other.login.phone),
                    ("pin", other.login.pin),
                    ("instmntMon", "1"),
                    ("otp", lender.login.otp),
                ];
                let reply = if verb == "GET" { payment.buyer.get(&url) } else { payment.buyer.post(&url, &fields) };
                let what = format!("{verb} {url}");
                assert_eq!((reply.status, reply.diagnosis()), (303, "page/other-lender"), "{what}");
                assert_eq!(reply.location(), lender.page(own, &payment.tk), "{what}");
                // And the language comes along.
                if verb == "GET" {
                    let english = payment.buyer.get(&format!("{url}&lang=en"));
                    assert_eq!(english.location(), format!("{}&lang=en", lender.page(own, &payment.tk)), "{what}");
                }
            }
            assert_eq!(payment.events(&sim, "").len(), before, "nothing has happened");
            assert_eq!(payment.shown(&sim)["step"], "otp");
        }
    }
    // A link of nobody's is unknown below every folder.
    for lender in LENDERS {
        let reply = sim.http().get(&lender.page("signin", "nobodys"));
        assert_eq!((reply.status, reply.diagnosis()), (404, "page/unknown-link"));
        assert!(texts(&html(&reply), "title").concat().contains(lender.name));
    }
}

// Tenors and amounts

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

#[test]
fn indodana_sells_the_documented_tenors_for_the_documented_amounts() {
    // docs/PROTOCOL.md §4.6, at every edge.
    let all = ["1", "3", "6", "12", "18", "24"];
    let rows: [(u64, &[&str]); 12] = [
        (10_000, &["1"]),
        (299_999, &["1"]),
        (300_000, &["1", "3"]),
        (499_999, &["1", "3"]),
        (500_000, &["1", "3", "6"]),
        (999_999, &["1", "3", "6"]),
        (1_000_000, &all),
        (2_000_000, &all),
        (2_000_001, &all[1..]),
        (25_000_000, &all[1..]),
        (49_999_999, &all[1..]),
        (50_000_000, &all[1..]),
    ];
    let sim = Simulator::builder().settings("max-transactions = 1000").start();
    for (amt, sold) in rows {
        let order = INDODANA.order(&sim.shop(), &format!("{amt}"), amt).with("instmntMon", "1");
        let mut payment = Payment::begin(&sim, INDODANA, order);
        let signed_in = payment.sign_in("0838499610", "123654");
        payment.leads_to(&signed_in, "plan");
        let (open, shut, chosen) = plans(&payment.get("plan"));
        assert_eq!(open, sold, "{amt}");
        assert_eq!(open.len() + shut.len(), all.len(), "{amt}");
        assert_eq!(chosen, sold[0], "{amt}: the registered tenor, or the shortest");
        for (months, why) in &shut {
            let bound = match months.as_str() {
                "1" => "Rp 2.000.000",
                "3" => "Rp 300.000",
                "6" => "Rp 500.000",
                _ => "Rp 1.000.000",
            };
            assert!(why.ends_with(bound), "{amt} over {months}: {why}");
        }
        // A form can say what the page does not offer.
        for months in all.iter().filter(|months| !sold.contains(months)) {
            let refused = payment.buyer.choose(&payment.tk, months);
            assert_eq!(
                error(&refused),
                "Tenor ini tidak berlaku untuk jumlah pesanan ini. Pilih tenor lain.",
                "{amt} over {months}"
            );
        }
        for nonsense in ["2", "9", "36", "0", "-1", "", "x"] {
            let refused = payment.buyer.choose(&payment.tk, nonsense);
            assert_eq!(error(&refused), "Pilih salah satu tenor.", "{amt} over {nonsense:?}");
        }
        assert!(payment.events(&sim, "partner.plan-chosen").is_empty(), "{amt}");
        assert_eq!(payment.shown(&sim)["step"], "plan");
        let longest = sold[sold.len() - 1];
        let taken = payment.buyer.choose(&payment.tk, longest);
        payment.leads_to(&taken, "otp");
        payment.buyer.enter_otp(&payment.tk, "999999");
        let answer = sim.shop().inquire(&payment.order, &payment.registered).json();
        assert_eq!((&answer["status"], &answer["instmntMon"]), (&json!("0"), &json!(longest)), "{amt}");
        // Room for the next.
        assert_eq!(sim.shop().cancel(&payment.registered, "1", &amt.to_string()).result_cd(), "0000");
    }
}

#[test]
fn an_amount_outside_every_range_is_declined_at_the_login() {
    let sim = Simulator::start();
    for amt in [1, 9_999, 50_000_001, 999_999_999_999] {
        let receiver = sim.receiver();
        let order = INDODANA.order(&sim.shop(), &format!("{amt}"), amt).notify(receiver.url());
        let mut payment = Payment::begin(&sim, INDODANA, order);
        let signed_in = payment.sign_in("0838499610", "123654");
        payment.leads_to(&signed_in, "result");
        let result = payment.get("result");
        assert_eq!(outcome(&result), "declined", "{amt}");
        let declined = payment.events(&sim, "transaction.declined");
        assert_eq!((declined.len(), &declined[0]["reason"]), (1, &json!("limit")), "{amt}");
        assert_eq!((payment.status(&sim).as_str(), told(&payment.back())[0].1.as_str()), ("8", "9030"), "{amt}");
        sim.advance("2s");
        assert_eq!((receiver.only().field("status"), receiver.only().field("mitraCd")), ("8", "IDNA"));
        // The same, played.
        let order = INDODANA.order(&sim.shop(), &format!("played-{amt}"), amt);
        let t_xid = sim.shop().register(&order).t_xid();
        let played = sim.http().post_json(&format!("/__sim/api/transactions/{t_xid}/buyer"), &json!({}));
        assert_eq!((played.status, &played.json()["stage"]), (200, &json!("declined")), "{amt}");
    }
    // Nobody owes anything for that.
    let shopper = sim.http().get("/__sim/api/shoppers/0838499610?iMid=PAYLOANTES").json();
    assert_eq!(shopper["owes"], "0");
}

#[test]
fn akulaku_sells_its_tenors_for_any_amount_within_the_limit() {
    let sim = Simulator::start();
    let rows: [(u64, &[&str]); 3] =
        [(1, &["1", "3", "6", "12"]), (25_145, &["1", "3", "6", "12"]), (25_000_000, &["1", "3", "6", "12"])];
    for (amt, sold) in rows {
        let mut payment = Payment::begin(&sim, AKULAKU, AKULAKU.order(&sim.shop(), &format!("{amt}"), amt));
        payment.sign_in("087700000000", "123456");
        assert_eq!(plans(&payment.get("plan")), (sold.iter().map(ToString::to_string).collect(), vec![], "1".into()));
        let refused = payment.buyer.choose(&payment.tk, "24");
        assert_eq!(error(&refused), "Pilih salah satu tenor.");
    }
    let mut payment = Payment::begin(&sim, AKULAKU, AKULAKU.order(&sim.shop(), "too much", 25_000_001));
    payment.sign_in("087700000000", "123456");
    assert_eq!(outcome(&payment.get("result")), "declined");
}

#[test]
fn limits_of_the_lenders_are_used_up_and_given_back() {
    let sim = Simulator::start();
    let mut first = Payment::begin(&sim, INDODANA, INDODANA.order(&sim.shop(), "first", 49_500_000));
    first.pay(INDODANA.login);
    assert_eq!(first.status(&sim), "0");
    let mut second = Payment::begin(&sim, INDODANA, INDODANA.order(&sim.shop(), "second", 600_000));
    second.sign_in("0838499610", "123654");
    assert_eq!(outcome(&second.get("result")), "declined", "500,000 are left");
    assert_eq!(sim.shop().cancel(&first.registered, "2", "100000").result_cd(), "0000");
    let mut third = Payment::begin(&sim, INDODANA, INDODANA.order(&sim.shop(), "third", 600_000));
    third.pay(INDODANA.login);
    assert_eq!(third.status(&sim), "0");
    let shopper = sim.http().get("/__sim/api/shoppers/0838499610?iMid=PAYLOANTES").json();
    assert_eq!((&shopper["owes"], &shopper["partner"]), (&json!("50000000"), &json!("IDNA")));
    assert_eq!(shopper["limits"]["24_months"]["remaining"], "0");
}

// The way back by a form

#[test]
fn indodana_goes_back_by_a_form_whose_target_is_named() {
    let rows = [
        ("http://shop.test/thanks?order_id=1", "http://shop.test"),
        ("http://shop.test:8080/a?b=c&d=e#f", "http://shop.test:8080"),
        ("https://shop.test:443/x", "https://shop.test"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
        ("http://localhost/back", "http://localhost"),
        ("http://[::1]:3000/back", ""),
        ("http://shop.test/?q=\"><script>alert(1)</script>&x='y'", "http://shop.test"),
        ("http://shop.test/';form-action/*;script-src/'unsafe-inline'", "http://shop.test"),
        ("http://user:secret@shop.test/x", "http://shop.test"),
    ];
    let sim = Simulator::start();
    for (i, (callback, origin)) in rows.into_iter().enumerate() {
        let order = INDODANA.order(&sim.shop(), &format!("form-{i}"), 25_145);
        let mut payment = Payment::returning_to(&sim, INDODANA, order, callback);
        payment.pay(Login { months: "1", ..INDODANA.login });
        let back = payment.back();
        let (action, fields) = posted(&back);
        assert_eq!(action, callback);
        assert_eq!((fields.len(), fields[2].1.as_str()), (15, payment.registered.t_xid().as_str()));
        assert_eq!(
            back.header("content-security-policy").unwrap(),
            format!(
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                 form-action 'self' {origin} http: https:; base-uri 'none'; frame-ancestors 'none'"
            )
            .replace("  ", " "),
            "{callback}"
        );
        assert_eq!((back.header("cache-control"), back.header("location")), (Some("no-store"), None));
        assert!(!back.body.contains("<script>alert"), "{}", back.body);
        let page = html(&back);
        assert_eq!(attrs(&page, "script", "src"), ["/nicepay/assets/return.js"]);
        assert_eq!(texts(&page, "form button[type=submit][data-testid=return]:not([name])"), ["Kembali ke toko"]);
        assert_eq!(attrs(&page, "form", "action").len(), 1);
        let sent = payment.events(&sim, "callback.sent").remove(0);
        assert_eq!(
            (&sent["resultCd"], &sent["method"], &sent["url"]),
            (&json!("0000"), &json!("POST"), &json!(callback)),
            "{callback}"
        );
        // The control API says the same.
        let shown = payment.shown(&sim);
        let listed: Vec<_> = shown["callbackFields"].as_object().unwrap().iter().collect();
        let listed: Vec<_> = listed.iter().map(|(k, v)| ((*k).clone(), v.as_str().unwrap().to_owned())).collect();
        assert_eq!((&shown["callbackUrl"], listed), (&json!(callback), fields));
    }
    assert_eq!(sim.http().get("/nicepay/assets/return.js").status, 200);
}

#[test]
fn hostile_text_stays_inside_the_form() {
    let sim = Simulator::start();
    let hostile = [
        "\"><script>alert(1)</script>",
        "'/><img src=x onerror=alert(1)>",
        "</form><form action=http://evil.test>",
        "&quot;&#34;&amp;",
        "a\nb\tc",
        "🍚 é \u{202e}",
    ];
    for (i, text) in hostile.into_iter().enumerate() {
        let reference_no = format!("{i}\"'<b>&amp;");
        let order = INDODANA.order(&sim.shop(), &reference_no, 25_145);
        let order = order.with("goodsNm", text).with("billingNm", text).with("description", text);
        let mut payment = Payment::begin(&sim, INDODANA, order);
        payment.pay(Login { months: "1", ..INDODANA.login });
        let back = payment.back();
        let (_, fields) = posted(&back);
        let field = |name: &str| fields.iter().find(|(known, _)| known == name).unwrap().1.clone();
        for name in ["goodsNm", "billingNm", "description"] {
            assert_eq!(field(name), text, "{name}");
        }
        assert_eq!(field("referenceNo"), reference_no);
        let page = html(&back);
        assert_eq!(each(&page, "form, img, b, script", |el| Some(el.value().name().to_owned())), ["script", "form"]);
    }
}

#[test]
fn indodanas_other_results_come_by_the_form_too() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let first = |reply: &Reply| {
        let fields = told(reply);
        assert_eq!(fields.last().unwrap(), &("mitraCd".to_owned(), "IDNA".to_owned()));
        let keys: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(keys, ["resultCd", "resultMsg", "tXid", "referenceNo", "payMethod", "amt", "mitraCd"]);
        fields[0].1.clone()
    };
    let open = |order: &Order, registered: &Reply| sim.http().get(&shop.payment_url(order, registered, CALLBACK));

    let mut paid = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "paid", 25_145));
    paid.pay(Login { months: "1", ..INDODANA.login });
    let again = open(&paid.order, &paid.registered);
    assert_eq!((first(&again).as_str(), again.diagnosis()), ("9126", "transaction/paid"));

    let mut gone = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "gone", 25_145));
    let left = gone.buyer.post(&INDODANA.page("cancel", &gone.tk), &[]);
    gone.leads_to(&left, "result");
    assert_eq!(first(&gone.back()), "9030");

    let rejected = INDODANA.order(&shop, "rejected", 25_145);
    let registered = shop.register(&rejected);
    let url = format!("/__sim/api/transactions/{}/buyer", registered.t_xid());
    let played = sim.http().post_json(&url, &json!({ "do": "reject" }));
    assert_eq!((played.status, &played.json()["callbackUrl"]), (200, &Value::Null), "no browser was ever sent");
    assert_eq!(first(&open(&rejected, &registered)), "9030");

    let forged = INDODANA.order(&shop, "forged", 25_145);
    let registered = shop.register(&forged);
    let bad = open(&forged.clone().with("amt", "1"), &registered);
    assert_eq!((first(&bad).as_str(), bad.diagnosis().split('/').next()), ("9010", Some("merchantToken")));

    let late = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "late", 25_145));
    sim.advance("24h");
    let expired = open(&late.order, &late.registered);
    assert_eq!((first(&expired).as_str(), expired.diagnosis()), ("9129", "transaction/expired"));
    let at_the_lender = sim.http().get(&INDODANA.page("signin", &late.tk));
    assert_eq!((at_the_lender.status, at_the_lender.diagnosis()), (410, "page/expired"));

    let mut looked_at = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "review", 25_145));
    looked_at.pay(Login { phone: "083800000003", pin: "123456", months: "1", otp: "999999" });
    let fields = told(&looked_at.back());
    assert_eq!((fields.len(), fields[0].1.as_str()), (15, "0000"));
}

#[test]
fn the_form_back_speaks_the_customers_language() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, INDODANA, INDODANA.order(&sim.shop(), "words", 25_145));
    payment.pay(Login { months: "1", ..INDODANA.login });
    let title = |reply: &Reply| texts(&html(reply), "h1").concat();
    let back = payment.back();
    assert_eq!(title(&back), "Satu langkah lagi");
    // Without a script nobody is taken anywhere, and nothing says so.
    assert_eq!(texts(&html(&back), ".lead"), ["Tekan tombol di bawah untuk kembali ke shop.test."]);
    let address = format!("/nicepay/direct/v2/payment/return?tk={}", payment.tk);
    let english = sim.http().send("GET", &address, &[("accept-language", "en")], "");
    assert_eq!(title(&english), "One more step");
    assert_eq!(texts(&html(&english), ".host"), ["shop.test"]);
}

#[test]
fn the_callback_method_is_each_lenders_or_the_one_that_is_set() {
    // For each setting: Kredivo, Akulaku, Indodana directly; then at Checkout.
    let rows = [
        ("partner", ["GET", "GET", "POST"], ["GET", "GET", "GET"]),
        ("get", ["GET", "GET", "GET"], ["GET", "GET", "GET"]),
        ("post", ["POST", "POST", "POST"], ["POST", "POST", "POST"]),
    ];
    for (setting, direct, checkout) in rows {
        let sim = Simulator::builder().settings(&format!("callback-method = '{setting}'")).start();
        let shop = sim.shop();
        for (i, lender) in LENDERS.into_iter().enumerate() {
            let what = format!("{setting}, {}", lender.slug);
            let login = Login { months: "1", ..lender.login };
            let mut payment = Payment::begin(&sim, lender, lender.order(&shop, &format!("direct-{i}"), 25_145));
            payment.pay(login);
            let back = payment.back();
            assert_eq!(back.status, if direct[i] == "POST" { 200 } else { 302 }, "{what}");
            let by_direct = told(&back);
            assert_eq!((by_direct.len(), by_direct[0].1.as_str()), (15, "0000"), "{what}");
            assert_eq!(payment.events(&sim, "callback.sent")[0]["method"], direct[i], "{what}");
            assert_eq!(payment.shown(&sim)["callbackFields"].is_object(), direct[i] == "POST", "{what}");

            let order = lender.order(&shop, &format!("checkout-{i}"), 25_145).with("callBackUrl", CALLBACK);
            let registered = shop.checkout(&order);
            assert_eq!(registered.result_cd(), "0000");
            let t_xid = registered.t_xid();
            let mut buyer = sim.buyer();
            let page = "/nicepay/redirect/v2/payment";
            let chosen = buyer.post(page, &[("tXid", &t_xid), ("mitraCd", lender.mitra_cd)]);
            let tk = buyer.arrive(chosen.location());
            // Whoever leaves goes the same way.
            let left = buyer.post(&format!("{page}/cancel"), &[("tXid", &t_xid)]);
            assert_eq!(left.status, 200, "{what}: by the link of a page");
            let link = attrs(&html(&left), "[data-testid=notice] ~ a[data-testid=return]", "href").concat();
            let left = buyer.get(&link);
            assert_eq!(left.status, if checkout[i] == "POST" { 200 } else { 302 }, "{what}");
            assert_eq!(told(&left)[0].1, "9030", "{what}");
            buyer.post(page, &[("tXid", &t_xid), ("mitraCd", lender.mitra_cd)]);
            buyer.sign_in(&tk, login);
            buyer.choose(&tk, login.months);
            buyer.enter_otp(&tk, login.otp);
            let back = buyer.return_page(&tk);
            assert_eq!(back.status, if checkout[i] == "POST" { 200 } else { 302 }, "{what}");
            assert_eq!(told(&back).len(), 27, "{what}");
            let sent = sim.events(&format!("callback.sent&tXid={t_xid}"));
            assert!(sent.len() == 2 && sent.iter().all(|event| event["method"] == checkout[i]), "{what}: {sent:?}");
            // The log says what was answered.
            let exchanges = sim.events("exchange.recorded");
            let of_leaving = exchanges.iter().rfind(|e| e["target"] == link.as_str()).unwrap();
            assert_eq!(of_leaving["httpStatus"], left.status, "{what}");
        }
    }
}

// Registration

#[test]
fn only_kredivo_knows_tokens() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let shop = sim.shop();
        for lender in [AKULAKU, INDODANA] {
            let order = || lender.order(&shop, "token", 25_145);
            for (what, order) in [
                ("1", order().tokenize("customer-7")),
                ("2", order().seamless(USER_TOKEN)),
                ("2 with an unknown token", order().seamless("nobodys")),
                ("2 with the customer", order().seamless(USER_TOKEN).with("clientUserKey", "customer-7")),
            ] {
                let refused = shop.register(&order);
                let what = format!("{profile} {} {what}", lender.slug);
                assert_eq!(
                    (refused.result_cd().as_str(), refused.diagnosis()),
                    ("8003", "tokenizeUser/partner"),
                    "{what}"
                );
            }
            let mut binding = shop.binding("bind", "+62-81291891818");
            binding["mitraCd"] = lender.mitra_cd.into();
            let refused = shop.bind(binding);
            assert_eq!((refused.result_cd().as_str(), refused.diagnosis()), ("8003", "mitraCd/no-tokens"), "{profile}");
            assert!(sim.events("transaction.registered").is_empty() && sim.events("binding.registered").is_empty());
            assert!(sim.events("token.used").is_empty());
        }
        for (i, zero) in ["0", ""].into_iter().enumerate() {
            let order = AKULAKU.order(&shop, &format!("plain-{i}"), 25_145).with("tokenizeUser", zero);
            assert_eq!(shop.register(&order).result_cd(), "0000", "{profile}: no token is wanted");
        }
    }
}

#[test]
fn a_lender_that_is_switched_off_is_9108() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let put = |partners: Value| {
        let put = sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &json!({ "partners": partners }));
        assert_eq!((put.status, put.json()["partners"].clone()), (200, partners), "{}", put.body);
    };
    let answers = |round: &str| {
        LENDERS.map(|lender| {
            let answer = shop.register(&lender.order(&shop, &format!("{round}-{}", lender.slug), 25_145));
            (answer.result_cd(), answer.diagnosis().to_owned())
        })
    };
    let on = || ("0000".to_owned(), String::new());
    let off = || ("9108".to_owned(), "mitraCd/inactive".to_owned());
    assert_eq!(answers("default"), [on(), on(), on()]);
    for (round, partners, expected) in [
        ("kredivo", json!(["KDVI"]), [on(), off(), off()]),
        ("indodana", json!(["IDNA"]), [off(), off(), on()]),
        ("two", json!(["AKLP", "IDNA"]), [off(), on(), on()]),
        ("none", json!([]), [off(), off(), off()]),
        ("all", json!(["KDVI", "AKLP", "IDNA"]), [on(), on(), on()]),
    ] {
        put(partners);
        assert_eq!(answers(round), expected, "{round}");
    }
    // What was registered before can still be paid.
    let mut payment = Payment::begin(&sim, INDODANA, INDODANA.order(&shop, "before", 25_145));
    put(json!(["KDVI"]));
    payment.pay(Login { months: "1", ..INDODANA.login });
    assert_eq!(payment.status(&sim), "0");
    // Another merchant is not concerned.
    let other = sim.new_shop("OTHERSHOP1", "key-of-the-other-shop");
    assert_eq!(other.register(&INDODANA.order(&other, "other", 25_145)).result_cd(), "0000");
}

#[test]
fn akulaku_wants_sellers() {
    for profile in ["lenient", "strict"] {
        let sim = Simulator::builder().profile(profile).start();
        let shop = sim.shop();
        for (i, lender) in LENDERS.into_iter().enumerate() {
            let order = |way: &str| lender.order(&shop, &format!("{way}-{i}"), 25_145);
            for order in [
                order("absent").without("sellers"),
                order("empty").with("sellers", ""),
                order("null").with("sellers", Value::Null),
            ] {
                let answer = shop.register(&order);
                let what = format!("{profile} {} {}", lender.slug, order.text("referenceNo"));
                if profile == "strict" || lender.slug == "akulaku" {
                    assert_eq!((answer.result_cd().as_str(), answer.diagnosis()), ("8003", "field/missing"), "{what}");
                    assert!(answer.header("x-sim-diagnosis").unwrap().contains("sellers"), "{what}");
                } else {
                    assert_eq!(answer.result_cd(), "0000", "{what}");
                }
            }
        }
    }
}

// Shoppers

#[test]
fn magic_shoppers_of_every_lender_do_what_they_say() {
    let shoppers = [(AKULAKU, "087700000", "123456"), (INDODANA, "083800000", "999999")];
    // Number, outcome on the last page, inquiry, what the shop is told, what it is told later.
    let rows = [
        ("001", "under-review", "3", "0000", &["3", "0"][..]),
        ("003", "under-review", "3", "0000", &["3"][..]),
        ("004", "declined", "8", "9030", &["8"][..]),
        ("005", "declined", "8", "9030", &["8"][..]),
    ];
    for (lender, prefix, otp) in shoppers {
        for (number, word, status, code, notifications) in rows {
            let what = format!("{} {number}", lender.slug);
            let sim = Simulator::start();
            let receiver = sim.receiver();
            let order = lender.order(&sim.shop(), "magic", 1_000_000).notify(receiver.url());
            let mut payment = Payment::begin(&sim, lender, order);
            let phone = format!("{prefix}{number}");
            let signed_in = payment.sign_in(&phone, "123456");
            if number == "005" {
                payment.leads_to(&signed_in, "result");
            } else {
                payment.leads_to(&signed_in, "plan");
                payment.buyer.choose(&payment.tk, "6");
                payment.buyer.enter_otp(&payment.tk, otp);
            }
            assert_eq!(outcome(&payment.get("result")), word, "{what}");
            assert_eq!(payment.status(&sim), status, "{what}");
            let callback = told(&payment.back());
            assert_eq!(callback[0].1, code, "{what}");
            assert_eq!(callback.iter().find(|(name, _)| name == "mitraCd").unwrap().1, lender.mitra_cd);
            let events = payment.events(&sim, "transaction.declined");
            let reason = events.first().map_or(Value::Null, |event| event["reason"].clone());
            let expected = match number {
                "004" => json!("risk"),
                "005" => json!("limit"),
                _ => Value::Null,
            };
            assert_eq!(reason, expected, "{what}");
            sim.advance("29s");
            assert_eq!(payment.status(&sim), status, "{what}");
            sim.advance("3s");
            let received = receiver.received();
            assert_eq!(received.iter().map(|n| n.field("status")).collect::<Vec<_>>(), notifications, "{what}");
            assert!(received.iter().all(|n| n.field("mitraCd") == lender.mitra_cd), "{what}");
            if number == "001" {
                assert_eq!(payment.status(&sim), "0", "{what}");
            }
            if number == "003" {
                sim.advance("48h");
                assert_eq!(payment.status(&sim), "3", "{what}: until somebody decides");
                let url = format!("/__sim/api/transactions/{}/partner", payment.registered.t_xid());
                assert_eq!(sim.http().post_json(&url, &json!({ "do": "approve" })).json()["stage"], "approved");
            }
        }
    }
}

#[test]
fn the_buyer_is_the_lenders_own_customer() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let play = |order: &Order, body: &Value| {
        let t_xid = shop.register(order).t_xid();
        (sim.http().post_json(&format!("/__sim/api/transactions/{t_xid}/buyer"), body), t_xid)
    };
    for lender in LENDERS {
        let (played, t_xid) = play(&lender.order(&shop, &format!("{}-default", lender.slug), 1_000_000), &json!({}));
        assert_eq!((played.status, &played.json()["stage"]), (200, &json!("approved")), "{}", lender.slug);
        let approved = sim.events(&format!("transaction.approved&tXid={t_xid}")).remove(0);
        let phone = approved["phone"].as_str().unwrap();
        assert!(phone.ends_with(lender.login.phone.trim_start_matches('0')), "{}: {phone}", lender.slug);
        let sent = sim.events(&format!("partner.otp-sent&tXid={t_xid}")).remove(0);
        assert_eq!(sent["otp"], lender.login.otp, "{}", lender.slug);

        for other in LENDERS {
            let order = lender.order(&shop, &format!("{}-{}", lender.slug, other.slug), 1_000_000);
            let (played, t_xid) = play(&order, &json!({ "phone": other.login.phone }));
            if other.slug == lender.slug {
                assert_eq!((played.status, &played.json()["stage"]), (200, &json!("approved")));
                continue;
            }
            assert_eq!((played.status, &played.json()["type"]), (422, &json!("urn:nicepay-sim:problem:bad-value")));
            let shown = sim.http().get(&format!("/__sim/api/transactions/{t_xid}")).json();
            assert_eq!((&shown["stage"], &shown["mitraCd"]), (&json!("registered"), &json!(lender.mitra_cd)));
        }
    }
}

#[test]
fn shoppers_of_every_lender_can_be_made() {
    let sim = Simulator::start();
    let put = |phone: &str, body: &Value| sim.http().put_json(&format!("/__sim/api/shoppers/{phone}"), body);
    for (i, lender) in LENDERS.into_iter().enumerate() {
        let phone = format!("08110000000{i}");
        let made = put(&phone, &json!({ "partner": lender.mitra_cd }));
        assert_eq!(made.status, 201, "{}", made.body);
        let made = made.json();
        assert_eq!((&made["partner"], &made["otp"]), (&json!(lender.mitra_cd), &json!(lender.login.otp)));
        let tenors: Vec<_> = made["tenors"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
        let sold =
            if lender.slug == "indodana" { &["1", "3", "6", "12", "18", "24"][..] } else { &["1", "3", "6", "12"] };
        assert_eq!(tenors, sold);
        let mut payment = Payment::begin(&sim, lender, lender.order(&sim.shop(), lender.slug, 1_000_000));
        payment.pay(Login { phone: &phone, pin: "123456", months: "6", otp: lender.login.otp });
        assert_eq!(payment.status(&sim), "0", "{}", lender.slug);
        // A code has the lender's digits.
        let (short, long) = (json!({ "otp": "4321" }), json!({ "otp": "654321" }));
        let (good, bad) = if lender.digits == "4" { (short, long) } else { (long, short) };
        assert_eq!((put(&phone, &good).status, put(&phone, &bad).status), (200, 422), "{}", lender.slug);
    }
    // Kredivo's, unless somebody says otherwise.
    assert_eq!(put("081100000009", &json!({})).json()["partner"], "KDVI");
    // A phone is one lender's customer for good.
    assert_eq!(put("081100000009", &json!({ "partner": "IDNA" })).status, 422);
    let mut payment = Payment::begin(&sim, INDODANA, INDODANA.order(&sim.shop(), "moved", 25_145));
    assert_eq!(error(&payment.sign_in("081100000009", "123456")), "Nomor HP ini belum terdaftar.");
    // What stays where it is keeps what it has.
    let kept = put("0838499610", &json!({ "partner": "IDNA", "name": "Renamed" })).json();
    assert_eq!((&kept["pin"], &kept["name"]), (&json!("123654"), &json!("Renamed")));
    for (body, status) in [
        (json!({ "partner": "NOPE" }), 400),
        (json!({ "partner": "IDNA", "tenors": ["9"] }), 422),
        (json!({ "partner": "AKLP", "tenors": [18] }), 422),
        (json!({ "partner": "AKLP", "limits": { "24_months": 1000 } }), 422),
        (json!({ "partner": "IDNA", "otp": "4567" }), 422),
    ] {
        let refused = put("081100000010", &body);
        assert_eq!(refused.status, status, "{body}: {}", refused.body);
        assert_eq!(sim.http().get("/__sim/api/shoppers/081100000010").status, 404, "{body}");
    }
    let listed = sim.http().get("/__sim/api/shoppers").json();
    let of = |mitra_cd: &str| listed.as_array().unwrap().iter().filter(|s| s["partner"] == mitra_cd).count();
    assert_eq!((of("KDVI"), of("AKLP"), of("IDNA")), (14, 6, 6));
}

#[test]
fn a_limit_of_a_shopper_keeps_the_range_of_its_tenor() {
    let sim = Simulator::start();
    let limits = json!({ "partner": "IDNA", "limits": { "1_months": 5 } });
    let unknown = sim.http().put_json("/__sim/api/shoppers/081100000011", &limits);
    assert_eq!(unknown.status, 422, "it is called 30_days");
    let limits = json!({ "partner": "IDNA", "tenors": ["3"], "limits": { "6_months": "400000000" } });
    assert_eq!(sim.http().put_json("/__sim/api/shoppers/081100000011", &limits).status, 201);
    let order = INDODANA.order(&sim.shop(), "ranges", 400_000);
    let mut payment = Payment::begin(&sim, INDODANA, order);
    payment.sign_in("081100000011", "123456");
    let (open, shut, _) = plans(&payment.get("plan"));
    assert_eq!((open, shut.len()), (vec!["3".to_owned()], 1), "six months begin at 500,000");
}
