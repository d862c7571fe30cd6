//! Which field a wrong name means: another letter case, a word written out, or a usual name of other APIs.

use super::field::Field;
use crate::protocol::refusal::quoted;

/// Names that other APIs use, as [`letters`] writes them.
const OTHER_NAMES: &[(Field, &[&str])] = &[
    (Field::TimeStamp, &["reqtimestamp"]),
    (Field::IMid, &["mid", "merchantid"]),
    (Field::MerchantToken, &["token", "signature"]),
    (Field::TXid, &["trxid", "txnid", "transactionid"]),
    (Field::PayMethod, &["paymentmethod"]),
    (Field::Currency, &["currencycode"]),
    (Field::Amt, &["amount", "totalamount", "total"]),
    (Field::ReferenceNo, &["refno", "reference", "referencenumber", "orderid", "orderno"]),
    (Field::GoodsNm, &["productname"]),
    (Field::BillingAddr, &["billingaddress"]),
    (Field::DeliveryAddr, &["deliveryaddress"]),
    (Field::BillingPostCd, &["billingpostalcode", "billingzip", "billingzipcode"]),
    (Field::DeliveryPostCd, &["deliverypostalcode", "deliveryzip", "deliveryzipcode"]),
    (Field::DbProcessUrl, &["notifyurl", "notificationurl", "webhookurl"]),
    (Field::UserIp, &["ipaddress", "customerip"]),
    (Field::InstmntType, &["installmenttype", "instalmenttype"]),
    (Field::InstmntMon, &["installmentmon", "instalmentmon", "installmentmonth", "instalmentmonth", "tenor"]),
    (Field::MitraCd, &["mitra", "partnercode"]),
];

/// Names that are right: NICEPAY documents them for other payment methods, and clients send them with every request.
const OTHER_METHODS: &[&str] = &[
    "userLanguage",
    "bankCd",
    "vacctValidDt",
    "vacctValidTm",
    "merFixAcctId",
    "paymentExpDt",
    "paymentExpTm",
    "shopId",
    "msId",
    "msFee",
    "msFeeType",
    "mbFee",
    "mbFeeType",
    "cardNo",
    "cardExpYymm",
    "cardCvv",
    "cardHolderNm",
    "cardHolderEmail",
    "recurringToken",
];

/// A longer name is no misspelling; comparing it would take long.
const MAX_NAME_BYTES: usize = 40;
/// The shortest name in which two wrong letters count as a misspelling.
const MIN_MISSPELLED_BYTES: usize = 8;

/// The field that a name means which no field has. `is_missing` says which fields come into question.
pub(super) fn meant_field(sent: &str, is_missing: impl Fn(Field) -> bool) -> Option<Field> {
    if sent.len() > MAX_NAME_BYTES || OTHER_METHODS.contains(&sent) {
        return None;
    }
    let sent: String = letters(sent).collect();
    Field::ALL.iter().copied().find(|field| is_missing(*field) && is_meant(&sent, *field))
}

/// Whether a name, as [`letters`] writes it, means `field`.
fn is_meant(sent: &str, field: Field) -> bool {
    let name = field.name();
    letters(name).eq(sent.chars())
        || OTHER_NAMES.iter().any(|(known, names)| *known == field && names.contains(&sent))
        // NICEPAY leaves vowels out: `goodsNm` is `goodsName`.
        || sent.len() > 4 && letters(name).filter(|c| is_no_vowel(*c)).eq(sent.chars().filter(|c| is_no_vowel(*c)))
        || name.len().min(sent.len()) >= MIN_MISSPELLED_BYTES
            && name.len().abs_diff(sent.len()) <= 2
            && strsim::osa_distance(sent, &letters(name).collect::<String>()) <= 2
}

/// The sentence about a wrong name.
pub(super) fn wrong_name(sent: &str, field: Field) -> String {
    format!("you sent {}, but the field is called {:?}", quoted(sent), field.name())
}

/// Lower-case letters and digits: `merchant_token` is `merchantToken`.
fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase())
}

fn is_no_vowel(c: char) -> bool {
    !matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(sent: &str) -> Option<&'static str> {
        meant_field(sent, |_| true).map(Field::name)
    }

    #[test]
    fn usual_wrong_names_are_recognised() {
        for (sent, name) in [
            ("timestamp", "timeStamp"),
            ("time_stamp", "timeStamp"),
            ("imid", "iMid"),
            ("refNo", "referenceNo"),
            ("referenceno", "referenceNo"),
            ("amount", "amt"),
            ("TxId", "tXid"),
            ("txid", "tXid"),
            ("dbProcessURL", "dbProcessUrl"),
            ("CallbackURL", "callBackUrl"),
            ("goodsName", "goodsNm"),
            ("billingPostcode", "billingPostCd"),
            ("billingAddress", "billingAddr"),
            ("billingEmial", "billingEmail"),
            ("installmentMon", "instmntMon"),
            ("merchant_token", "merchantToken"),
            ("currenzy", "currency"),
        ] {
            assert_eq!(meant(sent), Some(name), "{sent}");
        }
    }

    #[test]
    fn other_fields_are_no_misspellings() {
        for sent in [
            "",
            "x",
            "userId",
            "shopId",
            "merchantKey",
            "authNo",
            "note",
            "billing",
            "userLanguage",
            "billingCompany",
            "mitraKd",
            "é",
        ] {
            assert_eq!(meant(sent), None, "{sent}");
        }
        assert_eq!(meant(&"timeStamp".repeat(10)), None);
    }

    /// No field's own name is taken for another field.
    #[test]
    fn the_fields_names_are_apart() {
        for one in Field::ALL {
            for other in Field::ALL.iter().filter(|other| *other != one) {
                assert!(
                    !OTHER_NAMES.iter().any(|(field, names)| field == other
                        && names.contains(&letters(one.name()).collect::<String>().as_str())),
                    "{one:?} {other:?}"
                );
            }
        }
    }
}
