//! Every result code that the simulator answers (`docs/PROTOCOL.md` §4.9, §4.10), with its text, its diagnosis and the
//! order of the checks (§2.1.7). Texts are written out here: they are the documents', not the program's.

use nicepay_sim::testing::{Order, Reply, Shop, Simulator};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// A code and its text.
type Says = (&'static str, &'static str);

const NEGATIVE_LINE: Says = ("1002", "Socket error");
const ORDER_DATA: Says = ("8003", "Order registration data error.");
const UNREADABLE: Says = ("9001", "Failed to register your order. Please check your HTTP Message.");
const BUSY: Says = ("9002", "Server is busy. Please kindly try again in few minutes.");
const AMT: Says = ("9007", "Undefined: Amount. Please check your request parameter and make sure [amt] is defined.");
const AMT_FORMAT: Says = ("9008", "Invalid Request Amount. Amount should only number and do not includes decimal.");
const DUPLICATE: Says = ("9009", "Reference Number already exist. Please generate unique [referenceNo].");
const TOKEN: Says = ("9010", "Invalid Merchant Token. Contact NICEPay for further information.");
const MID: Says = ("9011", "Invalid MID, Merchant is not registered. Contact NICEPay for further information.");
const PAY_METHOD: Says =
    ("9012", "This Payment method is currently not activated. Contact Nicepay for further information.");
const CURRENCY: Says =
    ("9013", "Undefined: Currency Code. Please check your request parameter and make sure [currencyCode] is defined.");
const REFERENCE: Says =
    ("9014", "Undefined: Reference No. Please check your request parameter and make sure [referenceNo] is defined.");
const GOODS: Says =
    ("9015", "Undefined: Goods Name. Please check your request parameter and make sure [goodsNm] is defined.");
const BUYER_NAME: Says =
    ("9016", "Undefined: Buyer Name. Please check your request parameter and make sure [billingNm] is defined.");
const BUYER_PHONE: Says = (
    "9017",
    "Undefined: Buyer Phone Number. Please check your request parameter and make sure [billingPhone] is defined.",
);
const BUYER_EMAIL: Says = (
    "9018",
    "Undefined: Buyer Email Address. Please check your request parameter and make sure [billingEmail] is defined.",
);
const CALLBACK: Says =
    ("9019", "Undefined: Callback URL. Please check your request parameter and make sure [callbackUrl] is defined.");
const DB_PROCESS_URL: Says = (
    "9020",
    "Undefined: Debit Process URL. Please check your request parameter and make sure [dbProcessUrl] is defined.",
);
const USER_IP: Says =
    ("9024", "Undefined: Customer IP Address. Please check your request parameter and make sure [userIP] is defined.");
const BUYER_CITY: Says =
    ("9025", "Undefined: Buyer City. Please check your request parameter and make sure [billingCity] is defined.");
const BUYER_STATE: Says =
    ("9026", "Undefined: Buyer State. Please check your request parameter and make sure [billingState] is defined.");
const BUYER_POST: Says = (
    "9027",
    "Undefined: Buyer Postal Code. Please check your request parameter and make sure [billingPostCd] is defined.",
);
const BUYER_COUNTRY: Says = (
    "9028",
    "Undefined: Buyer Country. Please check your request parameter and make sure [billingCountry] is defined.",
);
const MONTHS: Says = ("9029", "Installment is not available for defined month");
const FAILED: Says = ("9030", "Transaction Fail. Please check information.");
const TIME_STAMP: Says = ("9031", "Date/Time check.");
const NOT_ACTIVE: Says =
    ("9108", "This Payment method is currently not activated. Contact Nicepay for further information.");
const REFERENCE_LENGTH: Says =
    ("9109", "Reference Number Maximum Length Exceed. [referenceNo] should have maximum 40 characters length.");
const TOO_LOW: Says = ("9115", "Invalid Amount: too low. Please increase amount.");
const INSTALMENT_TYPE: Says = ("9118", "Invalid Installment Type.");
const PAID: Says = ("9126", "Transaction already approved.");
const EXPIRED: Says = ("9129", "Transaction failed: Expired transaction. Please make new transaction.");
const NOT_FOUND: Says = ("9528", "Transaction not found.");
const CART_SUM: Says = (
    "9907",
    "Invalid Cart Data. Amount is different with Cart Data total amount. Please make sure [amt] = sum of [amt] in [cartData]",
);
const USER_TOKEN: Says = ("9920", "Invalid user_token");
const CART_FORMAT: Says = ("P380", "format error [cartData]");
const SELLERS_FORMAT: Says = ("P380", "format error [sellers]");

/// The keys of a registration's answer, in order (§2.1.6).
#[rustfmt::skip]
const REGISTRATION_KEYS: [&str; 25] = [
    "resultCd", "resultMsg", "tXid", "referenceNo", "payMethod", "amt", "transDt", "transTm", "description", "bankCd",
    "vacctNo", "mitraCd", "payNo", "currency", "goodsNm", "billingNm", "vacctValidDt", "vacctValidTm", "payValidDt",
    "payValidTm", "requestURL", "paymentExpDt", "paymentExpTm", "qrContent", "qrUrl",
];
/// The keys of an inquiry's answer, in order (§2.5).
#[rustfmt::skip]
const INQUIRY_KEYS: [&str; 40] = [
    "tXid", "iMid", "currency", "amt", "instmntMon", "instmntType", "referenceNo", "goodsNm", "payMethod", "billingNm",
    "reqDt", "reqTm", "status", "resultCd", "resultMsg", "cardNo", "preauthToken", "acquBankCd", "issuBankCd",
    "vacctValidDt", "vacctValidTm", "vacctNo", "bankCd", "payNo", "mitraCd", "receiptCode", "cancelAmt", "transDt",
    "transTm", "recurringToken", "ccTransType", "payValidDt", "payValidTm", "mRefNo", "acquStatus", "cardExpYymm",
    "acquBankNm", "issuBankNm", "depositDt", "depositTm",
];
/// The keys of a payment's answer where that is JSON (§2.2).
const PAYMENT_KEYS: [&str; 5] = ["resultCd", "resultMsg", "tXid", "referenceNo", "redirectUrlHttp"];

const REGISTRATION: &str = "/nicepay/direct/v2/registration";
const PAYMENT: &str = "/nicepay/direct/v2/payment";
const INQUIRY: &str = "/nicepay/direct/v2/inquiry";
const AMOUNT: u64 = 25_145;
/// The built-in token of `PAYLOANTES` (§2.1.5).
const BUILT_IN_TOKEN: &str = "e0478456-6b50-460c-85e0-627a1e22d2e0";
const WAY_BACK: &str = "http://shop.test/thanks?order_id=1";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    Lenient,
    Strict,
    Both,
}
use Profile::{Both, Lenient, Strict};

impl Profile {
    fn has(self, name: &str) -> bool {
        matches!((self, name), (Both, _) | (Lenient, "lenient") | (Strict, "strict"))
    }
}

/// A registration that is refused: what is changed in a good order, and the answer.
struct Row {
    what: &'static str,
    profile: Profile,
    says: Says,
    slug: &'static str,
    change: fn(Order) -> Order,
}

const fn row(what: &'static str, profile: Profile, says: Says, slug: &'static str, change: fn(Order) -> Order) -> Row {
    Row { what, profile, says, slug, change }
}

/// A simulator whose every refusal is looked at.
struct Desk {
    sim: Simulator,
    shop: Shop,
    /// Codes and slugs so far: the log must say the same.
    refused: Vec<(String, String)>,
    /// What the simulator is to remember: nothing else may come to it.
    stored: Vec<String>,
}

