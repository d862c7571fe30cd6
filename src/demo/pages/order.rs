//! The page of an order, and its buttons.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::closing::Closing;
use super::error_page;
use super::exchange_panel::ExchangePanel;
use super::outlook::{Awaits, Moment, Outlook};
use super::{Frame, redirect, respond, time_of_day};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::catalog::rupiah;
use crate::demo::chaos::Chaos;
use crate::demo::exchange_text::status_word;
use crate::demo::merchant::payment;
use crate::demo::nicepay::{Fields, Mode};
use crate::demo::options;
use crate::demo::orders::{Order, Stage};
use crate::demo::simulator::Insight;
use crate::page::{Lang, tenor};
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
    /// The status of the inquiry, while the notification has not arrived.
    early: Option<String>,
    /// Code, message and diagnosis of a refused registration.
    gateway: Option<(String, String, String)>,
    panel: ExchangePanel,
    moment: Option<Moment>,
    awaits: Option<Awaits>,
    closing: Option<Closing>,
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

/// The state of an order in `data-state` and as a CSS class.
pub(super) fn state(order: &Order, stage: &Stage) -> &'static str {
    match stage {
        Stage::Registering => "registering",
        Stage::Refused { .. } => "refused",
        Stage::Unanswered(_) => "unanswered",
        Stage::Waiting if order.status_at_callback() == "0" => "early",
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

/// The heading.
pub(super) fn title(state: &str, lang: Lang) -> &'static str {
    match state {
        "registering" => lang.t("Registering your order", "Pesanan sedang didaftarkan"),
        "refused" => lang.t("NICEPAY refused this order", "NICEPAY menolak pesanan ini"),
        "unanswered" => lang.t("No response from NICEPAY", "NICEPAY tidak merespons"),
        "early" => lang.t("Waiting for the payment notification", "Menunggu notifikasi pembayaran"),
        "abandoned" => lang.t("Payment cancelled", "Pembayaran dibatalkan"),
        "settling" => lang.t("Payment in progress", "Pembayaran sedang diproses"),
        "waiting" => lang.t("Waiting for payment", "Menunggu pembayaran"),
        "under-review" => lang.t("Kredivo is reviewing the payment", "Pembayaran sedang ditinjau Kredivo"),
        "paid" => lang.t("Paid, order is being packed", "Lunas, pesanan sedang dikemas"),
        "rejected" => lang.t("Kredivo declined the payment", "Kredivo menolak pembayaran"),
        "expired" => lang.t("Order expired", "Pesanan kedaluwarsa"),
        "refunded" => lang.t("Order refunded", "Dana dikembalikan"),
        _ => lang.t("Order unknown to NICEPAY", "Pesanan tidak dikenal NICEPAY"),
    }
}

fn lead(state: &str, lang: Lang) -> &'static str {
    let (en, id) = match state {
        "registering" => ("One moment, please.", "Mohon tunggu sebentar."),
        "refused" | "unanswered" => (
            "Nothing was charged. You can order again; the new order gets a new number.",
            "Tidak ada yang ditagih. Anda dapat memesan lagi dengan nomor pesanan baru.",
        ),
        "early" => (
            "We pack your order when NICEPAY's notification arrives. The address in the browser does not prove the payment.",
            "Pesanan dikemas setelah notifikasi NICEPAY tiba. Alamat di browser bukan bukti pembayaran.",
        ),
        "abandoned" => (
            "We keep your order for 24 hours. You can try again at any time.",
            "Pesanan Anda disimpan selama 24 jam. Anda dapat mencoba lagi kapan saja.",
        ),
        "settling" => (
            "Kredivo charges your linked account. This takes a few seconds.",
            "Kredivo sedang menagih akun Anda yang terhubung. Prosesnya hanya beberapa detik.",
        ),
        "waiting" => ("Complete your payment at Kredivo.", "Selesaikan pembayaran Anda di Kredivo."),
        "under-review" => (
            "We pack your order after Kredivo approves it. This page updates automatically.",
            "Pesanan dikemas setelah disetujui Kredivo. Halaman ini diperbarui otomatis.",
        ),
        "rejected" => {
            ("Nothing was charged and nothing was packed.", "Tidak ada yang ditagih dan tidak ada yang dikemas.")
        }
        "expired" => (
            "An unpaid order expires after 24 hours. You can order again.",
            "Pesanan yang belum dibayar kedaluwarsa setelah 24 jam. Anda dapat memesan lagi.",
        ),
        "refunded" => ("This order was cancelled after the payment.", "Pesanan ini dibatalkan setelah dibayar."),
        _ => (
            "The simulator may have been reset. This order cannot be paid any more; please order again.",
            "Simulator mungkin sudah di-reset. Pesanan ini tidak dapat dibayar lagi; silakan pesan lagi.",
        ),
    };
    lang.t(en, id)
}

