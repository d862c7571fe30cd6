//! The lender's pages as any HTTP client sees them: their contract, every shopper's outcome, every way to go wrong.

use nicepay_sim::testing::{Buyer, Login, Order, Reply, Shop, Simulator};
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const CALLBACK: &str = "http://shop.test/thanks?order_id=1";
const STEPS: [&str; 3] = ["signin", "plan", "otp"];

/// One payment, and the browser that makes it.
struct Payment {
    order: Order,
    registered: Reply,
    buyer: Buyer,
    tk: String,
}

impl Payment {
    /// A browser at the first page.
    fn begin(sim: &Simulator, order: Order) -> Self {
        let shop = sim.shop();
        let registered = shop.register(&order);
        assert_eq!(registered.result_cd(), "0000", "{}", registered.body);
        let mut buyer = sim.buyer();
        let tk = buyer.open(&shop.payment_url(&order, &registered, CALLBACK));
        Self { order, registered, buyer, tk }
    }

    /// A browser at one of the steps, or at the end of a payment that is approved.
    fn at(sim: &Simulator, reference_no: &str, step: &str) -> Self {
        let mut payment = Self::begin(sim, sim.shop().order(reference_no, 25_145));
        let place = STEPS.iter().position(|one| *one == step).unwrap_or(STEPS.len());
        if place >= 1 {
            assert_eq!(payment.sign_in("081291891818", "414141").status, 303);
        }
        if place >= 2 {
            assert_eq!(payment.post("plan", &[("instmntMon", "1")]).status, 303);
        }
        if place >= 3 {
            assert_eq!(payment.otp("4567").status, 303);
        }
        payment
    }

    fn url(&self, page: &str) -> String {
        format!("/kredivo/v2/{page}?tk={}", self.tk)
    }

    fn get(&mut self, page: &str) -> Reply {
        let url = self.url(page);
        self.buyer.get(&url)
    }

    fn post(&mut self, page: &str, fields: &[(&str, &str)]) -> Reply {
        let url = self.url(page);
        self.buyer.post(&url, fields)
    }

    fn sign_in(&mut self, phone: &str, pin: &str) -> Reply {
        self.post("signin", &[("phone", phone), ("pin", pin)])
    }

    fn otp(&mut self, otp: &str) -> Reply {
        self.post("otp", &[("otp", otp)])
    }

    /// Asserts where a redirect leads.
    #[track_caller]
    fn leads_to(&self, reply: &Reply, page: &str) {
        assert_eq!((reply.status, reply.location()), (303, self.url(page).as_str()), "{}", reply.body);
    }

    fn shown(&self, sim: &Simulator) -> Value {
        sim.http().get(&format!("{API}/transactions/{}", self.registered.t_xid())).json()
    }

    fn stage(&self, sim: &Simulator) -> String {
        self.shown(sim)["stage"].as_str().unwrap().to_owned()
    }

    fn status(&self, shop: &Shop) -> String {
        shop.status(&self.order, &self.registered)
    }
}

fn html(reply: &Reply) -> Html {
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{} {}", reply.status, reply.body);
    Html::parse_document(&reply.body)
}

fn all<'a>(page: &'a Html, css: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(css).unwrap()).collect()
}

#[track_caller]
fn one<'a>(page: &'a Html, css: &str) -> ElementRef<'a> {
    match all(page, css).as_slice() {
        [one] => *one,
        found => panic!("{} of {css} on the page, not one:\n{}", found.len(), page.html()),
    }
}

#[track_caller]
fn by_id<'a>(page: &'a Html, id: &str) -> ElementRef<'a> {
    one(page, &format!("[data-testid={id}]"))
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn texts(page: &Html, css: &str) -> Vec<String> {
    all(page, css).into_iter().map(text).collect()
}

fn attrs(page: &Html, css: &str, name: &str) -> Vec<String> {
    all(page, css).iter().filter_map(|element| element.attr(name)).map(str::to_owned).collect()
}

/// What the page says went wrong; the form must be there again, below it.
#[track_caller]
fn error_above(reply: &Reply, form: &str) -> String {
    assert_eq!(reply.status, 200, "{}", reply.body);
    let page = html(reply);
    by_id(&page, form);
    let place = |id: &str| reply.body.find(&format!("data-testid=\"{id}\"")).unwrap();
    assert!(place("page-error") < place(form), "the message stands above the form");
    text(by_id(&page, "page-error"))
}

/// A page without a form: its status and its word.
#[track_caller]
fn notice(reply: &Reply) -> (u16, String) {
    let page = html(reply);
    assert!(all(&page, "form").is_empty(), "{}", reply.body);
    (reply.status, by_id(&page, "notice").attr("data-notice").unwrap().to_owned())
}

/// A result page: its word.
#[track_caller]
fn outcome(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.body);
    by_id(&html(reply), "result-status").attr("data-outcome").unwrap().to_owned()
}

fn in_english(payment: &mut Payment) {
    let url = format!("{}&lang=en", payment.url("signin"));
    payment.buyer.get(&url);
}

// ---------------------------------------------------------------------------------------------------------------------
// The contract

#[test]
fn every_step_keeps_the_contract_that_browser_tests_rely_on() {
    let sim = Simulator::start();
    for (step, form, action, fields, ids) in [
        ("signin", "login-form", "signin", vec!["phone", "pin"], vec!["login-phone", "login-pin", "login-submit"]),
        ("plan", "plan-form", "plan", vec!["instmntMon"], vec!["plan-submit"]),
        ("otp", "otp-form", "otp", vec!["otp"], vec!["otp-input", "otp-submit"]),
    ] {
        let mut payment = Payment::at(&sim, step, step);
        let reply = payment.get(step);
        assert_eq!(reply.status, 200, "{step}");
        let page = html(&reply);

        let forms = all(&page, "form");
        assert_eq!(forms[0].attr("data-testid"), Some(form), "{step}: the main form comes first");
        let actions: Vec<_> = forms.iter().map(|form| form.attr("action").unwrap()).collect();
        assert_eq!(actions[0], payment.url(action), "{step}");
        let mut others = vec![payment.url("cancel")];
        if step == "otp" {
            others.insert(0, payment.url("otp/resend"));
        }
        assert_eq!(actions[1..], others, "{step}: every action is its own form");
        assert!(forms.iter().all(|form| form.attr("method") == Some("post")), "{step}");

        let mut names = attrs(&page, &format!("[data-testid={form}] [name]"), "name");
        names.dedup();
        assert_eq!(names, fields, "{step}");
        let everywhere = all(&page, "input, select, textarea, button").len();
        let inside = all(&page, "form input, form select, form textarea, form button").len();
        assert_eq!(everywhere, inside, "{step}: everything lies inside its form");
        assert!(attrs(&page, "button", "name").is_empty(), "{step}: buttons carry no name");
        assert!(attrs(&page, "button", "type").iter().all(|kind| kind == "submit"), "{step}");
        for name in attrs(&page, "input[type=hidden]", "name") {
            for word in ["phone", "pin", "otp", "mon", "tenor", "plan"] {
                assert!(!name.to_lowercase().contains(word), "{step}: a hidden input is called {name}");
            }
        }
        for id in ids {
            let element = by_id(&page, id);
            let owner = element.ancestors().filter_map(ElementRef::wrap).find(|parent| parent.value().name() == "form");
            assert_eq!(owner.unwrap().attr("data-testid"), Some(form), "{step}: {id}");
        }
        by_id(&page, "page-abandon");
        assert_eq!(by_id(&page, "lang-switch").value().name(), "a", "{step}: no form");
        assert!(all(&page, "[data-testid=tester-panel] form, [data-testid=tester-panel] button").is_empty());
        assert!(all(&page, "[data-testid=page-error]").is_empty(), "{step}: nothing is wrong yet");
        let mark = text(by_id(&page, "simulator-mark"));
        assert!(mark.contains("SIMULATOR — no real money") && mark.contains("bukan uang sungguhan"), "{mark}");
        for label in attrs(&page, "label[for]", "for") {
            one(&page, &format!("#{label}"));
        }
    }
}

#[test]
fn the_plan_page_offers_every_tenor_with_its_price() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, sim.shop().order("order", 25_145).with("instmntMon", "3"));
    in_english(&mut payment);
    payment.sign_in("081291891818", "414141");
    let page = html(&payment.get("plan"));
    assert_eq!(attrs(&page, "[data-testid=plan-option]", "value"), ["1", "3", "6", "12"]);
    assert_eq!(attrs(&page, "[data-testid=plan-option]", "type"), ["radio"; 4]);
    assert_eq!(attrs(&page, "[data-testid=plan-option][checked]", "value"), ["3"], "as registered");
    assert!(all(&page, "[data-testid=plan-option][disabled]").is_empty());
    assert_eq!(
        texts(&page, "label.plan"),
        [
            "30 days Rp 26.145 one payment Fee Rp 1.000 Total Rp 26.145",
            "3 months Rp 8.634 /month Fee Rp 755 Total Rp 25.900",
            "6 months Rp 4.845 /month Fee Rp 3.923 Total Rp 29.068",
            "12 months Rp 2.750 /month Fee Rp 7.846 Total Rp 32.991",
        ]
    );
}

