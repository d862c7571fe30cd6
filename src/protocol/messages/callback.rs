//! The callback: the browser returns to the merchant's `callBackUrl` (`docs/PROTOCOL.md` §2.4). It has no
//! merchantToken, so merchants must not trust it.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::form_urlencoded::Serializer;

use crate::domain::{
    Binding, BindingStage, CallbackMethod, Channel, Partner, Stage, Transaction, UndocumentedBehavior,
};
use crate::protocol::code::Code;
use crate::protocol::fields::{date, is_web, time};

/// The result in a callback.
#[derive(Clone, Copy, Debug)]
pub enum CallbackResult {
    /// The result of the stage: `0000` when paid or under review, `9129` when expired, `9030` otherwise *(assumed for
    /// all but paid)*.
    Stage,
    /// A refusal of `/payment` *(assumed, `docs/PROTOCOL.md` §2.2)*.
    Refused(Code),
}

/// How the browser sends the callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A redirect with a query.
    Get,
    /// A form that submits itself.
    Post,
}

impl Method {
    /// `GET` or `POST`
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }

    /// The method of a transaction's callback: seen live for Indodana's direct payments, inferred for the others
    /// (`docs/PROTOCOL.md` A-01); Checkout is documented (`docs/PROTOCOL.md` §2.8).
    fn for_transaction(callback_url: &str, transaction: &Transaction, undocumented: &UndocumentedBehavior) -> Self {
        // An app receives no form.
        if !is_web(callback_url) {
            return Self::Get;
        }
        let by_partner = match (transaction.channel, transaction.order.partner) {
            (Channel::Direct, Some(Partner::Indodana)) => Self::Post,
            _ => Self::Get,
        };
        match undocumented.callback_method {
            CallbackMethod::ByPartner => by_partner,
            CallbackMethod::Get => Self::Get,
            CallbackMethod::Post => Self::Post,
        }
    }
}

/// A callback.
#[derive(Debug)]
pub struct Callback {
    /// The merchant's URL.
    pub address: String,
    /// The fields, in order.
    pub fields: Vec<(&'static str, String)>,
    /// How the browser sends them.
    pub method: Method,
    /// The result.
    pub result_cd: &'static str,
}

impl Callback {
    /// Builds it on `callback_url`, which may have a query of its own, and a fragment.
    pub fn from_transaction(
        callback_url: &str,
        transaction: &Transaction,
        result: CallbackResult,
        undocumented: &UndocumentedBehavior,
    ) -> Self {
        let (code, at) = match (result, transaction.stage()) {
            (CallbackResult::Refused(code), _) => (code, None),
            (_, Stage::Approved { at, .. } | Stage::UnderReview { since: at, .. }) => (Code::SUCCESS, Some(*at)),
            (_, Stage::Expired { .. }) => (Code::EXPIRED, None),
            _ => (Code::FAILED, None),
        };
        Self {
            address: callback_url.to_owned(),
            fields: match at {
                Some(at) if transaction.channel == Channel::Direct => direct_fields(transaction, code, at),
                Some(at) => checkout_fields(transaction, code, at),
                None => failure_fields(transaction, code),
            },
            method: Method::for_transaction(callback_url, transaction, undocumented),
            result_cd: code.cd,
        }
    }

    /// The callback of a binding *(assumed, `docs/PROTOCOL.md` §2.9)*.
    pub fn from_binding(callback_url: &str, binding: &Binding) -> Self {
        let code = match binding.stage {
            BindingStage::Bound { .. } => Code::SUCCESS,
            BindingStage::Expired { .. } => Code::EXPIRED,
            _ => Code::FAILED,
        };
        let reference_no = binding.request.reference_no.to_string();
        let fields =
            vec![("resultCd", code.cd.to_owned()), ("resultMsg", code.msg.to_owned()), ("referenceNo", reference_no)];
        Self { address: callback_url.to_owned(), fields, method: Method::Get, result_cd: code.cd }
    }

