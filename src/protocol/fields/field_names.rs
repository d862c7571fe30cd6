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

/// A longer name is no misspelling; comparing it would take long.
const MAX_NAME_BYTES: usize = 40;
/// The shortest name in which two wrong letters count as a misspelling.
const MIN_MISSPELLED_BYTES: usize = 8;

/// Whether a name that no field has means `field`.
pub(super) fn is_meant(sent: &str, field: Field) -> bool {
    if sent.len() > MAX_NAME_BYTES {
        return false;
    }
    let (sent, name) = (letters(sent), letters(field.name()));
    sent == name
        || OTHER_NAMES.iter().any(|(known, names)| *known == field && names.contains(&sent.as_str()))
        || sent.len() > 4 && without_vowels(&sent) == without_vowels(&name)
        || name.len().min(sent.len()) >= MIN_MISSPELLED_BYTES && strsim::osa_distance(&sent, &name) <= 2
}

/// The sentence about a wrong name.
pub(super) fn wrong_name(sent: &str, field: Field) -> String {
    format!("you sent {}, but the field is called {:?}", quoted(sent), field.name())
}

/// Lower-case letters and digits: `merchant_token` is `merchantToken`.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// NICEPAY leaves vowels out: `goodsNm` is `goodsName`.
fn without_vowels(name: &str) -> String {
    name.chars().filter(|c| !"aeiou".contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(sent: &str) -> Option<&'static str> {
        Field::ALL.iter().find(|field| is_meant(sent, **field)).map(|field| field.name())
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
        ] {
            assert_eq!(meant(sent), Some(name), "{sent}");
        }
    }

    #[test]
    fn other_fields_are_no_misspellings() {
        for sent in ["", "x", "userId", "shopId", "merchantKey", "authNo", "note", "billing", "billingCompany", "é"] {
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
                    !OTHER_NAMES
                        .iter()
                        .any(|(field, names)| field == other && names.contains(&letters(one.name()).as_str())),
                    "{one:?} {other:?}"
                );
            }
        }
    }
}
