//! What a browser says about itself: which payment, which language, which session; and what its form contains.

use std::borrow::Cow;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header;
use actix_web::{HttpRequest, web};
use url::form_urlencoded;

use super::Partner;
use super::text::Lang;
use crate::body::{self, BodyLimits, NoBody};
use crate::paths;

/// Remembers the chosen language.
const LANGUAGE: &str = "sim_lang";
/// No form of ours is larger.
const LARGEST_FORM: usize = 16 * 1024;

/// One browser at one page.
pub(super) struct Browser {
    /// The link's secret.
    pub(super) tk: String,
    pub(super) lang: Lang,
    /// What it was given when it signed in to this payment.
    pub(super) session: Option<String>,
    /// Whether the language was just chosen, and is to be remembered.
    chose_language: bool,
}

impl Browser {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let query = |wanted: &str| {
            form_urlencoded::parse(request.query_string().as_bytes())
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value)
        };
        let tk = query("tk").map(Cow::into_owned).unwrap_or_default();
        let chosen = query("lang").and_then(|code| Lang::from_code(&code));
        let remembered = || request.cookie(LANGUAGE).and_then(|cookie| Lang::from_code(cookie.value()));
        let preferred = || {
            let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            Lang::from_accept_language(header.unwrap_or_default())
        };
        let session = request.cookie(&session_name(&tk)).map(|cookie| cookie.value().to_owned());
        let lang = chosen.or_else(remembered).unwrap_or_else(preferred);
        Self { tk, lang, session, chose_language: chosen.is_some() }
    }

    /// The cookies that this answer sets.
    pub(super) fn cookies(&self) -> Vec<Cookie<'static>> {
        if self.chose_language {
            vec![cookie(LANGUAGE.to_owned(), self.lang.code().to_owned(), 365 * 24)]
        } else {
            vec![]
        }
    }

    /// What the browser is to keep after signing in: a name per payment, so that two tabs can pay two orders.
    pub(super) fn session_cookie(&self, session: &str) -> Cookie<'static> {
        cookie(session_name(&self.tk), session.to_owned(), 1)
    }
}

fn session_name(tk: &str) -> String {
    let head: String = tk.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    format!("sim_session_{head}")
}

fn cookie(name: String, value: String, hours: i64) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(paths::PARTNER)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::hours(hours))
        .finish()
}

/// The fields of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) async fn read(partner: &Partner, request: &HttpRequest, payload: web::Payload) -> Result<Self, NoBody> {
        let limits = BodyLimits { bytes: LARGEST_FORM.min(partner.limits.bytes), ..partner.limits };
        let body = body::read(limits, request, payload).await?;
        Ok(Self(form_urlencoded::parse(&body).into_owned().collect()))
    }

    /// A field without the blanks around it; empty where it is missing.
    pub(super) fn field(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }
}
