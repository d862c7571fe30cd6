//! No answer of the API shows a merchantKey, not even one that a merchant sent by mistake, in whatever field.

use std::borrow::Cow;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpResponse, error};

use super::Control;

/// Says of an answer that it is masked piece by piece, by whoever makes it: its whole is never at hand.
struct PieceByPiece;

/// Marks an answer as one that is masked as it is made.
pub(super) fn done_piece_by_piece(response: &mut HttpResponse) {
    response.extensions_mut().insert(PieceByPiece);
}

/// Looks through what is answered.
pub(super) async fn keys(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let control = request.app_data::<Data<Control>>().cloned();
    let response = next.call(request).await?;
    if response.response().extensions().contains::<PieceByPiece>() {
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    // All other answers are made before they are sent, so their bytes are at hand.
    let bytes = body.try_into_bytes().map_err(|_| error::ErrorInternalServerError("an answer without its bytes"))?;
    let masked = control.as_ref().zip(std::str::from_utf8(&bytes).ok()).and_then(|(control, text)| {
        match control.engine.masked(text) {
            Cow::Owned(masked) => Some(Bytes::from(masked)),
            Cow::Borrowed(_) => None,
        }
    });
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(masked.unwrap_or(bytes)))))
}
