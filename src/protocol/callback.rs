//! The browser's way back to the merchant's `callBackUrl` (§2.4). It carries no merchantToken: merchants must not trust
//! it.

use std::fmt::Write as _;

use url::form_urlencoded::Serializer;

use super::code::Code;
use super::timestamp::{date, time};
use crate::ledger::{Stage, Transaction};

/// What the browser is sent back with.
#[derive(Clone, Copy, Debug)]
pub enum CallbackResult {
    /// What the stage says: `0000` when paid or under review, `9129` when expired, `9030` otherwise *(assumed for all
    /// but paid)*.
    Stage,
    /// A refusal of `/payment` *(assumed, §2.2)*.
    Refused(Code),
}

/// A callback.
#[derive(Debug)]
pub struct Callback {
    /// Where the browser goes.
    pub url: String,
    /// What it is told.
    pub result_cd: &'static str,
}

impl Callback {
    /// Builds it on `callback_url`, which may have a query of its own, and a fragment.
    pub fn build(callback_url: &str, transaction: &Transaction, result: CallbackResult) -> Self {
        let (code, at) = match (result, transaction.stage()) {
            (CallbackResult::Refused(code), _) => (code, None),
            (_, Stage::Approved { at, .. } | Stage::UnderReview { since: at, .. }) => (Code::SUCCESS, Some(*at)),
            (_, Stage::Expired { .. }) => (Code::EXPIRED, None),
            _ => (Code::FAILED, None),
        };
        let order = &transaction.order;
        let mut query = Serializer::new(String::with_capacity(256));
        query
            .append_pair("resultCd", code.cd)
            .append_pair("resultMsg", code.msg)
            .append_pair("tXid", transaction.t_xid.as_str())
            .append_pair("referenceNo", transaction.reference_no.as_str())
            .append_pair("payMethod", "06")
            .append_pair("amt", &transaction.amount.to_string());
        match at {
            Some(at) => {
                query
                    .append_pair("transDt", &date(at))
                    .append_pair("transTm", &time(at))
                    .append_pair("description", order.description.as_deref().unwrap_or_default())
                    .append_pair("mitraCd", order.partner.mitra_cd())
                    .append_pair("currency", "IDR")
                    .append_pair("goodsNm", &order.goods_nm)
                    .append_pair("billingNm", &order.billing_nm)
                    .append_pair("instmntMon", &transaction.months().to_string())
                    .append_pair("instmntType", &order.instmnt_type.to_string());
            }
            None => {
                query.append_pair("mitraCd", order.partner.mitra_cd());
            }
        }
        Self { url: join(callback_url, &query.finish()), result_cd: code.cd }
    }
}

/// Appends a query with `?`, or with `&` where there is one already; before a fragment.
fn join(url: &str, query: &str) -> String {
    let (address, fragment) = url.find('#').map_or((url, ""), |at| url.split_at(at));
    let joint = match address.find('?') {
        None => "?",
        Some(at) if at + 1 == address.len() || address.ends_with('&') => "",
        Some(_) => "&",
    };
    // A Location is ASCII; whatever else the merchant wrote stays as it is.
    let mut joined = String::with_capacity(address.len() + query.len() + fragment.len() + 1);
    for c in [address, joint, query, fragment].iter().flat_map(|part| part.chars()) {
        if c.is_ascii_graphic() {
            joined.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(joined, "%{byte:02X}");
            }
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_merchants_own_query_is_kept() {
        assert_eq!(join("http://shop/x", "a=1"), "http://shop/x?a=1");
        assert_eq!(join("http://shop/x?order_id=1", "a=1"), "http://shop/x?order_id=1&a=1");
        assert_eq!(join("http://shop/x?", "a=1"), "http://shop/x?a=1");
        assert_eq!(join("http://shop/x?b&", "a=1"), "http://shop/x?b&a=1");
        assert_eq!(join("http://shop/x#part?no", "a=1"), "http://shop/x?a=1#part?no");
        assert_eq!(join("http://shop/é", "a=1"), "http://shop/%C3%A9?a=1");
    }
}
