//! What the shop's server asks NICEPAY. Every call answers with an [`Asked`]: the bytes that were sent and what came back,
//! or why nothing did. None of them waits for ever, and none of them panics over an answer.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::sign::{Key, merchant_token, time_stamp};

/// A gateway that has not answered by then is treated as one that is down.
const PATIENCE: Duration = Duration::from_secs(10);
/// Loopback and private networks connect at once, or not at all.
const CONNECTING: Duration = Duration::from_secs(2);
/// No answer of NICEPAY's is that long.
const LONGEST_ANSWER: usize = 256 * 1024;

/// Where the shop's server and its customers' browsers find NICEPAY's endpoints, below the gateway's address.
mod path {
    /// `docs/PROTOCOL.md` §2.1
    pub(super) const REGISTRATION: &str = "/nicepay/direct/v2/registration";
    /// §2.2
    pub(super) const PAYMENT: &str = "/nicepay/direct/v2/payment";
    /// §2.5
    pub(super) const INQUIRY: &str = "/nicepay/direct/v2/inquiry";
    /// §2.9
    pub(super) const BINDING: &str = "/nicepay/v2/userAccountBinding";
    /// §2.10
    pub(super) const REMOVE_TOKEN: &str = "/nicepay/direct/v2/remove-token";
    /// §2.11
    pub(super) const USER_DETAILS: &str = "/nicepay/direct/v2/user-details";
}

/// A merchant's way to NICEPAY.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Client {
    http: reqwest::Client,
    gateway: String,
    i_mid: String,
    key: Key,
}

/// One call.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Asked {
    /// Which.
    pub(in crate::demo) path: &'static str,
    /// The body, byte for byte.
    pub(in crate::demo) sent: String,
    /// What came of it.
    pub(in crate::demo) answer: Result<Answer, Trouble>,
}

/// What NICEPAY answered: a JSON object.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Answer {
    /// The body, byte for byte.
    pub(in crate::demo) body: String,
    /// Only a simulator has this: why it refused.
    pub(in crate::demo) diagnosis: Option<String>,
    fields: Map<String, Value>,
}

/// Why there is no answer to go by. What was asked for may have been done all the same.
#[derive(Clone, Debug)]
pub(in crate::demo) enum Trouble {
    /// No connection, or no answer in time.
    Unreachable(String),
    /// An answer that is none: another status than 200, or no JSON object.
    JsonError {
        /// The HTTP status.
        status: u16,
        /// What it was.
        body: String,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => f.write_str(why),
            Self::JsonError { status, .. } => write!(f, "HTTP {status}"),
        }
    }
}

/// Where an order stands, as the inquiry says.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Standing {
    /// `docs/PROTOCOL.md` §4.1: `9` open, `3` under review, `0` paid, `8` failed, `2` and `1` given back.
    pub(in crate::demo) status: String,
    /// The tenor that the customer chose.
    pub(in crate::demo) months: String,
}

/// Who buys.
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

/// What is bought: one line of the cart.
#[derive(Clone, Copy, Debug)]
pub(in crate::demo) struct Line {
    pub(in crate::demo) id: &'static str,
    pub(in crate::demo) name: &'static str,
    pub(in crate::demo) category: &'static str,
    /// Of one piece: NICEPAY multiplies (§2.1.2).
    pub(in crate::demo) price: u64,
    pub(in crate::demo) quantity: u64,
}

/// How it is paid (`docs/PROTOCOL.md` §2.1.1, `tokenizeUser`).
#[derive(Clone, Debug)]
pub(in crate::demo) enum Mode {
    /// Once, at the lender's pages.
    Once,
    /// The same, and the lender's account is linked: the notification brings a `userToken`.
    Link {
        /// Our customer: comes back with the token.
        client_user_key: String,
    },
    /// Seamlessly, without a page.
    With {
        /// The token of an account that was linked.
        user_token: String,
    },
}

