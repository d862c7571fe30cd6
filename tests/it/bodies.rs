//! Requests that are spoiled on purpose: signed over what is there, with a field changed or left out.

use nicepay_sim::testing::Shop;
use serde_json::Value;

/// Signs what is there: a missing field is hashed as nothing, a field of another type as it was written.
pub(crate) fn signed<const N: usize>(shop: &Shop, covered: [&str; N], mut body: Value) -> Value {
    let parts = covered.map(|name| match &body[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let token = shop.sign(&parts.each_ref().map(String::as_str));
    body.as_object_mut().unwrap().entry("merchantToken").or_insert_with(|| token.into());
    body
}

pub(crate) fn set(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

pub(crate) fn without(mut body: Value, name: &str) -> Value {
    body.as_object_mut().unwrap().shift_remove(name);
    body
}
