//! The partner's forms: unknown, out of order, twice, too late, of another session, or none at all.

use nicepay_sim::testing::{Buyer, Login, Order, Reply};
use scraper::{Html, Selector};
use serde_json::Value;

use super::{Bench, OTP, PLAN, RESULT, SIGN_IN, WAY_BACK, harmless};

const RESEND: &str = "/kredivo/v2/otp/resend";
const GIVE_UP: &str = "/kredivo/v2/cancel";

/// A payment on the partner's pages.
struct Payment {
    bench: Bench,
    order: Order,
    registered: Reply,
    buyer: Buyer,
    tk: String,
}

impl Payment {
    fn open() -> Self {
        let mut bench = Bench::new();
        let order = bench.order("pages");
        let registered = bench.take(&order);
        let mut buyer = bench.sim.buyer();
        let tk = buyer.open(&bench.shop.payment_url(&order, &registered, WAY_BACK));
        Self { bench, order, registered, buyer, tk }
    }

    fn url(&self, path: &str) -> String {
        format!("{path}?tk={}", self.tk)
    }

    /// The control API's view of the payment.
    fn seen(&self) -> Value {
        self.bench.sim.http().get(&format!("/__sim/api/transactions/{}", self.registered.t_xid())).json()
    }

    /// Stage, and step at the partner.
    fn at(&self) -> String {
        let seen = self.seen();
        let step = seen["step"].as_str().map_or_else(String::new, |step| format!("/{step}"));
        format!("{}{step}", seen["stage"].as_str().unwrap())
    }

    /// A clear page or a redirect to one, with a reason for programs; the payment stays where it is.
    fn refuses(&mut self, what: &str, answer: &Reply, status: u16, slug: &str, at: &str) {
        assert_eq!(answer.status, status, "{what}: {}", answer.body);
        if status == 303 {
            assert!(answer.location().starts_with("/kredivo/v2/"), "{what}: {}", answer.location());
        } else {
            let html = Html::parse_document(&answer.body);
            let notice = Selector::parse("[data-testid=notice] h1").unwrap();
            assert_eq!(html.select(&notice).count(), 1, "{what}: a clear page: {}", answer.body);
        }
        assert_eq!(self.at(), at, "{what}");
        self.bench.goes_on(what);
        let why = answer.header("x-sim-diagnosis").unwrap_or_default();
        assert_eq!(why.split(':').next(), Some(slug), "{what}: X-Sim-Diagnosis {why:?}");
    }

