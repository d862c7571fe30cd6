//! Protection against pages of other sites: a write must be JSON and, when it comes from a browser, same-origin.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, ResponseError, web};

use super::operation::{Parameter, ParameterKind};
use super::problem::{Problem, ProblemKind, cut};
use super::request::Query;
use crate::connection;
use crate::control::Control;

/// Refuses writes that a page of another site can send.
pub async fn check_writes(
    control: web::Data<Control>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match check_write(&control, &request) {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
    }
}

/// Refuses a write with a query parameter that the call does not declare: a mistyped `?imid=` would otherwise change
/// something for all merchants.
pub(crate) async fn check_parameters(
    declared: &'static [Parameter],
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let query = Query::from_request(request.request(), declared);
    match query.others().next().map(|(name, _)| unknown_parameter(name, declared)) {
        None => Ok(next.call(request).await?.map_into_left_body()),
        Some(problem) => Ok(request.into_response(problem.error_response()).map_into_right_body()),
    }
}

fn unknown_parameter(name: &str, declared: &[Parameter]) -> Problem {
    let in_query = declared.iter().filter(|parameter| !matches!(parameter.kind, ParameterKind::Path));
    let known: Vec<_> = in_query.map(|parameter| parameter.name).collect();
    let takes = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let name = cut(name, 64);
    Problem::new(ProblemKind::PARAMETER, format!("this call takes no parameter {name:?}; it takes {takes}"))
}

/// Refuses what a page of another site sends. Browsers send an `Origin` with every such write.
pub(crate) fn check_origin(control: &Control, request: &HttpRequest) -> Result<(), Problem> {
    let Some(said) = connection::foreign_page(control.public_url.as_deref(), request) else { return Ok(()) };
    let detail = format!("a page of another site sent this ({said:?}); only pages of the simulator itself may write");
    Err(Problem::new(ProblemKind::ORIGIN, detail))
}

fn check_write(control: &Control, request: &ServiceRequest) -> Result<(), Problem> {
    // No call has another method: it is 405.
    if !matches!(*request.method(), Method::POST | Method::PUT | Method::DELETE) {
        return Ok(());
    }
    check_origin(control, request.request())?;
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    // A browser asks with a preflight request before a page of another site can send DELETE.
    if *request.method() == Method::DELETE && header(header::CONTENT_TYPE).is_none() {
        return Ok(());
    }
    let essence = header(header::CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(ProblemKind::CONTENT_TYPE, ProblemKind::CONTENT_TYPE.meaning))
}
