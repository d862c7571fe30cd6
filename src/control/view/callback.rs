//! The callback: how the browser returns to the merchant.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::{self, UndocumentedBehavior};
use crate::protocol::{self, CallbackResult, Method};

/// How the browser returns to the merchant.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Callback {
    /// The callback URL with the result; null if there is no callback.
    pub(crate) callback_url: Option<String>,
    /// The form fields of a callback by POST; absent for a callback by GET.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(crate) callback_fields: Option<Map<String, Value>>,
}

impl Callback {
    pub(crate) fn new(transaction: &domain::Transaction, undocumented: &UndocumentedBehavior) -> Self {
        let stage = transaction.stage();
        let has_result = !matches!(stage, domain::Stage::Registered | domain::Stage::AtPartner(_));
        let Some(url) = transaction.callback_url.as_deref().filter(|_| has_result) else {
            return Self { callback_url: None, callback_fields: None };
        };
        let callback = protocol::Callback::from_transaction(url, transaction, CallbackResult::Stage, undocumented);
        match callback.method {
            Method::Get => Self { callback_url: Some(callback.url()), callback_fields: None },
            Method::Post => {
                let fields = callback.fields.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
                Self { callback_fields: Some(fields.collect()), callback_url: Some(callback.address) }
            }
        }
    }
}

/// The callback URL of an account binding that has ended.
pub(crate) fn binding_callback_url(binding: &domain::Binding) -> Option<String> {
    let url = binding.request.callback_url.as_deref().filter(|_| !binding.stage.is_open())?;
    Some(protocol::Callback::from_binding(url, binding).url())
}