#[test]
fn the_plan_page_offers_what_the_account_covers() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, sim.shop().order("dear", 5_000_000).with("instmntMon", "1"));
    in_english(&mut payment);
    payment.sign_in("081291891818", "414141");
    let page = html(&payment.get("plan"));
    assert_eq!(attrs(&page, "[data-testid=plan-option][disabled]", "value"), ["1"]);
    let what_it_would_cost = texts(&page, "label:has(input[disabled])");
    assert_eq!(
        what_it_would_cost,
        ["30 days Not enough limit Limit left Rp 3.500.000"],
        "no price of what is not sold"
    );
    assert_eq!(attrs(&page, "[data-testid=plan-option][checked]", "value"), ["3"], "the shortest that covers it");
    for (months, message) in [
        ("1", "Not enough limit is left for this term. Choose another one."),
        ("2", "Choose a term."),
        ("", "Choose a term."),
        ("abc", "Choose a term."),
        ("-3", "Choose a term."),
        ("300", "Choose a term."),
    ] {
        assert_eq!(error_above(&payment.post("plan", &[("instmntMon", months)]), "plan-form"), message, "{months:?}");
    }
    assert_eq!(error_above(&payment.post("plan", &[]), "plan-form"), "Choose a term.");
    assert_eq!(payment.shown(&sim)["step"], "plan");
    let chosen = payment.post("plan", &[("instmntMon", " 3 ")]);
    payment.leads_to(&chosen, "otp");
}

#[test]
fn the_result_page_has_no_form_but_a_link_back() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "result");
    let reply = payment.get("result");
    let page = html(&reply);
    assert!(all(&page, "form, input, button").is_empty());
    let back = by_id(&page, "return");
    assert_eq!((back.value().name(), back.attr("href").unwrap()), ("a", payment.return_url().as_str()));
    assert!(text(page.root_element()).contains(&payment.registered.t_xid()));
    let returned = payment.buyer.get(back.attr("href").unwrap());
    assert_eq!(returned.status, 302);
    assert!(returned.location().starts_with(&format!("{CALLBACK}&resultCd=0000")), "{}", returned.location());
    assert_eq!(sim.http().get(&payment.url("result")).status, 200, "to any browser");
}

/// The lines of a receipt: what they are called in the page's language, and what they say.
fn receipt(reply: &Reply) -> Vec<(String, String)> {
    let page = html(reply);
    let lines = all(&page, "[data-testid=receipt] dl > div");
    let part = |line: &ElementRef<'_>, css: &str| text(line.select(&Selector::parse(css).unwrap()).next().unwrap());
    lines.iter().map(|line| (part(line, "dt"), part(line, "dd"))).collect()
}

#[track_caller]
fn says(lines: &[(String, String)], expected: &[(&str, &str)]) {
    let lines: Vec<(&str, &str)> = lines.iter().map(|(what, value)| (what.as_str(), value.as_str())).collect();
    assert_eq!(lines, expected);
}

#[test]
fn the_receipt_names_everything_that_was_agreed() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, sim.shop().order("order-1", 600_000));
    let t_xid = payment.registered.t_xid();
    payment.sign_in("081291891818", "414141");
    payment.post("plan", &[("instmntMon", "3")]);
    sim.advance("90s");
    payment.otp("4567");
    sim.advance("5m");
    let reply = payment.get("result");
    assert_eq!(
        text(by_id(&html(&reply), "receipt").select(&Selector::parse("h2").unwrap()).next().unwrap()),
        "Bukti pembayaran"
    );
    let mut expected = vec![
        ("Status", "Disetujui"),
        ("Tanggal", "1 Januari 2026, 00.01.30 WIB"),
        ("Merchant", "PAYLOANTES"),
        ("Barang", "Test Transaction Nicepay"),
        ("No. referensi", "order-1"),
        ("Transaksi", &t_xid),
        ("Akun", "0812••••1818"),
        ("Tenor", "3 bulan"),
        ("Cicilan", "3 × Rp 206.000"),
        ("Biaya", "Rp 18.000"),
        ("Total cicilan", "Rp 618.000"),
    ];
    says(&receipt(&reply), &expected);
    assert!(!reply.body.contains("81291891818"), "never the whole number");
    let page = html(&reply);
    assert!(text(one(&page, ".order-amount")).contains("Rp 600.000"));
    assert_eq!(by_id(&page, "receipt").attr("data-print"), Some("Cetak bukti"));
    assert!(all(&page, "form, input, button").is_empty(), "the script makes the button");

    // What is given back is on it, too.
    let shop = sim.shop();
    assert_eq!(shop.cancel(&payment.registered, "2", "100000").result_cd(), "0000");
    expected[0].1 = "Dikembalikan sebagian";
    expected.splice(2..2, [("Jumlah dikembalikan", "Rp 100.000"), ("Sisa pesanan", "Rp 500.000")]);
    let reply = payment.get("result");
    assert_eq!(outcome(&reply), "approved", "it is still paid");
    says(&receipt(&reply), &expected);
    let page = html(&reply);
    assert_eq!(text(one(&page, "h1")), "Pembayaran dikembalikan sebagian");
    assert!(text(one(&page, ".lead")).ends_with("jumlah yang dikembalikan mengurangi utang Anda ke Kredivo."));
    assert_eq!(notice(&payment.get("signin")), (409, "already-paid".into()), "and nothing is to be paid again");
    sim.advance("1h");
    assert_eq!(shop.cancel(&payment.registered, "2", "500000").result_cd(), "0000");
    in_english(&mut payment);
    let reply = payment.get("result");
    assert_eq!(outcome(&reply), "refunded");
    says(
        &receipt(&reply),
        &[
            ("Status", "Refunded"),
            ("Paid on", "1 January 2026, 00:01:30 WIB"),
            ("Refunded on", "1 January 2026, 01:06:30 WIB"),
            ("Merchant", "PAYLOANTES"),
            ("Goods", "Test Transaction Nicepay"),
            ("Reference no.", "order-1"),
            ("Transaction", &t_xid),
            ("Account", "0812••••1818"),
            ("Amount refunded", "Rp 600.000"),
        ],
    );
    assert_eq!(by_id(&html(&reply), "receipt").attr("data-print"), Some("Print receipt"));

    // Whoever opens the old link finds it, and is not told that the payment is complete.
    let reply = payment.get("signin");
    assert_eq!(notice(&reply), (409, "already-paid".into()));
    let page = html(&reply);
    assert_eq!(text(one(&page, "h1")), "Payment refunded");
    let link = by_id(&page, "receipt-show");
    assert_eq!((text(link).as_str(), link.attr("href")), ("Show the receipt", Some(payment.url("result").as_str())));
}

#[test]
fn instalments_that_differ_are_shown_so_that_they_add_up() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, sim.shop().order("order", 1_499_000));
    in_english(&mut payment);
    payment.sign_in("081291891818", "414141");
    let page = html(&payment.get("plan"));
    assert!(text(by_id(&page, "plan-form")).contains("The last instalment may be smaller, as amounts are rounded."));
    payment.post("plan", &[("instmntMon", "3")]);
    let page = html(&payment.get("otp"));
    assert_eq!(text(by_id(&page, "otp-tenor")), "3 months");
    assert_eq!(text(by_id(&page, "otp-plan")), "2 × Rp 514.657 + Rp 514.656");
    assert_eq!(text(by_id(&page, "otp-total")), "Rp 1.543.970", "before it is confirmed");
    payment.otp("4567");
    let lines = receipt(&payment.get("result"));
    let line = |what: &str| lines.iter().find(|line| line.0 == what).unwrap().1.clone();
    assert_eq!(line("Instalments"), "2 × Rp 514.657 + Rp 514.656");
    assert_eq!(line("Total to pay back"), "Rp 1.543.970");
}

