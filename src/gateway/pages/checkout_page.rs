//! `GET`, `POST /nicepay/redirect/v2/payment` (`docs/PROTOCOL.md` §2.8): NICEPAY's own page, where the customer chooses a
//! lender.

use actix_web::http::{Method, StatusCode};
use askama::Template;

use super::frame::Page;
use super::no_choice_page::{NoChoice, PaymentState, no_choice_page, refused};
use super::payment::return_to_merchant;
use crate::diagnosis::Slug;
use crate::domain::{Channel, Partner, Stage, Transaction};
use crate::endpoints::Endpoint;
use crate::engine::{OpenedPayment, PartnerChoiceError};
use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler};
use crate::page::{Lang, Language, page, tenor};
use crate::paths;
use crate::protocol::{CallbackResult, Code, Field, Refusal, RequestFields, checkout_t_xid, unknown_checkout};

#[derive(Debug, Template)]
#[template(path = "gateway/checkout_page.html")]
struct CheckoutPage<'a> {
    lang: Lang,
    t_xid: &'a str,
    /// The merchant's name.
    merchant: &'a str,
    /// `goodsNm`.
    goods: &'a str,
    /// The amount to pay, formatted: `Rp 25.145`.
    amount: String,
    /// The merchant's number for the order.
    reference_no: &'a str,
    /// The lenders on offer.
    lenders: Vec<LenderOption>,
    /// Whether the form was sent without an offered lender.
    is_choice_missing: bool,
}

/// A lender that can be chosen.
#[derive(Debug, Clone)]
struct LenderOption {
    mitra_cd: &'static str,
    name: &'static str,
    /// The shortest and the longest tenor, in months.
    tenors: (u8, u8),
    /// Whether it is chosen when the page opens.
    is_selected: bool,
}

impl CheckoutPage<'_> {
    /// The lender, if only one is offered.
    fn only_lender(&self) -> Option<&LenderOption> {
        self.lenders.first().filter(|_| self.lenders.len() == 1)
    }

    fn title(&self) -> String {
        match self.only_lender() {
            Some(lender) => format!("{} {}", self.t("Pay with", "Bayar dengan"), lender.name),
            None => self.t("Choose a lender", "Pilih penyedia cicilan").to_owned(),
        }
    }

    fn lead(&self) -> String {
        match self.only_lender() {
            Some(LenderOption { name, .. }) => self.t(
                format!("The shop gets the full amount now. You pay it back to {name}."),
                format!("Toko menerima pembayaran penuh sekarang. Anda mencicil ke {name}."),
            ),
            None => self
                .t(
                    "The shop gets the full amount now. You pay it back to the lender you choose.",
                    "Toko menerima pembayaran penuh sekarang. Anda mencicil ke penyedia yang dipilih.",
                )
                .to_owned(),
        }
    }
}

impl LenderOption {
    /// The range of tenors: `30 days to 12 months`.
    fn tenors(&self, lang: Lang) -> String {
        let (shortest, longest) = self.tenors;
        if shortest == longest {
            return tenor(shortest, lang);
        }
        [tenor(shortest, lang), tenor(longest, lang)].join(lang.t(" to ", " – "))
    }
}

impl Page for CheckoutPage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn here(&self) -> Option<String> {
        Some(page_url(self.t_xid))
    }
}

pub(in crate::gateway) const PAGE: Handler =
    Handler { respond: |gateway, request, _| Ok(show_or_submit(gateway, request)), refusal: |_, _| Vec::new() };
pub(in crate::gateway) const LEAVE: Handler =
    Handler { respond: |gateway, request, _| Ok(leave(gateway, request)), refusal: |_, _| Vec::new() };

fn show_or_submit(gateway: &Gateway, request: &GatewayRequest<'_>) -> GatewayResponse {
    if request.http.method() == Method::POST {
        return submit(gateway, request);
    }
    let fields = RequestFields::form(request.http.query_string());
    with_open_payment(gateway, request, &fields, |transaction| show_choice(gateway, request, transaction, false))
}

fn submit(gateway: &Gateway, request: &GatewayRequest<'_>) -> GatewayResponse {
    let form = String::from_utf8_lossy(request.body);
    let fields = RequestFields::form(&form);
    with_open_payment(gateway, request, &fields, |transaction| {
        let t_xid = transaction.t_xid.as_str();
        let chosen = fields.text(Field::MitraCd).and_then(Partner::from_mitra_cd);
        let page = match chosen.ok_or(PartnerChoiceError::NotOffered).and_then(|partner| {
            let link = gateway.engine.choose_partner(t_xid, partner)?;
            Ok(paths::partner_page(partner.slug(), paths::SIGN_IN, &link))
        }) {
            Ok(page) => page,
            Err(PartnerChoiceError::NotOffered) => return show_choice(gateway, request, transaction, true),
            // It ended a moment ago: the page says so.
            Err(PartnerChoiceError::NotFound | PartnerChoiceError::Over) => page_url(t_xid),
        };
        see_other(page).about(transaction)
    })
}

