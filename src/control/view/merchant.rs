//! A merchant.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::{self, IMid, KeyMask, Partner};

/// A merchant, without its key.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Merchant {
    /// The merchant's id.
    i_mid: IMid,
    /// The name that customers see. Missing: they see the iMid.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The enabled lenders, by `mitraCd`.
    partners: Vec<Partner>,
    /// Whether a second use of a `referenceNo` is refused.
    duplicate_check: bool,
    /// A reset hides the merchant's events up to this number; 0 without a reset. Only in `GET /merchants/{iMid}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    events_hidden_upto: Option<u64>,
}

impl Merchant {
    pub(crate) fn example() -> Value {
        json!({ "iMid": "MYSHOP0001", "name": "Toko Saya", "partners": ["KDVI", "AKLP", "IDNA"], "duplicateCheck": true })
    }

    pub(crate) fn example_with_events_hidden_upto() -> Value {
        let mut example = Self::example();
        example["eventsHiddenUpto"] = json!(0);
        example
    }

    pub(crate) fn new(merchant: &domain::Merchant, mask: &KeyMask) -> Self {
        Self {
            i_mid: merchant.i_mid.clone(),
            name: merchant.name.as_ref().map(|name| mask.masked(name.as_str()).into_owned()),
            partners: merchant.partners.clone(),
            duplicate_check: merchant.duplicate_check,
            events_hidden_upto: None,
        }
    }

    pub(crate) fn with_events_hidden_upto(self, upto: u64) -> Self {
        Self { events_hidden_upto: Some(upto), ..self }
    }
}
