//! The URLs of a merchant: `dbProcessUrl` and `callBackUrl` (`docs/PROTOCOL.md` §2.2, §6.4.5).

use std::borrow::Cow;
use std::net::Ipv4Addr;

use ::url::{Host, Url};

use crate::domain::{CallbackSchemes, DeepLinkError};

/// Checks that a text is an absolute http or https URL with a host. Most URLs are plain; for those the full parser
/// would cost more than all other checks of the field.
///
/// # Errors
/// What is wrong with it, as a phrase.
pub fn http_url(text: &str) -> Result<(), &'static str> {
    if plain_host(text).is_some() { Ok(()) } else { parse(text) }
}

/// Checks a `callBackUrl`: such a URL, or a deep link that is allowed.
///
/// # Errors
/// What is wrong with it, as a phrase.
pub(in crate::protocol) fn callback_url(text: &str, schemes: &CallbackSchemes) -> Result<(), Cow<'static, str>> {
    let Err(reason) = http_url(text) else { return Ok(()) };
    if has_blanks(text) || is_web(text) {
        return Err(reason.into());
    }
    schemes.check(text).map_err(|error| match error {
        // It says more.
        DeepLinkError::NotADeepLink => reason.into(),
        error => error.to_string().into(),
    })
}

/// Whether a checked `callBackUrl` is a web address and not a deep link.
pub(in crate::protocol) fn is_web(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)))
}

/// The parser silently drops tabs and line ends.
fn has_blanks(text: &str) -> bool {
    text.bytes().any(|b| b <= b' ' || b == 0x7f)
}

/// The same check by the full parser.
fn parse(text: &str) -> Result<(), &'static str> {
    if has_blanks(text) {
        return Err("must not contain blanks or control characters");
    }
    let url = Url::parse(text).map_err(|_| "must be an absolute URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with http:// or https://");
    }
    // The parser would accept `http:///x` with the host `x`.
    let named = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with(['/', '\\', '?', '#']));
    if !named || url.host_str().is_none_or(str::is_empty) {
        return Err("must name a host");
    }
    Ok(())
}

/// The host of a text that is certainly such a URL: a lower-case or IPv4 host, an optional port, and ASCII only.
fn plain_host(text: &str) -> Option<Host<&str>> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
    let (authority, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let is_label = |label: &str| {
        let (first, others) = label.as_bytes().split_first().unwrap_or((&b'-', &[]));
        // Internationalised names have their own rules.
        let is_foreign = label.starts_with("xn--");
        first.is_ascii_lowercase()
            && others.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
            && !is_foreign
    };
    let is_port = port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    if !is_port || !rest.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    if host.split('.').all(is_label) { Some(Host::Domain(host)) } else { host.parse::<Ipv4Addr>().ok().map(Host::Ipv4) }
}

/// Whether the live sandbox refuses the URL as local: seen for `goods_url`, `P380` (`docs/PROTOCOL.md` §2.1.2, A-04).
pub(super) fn is_local(text: &str) -> bool {
    let is_local_host = |host: Host<&str>| match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip.is_loopback() || ip.is_private(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    match plain_host(text) {
        Some(host) => is_local_host(host),
        None => Url::parse(text).is_ok_and(|url| url.host().is_some_and(is_local_host)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_addresses_are_plain() {
        for plain in ["http://127.0.0.1:9/none", "https://shop.example/x?a=1&b=%20#c", "http://localhost"] {
            assert!(plain_host(plain).is_some(), "{plain}");
        }
    }

    proptest! {
        #[test]
        fn what_is_plain_is_an_address(
            text in "(http|https|HTTP)://[a-z0-9.:@\\-\\[\\]%]{0,12}(:[0-9]{0,6})?(/[ -~]{0,12})?",
        ) {
            if let Some(host) = plain_host(&text) {
                prop_assert_eq!(parse(&text), Ok(()));
                let url = Url::parse(&text).unwrap();
                prop_assert_eq!(url.host(), Some(host));
            }
        }
    }

    #[test]
    fn only_web_addresses_are_taken() {
        for good in ["http://127.0.0.1:9/none", "https://shop.example/x?a=1", "http://[::1]/", "http://2852039166/"] {
            assert!(http_url(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/relative",
            "shop.example/x",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://",
            "http:///x",
            "http://a/\r\nX: y",
            "http:shop",
            "ftp://a/",
        ] {
            assert!(http_url(bad).is_err(), "{bad:?}");
        }
    }
}
