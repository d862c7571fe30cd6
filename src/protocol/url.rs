//! Where a merchant may ask to be called or returned to (§2.2, §6.4.5).

use ::url::Url;

/// Whether it is an absolute http or https URL with a host. Most addresses are plain, and a parser of all that may be
/// written costs more than all the rest of a field.
///
/// # Errors
/// What is wrong with it, as a phrase.
pub(super) fn http_url(text: &str) -> Result<(), &'static str> {
    if is_plain(text) { Ok(()) } else { parse(text) }
}

/// The same, by the parser.
fn parse(text: &str) -> Result<(), &'static str> {
    // The parser drops tabs and line ends silently, so they are looked for first.
    if text.bytes().any(|b| b <= b' ' || b == 0x7f) {
        return Err("must not contain blanks or control characters");
    }
    let url = Url::parse(text).map_err(|_| "must be an absolute URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with http:// or https://");
    }
    // The parser is generous with slashes: it would take the first folder of `http:///x` for the host.
    let named = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with(['/', '\\', '?', '#']));
    if !named || url.host_str().is_none_or(str::is_empty) {
        return Err("must name a host");
    }
    Ok(())
}

/// Whether it is certainly an absolute URL with a host: a name in small letters or four numbers, perhaps a port, and ASCII.
fn is_plain(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) else { return false };
    let (authority, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let is_label = |label: &str| {
        let (first, others) = label.as_bytes().split_first().unwrap_or((&b'-', &[]));
        // Names in another alphabet have rules of their own.
        let is_foreign = label.starts_with("xn--");
        first.is_ascii_lowercase()
            && others.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
            && !is_foreign
    };
    let is_port = port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    is_port
        && rest.bytes().all(|b| b.is_ascii_graphic())
        && (host.split('.').all(is_label) || host.parse::<std::net::Ipv4Addr>().is_ok())
}

/// Whether the live sandbox would find it local: seen for `goods_url`, `P380` (§2.1.2, A-04).
pub(super) fn is_local(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| match url.host() {
        Some(::url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(::url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private(),
        Some(::url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_addresses_are_plain() {
        for plain in ["http://127.0.0.1:9/none", "https://shop.example/x?a=1&b=%20#c", "http://localhost"] {
            assert!(is_plain(plain), "{plain}");
        }
    }

    proptest! {
        #[test]
        fn what_is_plain_is_an_address(
            text in "(http|https|HTTP)://[a-z0-9.:@\\-\\[\\]%]{0,12}(:[0-9]{0,6})?(/[ -~]{0,12})?",
        ) {
            prop_assert!(!is_plain(&text) || parse(&text).is_ok(), "{text}");
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
