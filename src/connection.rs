//! How a client's connection reached the simulator, and the absolute URLs that follow from it.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};

/// The listener that a client came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Plain HTTP.
    Http,
    /// HTTPS.
    Https,
    /// The forward proxy, by a request without TLS.
    ProxyHttp,
    /// The forward proxy, by a tunnel.
    ProxyHttps,
}

/// A client's connection. Each request can read it.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// The listener.
    pub way: Way,
    /// Whether the client is a proxy of the user's, whose headers count.
    pub is_trusted_proxy: bool,
}

impl Way {
    const fn scheme(self) -> &'static str {
        match self {
            Self::Http | Self::ProxyHttp => "http",
            Self::Https | Self::ProxyHttps => "https",
        }
    }
}

impl Connection {
    /// The connection of a request.
    pub fn of(request: &HttpRequest) -> Self {
        // Only a unit test has none.
        request.conn_data().copied().unwrap_or(Self { way: Way::Http, is_trusted_proxy: false })
    }
}

/// The addresses of proxies whose `Forwarded` and `X-Forwarded-…` headers count.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<IpAddr>);

impl TrustedProxies {
    /// Whether a client with this address is one.
    pub fn contains(&self, client: IpAddr) -> bool {
        self.0.contains(&client.to_canonical())
    }
}

/// The beginning of absolute URLs: `--public-url`, or else scheme and host of the request as its client sees them.
pub fn base_url(public_url: Option<&str>, request: &HttpRequest) -> String {
    public_url.map_or_else(|| format!("{}://{}", scheme(request), host(request)), str::to_owned)
}

/// Whether the client sees https.
pub fn is_https(public_url: Option<&str>, request: &HttpRequest) -> bool {
    public_url.map_or_else(|| scheme(request) == "https", |url| url.starts_with("https:"))
}

fn scheme(request: &HttpRequest) -> &'static str {
    let connection = Connection::of(request);
    let forwarded = forwarded(connection, request.headers(), "proto", "x-forwarded-proto");
    let named = forwarded.or_else(|| request.uri().scheme_str());
    match named {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => "https",
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => "http",
        _ => connection.way.scheme(),
    }
}

fn host(request: &HttpRequest) -> &str {
    let connection = Connection::of(request);
    forwarded(connection, request.headers(), "host", "x-forwarded-host")
        .or_else(|| request.headers().get(header::HOST)?.to_str().ok())
        .unwrap_or("127.0.0.1")
}

/// What a trusted proxy says: `Forwarded` (RFC 7239), or the older header. The first value is the client's.
fn forwarded<'a>(connection: Connection, headers: &'a HeaderMap, name: &str, older: &str) -> Option<&'a str> {
    if !connection.is_trusted_proxy {
        return None;
    }
    let first = |header: &str| Some(headers.get(header)?.to_str().ok()?.split(',').next()?.trim());
    let in_forwarded = || {
        let mut pairs = first("forwarded")?.split(';').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
        Some(value.trim().trim_matches('"'))
    };
    in_forwarded().or_else(|| first(older)).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut request = TestRequest::default();
        for pair in pairs {
            request = request.insert_header(*pair);
        }
        request.to_http_request().headers().clone()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let sent =
            headers(&[("x-forwarded-proto", "https, http"), ("forwarded", "for=1.2.3.4;proto=https;host=\"a.test\"")]);
        let from = |is_trusted_proxy, name, older| {
            let connection = Connection { way: Way::Http, is_trusted_proxy };
            forwarded(connection, &sent, name, older).map(str::to_owned)
        };
        assert_eq!(from(false, "proto", "x-forwarded-proto"), None);
        assert_eq!(from(true, "proto", "x-forwarded-proto").as_deref(), Some("https"));
        assert_eq!(from(true, "host", "x-forwarded-host").as_deref(), Some("a.test"));
        let older = headers(&[("x-forwarded-proto", "https, http")]);
        let connection = Connection { way: Way::Http, is_trusted_proxy: true };
        assert_eq!(forwarded(connection, &older, "proto", "x-forwarded-proto"), Some("https"));
    }

    #[test]
    fn an_absolute_target_has_its_own_scheme() {
        let request =
            TestRequest::with_uri("https://dev.nicepay.co.id/nicepay").insert_header(("host", "dev.nicepay.co.id"));
        assert_eq!(base_url(None, &request.to_http_request()), "https://dev.nicepay.co.id");
        let plain = TestRequest::with_uri("/nicepay").insert_header(("host", "127.0.0.1:8606")).to_http_request();
        assert_eq!(base_url(None, &plain), "http://127.0.0.1:8606");
        assert_eq!(base_url(Some("https://pay.test"), &plain), "https://pay.test");
    }
}