pub(in crate::demo) async fn show(
    demo: web::Data<Demo>,
    request: HttpRequest,
    reference_no: web::Path<String>,
) -> HttpResponse {
    let browser = Browser::arriving(&demo, &request).await;
    let lang = browser.language.lang;
    let insight = insight(&demo, &browser, &reference_no).await;
    let page = demo.customers(|customers| {
        // Another customer's order is not found.
        let customer = customers.get(browser.customer.as_ref()?)?;
        let order = customer.order(&reference_no)?.clone();
        let stage = order.stage_at(demo.now());
        let state = state(&order, &stage);
        let gateway = match &stage {
            Stage::Refused { code, message, diagnosis } => {
                Some((code.clone(), message.clone(), diagnosis.clone().unwrap_or_default()))
            }
            Stage::Unanswered(error) => Some((String::new(), error.clone(), String::new())),
            _ => None,
        };
        let frame = Frame::new(&demo, &browser, Some(customer));
        let lead = match &stage {
            Stage::Paid { at, .. } => {
                let time = time_of_day(*at);
                lang.t(
                    format!("NICEPAY confirmed the payment at {time}. Thank you!"),
                    format!("NICEPAY mengonfirmasi pembayaran ini pada pukul {time}. Terima kasih!"),
                )
            }
            _ => lead(state, lang).to_owned(),
        };
        let months = match &stage {
            Stage::Paid { months, .. } => months.parse().ok(),
            _ if order.is_seamless() => Some(order.months),
            _ => None,
        };
        let how = match order.mode {
            Mode::Token { .. } => frame.t("Kredivo, one click", "Kredivo, satu klik"),
            Mode::Link { .. } => frame.t("Kredivo, with account linking", "Kredivo, sekaligus hubungkan akun"),
            Mode::Login => "Kredivo",
        };
        let status = order.status_at_callback();
        let outlook = Outlook { order: &order, state, insight: &insight, now: demo.now(), lang };
        Some(OrderPage {
            moment: outlook.moment(),
            awaits: outlook.awaits(),
            closing: Closing::new(&demo, Some(customer), lang),
            early: (state == "early").then(|| format!("{status}: {}", status_word(status, lang))),
            state,
            title: title(state, lang),
            lead,
            total: rupiah(order.total()),
            paid_by: months.map_or_else(|| how.to_owned(), |months| format!("{how} · {}", tenor(months, lang))),
            made_at: time_of_day(order.made_at),
            gateway,
            panel: ExchangePanel::new(&customer.log.exchanges(Some(&reference_no)), lang, &order.t_xid),
            is_final: order.is_final(demo.now()),
            frame,
            order,
        })
    });
    match page {
        Some(page) => respond(&browser, &page),
        None => error_page::no_order(&demo, &browser),
    }
}

/// What the simulator knows of an order; nothing of one that it refused.
async fn insight(demo: &Demo, browser: &Browser, reference_no: &str) -> Insight {
    let t_xid = demo.customers(|customers| {
        let order = customers.get(browser.customer.as_ref()?)?.order(reference_no)?;
        order.is_registered().then(|| order.t_xid.clone())
    });
    match t_xid {
        Some(t_xid) => demo.simulator.insight(&t_xid).await,
        None => Insight::default(),
    }
}

/// Reads a form of this page. The order must be the customer's own.
async fn own_order(
    demo: &Demo,
    request: &HttpRequest,
    payload: web::Payload,
    reference_no: &str,
) -> Result<(Browser, String, Fields), HttpResponse> {
    let browser = Browser::arriving(demo, request).await;
    let form = browser.form(demo, request, payload).await?;
    let owner = demo.customers(|customers| {
        let name = browser.customer.clone()?;
        customers.get(&name)?.order(reference_no)?;
        Some(name)
    });
    match owner {
        Some(customer) => Ok((browser, customer, form)),
        None => Err(error_page::no_order(demo, &browser)),
    }
}

/// A button of this page.
#[derive(Clone, Copy)]
enum Button {
    Pay,
    Check,
    Decide { approves: bool },
    Deliver,
}

/// `POST …/pay`: to NICEPAY, also after a cancelled payment.
pub(in crate::demo) async fn pay(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    handle_button(&demo, &request, payload, &reference_no, Button::Pay).await
}

/// `POST …/check`: sends an inquiry.
pub(in crate::demo) async fn check(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    handle_button(&demo, &request, payload, &reference_no, Button::Check).await
}

pub(in crate::demo) async fn approve(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    handle_button(&demo, &request, payload, &reference_no, Button::Decide { approves: true }).await
}

pub(in crate::demo) async fn reject(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    handle_button(&demo, &request, payload, &reference_no, Button::Decide { approves: false }).await
}

/// `POST …/deliver`: lets NICEPAY send a notification now.
pub(in crate::demo) async fn deliver(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
    reference_no: web::Path<String>,
) -> HttpResponse {
    handle_button(&demo, &request, payload, &reference_no, Button::Deliver).await
}

async fn handle_button(
    demo: &Demo,
    request: &HttpRequest,
    payload: web::Payload,
    reference_no: &str,
    button: Button,
) -> HttpResponse {
    let (browser, customer, form) = match own_order(demo, request, payload, reference_no).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    match button {
        // Checked first: an order that is final, or unknown to NICEPAY, cannot be paid.
        Button::Pay | Button::Check => payment::check_status(demo, &customer, reference_no).await,
        Button::Decide { approves } => options::decide(demo, &customer, reference_no, approves).await,
        Button::Deliver => options::deliver(demo, &customer, reference_no, form.text("notification")).await,
    }
    if matches!(button, Button::Pay) && is_open(demo, &customer, reference_no) {
        return redirect::to_payment(demo, &browser, request, &customer, reference_no);
    }
    browser.see_other(&paths::demo_order(reference_no))
}

/// Whether the order can still be paid.
fn is_open(demo: &Demo, customer: &str, reference_no: &str) -> bool {
    demo.customers(|customers| {
        let order = customers.get(customer).and_then(|customer| customer.order(reference_no));
        order.is_some_and(|order| {
            order.is_registered() && order.stage_at(demo.now()) == Stage::Waiting && order.status_at_callback() != "0"
        })
    })
}
