//! What every request passes first: the Host check, the limit on headers, and the rewriting of paths. It also tells the
//! connection that a request is answered, and turns a panic in a handler into a response with status 500.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use actix_http::ConnectionType;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::{Method, StatusCode, Version, header};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpResponse, web};
use futures_util::FutureExt as _;
use serde_json::json;

use super::allowed_hosts::AllowedHosts;
use super::arrivals::Arrivals;
use super::normalize_path::normalize_path;
use crate::config::ResourceLimits;
use crate::connection::{Connection, Way};
use crate::diagnosis::Slug;
use crate::gateway::Gateway;
use crate::paths;
use crate::sockets::{Answering, Client};

/// The settings of the middleware.
#[derive(Clone, Debug)]
pub(super) struct RequestGuard {
    pub(super) allowed_hosts: Arc<AllowedHosts>,
    pub(super) limits: ResourceLimits,
    pub(super) in_flight: Arc<InFlightRequests>,
    /// Where `exec` wants to know what came.
    pub(super) arrivals: Option<Arc<Arrivals>>,
}

/// How many requests are being answered.
#[derive(Debug, Default)]
pub(super) struct InFlightRequests(AtomicUsize);

impl InFlightRequests {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }

    fn start(self: &Arc<Self>) -> InFlightRequest {
        self.0.fetch_add(1, Ordering::AcqRel);
        InFlightRequest(Arc::clone(self))
    }
}

/// Counts one request until it is dropped.
#[derive(Debug)]
struct InFlightRequest(Arc<InFlightRequests>);

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

pin_project_lite::pin_project! {
    /// A body. Until it is written, its request is answered.
    pub(super) struct AnsweringBody<B> {
        #[pin]
        body: B,
        answering: Option<Answering>,
    }
}

impl<B: MessageBody> MessageBody for AnsweringBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.project().body.poll_next(context)
    }
}

/// The middleware, for [`actix_web::middleware::from_fn`].
pub(super) async fn handle<B: MessageBody>(
    guard: RequestGuard,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<AnsweringBody<B>>, Error> {
    // The HTTP library reads a chunked body to its end, but is not strict about the end: what it takes for the next request
    // may be a part of this one's body. And it answers requests that were sent behind one that says `Connection: close`.
    let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    // Java offers HTTP/2 in this way. The library answers, ends the connection, and does not say so: a client that sends its next
    // request there would lose it.
    let offers_upgrade = request.head().connection_type() == ConnectionType::Upgrade;
    let must_close = is_chunked || offers_upgrade;
    let is_last = must_close || request.head().connection_type() == ConnectionType::Close;
    let is_old = request.version() < Version::HTTP_11;
    let client = Client::of(request.request());
    let answering = match client.map(|client| client.begin(is_last)) {
        // The connection ends as soon as the response before this request is written.
        Some(None) => return std::future::pending().await,
        Some(answering) => answering,
        None => None,
    };
    match answer(guard, request, next).await {
        Ok(mut response) => {
            // Clients of HTTP/1.0 know no chunks: the end of the connection is the end of a body without a length.
            let ends_with_connection = is_old && response.response().body().size() == BodySize::Stream;
            if ends_with_connection || must_close {
                let head = response.response_mut().head_mut();
                head.no_chunking(ends_with_connection);
                head.set_connection_type(ConnectionType::Close);
            }
            Ok(response.map_body(|_, body| AnsweringBody { body, answering }))
        }
        Err(error) if must_close => {
            let mut response = HttpResponse::from_error(error);
            response.head_mut().set_connection_type(ConnectionType::Close);
            Err(InternalError::from_response("closes", response).into())
        }
        Err(error) => Err(error),
    }
}

async fn answer<B: MessageBody>(
    guard: RequestGuard,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let _counted = guard.in_flight.start();
    let refusal = guard.refusal(&request);
    // The area is taken from the path, so the path is normalized first.
    normalize_path(&mut request);
    let area = Area::from_path(request.path());
    if let Some(arrivals) = &guard.arrivals {
        let way = Connection::of(request.request()).way;
        // A client that is led here by the proxy meant NICEPAY, whatever the path.
        if matches!(area, Area::Gateway) || matches!(way, Way::ProxyHttp | Way::ProxyHttps) {
            let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
            arrivals.count_request(way, user_agent);
        }
    }
    let refusal = refusal.or_else(|| trace_refusal(&request, area));
    if let Some(response) = refusal {
        return Err(InternalError::from_response("refused", response).into());
    }
    // HEAD gets the headers of GET; the connection drops the body. Not at the gateway, where GET changes something, and
    // not where a response to GET has no end.
    let is_stream = [paths::EVENT_STREAM, paths::LIVE].contains(&request.path());
    if request.method() == Method::HEAD && !matches!(area, Area::Gateway) && !is_stream {
        request.head_mut().method = Method::GET;
    }
    // The panic's message was printed where it happened.
    AssertUnwindSafe(next.call(request)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a request caused a panic: this is a bug in nicepay-sim, please report it");
        Err(InternalError::from_response("bug", bug_response(area)).into())
    })
}