fn leave(gateway: &Gateway, request: &GatewayRequest<'_>) -> GatewayResponse {
    let form = String::from_utf8_lossy(request.body);
    let fields = RequestFields::form(&form);
    with_open_payment(gateway, request, &fields, |transaction| {
        if let Ok(link) = gateway.engine.leave_checkout(transaction.t_xid.as_str()) {
            let back = paths::page(Endpoint::PaymentReturn.path(), &link);
            let shown = gateway.engine.shown(transaction.clone());
            return GatewayResponse::page(no_choice_page(gateway, request, NoChoice::Cancelled, Some((&shown, &back))))
                .about(transaction);
        }
        // A customer who has signed in at a lender leaves there.
        match transaction.link.as_ref().zip(transaction.order.partner) {
            Some((link, partner)) => {
                see_other(paths::partner_page(partner.slug(), paths::SIGN_IN, link)).about(transaction)
            }
            None => show_choice(gateway, request, transaction, false),
        }
    })
}

fn page_url(t_xid: &str) -> String {
    format!("{}?tXid={t_xid}", Endpoint::CheckoutPage.path())
}

fn see_other(page: String) -> GatewayResponse {
    GatewayResponse { status: StatusCode::SEE_OTHER, ..GatewayResponse::redirect(page) }
}

/// Finds the payment. `respond` answers if the customer can still choose; otherwise the browser returns to the merchant.
fn with_open_payment(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    fields: &RequestFields<'_>,
    respond: impl FnOnce(&Transaction) -> GatewayResponse,
) -> GatewayResponse {
    let t_xid = checkout_t_xid(fields);
    let Some(transaction) = gateway.engine.transaction(t_xid) else {
        return refused(gateway, request, NoChoice::Unknown, EndpointRefusal::from(unknown_checkout(fields)));
    };
    // Every registration of Checkout has a callBackUrl.
    let (Channel::Checkout { .. }, Some(url)) = (transaction.channel, transaction.callback_url.clone()) else {
        let reason = "the order was registered by the direct API: send the browser to /nicepay/direct/v2/payment (docs/PROTOCOL.md §2.2)";
        let refusal = Refusal::new(Code::NOT_SIMULATED, Slug::T_XID_NOT_CHECKOUT, reason);
        return refused(
            gateway,
            request,
            NoChoice::NotCheckout,
            EndpointRefusal::of_transaction(refusal, &transaction),
        );
    };
    let stage = transaction.stage();
    if stage.is_payable() && !transaction.is_seamless() {
        return respond(&transaction);
    }
    let refusal = final_refusal(&transaction);
    if let Some(refusal) = refusal.clone() {
        gateway.refuse(request.endpoint_name(), EndpointRefusal::of_transaction(refusal, &transaction), |_| Vec::new());
    }
    let with_reason = |response: GatewayResponse| match &refusal {
        Some(refusal) => response.because(refusal.diagnosis.clone()),
        None => response,
    };
    // `form-action` forbids a redirect to another site after a form: the browser leaves with a link to this page.
    if request.http.method() == Method::POST {
        let here = page_url(t_xid);
        let info = NoChoice::Decided(PaymentState::new(&transaction));
        let shown = gateway.engine.shown(transaction.clone());
        return with_reason(
            GatewayResponse::page(no_choice_page(gateway, request, info, Some((&shown, &here)))).about(&transaction),
        );
    }
    if stage.is_payable() {
        // With a user token the payment is decided at once, or the lender asks for an OTP.
        if let Some(OpenedPayment::Partner(partner, link)) = gateway.engine.open_payment(t_xid, &url) {
            return GatewayResponse::redirect(paths::partner_page(partner.slug(), paths::SIGN_IN, &link))
                .about(&transaction);
        }
        let settled = gateway.engine.transaction(t_xid).unwrap_or(transaction);
        return return_to_merchant(gateway, request, &settled, &url, CallbackResult::Stage);
    }
    let result = refusal.as_ref().map_or(CallbackResult::Stage, |refusal| CallbackResult::Refused(refusal.code));
    with_reason(return_to_merchant(gateway, request, &transaction, &url, result))
}