    /// Every form of the pages, filled in well.
    fn forms() -> [(&'static str, Vec<(&'static str, &'static str)>); 5] {
        [
            (SIGN_IN, vec![("phone", "081291891818"), ("pin", "414141")]),
            (PLAN, vec![("instmntMon", "3")]),
            (OTP, vec![("otp", "4567")]),
            (RESEND, vec![]),
            (GIVE_UP, vec![]),
        ]
    }
}

#[test]
fn forms_with_an_unknown_link() {
    let mut payment = Payment::open();
    for (path, fields) in Payment::forms() {
        for url in [path.to_owned(), format!("{path}?tk="), format!("{path}?tk=nonsense"), format!("{path}?tk=%00")] {
            let answer = payment.buyer.post(&url, &fields);
            payment.refuses(&url, &answer, 404, "page/unknown-link", "at-partner/sign-in");
        }
    }
    for path in ["/kredivo", "/kredivo/", "/kredivo/v2/nowhere", "/kredivo/v2/signin/x"] {
        let answer = payment.buyer.get(path);
        assert_eq!(answer.status, 404, "{path}");
        payment.bench.goes_on(path);
    }
}

#[test]
fn forms_out_of_order() {
    let mut payment = Payment::open();
    // Before signing in.
    for path in [PLAN, OTP, RESEND] {
        let (_, fields) = Payment::forms().into_iter().find(|(known, _)| *known == path).unwrap();
        let answer = payment.buyer.post(&payment.url(path), &fields);
        assert_eq!(answer.header("location"), Some(&*payment.url(SIGN_IN)), "{path}");
        payment.refuses(path, &answer, 303, "page/other-step", "at-partner/sign-in");
    }
    // Signed in, before a plan is chosen.
    payment.buyer.sign_in(&payment.tk, Login::default());
    for path in [OTP, RESEND] {
        let answer = payment.buyer.post(&payment.url(path), &[("otp", "4567")]);
        assert_eq!(answer.header("location"), Some(&*payment.url(PLAN)), "{path}");
        payment.refuses(path, &answer, 303, "page/other-step", "at-partner/plan");
    }
    assert!(payment.bench.sim.events("partner.otp-sent").is_empty());
    assert!(payment.bench.sim.events("partner.otp-failed").is_empty(), "an OTP that nobody asked for is no try");
    // The way back before the end.
    let answer = payment.buyer.get(&format!("/nicepay/direct/v2/payment/return?tk={}", payment.tk));
    let sign_in = payment.bench.sim.url().to_owned() + &payment.url(SIGN_IN);
    assert_eq!((answer.status, answer.location()), (302, &*sign_in));
    let answer = payment.buyer.get(&payment.url(RESULT));
    assert_eq!((answer.status, answer.location()), (303, &*payment.url(PLAN)));
    assert_eq!(payment.at(), "at-partner/plan");
    // And then it can be finished.
    payment.buyer.choose(&payment.tk, "3");
    payment.buyer.enter_otp(&payment.tk, "4567");
    assert_eq!(payment.bench.shop.status(&payment.order, &payment.registered), "0");
}

#[test]
fn forms_posted_twice() {
    let mut payment = Payment::open();
    let (tk, login) = (payment.tk.clone(), Login::default());
    // Twice the same answer: a double click does no harm.
    for _ in 0..2 {
        let answer = payment.buyer.sign_in(&tk, login);
        assert_eq!((answer.status, answer.location()), (303, &*payment.url(PLAN)));
    }
    for _ in 0..2 {
        let answer = payment.buyer.choose(&tk, "3");
        assert_eq!((answer.status, answer.location()), (303, &*payment.url(OTP)));
    }
    let answer = payment.buyer.enter_otp(&tk, login.otp);
    assert_eq!((answer.status, answer.location()), (303, &*payment.url(RESULT)));
    let paid = payment.seen();
    for (path, fields) in Payment::forms() {
        let answer = payment.buyer.post(&payment.url(path), &fields);
        assert_eq!(answer.header("location"), Some(&*payment.url(RESULT)), "{path}");
        payment.refuses(path, &answer, 303, "page/other-step", "approved");
    }
    let answer = payment.buyer.get(&payment.url(SIGN_IN));
    payment.refuses("the first page again", &answer, 409, "page/decided", "approved");
    let without_timeline = |mut seen: Value| {
        seen.as_object_mut().unwrap().remove("timeline");
        seen
    };
    assert_eq!(without_timeline(payment.seen()), without_timeline(paid), "nothing moved");
    assert_eq!(payment.bench.sim.events("transaction.approved").len(), 1);
    let shopper = payment.bench.sim.http().get("/__sim/api/shoppers/081291891818?iMid=PAYLOANTES").json();
    assert_eq!(shopper["owes"], "25145", "the limit was used once");
}

#[test]
fn giving_up_twice() {
    let mut payment = Payment::open();
    let url = payment.url(GIVE_UP);
    let answer = payment.buyer.post(&url, &[]);
    assert_eq!((answer.status, answer.location()), (303, &*payment.url(RESULT)));
    let answer = payment.buyer.post(&url, &[]);
    assert_eq!((answer.status, answer.location()), (303, &*payment.url(RESULT)));
    assert_eq!(payment.at(), "abandoned");
    assert_eq!(payment.bench.sim.events("transaction.abandoned").len(), 1);
    payment.bench.goes_on("giving up twice");
}

#[test]
fn forms_of_another_session() {
    let mut payment = Payment::open();
    payment.buyer.sign_in(&payment.tk, Login::default());
    let posted = |payment: &Payment, path: &str, cookie: &str| {
        let (_, fields) = Payment::forms().into_iter().find(|(known, _)| *known == path).unwrap();
        payment.bench.sim.http().post_form(&payment.url(path), &fields, &[("cookie", cookie)])
    };
    let forged: String = payment.tk.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    let cookies = [
        String::new(),
        format!("sim_session_{forged}="),
        format!("sim_session_{forged}={}", "0".repeat(64)),
        "x".into(),
    ];
    for (paths, at) in
        [([PLAN, GIVE_UP].as_slice(), "at-partner/plan"), (&[PLAN, OTP, RESEND, GIVE_UP], "at-partner/otp")]
    {
        for path in paths {
            for cookie in &cookies {
                let answer = posted(&payment, path, cookie);
                payment.refuses(&format!("{path} with {cookie:?}"), &answer, 403, "page/other-session", at);
            }
        }
        // A stranger who opens the pages sees the first one, and not whose payment it is.
        let mut stranger = payment.bench.sim.buyer();
        for path in [PLAN, OTP, RESULT] {
            let answer = stranger.get(&payment.url(path));
            assert_eq!((answer.status, answer.location()), (303, &*payment.url(SIGN_IN)), "{path}");
        }
        payment.buyer.choose(&payment.tk, "3");
    }
    assert!(payment.bench.sim.events("partner.otp-failed").is_empty(), "a stranger's OTP is no try");
    // Another payment's session opens nothing.
    let other = payment.bench.order("other");
    let registered = payment.bench.take(&other);
    let mut thief = payment.bench.sim.buyer();
    let theirs = thief.open(&payment.bench.shop.payment_url(&other, &registered, WAY_BACK));
    thief.sign_in(&theirs, Login::default());
    let answer = thief.enter_otp(&payment.tk, "4567");
    payment.refuses("another payment's session", &answer, 403, "page/other-session", "at-partner/otp");
    // The first browser loses nothing by all that.
    payment.buyer.enter_otp(&payment.tk, "4567");
    assert_eq!(payment.bench.shop.status(&payment.order, &payment.registered), "0");
}

#[test]
fn whoever_signs_in_last_goes_on() {
    let mut payment = Payment::open();
    payment.buyer.sign_in(&payment.tk, Login::default());
    let mut second = payment.bench.sim.buyer();
    let published = Login { phone: "081513114262", pin: "663482", ..Login::default() };
    assert_eq!(second.sign_in(&payment.tk, published).location(), payment.url(PLAN));
    let answer = payment.buyer.choose(&payment.tk, "3");
    payment.refuses("the first browser", &answer, 403, "page/other-session", "at-partner/plan");
    second.choose(&payment.tk, "1");
    second.enter_otp(&payment.tk, "4567");
    assert_eq!(payment.seen()["phone"], "081513114262");
}

#[test]
fn forms_after_expiry() {
    for steps in 0..3 {
        let mut payment = Payment::open();
        if steps > 0 {
            payment.buyer.sign_in(&payment.tk, Login::default());
        }
        if steps > 1 {
            payment.buyer.choose(&payment.tk, "3");
        }
        payment.bench.sim.advance("24h");
        for (path, fields) in Payment::forms() {
            let answer = payment.buyer.post(&payment.url(path), &fields);
            payment.refuses(&format!("{steps}: {path}"), &answer, 410, "page/expired", "expired");
        }
        for path in [SIGN_IN, RESULT] {
            let answer = payment.buyer.get(&payment.url(path));
            payment.refuses(&format!("{steps}: GET {path}"), &answer, 410, "page/expired", "expired");
        }
        assert_eq!(payment.bench.shop.status(&payment.order, &payment.registered), "8");
        let back = payment.buyer.return_to_shop(&payment.tk);
        assert!(back.starts_with(&format!("{WAY_BACK}&resultCd=9129")), "{back}");
    }
}

#[test]
fn forms_that_are_no_forms() {
    let mut payment = Payment::open();
    payment.buyer.sign_in(&payment.tk, Login::default());
    let seen = payment.seen()["stage"].clone();
    let http = payment.bench.sim.http().clone();
    let long = format!("phone={}", "1".repeat(20_000));
    for path in [SIGN_IN, PLAN, OTP, RESEND, GIVE_UP] {
        let answer = http.send("POST", &payment.url(path), &[], long.as_str());
        payment.refuses(&format!("{path}: 20,000 bytes"), &answer, 413, "page/bad-form", "at-partner/plan");
        let answer = http.send("POST", &payment.url(path), &[], "x".repeat(1024 * 1024));
        payment.refuses(&format!("{path}: a megabyte"), &answer, 413, "page/bad-form", "at-partner/plan");
    }
    assert_eq!(payment.seen()["stage"], seen);
    // What can be read but says nothing asks again.
    let bodies: [&[u8]; 5] = [b"", b"{\"pin\":1}", b"\xff\xfe%zz&&&===", b"phone=%00&pin=%00", &[0; 1_000]];
    for body in bodies {
        let answer = http.send("POST", &payment.url(SIGN_IN), &[], body);
        assert_eq!(answer.status, 200, "{body:?}");
        harmless("sign in", &answer.body);
        payment.bench.goes_on("a form of bytes");
    }
    for months in ["", "0", "-1", "256", "999999999999", "2", "3.0", "<script>", "\0"] {
        let answer = payment.buyer.choose(&payment.tk, months);
        assert_eq!(answer.status, 200, "{months:?}");
        assert_eq!(payment.at(), "at-partner/plan", "{months:?}");
    }
    payment.buyer.choose(&payment.tk, "3");
    for otp in ["", "   ", "456", "45678", "🍜", "４５６７"] {
        // Three wrong ones are too many: another is sent in time.
        let answer = payment.buyer.enter_otp(&payment.tk, otp);
        assert_eq!(answer.status, 200, "{otp:?}");
        assert_eq!(payment.at(), "at-partner/otp", "{otp:?}");
    }
    payment.bench.sim.advance("30s");
    assert_eq!(payment.buyer.post(&payment.url(RESEND), &[]).status, 303);
    payment.buyer.enter_otp(&payment.tk, "4567");
    assert_eq!(payment.at(), "approved");
}
