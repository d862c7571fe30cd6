//! One order of a merchant, registered over HTTP as the merchant's server would do it: for somebody who has none yet.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Content, Message};
use super::run::Auditor;
use crate::domain::Merchant;
use crate::endpoints::Endpoint;
use crate::paths;
use crate::protocol::{sign, time_stamp};

/// How long the registration may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The amount, in rupiah.
const AMT: &str = "25145";

/// The answer to a registration.
#[derive(Debug)]
pub struct SampleAnswer {
    /// The merchant's number for the order.
    pub reference_no: String,
    /// The answer's body.
    pub body: Value,
}

impl Auditor {
    /// Registers an order of 25,145 rupiah at Kredivo; the built-in inbox gets its notifications.
    ///
    /// # Errors
    /// Why no answer came.
    pub async fn register_sample(&self, merchant: &Merchant) -> Result<SampleAnswer, String> {
        let reference_no = format!("sample-{}", self.next_sample.fetch_add(1, Ordering::Relaxed));
        let url = self.simulator.join(Endpoint::Registration.path()).map_err(|error| error.to_string())?;
        let body = self.sample(merchant, &reference_no);
        let content = Some(Content::Json(body.to_string()));
        let message = Message { url: &url, content, cookies: String::new(), accept: "application/json" };
        let answer = self.client.send(message, LIMIT).await?;
        let body = serde_json::from_slice(&answer.body.bytes)
            .map_err(|_| format!("the registration was answered with HTTP {} and no JSON", answer.status))?;
        Ok(SampleAnswer { reference_no, body })
    }

    fn sample(&self, merchant: &Merchant, reference_no: &str) -> Value {
        let (i_mid, time_stamp) = (merchant.i_mid.as_str(), time_stamp(self.engine.now()));
        let token = sign([&time_stamp, i_mid, reference_no, AMT], &merchant.key);
        let inbox = self.simulator.join(paths::INBOX).map(String::from).unwrap_or_default();
        let cart =
            json!({ "count": "1", "item": [{ "goods_name": "Beras 5 kg", "goods_amt": AMT, "goods_quantity": "1" }] });
        let sellers = json!([{ "sellersId": "S1", "sellersNm": "Toko Budi", "sellersEmail": "toko@example.com" }]);
        json!({
            "timeStamp": time_stamp, "iMid": i_mid, "merchantToken": token, "payMethod": "06", "currency": "IDR",
            "amt": AMT, "referenceNo": reference_no, "goodsNm": "Beras 5 kg", "mitraCd": "KDVI", "instmntType": "2",
            "instmntMon": "1", "dbProcessUrl": inbox, "userIP": "127.0.0.1", "userAgent": "nicepay-sim",
            "cartData": cart.to_string(), "sellers": sellers.to_string(),
            "billingNm": "Budi", "billingPhone": "081291891818", "billingEmail": "budi@example.com",
            "billingAddr": "Jalan Melati 1", "billingCity": "Jakarta", "billingState": "DKI Jakarta",
            "billingPostCd": "12345", "billingCountry": "Indonesia", "deliveryNm": "Budi",
            "deliveryPhone": "081291891818", "deliveryAddr": "Jalan Melati 1", "deliveryCity": "Jakarta",
            "deliveryState": "DKI Jakarta", "deliveryPostCd": "12345", "deliveryCountry": "Indonesia",
        })
    }
}