impl Desk {
    fn new(profile: &str) -> Self {
        Self::of(Simulator::builder().profile(profile).start())
    }

    fn of(sim: Simulator) -> Self {
        let shop = sim.shop();
        Self { sim, shop, refused: Vec::new(), stored: Vec::new() }
    }

    fn order(&self, reference_no: &str) -> Order {
        self.shop.order(reference_no, AMOUNT)
    }

    /// Registers what must be taken.
    fn take(&mut self, order: &Order) -> Reply {
        let taken = self.shop.register(order);
        assert_eq!(taken.result_cd(), "0000", "{} {:?}", taken.body, taken.header("x-sim-diagnosis"));
        self.stored.push(taken.t_xid());
        taken
    }

    fn nothing_stored(&self, what: &str) {
        let stored = self.sim.http().get("/__sim/api/transactions").json();
        let stored: Vec<&str> = stored.as_array().unwrap().iter().map(|t| t["tXid"].as_str().unwrap()).collect();
        assert_eq!(stored, self.stored, "{what}: stored");
    }

    /// HTTP 200, code, text, slug; every other key is there, in order, and null; nothing was stored.
    fn refused(&mut self, what: &str, answer: &Reply, (code, text): Says, slug: &str, keys: &[&str]) {
        let why = answer.header("x-sim-diagnosis");
        assert_eq!(answer.status, 200, "{what}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"), "{what}");
        let fields: Map<String, Value> = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(fields.keys().map(String::as_str).collect::<Vec<_>>(), keys, "{what}");
        let filled: Vec<_> = fields.iter().filter(|(_, value)| !value.is_null()).collect();
        let expected = [(&"resultCd".to_owned(), &json!(code)), (&"resultMsg".to_owned(), &json!(text))];
        assert_eq!(filled, expected, "{what}: {why:?}");
        assert_eq!(answer.diagnosis(), slug, "{what}: {why:?}");
        assert!(why.is_some_and(|why| why.len() > slug.len() + 10), "{what}: a sentence follows the slug: {why:?}");
        self.refused.push((code.to_owned(), slug.to_owned()));
        self.nothing_stored(what);
    }

    fn refuses(&mut self, what: &str, order: &Order, says: Says, slug: &str) {
        let answer = self.shop.register(order);
        self.refused(what, &answer, says, slug, &REGISTRATION_KEYS);
    }

    fn refuses_body(&mut self, what: &str, body: &Value, says: Says, slug: &str) {
        let answer = self.sim.http().post_json(REGISTRATION, body);
        self.refused(what, &answer, says, slug, &REGISTRATION_KEYS);
    }

    /// The log tells of the same refusals.
    fn close(self) {
        let logged: Vec<_> = self
            .sim
            .events("transaction.refused")
            .iter()
            .map(|event| {
                let diagnosis = event["diagnosis"].as_str().unwrap();
                let slug = diagnosis.split(':').next().unwrap();
                (event["resultCd"].as_str().unwrap().to_owned(), slug.to_owned())
            })
            .collect();
        assert_eq!(logged, self.refused, "what the log says");
    }
}

fn run(rows: &[Row]) {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for row in rows.iter().filter(|row| row.profile.has(profile)) {
            let order = (row.change)(desk.order("refused"));
            desk.refuses(&format!("{profile}: {}", row.what), &order, row.says, row.slug);
        }
        desk.close();
    }
}

/// A good cart line with other values.
fn line(amt: impl Into<Value>, quantity: impl Into<Value>) -> Value {
    json!({ "goods_id": "1", "goods_name": "x", "goods_amt": amt.into(), "goods_quantity": quantity.into() })
}

fn cart(lines: &[Value]) -> String {
    json!({ "count": lines.len().to_string(), "item": lines }).to_string()
}

// Required fields

/// A required field, what its absence costs, what a wrong type costs, and who requires it, in the order of §2.1.1.
/// `iMid` and `merchantToken` come before all of them, and have tests of their own.
const REQUIRED: [(&str, Says, Says, Profile); 30] = [
    ("timeStamp", TIME_STAMP, TIME_STAMP, Both),
    ("payMethod", PAY_METHOD, PAY_METHOD, Both),
    ("currency", CURRENCY, CURRENCY, Both),
    ("amt", AMT, AMT_FORMAT, Both),
    ("referenceNo", REFERENCE, REFERENCE, Both),
    ("goodsNm", GOODS, GOODS, Both),
    ("billingNm", BUYER_NAME, BUYER_NAME, Both),
    ("billingPhone", BUYER_PHONE, BUYER_PHONE, Strict),
    ("billingEmail", BUYER_EMAIL, BUYER_EMAIL, Both),
    ("billingAddr", ORDER_DATA, ORDER_DATA, Both),
    ("billingCity", BUYER_CITY, BUYER_CITY, Both),
    ("billingState", BUYER_STATE, BUYER_STATE, Both),
    ("billingPostCd", BUYER_POST, BUYER_POST, Both),
    ("billingCountry", BUYER_COUNTRY, BUYER_COUNTRY, Both),
    ("deliveryNm", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryPhone", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryAddr", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryCity", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryState", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryPostCd", ORDER_DATA, ORDER_DATA, Both),
    ("deliveryCountry", ORDER_DATA, ORDER_DATA, Both),
    ("dbProcessUrl", DB_PROCESS_URL, DB_PROCESS_URL, Both),
    ("userIP", USER_IP, USER_IP, Strict),
    ("cartData", ORDER_DATA, CART_FORMAT, Both),
    ("sellers", ORDER_DATA, SELLERS_FORMAT, Strict),
    ("instmntType", INSTALMENT_TYPE, INSTALMENT_TYPE, Both),
    ("instmntMon", MONTHS, MONTHS, Both),
    ("mitraCd", ORDER_DATA, ORDER_DATA, Both),
    ("callBackUrl", ORDER_DATA, ORDER_DATA, Lenient),
    ("userAgent", ORDER_DATA, ORDER_DATA, Strict),
];

/// The three ways to leave a field out.
fn ways_to_miss(order: &Order, field: &str) -> [(String, Order); 3] {
    [
        (format!("{field} absent"), order.clone().without(field)),
        (format!("{field} null"), order.clone().with(field, Value::Null)),
        (format!("{field} empty"), order.clone().with(field, "")),
    ]
}

fn wrong_types() -> [Value; 5] {
    [json!(true), json!(false), json!({}), json!([]), json!([{ "a": "b" }])]
}

#[test]
fn every_required_field_has_the_code_of_its_absence() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for (field, missing, _, needed) in REQUIRED {
            // Nobody requires callBackUrl; its row says what a wrong type costs.
            if field == "callBackUrl" {
                continue;
            }
            for (i, (what, order)) in ways_to_miss(&desk.order(field), field).into_iter().enumerate() {
                let what = format!("{profile}: {what}");
                if needed.has(profile) {
                    desk.refuses(&what, &order, missing, "field/missing");
                } else {
                    desk.take(&order.with("referenceNo", format!("{field}-{i}")));
                }
            }
        }
        desk.close();
    }
}

