//! The notification to `dbProcessUrl`: a form (§2.3).

use url::form_urlencoded::Serializer;

use super::merchant_token::{Recipe, sign};
use super::timestamp::{date, time};
use crate::ledger::{About, Assumed, MerchantKey, Notice, NoticeKind, Partner, Transaction};

/// What the real gateway calls itself (§2.3).
pub const USER_AGENT: &str = "Jakarta Commons-HttpClient/3.1";

/// The form's text, its fields in the order in which they are sent. Null is an empty value, as the real client refuses
/// nulls, or, by a switch, left out (A-28, *(assumed)*).
///
/// Status 0 is documented; 3 and 8 are the inquiry's digits *(assumed, §2.3 "decision")*. The token does not cover
/// the status: that is the real gateway's weakness, and the reason to inquire on every notification.
pub fn notification_body(transaction: &Transaction, notice: &Notice, key: &MerchantKey, assumed: &Assumed) -> String {
    let amt = transaction.amount.to_string();
    let t_xid = transaction.t_xid.as_str();
    let (months, customer) = match &notice.about {
        About::Payment { months, customer, .. } => (*months, customer.as_ref()),
        About::Binding(_) => (transaction.months(), None),
    };
    let parts = [notice.i_mid.as_str(), t_xid, &amt];
    debug_assert_eq!(Recipe::NOTIFICATION.fields.len(), parts.len());
    let (day, at) = (date(notice.decided_at), time(notice.decided_at));
    let (status, deposited) = match notice.kind {
        NoticeKind::Approve => ("0", true),
        NoticeKind::Pending => ("3", false),
        NoticeKind::Reject | NoticeKind::Binding => ("8", false),
    };
    let (deposit_day, deposit_at) = if deposited { (day.as_str(), at.as_str()) } else { ("", "") };
    let (months, instmnt_type) = (months.to_string(), transaction.order.instmnt_type.to_string());
    let token = sign(parts, key);
    let mut form = Serializer::new(String::with_capacity(640));
    for (name, value) in [
        ("tXid", t_xid),
        ("merchantToken", &token),
        ("referenceNo", notice.reference_no.as_str()),
        ("payMethod", "06"),
        ("amt", &amt),
        ("transDt", &day),
        ("transTm", &at),
        ("currency", "IDR"),
        ("goodsNm", &transaction.order.goods_nm),
        ("billingNm", &transaction.order.billing_nm),
        ("matchCl", ""),
        ("status", status),
        ("mitraCd", transaction.order.partner.map_or("", Partner::mitra_cd)),
        ("instmntMon", &months),
        ("instmntType", &instmnt_type),
        ("payNo", ""),
        ("payValidDt", ""),
        ("payValidTm", ""),
        ("receiptCode", ""),
        ("mRefNo", ""),
        ("depositDt", deposit_day),
        ("depositTm", deposit_at),
    ] {
        if !(value.is_empty() && assumed.empty_fields_omitted) {
            form.append_pair(name, value);
        }
    }
    if let Some((tokenize_user, client_user_key)) = customer {
        form.append_pair("tokenizeUser", &tokenize_user.to_string());
        if let Some(client_user_key) = client_user_key {
            form.append_pair("clientUserKey", client_user_key.as_str());
        }
        if let Some(user_token) = &notice.user_token {
            form.append_pair("userToken", user_token.as_str());
        }
    }
    form.finish()
}
