//! The language of a page: the one just chosen, else the one in the cookie, else the one that the browser prefers.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::http::header;
use url::form_urlencoded;

use super::respond::cookie;
pub use crate::language::Lang;

/// The cookie with the chosen language.
const COOKIE: &str = "sim_lang";

impl Lang {
    /// The notice that no real money moves.
    pub fn simulator_mark(self) -> &'static str {
        self.t("SIMULATOR — no real money", "SIMULATOR — bukan uang sungguhan")
    }

    /// The language that a browser prefers; Indonesian if it names neither language.
    ///
    /// The highest `q` wins, the first of equals; `in` is the old tag for Indonesian, which some
    /// Android browsers still send. A `*` stands for Indonesian.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (Self::Id, 0.0);
        for item in header.split(',') {
            let mut parts = item.split(';').map(str::trim);
            let Some(lang) = parts.next().and_then(Self::from_range) else {
                continue;
            };
            let quality = parts.find_map(quality).unwrap_or(1.0);
            if quality > best.1 {
                best = (lang, quality);
            }
        }
        best.0
    }

    /// The language of one range such as `en-GB`.
    fn from_range(range: &str) -> Option<Self> {
        let primary = range.split('-').next()?;
        match primary.to_ascii_lowercase().as_str() {
            "id" | "in" | "*" => Some(Self::Id),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// The weight of a `q=` parameter.
fn quality(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    if name.trim().eq_ignore_ascii_case("q") { value.trim().parse().ok() } else { None }
}

/// The language of one request.
#[derive(Clone, Copy, Debug)]
pub struct Language {
    /// The language.
    pub lang: Lang,
    /// Whether it was just chosen with `?lang=`, so that a cookie must remember it.
    is_chosen: bool,
}

impl Language {
    /// The language of a request: from `?lang=`, the cookie, or `Accept-Language`.
    pub fn from_request(request: &HttpRequest) -> Self {
        let chosen = form_urlencoded::parse(request.query_string().as_bytes())
            .find(|(name, _)| name == "lang")
            .and_then(|(_, code)| Lang::from_code(&code));
        let remembered = || request.cookie(COOKIE).and_then(|cookie| Lang::from_code(cookie.value()));
        let preferred = || {
            let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            Lang::from_accept_language(header.unwrap_or_default())
        };
        Self { lang: chosen.or_else(remembered).unwrap_or_else(preferred), is_chosen: chosen.is_some() }
    }

    /// The language, if it was just chosen.
    pub fn chosen(self) -> Option<Lang> {
        self.is_chosen.then_some(self.lang)
    }

    /// The cookie that remembers it, if it was just chosen. It is valid on every page of the simulator.
    pub fn cookies(self) -> Vec<Cookie<'static>> {
        self.chosen().map(|lang| cookie(COOKIE.to_owned(), lang.code().to_owned(), "/", 365 * 24)).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_wins() {
        for (header, expected) in [
            ("", Lang::Id),
            ("en", Lang::En),
            ("en-GB,en;q=0.9,id;q=0.8", Lang::En),
            ("en;q=0.5, id-ID;q=0.8", Lang::Id),
            ("fr, en;q=0.3", Lang::En),
            ("de,fr", Lang::Id),
            ("EN-us", Lang::En),
            ("in-ID,en;q=0.9", Lang::Id),
            ("en;q=0", Lang::Id),
            ("id;q=0,en;q=0.1", Lang::En),
            ("en; q = 0.7 , id;q=0.2", Lang::En),
            (";;,=,q", Lang::Id),
        ] {
            assert_eq!(Lang::from_accept_language(header), expected, "{header:?}");
        }
    }
}
