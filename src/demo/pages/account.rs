//! A customer's account: what is linked, what may be spent, and what was ordered.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::behind::Behind;
use super::notice::{self, Notice};
use super::{Frame, leave, order, show as answer, tenor, time_of_day};
use crate::demo::browser::Browser;
use crate::demo::catalog::{BUYER, rupiah};
use crate::demo::customers::{Linked, LinkingStage};
use crate::demo::nicepay::Buyer;
use crate::demo::orders::Order;
use crate::demo::{Demo, merchant};
use crate::page::Lang;
use crate::paths;

/// What may be spent with a tenor.
struct LimitShown {
    name: String,
    remaining: String,
    total: String,
    percent: u64,
}

struct LinkedShown {
    name: String,
    phone: String,
    since: String,
    as_of: String,
    limits: Vec<LimitShown>,
}

struct OrderShown {
    reference_no: String,
    product: &'static str,
    slug: &'static str,
    total: String,
    state: &'static str,
    title: &'static str,
}

#[derive(Template)]
#[template(path = "demo/account.html")]
struct Account {
    frame: Frame,
    buyer: &'static Buyer,
    linked: Option<LinkedShown>,
    /// How the newest attempt to link stands: `waiting`, `back`, `failed`; nothing once it is done.
    linking: &'static str,
    orders: Vec<OrderShown>,
    behind: Behind,
}

impl LinkedShown {
    fn of(linked: &Linked, lang: Lang) -> Self {
        let details = linked.details.as_ref();
        let limits = details.map(|details| details.limits.as_slice()).unwrap_or_default();
        Self {
            name: details.map(|details| details.name.clone()).unwrap_or_default(),
            phone: details.map(|details| details.phone.clone()).unwrap_or_default(),
            since: time_of_day(linked.since),
            as_of: details.map(|details| time_of_day(details.at)).unwrap_or_default(),
            limits: limits
                .iter()
                .map(|limit| LimitShown {
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
    let browser = Browser::of(&demo, &request);
    let (lang, now) = (browser.language.lang, demo.now());
    let page = demo.customers(|customers| {
        let customer = browser.customer.as_ref().and_then(|name| customers.get(name));
        let frame = Frame::of(&demo, &browser, customer);
        let newest = customer.and_then(|customer| customer.linkings.front());
        Account {
            linked: customer.and_then(|customer| customer.linked.as_ref()).map(|linked| LinkedShown::of(linked, lang)),
            linking: match newest.map(|linking| &linking.stage) {
                None | Some(LinkingStage::Done) => "",
                Some(LinkingStage::Waiting) => "waiting",
                Some(LinkingStage::Back) => "back",
                Some(LinkingStage::Failed) => "failed",
            },
            orders: customer.map_or_else(Vec::new, |customer| {
                let shown = |it: &Order| {
                    let state = order::state(it, &it.stage_at(now));
                    OrderShown {
                        reference_no: it.reference_no.clone(),
                        product: it.product.called(lang),
                        slug: it.product.slug,
                        total: rupiah(it.total()),
                        state,
                        title: order::title(state, lang),
                    }
                };
                customer.orders.iter().map(shown).collect()
            }),
            behind: Behind::new(&customer.map(|customer| customer.wire.entries(None)).unwrap_or_default(), lang, ""),
            buyer: &BUYER,
            frame,
        }
    });
    answer(&browser, &page)
}

/// The phone as a binding wants it, `+6281291891818` (`docs/PROTOCOL.md` §2.9), of however it was typed.
fn international(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).take(32).collect();
    let local = ["+62", "62", "0"].iter().find_map(|prefix| digits.strip_prefix(prefix)).unwrap_or(&digits);
    let right = (8..=12).contains(&local.len()) && local.starts_with('8') && local.bytes().all(|b| b.is_ascii_digit());
    right.then(|| format!("+62{local}"))
}

/// `POST /demo/account/link`
pub(in crate::demo) async fn link(demo: web::Data<Demo>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let mut browser = Browser::of(&demo, &request);
    let form = match browser.form(&demo, &request, payload).await {
        Ok(form) => form,
        Err(no) => return no,
    };
    let Some(phone) = international(form.text("phone")) else { return notice::answer(&browser, Notice::Phone) };
    let customer = browser.known(&demo);
    match merchant::link(&demo, &customer, &phone, &browser.base).await {
        Ok(address) => leave::to(&demo, &browser, &request, address),
        Err(asked) => notice::answer_on(Some(&demo), &browser, Notice::of(&asked)),
    }
}

/// `POST /demo/account/unlink`
pub(in crate::demo) async fn unlink(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let browser = Browser::of(&demo, &request);
    if let Err(no) = browser.form(&demo, &request, payload).await {
        return no;
    }
    if let Some(customer) = &browser.customer
        && let Err(asked) = merchant::unlink(&demo, customer).await
    {
        return notice::answer_on(Some(&demo), &browser, Notice::of(&asked));
    }
    browser.see_other(paths::DEMO_ACCOUNT)
}

/// `POST /demo/account/limits`
pub(in crate::demo) async fn limits(
    demo: web::Data<Demo>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let browser = Browser::of(&demo, &request);
    if let Err(no) = browser.form(&demo, &request, payload).await {
        return no;
    }
    if let Some(customer) = &browser.customer {
        merchant::look_at_account(&demo, customer).await;
    }
    browser.see_other(paths::DEMO_ACCOUNT)
}

#[cfg(test)]
mod tests {
    use super::international;

    #[test]
    fn a_phone_is_read_in_any_form_and_nonsense_is_not() {
        for phone in ["081291891818", "+62 812-9189-1818", "6281291891818", "81291891818"] {
            assert_eq!(international(phone).as_deref(), Some("+6281291891818"), "{phone}");
        }
        for nonsense in ["", "0", "0812", "+1 555 0100", "08129189181812345", "0812<script>", "\u{660}81291891818"] {
            assert_eq!(international(nonsense), None, "{nonsense}");
        }
    }
}
