//! The notification to `dbProcessUrl`: a form (`docs/PROTOCOL.md` §2.3).

use crate::domain::{
    MerchantKey, Notification, NotificationKind, NotificationSubject, Partner, Transaction, UndocumentedBehavior,
};
use crate::protocol::fields::{Field, Form, date, time};
use crate::protocol::merchant_token::Recipe;

/// The `User-Agent` of the real gateway (`docs/PROTOCOL.md` §2.3).
pub const USER_AGENT: &str = "Jakarta Commons-HttpClient/3.1";

/// Its Content-Type (`docs/PROTOCOL.md` §2.3).
pub const FORM: &str = "application/x-www-form-urlencoded";

/// The encoded form, with its fields in the order of the real gateway. Null is an empty value, as the real client
/// refuses nulls, or, by a switch, left out (`docs/PROTOCOL.md` A-28, *(assumed)*).
///
/// Status 0 is documented; 3 and 8 are the inquiry's digits *(assumed, `docs/PROTOCOL.md` §2.3 "decision")*. The token
/// does not cover the status: that is the real gateway's weakness, and the reason to inquire on every notification.
/// The edits of a rule or a manual request are applied here.
pub fn notification_body(
    transaction: &Transaction,
    notification: &Notification,
    key: &MerchantKey,
    undocumented: &UndocumentedBehavior,
) -> String {
    let amt = transaction.amount.to_string();
    let t_xid = transaction.t_xid.as_str();
    let (months, customer) = match &notification.subject {
        NotificationSubject::Payment { months, customer, .. } => (*months, customer.as_ref()),
        NotificationSubject::Binding(_) => (transaction.months(), None),
    };
    let covered =
        [(Field::IMid.name(), notification.i_mid.as_str()), (Field::TXid.name(), t_xid), (Field::Amt.name(), &amt)];
    debug_assert!(Recipe::NOTIFICATION.fields.iter().map(|field| field.name()).eq(covered.map(|(name, _)| name)));
    let (day, at) = (date(notification.decided_at), time(notification.decided_at));
    let (status, deposited) = match notification.kind {
        NotificationKind::Approve => ("0", true),
        NotificationKind::Pending => ("3", false),
        NotificationKind::Reject | NotificationKind::Binding => ("8", false),
    };
    let (deposit_day, deposit_at) = if deposited { (day.as_str(), at.as_str()) } else { ("", "") };
    let (months, instmnt_type) = (months.to_string(), transaction.order.instmnt_type.to_string());
    let mut form = Form::default();
    for (name, value) in [
        ("tXid", t_xid),
        ("merchantToken", ""),
        ("referenceNo", notification.reference_no.as_str()),
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
        let omitted = undocumented.empty_fields_omitted && value.is_empty() && name != "merchantToken";
        form.push(name, name, value, !omitted);
    }
    if let Some((tokenize_user, client_user_key)) = customer {
        form.push("tokenizeUser", "tokenizeUser", tokenize_user.to_string(), true);
        if let Some(client_user_key) = client_user_key {
            form.push("clientUserKey", "clientUserKey", client_user_key.as_str(), true);
        }
        if let Some(user_token) = &notification.user_token {
            form.push("userToken", "userToken", user_token.as_str(), true);
        }
    }
    form.into_body(&covered, key, notification.rule_plan.as_deref())
}