#[test]
fn a_wrong_type_has_the_code_of_the_fields_absence() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let others = ["description", "tokenizeUser", "clientUserKey", "userToken", "payValidDt", "payValidTm"];
        let others = others.map(|field| (field, ORDER_DATA, ORDER_DATA, Both));
        for (field, _, wrong, _) in REQUIRED.into_iter().chain(others) {
            for value in wrong_types() {
                let what = format!("{profile}: {field} {value}");
                let order = desk.order("type").with(field, value);
                desk.refuses(&what, &order, wrong, "field/type");
            }
        }
        desk.close();
    }
}

#[test]
fn the_first_missing_field_in_the_documented_order_decides() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let needed: Vec<_> =
            REQUIRED.iter().filter(|(field, .., needed)| needed.has(profile) && *field != "callBackUrl").collect();
        for (i, (field, missing, ..)) in needed.iter().enumerate() {
            let without = |order: Order, (gone, ..): &&(&str, Says, Says, Profile)| order.without(gone);
            let order = needed[i..].iter().fold(desk.order("order"), without);
            let answer = desk.shop.register(&order);
            let what = format!("{profile}: {field} and all after it missing");
            desk.refused(&what, &answer, *missing, "field/missing", &REGISTRATION_KEYS);
            let why = answer.header("x-sim-diagnosis").unwrap();
            assert!(why.contains(&format!("{field} is missing")), "{what}: {why}");
        }
        desk.close();
    }
}

#[test]
fn a_blank_is_a_value() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for field in ["deliveryNm", "billingPhone", "goodsNm"] {
            let order = desk.order(field).with(field, " ");
            desk.take(&order);
        }
        desk.close();
    }
}

// Values

#[test]
fn values_out_of_range() {
    const ROWS: &[Row] = &[
        row("amt zero", Both, TOO_LOW, "amt/zero", |o| o.with("amt", "0")),
        row("amt zeros", Both, TOO_LOW, "amt/zero", |o| o.with("amt", "000000000000")),
        row("amt zero, a number", Both, TOO_LOW, "amt/zero", |o| o.with("amt", 0)),
        row("amt negative", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "-1")),
        row("amt negative, a number", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", -1)),
        row("amt signed", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "+25145")),
        row("amt with decimals", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "25145.00")),
        row("amt with decimals, a number", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", 1.5)),
        row("amt with a separator", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "25,145")),
        row("amt with an exponent", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "1e3")),
        row("amt in hexadecimal", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "0x10")),
        row("amt after a blank", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", " 25145")),
        row("amt before a blank", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "25145 ")),
        row("amt of a blank", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", " ")),
        row("amt of 13 digits", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "1000000000000")),
        row("amt of 13 digits, zeros first", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "0000000025145")),
        row("amt of 13 digits, a number", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", 1_000_000_000_000_u64)),
        row("amt in other digits", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "٢٥١٤٥")),
        row("amt in wide digits", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "１２")),
        row("currency USD", Both, CURRENCY, "currency/unknown", |o| o.with("currency", "USD")),
        row("currency in lower case", Both, CURRENCY, "currency/unknown", |o| o.with("currency", "idr")),
        row("payMethod 01", Both, NOT_ACTIVE, "payMethod/inactive", |o| o.with("payMethod", "01")),
        row("payMethod 00", Both, NOT_ACTIVE, "payMethod/inactive", |o| o.with("payMethod", "00")),
        row("payMethod 6", Both, NOT_ACTIVE, "payMethod/inactive", |o| o.with("payMethod", 6)),
        row("mitraCd of nobody", Both, NOT_ACTIVE, "mitraCd/unknown", |o| o.with("mitraCd", "XXXX")),
        row("mitraCd of another payment method", Both, NOT_ACTIVE, "mitraCd/unknown", |o| o.with("mitraCd", "ALMA")),
        row("mitraCd in lower case", Both, NOT_ACTIVE, "mitraCd/unknown", |o| o.with("mitraCd", "kdvi")),
        row("referenceNo of 41", Both, REFERENCE_LENGTH, "referenceNo/length", |o| {
            o.with("referenceNo", "x".repeat(41))
        }),
        row("referenceNo of 41, not ASCII", Both, REFERENCE_LENGTH, "referenceNo/length", |o| {
            o.with("referenceNo", "é".repeat(41))
        }),
        row("referenceNo of 5,000", Both, REFERENCE_LENGTH, "referenceNo/length", |o| {
            o.with("referenceNo", "x".repeat(5_000))
        }),
        row("instmntMon 0", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "0")),
        row("instmntMon 25", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", 25)),
        row("instmntMon x", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "x")),
        row("instmntMon -1", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "-1")),
        row("instmntMon of a blank", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", " 1")),
        row("instmntType 0", Both, INSTALMENT_TYPE, "instmntType/unknown", |o| o.with("instmntType", "0")),
        row("instmntType 3", Both, INSTALMENT_TYPE, "instmntType/unknown", |o| o.with("instmntType", 3)),
        row("instmntType x", Both, INSTALMENT_TYPE, "instmntType/unknown", |o| o.with("instmntType", "x")),
        row("timeStamp of 13", Strict, TIME_STAMP, "timeStamp/format", |o| o.with("timeStamp", "2026010112000")),
        row("timeStamp of letters", Strict, TIME_STAMP, "timeStamp/format", |o| o.with("timeStamp", "2026010112000x")),
        row("tokenizeUser 3", Both, ORDER_DATA, "tokenizeUser/unknown", |o| o.with("tokenizeUser", "3")),
        row("tokenizeUser x", Both, ORDER_DATA, "tokenizeUser/unknown", |o| o.with("tokenizeUser", "x")),
        row("tokenizeUser 1 for nobody", Both, ORDER_DATA, "clientUserKey/missing", |o| o.tokenize("")),
        row("tokenizeUser 1 without clientUserKey", Both, ORDER_DATA, "clientUserKey/missing", |o| {
            o.with("tokenizeUser", 1).with("clientUserKey", Value::Null)
        }),
        row("tokenizeUser 2 with an empty token", Both, ORDER_DATA, "userToken/missing", |o| o.seamless("")),
        row("tokenizeUser 2 without a token", Both, ORDER_DATA, "userToken/missing", |o| {
            o.with("tokenizeUser", "2").with("clientUserKey", "c")
        }),
        row("clientUserKey with a line end", Both, ORDER_DATA, "field/control-character", |o| o.tokenize("a\nb")),
        row("callBackUrl", Strict, ORDER_DATA, "callBackUrl/present", |o| o.with("callBackUrl", "http://shop.test/x")),
        row("callBackUrl, the other spelling", Strict, ORDER_DATA, "callBackUrl/present", |o| {
            o.with("callbackUrl", "http://shop.test/x")
        }),
        row("callBackUrl relative", Lenient, ORDER_DATA, "callBackUrl/format", |o| o.with("callBackUrl", "/thanks")),
        row("dbProcessUrl relative", Both, ORDER_DATA, "dbProcessUrl/format", |o| o.notify("/notify")),
        row("dbProcessUrl of a name", Both, ORDER_DATA, "dbProcessUrl/format", |o| o.notify("shop.test")),
        row("dbProcessUrl without a host", Both, ORDER_DATA, "dbProcessUrl/format", |o| o.notify("http://")),
        row("dbProcessUrl by FTP", Both, ORDER_DATA, "dbProcessUrl/format", |o| o.notify("ftp://shop.test/x")),
    ];
    run(ROWS);
}

#[test]
fn a_time_stamp_of_fifteen_digits_is_not_one_of_fourteen() {
    // §2.1.1: "strict: 14 digits, else 9031".
    run(&[row("timeStamp of 15", Strict, TIME_STAMP, "timeStamp/format", |o| o.with("timeStamp", "202601011200000"))]);
}

