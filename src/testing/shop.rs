//! A merchant that signs its requests.

use serde_json::{Map, Value, json};

use super::http::{Http, Reply};
use crate::domain::MerchantKey;
use crate::endpoints::Endpoint;
use crate::protocol::sign;

/// NICEPAY's published sandbox key (`docs/PROTOCOL.md` §5.1).
const PUBLISHED_KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
/// Any timeStamp is accepted; it is not compared with a clock (`docs/PROTOCOL.md` A-31).
const TIME_STAMP: &str = "20260101120000";

/// A merchant.
#[derive(Clone, Debug)]
pub struct Shop {
    http: Http,
    i_mid: String,
    key: MerchantKey,
}

/// The fields of a registration, as they are sent.
#[derive(Clone, Debug)]
pub struct Order {
    fields: Map<String, Value>,
}

impl Order {
    /// Sets a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Removes a field.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.remove(name);
        self
    }

    /// Sets the URL for notifications.
    #[must_use]
    pub fn notify(self, db_process_url: &str) -> Self {
        self.with("dbProcessUrl", db_process_url)
    }

    /// Requests a user token (`tokenizeUser` 1).
    #[must_use]
    pub fn tokenize(self, client_user_key: &str) -> Self {
        self.with("tokenizeUser", "1").with("clientUserKey", client_user_key).with("userToken", "")
    }

    /// Pays with a user token (`tokenizeUser` 2).
    #[must_use]
    pub fn seamless(self, user_token: &str) -> Self {
        self.with("tokenizeUser", "2").with("userToken", user_token)
    }

    /// A field's text, as it is hashed.
    pub fn text(&self, name: &str) -> String {
        match &self.fields.get(name) {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => String::new(),
            Some(other) => other.to_string(),
        }
    }
}

impl Shop {
    #[track_caller]
    pub(super) fn new(http: Http, i_mid: &str, key: &str) -> Self {
        match MerchantKey::new(key) {
            Ok(key) => Self { http, i_mid: i_mid.to_owned(), key },
            Err(error) => panic!("{error}"),
        }
    }

    #[track_caller]
    pub(super) fn published(http: Http) -> Self {
        Self::new(http, "PAYLOANTES", PUBLISHED_KEY)
    }

    /// The merchant's iMid.
    pub fn i_mid(&self) -> &str {
        &self.i_mid
    }

    /// The merchant's key, for the settings of an application under test.
    pub fn merchant_key(&self) -> &str {
        self.key.expose()
    }

    /// The merchantToken over some texts.
    pub fn sign(&self, parts: &[&str]) -> String {
        sign(parts.iter().copied(), &self.key)
    }

    /// An order for Kredivo with every documented field and one item.
    pub fn order(&self, reference_no: &str, amt: u64) -> Order {
        let amt = amt.to_string();
        let cart = json!({
            "count": "1",
            "item": [{
                "goods_id": "BB12345678", "goods_detail": "BB12345678", "goods_name": "Pasar Modern", "goods_amt": amt,
                "goods_type": "Sembako", "goods_url": "http://merchant.com/x", "goods_quantity": "1",
                "goods_sellers_id": "SEL123", "goods_sellers_name": "Sellers 1",
            }],
        });
        let sellers = json!([{ "sellersId": "SEL123", "sellersNm": "Sellers 1", "sellersEmail": "sellers@test.com" }]);
        let order = json!({
            "timeStamp": TIME_STAMP, "iMid": self.i_mid, "payMethod": "06", "currency": "IDR", "amt": amt,
            "referenceNo": reference_no, "goodsNm": "Test Transaction Nicepay", "billingNm": "Customer Name",
            "billingPhone": "12345678", "billingEmail": "email@merchant.com", "billingAddr": "Jalan Bukit Berbunga 22",
            "billingCity": "Jakarta", "billingState": "DKI Jakarta", "billingPostCd": "12345", "billingCountry": "Indonesia",
            "deliveryNm": "Customer Name", "deliveryPhone": "12345678", "deliveryAddr": "Jalan Bukit Berbunga 22",
            "deliveryCity": "Jakarta", "deliveryState": "DKI Jakarta", "deliveryPostCd": "12345", "deliveryCountry": "Indonesia",
            "dbProcessUrl": "http://127.0.0.1:9/notify", "userIP": "127.0.0.1", "userAgent": "test",
            "cartData": cart.to_string(), "sellers": sellers.to_string(),
            "instmntType": "2", "instmntMon": "1", "mitraCd": "KDVI",
        });
        match order {
            Value::Object(fields) => Order { fields },
            _ => unreachable!("an object was written"),
        }
    }

