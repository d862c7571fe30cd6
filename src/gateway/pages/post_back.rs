//! The page that returns the browser to the merchant with a form that submits itself (`docs/PROTOCOL.md` A-01).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use url::Url;

use super::frame::Page;
use crate::page::{Icon, Lang, page_posting_to};
use crate::paths;

#[derive(Debug, Template)]
#[template(path = "gateway/post_back.html")]
pub(super) struct PostBackPage<'a> {
    pub(super) lang: Lang,
    /// The merchant's callBackUrl.
    pub(super) action: &'a str,
    /// The fields, in order.
    pub(in crate::gateway) fields: &'a [(&'static str, String)],
}

impl PostBackPage<'_> {
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
        let page = PostBackPage { lang: Lang::Id, action: "http://shop.test:81/back?a=1&b=\"", fields: &fields };
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
}