#[test]
fn whoever_pays_and_links_is_told_so_at_every_step_and_on_the_receipt() {
    let sim = Simulator::start();
    let note = "This payment also links your Kredivo account to PAYLOANTES. From then on, this shop can charge your next \
                orders without another login.";
    let mut payment = Payment::begin(&sim, sim.shop().order("order", 25_145).tokenize("customer-1"));
    in_english(&mut payment);
    assert_eq!(text(by_id(&html(&payment.get("signin")), "link-note")), note);
    payment.sign_in("081291891818", "414141");
    assert_eq!(text(by_id(&html(&payment.get("plan")), "link-note")), note);
    payment.post("plan", &[("instmntMon", "1")]);
    assert_eq!(text(by_id(&html(&payment.get("otp")), "link-note")), note);
    payment.otp("4567");
    assert_eq!(text(by_id(&html(&payment.get("result")), "receipt-linked")), "PAYLOANTES");

    let mut without = Payment::at(&sim, "without", "signin");
    assert!(all(&html(&without.get("signin")), "[data-testid=link-note]").is_empty());
    let mut without = Payment::at(&sim, "without-2", "result");
    assert!(all(&html(&without.get("result")), "[data-testid=receipt-linked]").is_empty());
}

#[test]
fn what_was_not_paid_has_no_receipt() {
    let sim = Simulator::start();
    for (phone, word) in [("089900000003", "under-review"), ("089900000004", "declined")] {
        let mut payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        pay(&sim, &payment, phone);
        let reply = payment.get("result");
        assert_eq!(outcome(&reply), word);
        assert!(all(&html(&reply), "[data-testid=receipt], [data-print]").is_empty(), "{}", reply.body);
    }
    let mut payment = Payment::at(&sim, "given-up", "signin");
    payment.post("cancel", &[]);
    let reply = payment.get("result");
    assert_eq!(outcome(&reply), "abandoned");
    assert!(all(&html(&reply), "[data-testid=receipt]").is_empty());
}

#[test]
fn a_clock_that_stands_is_not_counted_down() {
    let sim = Simulator::start();
    for (language, expires, resend, stands) in [
        (
            "id",
            "Kode berlaku sampai pukul 00.02.00 WIB.",
            "Kode baru dapat diminta mulai pukul 00.00.30 WIB. Sisa 3 kali kirim ulang.",
            "Jam simulator berhenti pada pukul 00.00.00 WIB: menunggu saja tidak membantu.",
        ),
        (
            "en",
            "The code is valid until 00:02:00 WIB.",
            "You can ask for a new code from 00:00:30 WIB. 3 resends left.",
            "The simulator's clock stands at 00:00:00 WIB: waiting does not help.",
        ),
    ] {
        let mut payment = Payment::at(&sim, language, "otp");
        let url = format!("{}&lang={language}", payment.url("otp"));
        let page = html(&payment.buyer.get(&url));
        assert_eq!(text(by_id(&page, "otp-expires")), expires);
        assert_eq!(text(one(&page, "#resend-hint")), resend);
        assert_eq!(text(by_id(&page, "clock-stands")), stands);
        assert!(all(&page, "[data-countdown]").is_empty(), "{}", page.html());
    }
    // Moved, it stands somewhere else.
    let mut payment = Payment::at(&sim, "moved", "otp");
    in_english(&mut payment);
    sim.advance("30s");
    let page = html(&payment.get("otp"));
    assert_eq!(text(one(&page, "#resend-hint")), "3 resends left.");
    assert!(text(by_id(&page, "clock-stands")).contains("00:00:30"));
    for _ in 0..3 {
        payment.otp("0000");
    }
    assert_eq!(text(by_id(&html(&payment.get("otp")), "otp-expires")), "This code is no longer valid.");
    sim.advance("90s");
    payment.post("otp/resend", &[]);
    sim.advance("2m");
    assert_eq!(text(by_id(&html(&payment.get("otp")), "otp-expires")), "The code has expired.");
}

#[test]
fn a_clock_that_goes_is_counted_down_where_there_is_a_script() {
    let sim = Simulator::builder().clock("system").start();
    let mut payment = Payment::at(&sim, "order", "otp");
    in_english(&mut payment);
    let page = html(&payment.get("otp"));
    assert!(all(&page, "[data-testid=clock-stands]").is_empty());
    for (id, least, most) in [("otp-countdown", 60, 120), ("resend-countdown", 1, 30)] {
        let seconds: u64 = by_id(&page, id).attr("data-countdown").unwrap().parse().unwrap();
        assert!((least..=most).contains(&seconds), "{id}: {seconds}");
    }
    assert_eq!(all(&page, "[data-left][hidden]").len(), 2, "without the script, only the time of day is shown");
    let expires = text(by_id(&page, "otp-expires"));
    assert!(expires.starts_with("The code is valid until ") && expires.contains(" WIB. Time left "), "{expires}");
    // Its end, by the day's time, is that of the log.
    let until = sim.events("partner.otp-sent")[0]["expiresAt"].as_str().unwrap().to_owned();
    assert!(expires.contains(&until[13..19]), "{expires} {until}");
}

#[test]
fn a_message_marks_the_field_that_it_is_about() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    let marked = |reply: &Reply| attrs(&html(reply), "[aria-invalid=true]", "id");
    assert!(marked(&payment.get("signin")).is_empty());
    for (phone, pin, field) in [
        ("", "414141", Some("phone")),
        ("089912345678", "414141", Some("phone")),
        ("081291891818", "4141", Some("pin")),
        ("081291891818", "000000", Some("pin")),
        ("089900000006", "123456", Some("phone")),
        ("089900000007", "123456", None),
    ] {
        assert_eq!(marked(&payment.sign_in(phone, pin)), field.into_iter().collect::<Vec<_>>(), "{phone} {pin}");
    }
    payment.sign_in("081291891818", "414141");
    payment.post("plan", &[("instmntMon", "1")]);
    assert!(marked(&payment.get("otp")).is_empty());
    assert_eq!(marked(&payment.otp("0000")), ["otp"]);
    assert!(marked(&payment.post("otp/resend", &[])).is_empty(), "too early is not the code's fault");
}

impl Payment {
    fn return_url(&self) -> String {
        format!("/nicepay/direct/v2/payment/return?tk={}", self.tk)
    }
}

#[test]
fn every_page_carries_the_headers_that_keep_it_safe() {
    let sim = Simulator::start();
    let mut pages: Vec<(&str, u16, Reply)> = Vec::new();
    for step in ["signin", "plan", "otp", "result"] {
        pages.push((step, 200, Payment::at(&sim, step, step).get(step)));
    }
    let mut payment = Payment::at(&sim, "wrong", "signin");
    pages.push(("wrong PIN", 200, payment.sign_in("081291891818", "000000")));
    pages.push(("unreadable", 413, payment.post("signin", &[("phone", &"x".repeat(20_000))])));
    pages.push(("other session", 403, sim.http().post_form(&Payment::at(&sim, "s", "plan").url("plan"), &[], &[])));
    pages.push(("unknown link", 404, sim.http().get("/kredivo/v2/signin?tk=none")));
    pages.push(("unknown page", 404, sim.http().get("/kredivo/none")));
    pages.push(("wrong verb", 404, sim.http().send("DELETE", "/kredivo/v2/signin", &[], "")));
    pages.push(("decided", 409, Payment::at(&sim, "decided", "result").get("signin")));
    let mut old = Payment::at(&sim, "old", "signin");
    sim.advance("24h");
    pages.push(("expired", 410, old.get("signin")));
    for (name, status, reply) in pages {
        assert_eq!(reply.status, status, "{name}");
        html(&reply);
        let policy = reply.header("content-security-policy").unwrap();
        for directive in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.split("; ").any(|one| one == directive), "{name}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        for (header, value) in
            [("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin")]
        {
            assert_eq!(reply.header(header), Some(value), "{name}: {header}");
        }
        assert!(reply.header("content-length").is_some(), "{name}");
        // No inline script or style, and nothing from elsewhere: the policy would stop it.
        let page = html(&reply);
        assert!(all(&page, "script:not([src]), style, [style], [onclick], [onload]").is_empty(), "{name}");
        for link in attrs(&page, "[href]", "href").iter().chain(&attrs(&page, "[src]", "src")) {
            assert!(link.starts_with(['/', '#']) && !link.starts_with("//"), "{name}: {link}");
        }
    }
}

#[test]
fn what_the_pages_load_is_there() {
    let sim = Simulator::start();
    let page = html(&Payment::at(&sim, "order", "signin").get("signin"));
    let mut assets = attrs(&page, "link[href]", "href");
    assets.extend(attrs(&page, "script[src]", "src"));
    assert_eq!(assets.len(), 3, "{assets:?}");
    for asset in assets {
        let reply = sim.http().get(&asset);
        assert_eq!((reply.status, reply.header("x-content-type-options")), (200, Some("nosniff")), "{asset}");
    }
}

