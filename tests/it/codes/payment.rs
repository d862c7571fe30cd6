//! Payments that are refused, on the way back or with nowhere to go.

use nicepay_sim::testing::{Reply, Simulator};

use super::{AMOUNT, Desk, NOT_FOUND, ORDER_DATA, Says, TIME_STAMP, TOKEN, WAY_BACK};

const CALLBACK: Says =
    ("9019", "Undefined: Callback URL. Please check your request parameter and make sure [callbackUrl] is defined.");
const FAILED: Says = ("9030", "Transaction Fail. Please check information.");
const PAID: Says = ("9126", "Transaction already approved.");
const EXPIRED: Says = ("9129", "Transaction failed: Expired transaction. Please make new transaction.");

/// The keys of a payment's answer where that is JSON (§2.2).
const PAYMENT_KEYS: [&str; 5] = ["resultCd", "resultMsg", "tXid", "referenceNo", "redirectUrlHttp"];

const PAYMENT: &str = "/nicepay/direct/v2/payment";

/// Opens a payment with these fields: by GET, and by POST.
fn open(sim: &Simulator, fields: &[(&str, String)]) -> [(&'static str, Reply); 2] {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    [("GET", sim.http().get(&format!("{PAYMENT}?{query}"))), ("POST", sim.http().post_form(PAYMENT, &fields, &[]))]
}

/// Answers with what the browser brings back to the shop.
fn brought_back(what: &str, answer: &Reply) -> Vec<(String, String)> {
    assert_eq!(answer.status, 302, "{what}: {}", answer.body);
    assert!(answer.location().starts_with(&format!("{WAY_BACK}&resultCd=")), "{what}: {}", answer.location());
    let query = answer.location().split_once('?').unwrap().1;
    url::form_urlencoded::parse(query.as_bytes()).into_owned().skip(1).collect()
}

/// The fields of a payment, to be changed.
type Fields = Vec<(&'static str, String)>;
/// A payment that is refused: what is changed in a good one, and the answer.
type PaymentRow = (&'static str, Says, &'static str, fn(Fields) -> Fields);

fn with(mut fields: Fields, name: &str, value: &str) -> Fields {
    for field in fields.iter_mut().filter(|(known, _)| *known == name) {
        value.clone_into(&mut field.1);
    }
    fields
}

fn without(mut fields: Fields, name: &str) -> Fields {
    fields.retain(|(known, _)| *known != name);
    fields
}

#[test]
fn payments_that_are_refused_on_the_way_back() {
    const ROWS: &[PaymentRow] = &[
        ("no timeStamp", TIME_STAMP, "field/missing", |f| without(f, "timeStamp")),
        ("empty timeStamp", TIME_STAMP, "field/missing", |f| with(f, "timeStamp", "")),
        ("no merchantToken", TOKEN, "merchantToken/missing", |f| without(f, "merchantToken")),
        ("empty merchantToken", TOKEN, "merchantToken/missing", |f| with(f, "merchantToken", "")),
        ("wrong merchantToken", TOKEN, "merchantToken/unknown", |f| with(f, "merchantToken", &"0".repeat(64))),
        ("short merchantToken", TOKEN, "merchantToken/length", |f| with(f, "merchantToken", "x")),
        ("another timeStamp", TOKEN, "merchantToken/timeStamp-differs", |f| with(f, "timeStamp", "20260101120003")),
        ("timeStamp in UTC", TOKEN, "merchantToken/time-zone", |f| with(f, "timeStamp", "20260101050000")),
    ];
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let order = desk.order("order");
        let registered = desk.take(&order);
        let good = Vec::from(desk.shop.payment_fields(&order, &registered, WAY_BACK));
        for (what, (code, text), slug, change) in ROWS {
            for (verb, answer) in open(&desk.sim, &change(good.clone())) {
                let what = format!("{profile}: {verb}: {what}");
                let brought = brought_back(&what, &answer);
                let field = |name: &str| brought.iter().find(|(known, _)| known == name).map(|(_, value)| &**value);
                let t_xid = registered.t_xid();
                for (name, value) in [
                    ("resultCd", *code),
                    ("resultMsg", *text),
                    ("tXid", &*t_xid),
                    ("referenceNo", "order"),
                    ("amt", "25145"),
                    ("payMethod", "06"),
                ] {
                    assert_eq!(field(name), Some(value), "{what}: {name}");
                }
                assert_eq!(field("merchantToken"), None, "{what}");
                assert_eq!(answer.diagnosis(), *slug, "{what}");
                desk.refused.push(((*code).to_owned(), (*slug).to_owned()));
                desk.nothing_stored(&what);
                assert_eq!(desk.shop.status(&order, &registered), "9", "{what}");
            }
            // Whoever wants JSON gets it for a refusal too.
            let mut as_json = change(good.clone());
            as_json.push(("returnJsonFormat", "1".to_owned()));
            for (verb, answer) in open(&desk.sim, &as_json) {
                desk.refused(&format!("{verb}: JSON: {what}"), &answer, (code, text), slug, &PAYMENT_KEYS);
            }
        }
        let stage = &desk.sim.http().get("/__sim/api/transactions").json()[0]["stage"];
        assert_eq!(*stage, "registered", "nobody has opened it");
        for (verb, answer) in open(&desk.sim, &good) {
            let sign_in = format!("{}/kredivo/v2/signin?tk=", desk.sim.url());
            assert!(answer.location().starts_with(&sign_in), "{verb}");
        }
        desk.close();
    }
}

#[test]
fn payments_that_are_refused_with_nowhere_to_go() {
    const ROWS: &[PaymentRow] = &[
        ("nothing", NOT_FOUND, "tXid/unknown", |_| Vec::new()),
        ("no tXid", NOT_FOUND, "tXid/unknown", |f| without(f, "tXid")),
        ("empty tXid", NOT_FOUND, "tXid/unknown", |f| with(f, "tXid", "")),
        ("unknown tXid", NOT_FOUND, "tXid/unknown", |f| with(f, "tXid", "PAYLOANTES06202601011200000000")),
        ("tXid and a blank", NOT_FOUND, "tXid/unknown", |f| {
            let t_xid = f[1].1.clone() + " ";
            with(f, "tXid", &t_xid)
        }),
        ("no callBackUrl", CALLBACK, "callBackUrl/missing", |f| without(f, "callBackUrl")),
        ("empty callBackUrl", CALLBACK, "callBackUrl/missing", |f| with(f, "callBackUrl", "")),
        ("relative callBackUrl", ORDER_DATA, "callBackUrl/format", |f| with(f, "callBackUrl", "/thanks")),
        ("callBackUrl without a host", ORDER_DATA, "callBackUrl/format", |f| with(f, "callBackUrl", "http://")),
        ("callBackUrl by FTP", ORDER_DATA, "callBackUrl/format", |f| with(f, "callBackUrl", "ftp://shop.test/")),
        ("no tXid, no callBackUrl", NOT_FOUND, "tXid/unknown", |f| without(without(f, "tXid"), "callBackUrl")),
        ("no callBackUrl, wrong token", CALLBACK, "callBackUrl/missing", |f| {
            with(without(f, "callBackUrl"), "merchantToken", "x")
        }),
    ];
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let order = desk.order("order");
        let registered = desk.take(&order);
        let good = Vec::from(desk.shop.payment_fields(&order, &registered, WAY_BACK));
        for (what, says, slug, change) in ROWS {
            for (verb, answer) in open(&desk.sim, &change(good.clone())) {
                desk.refused(&format!("{profile}: {verb}: {what}"), &answer, *says, slug, &PAYMENT_KEYS);
                assert_eq!(answer.header("location"), None, "{what}");
            }
        }
        desk.close();
    }
}