    /// The body of a registration. It is signed unless it already has a merchantToken.
    pub fn body(&self, order: &Order) -> Value {
        let mut fields = order.fields.clone();
        if !fields.contains_key("merchantToken") {
            let token = self.sign(&[
                &order.text("timeStamp"),
                &order.text("iMid"),
                &order.text("referenceNo"),
                &order.text("amt"),
            ]);
            fields.insert("merchantToken".to_owned(), token.into());
        }
        Value::Object(fields)
    }

    /// Sets the scenario of this merchant: a name, or the text of a scenario file.
    ///
    /// # Panics
    /// When the scenario is refused; the message says what is wrong with it, and where.
    #[track_caller]
    pub fn set_scenario(&self, scenario: &str) {
        super::set_scenario(&self.http, &format!("/scenario?iMid={}", self.i_mid), scenario);
    }

    /// The old name of [`set_scenario`](Self::set_scenario).
    #[deprecated(since = "0.2.0", note = "use `set_scenario`")]
    #[track_caller]
    pub fn tell(&self, scenario: &str) {
        self.set_scenario(scenario);
    }

    /// Registers an order.
    #[track_caller]
    pub fn register(&self, order: &Order) -> Reply {
        self.http.post_json(Endpoint::Registration.path(), &self.body(order))
    }

