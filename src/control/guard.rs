//! A page on another site must not be able to change anything here: writes are JSON, and same-origin where a browser
//! says where it comes from.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError};

use super::problem::{Kind, Problem};

/// Lets reads through, and writes that no other site's page can make.
pub async fn writes(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match check(&request) {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
    }
}

fn check(request: &ServiceRequest) -> Result<(), Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = header(header::ORIGIN) {
        let ours = header(header::HOST).unwrap_or_default();
        let theirs = origin.split_once("://").map_or("", |(_, host)| host);
        if theirs != ours {
            let detail = "the Origin is another site; only pages of the simulator itself may write";
            return Err(Problem::new(Kind::ORIGIN, detail));
        }
    }
    // A DELETE without a body cannot be sent by a page of another site without asking first.
    if *request.method() == Method::DELETE && header(header::CONTENT_TYPE).is_none() {
        return Ok(());
    }
    let essence = header(header::CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(Kind::CONTENT_TYPE, Kind::CONTENT_TYPE.meaning))
}