#[test]
fn months_are_digits() {
    // §4.6: 1 to 24; the type is N.
    run(&[row("instmntMon with a sign", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "+3"))]);
}

#[test]
fn carts_and_sellers() {
    const LOCAL: &str = "http://localhost:3000/x";
    const ROWS: &[Row] = &[
        row("cartData of words", Both, CART_FORMAT, "cartData/format", |o| o.with("cartData", "two shoes")),
        row("cartData truncated", Both, CART_FORMAT, "cartData/format", |o| o.with("cartData", "{\"item\":[")),
        row("cartData of a number", Both, CART_FORMAT, "cartData/format", |o| o.with("cartData", 5)),
        row("cartData a list", Both, CART_FORMAT, "cartData/format", |o| {
            o.with("cartData", json!([line("25145", "1")]).to_string())
        }),
        row("cartData without item", Both, CART_FORMAT, "cartData/format", |o| o.with("cartData", "{}")),
        row("cartData with an item that is no list", Both, CART_FORMAT, "cartData/format", |o| {
            o.with("cartData", "{\"item\":{}}")
        }),
        row("cartData without lines", Both, CART_FORMAT, "cartData/empty", |o| o.with("cartData", cart(&[]))),
        row("cartData without goods_amt", Both, CART_FORMAT, "cartData/goods_amt", |o| {
            o.with("cartData", cart(&[json!({ "goods_quantity": "1" })]))
        }),
        row("cartData with decimals", Both, CART_FORMAT, "cartData/number", |o| {
            o.with("cartData", cart(&[line("25145.00", "1")]))
        }),
        row("cartData with words for numbers", Both, CART_FORMAT, "cartData/number", |o| {
            o.with("cartData", cart(&[line("25145", "one")]))
        }),
        row("cartData with number amounts", Strict, CART_FORMAT, "cartData/number", |o| {
            o.with("cartData", cart(&[line(25_145, "1")]))
        }),
        row("cartData with number quantities", Strict, CART_FORMAT, "cartData/number", |o| {
            o.with("cartData", cart(&[line("25145", 1)]))
        }),
        row("cartData with a number count", Strict, CART_FORMAT, "cartData/number", |o| {
            o.with("cartData", json!({ "count": 1, "item": [line("25145", "1")] }).to_string())
        }),
        row("cartData with a local goods_url", Strict, CART_FORMAT, "cartData/local-url", |o| {
            let mut line = line("25145", "1");
            line["goods_url"] = LOCAL.into();
            o.with("cartData", cart(&[line]))
        }),
        row("cartData with a private goods_url", Strict, CART_FORMAT, "cartData/local-url", |o| {
            let mut line = line("25145", "1");
            line["goods_url"] = "http://192.168.1.5/x".into();
            o.with("cartData", cart(&[line]))
        }),
        row("cart below amt", Both, CART_SUM, "cartData/sum", |o| o.with("cartData", cart(&[line("25144", "1")]))),
        row("cart above amt", Both, CART_SUM, "cartData/sum", |o| o.with("cartData", cart(&[line("25145", "2")]))),
        row("cart of nothing", Both, CART_SUM, "cartData/sum", |o| o.with("cartData", cart(&[line("25145", "0")]))),
        row("cart of too much", Both, CART_SUM, "cartData/sum", |o| {
            o.with("cartData", cart(&[line("18446744073709551615", "2")]))
        }),
        row("cart that wraps around to amt", Both, CART_SUM, "cartData/sum", |o| {
            o.with("cartData", cart(&[line("18446744073709551615", "1"), line("25146", "1")]))
        }),
        row("cart of no number at all", Both, CART_SUM, "cartData/sum", |o| {
            o.with("cartData", cart(&[line("9".repeat(60), "1")]))
        }),
        row("negative line", Both, NEGATIVE_LINE, "cartData/negative", |o| {
            o.with("cartData", cart(&[line("25146", "1"), line("-1", "1")]))
        }),
        row("negative quantity", Both, NEGATIVE_LINE, "cartData/negative", |o| {
            o.with("cartData", cart(&[line("25146", "1"), line("1", "-1")]))
        }),
        row("negative line, wrong sum", Both, NEGATIVE_LINE, "cartData/negative", |o| {
            o.with("cartData", cart(&[line("-5", "1")]))
        }),
        row("sellers of words", Both, SELLERS_FORMAT, "sellers/format", |o| o.with("sellers", "me")),
        row("sellers truncated", Both, SELLERS_FORMAT, "sellers/format", |o| o.with("sellers", "[{")),
        row("sellers of numbers", Both, SELLERS_FORMAT, "sellers/format", |o| o.with("sellers", "[1]")),
        row("sellers wrapped wrongly", Both, SELLERS_FORMAT, "sellers/format", |o| o.with("sellers", "{\"item\":1}")),
        row("sellers with a local sellersUrl", Strict, SELLERS_FORMAT, "sellers/local-url", |o| {
            o.with("sellers", json!([{ "sellersId": "S", "sellersUrl": LOCAL }]).to_string())
        }),
    ];
    run(ROWS);
}

/// An order that is accepted, and the note that says where it would not be.
struct Accepted {
    what: &'static str,
    profile: Profile,
    note: Option<&'static str>,
    change: fn(Order) -> Order,
}

fn run_accepted(rows: &[Accepted]) {
    for profile in ["lenient", "strict"] {
        let desk = Desk::new(profile);
        for (i, row) in rows.iter().enumerate().filter(|(_, row)| row.profile.has(profile)) {
            let answer = desk.shop.register(&(row.change)(desk.order(&format!("accepted-{i}"))));
            let said = (answer.header("x-sim-diagnosis"), &answer.body);
            assert_eq!(answer.result_cd(), "0000", "{profile}: {}: {said:?}", row.what);
            let note = answer.header("x-sim-note").and_then(|note| note.split(':').next());
            assert_eq!(note, row.note, "{profile}: {}", row.what);
        }
        desk.close();
    }
}

#[test]
fn what_is_accepted_says_where_it_would_not_be() {
    const fn accepted(
        what: &'static str,
        profile: Profile,
        note: Option<&'static str>,
        change: fn(Order) -> Order,
    ) -> Accepted {
        Accepted { what, profile, note, change }
    }
    const ROWS: &[Accepted] = &[
        accepted("nothing special", Both, None, |o| o),
        accepted("referenceNo of 40", Both, None, |o| o.with("referenceNo", "x".repeat(40))),
        accepted("referenceNo of 40, not ASCII", Both, None, |o| o.with("referenceNo", "é".repeat(40))),
        accepted("amt of 12 digits", Both, None, |o| {
            o.with("amt", "999999999999").with("cartData", cart(&[line("333333333333", "3")]))
        }),
        accepted("amt with leading zeros", Both, Some("amt/leading-zeros"), |o| o.with("amt", "000000025145")),
        accepted("cart with a free line", Both, None, |o| {
            o.with("cartData", cart(&[line("25145", "1"), line("0", "1")]))
        }),
        accepted("cart of numbers", Lenient, None, |o| o.with("cartData", cart(&[line(25_145, 1)]))),
        accepted("instmntMon 24", Both, None, |o| o.with("instmntMon", "24")),
        accepted("instmntMon 01", Both, None, |o| o.with("instmntMon", "01")),
        accepted("tokenizeUser 0", Both, None, |o| o.with("tokenizeUser", "0")),
        accepted("tokenizeUser empty", Both, None, |o| o.with("tokenizeUser", "")),
        accepted("timeStamp of anything", Lenient, None, |o| o.with("timeStamp", "now")),
        accepted("timeStamp of 77 seconds", Both, None, |o| o.with("timeStamp", "20210913090977")),
        accepted("callBackUrl", Lenient, Some("callBackUrl/ignored"), |o| o.with("callBackUrl", "http://shop.test/")),
        accepted("payValidDt of no date", Both, Some("payValidDt/format"), |o| {
            o.with("payValidDt", "20261301").with("payValidTm", "000000")
        }),
        accepted("line end in goodsNm", Lenient, Some("field/control-character"), |o| o.with("goodsNm", "a\r\nb")),
        accepted("line end in billingAddr", Lenient, Some("field/control-character"), |o| {
            o.with("billingAddr", "Jalan 1\nJakarta")
        }),
        accepted("line end in description", Lenient, Some("field/control-character"), |o| {
            o.with("description", "a\nb")
        }),
        accepted("the owner's clientUserKey", Both, None, |o| {
            o.seamless(BUILT_IN_TOKEN).with("clientUserKey", "gili.heriawan@nicepay.co.id")
        }),
        accepted("userAgent of 4,000", Both, None, |o| o.with("userAgent", "x".repeat(4_000))),
        accepted("a userToken that nobody asks for", Both, None, |o| o.with("userToken", "nonsense")),
    ];
    run_accepted(ROWS);
}

