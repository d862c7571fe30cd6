//! Every result code that the simulator answers (`docs/PROTOCOL.md` §4.9, §4.10), with its text, its diagnosis and the
//! order of the checks (§2.1.7). Texts are written out here: they are the documents', not the program's.

mod inquiry;
mod lengths;
mod merchants;
mod order_of_checks;
mod payment;
mod required;
mod values;

use nicepay_sim::testing::{Order, Reply, Shop, Simulator};
use serde_json::{Map, Value, json};

use Profile::{Both, Lenient, Strict};

/// A code and its text.
type Says = (&'static str, &'static str);

const NEGATIVE_LINE: Says = ("1002", "Socket error");
const ORDER_DATA: Says = ("8003", "Order registration data error.");
const UNREADABLE: Says = ("9001", "Failed to register your order. Please check your HTTP Message.");
const AMT: Says = ("9007", "Undefined: Amount. Please check your request parameter and make sure [amt] is defined.");
const AMT_FORMAT: Says = ("9008", "Invalid Request Amount. Amount should only number and do not includes decimal.");
const DUPLICATE: Says = ("9009", "Reference Number already exist. Please generate unique [referenceNo].");
const TOKEN: Says = ("9010", "Invalid Merchant Token. Contact NICEPay for further information.");
const MID: Says = ("9011", "Invalid MID, Merchant is not registered. Contact NICEPay for further information.");
const CURRENCY: Says =
    ("9013", "Undefined: Currency Code. Please check your request parameter and make sure [currencyCode] is defined.");
const REFERENCE: Says =
    ("9014", "Undefined: Reference No. Please check your request parameter and make sure [referenceNo] is defined.");
const GOODS: Says =
    ("9015", "Undefined: Goods Name. Please check your request parameter and make sure [goodsNm] is defined.");
const MONTHS: Says = ("9029", "Installment is not available for defined month");
const TIME_STAMP: Says = ("9031", "Date/Time check.");
const NOT_ACTIVE: Says =
    ("9108", "This Payment method is currently not activated. Contact Nicepay for further information.");
const REFERENCE_LENGTH: Says =
    ("9109", "Reference Number Maximum Length Exceed. [referenceNo] should have maximum 40 characters length.");
const TOO_LOW: Says = ("9115", "Invalid Amount: too low. Please increase amount.");
const INSTALMENT_TYPE: Says = ("9118", "Invalid Installment Type.");
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

const REGISTRATION: &str = "/nicepay/direct/v2/registration";
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

/// A good cart line with other values.
fn line(amt: impl Into<Value>, quantity: impl Into<Value>) -> Value {
    json!({ "goods_id": "1", "goods_name": "x", "goods_amt": amt.into(), "goods_quantity": quantity.into() })
}

fn cart(lines: &[Value]) -> String {
    json!({ "count": lines.len().to_string(), "item": lines }).to_string()
}

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
