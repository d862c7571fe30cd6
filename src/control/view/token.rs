//! A user token.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::domain::{self, ClientUserKey, IMid, Phone, UserToken};

/// Whether a token can be used.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum TokenStatus {
    /// A payment can use it.
    Active,
    /// The merchant removed it, or the customer revoked it.
    Inactive,
}

/// A user token.
#[derive(Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the JSON field has this name in all calls")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Token {
    /// The token.
    user_token: UserToken,
    /// The merchant of the token; no other merchant can use it.
    i_mid: IMid,
    /// The merchant's customer.
    client_user_key: ClientUserKey,
    /// The account at the lender.
    phone: Phone,
    /// Whether the token can be used.
    status: TokenStatus,
    /// When it was issued.
    issued_at: Timestamp,
}

impl Token {
    pub(crate) fn example() -> Value {
        json!({
            "userToken": "e0478456-6b50-460c-85e0-627a1e22d2e0",
            "iMid": "PAYLOANTES",
            "clientUserKey": "customer-7",
            "phone": "081513114262",
            "status": "active",
            "issuedAt": "2025-12-31T17:00:00Z",
        })
    }

    pub(crate) fn new(token: &domain::TokenRecord) -> Self {
        Self {
            user_token: token.user_token.clone(),
            i_mid: token.grant.i_mid.clone(),
            client_user_key: token.grant.client_user_key.clone(),
            phone: token.grant.phone.clone(),
            status: if token.is_active { TokenStatus::Active } else { TokenStatus::Inactive },
            issued_at: token.grant.issued_at,
        }
    }
}