/// The refusal for a payment that is final; none if the browser comes for its result.
fn final_refusal(transaction: &Transaction) -> Option<Refusal> {
    let refusal = |code, slug, reason: &str| Some(Refusal::new(code, slug, reason));
    match transaction.stage() {
        Stage::Approved { .. } if transaction.is_seamless() => None,
        Stage::Approved { .. } | Stage::Cancelled { .. } => {
            refusal(Code::ALREADY_APPROVED, Slug::TRANSACTION_PAID, "the order is already paid (docs/PROTOCOL.md §2.8)")
        }
        Stage::Expired { .. } => {
            refusal(Code::EXPIRED, Slug::TRANSACTION_EXPIRED, "the order has expired (docs/PROTOCOL.md §3.2)")
        }
        _ => None,
    }
}

/// The page with the choice of lenders.
fn show_choice(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    transaction: &Transaction,
    is_choice_missing: bool,
) -> GatewayResponse {
    let engine = &gateway.engine;
    let offered = engine.offered_partners(transaction);
    if offered.is_empty() {
        let reason = "every lender that could pay this order is switched off for the merchant (control API, merchants)";
        let refusal = Refusal::new(Code::NOT_ACTIVATED, Slug::MITRA_CD_INACTIVE, reason);
        return refused(gateway, request, NoChoice::NoLender, EndpointRefusal::of_transaction(refusal, transaction));
    }
    let preselected = transaction.order.partner.or_else(|| offered.first().copied().filter(|_| offered.len() == 1));
    let lenders = offered
        .iter()
        .map(|partner| {
            let months = engine.catalog().products(*partner).iter().map(|product| product.months);
            LenderOption {
                mitra_cd: partner.mitra_cd(),
                name: partner.name(),
                tenors: (months.clone().min().unwrap_or(1), months.max().unwrap_or(1)),
                is_selected: preselected == Some(*partner),
            }
        })
        .collect();
    let language = Language::from_request(request.http);
    let checkout_page = CheckoutPage {
        lang: language.lang,
        t_xid: transaction.t_xid.as_str(),
        merchant: &engine.shown_name(&transaction.i_mid),
        goods: &engine.masked(&transaction.order.goods_nm),
        amount: transaction.amount.formatted(),
        reference_no: &engine.masked(transaction.reference_no.as_str()),
        lenders,
        is_choice_missing,
    };
    GatewayResponse::page(page(StatusCode::OK, &checkout_page, language.cookies())).about(transaction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(lang: Lang, is_choice_missing: bool) -> String {
        let option = |mitra_cd, name, tenors, is_selected| LenderOption { mitra_cd, name, tenors, is_selected };
        let lenders = vec![option("KDVI", "Kredivo", (1, 12), false), option("IDNA", "Indodana", (1, 1), true)];
        CheckoutPage {
            lang,
            t_xid: "IONPAYTEST0620260101000000",
            merchant: "IONPAYTEST",
            goods: "<b>Kopi</b> & \"teh\"",
            amount: "Rp 25.145".to_owned(),
            reference_no: "order-1",
            lenders,
            is_choice_missing,
        }
        .render()
        .unwrap()
    }

    #[test]
    fn the_choice_has_its_forms_and_escapes_foreign_text() {
        let html = choose(Lang::En, true);
        for part in [
            "method=\"post\" action=\"/nicepay/redirect/v2/payment\" data-testid=\"checkout-form\"",
            "method=\"post\" action=\"/nicepay/redirect/v2/payment/cancel\"",
            "type=\"radio\" name=\"mitraCd\" value=\"KDVI\" required data-testid=\"checkout-option\"",
            "type=\"radio\" name=\"mitraCd\" value=\"IDNA\" checked required",
            "30 days to 12 months",
            "30 days",
            "data-testid=\"page-error\">Choose a lender.",
            "href=\"/nicepay/redirect/v2/payment?tXid=IONPAYTEST0620260101000000&#38;lang=id\"",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
        assert_eq!(html.matches("type=\"hidden\" name=\"tXid\"").count(), 2);
        assert!(!html.contains("<b>") && !html.contains("<script") && !html.contains("style="), "{html}");
        assert!(!choose(Lang::Id, false).contains("page-error"));
    }

    #[test]
    fn one_lender_is_no_choice() {
        let lenders = vec![LenderOption { mitra_cd: "AKLP", name: "Akulaku", tenors: (1, 12), is_selected: true }];
        let page = CheckoutPage {
            lang: Lang::Id,
            t_xid: "1",
            merchant: "SHOP",
            goods: "",
            amount: "Rp 25.145".to_owned(),
            reference_no: "order-1",
            lenders,
            is_choice_missing: false,
        };
        let html = page.render().unwrap();
        for part in ["<h1>Bayar dengan Akulaku</h1>", "Anda mencicil ke Akulaku.", "30 hari – 12 bulan", "plan only"]
        {
            assert!(html.contains(part), "{part}\n{html}");
        }
        // The form is the same.
        assert!(html.contains("type=\"radio\" name=\"mitraCd\" value=\"AKLP\" checked required"), "{html}");
    }
}