/// A payment of an order with which nothing can be done any more.
#[test]
fn payments_of_orders_that_are_over() {
    type Row = (&'static str, &'static str, Says, &'static str, fn(&Simulator, &str));
    const ROWS: &[Row] = &[
        ("paid", "approve", PAID, "transaction/paid", |sim, url| {
            sim.buyer().pay(url);
        }),
        ("expired", "approve", EXPIRED, "transaction/expired", |sim, _| sim.advance("24h")),
        ("expired while at the partner", "approve", EXPIRED, "transaction/expired", |sim, url| {
            sim.buyer().open(url);
            sim.advance("24h");
        }),
        ("declined", "reject", FAILED, "", |sim, url| {
            sim.buyer().pay(url);
        }),
        ("under review", "review-then-approve", ("0000", "SUCCESS"), "", |sim, url| {
            sim.buyer().pay(url);
        }),
    ];
    for (what, scenario, (code, text), slug, happen) in ROWS {
        let sim = Simulator::builder().scenario(scenario).start();
        let shop = sim.shop();
        let order = shop.order("order", AMOUNT);
        let registered = shop.register(&order);
        happen(&sim, &shop.payment_url(&order, &registered, WAY_BACK));
        let status = shop.status(&order, &registered);
        let fields = shop.payment_fields(&order, &registered, WAY_BACK);
        for (verb, answer) in open(&sim, &fields) {
            let brought = brought_back(what, &answer);
            assert_eq!(brought[0], ("resultCd".to_owned(), (*code).to_owned()), "{what}: {verb}");
            assert_eq!(brought[1], ("resultMsg".to_owned(), (*text).to_owned()), "{what}: {verb}");
            assert_eq!(answer.diagnosis(), *slug, "{what}: {verb}");
        }
        assert_eq!(shop.status(&order, &registered), status, "{what}: nothing changed");
    }
}
