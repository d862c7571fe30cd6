//! How a client's connection reached the simulator, the absolute URLs that follow from it, and whether a page of another
//! site sent a request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU16;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::uri::Authority;
use url::{Host, Url};

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
        .filter(|named| parse_host(named).is_some())
        .or_else(|| request.headers().get(header::HOST)?.to_str().ok())
        .or_else(|| request.uri().authority().map(Authority::as_str))
        .unwrap_or("127.0.0.1")
}

/// The host of a `Host` header, or of the authority in a request line. None where the text is not just a host and a port:
/// what comes out of it goes into URLs.
pub fn parse_host(text: &str) -> Option<Host<&str>> {
    let (host, port) = if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        (Host::Ipv6(address.parse::<Ipv6Addr>().ok()?), port)
    } else {
        let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        let address = host.parse::<Ipv4Addr>().map(Host::Ipv4);
        (address.ok().or_else(|| parse_name(host).map(Host::Domain))?, port)
    };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<NonZeroU16>().is_ok();
    // RFC 9110 allows a colon without a port.
    (matches!(port, "" | ":") || port.strip_prefix(':').is_some_and(is_port)).then_some(host)
}

/// A name without the dot at its end.
fn parse_name(host: &str) -> Option<&str> {
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let are_labels = name.split('.').all(|label| !label.is_empty() && label.bytes().all(is_letter));
    // A URL with such a name has an IPv4 address: 0x7f.1.
    let last = name.rsplit('.').next()?;
    let digits = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    (are_labels && !is_number).then_some(name)
}

/// What says that a page of another site sent the request: its `Origin`, or the `Sec-Fetch-Site` of its browser. A page
/// is the simulator's own where its `Origin` is the host of the request or that of `--public-url`.
pub fn foreign_page(public_url: Option<&str>, request: &HttpRequest) -> Option<String> {
    let is_own = |origin: &str| {
        let Ok(origin) = Url::parse(origin) else { return false };
        // A proxy in front can have taken the TLS away, so the scheme is that of the page.
        let of_request = Url::parse(&format!("{}://{}", origin.scheme(), host(request)));
        let public = public_url.map(Url::parse);
        let own = [Some(of_request), public].into_iter().flatten().flatten();
        origin.has_host() && own.into_iter().any(|own| own.origin() == origin.origin())
    };
    for value in request.headers().get_all(header::ORIGIN) {
        let origin = String::from_utf8_lossy(value.as_bytes());
        if !is_own(&origin) {
            return Some(format!("Origin: {}", origin.chars().take(100).collect::<String>()));
        }
    }
    let mut sites = request.headers().get_all("sec-fetch-site");
    sites
        .any(|site| site.as_bytes().eq_ignore_ascii_case(b"cross-site"))
        .then(|| "Sec-Fetch-Site: cross-site".to_owned())
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
    fn a_host_is_a_host_and_a_port_and_nothing_else() {
        let name = |name| Some(Host::Domain(name));
        let v4 = Some(Host::Ipv4(Ipv4Addr::LOCALHOST));
        let v6 = Some(Host::Ipv6(Ipv6Addr::LOCALHOST));
        for (text, host) in [
            ("localhost", name("localhost")),
            ("Shop.LOCALHOST.:8606", name("Shop.LOCALHOST")),
            ("my_app-1:80", name("my_app-1")),
            ("localhost:", name("localhost")),
            ("127.0.0.1:65535", v4.clone()),
            ("127.0.0.1", v4),
            ("[::1]", v6.clone()),
            ("[::1]:8606", v6),
        ] {
            assert_eq!(parse_host(text), host, "{text}");
        }
        for text in [
            "",
            ":",
            ":80",
            ".",
            "..",
            "a..localhost",
            ".localhost",
            "localhost..",
            "evil.com/.localhost",
            "evil.com#.localhost",
            "evil.com?.localhost",
            "evil.com\\.localhost",
            "evil.com@localhost",
            "localhost@evil.com",
            "a:1@localhost",
            "localhost@localhost",
            "@localhost",
            "evil.com\t.localhost",
            "evil.com .localhost",
            " localhost",
            "localhost ",
            "evil.com,.localhost",
            "evil%2ecom",
            "%6cocalhost",
            "evil.com%2f.localhost",
            "evil.com;.localhost",
            "l\u{f6}calhost",
            "localhost:0",
            "localhost:99999",
            "localhost:65536",
            "localhost:+1",
            "localhost:-1",
            "localhost:8x",
            "localhost:80:80",
            "::1",
            "[::1",
            "::1]",
            "[::1]x",
            "[::1]:0",
            "[::1].evil",
            "[127.0.0.1]",
            "[]",
            "[::1%25lo]",
            "0x7f.1",
            "2130706433",
            "a.0X",
            "1.2.3.4.5",
            "http://localhost",
            "localhost/",
        ] {
            assert_eq!(parse_host(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_page_is_foreign_by_its_origin_or_its_site() {
        let request = |pairs: &[(&'static str, &'static str)]| {
            let request = TestRequest::default().insert_header(("host", "127.0.0.1:8606"));
            pairs.iter().fold(request, |request, pair| request.append_header(*pair)).to_http_request()
        };
        let public = Some("https://pay.test");
        for own in [
            &[][..],
            &[("origin", "http://127.0.0.1:8606")],
            &[("origin", "https://127.0.0.1:8606")],
            &[("origin", "https://pay.test")],
            &[("origin", "https://pay.test:443")],
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
        ] {
            assert_eq!(foreign_page(public, &request(own)), None, "{own:?}");
        }
        for foreign in [
            &[("origin", "null")][..],
            &[("origin", "")],
            &[("origin", "http://127.0.0.1")],
            &[("origin", "http://localhost:8606")],
            &[("origin", "http://127.0.0.1:8606.evil.test")],
            &[("origin", "http://evil.test/127.0.0.1:8606")],
            &[("origin", "file://")],
            &[("origin", "http://pay.test")],
            &[("origin", "http://127.0.0.1:8606"), ("origin", "http://evil.test")],
            &[("sec-fetch-site", "cross-site")],
            &[("origin", "http://127.0.0.1:8606"), ("sec-fetch-site", "Cross-Site")],
        ] {
            assert!(foreign_page(public, &request(foreign)).is_some(), "{foreign:?}");
        }
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
