//! Our own things as JSON. Each is a type whose comments are the API's documentation.

mod binding;
mod event;
mod explanation;
mod miss;
mod notification;
mod shopper;
mod transaction;

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::domain::{self, ClientUserKey, IMid, Partner, Phone, UserToken};

pub(super) use binding::{Binding, binding_callback_url};
pub(super) use event::Event;
pub(super) use explanation::{Explanation, ScenarioError};
pub(super) use miss::{Difference, Miss, NearMiss};
pub(super) use notification::Notification;
pub(super) use shopper::Shopper;
pub(super) use transaction::{Callback, Stage, Timelined, Transaction};

/// A JSON answer.
pub(super) fn answer(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    match serde_json::to_vec(value) {
        Ok(body) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(body),
        Err(error) => {
            tracing::error!(%error, "an answer could not be serialized");
            HttpResponse::InternalServerError().finish()
        }
    }
}

pub(super) fn ok(value: &impl Serialize) -> HttpResponse {
    answer(StatusCode::OK, value)
}

/// A field that can be there and say nothing, in a thing that can be without it.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Nullable<T>(Option<T>);

impl<T: JsonSchema> JsonSchema for Nullable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    /// With `oneOf`: out of `anyOf` and lists of types, null is taken where a field can be absent.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "oneOf": [generator.subschema_for::<T>(), { "type": "null" }] })
    }
}

/// A merchant, without its key.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Merchant {
    /// Who.
    i_mid: IMid,
    /// The lenders that are switched on, by their `mitraCd`.
    partners: Vec<Partner>,
    /// Whether a second use of a `referenceNo` is refused.
    duplicate_check: bool,
}

impl Merchant {
    pub(super) fn example() -> Value {
        json!({ "iMid": "MYSHOP0001", "partners": ["KDVI", "AKLP", "IDNA"], "duplicateCheck": true })
    }

    pub(super) fn of(merchant: &domain::Merchant) -> Self {
        Self {
            i_mid: merchant.i_mid.clone(),
            partners: merchant.partners.clone(),
            duplicate_check: merchant.duplicate_check,
        }
    }
}

/// Whether a token pays.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum TokenStatus {
    /// It does.
    Active,
    /// It was removed by the merchant or revoked by the customer.
    Inactive,
}

/// A user token.
#[derive(Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the field is called so wherever a token is meant")]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    /// The token.
    user_token: UserToken,
    /// The merchant it was issued to; no other can use it.
    i_mid: IMid,
    /// The merchant's customer.
    client_user_key: ClientUserKey,
    /// The account at the lender.
    phone: Phone,
    /// Whether it pays.
    status: TokenStatus,
    /// When it was issued.
    issued_at: Timestamp,
}

impl Token {
    pub(super) fn example() -> Value {
        json!({
            "userToken": "e0478456-6b50-460c-85e0-627a1e22d2e0",
            "iMid": "PAYLOANTES",
            "clientUserKey": "customer-7",
            "phone": "081513114262",
            "status": "active",
            "issuedAt": "2025-12-31T17:00:00Z",
        })
    }

    pub(super) fn of(token: &domain::TokenRecord) -> Self {
        Self {
            user_token: token.user_token.clone(),
            i_mid: token.grant.i_mid.clone(),
            client_user_key: token.grant.client_user_key.clone(),
            phone: token.grant.phone.clone(),
            status: if token.active { TokenStatus::Active } else { TokenStatus::Inactive },
            issued_at: token.grant.issued_at,
        }
    }
}

/// A reason for a rejection.
pub(super) fn reason(text: &str) -> Option<domain::Reason> {
    use domain::Reason;
    Reason::ALL.into_iter().find(|reason| reason.as_str() == text)
}
