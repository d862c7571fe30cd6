//! What is said instead of a form.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Partner;
use super::browser::Browser;
use super::frame::{Frame, Page, Purpose, WayBack};
use super::lender::Lender;
use super::link_target::LinkTarget;
use super::text::Text;
use crate::diagnosis::Slug;
use crate::page::{Lang, Sign, page};
use crate::paths;

/// Why there is no form to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// No payment belongs to this link.
    LinkUnknown,
    /// The link was not used in time.
    LinkExpired,
    /// The payment is paid.
    AlreadyPaid,
    /// The same, and everything was given back.
    Refunded,
    /// The shopper has to sign in again.
    SessionEnded,
    /// The same, as every code was entered wrongly too often.
    CodesUsedUp,
    /// The same, as the last code has expired.
    CodesExpired,
    /// The browser sent something no page of ours sends.
    BadRequest,
    /// A bug of ours.
    Broken,
}

impl Notice {
    /// The word in `data-notice`, which browser tests read.
    fn slug(self) -> &'static str {
        match self {
            Self::LinkUnknown => "link-unknown",
            Self::LinkExpired => "link-expired",
            Self::AlreadyPaid | Self::Refunded => "already-paid",
            Self::SessionEnded | Self::CodesUsedUp | Self::CodesExpired => "session-ended",
            Self::BadRequest => "bad-request",
            Self::Broken => "broken",
        }
    }

    fn sign(self) -> Sign {
        match self {
            Self::AlreadyPaid => Sign::Tick,
            Self::Refunded => Sign::GivenBack,
            Self::LinkExpired | Self::SessionEnded | Self::CodesUsedUp | Self::CodesExpired => Sign::Clock,
            Self::LinkUnknown | Self::BadRequest => Sign::Mark,
            Self::Broken => Sign::Fault,
        }
    }

    /// The heading.
    fn title(self, text: &Text) -> &'static str {
        match self {
            Self::LinkUnknown => text.link_unknown_title,
            Self::LinkExpired => text.link_expired_title,
            Self::AlreadyPaid => text.already_paid_title,
            Self::Refunded => text.refunded_title,
            Self::SessionEnded => text.session_ended_title,
            Self::CodesUsedUp => text.codes_used_up_title,
            Self::CodesExpired => text.codes_expired_title,
            Self::BadRequest => text.bad_request_title,
            Self::Broken => text.broken_title,
        }
    }

    /// What happened and what to do now.
    fn lead(self, text: &Text) -> &'static str {
        match self {
            Self::LinkUnknown => text.link_unknown_lead,
            Self::LinkExpired => text.link_expired_lead,
            Self::AlreadyPaid => text.already_paid_lead,
            Self::Refunded => text.refunded_lead,
            Self::SessionEnded => text.session_ended_lead,
            Self::CodesUsedUp | Self::CodesExpired => text.codes_over_lead,
            Self::BadRequest => text.bad_request_lead,
            Self::Broken => text.broken_lead,
        }
    }
}

/// A page that says why there is no form.
#[derive(Debug, Template)]
#[template(path = "partner/notice.html")]
struct NoticePage<'a> {
    /// The language of the page.
    lang: Lang,
    /// Whose page it is.
    lender: Lender,
    /// What happened.
    notice: Notice,
    /// The page where it happened, one of those in `paths`, for the language switch.
    here: &'static str,
    /// The token of the payment link, when there is one to keep.
    tk: Option<&'a str>,
    /// The gateway's return address and what is behind it, when it is over.
    way_back: Option<(&'a str, WayBack)>,
    /// The result page with its receipt, when there is one to look at again.
    receipt_url: Option<&'a str>,
    /// The sign-in page, when signing in again helps.
    signin_url: Option<&'a str>,
}

impl Page for NoticePage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn lender(&self) -> Lender {
        self.lender
    }

    fn here(&self) -> &'static str {
        self.here
    }

    fn token(&self) -> Option<&str> {
        self.tk
    }

    fn step(&self) -> Option<(usize, &Frame<'_>)> {
        None
    }
}