#[test]
fn redirects_after_a_form_are_303_relative_and_not_kept() {
    let sim = Simulator::start();
    for (step, page, fields, target) in [
        ("signin", "signin", vec![("phone", "081291891818"), ("pin", "414141")], "plan"),
        ("plan", "plan", vec![("instmntMon", "3")], "otp"),
        ("otp", "otp", vec![("otp", "4567")], "result"),
        ("signin", "cancel", vec![], "result"),
        ("plan", "cancel", vec![], "result"),
        ("otp", "cancel", vec![], "result"),
    ] {
        let mut payment = Payment::at(&sim, &format!("{step}-{page}"), step);
        let reply = payment.post(page, &fields);
        payment.leads_to(&reply, target);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert!(reply.body.is_empty());
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Shoppers

/// The table of `docs/ARCHITECTURE.md` §5: who, PIN, what the page says, how it ends, and why where it is refused.
const SHOPPERS: &[(&str, &str, &str, &str, Option<&str>)] = &[
    ("081513114262", "663482", "approved", "approved", None),
    ("081291891818", "414141", "approved", "approved", None),
    ("089900000001", "123456", "under-review", "approved", None),
    ("089900000002", "123456", "under-review", "declined", None),
    ("089900000003", "123456", "under-review", "under-review", None),
    ("089900000004", "123456", "declined", "declined", Some("risk")),
    ("089900000005", "123456", "declined", "declined", Some("limit")),
    ("089900000009", "123456", "approved", "approved", None),
    ("089900000010", "123456", "approved", "approved", None),
];

fn check_outcome(sim: &Simulator, payment: &Payment, row: &(&str, &str, &str, &str, Option<&str>)) {
    let (phone, _, stage, end, reason) = *row;
    assert_eq!(payment.stage(sim), stage, "{phone}");
    assert_eq!(payment.shown(sim)["reason"].as_str(), reason, "{phone}");
    sim.advance("29999ms");
    assert_eq!(payment.stage(sim), stage, "{phone}");
    sim.advance("1ms");
    assert_eq!(payment.stage(sim), end, "{phone}");
    let digit = match end {
        "approved" => "0",
        "under-review" => "3",
        _ => "8",
    };
    assert_eq!(payment.status(&sim.shop()), digit, "{phone}");
    sim.advance("100h");
    assert_eq!(payment.stage(sim), end, "{phone}: for good");
}

#[test]
fn every_shopper_has_their_outcome_on_the_pages() {
    for row in SHOPPERS {
        let sim = Simulator::start();
        let (phone, pin, stage, _, reason) = *row;
        let mut payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        in_english(&mut payment);
        let signed_in = payment.sign_in(phone, pin);
        if reason == Some("limit") {
            payment.leads_to(&signed_in, "result");
        } else {
            payment.leads_to(&signed_in, "plan");
            let months = attrs(&html(&payment.get("plan")), "[data-testid=plan-option]", "value");
            let expected: &[&str] = if phone == "081513114262" { &["1"] } else { &["1", "3", "6", "12"] };
            assert_eq!(months, expected, "{phone}");
            let chosen = payment.post("plan", &[("instmntMon", "1")]);
            payment.leads_to(&chosen, "otp");
            let entered = payment.otp("4567");
            payment.leads_to(&entered, "result");
        }
        let result = payment.get("result");
        assert_eq!(outcome(&result), stage, "{phone}");
        let said = texts(&html(&result), "[data-testid=result-reason]");
        let expected: &[&str] = match reason {
            Some("risk") => &["The payment did not pass the risk check."],
            Some(_) => &["Not enough limit is left."],
            None => &[],
        };
        assert_eq!(said, expected, "{phone}");
        check_outcome(&sim, &payment, row);
    }
}

#[test]
fn every_shopper_has_their_outcome_without_a_browser() {
    for row in SHOPPERS {
        let sim = Simulator::start();
        let (phone, _, stage, ..) = *row;
        let payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        let played = pay(&sim, &payment, phone).json();
        assert_eq!(played["stage"], stage, "{phone}");
        let code = if stage == "declined" { "9030" } else { "0000" };
        assert!(played["callbackUrl"].as_str().unwrap().contains(&format!("&resultCd={code}&")), "{played}");
        check_outcome(&sim, &payment, row);
    }
}

fn pay(sim: &Simulator, payment: &Payment, phone: &str) -> Reply {
    let call = format!("{API}/transactions/{}/buyer", payment.registered.t_xid());
    sim.http().post_json(&call, &json!({ "phone": phone }))
}

/// Phone, what the event says, and what the page says.
const SHUT_OUT: &[(&str, &str, &str)] = &[
    ("089900000006", "inactive", "This account is inactive and cannot be used to pay."),
    ("089900000007", "locked", "This account is locked. Contact Kredivo."),
];

#[test]
fn whoever_is_not_let_in_stays_at_the_first_page() {
    let sim = Simulator::start();
    for (phone, reason, message) in SHUT_OUT {
        let mut payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        in_english(&mut payment);
        assert_eq!(error_above(&payment.sign_in(phone, "123456"), "login-form"), *message);
        assert_eq!(sim.events("partner.login-failed").pop().unwrap()["reason"], *reason);
        assert_eq!((payment.stage(&sim), payment.status(&sim.shop())), ("at-partner".into(), "9".into()));
        let other = payment.sign_in("081291891818", "414141");
        payment.leads_to(&other, "plan");
    }
}

#[test]
fn whoever_is_not_let_in_does_not_pay_without_a_browser_either() {
    let sim = Simulator::start();
    for (phone, reason, _) in SHUT_OUT {
        let payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        let played = pay(&sim, &payment, phone);
        assert_eq!((played.status, played.json()["stage"].as_str()), (200, Some("at-partner")), "{}", played.body);
        assert_eq!(played.json()["reason"], *reason);
        assert_eq!(payment.stage(&sim), "at-partner");
    }
}

#[test]
fn the_shopper_whose_first_otp_has_expired_asks_for_another() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, sim.shop().order("order", 25_145));
    in_english(&mut payment);
    payment.sign_in("089900000008", "123456");
    payment.post("plan", &[("instmntMon", "1")]);
    assert!(text(one(&html(&payment.get("otp")), "#otp-expires")).contains("The code has expired."));
    assert_eq!(error_above(&payment.otp("4567"), "otp-form"), "The code has expired. Ask for a new one.");
    sim.advance("30s");
    payment.post("otp/resend", &[]);
    let entered = payment.otp("4567");
    payment.leads_to(&entered, "result");
    assert_eq!(payment.stage(&sim), "approved");

    let without_browser = Payment::begin(&sim, sim.shop().order("buyer", 25_145));
    assert_eq!(pay(&sim, &without_browser, "089900000008").json()["stage"], "approved");
    let t_xid = without_browser.registered.t_xid();
    let failed = sim.http().get(&format!("{API}/events?type=partner.otp-failed&tXid={t_xid}")).json();
    assert_eq!(failed[0]["reason"], "expired");
}

/// A seamless order of the shopper who is asked for an OTP all the same.
fn seamless_with_otp(sim: &Simulator, reference_no: &str) -> Order {
    let token = json!({
        "iMid": "PAYLOANTES", "clientUserKey": reference_no, "phone": "089900000009", "userToken": reference_no,
    });
    assert_eq!(sim.http().post_json(&format!("{API}/tokens"), &token).status, 201);
    sim.shop().order(reference_no, 25_145).seamless(reference_no)
}

#[test]
fn the_shopper_whose_seamless_payments_ask_for_an_otp() {
    let sim = Simulator::start();
    let order = seamless_with_otp(&sim, "browser");
    let mut payment = Payment::begin(&sim, order);
    sim.advance("1h");
    assert_eq!(payment.stage(&sim), "at-partner", "it does not settle by itself");
    let to_otp = payment.get("signin");
    payment.leads_to(&to_otp, "otp");
    let expired = payment.otp("4567");
    assert_eq!(expired.status, 200, "two minutes are over");
    payment.post("otp/resend", &[]);
    let page = html(&payment.get("otp"));
    by_id(&page, "otp-form");
    assert!(text(page.root_element()).contains("0899••••0009"), "the token's owner");
    let entered = payment.otp("4567");
    payment.leads_to(&entered, "result");
    assert_eq!(outcome(&payment.get("result")), "approved");
    assert_eq!(sim.events("partner.login"), [Value::Null; 0], "nobody had to sign in");

    let without_browser = Payment::begin(&sim, seamless_with_otp(&sim, "buyer"));
    let call = format!("{API}/transactions/{}/buyer", without_browser.registered.t_xid());
    assert_eq!(sim.http().post_json(&call, &json!({})).json()["stage"], "approved");
}

