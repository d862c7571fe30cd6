//! Paths and methods that are not simulated: refused in NICEPAY's envelope.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::handler::Handler;
use super::request::GatewayRequest;
use super::response::{EndpointRefusal, Envelope, GatewayResponse, json};
use crate::diagnosis::Slug;
use crate::endpoints::{Caller, Endpoint, OtherApi};
use crate::gateway::Gateway;
use crate::protocol::{Code, Refusal};

const UNKNOWN_PATH: Handler = Handler { respond: |gateway, request, _| Ok(unknown_path(gateway, request)), refusal };
const WRONG_METHOD: Handler = Handler { respond: |gateway, request, _| Ok(wrong_method(gateway, request)), refusal };

pub(in crate::gateway) async fn handle_unknown_path(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    gateway.exchange(None, UNKNOWN_PATH, request, payload).await
}

pub(in crate::gateway) async fn handle_wrong_method(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    gateway.exchange(None, WRONG_METHOD, request, payload).await
}

fn refusal(_: &Gateway, code: Code) -> Vec<u8> {
    json(&Envelope::from(code))
}

fn refuse(gateway: &Gateway, request: &GatewayRequest<'_>, slug: Slug, reason: String) -> GatewayResponse {
    let refused = EndpointRefusal::from(Refusal::new(Code::NOT_SIMULATED, slug, reason));
    gateway.refuse(request.endpoint_name(), refused, |code| refusal(gateway, code))
}

fn unknown_path(gateway: &Gateway, request: &GatewayRequest<'_>) -> GatewayResponse {
    let path: String = gateway.engine.masked(request.http.path()).chars().take(200).collect();
    let (slug, reason) = match OtherApi::from_path(&path) {
        Some(api) => (api.slug(), format!("{path:?}: {} (docs/PROTOCOL.md §2.13)", api.explanation(&path))),
        None if is_preflight(request.http) => (Slug::PATH_CORS_PREFLIGHT, preflight(None)),
        None => (Slug::PATH_NOT_SIMULATED, format!("{path:?} is not simulated; {}", hint(&path))),
    };
    let response = refuse(gateway, request, slug, reason);
    GatewayResponse { status: StatusCode::NOT_FOUND, ..response }
}

fn wrong_method(gateway: &Gateway, request: &GatewayRequest<'_>) -> GatewayResponse {
    let path = request.http.path();
    let endpoint = Endpoint::from_target(path);
    let allow = endpoint.map(Endpoint::allow).unwrap_or_default();
    let (slug, reason) = if is_preflight(request.http) {
        (Slug::PATH_CORS_PREFLIGHT, preflight(endpoint))
    } else {
        let method: String = gateway.engine.masked(request.http.method().as_str()).chars().take(20).collect();
        (Slug::PATH_WRONG_VERB, format!("{path} answers {allow}, not {method}"))
    };
    let response = refuse(gateway, request, slug, reason);
    GatewayResponse { status: StatusCode::METHOD_NOT_ALLOWED, allow: Some(allow), ..response }
}

/// Whether a browser asks if a page of another origin may call this path.
fn is_preflight(request: &HttpRequest) -> bool {
    *request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a preflight is, and how to call the endpoint.
fn preflight(endpoint: Option<Endpoint>) -> String {
    let instead = match endpoint.map(|endpoint| endpoint.info().caller) {
        Some(Caller::Browser) => "open this page by a link or a form, not with fetch",
        _ => "call this from your server, where the merchantKey is",
    };
    format!(
        "this is a CORS preflight of a browser, and NICEPAY's API has no CORS headers: {instead} (docs/PROTOCOL.md §2.13)"
    )
}

/// What to call instead.
fn hint(path: &str) -> String {
    let normalized = path.to_ascii_lowercase().replace('_', "-");
    match completed(&normalized).or_else(|| nearest(&normalized)) {
        Some(endpoint) => format!("the nearest path that is: {} {}", endpoint.allow(), endpoint.path()),
        None => "docs/reference/endpoints.md lists those that are".to_owned(),
    }
}

/// The endpoint with the fewest different letters. When half of them differ, it is another word and not a typing error.
fn nearest(normalized: &str) -> Option<Endpoint> {
    let distances = Endpoint::ALL.iter().map(|endpoint| {
        let path = endpoint.path();
        (strsim::levenshtein(normalized, &path.to_ascii_lowercase()), path, *endpoint)
    });
    let near = distances.filter(|(distance, path, _)| distance * 2 < path.len());
    near.min_by_key(|(distance, path, _)| (*distance, *path)).map(|(.., endpoint)| endpoint)
}

/// The only endpoint whose last path segment begins as this path ends.
fn completed(normalized: &str) -> Option<Endpoint> {
    let mut fitting = Endpoint::ALL.iter().copied().filter(|endpoint| {
        let path = endpoint.path().to_ascii_lowercase();
        let rest = path.strip_prefix(normalized).filter(|_| !normalized.ends_with('/'));
        rest.is_some_and(|rest| !rest.contains('/'))
    });
    fitting.next().filter(|_| fitting.next().is_none())
}
