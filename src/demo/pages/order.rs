//! An order: what the shop knows, and says no more than that.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::behind::Behind;
use super::notice::{self, Notice};
use super::{Frame, leave, show as answer, tenor, time_of_day};
use crate::demo::browser::Browser;
use crate::demo::catalog::rupiah;
use crate::demo::chaos::Chaos;
use crate::demo::nicepay::Mode;
use crate::demo::orders::{Order, Stage};
use crate::demo::wire::status_word;
use crate::demo::{Demo, merchant};
use crate::page::Lang;
use crate::paths;

#[derive(Template)]
#[template(path = "demo/order.html")]
struct OrderPage {
    frame: Frame,
    order: Order,
    state: &'static str,
    title: &'static str,
    lead: String,
    total: String,
    paid_by: String,
    made_at: String,
    /// You are back before the notification: what the inquiry said.
    early: Option<String>,
    gateway: Option<(String, String, String)>,
    behind: Behind,
    is_final: bool,
}

impl OrderPage {
    fn may_pay(&self) -> bool {
        matches!(self.state, "waiting" | "abandoned")
    }

    fn may_check(&self) -> bool {
        matches!(self.state, "waiting" | "abandoned" | "under-review" | "paid" | "early" | "settling")
    }

    fn may_decide(&self) -> bool {
        self.state == "under-review"
    }

    fn may_buy_again(&self) -> bool {
        matches!(self.state, "rejected" | "expired" | "refused" | "unanswered" | "unknown" | "refunded")
    }
}

/// The word by which pages, tests and styles know a state.
pub(super) fn state(order: &Order, stage: &Stage) -> &'static str {
    match stage {
        Stage::Registering => "registering",
        Stage::Refused { .. } => "refused",
        Stage::Unanswered(_) => "unanswered",
        Stage::Waiting if order.returned_status() == "0" => "early",
        Stage::Waiting if order.is_abandoned() => "abandoned",
        Stage::Waiting if order.is_seamless() => "settling",
        Stage::Waiting => "waiting",
        Stage::Reviewing => "under-review",
        Stage::Paid { .. } => "paid",
        Stage::Rejected => "rejected",
        Stage::Expired => "expired",
        Stage::Refunded => "refunded",
        Stage::Unknown => "unknown",
    }
}

/// A state in a few words.
pub(super) fn title(state: &str, lang: Lang) -> &'static str {
    let [id, en] = match state {
        "registering" => ["Pesanan sedang didaftarkan", "Your order is being registered"],
        "refused" => ["NICEPAY tidak menerima pesanan ini", "NICEPAY did not take this order"],
        "unanswered" => ["NICEPAY tidak menjawab", "NICEPAY did not answer"],
        "early" => ["Anda kembali sebelum kabarnya tiba", "You are back before the news"],
        "abandoned" => ["Pembayaran dibatalkan", "You did not pay"],
        "settling" => ["Pembayaran sedang berjalan", "Your payment is on its way"],
        "waiting" => ["Menunggu pembayaran", "Waiting for your payment"],
        "under-review" => ["Sedang ditinjau Kredivo", "Kredivo is taking a look"],
        "paid" => ["Lunas, sedang dikemas", "Paid, and being packed"],
        "rejected" => ["Kredivo menolak pembayaran ini", "Kredivo rejected this payment"],
        "expired" => ["Waktunya habis", "Time is up"],
        "refunded" => ["Uang dikembalikan", "Your money was given back"],
        _ => ["NICEPAY tidak mengenal pesanan ini", "NICEPAY does not know this order"],
    };
    lang.t(en, id)
}

fn lead(state: &str, lang: Lang) -> &'static str {
    let [id, en] = match state {
        "registering" => ["Sebentar.", "One moment."],
        "refused" | "unanswered" => [
            "Tidak ada yang dibayar. Anda bisa memesan lagi; pesanan baru mendapat nomor baru.",
            "Nothing was paid. You can order again; a new order gets a new number.",
        ],
        "early" => [
            "Kami mengemas begitu notifikasi dari NICEPAY tiba. Alamat di browser bukan bukti pembayaran.",
            "We pack as soon as NICEPAY's notification arrives. An address in a browser proves no payment.",
        ],
        "abandoned" => [
            "Pesanan Anda masih kami simpan. Anda bisa mencoba lagi kapan saja selama 24 jam.",
            "We have kept your order. You can try again within 24 hours.",
        ],
        "settling" => [
            "Kredivo menagih akun Anda yang tertaut. Biasanya hanya beberapa detik.",
            "Kredivo charges your linked account. It takes a few seconds.",
        ],
        "waiting" => [
            "Belum ada kabar dari NICEPAY. Selesaikan pembayaran di Kredivo.",
            "We have not heard from NICEPAY. Please finish your payment at Kredivo.",
        ],
        "under-review" => [
            "Belum diputuskan, jadi belum kami kemas. Halaman ini berubah sendiri.",
            "It is not decided, so nothing is packed yet. This page changes by itself.",
        ],
        "paid" => [
            "Notifikasi sudah tiba dan NICEPAY membenarkannya. Terima kasih!",
            "The notification has arrived, and NICEPAY confirmed it when we asked. Thank you!",
        ],
        "rejected" => {
            ["Tidak ada yang ditagih dan tidak ada yang dikemas.", "Nothing was charged, and nothing was packed."]
        }
        "expired" => [
            "Pesanan yang tidak dibayar berakhir setelah 24 jam. Silakan pesan lagi.",
            "An unpaid order ends after 24 hours. Please order again.",
        ],
        "refunded" => ["Pesanan ini dibatalkan setelah dibayar.", "This order was cancelled after it was paid."],
        _ => [
            "Mungkin simulatornya dimulai ulang. Pesanan ini tidak bisa dibayar lagi; silakan pesan sekali lagi.",
            "Was the simulator reset? This order cannot be paid any more; please order once again.",
        ],
    };
    lang.t(en, id)
}

