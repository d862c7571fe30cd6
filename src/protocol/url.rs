//! Where a merchant may ask to be called or returned to (§2.2, §6.4.5).

use ::url::Url;

/// An absolute http or https URL with a host.
///
/// # Errors
/// What is wrong with it, as a phrase.
pub fn http_url(text: &str) -> Result<Url, &'static str> {
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
    Ok(url)
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
    use super::*;

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
