//! The calls of the shop's server to NICEPAY. Each returns a [`Call`]: the bytes of the request, and the response or an
//! error. Every call has a timeout, and no response causes a panic.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::sign::{Key, merchant_token, time_stamp};

/// The time until the response must be complete.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Loopback and private networks connect fast, or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The maximum size of a response, in bytes.
const MAX_RESPONSE: usize = 256 * 1024;

/// The paths of NICEPAY's endpoints.
mod path {
    /// `docs/PROTOCOL.md` §2.1
    pub(super) const REGISTRATION: &str = "/nicepay/direct/v2/registration";
    /// `docs/PROTOCOL.md` §2.2
    pub(super) const PAYMENT: &str = "/nicepay/direct/v2/payment";
    /// `docs/PROTOCOL.md` §2.5
    pub(super) const INQUIRY: &str = "/nicepay/direct/v2/inquiry";
    /// `docs/PROTOCOL.md` §2.9
    pub(super) const BINDING: &str = "/nicepay/v2/userAccountBinding";
    /// `docs/PROTOCOL.md` §2.10
    pub(super) const REMOVE_TOKEN: &str = "/nicepay/direct/v2/remove-token";
    /// `docs/PROTOCOL.md` §2.11
    pub(super) const USER_DETAILS: &str = "/nicepay/direct/v2/user-details";
}

/// A merchant's client for NICEPAY.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Client {
    http: reqwest::Client,
    gateway: String,
    i_mid: String,
    key: Key,
}

/// A request, and its response or an error.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Call {
    pub(in crate::demo) path: &'static str,
    /// The body, byte for byte.
    pub(in crate::demo) request: String,
    pub(in crate::demo) result: Result<Response, CallError>,
}

/// A response: a JSON object.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Response {
    /// The body, byte for byte.
    pub(in crate::demo) body: String,
    /// Why the request was refused. Only the simulator sends this.
    pub(in crate::demo) diagnosis: Option<String>,
    fields: Map<String, Value>,
}

/// Why there is no usable response. NICEPAY may have processed the request.
#[derive(Clone, Debug)]
pub(in crate::demo) enum CallError {
    /// No connection, or no response in time.
    Unreachable(String),
    /// A response with another status than 200, or without a JSON object.
    UnexpectedResponse { status: u16, body: String },
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason) => f.write_str(reason),
            Self::UnexpectedResponse { status, .. } => write!(f, "HTTP {status}"),
        }
    }
}

/// The status of a payment in the response to an inquiry.
#[derive(Clone, Debug)]
pub(in crate::demo) struct PaymentStatus {
    /// `docs/PROTOCOL.md` §4.1: `9` open, `3` under review, `0` paid, `8` failed, `2` and `1` refunded.
    pub(in crate::demo) status: String,
    /// The tenor that the customer chose.
    pub(in crate::demo) months: String,
}

/// The buyer.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Buyer {
    pub(in crate::demo) name: &'static str,
    pub(in crate::demo) phone: &'static str,
    pub(in crate::demo) email: &'static str,
    pub(in crate::demo) address: &'static str,
    pub(in crate::demo) city: &'static str,
    pub(in crate::demo) state: &'static str,
    pub(in crate::demo) post_code: &'static str,
}

/// One line of the cart.
#[derive(Clone, Copy, Debug)]
pub(in crate::demo) struct Line {
    pub(in crate::demo) id: &'static str,
    pub(in crate::demo) name: &'static str,
    pub(in crate::demo) category: &'static str,
    /// The price of one piece (`docs/PROTOCOL.md` §2.1.2).
    pub(in crate::demo) price: u64,
    pub(in crate::demo) quantity: u64,
}

/// How the order is paid (`docs/PROTOCOL.md` §2.1.1, `tokenizeUser`).
#[derive(Clone, Debug)]
pub(in crate::demo) enum Mode {
    /// With a login on the lender's pages.
    Login,
    /// The same, and the account is linked: the notification contains a `userToken`.
    Link {
        /// The shop's name for the customer: comes back with the token.
        client_user_key: String,
    },
    /// With a user token, without a page.
    Token {
        /// The token of a linked account.
        user_token: String,
    },
}

/// An order to register.
#[derive(Debug)]
pub(in crate::demo) struct Purchase<'a> {
    pub(in crate::demo) reference_no: &'a str,
    pub(in crate::demo) line: Line,
    pub(in crate::demo) buyer: &'a Buyer,
    pub(in crate::demo) months: u8,
    pub(in crate::demo) mode: &'a Mode,
    /// The address of the browser.
    pub(in crate::demo) user_ip: String,
    pub(in crate::demo) user_agent: String,
    /// `dbProcessUrl`.
    pub(in crate::demo) notify_url: String,
}

/// An account to link without a purchase.
#[derive(Debug)]
pub(in crate::demo) struct Binding<'a> {
    pub(in crate::demo) reference_no: &'a str,
    pub(in crate::demo) buyer: &'a Buyer,
    /// The customer's phone number at Kredivo. It is part of the merchantToken.
    pub(in crate::demo) phone: &'a str,
    pub(in crate::demo) client_user_key: &'a str,
    pub(in crate::demo) notify_url: String,
    pub(in crate::demo) callback_url: String,
}