#[test]
fn a_seamless_payment_has_no_login_and_no_plan() {
    let sim = Simulator::start();
    let order = seamless_with_otp(&sim, "order");
    let mut payment = Payment::begin(&sim, order);
    let replies = [
        payment.sign_in("081291891818", "414141"),
        payment.post("plan", &[("instmntMon", "1")]),
        payment.get("plan"),
        payment.get("result"),
    ];
    for reply in replies {
        payment.leads_to(&reply, "otp");
    }
    let given_up = payment.post("cancel", &[]);
    payment.leads_to(&given_up, "result");
    assert_eq!(outcome(&payment.get("result")), "abandoned");
}

#[test]
fn every_way_to_write_a_phone_signs_in() {
    let sim = Simulator::start();
    for phone in ["81291891818", "081291891818", "6281291891818", "+6281291891818", " +62 812-9189-1818 "] {
        let mut payment = Payment::begin(&sim, sim.shop().order(phone, 25_145));
        let signed_in = payment.sign_in(phone, "414141");
        payment.leads_to(&signed_in, "plan");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// PIN and OTP

#[test]
fn what_cannot_be_a_login_is_no_try() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    in_english(&mut payment);
    for (phone, pin, message) in [
        ("", "414141", "Enter your phone number."),
        ("  ", "", "Enter your phone number."),
        ("081291891818", "", "The PIN has 6 digits."),
        ("081291891818", "12345", "The PIN has 6 digits."),
        ("081291891818", "1234567", "The PIN has 6 digits."),
        ("081291891818", "12345a", "The PIN has 6 digits."),
        ("nobody", "414141", "This phone number is not registered."),
        ("081234567890", "414141", "This phone number is not registered."),
    ] {
        let reply = payment.sign_in(phone, pin);
        assert_eq!(error_above(&reply, "login-form"), message, "{phone:?} {pin:?}");
        let page = html(&reply);
        assert_eq!(by_id(&page, "login-phone").attr("value"), Some(phone.trim()), "what was typed stays");
        assert_eq!(by_id(&page, "login-pin").attr("value"), None, "but not the PIN");
    }
    assert_eq!(error_above(&payment.post("signin", &[]), "login-form"), "Enter your phone number.");
    assert!(sim.events("partner.locked").is_empty());
    let signed_in = payment.sign_in("081291891818", "414141");
    payment.leads_to(&signed_in, "plan");
}

#[test]
fn three_wrong_pins_lock_for_half_an_hour() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    in_english(&mut payment);
    for message in [
        "Wrong PIN. 2 tries left.",
        "Wrong PIN. 1 try left before the account is locked.",
        "Too many wrong PINs. This account is now locked until 00:30 WIB. The simulator's clock stands at 00:00:00 WIB: \
         waiting does not help.",
        "This account is locked until 00:30 WIB. Try again in 30 minutes. The simulator's clock stands at 00:00:00 WIB: \
         waiting does not help.",
    ] {
        assert_eq!(error_above(&payment.sign_in("081291891818", "000000"), "login-form"), message);
    }
    let locked = sim.events("partner.locked");
    assert_eq!((locked.len(), &locked[0]["until"]), (1, &json!("2025-12-31T17:30:00Z")));
    for (by, in_minutes, now) in [
        ("1s", "30 minutes", "00:00:01"),
        ("28m", "2 minutes", "00:28:01"),
        ("58999ms", "1 minute", "00:28:59"),
        ("59999ms", "1 minute", "00:29:59"),
    ] {
        sim.advance(by);
        let message = format!(
            "This account is locked until 00:30 WIB. Try again in {in_minutes}. The simulator's clock stands at {now} \
             WIB: waiting does not help."
        );
        assert_eq!(
            error_above(&payment.sign_in("081291891818", "414141"), "login-form"),
            message,
            "even the right one"
        );
    }
    let mut second = Payment::at(&sim, "second", "signin");
    in_english(&mut second);
    assert!(
        error_above(&second.sign_in("081291891818", "414141"), "login-form").contains("locked"),
        "in every payment"
    );
    sim.advance("2s");
    assert_eq!(error_above(&payment.sign_in("081291891818", "000000"), "login-form"), "Wrong PIN. 2 tries left.");
    let signed_in = payment.sign_in("081291891818", "414141");
    payment.leads_to(&signed_in, "plan");
}

#[test]
fn a_right_pin_ends_the_count_of_wrong_ones() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    for _ in 0..3 {
        for _ in 0..2 {
            assert_eq!(payment.sign_in("081291891818", "000000").status, 200);
        }
        let signed_in = payment.sign_in("081291891818", "414141");
        payment.leads_to(&signed_in, "plan");
    }
}

#[test]
fn a_lock_is_one_merchants() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    for _ in 0..3 {
        payment.sign_in("081291891818", "000000");
    }
    let shop = sim.new_shop("OTHER", "key");
    let order = shop.order("order", 25_145);
    let registered = shop.register(&order);
    let mut buyer = sim.buyer();
    let tk = buyer.open(&shop.payment_url(&order, &registered, CALLBACK));
    assert_eq!(buyer.sign_in(&tk, Login::default()).status, 303);
}

#[test]
fn an_otp_lives_two_minutes() {
    let sim = Simulator::start();
    for (age, lives) in [("119999ms", true), ("2m", false)] {
        let mut payment = Payment::at(&sim, age, "otp");
        in_english(&mut payment);
        sim.advance(age);
        let reply = payment.otp("4567");
        if lives {
            payment.leads_to(&reply, "result");
        } else {
            assert_eq!(error_above(&reply, "otp-form"), "The code has expired. Ask for a new one.");
            let resent = payment.post("otp/resend", &[]);
            assert_eq!((resent.status, resent.location()), (303, format!("{}&resent=1", payment.url("otp")).as_str()));
            let shown = payment.buyer.get(resent.location());
            assert_eq!(text(by_id(&html(&shown), "page-notice")), "A new code has been sent.");
            let entered = payment.otp("4567");
            payment.leads_to(&entered, "result");
        }
    }
    let sent = sim.events("partner.otp-sent");
    assert_eq!((sent[0]["otp"].as_str(), sent[0]["expiresAt"].as_str()), (Some("4567"), Some("2025-12-31T17:02:00Z")));
}

#[test]
fn an_otp_takes_three_tries() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "otp");
    in_english(&mut payment);
    for nothing in ["", "  "] {
        assert_eq!(error_above(&payment.otp(nothing), "otp-form"), "Enter the OTP code.", "no try");
    }
    for (otp, message) in [
        ("0000", "Wrong code. 2 tries left."),
        ("45678", "Wrong code. 1 try left."),
        ("abcd", "Too many wrong codes. Ask for a new one."),
        ("4567", "Too many wrong codes. Ask for a new one."),
    ] {
        assert_eq!(error_above(&payment.otp(otp), "otp-form"), message, "{otp}");
    }
    assert_eq!(payment.stage(&sim), "at-partner");
    sim.advance("30s");
    payment.post("otp/resend", &[]);
    assert_eq!(error_above(&payment.otp("0000"), "otp-form"), "Wrong code. 2 tries left.", "a new code, new tries");
    let entered = payment.otp("4567");
    payment.leads_to(&entered, "result");
    let reasons: Vec<_> = sim.events("partner.otp-failed").iter().map(|event| event["reason"].clone()).collect();
    assert_eq!(reasons, ["wrong", "wrong", "used-up", "used-up", "wrong"]);
}

#[test]
fn an_otp_is_sent_again_after_half_a_minute_and_three_times() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "otp");
    in_english(&mut payment);
    let hint = |payment: &mut Payment| text(one(&html(&payment.get("otp")), "#resend-hint"));
    assert_eq!(hint(&mut payment), "You can ask for a new code from 00:00:30 WIB. 3 resends left.");
    for (left, said) in [(2, "2 resends left."), (1, "1 resend left."), (0, "No more codes can be sent.")] {
        let early = error_above(&payment.post("otp/resend", &[]), "otp-form");
        assert_eq!(early, "You can ask for a new code in 30 seconds.");
        sim.advance("29999ms");
        let early = error_above(&payment.post("otp/resend", &[]), "otp-form");
        assert_eq!(early, "You can ask for a new code in 1 second.");
        sim.advance("1ms");
        assert_eq!(payment.post("otp/resend", &[]).status, 303);
        assert!(hint(&mut payment).ends_with(said), "{left}");
    }
    sim.advance("1m");
    assert_eq!(error_above(&payment.post("otp/resend", &[]), "otp-form"), "No more codes can be sent.");
    assert_eq!(sim.events("partner.otp-sent").len(), 4);
    let entered = payment.otp("4567");
    payment.leads_to(&entered, "result");
}

