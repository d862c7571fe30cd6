//! An account binding.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::domain::{
    self, BindingId, BindingStage, ClientUserKey, IMid, NotificationId, Partner, Phone, ReferenceNo, UserToken,
};
use crate::paths;

use super::binding_callback_url;

/// An account binding.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Binding {
    /// The number of the binding.
    id: BindingId,
    /// The merchant.
    i_mid: IMid,
    /// The merchant's number of the binding.
    reference_no: ReferenceNo,
    /// The state of the binding.
    #[schemars(extend("enum" = ["registered", "at-partner", "bound", "failed", "abandoned", "expired"]))]
    state: &'static str,
    /// The rule that decided last.
    rule: Arc<str>,
    /// When it was registered.
    created_at: Timestamp,
    /// When it expires.
    expires_at: Timestamp,
    /// The lender: only Kredivo has account bindings.
    mitra_cd: Partner,
    /// `billingNm` as sent.
    billing_nm: Box<str>,
    /// `billingPhone` as sent.
    billing_phone: Box<str>,
    /// `billingEmail` as sent; can be empty.
    billing_email: Box<str>,
    /// The merchant's customer.
    client_user_key: ClientUserKey,
    /// Where the notification goes.
    db_process_url: Box<str>,
    /// The callback URL as registered.
    call_back_url: Option<Box<str>>,
    /// The path of the lender's first page at the simulator's address.
    pub(crate) partner_url: String,
    /// The callback URL with the result; null while the binding is open, or if none was registered.
    callback_url: Option<String>,
    /// The numbers of its notifications.
    notifications: Vec<NotificationId>,
    /// The account at the lender; only when it is bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<Phone>,
    /// The new user token; only when the account is bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_token: Option<UserToken>,
    /// When the account was bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    bound_at: Option<Timestamp>,
    /// Why it failed: `limit`, `risk`, `inactive` or `ordered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Binding {
    pub(crate) fn example() -> Value {
        json!({
            "id": "1",
            "iMid": "PAYLOANTES",
            "referenceNo": "bind-1",
            "state": "bound",
            "rule": "approve/default",
            "createdAt": "2025-12-31T17:00:00Z",
            "expiresAt": "2026-01-01T17:00:00Z",
            "mitraCd": "KDVI",
            "billingNm": "Siti",
            "billingPhone": "081291891818",
            "billingEmail": "siti@shop.test",
            "clientUserKey": "customer-7",
            "dbProcessUrl": "http://127.0.0.1:9000/notify",
            "callBackUrl": null,
            "partnerUrl": "/kredivo/v2/signin?tk=3f2a",
            "callbackUrl": null,
            "notifications": ["1"],
            "phone": "081291891818",
            "userToken": "e0478456-6b50-460c-85e0-627a1e22d2e0",
            "boundAt": "2025-12-31T17:00:02Z",
        })
    }

    pub(crate) fn new(binding: &domain::Binding) -> Self {
        let request = &binding.request;
        let (phone, user_token, bound_at) = match &binding.stage {
            BindingStage::Bound { phone, user_token, at } => (Some(phone.clone()), Some(user_token.clone()), Some(*at)),
            _ => (None, None, None),
        };
        let reason = match &binding.stage {
            BindingStage::Failed { reason, .. } => Some(reason.as_str()),
            _ => None,
        };
        Self {
            id: binding.id,
            i_mid: binding.i_mid.clone(),
            reference_no: request.reference_no.clone(),
            state: binding.stage.as_str(),
            rule: Arc::clone(&binding.rule),
            created_at: binding.registered_at,
            expires_at: binding.expires_at,
            mitra_cd: Partner::Kredivo,
            billing_nm: request.billing_nm.clone(),
            billing_phone: request.billing_phone.clone(),
            billing_email: request.billing_email.clone(),
            client_user_key: binding.client_user_key(),
            db_process_url: request.db_process_url.clone(),
            call_back_url: request.callback_url.clone(),
            partner_url: paths::partner_page(Partner::Kredivo.slug(), paths::SIGN_IN, &binding.link),
            callback_url: binding_callback_url(binding),
            notifications: binding.notifications.clone(),
            phone,
            user_token,
            bound_at,
            reason,
        }
    }
}