    /// Where a redirect leads.
    pub fn url(&self) -> String {
        let query = Serializer::new(String::with_capacity(256)).extend_pairs(&self.fields).finish();
        append_query(&self.address, &query)
    }
}

fn identifying_fields(transaction: &Transaction, code: Code) -> Vec<(&'static str, String)> {
    vec![
        ("resultCd", code.cd.to_owned()),
        ("resultMsg", code.msg.to_owned()),
        ("tXid", transaction.t_xid.to_string()),
        ("referenceNo", transaction.reference_no.to_string()),
        ("payMethod", "06".to_owned()),
        ("amt", transaction.amount.to_string()),
    ]
}

fn mitra_cd(transaction: &Transaction) -> String {
    transaction.order.partner.map_or_else(String::new, |partner| partner.mitra_cd().to_owned())
}

/// A failure has only the identifying fields *(assumed)*.
fn failure_fields(transaction: &Transaction, code: Code) -> Vec<(&'static str, String)> {
    let mut fields = identifying_fields(transaction, code);
    fields.push(("mitraCd", mitra_cd(transaction)));
    fields
}

/// The fields of a direct payment (`docs/PROTOCOL.md` §2.4).
fn direct_fields(transaction: &Transaction, code: Code, at: jiff::Timestamp) -> Vec<(&'static str, String)> {
    let order = &transaction.order;
    let mut fields = identifying_fields(transaction, code);
    fields.extend([
        ("transDt", date(at)),
        ("transTm", time(at)),
        ("description", order.description.as_deref().unwrap_or_default().to_owned()),
        ("mitraCd", mitra_cd(transaction)),
        ("currency", "IDR".to_owned()),
        ("goodsNm", order.goods_nm.to_string()),
        ("billingNm", order.billing_nm.to_string()),
        ("instmntMon", transaction.months().to_string()),
        ("instmntType", order.instmnt_type.to_string()),
    ]);
    fields
}

/// The fields of Checkout (`docs/PROTOCOL.md` §2.8), in which the fields of other payment methods are empty
/// *(assumed)*.
fn checkout_fields(transaction: &Transaction, code: Code, at: jiff::Timestamp) -> Vec<(&'static str, String)> {
    let order = &transaction.order;
    let mut fields = identifying_fields(transaction, code);
    fields.extend([
        ("currency", "IDR".to_owned()),
        ("goodsNm", order.goods_nm.to_string()),
        ("billingNm", order.billing_nm.to_string()),
        ("transDt", date(at)),
        ("transTm", time(at)),
        ("description", order.description.as_deref().unwrap_or_default().to_owned()),
    ]);
    fields.extend(
        [
            "authNo",
            "issuBankCd",
            "acquBankCd",
            "issuBankNm",
            "acquBankNm",
            "cardNo",
            "recurringToken",
            "preauthToken",
            "ccTransType",
        ]
        .map(|name| (name, String::new())),
    );
    fields.push(("mitraCd", mitra_cd(transaction)));
    fields.extend(["receiptCode", "mRefNo", "cardExpYymm"].map(|name| (name, String::new())));
    fields.push(("instmntType", order.instmnt_type.to_string()));
    fields.push(("instmntMon", transaction.months().to_string()));
    fields
}

const CONTROLS_AND_BLANK: &AsciiSet = &CONTROLS.add(b' ');

/// Appends a query with `?`, or with `&` where there is one already; before a fragment.
fn append_query(url: &str, query: &str) -> String {
    let (address, fragment) = url.find('#').map_or((url, ""), |at| url.split_at(at));
    let joint = match address.find('?') {
        None => "?",
        Some(at) if at + 1 == address.len() || address.ends_with('&') => "",
        Some(_) => "&",
    };
    // A Location is ASCII. The merchant's other characters stay as they are.
    utf8_percent_encode(&[address, joint, query, fragment].concat(), CONTROLS_AND_BLANK).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_merchants_own_query_is_kept() {
        assert_eq!(append_query("http://shop/x", "a=1"), "http://shop/x?a=1");
        assert_eq!(append_query("http://shop/x?order_id=1", "a=1"), "http://shop/x?order_id=1&a=1");
        assert_eq!(append_query("http://shop/x?", "a=1"), "http://shop/x?a=1");
        assert_eq!(append_query("http://shop/x?b&", "a=1"), "http://shop/x?b&a=1");
        assert_eq!(append_query("http://shop/x#part?no", "a=1"), "http://shop/x?a=1#part?no");
        assert_eq!(append_query("myapp://paid", "a=1"), "myapp://paid?a=1");
        assert_eq!(append_query("intent:#Intent;scheme=a;end", "a=1"), "intent:?a=1#Intent;scheme=a;end");
        assert_eq!(append_query("http://shop/é", "a=1"), "http://shop/%C3%A9?a=1");
    }
}