#[test]
fn an_otp_that_has_expired_for_good_leads_back_to_the_login() {
    let sim = Simulator::start();
    for looks in [true, false] {
        let mut payment = Payment::at(&sim, &format!("order-{looks}"), "otp");
        in_english(&mut payment);
        for _ in 0..3 {
            sim.advance("30s");
            payment.post("otp/resend", &[]);
        }
        let page = html(&payment.get("otp"));
        assert!(all(&page, "[data-testid=otp-resend]").is_empty(), "no button that only says no");
        assert!(all(&page, "[data-testid=otp-start-over]").is_empty(), "this code is good");
        sim.advance("2m");
        let page = html(&if looks { payment.get("otp") } else { payment.otp("4567") });
        let link = if looks { "otp-start-over" } else { "signin-again" };
        let again = by_id(&page, link);
        assert_eq!((text(again).as_str(), again.attr("href")), ("Sign in again", Some(&*payment.url("signin"))));
        if !looks {
            assert_eq!(text(one(&page, "h1")), "The code has expired", "the reason, not only the result");
        }
        by_id(&html(&payment.get("signin")), "login-form");
        let signed_in = payment.sign_in("081291891818", "414141");
        payment.leads_to(&signed_in, "plan");
        payment.post("plan", &[("instmntMon", "3")]);
        let entered = payment.otp("4567");
        payment.leads_to(&entered, "result");
        assert_eq!(payment.stage(&sim), "approved");
    }

    // Nobody signed in to a seamless payment, and nobody can.
    let mut payment = Payment::begin(&sim, seamless_with_otp(&sim, "seamless"));
    in_english(&mut payment);
    for _ in 0..3 {
        sim.advance("30s");
        payment.post("otp/resend", &[]);
    }
    sim.advance("2m");
    let reply = payment.otp("4567");
    let message = "The code is no longer valid, and no more can be sent. Cancel, and start again from the shop.";
    assert_eq!(error_above(&reply, "otp-form"), message);
    assert!(all(&html(&reply), "[data-testid=otp-start-over]").is_empty());
}

#[test]
fn whoever_has_used_up_every_otp_signs_in_again() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "otp");
    for _ in 0..3 {
        sim.advance("30s");
        payment.post("otp/resend", &[]);
    }
    for _ in 0..2 {
        assert_eq!(payment.otp("0000").status, 200);
    }
    let reply = payment.otp("0000");
    assert_eq!(notice(&reply), (403, "session-ended".into()));
    let page = html(&reply);
    assert_eq!(text(one(&page, "h1")), "Terlalu banyak kode salah", "the reason, not only the result");
    assert_eq!(by_id(&page, "signin-again").attr("href"), Some(payment.url("signin").as_str()));
    assert_eq!(payment.shown(&sim)["step"], "sign-in");
    let signed_in = payment.sign_in("081291891818", "414141");
    payment.leads_to(&signed_in, "plan");
}

// ---------------------------------------------------------------------------------------------------------------------
// Back button, other browsers, old links

#[test]
fn a_form_from_a_page_left_behind_leads_to_where_the_buyer_is() {
    let sim = Simulator::start();
    let plan = ("plan", vec![("instmntMon", "3")]);
    let otp = ("otp", vec![("otp", "4567")]);
    let resend = ("otp/resend", vec![]);
    let cancel = ("cancel", vec![]);
    let sign_in = ("signin", vec![("phone", "081291891818"), ("pin", "414141")]);
    for (at, (page, fields), leads_to) in [
        ("signin", plan.clone(), "signin"),
        ("signin", otp.clone(), "signin"),
        ("signin", resend.clone(), "signin"),
        ("plan", otp.clone(), "plan"),
        ("plan", resend.clone(), "plan"),
        ("plan", sign_in.clone(), "plan"),
        ("otp", plan.clone(), "otp"),
        ("otp", sign_in.clone(), "plan"),
        ("result", sign_in, "result"),
        ("result", ("signin", vec![]), "result"),
        ("result", ("signin", vec![("phone", "081291891818"), ("pin", "000000")]), "result"),
        ("result", plan, "result"),
        ("result", otp, "result"),
        ("result", ("otp", vec![]), "result"),
        ("result", resend, "result"),
        ("result", cancel, "result"),
    ] {
        let mut payment = Payment::at(&sim, &format!("{at}-{page}-{}", fields.len()), at);
        let reply = payment.post(page, &fields);
        payment.leads_to(&reply, leads_to);
        if at == "result" {
            assert_eq!(payment.stage(&sim), "approved");
        }
        sim.http().post_json(&format!("{API}/reset"), &json!({}));
    }
}

#[test]
fn a_page_out_of_turn_leads_to_where_the_buyer_is() {
    let sim = Simulator::start();
    for (at, page, leads_to) in [
        ("signin", "plan", "signin"),
        ("signin", "otp", "signin"),
        ("signin", "result", "signin"),
        ("plan", "signin", "plan"),
        ("plan", "otp", "plan"),
        ("plan", "result", "plan"),
        ("otp", "signin", "otp"),
        ("otp", "result", "otp"),
        ("otp", "otp/resend", "otp"),
        ("otp", "cancel", "otp"),
        ("result", "plan", "result"),
        ("result", "otp", "result"),
    ] {
        let mut payment = Payment::at(&sim, &format!("{at}-{page}"), at);
        let reply = payment.get(page);
        payment.leads_to(&reply, leads_to);
    }
    let mut payment = Payment::at(&sim, "back-to-plan", "otp");
    let page = html(&payment.get("plan"));
    by_id(&page, "plan-form");
}

#[test]
fn a_tenor_chosen_anew_replaces_the_first() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "otp");
    payment.post("plan", &[("instmntMon", "6")]);
    payment.otp("4567");
    assert_eq!(payment.shown(&sim)["instmntMon"], "6");
}

#[test]
fn a_link_that_was_never_given_is_404() {
    let sim = Simulator::start();
    for query in ["", "?tk=", "?tk=none", "?tk=%00%ff", "?tk=<script>alert(1)</script>"] {
        for page in ["signin", "plan", "otp", "result"] {
            let reply = sim.http().get(&format!("/kredivo/v2/{page}{query}"));
            assert_eq!(notice(&reply), (404, "link-unknown".into()), "{page}{query}");
            assert!(!reply.body.contains("<script>alert"), "{page}{query}");
        }
        for page in ["signin", "plan", "otp", "otp/resend", "cancel"] {
            let reply = sim.http().post_form(&format!("/kredivo/v2/{page}{query}"), &[("phone", "081291891818")], &[]);
            assert_eq!(notice(&reply), (404, "link-unknown".into()), "{page}{query}");
        }
    }
    let mut payment = Payment::at(&sim, "order", "plan");
    sim.http().post_json(&format!("{API}/reset"), &json!({}));
    assert_eq!(notice(&payment.get("plan")), (404, "link-unknown".into()), "a reset forgets it");
}

#[test]
fn a_link_whose_time_is_up_is_410() {
    let sim = Simulator::start();
    let mut payments = STEPS.map(|step| Payment::at(&sim, step, step));
    sim.advance("24h");
    for payment in &mut payments {
        let old = payment.get("signin");
        assert_eq!(notice(&old), (410, "link-expired".into()));
        assert_eq!(by_id(&html(&old), "return").attr("href"), Some(payment.return_url().as_str()));
        assert_eq!(notice(&payment.get("result")), (410, "link-expired".into()));
        for page in ["plan", "otp"] {
            let reply = payment.get(page);
            payment.leads_to(&reply, "signin");
        }
        for (page, fields) in [
            ("signin", vec![("phone", "081291891818"), ("pin", "414141")]),
            ("signin", vec![]),
            ("plan", vec![("instmntMon", "1")]),
            ("otp", vec![("otp", "4567")]),
            ("otp", vec![]),
            ("otp/resend", vec![]),
            ("cancel", vec![]),
        ] {
            assert_eq!(notice(&payment.post(page, &fields)), (410, "link-expired".into()), "{page}");
        }
        let returned = payment.buyer.get(&payment.return_url());
        assert!(returned.location().starts_with(&format!("{CALLBACK}&resultCd=9129")), "{}", returned.location());
        assert_eq!(payment.stage(&sim), "expired");
    }
}

#[test]
fn a_link_of_a_paid_order_is_409_with_the_way_back() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "result");
    let reply = payment.get("signin");
    assert_eq!(notice(&reply), (409, "already-paid".into()));
    let page = html(&reply);
    assert_eq!(by_id(&page, "return").attr("href"), Some(payment.return_url().as_str()));
    let link = by_id(&page, "receipt-show");
    let expected = ("Lihat bukti pembayaran", Some(payment.url("result")));
    assert_eq!((text(link).as_str(), link.attr("href").map(str::to_owned)), expected);
}

