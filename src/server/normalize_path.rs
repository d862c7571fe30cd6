//! Rewrites paths that clients write differently from the documents.

use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;

use crate::endpoints::Endpoint;

/// The path as the simulator serves it; `None` when it needs no change. The Python client's cloud address has
/// `…/nicepay//direct/…` (`docs/PROTOCOL.md` §2.0). The documents write the path of account bindings in lower case
/// (`docs/PROTOCOL.md` A-16).
fn normalized(path: &str) -> Option<String> {
    let binding = Endpoint::Binding.path();
    let is_binding = |path: &str| path != binding && path.eq_ignore_ascii_case(binding);
    if !path.contains("//") {
        return is_binding(path).then(|| binding.to_owned());
    }
    let mut single = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !single.ends_with('/') {
            single.push(c);
        }
    }
    Some(if is_binding(&single) { binding.to_owned() } else { single })
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
