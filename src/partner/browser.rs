//! What a browser says about itself: which payment, which language, which session; and what its form contains.

use std::borrow::Cow;

use actix_web::cookie::Cookie;
use actix_web::{HttpRequest, web};
use url::form_urlencoded;

use super::Partner;
use super::lender::Lender;
use super::text::Text;
use super::time::of_day;
use crate::body::{self, BodyError, BodyLimits};
use crate::page::{self, Language};
use crate::paths;

/// No form of ours is larger.
const LARGEST_FORM: usize = 16 * 1024;

/// One browser at one page.
pub(super) struct Browser {
    /// Below whose folder it is.
    pub(super) lender: Lender,
    /// The link's secret.
    pub(super) tk: String,
    pub(super) language: Language,
    /// What it was given when it signed in to this payment.
    pub(super) session: Option<String>,
}

impl Browser {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let lender = Lender::of_path(request.path()).unwrap_or(Lender::Kredivo);
        let tk = form_urlencoded::parse(request.query_string().as_bytes())
            .find(|(name, _)| name == "tk")
            .map(|(_, tk)| tk)
            .map(Cow::into_owned)
            .unwrap_or_default();
        let session = request.cookie(&session_name(&tk)).map(|cookie| cookie.value().to_owned());
        Self { lender, tk, language: Language::of(request), session }
    }

    /// The words of its language.
    pub(super) fn text(&self) -> &'static Text {
        Text::of(self.language.lang)
    }

    /// That the simulator's clock stands, and at what time, where it does: then no time passes, however long somebody
    /// waits.
    pub(super) fn standing_clock(&self, partner: &Partner) -> Option<String> {
        let clock = partner.engine.clock();
        clock.is_manual().then(|| self.text().clock_stands(&of_day(clock.now(), self.language.lang)))
    }

    /// The address of one of this lender's pages.
    pub(super) fn url(&self, page: &str) -> String {
        paths::partner_page(self.lender.slug(), page, &self.tk)
    }

    /// The cookies that this answer sets.
    pub(super) fn cookies(&self) -> Vec<Cookie<'static>> {
        self.language.cookies()
    }

    /// What the browser is to keep after signing in: a name per payment, so that two tabs can pay two orders.
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
        let limits = BodyLimits { bytes: LARGEST_FORM.min(partner.limits.bytes), ..partner.limits };
        let body = body::read(limits, request, payload).await?;
        Ok(Self(form_urlencoded::parse(&body).into_owned().collect()))
    }

    /// A field without the blanks around it; empty where it is missing.
    pub(super) fn field(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }
}