#[test]
fn whoever_is_at_a_step_when_it_is_decided_elsewhere_is_led_to_the_result() {
    let sim = Simulator::start();
    for (act, decided) in [("approve", "approved"), ("review", "under-review"), ("reject", "declined")] {
        for step in STEPS {
            let mut payment = Payment::at(&sim, &format!("{act}-{step}"), step);
            let call = format!("{API}/transactions/{}/buyer", payment.registered.t_xid());
            sim.http().post_json(&call, &json!({ "do": act }));
            if (act, step) != ("approve", "signin") {
                let moved = payment.get(step);
                payment.leads_to(&moved, "result");
            }
            assert_eq!(outcome(&payment.get("result")), decided, "{step}");
        }
    }
}

#[test]
fn another_browser_cannot_go_on_where_the_first_one_is() {
    let sim = Simulator::start();
    for (at, page, fields) in [
        ("plan", "plan", vec![("instmntMon", "1")]),
        ("plan", "cancel", vec![]),
        ("otp", "plan", vec![("instmntMon", "1")]),
        ("otp", "otp", vec![("otp", "4567")]),
        ("otp", "otp/resend", vec![]),
        ("otp", "cancel", vec![]),
    ] {
        let payment = Payment::at(&sim, &format!("{at}-{page}"), at);
        let before = payment.shown(&sim);
        for cookie in ["", "sim_session_none=x", &format!("sim_session_{}=x", &payment.tk[..12])] {
            let reply = sim.http().post_form(&payment.url(page), &fields, &[("cookie", cookie)]);
            assert_eq!(notice(&reply), (403, "session-ended".into()), "{at} {page}");
            assert_eq!(by_id(&html(&reply), "signin-again").attr("href"), Some(payment.url("signin").as_str()));
        }
        assert_eq!(payment.shown(&sim), before, "{at} {page}");
    }
}

#[test]
fn another_browser_may_begin_and_then_the_first_one_may_not_go_on() {
    let sim = Simulator::start();
    for step in STEPS {
        let mut payment = Payment::at(&sim, step, step);
        let first_page = sim.http().get(&payment.url("signin"));
        assert_eq!(first_page.status, 200, "a client without cookies sees a page");
        by_id(&html(&first_page), "login-form");
        let warned = !all(&html(&first_page), "[data-testid=signin-taken]").is_empty();
        assert_eq!(warned, step != "signin", "{step}: whoever begins is told that somebody has begun");
        for page in ["plan", "otp"] {
            assert_eq!(sim.http().get(&payment.url(page)).location(), payment.url("signin"), "{step} {page}");
        }
        let mut second = sim.buyer();
        assert_eq!(second.sign_in(&payment.tk, Login::default()).status, 303);
        assert_eq!(notice(&payment.post("plan", &[("instmntMon", "1")])), (403, "session-ended".into()));
        let back_to_start = payment.get("plan");
        payment.leads_to(&back_to_start, "signin");
        assert_eq!(second.choose(&payment.tk, "1").status, 303);
    }
}

#[test]
fn two_tabs_of_one_browser_pay_two_orders() {
    let sim = Simulator::start();
    let (mut one, mut two) = (Payment::at(&sim, "one", "signin"), Payment::at(&sim, "two", "signin"));
    let mut browser = sim.buyer();
    for tk in [&one.tk, &two.tk] {
        assert_eq!(browser.sign_in(tk, Login::default()).status, 303);
    }
    for tk in [&one.tk, &two.tk] {
        assert_eq!(browser.choose(tk, "1").status, 303);
    }
    for payment in [&mut one, &mut two] {
        assert_eq!(browser.enter_otp(&payment.tk, "4567").status, 303);
        assert_eq!(payment.stage(&sim), "approved");
    }
}

#[test]
fn whoever_gives_up_goes_back_to_the_shop_and_may_come_again() {
    let sim = Simulator::start();
    for step in STEPS {
        let mut payment = Payment::at(&sim, step, step);
        let given_up = payment.post("cancel", &[]);
        payment.leads_to(&given_up, "result");
        assert_eq!(outcome(&payment.get("result")), "abandoned");
        assert_eq!(payment.shown(&sim)["rule"], "customer/gives-up");
        let returned = payment.buyer.get(&payment.return_url());
        assert_eq!(returned.status, 302);
        assert!(returned.location().starts_with(&format!("{CALLBACK}&resultCd=9030")), "{}", returned.location());
        by_id(&html(&payment.get("signin")), "login-form");
        let signed_in = payment.sign_in("081291891818", "414141");
        payment.leads_to(&signed_in, "plan");
    }
}