impl Response {
    /// A field's text; empty if it is null or missing.
    pub(in crate::demo) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A field that is a list.
    pub(in crate::demo) fn list(&self, name: &str) -> &[Value] {
        self.fields.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// `resultCd` 0000. For an inquiry this does **not** mean "paid".
    pub(in crate::demo) fn accepted(&self) -> bool {
        self.text("resultCd") == "0000"
    }
}

impl Call {
    /// The response, if NICEPAY accepted the request.
    pub(in crate::demo) fn accepted(&self) -> Option<&Response> {
        self.result.as_ref().ok().filter(|response| response.accepted())
    }

    /// Whether NICEPAY refused the request with this `resultCd`.
    pub(in crate::demo) fn refused_with(&self, code: &str) -> bool {
        self.result.as_ref().is_ok_and(|response| response.text("resultCd") == code)
    }
}

impl Client {
    /// A client for the gateway at `gateway`, `http://host:port`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub(in crate::demo) fn new(gateway: String, i_mid: String, key: Key) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self { http, gateway, i_mid, key })
    }

    pub(in crate::demo) fn i_mid(&self) -> &str {
        &self.i_mid
    }

    pub(super) fn token(&self, parts: &[&str]) -> String {
        merchant_token(parts, &self.key)
    }

    /// Registers an order (`docs/PROTOCOL.md` §2.1). Token over `timeStamp iMid referenceNo amt`.
    pub(in crate::demo) async fn register(&self, at: Timestamp, purchase: &Purchase<'_>) -> Call {
        let (line, buyer, time_stamp) = (purchase.line, purchase.buyer, time_stamp(at));
        let amt = (line.price * line.quantity).to_string();
        let token = self.token(&[&time_stamp, &self.i_mid, purchase.reference_no, &amt]);
        // Both are JSON as text, with every number as text (`docs/PROTOCOL.md` §2.1.2, §2.1.3).
        let cart = json!({
            "count": "1",
            "item": [{
                "goods_id": line.id, "goods_name": line.name, "goods_detail": line.name, "goods_type": line.category,
                "goods_amt": line.price.to_string(), "goods_quantity": line.quantity.to_string(),
                "goods_url": format!("https://teras-tumbuk.example/{}", line.id),
                "goods_sellers_id": "TT-1", "goods_sellers_name": "Teras Tumbuk",
            }],
        });
        let sellers = json!([{
            "sellersId": "TT-1", "sellersNm": "Teras Tumbuk", "sellersEmail": "halo@teras-tumbuk.example",
            "sellersAddress": {
                "sellerNm": "Teras", "sellerLastNm": "Tumbuk", "sellerAddr": "Jalan Cendana 8", "sellerCity": "Bandung",
                "sellerPostCd": "40114", "sellerPhone": "0221234567", "sellerCountry": "ID",
            },
        }]);
        let (tokenize_user, client_user_key, user_token) = match purchase.mode {
            Mode::Login => ("", "", ""),
            Mode::Link { client_user_key } => ("1", client_user_key.as_str(), ""),
            Mode::Token { user_token } => ("2", "", user_token.as_str()),
        };
        let body = json!({
            "timeStamp": time_stamp, "iMid": self.i_mid, "payMethod": "06", "currency": "IDR", "amt": amt,
            "referenceNo": purchase.reference_no, "goodsNm": line.name,
            "billingNm": buyer.name, "billingPhone": buyer.phone, "billingEmail": buyer.email,
            "billingAddr": buyer.address, "billingCity": buyer.city, "billingState": buyer.state,
            "billingPostCd": buyer.post_code, "billingCountry": "Indonesia",
            "deliveryNm": buyer.name, "deliveryPhone": buyer.phone, "deliveryAddr": buyer.address,
            "deliveryCity": buyer.city, "deliveryState": buyer.state, "deliveryPostCd": buyer.post_code,
            "deliveryCountry": "Indonesia",
            "dbProcessUrl": purchase.notify_url, "merchantToken": token,
            "userIP": purchase.user_ip, "userAgent": purchase.user_agent,
            "cartData": cart.to_string(), "sellers": sellers.to_string(),
            // A payment with a token uses this tenor. On the lender's pages the customer chooses.
            "instmntType": "2", "instmntMon": purchase.months.to_string(), "mitraCd": "KDVI",
            "tokenizeUser": tokenize_user, "clientUserKey": client_user_key, "userToken": user_token,
        });
        self.call(path::REGISTRATION, &body).await
    }

