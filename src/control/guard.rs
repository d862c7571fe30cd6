//! A page on another site must not be able to change anything here: writes are JSON, and same-origin where a browser
//! says where it comes from.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError};

use super::operation::{Parameter, ParameterKind};
use super::problem::{Kind, Problem};
use super::read::Query;

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

/// Lets a write through whose query has nothing but what the call declares: `?imid=` would otherwise change things for
/// everybody.
pub(super) async fn parameters(
    declared: &'static [Parameter],
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let query = Query::of(request.request(), declared);
    match query.others().next().map(|(name, _)| unknown(name, declared)) {
        None => Ok(next.call(request).await?.map_into_left_body()),
        Some(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
    }
}

fn unknown(name: &str, declared: &[Parameter]) -> Problem {
    let in_query = declared.iter().filter(|parameter| !matches!(parameter.kind, ParameterKind::Path));
    let known: Vec<_> = in_query.map(|parameter| parameter.name).collect();
    let takes = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let name: String = name.chars().take(64).collect();
    Problem::new(Kind::PARAMETER, format!("this call takes no parameter {name:?}; it takes {takes}"))
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
