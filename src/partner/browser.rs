//! The browser of a request: lender, payment link, language and session; and the fields of its form.

use std::borrow::Cow;

use actix_web::cookie::Cookie;
use actix_web::{HttpRequest, web};
use url::form_urlencoded;

use super::lender::Lender;
use super::time::time_of_day;
use super::{Partner, text};
use crate::body::{self, BodyError, BodyLimits};
use crate::page::{self, Lang, Language};
use crate::paths;

/// The maximum size of a form, in bytes.
const MAX_FORM: usize = 16 * 1024;

pub(super) struct Browser {
    /// The lender in the request's path.
    pub(super) lender: Lender,
    /// The secret of the payment link.
    pub(super) tk: String,
    pub(super) language: Language,
    /// The secret that the browser got when it signed in to this payment.
    pub(super) session: Option<String>,
}

impl Browser {
    pub(super) fn from_request(request: &HttpRequest) -> Self {
        let lender = Lender::from_path(request.path()).unwrap_or(Lender::Kredivo);
        let tk = form_urlencoded::parse(request.query_string().as_bytes())
            .find(|(name, _)| name == "tk")
            .map(|(_, tk)| tk)
            .map(Cow::into_owned)
            .unwrap_or_default();
        let session = request.cookie(&session_name(&tk)).map(|cookie| cookie.value().to_owned());
        Self { lender, tk, language: Language::from_request(request), session }
    }

    pub(super) fn lang(&self) -> Lang {
        self.language.lang
    }

    /// A note that the simulator's clock is stopped, if it is: a customer who has to wait must know that waiting does
    /// not help.
    pub(super) fn stopped_clock_note(&self, partner: &Partner) -> Option<String> {
        let clock = partner.engine.clock();
        clock.is_manual().then(|| text::clock_stopped(&time_of_day(clock.now(), self.lang()), self.lang()))
    }

    /// The address of one of this lender's pages.
    pub(super) fn url(&self, page: &str) -> String {
        paths::partner_page(self.lender.slug(), page, &self.tk)
    }

    /// The cookies of every answer.
    pub(super) fn cookies(&self) -> Vec<Cookie<'static>> {
        self.language.cookies()
    }

    /// The cookie of a session. Its name depends on the payment, so that two tabs can pay two orders.
    pub(super) fn session_cookie(&self, session: &str) -> Cookie<'static> {
        page::cookie(session_name(&self.tk), session.to_owned(), &paths::partner(self.lender.slug()), 1)
    }
}

fn session_name(tk: &str) -> String {
    let head: String = tk.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    format!("sim_session_{head}")
}

/// The fields of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) async fn read(
        partner: &Partner,
        request: &HttpRequest,
        payload: web::Payload,
    ) -> Result<Self, BodyError> {
        let limits = BodyLimits { bytes: MAX_FORM.min(partner.limits.bytes), ..partner.limits };
        let body = body::read(limits, request, payload).await?;
        Ok(Self(form_urlencoded::parse(&body).into_owned().collect()))
    }

    /// A field, trimmed; empty if it is missing.
    pub(super) fn field(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }
}
