//! JSON: the bodies of NICEPAY's endpoints, rules, and the JSON inside `cartData` and `sellers`.

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::{check_diagnosis, config};
use crate::domain::Profile;
use crate::protocol::{Field, Findings, Registration, RequestFields};
use crate::scenarios::RuleConfig;

/// A body of an endpoint, and a rule of the control API.
pub(super) fn json(bytes: &[u8]) {
    let known = serde_json::from_slice::<Map<String, Value>>(bytes);
    match RequestFields::json(bytes) {
        Err(refusal) => check_diagnosis(&refusal.diagnosis),
        Ok(fields) => {
            for field in Field::ALL {
                let (text, _) = (fields.text(*field), fields.value_type(*field));
                // Another parser reads the same text.
                if let (Some(text), Ok(known)) = (text, &known)
                    && let Some(Value::String(expected)) = known.get(field.name())
                {
                    assert_eq!(text, expected, "{}", field.name());
                }
            }
            assert!(fields.wrong_names().all(|sentence| !sentence.is_empty()));
            register(&fields);
        }
    }
    if let Ok(value) = serde_json::from_slice::<Value>(bytes)
        && let Ok(rule) = RuleConfig::deserialize(&value)
    {
        let _ = rule.compile(|id| id.unwrap_or("rule-1").to_owned());
    }
}

pub(super) fn cart(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    register(&registration([(Field::CartData, &*text)]));
}

pub(super) fn sellers(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    register(&registration([(Field::Sellers, &*text)]));
}

/// A registration that is taken, but for these fields.
pub(super) fn registration<'a>(other: impl IntoIterator<Item = (Field, &'a str)>) -> RequestFields<'a> {
    const FIELDS: &[(Field, &str)] = &[
        (Field::TimeStamp, "20260101000000"),
        (Field::IMid, "PAYLOANTES"),
        (Field::PayMethod, "06"),
        (Field::Currency, "IDR"),
        (Field::Amt, "25145"),
        (Field::ReferenceNo, "order-1"),
        (Field::GoodsNm, "Kopi"),
        (Field::BillingNm, "Budi"),
        (Field::BillingPhone, "081234567890"),
        (Field::BillingEmail, "budi@shop.test"),
        (Field::BillingAddr, "Jalan 1"),
        (Field::BillingCity, "Jakarta"),
        (Field::BillingState, "DKI Jakarta"),
        (Field::BillingPostCd, "12345"),
        (Field::BillingCountry, "Indonesia"),
        (Field::DeliveryNm, "Budi"),
        (Field::DeliveryPhone, "081234567890"),
        (Field::DeliveryAddr, "Jalan 1"),
        (Field::DeliveryCity, "Jakarta"),
        (Field::DeliveryState, "DKI Jakarta"),
        (Field::DeliveryPostCd, "12345"),
        (Field::DeliveryCountry, "Indonesia"),
        (Field::DbProcessUrl, "http://127.0.0.1:1/notify"),
        (Field::UserIp, "127.0.0.1"),
        (Field::CartData, r#"{"count":"1","item":[{"goods_amt":"25145","goods_quantity":"1"}]}"#),
        (Field::Sellers, r#"[{"sellersId":"S1"}]"#),
        (Field::InstmntType, "2"),
        (Field::InstmntMon, "3"),
        (Field::MitraCd, "KREDIVO"),
        (Field::UserAgent, "curl"),
    ];
    RequestFields::pairs(FIELDS.iter().copied().chain(other))
}

/// Reads a registration in both profiles. Strict takes no more than lenient.
pub(super) fn register(fields: &RequestFields<'_>) {
    let undocumented = &config().undocumented;
    let [lenient, strict] = [Profile::Lenient, Profile::Strict].map(|profile| {
        let mut findings = Findings::new(profile);
        let read = Registration::read(fields, undocumented, &mut findings).and_then(|read| read.check_cart());
        findings.into_notes().iter().for_each(|note| check_diagnosis(&note.diagnosis));
        read.inspect_err(|refusal| check_diagnosis(&refusal.diagnosis)).is_ok()
    });
    assert!(lenient || !strict, "the strict profile takes what the lenient one refuses");
}