    /// The address where the browser pays (`docs/PROTOCOL.md` §2.2). The token is that of a registration, with a
    /// `timeStamp` of its own.
    ///
    /// `gateway` is NICEPAY's address for *browsers*. `callBackUrl` is encoded: an unencoded `&` would end it.
    pub(in crate::demo) fn payment_url(
        &self,
        at: Timestamp,
        (gateway, callback_url): (&str, &str),
        (t_xid, reference_no, amt): (&str, &str, &str),
    ) -> String {
        let time_stamp = time_stamp(at);
        let token = self.token(&[&time_stamp, &self.i_mid, reference_no, amt]);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("timeStamp", &time_stamp)
            .append_pair("tXid", t_xid)
            .append_pair("merchantToken", &token)
            .append_pair("callBackUrl", callback_url)
            .finish();
        format!("{gateway}{}?{query}", path::PAYMENT)
    }

    /// Sends an inquiry (`docs/PROTOCOL.md` §2.5). Token over `timeStamp iMid referenceNo amt`: those of the stored order,
    /// never those of a notification or a browser.
    pub(in crate::demo) async fn inquire(&self, at: Timestamp, t_xid: &str, reference_no: &str, amt: &str) -> Call {
        let time_stamp = time_stamp(at);
        let token = self.token(&[&time_stamp, &self.i_mid, reference_no, amt]);
        let body = json!({
            "timeStamp": time_stamp, "tXid": t_xid, "iMid": self.i_mid, "referenceNo": reference_no, "amt": amt,
            "merchantToken": token,
        });
        self.call(path::INQUIRY, &body).await
    }

    /// Starts to link an account (`docs/PROTOCOL.md` §2.9). Token over `iMid referenceNo billingPhone`, without the
    /// timeStamp.
    pub(in crate::demo) async fn bind(&self, at: Timestamp, binding: &Binding<'_>) -> Call {
        let token = self.token(&[&self.i_mid, binding.reference_no, binding.phone]);
        let body = json!({
            "timeStamp": time_stamp(at), "referenceNo": binding.reference_no, "payMethod": "06", "mitraCd": "KDVI",
            "billingNm": binding.buyer.name, "billingPhone": binding.phone, "billingEmail": binding.buyer.email,
            "dbProcessUrl": binding.notify_url, "iMid": self.i_mid, "merchantToken": token,
            "callBackUrl": binding.callback_url, "clientUserKey": binding.client_user_key,
        });
        self.call(path::BINDING, &body).await
    }

    /// Reads the account of a token (`docs/PROTOCOL.md` §2.11). Token over `iMid userToken`.
    pub(in crate::demo) async fn user_details(&self, at: Timestamp, user_token: &str) -> Call {
        let token = self.token(&[&self.i_mid, user_token]);
        let body = json!({
            "timeStamp": time_stamp(at), "userToken": user_token, "iMid": self.i_mid, "merchantToken": token,
        });
        self.call(path::USER_DETAILS, &body).await
    }

    /// Removes a token (`docs/PROTOCOL.md` §2.10). Token over `timeStamp iMid userToken`.
    pub(in crate::demo) async fn remove_token(&self, at: Timestamp, user_token: &str) -> Call {
        let time_stamp = time_stamp(at);
        let token = self.token(&[&time_stamp, &self.i_mid, user_token]);
        let body = json!({
            "timeStamp": time_stamp, "iMid": self.i_mid, "userToken": user_token, "merchantToken": token,
        });
        self.call(path::REMOVE_TOKEN, &body).await
    }

    async fn call(&self, path: &'static str, body: &Value) -> Call {
        let request = body.to_string();
        let result = self.send(path, request.clone()).await;
        Call { path, request, result }
    }

    async fn send(&self, path: &str, body: String) -> Result<Response, CallError> {
        let unreachable = |error: reqwest::Error| {
            // reqwest's own text is little more than the URL; the last cause says what happened.
            let cause = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source()).last();
            CallError::Unreachable(cause.map_or_else(|| error.to_string(), ToString::to_string))
        };
        let request = self.http.post(format!("{}{path}", self.gateway)).header("content-type", "application/json");
        let mut response = request.body(body).send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let diagnosis =
            response.headers().get("x-sim-diagnosis").and_then(|text| text.to_str().ok()).map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(unreachable)? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > MAX_RESPONSE {
                return Err(CallError::Unreachable("the response is too long".to_owned()));
            }
        }
        let body = String::from_utf8_lossy(&bytes).into_owned();
        match serde_json::from_str(&body) {
            Ok(Value::Object(fields)) if status == 200 => Ok(Response { body, diagnosis, fields }),
            _ => Err(CallError::UnexpectedResponse { status, body }),
        }
    }
}

impl std::error::Error for CallError {}

impl PaymentStatus {
    /// The status; none if the inquiry was refused, or is about another order or amount.
    pub(in crate::demo) fn from_response(
        response: &Response,
        t_xid: &str,
        reference_no: &str,
        amt: &str,
    ) -> Option<Self> {
        let matches = response.accepted()
            && response.text("tXid") == t_xid
            && response.text("referenceNo") == reference_no
            && response.text("amt") == amt;
        matches.then(|| Self {
            status: response.text("status").to_owned(),
            months: response.text("instmntMon").to_owned(),
        })
    }
}
