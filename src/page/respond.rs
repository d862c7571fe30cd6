//! Answers with a page, with the same security headers for all pages.

use actix_web::HttpResponse;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::{StatusCode, header};
use askama::Template;
use url::{Host, Url};

/// A page. Its policy allows no content from other origins, no inline script or style, and no forms to other origins.
pub fn page(status: StatusCode, page: &impl Template, cookies: Vec<Cookie<'static>>) -> HttpResponse {
    respond(status, page, cookies, &policy(""))
}

/// A page with a form to `url`, which may be of another origin.
///
/// Chromium checks the policy for every redirect after the form, and a shop may redirect to another of its origins. So
/// the policy allows any web address; the page has no other form.
pub fn page_posting_to(
    status: StatusCode,
    page: &impl Template,
    cookies: Vec<Cookie<'static>>,
    url: &str,
) -> HttpResponse {
    respond(status, page, cookies, &policy(&format!("{} http: https:", policy_source(url))))
}

/// A page whose script may fetch from the simulator, and may share a worker with the other pages of its browser.
pub fn live_page(status: StatusCode, page: &impl Template, cookies: Vec<Cookie<'static>>) -> HttpResponse {
    respond(status, page, cookies, &format!("{}; connect-src 'self'; worker-src 'self'", policy("")))
}

fn policy(also_forms_to: &str) -> String {
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'{also_forms_to}; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}

/// A URL's origin in a policy, after a space; empty if it is not a web address.
fn policy_source(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return String::new() };
    match (url.scheme(), url.host()) {
        // A policy cannot contain an IPv6 host.
        (_, Some(Host::Ipv6(_))) => String::new(),
        // These characters would end the directive. No host name has them.
        ("http" | "https", Some(host)) if !host.to_string().contains([';', ',', '\'', '*']) => {
            format!(" {}", url.origin().ascii_serialization())
        }
        _ => String::new(),
    }
}

fn respond(status: StatusCode, page: &impl Template, cookies: Vec<Cookie<'static>>, policy: &str) -> HttpResponse {
    respond_rendered(page.render(), |html| html_response(status, html, cookies, policy))
}

/// Answers with a rendered template. A failure is logged and answered with 500.
pub fn respond_rendered(text: askama::Result<String>, respond: impl FnOnce(String) -> HttpResponse) -> HttpResponse {
    match text {
        Ok(text) => respond(text),
        Err(error) => {
            tracing::error!(%error, "a template could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn html_response(status: StatusCode, html: String, cookies: Vec<Cookie<'static>>, policy: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    for cookie in cookies {
        response.cookie(cookie);
    }
    response
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html)
}

/// A cookie for the pages below `path`. Scripts and other sites cannot read it.
pub fn cookie(name: String, value: String, path: &str, hours: i64) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(path.to_owned())
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::hours(hours))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_allows_one_more_origin() {
        for (url, expected) in [
            ("http://shop.test/thanks?order_id=1", " http://shop.test"),
            ("https://user:secret@SHOP.test:8443/a;b,c", " https://shop.test:8443"),
            ("http://127.0.0.1:3000/", " http://127.0.0.1:3000"),
            ("http://[::1]:3000/back", ""),
            ("https://b\u{fc}cher.test/", " https://xn--bcher-kva.test"),
            ("http://shop.test;script-src/", ""),
            ("http://*/", ""),
            ("javascript:alert(1)", ""),
            ("/relative", ""),
            ("", ""),
        ] {
            assert_eq!(policy_source(url), expected, "{url}");
        }
        assert!(policy(" http://shop.test").contains("; form-action 'self' http://shop.test; base-uri"));
    }
}