#[test]
fn a_form_that_is_too_large_is_413() {
    let sim = Simulator::start();
    for page in ["signin", "plan", "otp", "otp/resend", "cancel"] {
        let mut payment = Payment::at(&sim, page, "otp");
        let reply = payment.post(page, &[("x", &"x".repeat(17_000))]);
        assert_eq!(notice(&reply), (413, "bad-request".into()), "{page}");
        assert_eq!(payment.shown(&sim)["step"], "otp", "{page}");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Language, escaping, panel, secrets

fn language(reply: &Reply) -> String {
    one(&html(reply), "html").attr("lang").unwrap().to_owned()
}

#[test]
fn the_language_is_the_browsers() {
    let sim = Simulator::start();
    let payment = Payment::at(&sim, "order", "signin");
    for (accepts, expected, heading) in [
        ("", "id", "Masuk untuk membayar"),
        ("en", "en", "Sign in to pay"),
        ("en-US,en;q=0.9,id;q=0.8", "en", "Sign in to pay"),
        ("id-ID,en;q=0.9", "id", "Masuk untuk membayar"),
        ("in-ID", "id", "Masuk untuk membayar"),
        ("de,fr;q=0.5", "id", "Masuk untuk membayar"),
        ("fr, en;q=0.1", "en", "Sign in to pay"),
    ] {
        let reply = sim.http().send("GET", &payment.url("signin"), &[("accept-language", accepts)], "");
        assert_eq!(
            (language(&reply).as_str(), text(one(&html(&reply), "h1")).as_str()),
            (expected, heading),
            "{accepts}"
        );
        assert_eq!(reply.header("set-cookie"), None, "nothing was chosen");
    }
    let unknown = sim.http().send("GET", "/kredivo/v2/signin?tk=none", &[("accept-language", "en")], "");
    assert_eq!(text(one(&html(&unknown), "h1")), "Unknown link", "notices too");
}

#[test]
fn the_switch_changes_the_language_of_every_page_and_is_remembered() {
    let sim = Simulator::start();
    for step in ["signin", "plan", "otp", "result"] {
        let mut payment = Payment::at(&sim, step, step);
        let indonesian = payment.get(step);
        let switch = by_id(&html(&indonesian), "lang-switch").attr("href").unwrap().to_owned();
        assert_eq!(switch, format!("{}&lang=en", payment.url(step)));
        let switched = payment.buyer.get(&switch);
        assert_eq!((switched.status, language(&switched).as_str()), (200, "en"), "{step}");
        let cookie = switched.header("set-cookie").unwrap();
        for part in ["sim_lang=en", "HttpOnly", "SameSite=Lax", "Path=/;"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let english = payment.get(step);
        assert_eq!(language(&english), "en", "{step}: it is remembered");
        let headings = [&indonesian, &english].map(|reply| text(one(&html(reply), "h1")));
        assert_ne!(headings[0], headings[1], "{step}");
        let back = by_id(&html(&english), "lang-switch").attr("href").unwrap().to_owned();
        assert_eq!(back, format!("{}&lang=id", payment.url(step)));
        assert_eq!(language(&payment.buyer.get(&back)), "id");
        assert_eq!(language(&payment.get(step)), "id");
    }
}

#[test]
fn a_choice_beats_the_cookie_and_the_cookie_the_browser() {
    let sim = Simulator::start();
    let payment = Payment::at(&sim, "order", "signin");
    for (query, cookie, accepts, expected) in [
        ("", "sim_lang=en", "id", "en"),
        ("", "sim_lang=id", "en", "id"),
        ("&lang=id", "sim_lang=en", "en", "id"),
        ("&lang=xx", "sim_lang=en", "id", "en"),
        ("&lang=xx", "sim_lang=xx", "en", "en"),
    ] {
        let headers = [("cookie", cookie), ("accept-language", accepts)];
        let reply = sim.http().send("GET", &format!("{}{query}", payment.url("signin")), &headers, "");
        assert_eq!(language(&reply), expected, "{query} {cookie} {accepts}");
    }
    let errors = sim.http().post_form(&payment.url("signin"), &[], &[("cookie", "sim_lang=en")]);
    assert_eq!(error_above(&errors, "login-form"), "Enter your phone number.");
}

#[test]
fn a_session_cookie_is_a_browsers_alone() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    let signed_in = payment.sign_in("081291891818", "414141");
    let cookie = signed_in.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/kredivo"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[test]
fn what_merchants_and_customers_write_is_shown_and_never_run() {
    const NASTY: &str = "<script>alert('1')</script>\"&amp;";
    let sim = Simulator::start();
    let order = sim.shop().order("<b>\"order\"", 25_145).with("goodsNm", NASTY).with("billingNm", NASTY);
    let mut payment = Payment::begin(&sim, order);
    let mut pages = vec![payment.sign_in("\"><script>alert(2)</script>", "414141"), payment.get("signin")];
    payment.sign_in("081291891818", "414141");
    pages.push(payment.get("plan"));
    payment.post("plan", &[("instmntMon", "1")]);
    pages.push(payment.get("otp"));
    pages.push(payment.otp("<script>alert(3)</script>"));
    payment.otp("4567");
    pages.push(payment.get("result"));
    for reply in &pages {
        assert_eq!(reply.status, 200);
        assert!(!reply.body.contains("<script>alert") && !reply.body.contains("<b>"), "{}", reply.body);
        let page = html(reply);
        let shown = text(page.root_element());
        assert!(shown.contains(NASTY) && shown.contains("<b>\"order\""), "{shown}");
        assert!(attrs(&page, "script", "src").iter().all(|src| src == "/kredivo/assets/partner.js"));
    }
    let typed = by_id(&html(&pages[0]), "login-phone").attr("value").unwrap().to_owned();
    assert_eq!(typed, "\"><script>alert(2)</script>");
    let long = payment.registered.t_xid();
    assert!(pages[5].body.contains(&long));
}

#[test]
fn the_testers_panel_says_who_exists_and_what_happens() {
    let sim = Simulator::start();
    for (step, heading) in [("signin", "h1"), ("plan", "h1"), ("otp", "h1")] {
        let mut payment = Payment::at(&sim, step, step);
        in_english(&mut payment);
        let page = html(&payment.get(step));
        one(&page, heading);
        by_id(&page, "tester-panel");
        let phones = attrs(&page, "[data-testid=tester-panel] li", "data-shopper-phone");
        assert_eq!(phones.len(), 12, "{step}: Kredivo's customers, and nobody else's");
        for (phone, pin, ..) in SHOPPERS {
            let entry = one(&page, &format!("[data-shopper-phone='{phone}']"));
            assert_eq!((entry.attr("data-shopper-pin"), entry.attr("data-shopper-otp")), (Some(*pin), Some("4567")));
        }
        for phone in ["089900000006", "089900000007"] {
            let entry = one(&page, &format!("[data-shopper-phone='{phone}']"));
            assert_eq!(entry.attr("data-shopper-otp"), Some(""), "{phone} is never asked for one");
        }
        let whole =
            all(&page, "[data-testid=tester-panel] .outcome").iter().flat_map(ElementRef::text).collect::<String>();
        assert!(whole.contains("after 30\u{a0}s"), "a number and its unit stay in one line: {whole}");
        let outcomes = texts(&page, "[data-testid=tester-panel] .outcome");
        assert!(outcomes.iter().any(|says| says == "under review, approved after 30 s"), "{outcomes:?}");
    }
    let mut result = Payment::at(&sim, "result", "result");
    assert!(all(&html(&result.get("result")), "[data-testid=tester-panel]").is_empty());
}

#[test]
fn the_testers_panel_can_be_switched_off() {
    let sim = Simulator::builder().settings("tester-panel = false").start();
    for step in STEPS {
        let mut payment = Payment::at(&sim, step, step);
        let reply = payment.get(step);
        assert!(all(&html(&reply), "[data-testid=tester-panel]").is_empty(), "{step}");
        for secret in ["414141", "663482", "4567", "089900000004"] {
            assert!(!reply.body.contains(secret), "{step}: {secret}");
        }
    }
}

#[test]
fn a_pin_stands_in_no_event() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    for pin in ["918273", "546372", "414141"] {
        payment.sign_in("081291891818", pin);
    }
    payment.sign_in("081234567890", "736455");
    payment.sign_in("081291891818", "not-a-pin-918274");
    payment.post("plan", &[("instmntMon", "1"), ("pin", "918275")]);
    payment.otp("4567");
    payment.buyer.get(&payment.return_url());
    sim.advance("2s");
    let log = sim.http().get(&format!("{API}/events?limit=10000")).body;
    assert!(log.contains("partner.login-failed") && log.contains("exchange.recorded"));
    for pin in ["918273", "546372", "414141", "736455", "918274", "918275"] {
        assert!(!log.contains(pin), "{pin}");
    }
}

#[test]
fn the_events_tell_the_whole_story_of_a_payment() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    payment.sign_in("081291891818", "000000");
    payment.sign_in("081291891818", "414141");
    payment.post("plan", &[("instmntMon", "3")]);
    payment.otp("0000");
    payment.otp("4567");
    payment.buyer.get(&payment.return_url());
    let story: Vec<_> = sim
        .events("")
        .iter()
        .filter_map(|event| event["type"].as_str())
        .filter(|kind| *kind != "exchange.recorded")
        .map(str::to_owned)
        .collect();
    assert_eq!(
        story,
        [
            "scenario.loaded",
            "transaction.registered",
            "payment.opened",
            "partner.login-failed",
            "partner.login",
            "partner.plan-chosen",
            "partner.otp-sent",
            "partner.otp-failed",
            "partner.otp-passed",
            "transaction.approved",
            "notification.scheduled",
            "callback.sent",
        ]
    );
}

// ---------------------------------------------------------------------------------------------------------------------
// Lenders

#[test]
fn a_link_below_another_lenders_folder_leads_to_its_own() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "plan");
    for page in ["signin", "plan", "otp", "result"] {
        for folder in ["akulaku", "indodana"] {
            let elsewhere = payment.url(page).replace("kredivo", folder);
            let reply = payment.buyer.get(&elsewhere);
            payment.leads_to(&reply, page);
            assert_eq!(reply.diagnosis(), "page/other-lender");
            let reply = payment.buyer.get(&format!("{elsewhere}&lang=en"));
            assert_eq!(reply.location(), format!("{}&lang=en", payment.url(page)), "the language goes with it");
            if page != "result" {
                let reply = payment.buyer.post(&elsewhere, &[("phone", "081291891818"), ("pin", "414141")]);
                payment.leads_to(&reply, page);
            }
        }
    }
    assert_eq!(payment.shown(&sim)["step"], "plan", "nothing happened");
}

#[test]
fn every_lender_has_a_folder_of_its_own() {
    let sim = Simulator::start();
    for (folder, name) in [("kredivo", "Kredivo"), ("akulaku", "Akulaku"), ("indodana", "Indodana")] {
        let reply = sim.http().get(&format!("/{folder}/v2/signin?tk=none&lang=en"));
        assert_eq!(notice(&reply), (404, "link-unknown".to_owned()));
        assert!(
            reply.header("set-cookie").unwrap().contains("Path=/;"),
            "a chosen language follows: {:?}",
            reply.headers
        );
        let page = html(&reply);
        assert_eq!(one(&page, "body").attr("data-skin"), Some(folder));
        assert_eq!(text(one(&page, ".brand")), format!("{name} (simulated)"));
        assert!(text(one(&page, "title")).ends_with(&format!("– {name} (simulated)")));
        for asset in ["partner.css", "partner.js"] {
            assert_eq!(sim.http().get(&format!("/{folder}/assets/{asset}")).status, 200, "{folder} {asset}");
        }
    }
    for asset in ["nicepay.css", "return.js"] {
        assert_eq!(sim.http().get(&format!("/nicepay/assets/{asset}")).status, 200, "{asset}");
    }
}

#[test]
fn the_index_page_has_jakartas_time_and_no_otp_of_whoever_is_never_asked_for_one() {
    let sim = Simulator::start();
    let page = html(&sim.http().get("/"));
    assert!(text(page.root_element()).contains("2026-01-01 00:00:00 WIB (manual)"));
    for (outcome, otp) in [("account inactive: login refused", "–"), ("approved, all tenors", "4567")] {
        let row =
            all(&page, "tr").into_iter().find(|row| text(*row).ends_with(outcome) && text(*row).contains("Kredivo"));
        let cells = Selector::parse("td[data-label=OTP]").unwrap();
        assert_eq!(row.unwrap().select(&cells).map(text).collect::<String>(), otp, "{outcome}");
    }
}
