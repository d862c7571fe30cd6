//! A good merchant, who is served whatever the others do.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::target::Target;
use crate::wire::Answer;

pub(crate) const REGISTRATION: &str = "/nicepay/direct/v2/registration";
pub(crate) const INQUIRY: &str = "/nicepay/direct/v2/inquiry";
pub(crate) const PAYMENT: &str = "/nicepay/direct/v2/payment";
const KEY: &str = "the-key-of-a-merchant-for-one-test";

/// A merchant of one test, and what it has registered.
pub(crate) struct Shop<'a> {
    target: &'a Target,
    i_mid: String,
    registered: usize,
}

impl<'a> Shop<'a> {
    pub(crate) fn new(target: &'a Target) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let i_mid = format!("RAW{:07}{number:02}", std::process::id() % 10_000_000);
        let put = target.ask(&format!("PUT /__sim/api/merchants/{i_mid}"), &json!({ "merchantKey": KEY }).to_string());
        assert!(put.status < 300, "{put:?}");
        Self { target, i_mid, registered: 0 }
    }

    /// A signed registration.
    pub(crate) fn order(&self, reference_no: &str) -> Value {
        let signed = format!("20260101120000{}{reference_no}25145{KEY}", self.i_mid);
        let token =
            Sha256::digest(signed.as_bytes()).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        json!({
            "timeStamp": "20260101120000", "iMid": self.i_mid, "payMethod": "06", "currency": "IDR", "amt": "25145",
            "referenceNo": reference_no, "merchantToken": token, "goodsNm": "Goods", "billingNm": "Customer",
            "billingPhone": "12345678", "billingEmail": "email@merchant.com", "billingAddr": "Jalan Bukit 22",
            "billingCity": "Jakarta", "billingState": "DKI Jakarta", "billingPostCd": "12345",
            "billingCountry": "Indonesia", "deliveryNm": "Customer", "deliveryPhone": "12345678",
            "deliveryAddr": "Jalan Bukit 22", "deliveryCity": "Jakarta", "deliveryState": "DKI Jakarta",
            "deliveryPostCd": "12345", "deliveryCountry": "Indonesia", "dbProcessUrl": "http://127.0.0.1:9/notify", "userIP": "127.0.0.1",
            "cartData": json!({ "count": "1", "item": [{
                "goods_id": "1", "goods_detail": "1", "goods_name": "Goods", "goods_amt": "25145", "goods_type": "x",
                "goods_url": "http://merchant.com/x", "goods_quantity": "1", "goods_sellers_id": "S",
                "goods_sellers_name": "S",
            }] }).to_string(),
            "sellers": json!([{ "sellersId": "S", "sellersNm": "S", "sellersEmail": "s@test.com" }]).to_string(),
            "instmntType": "2", "instmntMon": "1", "mitraCd": "KDVI",
        })
    }

    pub(crate) fn register(&self, order: &Value) -> Answer {
        self.target.ask(&format!("POST {REGISTRATION}"), &order.to_string())
    }

    /// Another client registered an order of this merchant.
    pub(crate) fn has_registered(&mut self) {
        self.registered += 1;
    }

    /// The next order is taken, and is all that is new.
    #[track_caller]
    pub(crate) fn goes_on(&mut self, after: &str) {
        let answer = self.register(&self.order(&format!("good-{}", self.registered)));
        assert_eq!((answer.status, &answer.json()["resultCd"]), (200, &json!("0000")), "after {after}: {answer:?}");
        self.registered += 1;
        let path = format!("GET /__sim/api/transactions?limit=10000&iMid={}", self.i_mid);
        let stored = self.target.ask(&path, "").json().as_array().unwrap().len();
        assert_eq!(stored, self.registered, "stored after {after}");
    }
}
