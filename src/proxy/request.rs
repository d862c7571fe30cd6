//! Reading a request to the proxy: its head, and the host that it names.

use std::fmt;
use std::time::Duration;

use httparse::{EMPTY_HEADER, Status};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use url::Host;

use super::refusal::Refusal;
use crate::endpoints::HOSTS;

/// The maximum size of a request's line and headers.
const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 128;
/// The first byte of a TLS connection.
const TLS_HANDSHAKE: u8 = 0x16;
/// They are for the proxy, or are about the client's connection to it. `Host` is written anew: the host of the URL counts
/// (RFC 9112 §3.2.2).
const NOT_FORWARDED: [&str; 5] = ["connection", "host", "keep-alive", "proxy-authorization", "proxy-connection"];

const WHAT_THIS_IS: &str =
    "this port is the forward proxy of nicepay-sim: it takes CONNECT and requests with a whole URL";

/// How a client names its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `CONNECT host:port`.
    Connect,
    /// A request with a whole URL.
    Forward {
        /// Whether the URL begins with `https:`.
        https: bool,
    },
}

/// The host that a request names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) host: Host,
    pub(super) port: u16,
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Destination {
    /// Reads `host:port`.
    fn parse(authority: &str, default_port: Option<u16>) -> Option<Self> {
        let (host, port) = match authority.rsplit_once(':') {
            // The colons inside an IPv6 address do not separate a port.
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, ""),
        };
        let port = match port {
            "" => default_port?,
            _ if port.bytes().all(|byte| byte.is_ascii_digit()) => port.parse().ok()?,
            _ => return None,
        };
        Some(Self { host: Host::parse(host).ok()?, port })
    }

    /// Whether the simulator stands in for this host.
    pub(super) fn is_nicepay(&self) -> bool {
        matches!(&self.host, Host::Domain(name) if HOSTS.contains(&name.strip_suffix('.').unwrap_or(name)))
    }
}

/// A request to the proxy.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) kind: Kind,
    pub(super) destination: Destination,
    /// What the host gets first: the head of a request that is forwarded, and what came after the head.
    pub(super) first: Vec<u8>,
}

/// Reads the head of a request. None when the client closes the connection, or sends nothing.
pub(super) async fn read(client: &mut TcpStream, head_timeout: Duration) -> Result<Option<Request>, Refusal> {
    let mut bytes = Vec::new();
    let read = async {
        loop {
            // A broken connection is a closed one.
            let space = MAX_HEAD - bytes.len();
            if client.take(space as u64).read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return Ok(None);
            }
            if let Some(request) = parse(&bytes)? {
                return Ok(Some(request));
            }
            if bytes.len() >= MAX_HEAD {
                return Err(Refusal::new(400, format!("the request line and headers exceed {MAX_HEAD} bytes")));
            }
        }
    };
    match tokio::time::timeout(head_timeout, read).await {
        Ok(result) => result,
        // A browser connects before it has something to ask.
        Err(_) if bytes.is_empty() => Ok(None),
        Err(_) => Err(Refusal::new(408, "the request line and headers did not arrive in time")),
    }
}

/// The request, when its head is complete.
fn parse(bytes: &[u8]) -> Result<Option<Request>, Refusal> {
    if bytes.first() == Some(&TLS_HANDSHAKE) {
        return Err(Refusal::new(400, format!("{WHAT_THIS_IS}, without TLS: write its address with http://")));
    }
    let mut headers = [EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(error) => return Err(Refusal::new(400, format!("{WHAT_THIS_IS}; this is no HTTP request: {error}"))),
    };
    // A complete head has both.
    let (method, target) = (head.method.unwrap_or_default(), head.path.unwrap_or_default());
    let rest = &bytes[length..];
    if method == "CONNECT" {
        let destination = Destination::parse(target, None).ok_or_else(|| {
            Refusal::new(400, "CONNECT needs a host and a port, such as CONNECT dev.nicepay.co.id:443")
        })?;
        return Ok(Some(Request { kind: Kind::Connect, destination, first: rest.to_owned() }));
    }
    let url = Target::parse(target)?;
    let mut first = Vec::with_capacity(bytes.len() + 32);
    // The simulator is told the whole URL: its answers use the scheme.
    let target = if url.destination.is_nicepay() { target.to_owned() } else { url.origin_form() };
    let version = head.version.unwrap_or(1);
    first.extend_from_slice(format!("{method} {target} HTTP/1.{version}\r\nHost: {}\r\n", url.authority).as_bytes());
    for header in head.headers.iter() {
        if !NOT_FORWARDED.iter().any(|name| header.name.eq_ignore_ascii_case(name)) {
            first.extend_from_slice(header.name.as_bytes());
            first.extend_from_slice(b": ");
            first.extend_from_slice(header.value);
            first.extend_from_slice(b"\r\n");
        }
    }
    // The next request may be for another host.
    first.extend_from_slice(b"Connection: close\r\n\r\n");
    first.extend_from_slice(rest);
    Ok(Some(Request { kind: Kind::Forward { https: url.https }, destination: url.destination, first }))
}