#[test]
fn another_content_type_is_a_note_or_9001() {
    for content_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let (mut lenient, mut strict) = (Desk::new("lenient"), Desk::new("strict"));
        let send = |desk: &Desk| {
            let body = desk.shop.body(&desk.order("type")).to_string();
            desk.sim.http().send("POST", REGISTRATION, &[("content-type", content_type)], body)
        };
        let answer = send(&lenient);
        assert_eq!(answer.result_cd(), "0000");
        assert!(answer.header("x-sim-note").is_some_and(|note| note.starts_with("body/content-type: ")));
        lenient.stored.push(answer.t_xid());
        lenient.nothing_stored("lenient");
        let answer = send(&strict);
        strict.refused(content_type, &answer, UNREADABLE, "body/content-type", &REGISTRATION_KEYS);
        strict.close();
    }
}

// Lengths

/// Fields with a documented size in which more is only a note. The others are codes with values of their own.
#[rustfmt::skip]
const SIZES: [(&str, usize); 20] = [
    ("goodsNm", 100), ("billingNm", 100), ("billingPhone", 15), ("billingEmail", 40), ("billingAddr", 100),
    ("billingCity", 50), ("billingState", 50), ("billingPostCd", 10), ("billingCountry", 10), ("deliveryNm", 30),
    ("deliveryPhone", 15), ("deliveryAddr", 100), ("deliveryCity", 50), ("deliveryState", 50), ("deliveryPostCd", 10),
    ("deliveryCountry", 10), ("dbProcessUrl", 255), ("userIP", 15), ("callBackUrl", 255), ("description", 100),
];

/// A good value of that many characters.
fn of_length(field: &str, characters: usize) -> String {
    let start = if field.ends_with("Url") { "http://127.0.0.1:9/" } else { "" };
    format!("{start}{}", "x".repeat(characters - start.len()))
}

/// A good cart of that many characters.
fn cart_of_length(characters: usize) -> String {
    let empty = json!({ "count": "1", "item": [line("25145", "1")], "x": "" }).to_string();
    empty.replace("\"x\":\"\"", &format!("\"x\":\"{}\"", "y".repeat(characters - empty.len())))
}

/// A good list of sellers of that many characters.
fn sellers_of_length(characters: usize) -> String {
    let empty = json!([{ "sellersId": "" }]).to_string();
    empty.replace("\"\"", &format!("\"{}\"", "y".repeat(characters - empty.len())))
}

#[test]
fn a_field_of_the_documented_size_is_good_and_a_longer_one_a_note_or_8003() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for (field, size) in SIZES {
            if (profile, field) == ("strict", "callBackUrl") {
                continue;
            }
            let what = format!("{profile}: {field}");
            let fits = desk.take(&desk.order(&format!("{field} fits")).with(field, of_length(field, size)));
            let note = fits.header("x-sim-note").and_then(|note| note.split(':').next());
            assert_eq!(note, (field == "callBackUrl").then_some("callBackUrl/ignored"), "{what}");
            if !field.ends_with("Url") {
                // Characters count, not bytes.
                desk.take(&desk.order(&format!("{field} é")).with(field, "é".repeat(size)));
            }
            let long = desk.order(&format!("{field} long")).with(field, of_length(field, size + 1));
            if profile == "strict" {
                desk.refuses(&what, &long, ORDER_DATA, "field/length");
            } else {
                let note = desk.take(&long).header("x-sim-note").unwrap_or_default().to_owned();
                let expected = format!("field/length: {field} has {} characters, documented are {size} ", size + 1);
                assert!(note.starts_with(&expected), "{what}: {note}");
                desk.take(&desk.order(&format!("{field} 4000")).with(field, of_length(field, 4_000)));
            }
        }
        desk.take(&desk.order("cart").with("cartData", cart_of_length(4_000)));
        desk.take(&desk.order("sellers").with("sellers", sellers_of_length(4_000)));
        desk.close();
    }
}

#[test]
fn more_than_4000_characters_are_8003_in_both_profiles() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let codes = ["payMethod", "currency", "userAgent", "instmntType", "instmntMon", "mitraCd"];
        for field in SIZES.map(|(field, _)| field).into_iter().chain(codes) {
            let order = desk.order("long").with(field, of_length(field, 4_001));
            desk.refuses(&format!("{profile}: {field}"), &order, ORDER_DATA, "field/length");
        }
        let order = desk.order("long").with("cartData", cart_of_length(4_001));
        desk.refuses(profile, &order, ORDER_DATA, "field/length");
        let order = desk.order("long").with("sellers", sellers_of_length(4_001));
        desk.refuses(profile, &order, ORDER_DATA, "field/length");
        desk.close();
    }
}

#[test]
fn the_fields_of_tokens_have_sizes_too() {
    // §2.1.1: clientUserKey AN 100, userToken ANS 255; "another field longer than documented" is a note or 8003.
    for (field, size) in [("clientUserKey", 100), ("userToken", 255)] {
        let (mut lenient, mut strict) = (Desk::new("lenient"), Desk::new("strict"));
        let long = |desk: &Desk| desk.order("long").tokenize("c").with(field, "x".repeat(size + 1));
        let note = lenient.take(&long(&lenient)).header("x-sim-note").unwrap_or_default().to_owned();
        assert!(note.starts_with("field/length: "), "{field}: {note}");
        let order = long(&strict);
        strict.refuses(field, &order, ORDER_DATA, "field/length");
    }
}

#[test]
fn control_characters_are_for_free_text_only() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let identifiers = ["referenceNo", "billingEmail", "billingPhone", "userIP", "clientUserKey", "userToken"];
        let free = ["goodsNm", "billingNm", "billingAddr", "deliveryNm", "deliveryAddr", "description", "userAgent"];
        for character in ["\r\n", "\n", "\t", "\0", "\u{7f}", "\u{1b}"] {
            for field in identifiers {
                let order = desk.order("r").with(field, format!("a{character}b"));
                desk.refuses(&format!("{profile}: {field}"), &order, ORDER_DATA, "field/control-character");
            }
            let order = desk.order("r").notify(&format!("http://127.0.0.1:9/{character}x"));
            desk.refuses(&format!("{profile}: dbProcessUrl"), &order, ORDER_DATA, "field/control-character");
            for field in free {
                let reference = format!("{field} {}", character.escape_default());
                let order = desk.order(&reference).with(field, format!("a{character}b"));
                if profile == "strict" {
                    desk.refuses(&format!("{profile}: {field}"), &order, ORDER_DATA, "field/control-character");
                } else {
                    let note = desk.take(&order).header("x-sim-note").unwrap_or_default().to_owned();
                    assert!(note.starts_with("field/control-character: "), "{field}: {note}");
                }
            }
        }
        desk.close();
    }
}

