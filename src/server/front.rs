//! What every request passes first: the Host check, the limit on headers, paths that are written otherwise. And what
//! every answer passes last: a bug becomes a 500, logged once.

use std::future::{Ready, ready};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::InternalError;
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, StatusCode, Uri, header};
use actix_web::{Error, HttpResponse};
use pin_project_lite::pin_project;
use serde_json::json;

use super::host::Hosts;
use crate::diagnosis::Slug;
use crate::paths;

/// The first and last thing that sees a request.
#[derive(Clone, Debug)]
pub(super) struct Front {
    pub(super) hosts: Arc<Hosts>,
    pub(super) most_header_bytes: usize,
    pub(super) under_way: Arc<UnderWay>,
}

/// How many requests are being answered.
#[derive(Debug, Default)]
pub(super) struct UnderWay(AtomicUsize);

impl UnderWay {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

#[derive(Debug)]
struct RuleHits(Arc<UnderWay>);

impl RuleHits {
    fn one(under_way: &Arc<UnderWay>) -> Self {
        under_way.0.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(under_way))
    }
}

impl Drop for RuleHits {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl<S, B> Transform<S, ServiceRequest> for Front
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = FrontService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(FrontService { service, front: self.clone() }))
    }
}

pub(super) struct FrontService<S> {
    service: S,
    front: Front,
}

impl<S, B> Service<ServiceRequest> for FrontService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Answering<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let counted = RuleHits::one(&self.front.under_way);
        let problem = self.front.problem_with(&request);
        // Before anything looks at the path: whose it is depends on it.
        straighten(&mut request);
        let face = Face::of(request.path());
        if problem.is_some() {
            return Answering { inner: None, problem, face, counted };
        }
        // A probe with HEAD gets what GET would get, without the body, which the connection leaves out by itself. Not at
        // the gateway, where a GET changes something, and not where a GET has no end.
        let endless = [paths::EVENT_STREAM, paths::LIVE].contains(&request.path());
        if request.method() == Method::HEAD && !matches!(face, Face::Gateway) && !endless {
            request.head_mut().method = Method::GET;
        }
        Answering { inner: Some(self.service.call(request)), problem: None, face, counted }
    }
}

impl Front {
    fn problem_with(&self, request: &ServiceRequest) -> Option<HttpResponse> {
        let host = match (request.uri().authority(), request.headers().get(header::HOST)) {
            (Some(authority), _) => Some(authority.as_str()),
            (None, host) => host.map(|host| host.to_str().unwrap_or("\u{fffd}")),
        };
        // Links are made of the one, and the other was looked at: they have to be the same.
        let named = request.headers().get(header::HOST).map(header::HeaderValue::as_bytes);
        if let (Some(authority), Some(named)) = (request.uri().authority(), named)
            && !named.eq_ignore_ascii_case(authority.as_str().as_bytes())
        {
            let detail = "the request line and the Host header name different hosts";
            return Some(problem(StatusCode::MISDIRECTED_REQUEST, "host", detail));
        }
        // A request without any Host (HTTP/1.0) does not come from a browser.
        if let Some(host) = host.filter(|host| !self.hosts.serves(host)) {
            let host: String = host.chars().take(64).collect();
            tracing::info!(?host, "request refused: unknown Host");
            return Some(problem(
                StatusCode::MISDIRECTED_REQUEST,
                "host",
                &format!("the Host {host:?} is not one of ours; start with --allow-host NAME to serve it"),
            ));
        }
        let bytes: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if bytes + request.uri().path().len() + request.query_string().len() > self.most_header_bytes {
            let detail = format!("the request line and headers are larger than {} bytes", self.most_header_bytes);
            return Some(problem(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers", &detail));
        }
        None
    }
}

fn problem(status: StatusCode, slug: &str, detail: &str) -> HttpResponse {
    let body = json!({
        "type": format!("urn:nicepay-sim:problem:{slug}"),
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    });
    HttpResponse::build(status).insert_header((header::CONTENT_TYPE, "application/problem+json")).body(body.to_string())
}

/// A path as it is served, where it was written otherwise. The Python client's cloud address has `…/nicepay//direct/…`
/// (`docs/PROTOCOL.md` §2.0); the documents have the path of account bindings in lower case, and that is all that is known
/// of it (A-16).
fn straightened(path: &str) -> Option<String> {
    let is_binding = |path: &str| path != paths::BINDING && path.eq_ignore_ascii_case(paths::BINDING);
    if !path.contains("//") {
        return is_binding(path).then(|| paths::BINDING.to_owned());
    }
    let mut single = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !single.ends_with('/') {
            single.push(c);
        }
    }
    Some(if is_binding(&single) { paths::BINDING.to_owned() } else { single })
}

fn straighten(request: &mut ServiceRequest) {
    let Some(mut path) = straightened(request.path()) else { return };
    if let Some(query) = request.uri().query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = request.uri().clone().into_parts();
    let Ok(path) = PathAndQuery::try_from(path) else { return };
    parts.path_and_query = Some(path);
    let Ok(uri) = Uri::from_parts(parts) else { return };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

pin_project! {
    /// An answer in the making.
    pub(super) struct Answering<F> {
        #[pin]
        inner: Option<F>,
        problem: Option<HttpResponse>,
        face: Face,
        counted: RuleHits,
    }
}

impl<F, B> Future for Answering<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<B>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            let response = this.problem.take().unwrap_or_else(|| bug(*this.face));
            return Poll::Ready(Err(InternalError::from_response("refused", response).into()));
        };
        // A panic in a handler is ours to answer for; the message was printed where it happened.
        if let Ok(poll) = std::panic::catch_unwind(AssertUnwindSafe(|| inner.poll(context))) {
            poll
        } else {
            tracing::error!("a request met a bug: please report it");
            Poll::Ready(Err(InternalError::from_response("bug", bug(*this.face)).into()))
        }
    }
}