/// The URL in a request line.
struct Target<'a> {
    https: bool,
    /// Host and port as they were written.
    authority: &'a str,
    destination: Destination,
    /// Path and query as they were written.
    path: &'a str,
}

impl<'a> Target<'a> {
    fn parse(target: &'a str) -> Result<Self, Refusal> {
        let after = |scheme: &str| {
            let start = target.get(..scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then(|| &target[scheme.len()..])
        };
        let (https, rest) = match (after("http://"), after("https://")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => {
                let advice =
                    "set it as HTTP_PROXY or HTTPS_PROXY of your program, and call the simulator at its own address";
                return Err(Refusal::new(400, format!("{WHAT_THIS_IS}; {advice}")));
            }
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
        let destination = Destination::parse(authority, Some(if https { 443 } else { 80 }))
            .ok_or_else(|| Refusal::new(400, "the URL of the request has no valid host and port"))?;
        Ok(Self { https, authority, destination, path })
    }

    /// What the request line to an ordinary server has.
    fn origin_form(&self) -> String {
        let path = self.path.split('#').next().unwrap_or_default();
        if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_as_clients_write_them() {
        let read = |text: &str| Destination::parse(text, None).map(|to| (to.to_string(), to.is_nicepay()));
        for (text, to, is_nicepay) in [
            ("dev.nicepay.co.id:443", "dev.nicepay.co.id:443", true),
            ("DEV.Nicepay.CO.ID.:443", "dev.nicepay.co.id.:443", true),
            ("api.nicepay.co.id:1", "api.nicepay.co.id:1", true),
            ("nicepay.co.id:443", "nicepay.co.id:443", false),
            ("dev.nicepay.co.id.evil.example:443", "dev.nicepay.co.id.evil.example:443", false),
            ("[::1]:443", "[::1]:443", false),
            ("0x7f.1:443", "127.0.0.1:443", false),
            ("2852039166:443", "169.254.169.254:443", false),
        ] {
            assert_eq!(read(text), Some((to.to_owned(), is_nicepay)), "{text}");
        }
        for text in ["", ":443", "a", "a:", "[::1]", "::1:443", "a:+1", "a:65536", "a@b:443", "a b:443", "a/b:443"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    fn forwarded(head: &str) -> String {
        let request = parse(head.as_bytes()).unwrap().unwrap();
        String::from_utf8(request.first).unwrap()
    }

    #[test]
    fn a_request_that_is_forwarded_keeps_its_head_but_for_the_connection() {
        let headers = "hOST: other\r\nX-A: b  c\r\nProxy-Connection: keep-alive\r\nconnection: keep-alive\r\nProxy-Authorization: x";
        for (target, becomes, host) in [
            ("https://dev.nicepay.co.id/a?b#c", "https://dev.nicepay.co.id/a?b#c", "dev.nicepay.co.id"),
            ("HTTP://dev.nicepay.co.id:80", "HTTP://dev.nicepay.co.id:80", "dev.nicepay.co.id:80"),
            ("http://shop.example:8080/../a%2e?b#c", "/../a%2e?b", "shop.example:8080"),
            ("http://me:secret@shop.example", "/", "shop.example"),
            ("http://shop.example?b/c", "/?b/c", "shop.example"),
            ("http://[::2]:/", "/", "[::2]:"),
        ] {
            assert_eq!(
                forwarded(&format!("POST {target} HTTP/1.1\r\n{headers}\r\n\r\nbody")),
                format!("POST {becomes} HTTP/1.1\r\nHost: {host}\r\nX-A: b  c\r\nConnection: close\r\n\r\nbody"),
            );
        }
    }
}
