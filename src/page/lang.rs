//! The language of a page: what the customer chose, else what was remembered, else what the browser prefers.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::http::header;
use url::form_urlencoded;

use super::respond::cookie;
pub use crate::language::Lang;

/// Remembers the chosen language.
const COOKIE: &str = "sim_lang";

impl Lang {
    /// The words around every page.
    pub fn common(self) -> &'static Common {
        match self {
            Self::Id => &ID,
            Self::En => &EN,
        }
    }

    /// The language a browser prefers; Indonesian when it names neither of ours.
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
    /// Which.
    pub lang: Lang,
    /// Whether it was just chosen, and is to be remembered.
    chosen: bool,
}

impl Language {
    /// What a browser asks for: `?lang=`, the cookie, `Accept-Language`.
    pub fn of(request: &HttpRequest) -> Self {
        let chosen = form_urlencoded::parse(request.query_string().as_bytes())
            .find(|(name, _)| name == "lang")
            .and_then(|(_, code)| Lang::from_code(&code));
        let remembered = || request.cookie(COOKIE).and_then(|cookie| Lang::from_code(cookie.value()));
        let preferred = || {
            let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            Lang::from_accept_language(header.unwrap_or_default())
        };
        Self { lang: chosen.or_else(remembered).unwrap_or_else(preferred), chosen: chosen.is_some() }
    }

    /// The language, if it was just chosen.
    pub fn chosen(self) -> Option<Lang> {
        self.chosen.then_some(self.lang)
    }

    /// What remembers it, if it was just chosen: on every page of ours, whosever it is.
    pub fn cookies(self) -> Vec<Cookie<'static>> {
        self.chosen().map(|lang| cookie(COOKIE.to_owned(), lang.code().to_owned(), "/", 365 * 24)).into_iter().collect()
    }
}

/// The words around every page.
#[derive(Debug)]
pub struct Common {
    /// The name of the language, in itself.
    pub language_name: &'static str,
    /// That no money moves here.
    pub simulator_mark: &'static str,
    /// Stands behind a brand.
    pub simulated: &'static str,
    /// For keyboards and screen readers.
    pub skip_to_content: &'static str,
    /// Who made this page: what stands before the program's name, and after it.
    pub footer: [&'static str; 2],
    /// Stands before the title of a page that tells a mistake.
    pub error_prefix: &'static str,
}

const ID: Common = Common {
    language_name: "Indonesia",
    simulator_mark: "SIMULATOR — bukan uang sungguhan",
    simulated: "(simulasi)",
    skip_to_content: "Langsung ke isi halaman",
    footer: [
        "Halaman ini disimulasikan oleh",
        "di komputer ini untuk keperluan pengujian. Jangan masukkan nomor HP atau PIN asli Anda.",
    ],
    error_prefix: "Gagal",
};

const EN: Common = Common {
    language_name: "English",
    simulator_mark: "SIMULATOR — no real money",
    simulated: "(simulated)",
    skip_to_content: "Skip to the content",
    footer: ["This page is simulated by", "on this computer, for testing. Do not enter a real phone number or PIN."],
    error_prefix: "Error",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_s_favourite_wins() {
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
