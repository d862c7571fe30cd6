//! Style sheets, scripts and the favicon, compiled in.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use actix_web::http::header::{self, EntityTag, IfNoneMatch};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

/// Answers with a file that pages load. A browser asks each time whether it has changed, and gets it only then.
pub fn asset<C>(request: &HttpRequest, content_type: &'static str, content: &'static C) -> HttpResponse
where
    C: AsRef<[u8]> + ?Sized,
{
    let content = content.as_ref();
    let tag = tag(content);
    let is_known = match request.get_header::<IfNoneMatch>() {
        Some(IfNoneMatch::Any) => true,
        Some(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag)),
        None => false,
    };
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::CACHE_CONTROL, "no-cache")).insert_header((header::ETAG, tag));
    if is_known {
        return response.finish();
    }
    response
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(content)
}

/// Another content has another tag. That a tag may change with the compiler does no harm.
fn tag(content: &[u8]) -> EntityTag {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    EntityTag::new_strong(format!("{:016x}", hasher.finish()))
}

/// The favicon.
pub async fn favicon(request: HttpRequest) -> HttpResponse {
    asset(&request, "image/svg+xml", include_str!("../../static/favicon.svg"))
}