/// Whose path was asked for.
#[derive(Clone, Copy, Debug)]
enum Face {
    Gateway,
    Partner(&'static str),
    Developer,
}

impl Face {
    fn of(path: &str) -> Self {
        if path.starts_with(paths::GATEWAY) {
            Self::Gateway
        } else if let Some(lender) = paths::partner_of(path) {
            Self::Partner(lender)
        } else {
            Self::Developer
        }
    }
}

/// What a bug of ours looks like from outside.
fn bug(face: Face) -> HttpResponse {
    const SENTENCE: &str = "this is a bug in nicepay-sim, not in your request";
    match face {
        Face::Gateway => HttpResponse::InternalServerError()
            .insert_header((header::CONTENT_TYPE, "application/json;charset=UTF-8"))
            .insert_header((paths::DIAGNOSIS_HEADER, format!("{}: {SENTENCE}", Slug::SIMULATOR_BUG)))
            .body(r#"{"resultCd":"1003","resultMsg":"Server error"}"#),
        Face::Partner(lender) => crate::partner::broken(lender),
        Face::Developer => problem(StatusCode::INTERNAL_SERVER_ERROR, "bug", SENTENCE),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::{App, HttpResponse, test, web};

    use super::*;

    async fn buggy() -> HttpResponse {
        panic!("a bug, as this test wants it")
    }

    #[tokio::test]
    async fn a_bug_is_a_500_and_the_next_request_is_served() {
        let hosts = Hosts::new(([127, 0, 0, 1], 1).into(), None, &[]);
        let under_way = Arc::new(UnderWay::default());
        let front = Front { hosts: Arc::new(hosts), most_header_bytes: 1_000, under_way: Arc::clone(&under_way) };
        let app = App::new()
            .route("/nicepay/bug", web::get().to(buggy))
            .route("/ok", web::get().to(HttpResponse::Ok))
            .wrap(front);
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri("/nicepay//bug").to_request();
        let answer = test::try_call_service(&app, request).await.unwrap_err().error_response();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.headers().contains_key(paths::DIAGNOSIS_HEADER));
        let next = test::call_service(&app, test::TestRequest::get().uri("/ok").to_request()).await;
        assert_eq!(next.status(), StatusCode::OK);
        drop(next);
        assert_eq!(under_way.count(), 0, "nothing is left under way");
    }
}