// Merchants, tokens, numbers

#[test]
fn only_known_merchants_are_served() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for (what, order) in ways_to_miss(&desk.order("mid"), "iMid") {
            desk.refuses(&what, &order, MID, "iMid/unknown");
        }
        let wrong = wrong_types();
        let others = ["NOSUCHMID1", "payloantes", "PAYLOANTES ", "PAYLOANTES1"].map(Value::from);
        for i_mid in wrong.into_iter().chain(others).chain([json!(5), "x".repeat(300).into()]) {
            let order = desk.order("mid").with("iMid", i_mid.clone());
            desk.refuses(&i_mid.to_string(), &order, MID, "iMid/unknown");
        }
        desk.close();
    }
}

/// The texts that a token is computed over.
struct Parts<'a> {
    stamp: &'a str,
    mid: &'a str,
    reference: &'a str,
    amt: &'a str,
    key: &'a str,
}

fn sha256(parts: &[&str]) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(parts.concat().as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A wrong token, the mistake behind it and the slug that names it.
type TokenRow = (&'static str, fn(&Parts<'_>) -> String);

#[rustfmt::skip]
const TOKENS: &[TokenRow] = &[
    ("merchantToken/blank", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key]) + " "),
    ("merchantToken/blank", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key]) + "\n"),
    ("merchantToken/trailing-newline", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key, "\n"])),
    ("merchantToken/trailing-newline", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key, "\r\n"])),
    ("merchantToken/other-hash", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key])[..32].to_owned()),
    ("merchantToken/other-hash", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, p.key]).repeat(2)),
    ("merchantToken/encoding", |_| "qL5G+QjPVUUyXw/2dYAYEDVgwPErEyJHW8RBSrUVq30=".to_owned()),
    ("merchantToken/length", |_| "secret".to_owned()),
    ("merchantToken/amount-format", |p| sha256(&[p.stamp, p.mid, p.reference, "25145.00", p.key])),
    ("merchantToken/amount-format", |p| sha256(&[p.stamp, p.mid, p.reference, "25145.0", p.key])),
    ("merchantToken/amount-format", |p| sha256(&[p.stamp, p.mid, p.reference, "25,145", p.key])),
    ("merchantToken/amount-format", |p| sha256(&[p.stamp, p.mid, p.reference, "25.145", p.key])),
    ("merchantToken/amount-format", |p| sha256(&[p.stamp, p.mid, p.reference, "2514500", p.key])),
    ("merchantToken/timeStamp-differs", |p| sha256(&["20260101120001", p.mid, p.reference, p.amt, p.key])),
    ("merchantToken/timeStamp-differs", |p| sha256(&["20260101115958", p.mid, p.reference, p.amt, p.key])),
    ("merchantToken/time-zone", |p| sha256(&["20260101050000", p.mid, p.reference, p.amt, p.key])),
    ("merchantToken/time-zone", |p| sha256(&["20260101190000", p.mid, p.reference, p.amt, p.key])),
    ("merchantToken/missing-key", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt])),
    ("merchantToken/missing-timeStamp", |p| sha256(&[p.mid, p.reference, p.amt, p.key])),
    ("merchantToken/missing-iMid", |p| sha256(&[p.stamp, p.reference, p.amt, p.key])),
    ("merchantToken/missing-referenceNo", |p| sha256(&[p.stamp, p.mid, p.amt, p.key])),
    ("merchantToken/missing-amt", |p| sha256(&[p.stamp, p.mid, p.reference, p.key])),
    ("merchantToken/other-recipe", |p| sha256(&[p.mid, p.reference, "12345678", p.key])),
    ("merchantToken/field-order", |p| sha256(&[p.mid, p.stamp, p.reference, p.amt, p.key])),
    ("merchantToken/field-order", |p| sha256(&[p.amt, p.reference, p.mid, p.stamp, p.key])),
    ("merchantToken/field-order", |p| sha256(&[p.key, p.stamp, p.mid, p.reference, p.amt])),
    ("merchantToken/referenceNo-differs", |p| sha256(&[p.stamp, p.mid, &p.reference.to_uppercase(), p.amt, p.key])),
    ("merchantToken/other-key", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, "another key"])),
    ("merchantToken/escaped-key", |p| sha256(&[p.stamp, p.mid, p.reference, p.amt, r"se\/cr+et=="])),
    ("merchantToken/separator", |p| sha256(&[&[p.stamp, p.mid, p.reference, p.amt].join("|"), p.key])),
    ("merchantToken/separator", |p| sha256(&[&[p.stamp, p.mid, p.reference, p.amt, p.key].join("&")])),
    ("merchantToken/unknown", |_| "0".repeat(64)),
    ("merchantToken/unknown", |p| sha256(&[p.stamp, p.mid, "another order", p.amt, p.key])),
];

#[test]
fn a_wrong_merchant_token_is_9010_and_the_mistake_is_named() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        desk.sim.new_shop("OTHER00001", "another key");
        desk.shop = desk.sim.new_shop("SHOP000001", "se/cr+et==");
        let order = desk.order("Order-1");
        let (stamp, amt) = (order.text("timeStamp"), order.text("amt"));
        let parts = Parts { stamp: &stamp, mid: "SHOP000001", reference: "Order-1", amt: &amt, key: "se/cr+et==" };
        for (slug, token) in TOKENS {
            let order = order.clone().with("merchantToken", token(&parts));
            let answer = desk.shop.register(&order);
            desk.refused(slug, &answer, TOKEN, slug, &REGISTRATION_KEYS);
            let everything = format!("{answer:?}");
            assert!(!everything.contains("se/cr") && !everything.contains("another key"), "{everything}");
        }
        // Upper case is as good.
        let good = sha256(&[parts.stamp, parts.mid, parts.reference, parts.amt, parts.key]).to_uppercase();
        desk.take(&order.with("merchantToken", good));
        desk.close();
    }
}

#[test]
fn no_merchant_token_is_9010() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let order = desk.order("token");
        let mut body = desk.shop.body(&order);
        body.as_object_mut().unwrap().remove("merchantToken");
        desk.refuses_body("absent", &body, TOKEN, "merchantToken/missing");
        desk.refuses("null", &order.clone().with("merchantToken", Value::Null), TOKEN, "merchantToken/missing");
        desk.refuses("empty", &order.clone().with("merchantToken", ""), TOKEN, "merchantToken/missing");
        for value in wrong_types() {
            desk.refuses("type", &order.clone().with("merchantToken", value), TOKEN, "merchantToken/length");
        }
        desk.refuses("a number", &order.with("merchantToken", 5), TOKEN, "merchantToken/length");
        desk.close();
    }
}

