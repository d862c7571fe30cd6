//! The page that a browser gets instead of a form: what happened, and what the customer can do.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::diagnosis::Slug;
use crate::page::{Icon, Lang, page as render};
use crate::partner::Partner;
use crate::partner::browser::Browser;
use crate::partner::frame::{Frame, Page, Purpose, ReturnTo};
use crate::partner::lender::Lender;
use crate::partner::link_target::LinkTarget;
use crate::paths;

/// Why there is no form to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::partner) enum ErrorKind {
    /// No payment belongs to this link.
    LinkUnknown,
    /// The link was not used in time.
    LinkExpired,
    /// The payment is paid.
    AlreadyPaid,
    /// The payment is paid and refunded.
    Refunded,
    /// The shopper has to sign in again.
    SessionEnded,
    /// The last OTP was entered wrongly too often.
    CodesUsedUp,
    /// The last OTP has expired.
    CodesExpired,
    /// The form could not be read.
    BadRequest,
    /// A bug in the simulator.
    Bug,
}

impl ErrorKind {
    /// The word in `data-notice`, which browser tests read.
    fn slug(self) -> &'static str {
        match self {
            Self::LinkUnknown => "link-unknown",
            Self::LinkExpired => "link-expired",
            Self::AlreadyPaid | Self::Refunded => "already-paid",
            Self::SessionEnded | Self::CodesUsedUp | Self::CodesExpired => "session-ended",
            Self::BadRequest => "bad-request",
            Self::Bug => "broken",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::AlreadyPaid => Icon::Tick,
            Self::Refunded => Icon::Refund,
            Self::LinkExpired | Self::SessionEnded | Self::CodesUsedUp | Self::CodesExpired => Icon::Clock,
            Self::LinkUnknown | Self::BadRequest => Icon::Info,
            Self::Bug => Icon::Error,
        }
    }

    /// The heading, and the sentence below it: what happened and what to do.
    fn texts(self, lang: Lang) -> [&'static str; 2] {
        let (en, id) = match self {
            Self::LinkUnknown => (
                ["Unknown link", "This link is not valid. Start again from the shop."],
                ["Tautan tidak dikenal", "Tautan ini tidak berlaku. Mulai lagi dari toko."],
            ),
            Self::LinkExpired => (
                ["This link has expired", "Start again from the shop."],
                ["Tautan sudah kedaluwarsa", "Silakan mulai lagi dari toko."],
            ),
            Self::AlreadyPaid => (
                ["This payment is complete", "This payment has already been processed. You do not need to pay again."],
                ["Pembayaran sudah selesai", "Pembayaran ini sudah diproses. Anda tidak perlu membayar lagi."],
            ),
            Self::Refunded => (
                [
                    "Payment refunded",
                    "The shop cancelled this order and refunded the payment. You will not be charged.",
                ],
                [
                    "Dana dikembalikan",
                    "Toko membatalkan pesanan ini dan mengembalikan dananya. Anda tidak akan ditagih.",
                ],
            ),
            Self::SessionEnded => (
                ["Your session has ended", "For your security, please sign in again to continue."],
                ["Sesi Anda berakhir", "Demi keamanan, silakan masuk kembali untuk melanjutkan."],
            ),
            Self::CodesUsedUp => (
                ["Too many wrong codes", "Sign in again to get a new code."],
                ["Terlalu banyak kode salah", "Masuk lagi untuk mendapat kode baru."],
            ),
            Self::CodesExpired => (
                ["The code has expired", "Sign in again to get a new code."],
                ["Masa berlaku kode sudah habis", "Masuk lagi untuk mendapat kode baru."],
            ),
            Self::BadRequest => (
                [
                    "The form could not be read",
                    "The form data is incomplete or invalid. Go back to the previous page and try again.",
                ],
                [
                    "Formulir tidak dapat dibaca",
                    "Data formulir tidak lengkap atau tidak valid. Kembali ke halaman sebelumnya, lalu coba lagi.",
                ],
            ),
            Self::Bug => (
                ["Something went wrong", "This is an error in the simulator. See its log for details."],
                ["Terjadi kesalahan", "Ini kesalahan pada simulator. Rinciannya ada di log simulator."],
            ),
        };
        lang.t(en, id)
    }
}

#[derive(Debug, Template)]
#[template(path = "partner/error_page.html")]
struct ErrorPage<'a> {
    /// The language of the page.
    lang: Lang,
    lender: Lender,
    error: ErrorKind,
    /// The page where it happened, one of those in `paths`, for the language switch.
    here: &'static str,
    /// The token of the payment link, when there is one to keep.
    tk: Option<&'a str>,
    /// The gateway's return address and what it leads to, when the payment is final.
    return_to: Option<(&'a str, ReturnTo)>,
    /// The result page, when it has a receipt.
    receipt_url: Option<&'a str>,
    /// The sign-in page, when signing in again helps.
    signin_url: Option<&'a str>,
}

