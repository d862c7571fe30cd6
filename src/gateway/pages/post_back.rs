//! The page that returns the browser to the merchant with a form that submits itself (`docs/PROTOCOL.md` A-01).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use url::{Host, Url};

use super::frame::Page;
use crate::page::{Icon, Lang, page_posting_to};
use crate::paths;
use crate::protocol::Callback;

#[derive(Debug, Template)]
#[template(path = "gateway/post_back.html")]
pub(super) struct PostBackPage<'a> {
    lang: Lang,
    /// The merchant's callBackUrl.
    action: &'a str,
    /// The fields, in order.
    fields: &'a [(&'static str, String)],
    /// Whether browsers stop the form and warn the customer.
    is_stopped: bool,
}

impl<'a> PostBackPage<'a> {
    pub(super) fn new(lang: Lang, callback: &'a Callback, is_https: bool) -> Self {
        let is_stopped = is_https && is_insecure(&callback.address);
        Self { lang, action: &callback.address, fields: &callback.fields, is_stopped }
    }

    /// The answer: the page, with a policy that allows its form.
    pub(in crate::gateway) fn respond(&self) -> HttpResponse {
        page_posting_to(StatusCode::OK, self, Vec::new(), self.action)
    }

    /// The host that the form is sent to, for people.
    fn host(&self) -> String {
        let Ok(url) = Url::parse(self.action) else { return String::new() };
        let host = url.host_str().unwrap_or_default();
        url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// Whether a form to this URL is insecure for a page that came over https ("mixed form"): browsers trust plain http only
/// where it does not leave the machine.
fn is_insecure(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        url.scheme() == "http"
            && match url.host() {
                Some(Host::Domain(name)) => name != "localhost" && !name.ends_with(".localhost"),
                Some(Host::Ipv4(ip)) => !ip.is_loopback(),
                Some(Host::Ipv6(ip)) => !ip.is_loopback(),
                None => false,
            }
    })
}

impl Page for PostBackPage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    /// The page is not shown again: the callback would be sent twice.
    fn here(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_where_its_form_goes() {
        let fields = [("resultMsg", "\"><script>".to_owned()), ("tXid", "1".to_owned())];
        let action = "http://shop.test:81/back?a=1&b=\"";
        let page = PostBackPage { lang: Lang::Id, action, fields: &fields, is_stopped: false };
        let answer = page.respond();
        let policy = answer.headers().get("content-security-policy").unwrap().to_str().unwrap();
        assert!(policy.contains("; form-action 'self' http://shop.test:81 http: https:; "), "{policy}");
        let html = page.render().unwrap();
        assert!(html.contains("action=\"http://shop.test:81/back?a=1&#38;b=&#34;\""), "{html}");
        assert!(html.contains("name=\"resultMsg\" value=\"&#34;&#62;&#60;script&#62;\""), "{html}");
        assert!(html.contains("<strong class=\"host\">shop.test:81</strong>"), "{html}");
        assert!(html.contains("src=\"/nicepay/assets/return.js\" defer"), "{html}");
        // Without the script the page asks for a click; the script replaces that text.
        assert!(html.contains("data-going=\"Anda sedang dialihkan ke\">Tekan tombol di bawah"), "{html}");
        assert!(!html.contains("lang-switch"));
    }

    #[test]
    fn a_form_to_this_machine_is_not_stopped() {
        for url in [
            "http://localhost:3000/",
            "http://a.localhost/",
            "http://127.0.0.1/",
            "http://[::1]/",
            "https://shop.test/",
        ] {
            assert!(!is_insecure(url), "{url}");
        }
        for url in ["http://shop.test/", "http://192.168.1.7/", "http://notlocalhost/"] {
            assert!(is_insecure(url), "{url}");
        }
    }
}