#[test]
fn a_used_reference_no_is_9009_unless_the_merchant_allows_it() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let order = desk.order("twice");
        let first = desk.take(&order);
        let again = desk.shop.register(&order);
        desk.refused("again", &again, DUPLICATE, "referenceNo/duplicate", &REGISTRATION_KEYS);
        assert!(again.header("x-sim-diagnosis").unwrap().contains(&first.t_xid()), "names the first");
        desk.take(&desk.order("TWICE"));
        // Another merchant has numbers of its own.
        let other = desk.sim.new_shop("SHOP000001", "key");
        let theirs = other.register(&other.order("twice", AMOUNT));
        assert_eq!(theirs.result_cd(), "0000");
        desk.stored.push(theirs.t_xid());
        let off = json!({ "duplicateCheck": false });
        assert_eq!(desk.sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &off).status, 200);
        desk.take(&order);
        let on = json!({ "duplicateCheck": true });
        assert_eq!(desk.sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &on).status, 200);
        desk.refuses("once more", &order, DUPLICATE, "referenceNo/duplicate");
        desk.close();
    }
}

#[test]
fn a_refused_order_does_not_use_up_its_number() {
    let mut desk = Desk::new("lenient");
    let order = desk.order("again");
    desk.refuses("first", &order.clone().with("payMethod", "01"), NOT_ACTIVE, "payMethod/inactive");
    desk.refuses("second", &order.clone().seamless("nonsense"), USER_TOKEN, "userToken/unknown");
    desk.take(&order);
    desk.close();
}

#[test]
fn no_room_is_9002_until_an_order_is_over() {
    let builder = Simulator::builder().scenario("instant").settings("max-transactions = 1");
    let mut desk = Desk::of(builder.start());
    let first = desk.order("first");
    let registered = desk.take(&first);
    desk.refuses("second", &desk.order("second"), BUSY, "limit/transactions");
    let inquired = desk.shop.inquire(&first, &registered);
    assert_eq!(inquired.json()["status"], "9", "the first is as it was");
    desk.sim.buyer().pay(&desk.shop.payment_url(&first, &registered, WAY_BACK));
    assert_eq!(desk.shop.status(&first, &registered), "0");
    desk.stored.clear();
    desk.take(&desk.order("second"));
    desk.nothing_stored("the first is over and makes room");
    desk.close();
}

#[test]
fn a_lender_that_is_switched_off_is_9108() {
    let mut desk = Desk::new("lenient");
    let off = json!({ "partners": [] });
    assert_eq!(desk.sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &off).status, 200);
    desk.refuses("off", &desk.order("off"), NOT_ACTIVE, "mitraCd/inactive");
    let on = json!({ "partners": ["KDVI"] });
    assert_eq!(desk.sim.http().put_json("/__sim/api/merchants/PAYLOANTES", &on).status, 200);
    desk.take(&desk.order("off"));
    desk.close();
}

#[test]
fn a_user_token_that_cannot_pay_is_9920() {
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for unknown in ["nonsense", "e0478456-6b50-460c-85e0-627a1e22d2e1", "E0478456-6B50-460C-85E0-627A1E22D2E0"] {
            desk.refuses(unknown, &desk.order("t").seamless(unknown), USER_TOKEN, "userToken/unknown");
        }
        let other = desk.sim.new_shop("SHOP000001", "key");
        let issue = json!({ "iMid": other.i_mid(), "clientUserKey": "c", "userToken": "theirs" });
        assert_eq!(desk.sim.http().post_json("/__sim/api/tokens", &issue).status, 201);
        desk.refuses("other merchant", &desk.order("t").seamless("theirs"), USER_TOKEN, "userToken/other-merchant");
        let stranger = desk.order("t").seamless(BUILT_IN_TOKEN).with("clientUserKey", "somebody@else.test");
        if profile == "strict" {
            desk.refuses("other customer", &stranger, USER_TOKEN, "userToken/other-customer");
        } else {
            desk.take(&stranger.with("referenceNo", "lenient"));
        }
        let revoke = format!("/__sim/api/tokens/{BUILT_IN_TOKEN}");
        assert_eq!(desk.sim.http().send("DELETE", &revoke, &[], "").status, 204);
        desk.refuses("revoked", &desk.order("t").seamless(BUILT_IN_TOKEN), USER_TOKEN, "userToken/inactive");
        desk.close();
    }
}

#[test]
fn a_strangers_client_user_key_is_noted() {
    // §7 A-08: "optional; note if it is not the owner's".
    let mut desk = Desk::new("lenient");
    let order = desk.order("t").seamless(BUILT_IN_TOKEN).with("clientUserKey", "somebody@else.test");
    let note = desk.take(&order).header("x-sim-note").map(str::to_owned);
    assert!(note.as_ref().is_some_and(|note| note.contains("clientUserKey")), "{note:?}");
}

// The order of the checks

#[test]
fn of_several_faults_the_first_of_the_documented_order_is_answered() {
    // §2.1.7, rows 2 to 9.
    const FAULTS: &[Row] = &[
        row("iMid", Both, MID, "iMid/unknown", |o| o.with("iMid", "NOSUCHMID1")),
        row("merchantToken", Both, TOKEN, "merchantToken/unknown", |o| o.with("merchantToken", "0".repeat(64))),
        row("a missing field", Both, GOODS, "field/missing", |o| o.without("goodsNm")),
        row("a format", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "99")),
        row("payMethod", Both, NOT_ACTIVE, "payMethod/inactive", |o| o.with("payMethod", "01")),
        row("mitraCd", Both, NOT_ACTIVE, "mitraCd/unknown", |o| o.with("mitraCd", "ALMA")),
        row("a negative line", Both, NEGATIVE_LINE, "cartData/negative", |o| {
            o.with("cartData", cart(&[line("-5", "1")]))
        }),
        row("the cart's sum", Both, CART_SUM, "cartData/sum", |o| o.with("cartData", cart(&[line("5", "1")]))),
        row("userToken", Both, USER_TOKEN, "userToken/unknown", |o| o.seamless("nonsense")),
        row("referenceNo", Both, DUPLICATE, "referenceNo/duplicate", |o| o.with("referenceNo", "first")),
    ];
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        desk.take(&desk.order("first"));
        for i in 0..FAULTS.len() {
            // Backwards, so that an earlier fault is not mended by a later one of the same field.
            let order = FAULTS[i..].iter().rev().fold(desk.order("many"), |order, fault| (fault.change)(order));
            let what = format!("{profile}: {} and all after it", FAULTS[i].what);
            desk.refuses(&what, &order, FAULTS[i].says, FAULTS[i].slug);
            for later in &FAULTS[i + 1..] {
                let order = (FAULTS[i].change)((later.change)(desk.order("two")));
                let what = format!("{profile}: {} and {}", FAULTS[i].what, later.what);
                desk.refuses(&what, &order, FAULTS[i].says, FAULTS[i].slug);
            }
        }
        // Row 1: nothing is looked at in a body that cannot be read.
        let body = desk.shop.body(&desk.order("many").with("iMid", "NOSUCHMID1")).to_string();
        let json = [("content-type", "application/json")];
        let answer = desk.sim.http().send("POST", REGISTRATION, &json, &body.as_bytes()[..body.len() - 1]);
        desk.refused("truncated", &answer, UNREADABLE, "body/truncated", &REGISTRATION_KEYS);
        desk.close();
    }
}

