//! No answer of the API shows a merchantKey, not even one that a merchant sent by mistake, in whatever field.

use std::borrow::Cow;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, error};

use super::Control;

/// Looks through what is answered.
pub(super) async fn keys(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let control = request.app_data::<Data<Control>>().cloned();
    let (request, response) = next.call(request).await?.into_parts();
    let (head, body) = response.into_parts();
    // Answers are made before they are sent, so their bytes are at hand.
    let bytes = body.try_into_bytes().map_err(|_| error::ErrorInternalServerError("an answer without its bytes"))?;
    let masked = control.as_ref().zip(std::str::from_utf8(&bytes).ok()).and_then(|(control, text)| {
        match control.engine.masked(text) {
            Cow::Owned(masked) => Some(Bytes::from(masked)),
            Cow::Borrowed(_) => None,
        }
    });
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(masked.unwrap_or(bytes)))))
}