    /// The fields of a payment, signed: `timeStamp`, `tXid`, `merchantToken`, `callBackUrl`.
    #[track_caller]
    pub fn payment_fields(&self, order: &Order, registered: &Reply, callback_url: &str) -> [(&'static str, String); 4] {
        let token = self.sign(&[TIME_STAMP, &self.i_mid, &order.text("referenceNo"), &order.text("amt")]);
        [
            ("timeStamp", TIME_STAMP.to_owned()),
            ("tXid", registered.t_xid()),
            ("merchantToken", token),
            ("callBackUrl", callback_url.to_owned()),
        ]
    }

    /// The URL where the merchant sends the customer's browser.
    #[track_caller]
    pub fn payment_url(&self, order: &Order, registered: &Reply, callback_url: &str) -> String {
        let fields = self.payment_fields(order, registered, callback_url);
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        format!("{}{}?{query}", self.http.base(), Endpoint::Payment.path())
    }

    /// Requests the status of an order.
    #[track_caller]
    pub fn inquire(&self, order: &Order, registered: &Reply) -> Reply {
        let (reference_no, amt) = (order.text("referenceNo"), order.text("amt"));
        let token = self.sign(&[TIME_STAMP, &self.i_mid, &reference_no, &amt]);
        self.http.post_json(
            Endpoint::Inquiry.path(),
            &json!({
                "timeStamp": TIME_STAMP, "tXid": registered.t_xid(), "iMid": self.i_mid, "referenceNo": reference_no,
                "amt": amt, "merchantToken": token,
            }),
        )
    }

    /// A request with timeStamp, iMid and `fields`, signed over the `covered` fields. A merchantToken in `fields` is
    /// not replaced.
    ///
    /// # Panics
    /// When a covered field is missing.
    #[track_caller]
    pub fn signed(&self, covered: &[&str], fields: Value) -> Value {
        let mut body = json!({ "timeStamp": TIME_STAMP, "iMid": self.i_mid });
        if let (Value::Object(body), Value::Object(fields)) = (&mut body, fields) {
            body.extend(fields);
        }
        if body.get("merchantToken").is_none() {
            let mut parts = Vec::new();
            for name in covered {
                parts.push(match &body[name] {
                    Value::String(text) => text.clone(),
                    Value::Null => panic!("the field {name} must be signed but is missing"),
                    other => other.to_string(),
                });
            }
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            body["merchantToken"] = self.sign(&parts).into();
        }
        body
    }

    /// Sends a request as JSON.
    #[track_caller]
    pub fn ask(&self, path: &str, body: &Value) -> Reply {
        self.http.post_json(path, body)
    }

    /// Cancels a payment: `cancel_type` is `1` for all of it, `2` for a part (`docs/PROTOCOL.md` §2.6).
    #[track_caller]
    pub fn cancel(&self, registered: &Reply, cancel_type: &str, amt: &str) -> Reply {
        let fields = json!({ "tXid": registered.t_xid(), "payMethod": "06", "cancelType": cancel_type, "amt": amt });
        self.http.post_json(Endpoint::Cancel.path(), &self.signed(&["timeStamp", "iMid", "tXid", "amt"], fields))
    }

    /// The fields of a request to bind an account, unsigned (`docs/PROTOCOL.md` §2.9).
    pub fn binding(&self, reference_no: &str, billing_phone: &str) -> Value {
        json!({
            "referenceNo": reference_no, "payMethod": "06", "mitraCd": "KDVI", "billingNm": "Jhon Doe",
            "billingPhone": billing_phone, "billingEmail": "buyer@merchant.com",
            "dbProcessUrl": "http://127.0.0.1:9/notify",
        })
    }

    /// Starts an account binding.
    #[track_caller]
    pub fn bind(&self, binding: Value) -> Reply {
        self.http.post_json(Endpoint::Binding.path(), &self.signed(&["iMid", "referenceNo", "billingPhone"], binding))
    }

    /// Requests the account of a user token.
    #[track_caller]
    pub fn user_details(&self, user_token: &str) -> Reply {
        let body = self.signed(&["iMid", "userToken"], json!({ "userToken": user_token }));
        self.http.post_json(Endpoint::UserDetails.path(), &body)
    }

    /// Removes a user token.
    #[track_caller]
    pub fn remove_token(&self, user_token: &str) -> Reply {
        let body = self.signed(&["timeStamp", "iMid", "userToken"], json!({ "userToken": user_token }));
        self.http.post_json(Endpoint::RemoveToken.path(), &body)
    }

    /// Registers an order for Checkout, NICEPAY's own page; the order has the `callBackUrl`.
    #[track_caller]
    pub fn checkout(&self, order: &Order) -> Reply {
        self.http.post_json(Endpoint::Checkout.path(), &self.body(order))
    }

    /// The URL where the merchant sends the customer of a Checkout order.
    #[track_caller]
    pub fn checkout_url(&self, registered: &Reply) -> String {
        format!("{}{}?tXid={}", self.http.base(), Endpoint::CheckoutPage.path(), registered.t_xid())
    }

    /// Confirms that the customer has received the goods.
    #[track_caller]
    pub fn confirm_receipt(&self, registered: &Reply) -> Reply {
        let body = self.signed(&["timeStamp", "tXid", "iMid"], json!({ "tXid": registered.t_xid() }));
        self.http.post_json(Endpoint::ConfirmAkulaku.path(), &body)
    }

    /// The status digit from an inquiry.
    ///
    /// # Panics
    /// When the inquiry is refused.
    #[track_caller]
    pub fn status(&self, order: &Order, registered: &Reply) -> String {
        let answer = self.inquire(order, registered);
        match &answer.json()["status"] {
            Value::String(status) => status.clone(),
            _ => panic!("the inquiry was refused: {}", answer.body),
        }
    }
}