#[test]
fn formats_are_checked_before_what_is_active_and_after_what_is_missing() {
    const FORMATS: &[Row] = &[
        row("9008", Both, AMT_FORMAT, "amt/format", |o| o.with("amt", "1.5")),
        row("9115", Both, TOO_LOW, "amt/zero", |o| o.with("amt", "0")),
        row("9109", Both, REFERENCE_LENGTH, "referenceNo/length", |o| o.with("referenceNo", "x".repeat(41))),
        row("9013", Both, CURRENCY, "currency/unknown", |o| o.with("currency", "USD")),
        row("9029", Both, MONTHS, "instmntMon/range", |o| o.with("instmntMon", "99")),
        row("9118", Both, INSTALMENT_TYPE, "instmntType/unknown", |o| o.with("instmntType", "9")),
        row("9031", Strict, TIME_STAMP, "timeStamp/format", |o| o.with("timeStamp", "now")),
        row("8003", Both, ORDER_DATA, "dbProcessUrl/format", |o| o.notify("javascript:alert(1)")),
        row("8003, tokens", Both, ORDER_DATA, "tokenizeUser/unknown", |o| o.with("tokenizeUser", "9")),
        row("P380", Both, CART_FORMAT, "cartData/format", |o| o.with("cartData", "nothing")),
        row("P380, sellers", Both, SELLERS_FORMAT, "sellers/format", |o| o.with("sellers", "nobody")),
    ];
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        for format in FORMATS.iter().filter(|row| row.profile.has(profile)) {
            let what = format!("{profile}: {}", format.what);
            let order = (format.change)(desk.order("format")).with("payMethod", "01").with("mitraCd", "ALMA");
            desk.refuses(&what, &order, format.says, format.slug);
            // The last that can be missing in both profiles.
            let order = (format.change)(desk.order("format")).without("mitraCd");
            desk.refuses(&what, &order, ORDER_DATA, "field/missing");
        }
        desk.close();
    }
}

// Inquiry

/// An inquiry that is refused: what is changed in a good one.
type InquiryRow = (&'static str, Says, &'static str, fn(Order) -> Order);

/// A good inquiry, as an order whose fields are sent alone.
fn inquiry(shop: &Shop, question: &Order) -> Value {
    let mut body = shop.body(question);
    let asked = ["timeStamp", "tXid", "iMid", "referenceNo", "amt", "merchantToken"];
    body.as_object_mut().unwrap().retain(|name, _| asked.contains(&name.as_str()));
    body
}

#[test]
fn inquiries_that_are_refused() {
    const ROWS: &[InquiryRow] = &[
        ("iMid unknown", MID, "iMid/unknown", |o| o.with("iMid", "NOSUCHMID1")),
        ("merchantToken wrong", TOKEN, "merchantToken/unknown", |o| o.with("merchantToken", "0".repeat(64))),
        ("merchantToken null", TOKEN, "merchantToken/missing", |o| o.with("merchantToken", Value::Null)),
        ("tXid unknown", NOT_FOUND, "tXid/unknown", |o| o.with("tXid", "PAYLOANTES06202601011200000000")),
        ("tXid of words", NOT_FOUND, "tXid/unknown", |o| o.with("tXid", "where is it")),
        ("tXid {}", NOT_FOUND, "field/type", |o| o.with("tXid", json!({}))),
        ("referenceNo differs", NOT_FOUND, "referenceNo/mismatch", |o| o.with("referenceNo", "another")),
        ("referenceNo's case differs", NOT_FOUND, "referenceNo/mismatch", |o| o.with("referenceNo", "ORDER")),
        ("amt differs", NOT_FOUND, "amt/mismatch", |o| o.with("amt", "25146")),
        ("amt with decimals", AMT_FORMAT, "amt/format", |o| o.with("amt", "25145.00")),
        ("amt of 13 digits", AMT_FORMAT, "amt/format", |o| o.with("amt", "1000000000000")),
        ("amt {}", AMT_FORMAT, "amt/format", |o| o.with("amt", json!({}))),
        ("amt zero", TOO_LOW, "amt/zero", |o| o.with("amt", "0")),
        // Several faults: the first counts.
        ("everything", MID, "iMid/unknown", |o| {
            o.with("iMid", "X").with("merchantToken", "").with("tXid", "X").with("amt", "x")
        }),
        ("all but iMid", TOKEN, "merchantToken/length", |o| {
            o.with("merchantToken", "x").with("tXid", "X").with("amt", "x")
        }),
    ];
    const MISSING: [(&str, Says, &str); 5] = [
        ("timeStamp", TIME_STAMP, "field/missing"),
        ("iMid", MID, "iMid/unknown"),
        ("tXid", NOT_FOUND, "field/missing"),
        ("referenceNo", REFERENCE, "field/missing"),
        ("amt", AMT, "field/missing"),
    ];
    for profile in ["lenient", "strict"] {
        let mut desk = Desk::new(profile);
        let order = desk.order("order");
        let registered = desk.take(&order);
        let good = order.with("tXid", registered.t_xid());
        let ask = |desk: &mut Desk, what: &str, question: &Order, says: Says, slug: &str| {
            let answer = desk.sim.http().post_json(INQUIRY, &inquiry(&desk.shop, question));
            desk.refused(&format!("{profile}: {what}"), &answer, says, slug, &INQUIRY_KEYS);
        };
        for (what, says, slug, change) in ROWS {
            ask(&mut desk, what, &change(good.clone()), *says, slug);
        }
        for (field, says, slug) in MISSING {
            for (what, question) in ways_to_miss(&good, field) {
                ask(&mut desk, &what, &question, says, slug);
            }
        }
        // Another merchant's transaction, asked for with a good token.
        let other = desk.sim.new_shop("SHOP000001", "key");
        let theirs = good.clone().with("iMid", "SHOP000001");
        let answer = desk.sim.http().post_json(INQUIRY, &inquiry(&other, &theirs));
        desk.refused("other merchant", &answer, NOT_FOUND, "tXid/other-merchant", &INQUIRY_KEYS);
        // A body that cannot be read, and one that does not say what it is.
        let json = [("content-type", "application/json")];
        let answer = desk.sim.http().send("POST", INQUIRY, &json, "{\"tXid\":");
        desk.refused("truncated", &answer, UNREADABLE, "body/truncated", &INQUIRY_KEYS);
        let body = inquiry(&desk.shop, &good).to_string();
        let answer = desk.sim.http().send("POST", INQUIRY, &[("content-type", "text/plain")], body);
        if profile == "strict" {
            desk.refused("content type", &answer, UNREADABLE, "body/content-type", &INQUIRY_KEYS);
        } else {
            assert_eq!(answer.result_cd(), "0000");
        }
        assert_eq!(desk.sim.http().post_json(INQUIRY, &inquiry(&desk.shop, &good)).json()["status"], "9");
        desk.close();
    }
}

#[test]
fn a_wrong_type_in_an_inquiry_has_the_code_of_the_fields_absence() {
    // §4.9, last line.
    let mut desk = Desk::new("lenient");
    let order = desk.order("order");
    let registered = desk.take(&order);
    let good = order.with("tXid", registered.t_xid());
    for (field, says) in
        [("timeStamp", TIME_STAMP), ("tXid", NOT_FOUND), ("referenceNo", REFERENCE), ("amt", AMT_FORMAT)]
    {
        for value in wrong_types() {
            let what = format!("{field} {value}");
            let question = inquiry(&desk.shop, &good.clone().with(field, value));
            let answer = desk.sim.http().post_json(INQUIRY, &question);
            assert_eq!((answer.result_cd().as_str(), answer.status), (says.0, 200), "{what}");
        }
    }
}

// Payment

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
            assert!(answer.location().starts_with("/kredivo/v2/signin?tk="), "{verb}");
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
