//! Finds the URL of the payment page in what a merchant answers: HTML, JSON or text.

use url::Url;

/// What ends a URL in a text.
fn ends(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\' | '{' | '}' | '|')
}

/// The first URL with `/payment` in its path.
pub fn find(text: &str) -> Option<Url> {
    // As JSON and HTML write them.
    let text = text.replace("\\/", "/").replace("\\u0026", "&").replace("&amp;", "&").replace("&#38;", "&");
    let mut rest = text.as_str();
    while let Some(at) = rest.find("http") {
        rest = &rest[at..];
        if rest.starts_with("http://") || rest.starts_with("https://") {
            let url = &rest[..rest.find(ends).unwrap_or(rest.len())];
            if let Some(url) = Url::parse(url).ok().filter(|url| url.path().contains("/payment")) {
                return Some(url);
            }
        }
        rest = &rest["http".len()..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_url_is_found_in_every_kind_of_answer() {
        let url =
            "https://dev.nicepay.co.id/nicepay/direct/v2/payment?timeStamp=1&tXid=2&callBackUrl=http%3A%2F%2Fshop";
        let json = format!("{{\"dbProcessUrl\":\"http://shop/notify\",\"paymentUrl\":\"{url}\"}}");
        let php = json.replace('/', "\\/");
        let go = json.replace('&', "\\u0026");
        let html = format!("<a href=\"http://shop/\">x</a><a href='{}'>pay</a>", url.replace('&', "&amp;"));
        let text = format!("httpd: go to {url}\nbye");
        for (kind, answer) in [("json", &json), ("php", &php), ("go", &go), ("html", &html), ("text", &text)] {
            assert_eq!(find(answer).map(String::from).as_deref(), Some(url), "{kind}");
        }
        for other in
            ["", "https://", "http://shop/orders/1", "payment", "http://shop/?next=/payment", "ftp://a/payment"]
        {
            assert_eq!(find(other), None, "{other}");
        }
    }
}
