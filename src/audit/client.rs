//! The HTTP client of the audit: for the merchant's own pages, and as the customer's browser. It follows no redirects.

use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE, USER_AGENT};
use http::{Method, Request};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::TokioExecutor;
use tokio::time::{Instant, timeout_at};
use url::{Position, Url};

use crate::delivery::{Connector, error_text};
use crate::domain::Egress;

/// How much of a body is read.
const MAX_BODY: usize = 1024 * 1024;

/// The client. It calls only addresses that the settings allow.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: HyperClient<Connector, String>,
    egress: Egress,
}

/// What is sent.
pub(super) struct Message<'a> {
    pub(super) url: &'a Url,
    /// What is posted; none for a `GET`.
    pub(super) content: Option<Content<'a>>,
    pub(super) cookies: String,
    pub(super) accept: &'static str,
}

/// The content of a `POST`.
pub(super) enum Content<'a> {
    /// The fields of a form.
    Form(&'a [(&'a str, &'a str)]),
    /// JSON.
    Json(String),
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Where it leads.
    pub(super) location: Option<String>,
    /// `NAME=VALUE` of each cookie that it sets.
    pub(super) cookies: Vec<String>,
    pub(super) body: Body,
}

/// A body, as far as it was read.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// Whether all of it was read.
    pub(super) is_whole: bool,
}

impl Body {
    /// As text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Client {
    pub(super) fn new(connector: Connector, egress: Egress) -> Self {
        // A shop that serves one connection at a time must not wait for an idle one of ours.
        let http = HyperClient::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Self { http, egress }
    }

    /// Checks that a URL may be called, as far as its text says that.
    pub(super) fn check(&self, url: &Url) -> Result<(), String> {
        self.egress.check_url(url).map_err(|error| error.to_string())
    }

    /// Sends a message, and reads the answer within `limit`.
    ///
    /// # Errors
    /// Why no answer came.
    pub(super) async fn send(&self, message: Message<'_>, limit: Duration) -> Result<Answer, String> {
        let Message { url, content, cookies, accept } = message;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{url} is no http or https URL"));
        }
        self.check(url)?;
        let mut request = Request::builder()
            .method(if content.is_some() { Method::POST } else { Method::GET })
            .uri(&url[..Position::AfterQuery])
            .header(USER_AGENT, concat!("nicepay-sim-audit/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, accept);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        let body = match content {
            None => String::new(),
            Some(Content::Form(fields)) => {
                request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
            }
            Some(Content::Json(text)) => {
                request = request.header(CONTENT_TYPE, "application/json");
                text
            }
        };
        let request = request.body(body).map_err(|error| error.to_string())?;
        let deadline = Instant::now() + limit;
        let late = || format!("no answer within {} s", limit.as_secs_f64());
        let response = timeout_at(deadline, self.http.request(request)).await.map_err(|_| late())?;
        let response = response.map_err(|error| error_text(&error))?;
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let cookies = response.headers().get_all(SET_COOKIE).iter().map(text);
        let cookies = cookies.map(|cookie| cookie.split(';').next().unwrap_or_default().to_owned()).collect();
        let location = response.headers().get(LOCATION).map(text);
        let status = response.status().as_u16();
        let body = timeout_at(deadline, read(response.into_body())).await.map_err(|_| late())??;
        Ok(Answer { status, location, cookies, body })
    }
}

async fn read<B>(mut body: B) -> Result<Body, String>
where
    B: http_body_util::BodyExt<Data: AsRef<[u8]>, Error: std::error::Error + 'static> + Unpin,
{
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| error_text(&error))?;
        let Some(chunk) = frame.data_ref().map(AsRef::as_ref) else { continue };
        let room = MAX_BODY - bytes.len();
        if chunk.len() > room {
            bytes.extend_from_slice(&chunk[..room]);
            return Ok(Body { bytes, is_whole: false });
        }
        bytes.extend_from_slice(chunk);
    }
    Ok(Body { bytes, is_whole: true })
}
