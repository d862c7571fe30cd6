//! The page for errors.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Frame;
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::nicepay::Call;
use crate::page::{Lang, live_page};

#[derive(Clone, Debug)]
pub(in crate::demo) enum ErrorKind {
    NoPage,
    NoProduct,
    NoOrder,
    /// The browser comes from before a reset.
    Reset,
    Quantity,
    Phone,
    BadForm,
    TooLarge,
    OtherSite,
    MethodNotAllowed,
    NotLinked,
    /// The simulator did not reset the merchant.
    StartOver {
        message: String,
    },
    /// NICEPAY refused a request, or did not respond. Only the simulator sends a diagnosis.
    Gateway {
        code: String,
        message: String,
        diagnosis: String,
    },
}

#[derive(Template)]
#[template(path = "demo/error_page.html")]
struct ErrorPage {
    frame: Frame,
    slug: &'static str,
    title: &'static str,
    lead: &'static str,
    gateway: Option<(String, String, String)>,
}

impl ErrorKind {
    /// A call that failed.
    pub(in crate::demo) fn from_call(call: &Call) -> Self {
        match &call.result {
            Ok(response) => Self::Gateway {
                code: response.text("resultCd").to_owned(),
                message: response.text("resultMsg").to_owned(),
                diagnosis: response.diagnosis.clone().unwrap_or_default(),
            },
            Err(error) => Self::Gateway { code: String::new(), message: error.to_string(), diagnosis: String::new() },
        }
    }

    fn slug(&self) -> &'static str {
        match self {
            Self::NoPage => "no-page",
            Self::NoProduct => "no-product",
            Self::NoOrder => "no-order",
            Self::Reset => "reset",
            Self::StartOver { .. } => "start-over",
            Self::Quantity => "quantity",
            Self::Phone => "phone",
            Self::BadForm => "bad-form",
            Self::TooLarge => "too-large",
            Self::OtherSite => "other-site",
            Self::MethodNotAllowed => "wrong-verb",
            Self::NotLinked => "not-linked",
            Self::Gateway { .. } => "gateway",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoPage | Self::NoProduct | Self::NoOrder => StatusCode::NOT_FOUND,
            Self::Quantity | Self::Phone | Self::BadForm => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::OtherSite => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotLinked => StatusCode::CONFLICT,
            Self::Reset => StatusCode::GONE,
            Self::StartOver { .. } | Self::Gateway { .. } => StatusCode::BAD_GATEWAY,
        }
    }

    /// The heading, and the sentence below it.
    fn texts(&self, lang: Lang) -> [&'static str; 2] {
        let (en, id) = match self {
            Self::NoPage => (
                ["Page not found", "The shop has no page at this address."],
                ["Halaman tidak ditemukan", "Toko ini tidak memiliki halaman di alamat tersebut."],
            ),
            Self::NoProduct => (
                ["Product not found", "We do not sell this product."],
                ["Produk tidak ditemukan", "Kami tidak menjual produk ini."],
            ),
            Self::NoOrder => (
                ["Order not found", "You have no order with this number."],
                ["Pesanan tidak ditemukan", "Anda tidak memiliki pesanan dengan nomor ini."],
            ),
            Self::Reset => (
                [
                    "The demo was reset",
                    "Earlier orders and linked accounts are gone, and the credit limits are full again. Begin with step 1.",
                ],
                [
                    "Demo telah di-reset",
                    "Pesanan dan akun terhubung sebelumnya sudah dihapus, dan limit kredit kembali penuh. Mulai dari \
                     langkah 1.",
                ],
            ),
            Self::StartOver { .. } => (
                ["The demo was not reset", "The simulator did not carry it out. Nothing has changed."],
                ["Demo tidak di-reset", "Simulator tidak menjalankannya. Tidak ada yang berubah."],
            ),
            Self::Quantity => (
                ["Invalid quantity", "An order has 1 to 9 pieces."],
                ["Jumlah tidak valid", "Satu pesanan berisi 1 sampai 9 buah."],
            ),
            Self::Phone => (
                ["Invalid phone number", "Enter the phone number of the Kredivo account, for example 081291891818."],
                ["Nomor HP tidak valid", "Masukkan nomor HP akun Kredivo, misalnya 081291891818."],
            ),
            Self::BadForm => (
                ["The form could not be read", "Go back and try again."],
                ["Formulir tidak dapat dibaca", "Kembali, lalu coba lagi."],
            ),
            Self::TooLarge => (
                ["Form too large", "The form is larger than this shop allows."],
                ["Formulir terlalu besar", "Ukuran formulir melebihi batas toko ini."],
            ),
            Self::OtherSite => (
                ["Request from another site", "A page of another site sent this form. Nothing was done."],
                [
                    "Permintaan dari situs lain",
                    "Formulir ini dikirim dari halaman situs lain. Tidak ada yang diproses.",
                ],
            ),
            Self::MethodNotAllowed => (
                ["Method not allowed", "Only the shop's buttons and NICEPAY use this address."],
                ["Metode tidak diizinkan", "Alamat ini hanya dipakai oleh tombol di toko dan oleh NICEPAY."],
            ),
            Self::NotLinked => (
                ["Account not linked", "Your Kredivo account is no longer linked. Pay with a login at Kredivo."],
                ["Akun tidak terhubung", "Akun Kredivo Anda tidak lagi terhubung. Bayar dengan login di Kredivo."],
            ),
            Self::Gateway { .. } => (
                ["NICEPAY request failed", "Nothing has changed. Try again later."],
                ["Permintaan ke NICEPAY gagal", "Tidak ada yang berubah. Coba lagi nanti."],
            ),
        };
        lang.t(en, id)
    }
}

/// The error page. With `demo`, it also shows whether the clock is stopped.
pub(in crate::demo) fn respond_with_clock(demo: Option<&Demo>, browser: &Browser, error: ErrorKind) -> HttpResponse {
    let lang = browser.language.lang;
    let (slug, status, [title, lead]) = (error.slug(), error.status(), error.texts(lang));
    let gateway = match error {
        ErrorKind::Gateway { code, message, diagnosis } => Some((code, message, diagnosis)),
        ErrorKind::StartOver { message } => Some((String::new(), message, String::new())),
        _ => None,
    };
    let frame = Frame {
        lang,
        url: browser.url.clone(),
        done: Vec::new(),
        is_linked: false,
        is_clock_stopped: demo.is_some_and(|demo| demo.clock.is_manual()),
        revision: 0,
        // The page of a reset says it itself.
        was_reset: false,
    };
    live_page(status, &ErrorPage { frame, slug, title, lead, gateway }, browser.cookies())
}

/// The error page.
pub(in crate::demo) fn respond(browser: &Browser, error: ErrorKind) -> HttpResponse {
    respond_with_clock(None, browser, error)
}

/// The page for an order that this browser does not have: after a reset it says so.
pub(in crate::demo) fn no_order(demo: &Demo, browser: &Browser) -> HttpResponse {
    respond(browser, if browser.lost_its_customer(demo) { ErrorKind::Reset } else { ErrorKind::NoOrder })
}

/// The page for an unknown address of the shop.
pub(in crate::demo) async fn unknown_page(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    respond(&Browser::arriving(&demo, &request).await, ErrorKind::NoPage)
}

/// The page for a method that an address does not have.
pub(in crate::demo) async fn method_not_allowed(
    demo: &Demo,
    request: &HttpRequest,
    allowed: &'static str,
) -> HttpResponse {
    let mut response = respond(&Browser::arriving(demo, request).await, ErrorKind::MethodNotAllowed);
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}
