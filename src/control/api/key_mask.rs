//! Masks merchantKeys in every response of the API, also one that a merchant sent in the wrong field.

use std::borrow::Cow;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpResponse, error};

use crate::control::Control;

/// Marks a streamed response: its handler masks each piece.
struct MaskedByHandler;

/// Marks a streamed response whose handler masks the keys.
pub(crate) fn mark_as_masked(response: &mut HttpResponse) {
    response.extensions_mut().insert(MaskedByHandler);
}

/// Masks the merchantKeys in a response.
pub(crate) async fn mask_keys(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let control = request.app_data::<Data<Control>>().cloned();
    let response = next.call(request).await?;
    if response.response().extensions().contains::<MaskedByHandler>() {
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    // All other responses are complete before they are sent, so their bytes are available.
    let bytes = body.try_into_bytes().map_err(|_| error::ErrorInternalServerError("a response without its bytes"))?;
    let masked = control.as_ref().zip(std::str::from_utf8(&bytes).ok()).and_then(|(control, text)| {
        match control.engine.masked(text) {
            Cow::Owned(masked) => Some(Bytes::from(masked)),
            Cow::Borrowed(_) => None,
        }
    });
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(masked.unwrap_or(bytes)))))
}