impl Page for ErrorPage<'_> {
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

/// Adds the diagnosis to the answer and to the log: why the browser does not get the page it asked for.
pub(in crate::partner) fn with_diagnosis(mut response: HttpResponse, slug: Slug, sentence: &str) -> HttpResponse {
    tracing::info!(slug = slug.as_str(), sentence, "partner page refused");
    if let Ok(value) = HeaderValue::from_str(&format!("{slug}: {sentence}")) {
        response.headers_mut().insert(HeaderName::from_static(paths::DIAGNOSIS_HEADER), value);
    }
    response
}

/// The error page. `ended` is the payment or binding that is final: the page then leads back to the merchant.
pub(in crate::partner) fn error_page(
    browser: &Browser,
    error: ErrorKind,
    here: &'static str,
    ended: Option<&LinkTarget>,
) -> HttpResponse {
    let status = match error {
        ErrorKind::LinkUnknown => StatusCode::NOT_FOUND,
        ErrorKind::LinkExpired => StatusCode::GONE,
        ErrorKind::AlreadyPaid | ErrorKind::Refunded => StatusCode::CONFLICT,
        ErrorKind::SessionEnded | ErrorKind::CodesUsedUp | ErrorKind::CodesExpired => StatusCode::FORBIDDEN,
        ErrorKind::BadRequest => StatusCode::BAD_REQUEST,
        ErrorKind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let return_url = ended.map(|target| target.return_url(&browser.tk));
    let (signin_url, receipt_url) = (browser.url(paths::SIGN_IN), browser.url(paths::RESULT));
    let can_sign_in = matches!(
        error,
        ErrorKind::SessionEnded | ErrorKind::CodesUsedUp | ErrorKind::CodesExpired | ErrorKind::BadRequest
    );
    let page = ErrorPage {
        lang: browser.language.lang,
        lender: browser.lender,
        error,
        here,
        tk: (!browser.tk.is_empty()).then_some(browser.tk.as_str()),
        return_to: return_url.as_deref().zip(ended.map(LinkTarget::return_to)),
        receipt_url: matches!(error, ErrorKind::AlreadyPaid | ErrorKind::Refunded).then_some(receipt_url.as_str()),
        signin_url: can_sign_in.then_some(signin_url.as_str()),
    };
    let (slug, sentence) = match error {
        ErrorKind::LinkUnknown => {
            (Slug::PAGE_UNKNOWN_LINK, "no payment has this link; the simulator may have been restarted or reset")
        }
        ErrorKind::LinkExpired => (Slug::PAGE_EXPIRED, "the payment's time is up"),
        ErrorKind::AlreadyPaid | ErrorKind::Refunded => (Slug::PAGE_DECIDED, "the payment is already final"),
        ErrorKind::SessionEnded => (Slug::PAGE_OTHER_SESSION, "another browser signed in, or this one never did"),
        ErrorKind::CodesUsedUp => {
            (Slug::PAGE_OTP_USED_UP, "the last OTP was entered wrongly too often, and no more can be sent")
        }
        ErrorKind::CodesExpired => (Slug::PAGE_OTP_EXPIRED, "the last OTP has expired, and no more can be sent"),
        ErrorKind::BadRequest => (Slug::PAGE_BAD_FORM, "the form could not be read"),
        ErrorKind::Bug => (Slug::PAGE_BUG, "this is a bug in nicepay-sim"),
    };
    with_diagnosis(render(status, &page, browser.cookies()), slug, sentence)
}

/// The page for a bug in the simulator, on the pages of the lender with this slug.
pub fn bug_page(slug: &str) -> HttpResponse {
    let page = ErrorPage {
        lang: Lang::Id,
        lender: Lender::from_slug(slug).unwrap_or(Lender::Kredivo),
        error: ErrorKind::Bug,
        here: paths::SIGN_IN,
        tk: None,
        return_to: None,
        receipt_url: None,
        signin_url: None,
    };
    render(StatusCode::INTERNAL_SERVER_ERROR, &page, Vec::new())
}

/// The page for an unknown address below a lender's folder.
pub(in crate::partner) async fn unknown_page(request: HttpRequest, _partner: web::Data<Partner>) -> HttpResponse {
    error_page(&Browser::from_request(&request), ErrorKind::LinkUnknown, paths::SIGN_IN, None)
}