/// Says in the log and in the header why a browser does not get what it asked for.
pub(super) fn because(mut response: HttpResponse, slug: Slug, sentence: &str) -> HttpResponse {
    tracing::info!(slug = slug.as_str(), sentence, "partner page refused");
    if let Ok(value) = HeaderValue::from_str(&format!("{slug}: {sentence}")) {
        response.headers_mut().insert(HeaderName::from_static(paths::DIAGNOSIS_HEADER), value);
    }
    response
}

/// A page that says why there is no form; with a way back to the merchant where it is over.
pub(super) fn notice(browser: &Browser, notice: Notice, here: &'static str, over: Option<&LinkTarget>) -> HttpResponse {
    let status = match notice {
        Notice::LinkUnknown => StatusCode::NOT_FOUND,
        Notice::LinkExpired => StatusCode::GONE,
        Notice::AlreadyPaid | Notice::Refunded => StatusCode::CONFLICT,
        Notice::SessionEnded | Notice::CodesUsedUp | Notice::CodesExpired => StatusCode::FORBIDDEN,
        Notice::BadRequest => StatusCode::BAD_REQUEST,
        Notice::Broken => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let return_url = over.map(|visited| visited.return_url(&browser.tk));
    let (signin_url, receipt_url) = (browser.url(paths::SIGN_IN), browser.url(paths::RESULT));
    let wants_sign_in =
        matches!(notice, Notice::SessionEnded | Notice::CodesUsedUp | Notice::CodesExpired | Notice::BadRequest);
    let shown = NoticePage {
        lang: browser.language.lang,
        lender: browser.lender,
        notice,
        here,
        tk: (!browser.tk.is_empty()).then_some(browser.tk.as_str()),
        way_back: return_url.as_deref().zip(over.map(LinkTarget::way_back)),
        receipt_url: matches!(notice, Notice::AlreadyPaid | Notice::Refunded).then_some(receipt_url.as_str()),
        signin_url: wants_sign_in.then_some(signin_url.as_str()),
    };
    let (slug, sentence) = match notice {
        Notice::LinkUnknown => {
            (Slug::PAGE_UNKNOWN_LINK, "no payment has this link; was the simulator restarted or reset?")
        }
        Notice::LinkExpired => (Slug::PAGE_EXPIRED, "the payment's time is up"),
        Notice::AlreadyPaid | Notice::Refunded => (Slug::PAGE_DECIDED, "the payment is decided already"),
        Notice::SessionEnded => (Slug::PAGE_OTHER_SESSION, "another browser signed in, or this one never did"),
        Notice::CodesUsedUp => {
            (Slug::PAGE_OTP_USED_UP, "every code was entered wrongly too often, and no more can be sent")
        }
        Notice::CodesExpired => (Slug::PAGE_OTP_EXPIRED, "the last code has expired, and no more can be sent"),
        Notice::BadRequest => (Slug::PAGE_BAD_FORM, "the form could not be read"),
        Notice::Broken => (Slug::PAGE_BUG, "this is a bug in nicepay-sim"),
    };
    because(page(status, &shown, browser.cookies()), slug, sentence)
}

/// What a bug of ours looks like to a customer of the lender with this slug.
pub fn broken(slug: &str) -> HttpResponse {
    let shown = NoticePage {
        lang: Lang::Id,
        lender: Lender::of_slug(slug).unwrap_or(Lender::Kredivo),
        notice: Notice::Broken,
        here: paths::SIGN_IN,
        tk: None,
        way_back: None,
        receipt_url: None,
        signin_url: None,
    };
    page(StatusCode::INTERNAL_SERVER_ERROR, &shown, Vec::new())
}

/// An address of the partner's that has no page.
pub(super) async fn no_such_page(request: HttpRequest, _partner: web::Data<Partner>) -> HttpResponse {
    notice(&Browser::of(&request), Notice::LinkUnknown, paths::SIGN_IN, None)
}
