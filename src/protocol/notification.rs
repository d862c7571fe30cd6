//! The notification to `dbProcessUrl`: a form (§2.3).

use url::form_urlencoded::Serializer;

use super::merchant_token::{Recipe, sign};
use super::timestamp::{date, time};
use crate::ledger::{MerchantKey, Notice, NoticeKind, Transaction};

/// What the real gateway calls itself (§2.3).
pub const USER_AGENT: &str = "Jakarta Commons-HttpClient/3.1";

/// The form's text, its fields in the order in which they are sent. Null is an empty value, as the real client refuses nulls (A-28, *(assumed)*).
///
/// Status 0 is documented; 3 and 8 are the inquiry's digits *(assumed, §2.3 "decision")*. The token does not cover
/// the status: that is the real gateway's weakness, and the reason to inquire on every notification.
pub fn notification_body(transaction: &Transaction, notice: &Notice, key: &MerchantKey) -> String {
    let amt = transaction.amount.to_string();
    let parts = [notice.i_mid.as_str(), notice.t_xid.as_str(), &amt];
    debug_assert_eq!(Recipe::NOTIFICATION.fields.len(), parts.len());
    let (day, at) = (date(notice.decided_at), time(notice.decided_at));
    let (status, deposited) = match notice.kind {
        NoticeKind::Approve => ("0", true),
        NoticeKind::Pending => ("3", false),
        NoticeKind::Reject => ("8", false),
    };
    let (deposit_day, deposit_at) = if deposited { (day.as_str(), at.as_str()) } else { ("", "") };
    let mut form = Serializer::new(String::with_capacity(640));
    form.append_pair("tXid", notice.t_xid.as_str())
        .append_pair("merchantToken", &sign(parts, key))
        .append_pair("referenceNo", notice.reference_no.as_str())
        .append_pair("payMethod", "06")
        .append_pair("amt", &amt)
        .append_pair("transDt", &day)
        .append_pair("transTm", &at)
        .append_pair("currency", "IDR")
        .append_pair("goodsNm", &transaction.order.goods_nm)
        .append_pair("billingNm", &transaction.order.billing_nm)
        .append_pair("matchCl", "")
        .append_pair("status", status)
        .append_pair("mitraCd", transaction.order.partner.mitra_cd())
        .append_pair("instmntMon", &notice.months.to_string())
        .append_pair("instmntType", &transaction.order.instmnt_type.to_string())
        .append_pair("payNo", "")
        .append_pair("payValidDt", "")
        .append_pair("payValidTm", "")
        .append_pair("receiptCode", "")
        .append_pair("mRefNo", "")
        .append_pair("depositDt", deposit_day)
        .append_pair("depositTm", deposit_at);
    if let Some((tokenize_user, client_user_key)) = &notice.customer {
        form.append_pair("tokenizeUser", &tokenize_user.to_string())
            .append_pair("clientUserKey", client_user_key.as_str());
        if let Some(user_token) = &notice.user_token {
            form.append_pair("userToken", user_token.as_str());
        }
    }
    form.finish()
}