/// An order to be registered.
#[derive(Debug)]
pub(in crate::demo) struct Purchase<'a> {
    pub(in crate::demo) reference_no: &'a str,
    pub(in crate::demo) line: Line,
    pub(in crate::demo) buyer: &'a Buyer,
    pub(in crate::demo) months: u8,
    pub(in crate::demo) mode: &'a Mode,
    /// Where the browser is.
    pub(in crate::demo) user_ip: String,
    pub(in crate::demo) user_agent: String,
    /// `dbProcessUrl`: where NICEPAY's server reaches ours.
    pub(in crate::demo) notify_url: String,
}

/// An account to be linked without buying.
#[derive(Debug)]
pub(in crate::demo) struct Binding<'a> {
    pub(in crate::demo) reference_no: &'a str,
    pub(in crate::demo) buyer: &'a Buyer,
    /// The customer's phone number at Kredivo, as it will be hashed.
    pub(in crate::demo) phone: &'a str,
    pub(in crate::demo) client_user_key: &'a str,
    pub(in crate::demo) notify_url: String,
    pub(in crate::demo) callback_url: String,
}

impl Answer {
    /// A field's text; empty where it is null or not there.
    pub(in crate::demo) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A field that is a list.
    pub(in crate::demo) fn list(&self, name: &str) -> &[Value] {
        self.fields.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// `0000`: the request was understood and taken. Of an inquiry that is **not** "paid".
    pub(in crate::demo) fn taken(&self) -> bool {
        self.text("resultCd") == "0000"
    }
}

impl Asked {
    /// The answer, if it took the request.
    pub(in crate::demo) fn taken(&self) -> Option<&Answer> {
        self.answer.as_ref().ok().filter(|answer| answer.taken())
    }
}

impl Client {
    /// A merchant's way to the gateway at `gateway`, `http://host:port`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub(in crate::demo) fn new(gateway: String, i_mid: String, key: Key) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECTING)
            .timeout(PATIENCE)
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
    pub(in crate::demo) async fn register(&self, at: Timestamp, purchase: &Purchase<'_>) -> Asked {
        let (line, buyer, time_stamp) = (purchase.line, purchase.buyer, time_stamp(at));
        let amt = (line.price * line.quantity).to_string();
        let token = self.token(&[&time_stamp, &self.i_mid, purchase.reference_no, &amt]);
        // Both are JSON inside of text, every number of them as text (§2.1.2, §2.1.3).
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
            Mode::Once => ("", "", ""),
            Mode::Link { client_user_key } => ("1", client_user_key.as_str(), ""),
            Mode::With { user_token } => ("2", "", user_token.as_str()),
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
            // The tenor is a preset: at the lender's pages the customer chooses. A seamless payment takes it.
            "instmntType": "2", "instmntMon": purchase.months.to_string(), "mitraCd": "KDVI",
            "tokenizeUser": tokenize_user, "clientUserKey": client_user_key, "userToken": user_token,
        });
        self.ask(path::REGISTRATION, &body).await
    }

    /// Where the browser pays (`docs/PROTOCOL.md` §2.2). Token as at registration, with a `timeStamp` of its own.
    ///
    /// `gateway` is NICEPAY's address as *browsers* reach it. Everything is encoded, `callBackUrl` too: unencoded, a `&`
    /// in it would end it.
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

    /// SeamlessChallenge where an order stands (`docs/PROTOCOL.md` §2.5). Token over `timeStamp iMid referenceNo amt`: of *our* order,
    /// never of what a notification or a browser says.
    pub(in crate::demo) async fn inquire(&self, at: Timestamp, t_xid: &str, reference_no: &str, amt: &str) -> Asked {
        let time_stamp = time_stamp(at);
        let token = self.token(&[&time_stamp, &self.i_mid, reference_no, amt]);
        let body = json!({
            "timeStamp": time_stamp, "tXid": t_xid, "iMid": self.i_mid, "referenceNo": reference_no, "amt": amt,
            "merchantToken": token,
        });
        self.ask(path::INQUIRY, &body).await
    }

    /// Begins to link an account (`docs/PROTOCOL.md` §2.9). Token over `iMid referenceNo billingPhone`, without the
    /// timeStamp.
    pub(in crate::demo) async fn bind(&self, at: Timestamp, binding: &Binding<'_>) -> Asked {
        let token = self.token(&[&self.i_mid, binding.reference_no, binding.phone]);
        let body = json!({
            "timeStamp": time_stamp(at), "referenceNo": binding.reference_no, "payMethod": "06", "mitraCd": "KDVI",
            "billingNm": binding.buyer.name, "billingPhone": binding.phone, "billingEmail": binding.buyer.email,
            "dbProcessUrl": binding.notify_url, "iMid": self.i_mid, "merchantToken": token,
            "callBackUrl": binding.callback_url, "clientUserKey": binding.client_user_key,
        });
        self.ask(path::BINDING, &body).await
    }

    /// Looks at the account behind a token (`docs/PROTOCOL.md` §2.11). Token over `iMid userToken`.
    pub(in crate::demo) async fn user_details(&self, at: Timestamp, user_token: &str) -> Asked {
        let token = self.token(&[&self.i_mid, user_token]);
        let body = json!({
            "timeStamp": time_stamp(at), "userToken": user_token, "iMid": self.i_mid, "merchantToken": token,
        });
        self.ask(path::USER_DETAILS, &body).await
    }

    /// Ends a token (`docs/PROTOCOL.md` §2.10). Token over `timeStamp iMid userToken`.
    pub(in crate::demo) async fn remove_token(&self, at: Timestamp, user_token: &str) -> Asked {
        let time_stamp = time_stamp(at);
        let token = self.token(&[&time_stamp, &self.i_mid, user_token]);
        let body = json!({
            "timeStamp": time_stamp, "iMid": self.i_mid, "userToken": user_token, "merchantToken": token,
        });
        self.ask(path::REMOVE_TOKEN, &body).await
    }

    async fn ask(&self, path: &'static str, body: &Value) -> Asked {
        let sent = body.to_string();
        let answer = self.send(path, sent.clone()).await;
        Asked { path, sent, answer }
    }

    async fn send(&self, path: &str, body: String) -> Result<Answer, Trouble> {
        let unreachable = |error: reqwest::Error| {
            // The error's own text has the URL and little else; its cause says what happened.
            let cause = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source()).last();
            Trouble::Unreachable(cause.map_or_else(|| error.to_string(), ToString::to_string))
        };
        let request = self.http.post(format!("{}{path}", self.gateway)).header("content-type", "application/json");
        let mut response = request.body(body).send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let diagnosis =
            response.headers().get("x-sim-diagnosis").and_then(|text| text.to_str().ok()).map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(unreachable)? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > LONGEST_ANSWER {
                return Err(Trouble::Unreachable("the answer does not end".to_owned()));
            }
        }
        let body = String::from_utf8_lossy(&bytes).into_owned();
        match serde_json::from_str(&body) {
            Ok(Value::Object(fields)) if status == 200 => Ok(Answer { body, diagnosis, fields }),
            _ => Err(Trouble::JsonError { status, body }),
        }
    }
}

impl Standing {
    /// What an inquiry's answer says about our order; nothing if it was refused, or speaks of another order or amount.
    pub(in crate::demo) fn of(answer: &Answer, t_xid: &str, reference_no: &str, amt: &str) -> Option<Self> {
        let ours = answer.taken()
            && answer.text("tXid") == t_xid
            && answer.text("referenceNo") == reference_no
            && answer.text("amt") == amt;
        ours.then(|| Self { status: answer.text("status").to_owned(), months: answer.text("instmntMon").to_owned() })
    }
}
