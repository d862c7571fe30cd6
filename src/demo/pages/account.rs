//! The customer's account: the linked account, its limits, and the orders.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::closing::Closing;
use super::error_page::{self, ErrorKind};
use super::exchange_panel::ExchangePanel;
use super::{Frame, order, redirect, respond, time_of_day};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::catalog::{BUYER, rupiah};
use crate::demo::customers::{Linked, LinkingStage};
use crate::demo::merchant::linking;
use crate::demo::nicepay::Buyer;
use crate::demo::orders::Order;
use crate::page::{Lang, tenor};
use crate::paths;

/// The limit for one tenor.
struct LimitRow {
    name: String,
    remaining: String,
    total: String,
    percent: u64,
}

struct LinkedAccount {
    name: String,
    phone: String,
    since: String,
    as_of: String,
    limits: Vec<LimitRow>,
}

struct OrderRow {
    reference_no: String,
    product: &'static str,
    slug: &'static str,
    total: String,
    state: &'static str,
    title: &'static str,
}

#[derive(Template)]
#[template(path = "demo/account.html")]
struct AccountPage {
    frame: Frame,
    buyer: &'static Buyer,
    linked: Option<LinkedAccount>,
    /// The latest attempt to link an account: `waiting`, `back`, `failed`; empty if it is done.
    linking: &'static str,
    orders: Vec<OrderRow>,
    panel: ExchangePanel,
    closing: Option<Closing>,
}

impl LinkedAccount {
    fn new(linked: &Linked, lang: Lang) -> Self {
        let details = linked.details.as_ref();
        let limits = details.map(|details| details.limits.as_slice()).unwrap_or_default();
        Self {
            name: details.map(|details| details.name.clone()).unwrap_or_default(),
            phone: details.map(|details| details.phone.clone()).unwrap_or_default(),
            since: time_of_day(linked.since),
            as_of: details.map(|details| time_of_day(details.at)).unwrap_or_default(),
            limits: limits
                .iter()
                .map(|limit| LimitRow {
                    name: tenor(limit.months, lang),
                    remaining: rupiah(limit.remaining),
                    total: rupiah(limit.total),
                    percent: limit.remaining.saturating_mul(100).checked_div(limit.total).unwrap_or(0).min(100),
                })
                .collect(),
        }
    }
}

pub(in crate::demo) async fn show(demo: web::Data<Demo>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::arriving(&demo, &request).await;
    let (lang, now) = (browser.language.lang, demo.now());
    let page = demo.customers(|customers| {
        let customer = browser.customer.as_ref().and_then(|name| customers.get(name));
        let frame = Frame::new(&demo, &browser, customer);
        let newest = customer.and_then(|customer| customer.linkings.front());
        AccountPage {
            linked: customer
                .and_then(|customer| customer.linked.as_ref())
                .map(|linked| LinkedAccount::new(linked, lang)),
            linking: match newest.map(|linking| &linking.stage) {
                None | Some(LinkingStage::Done) => "",
                Some(LinkingStage::Waiting) => "waiting",
                Some(LinkingStage::Returned) => "back",
                Some(LinkingStage::Failed) => "failed",
            },
            orders: customer.map_or_else(Vec::new, |customer| {
                let row = |it: &Order| {
                    let state = order::state(it, &it.stage_at(now));
                    OrderRow {
                        reference_no: it.reference_no.clone(),
                        product: it.product.title(lang),
                        slug: it.product.slug,
                        total: rupiah(it.total()),
                        state,
                        title: order::title(state, lang),
                    }
                };
                customer.orders.iter().map(row).collect()
            }),
            panel: ExchangePanel::new(
                &customer.map(|customer| customer.log.exchanges(None)).unwrap_or_default(),
                lang,
                "",
            ),
            closing: Closing::new(&demo, customer, lang),
            buyer: &BUYER,
            frame,
        }
    });
    respond(&browser, &page)
}

/// A phone number in the format of a binding, `+6281291891818` (`docs/PROTOCOL.md` §2.9).
fn to_international(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).take(32).collect();
    let local = ["+62", "62", "0"].iter().find_map(|prefix| digits.strip_prefix(prefix)).unwrap_or(&digits);
    let valid = (8..=12).contains(&local.len()) && local.starts_with('8') && local.bytes().all(|b| b.is_ascii_digit());
    valid.then(|| format!("+62{local}"))
}

/// `POST /demo/account/link`
pub(in crate::demo) async fn link(demo: web::Data<Demo>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let mut browser = Browser::arriving(&demo, &request).await;
    let form = match browser.form(&demo, &request, payload).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let Some(phone) = to_international(form.text("phone")) else {
        return error_page::respond(&browser, ErrorKind::Phone);
    };
    let customer = browser.customer_or_new(&demo);
    match linking::link(&demo, &customer, &phone, &browser.base).await {
        Ok(address) => redirect::to(&demo, &browser, &request, address),
        Err(call) => error_page::respond_with_clock(Some(&demo), &browser, ErrorKind::from_call(&call)),
    }
}

/// `POST /demo/account/unlink`
pub(in crate::demo) async fn unlink(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let browser = Browser::arriving(&demo, &request).await;
    if let Err(response) = browser.form(&demo, &request, payload).await {
        return response;
    }
    if let Some(customer) = &browser.customer
        && let Err(call) = linking::unlink(&demo, customer).await
    {
        return error_page::respond_with_clock(Some(&demo), &browser, ErrorKind::from_call(&call));
    }
    browser.see_other(paths::DEMO_ACCOUNT)
}

/// `POST /demo/account/limits`
pub(in crate::demo) async fn refresh_limits(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let browser = Browser::arriving(&demo, &request).await;
    if let Err(response) = browser.form(&demo, &request, payload).await {
        return response;
    }
    if let Some(customer) = &browser.customer {
        linking::refresh_limits(&demo, customer).await;
    }
    browser.see_other(paths::DEMO_ACCOUNT)
}

#[cfg(test)]
mod tests {
    use super::to_international;

    #[test]
    fn a_phone_number_is_read_in_any_format() {
        for phone in ["081291891818", "+62 812-9189-1818", "6281291891818", "81291891818"] {
            assert_eq!(to_international(phone).as_deref(), Some("+6281291891818"), "{phone}");
        }
        for nonsense in ["", "0", "0812", "+1 555 0100", "08129189181812345", "0812<script>", "\u{660}81291891818"] {
            assert_eq!(to_international(nonsense), None, "{nonsense}");
        }
    }
}