impl RequestGuard {
    /// The response to a request that is not served.
    fn refusal(&self, request: &ServiceRequest) -> Option<HttpResponse> {
        if request.method() == Method::CONNECT {
            let detail = "CONNECT is for proxies, and nicepay-sim is none: do not set it as the proxy of your client, but \
                          use its address as the base URL";
            tracing::warn!("request refused: {detail}");
            return Some(problem(StatusCode::METHOD_NOT_ALLOWED, "method", detail));
        }
        let host = match (request.uri().authority(), request.headers().get(header::HOST)) {
            (Some(authority), _) => Some(authority.as_str()),
            (None, host) => host.map(|host| host.to_str().unwrap_or("\u{fffd}")),
        };
        // Links use the Host header and the check uses the authority: they must be the same.
        let named = request.headers().get(header::HOST).map(header::HeaderValue::as_bytes);
        if let (Some(authority), Some(named)) = (request.uri().authority(), named)
            && !named.eq_ignore_ascii_case(authority.as_str().as_bytes())
        {
            let detail = "the request line and the Host header name different hosts";
            return Some(problem(StatusCode::MISDIRECTED_REQUEST, "host", detail));
        }
        // A request without a Host (HTTP/1.0) does not come from a browser, so DNS rebinding is no risk.
        if let Some(host) = host.filter(|host| !self.allowed_hosts.allows(host)) {
            // It may be a key that was pasted into the wrong setting.
            let gateway = request.app_data::<web::Data<Gateway>>();
            let host = gateway.map_or(Cow::Borrowed(host), |gateway| gateway.engine.masked(host));
            let host: String = host.chars().take(64).collect();
            tracing::warn!("request refused: the Host {host:?} is not allowed (--allow-host)");
            return Some(problem(
                StatusCode::MISDIRECTED_REQUEST,
                "host",
                &format!("the Host {host:?} is not allowed; start with --allow-host NAME to allow it"),
            ));
        }
        let bytes: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if bytes + request.uri().path().len() + request.query_string().len() > self.limits.header_bytes {
            let detail = format!("the request line and headers are larger than {} bytes", self.limits.header_bytes);
            return Some(problem(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers", &detail));
        }
        None
    }
}

/// The response to a TRACE: it would show a page what its browser hides from it, such as cookies. The gateway and the calls
/// answer it themselves.
fn trace_refusal(request: &ServiceRequest, area: Area) -> Option<HttpResponse> {
    let path = request.path();
    let has_own_answer =
        matches!(area, Area::Gateway) || [paths::API, paths::ACTIONS].iter().any(|own| path.starts_with(own));
    if *request.method() != Method::TRACE || has_own_answer {
        return None;
    }
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, "verb", "TRACE is not served");
    let served = header::HeaderValue::from_static("GET, HEAD, POST");
    response.headers_mut().insert(header::ALLOW, served);
    Some(response)
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

/// The part of the simulator that a path belongs to.
#[derive(Clone, Copy, Debug)]
enum Area {
    Gateway,
    Partner(&'static str),
    Developer,
}

impl Area {
    fn from_path(path: &str) -> Self {
        if path.starts_with(paths::GATEWAY) {
            Self::Gateway
        } else if let Some(lender) = paths::partner_of(path) {
            Self::Partner(lender)
        } else {
            Self::Developer
        }
    }
}

/// The response after a panic, in the format of its area.
fn bug_response(area: Area) -> HttpResponse {
    const MESSAGE: &str = "this is a bug in nicepay-sim, not in your request";
    match area {
        Area::Gateway => HttpResponse::InternalServerError()
            .insert_header((header::CONTENT_TYPE, "application/json;charset=UTF-8"))
            .insert_header((paths::DIAGNOSIS_HEADER, format!("{}: {MESSAGE}", Slug::SIMULATOR_BUG)))
            .body(r#"{"resultCd":"1003","resultMsg":"Server error"}"#),
        Area::Partner(lender) => crate::partner::bug_page(lender),
        Area::Developer => problem(StatusCode::INTERNAL_SERVER_ERROR, "bug", MESSAGE),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test};

    use super::*;

    async fn buggy() -> HttpResponse {
        panic!("a bug for this test")
    }

    #[tokio::test]
    async fn a_bug_is_a_500_and_the_next_request_is_served() {
        let hosts = AllowedHosts::new(([127, 0, 0, 1], 1).into(), None, &[]);
        let in_flight = Arc::new(InFlightRequests::default());
        let guard = RequestGuard {
            allowed_hosts: Arc::new(hosts),
            limits: ResourceLimits { header_bytes: 1_000, ..ResourceLimits::EXAMPLE },
            in_flight: Arc::clone(&in_flight),
            arrivals: None,
        };
        let app = App::new()
            .route("/nicepay/bug", web::get().to(buggy))
            .route("/ok", web::get().to(HttpResponse::Ok))
            .wrap(from_fn(move |request, next| handle(guard.clone(), request, next)));
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri("/nicepay//bug").to_request();
        let answer = test::try_call_service(&app, request).await.unwrap_err().error_response();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.headers().contains_key(paths::DIAGNOSIS_HEADER));
        let next = test::call_service(&app, test::TestRequest::get().uri("/ok").to_request()).await;
        assert_eq!(next.status(), StatusCode::OK);
        drop(next);
        assert_eq!(in_flight.count(), 0, "no request is in flight");
    }
}
