//! What is said where there is no page.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Frame;
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::nicepay::Asked;
use crate::page::{Lang, live_page};

/// Why.
#[derive(Clone, Debug)]
pub(in crate::demo) enum Notice {
    NoPage,
    NoProduct,
    NoOrder,
    Quantity,
    Phone,
    BadForm,
    TooLarge,
    OtherSite,
    WrongVerb,
    NotLinked,
    /// NICEPAY refused, or was not there: its code and text, and what a simulator says about it.
    Gateway {
        code: String,
        message: String,
        why: String,
    },
}

#[derive(Template)]
#[template(path = "demo/notice.html")]
struct NoticePage {
    frame: Frame,
    slug: &'static str,
    title: &'static str,
    lead: &'static str,
    gateway: Option<(String, String, String)>,
}

impl Notice {
    /// NICEPAY's no.
    pub(in crate::demo) fn of(asked: &Asked) -> Self {
        match &asked.answer {
            Ok(answer) => Self::Gateway {
                code: answer.text("resultCd").to_owned(),
                message: answer.text("resultMsg").to_owned(),
                why: answer.diagnosis.clone().unwrap_or_default(),
            },
            Err(trouble) => Self::Gateway { code: String::new(), message: trouble.to_string(), why: String::new() },
        }
    }

    fn slug(&self) -> &'static str {
        match self {
            Self::NoPage => "no-page",
            Self::NoProduct => "no-product",
            Self::NoOrder => "no-order",
            Self::Quantity => "quantity",
            Self::Phone => "phone",
            Self::BadForm => "bad-form",
            Self::TooLarge => "too-large",
            Self::OtherSite => "other-site",
            Self::WrongVerb => "wrong-verb",
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
            Self::WrongVerb => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotLinked => StatusCode::CONFLICT,
            Self::Gateway { .. } => StatusCode::BAD_GATEWAY,
        }
    }

    fn words(&self, lang: Lang) -> [&'static str; 2] {
        let [id, en] = match self {
            Self::NoPage => [
                ["Halaman tidak ada", "Alamat ini tidak menuju ke mana pun di toko kami."],
                ["There is no such page", "This address leads nowhere in our shop."],
            ],
            Self::NoProduct => [
                ["Barang tidak ada", "Kami tidak menjual barang itu."],
                ["There is no such product", "We do not sell that."],
            ],
            Self::NoOrder => [
                [
                    "Pesanan tidak ada",
                    "Tidak ada pesanan Anda dengan nomor itu. Toko ini hanya mengingat sampai ia dimulai ulang.",
                ],
                [
                    "There is no such order",
                    "You have no order of that number. This shop remembers only until it is started again.",
                ],
            ],
            Self::Quantity => [
                ["Jumlahnya tidak bisa", "Satu pesanan berisi satu sampai sembilan buah."],
                ["That is no quantity", "An order is for one to nine pieces."],
            ],
            Self::Phone => [
                ["Nomor HP tidak bisa dibaca", "Tulis nomor HP akun Kredivo, misalnya 081291891818."],
                ["That is no phone number", "Write the phone number of the Kredivo account, such as 081291891818."],
            ],
            Self::BadForm => [
                ["Formulir tidak terbaca", "Kembali, lalu coba sekali lagi."],
                ["The form cannot be read", "Go back and try once more."],
            ],
            Self::TooLarge => [
                ["Terlalu besar", "Formulir toko ini tidak sebesar itu."],
                ["Too large", "No form of this shop is that large."],
            ],
            Self::OtherSite => [
                ["Bukan dari toko ini", "Formulir itu dikirim oleh halaman situs lain, jadi tidak ada yang dilakukan."],
                ["Not from this shop", "That form was sent by a page of another site, so nothing was done."],
            ],
            Self::WrongVerb => [
                ["Bukan begitu caranya", "Alamat ini hanya dipakai oleh tombol-tombol toko dan oleh NICEPAY."],
                ["Not that way", "This address is only used by the shop's own buttons, and by NICEPAY."],
            ],
            Self::NotLinked => [
                ["Akun tidak tertaut", "Akun Kredivo Anda tidak lagi tertaut. Bayar dengan masuk di Kredivo."],
                ["No account is linked", "Your Kredivo account is not linked any more. Pay by signing in at Kredivo."],
            ],
            Self::Gateway { .. } => [
                [
                    "NICEPAY tidak menyanggupi",
                    "Toko sudah bertanya, dan ini jawabannya. Tidak ada yang berubah; silakan coba lagi nanti.",
                ],
                [
                    "NICEPAY said no",
                    "The shop has asked, and this is the answer. Nothing has changed; please try again later.",
                ],
            ],
        };
        lang.t(en, id)
    }
}

/// The page that says it.
pub(in crate::demo) fn answer_on(demo: Option<&Demo>, browser: &Browser, notice: Notice) -> HttpResponse {
    let lang = browser.language.lang;
    let (slug, status, [title, lead]) = (notice.slug(), notice.status(), notice.words(lang));
    let gateway = match notice {
        Notice::Gateway { code, message, why } => Some((code, message, why)),
        _ => None,
    };
    let frame = Frame {
        lang,
        here: browser.here.clone(),
        done: Vec::new(),
        linked: false,
        clock_stands: demo.is_some_and(|demo| demo.clock.is_manual()),
        revision: 0,
    };
    live_page(status, &NoticePage { frame, slug, title, lead, gateway }, browser.cookies(), std::convert::identity)
}

/// The same, where nothing else is at hand.
pub(in crate::demo) fn answer(browser: &Browser, notice: Notice) -> HttpResponse {
    answer_on(None, browser, notice)
}

/// An address of the shop's that has no page.
pub(in crate::demo) async fn no_such_page(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    answer(&Browser::of(&demo, &request), Notice::NoPage)
}

/// An address that is asked for with the wrong verb.
pub(in crate::demo) fn wrong_verb(demo: &Demo, request: &HttpRequest, allowed: &'static str) -> HttpResponse {
    let mut response = answer(&Browser::of(demo, request), Notice::WrongVerb);
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}