pub(in crate::demo) async fn show(
    demo: web::Data<Demo>,
    request: HttpRequest,
    reference_no: web::Path<String>,
) -> HttpResponse {
    let browser = Browser::of(&demo, &request);
    let lang = browser.language.lang;
    let page = demo.customers(|customers| {
        // Only of one's own: another customer's order does not exist.
        let customer = customers.get(browser.customer.as_ref()?)?;
        let order = customer.order(&reference_no)?.clone();
        let stage = order.stage_at(demo.now());
        let state = state(&order, &stage);
        let gateway = match &stage {
            Stage::Refused { code, message, why } => {
                Some((code.clone(), message.clone(), why.clone().unwrap_or_default()))
            }
            Stage::Unanswered(why) => Some((String::new(), why.clone(), String::new())),
            _ => None,
        };
        let frame = Frame::of(&demo, &browser, Some(customer));
        let lead = match &stage {
            Stage::Paid { at, .. } => format!("{} {}", lead(state, lang), time_of_day(*at)),
            _ => lead(state, lang).to_owned(),
        };
        let months = match &stage {
            Stage::Paid { months, .. } => months.parse().ok(),
            _ if order.is_seamless() => Some(order.months),
            _ => None,
        };
        let how = match order.mode {
            Mode::With { .. } => frame.t("Kredivo, one click", "Kredivo, sekali klik"),
            Mode::Link { .. } => frame.t("Kredivo, and linked", "Kredivo, sekaligus ditautkan"),
            Mode::Once => "Kredivo",
        };
        let status = order.returned_status();
        Some(OrderPage {
            early: (state == "early").then(|| format!("{status}: {}", status_word(status, lang))),
            state,
            title: title(state, lang),
            lead,
            total: rupiah(order.total()),
            paid_by: months.map_or_else(|| how.to_owned(), |months| format!("{how} · {}", tenor(months, lang))),
            made_at: time_of_day(order.made_at),
            gateway,
            behind: Behind::new(&customer.wire.entries(Some(&reference_no)), lang, &order.t_xid),
            is_final: order.is_final(demo.now()),
            frame,
            order,
        })
    });
    match page {
        Some(page) => answer(&browser, &page),
        None => notice::answer(&browser, Notice::NoOrder),
    }
}

/// A form on this page: whose it is, if it is one of ours.
async fn ours(
    demo: &Demo,
    request: &HttpRequest,
    payload: web::Payload,
    reference_no: &str,
) -> Result<(Browser, String), HttpResponse> {
    let browser = Browser::of(demo, request);
    browser.form(demo, request, payload).await?;
    let owner = demo.customers(|customers| {
        let name = browser.customer.clone()?;
        customers.get(&name)?.order(reference_no)?;
        Some(name)
    });
    match owner {
        Some(customer) => Ok((browser, customer)),
        None => Err(notice::answer(&browser, Notice::NoOrder)),
    }
}

/// What a button of this page is for.
#[derive(Clone, Copy)]
enum Button {
    Pay,
    Check,
    Decide { approves: bool },
}

/// Pays, or tries again.
pub(in crate::demo) async fn pay(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    pressed(&demo, &request, payload, &reference_no, Button::Pay).await
}

/// SeamlessChallenge NICEPAY where it stands.
pub(in crate::demo) async fn check(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    pressed(&demo, &request, payload, &reference_no, Button::Check).await
}

pub(in crate::demo) async fn approve(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    pressed(&demo, &request, payload, &reference_no, Button::Decide { approves: true }).await
}

pub(in crate::demo) async fn reject(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    pressed(&demo, &request, payload, &reference_no, Button::Decide { approves: false }).await
}

async fn pressed(
    demo: &Demo,
    request: &HttpRequest,
    payload: web::Payload,
    reference_no: &str,
    button: Button,
) -> HttpResponse {
    let (browser, customer) = match ours(demo, request, payload, reference_no).await {
        Ok(ours) => ours,
        Err(no) => return no,
    };
    match button {
        // NICEPAY is asked first: an order that it has decided, or forgotten, is not paid.
        Button::Pay | Button::Check => merchant::check(demo, &customer, reference_no).await,
        Button::Decide { approves } => merchant::decide(demo, &customer, reference_no, approves).await,
    }
    if matches!(button, Button::Pay) && is_open(demo, &customer, reference_no) {
        return leave::to_pay(demo, &browser, request, &customer, reference_no);
    }
    browser.see_other(&paths::demo_order(reference_no))
}

/// Whether there is still something to pay, as far as NICEPAY has said.
fn is_open(demo: &Demo, customer: &str, reference_no: &str) -> bool {
    demo.customers(|customers| {
        let order = customers.get(customer).and_then(|customer| customer.order(reference_no));
        order.is_some_and(|order| {
            order.is_registered() && order.stage_at(demo.now()) == Stage::Waiting && order.returned_status() != "0"
        })
    })
}
