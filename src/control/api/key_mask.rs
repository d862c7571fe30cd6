//! Masks merchantKeys in what the API shows. Stored things are masked when a view is made of them; a problem quotes the
//! request, whatever is wrong with it, and is masked whole.

use std::borrow::Cow;

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use serde_json::Value;

use crate::control::Control;
use crate::domain::KeyMask;

/// Masks the texts in a JSON value.
pub(crate) fn mask_texts(value: &mut Value, mask: &KeyMask) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(masked) = mask.masked(text) {
                *text = masked;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| mask_texts(value, mask)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|value| mask_texts(value, mask));
            if fields.keys().any(|name| matches!(mask.masked(name), Cow::Owned(_))) {
                let all = std::mem::take(fields);
                fields.extend(all.into_iter().map(|(name, value)| (mask.masked(&name).into_owned(), value)));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Masks the merchantKeys in a problem. Other answers pass.
pub(crate) async fn mask_problems(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let control = request.app_data::<Data<Control>>().cloned();
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(control) = control.filter(|_| !response.status().is_success()) else { return Ok(response) };
    let mask = control.engine.key_mask();
    // A problem is complete before it is sent, so its bytes are available.
    Ok(response.map_body(|_, body| match body.try_into_bytes() {
        Ok(bytes) => match serde_json::from_slice::<Value>(&bytes) {
            Ok(mut problem) => {
                mask_texts(&mut problem, &mask);
                BoxBody::new(problem.to_string())
            }
            Err(_) => BoxBody::new(bytes),
        },
        Err(body) => body,
    }))
}
