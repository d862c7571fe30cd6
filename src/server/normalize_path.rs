//! Rewrites paths that clients write differently from the documents.

use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;

use crate::endpoints::Endpoint;

/// The path as the simulator serves it; `None` when it needs no change.
///
/// The router decodes a path before it matches it. Escaped letters and digits are decoded here too, so that every check
/// sees the path that the router sees. The Python client's cloud address has `…/nicepay//direct/…` (`docs/PROTOCOL.md`
/// §2.0). The documents write the path of account bindings in lower case (`docs/PROTOCOL.md` A-16).
fn normalized(path: &str) -> Option<String> {
    let binding = Endpoint::Binding.path();
    let is_binding = |path: &str| path != binding && path.eq_ignore_ascii_case(binding);
    if !path.contains("//") && !path.contains('%') {
        return is_binding(path).then(|| binding.to_owned());
    }
    let mut single = String::with_capacity(path.len());
    for c in decoded(path).chars() {
        if c != '/' || !single.ends_with('/') {
            single.push(c);
        }
    }
    if is_binding(&single) {
        return Some(binding.to_owned());
    }
    (single != path).then_some(single)
}

/// The path without escapes of characters that need none (RFC 3986 §2.3). The others stay as they are.
fn decoded(path: &str) -> String {
    let mut parts = path.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.map(char::from) {
            Some(c) if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~') => {
                text.push(c);
                text.push_str(&part[2..]);
            }
            _ => text.extend(["%", part]),
        }
    }
    text
}

pub(super) fn normalize_path(request: &mut ServiceRequest) {
    let Some(mut path) = normalized(request.path()) else { return };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_as_the_router_sees_it() {
        for (path, expected) in [
            ("/__sim/api/events/%73tream", Some("/__sim/api/events/stream")),
            ("/%6eicepay/direct/v2/payment", Some("/nicepay/direct/v2/payment")),
            ("/%6Eicepay//direct", Some("/nicepay/direct")),
            ("/nicepay/v2/useraccountbinding", Some("/nicepay/v2/userAccountBinding")),
            ("/a%2Fb%20%zz%", None),
            ("/a/b", None),
        ] {
            assert_eq!(normalized(path).as_deref(), expected, "{path}");
        }
    }
}
