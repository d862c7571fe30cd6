//! How a page is answered: the same headers on all.

use actix_web::HttpResponse;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::{StatusCode, header};
use askama::Template;
use url::{Host, Url};

/// A page. Nothing from anywhere else, no inline script or style, forms to ourselves only.
pub fn page(status: StatusCode, page: &impl Template, cookies: Vec<Cookie<'static>>) -> HttpResponse {
    respond(status, page, cookies, &policy(""))
}

/// A page whose script asks our own server whether anything has changed.
pub fn live_page(status: StatusCode, page: &impl Template, cookies: Vec<Cookie<'static>>) -> HttpResponse {
    respond(status, page, cookies, &format!("{}; connect-src 'self'", policy("")))
}

/// A page whose form goes to `url`, which may be somebody else's: the one exception from the rule of [`page`].
///
/// Chromium holds the policy against every redirect that follows, and a shop may well send the browser on to another of
/// its origins. So any web address may follow the one that is named; the page has no other form.
pub fn page_posting_to(
    status: StatusCode,
    page: &impl Template,
    cookies: Vec<Cookie<'static>>,
    url: &str,
) -> HttpResponse {
    respond(status, page, cookies, &policy(&format!("{} http: https:", source(url))))
}

fn policy(also_forms_to: &str) -> String {
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'{also_forms_to}; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}

/// A URL's origin as a policy names it, after a blank; empty for what is no web address.
fn source(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return String::new() };
    match (url.scheme(), url.host()) {
        // A policy has no way to write such a host.
        (_, Some(Host::Ipv6(_))) => String::new(),
        // A host cannot hold what would end the directive, but for `;` and `,`, which no name has.
        ("http" | "https", Some(host)) if !host.to_string().contains([';', ',', '\'', '*']) => {
            format!(" {}", url.origin().ascii_serialization())
        }
        _ => String::new(),
    }
}

fn respond(status: StatusCode, page: &impl Template, cookies: Vec<Cookie<'static>>, policy: &str) -> HttpResponse {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            return HttpResponse::InternalServerError().finish();
        }
    };
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

/// A cookie for the pages below `path`, out of reach of scripts and of other sites.
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
    fn a_policy_names_one_origin_more_and_nothing_else() {
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
            assert_eq!(source(url), expected, "{url}");
        }
        assert!(policy(" http://shop.test").contains("; form-action 'self' http://shop.test; base-uri"));
    }
}
