//! `GET`, `POST /nicepay/redirect/v2/payment` (`docs/PROTOCOL.md` §2.8): NICEPAY's own page, where the customer chooses a
//! lender.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Gateway;
use super::answer::{Answer, Asked, No};
use super::frame::Page;
use super::info_page::{Info, PaymentState, info_page, refused};
use super::payment::way_back;
use crate::diagnosis::Slug;
use crate::domain::{Channel, Partner, Stage, Transaction};
use crate::engine::{Opened, PartnerChoiceError};
use crate::page::{Lang, Language, page, tenor};
use crate::paths;
use crate::protocol::{CallbackResult, Code, Field, Refusal, RequestFields, hosted_t_xid, unknown_checkout};

#[derive(Debug, Template)]
#[template(path = "gateway/checkout_page.html")]
struct CheckoutPage<'a> {
    lang: Lang,
    t_xid: &'a str,
    /// The merchant's iMid.
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
    nothing_chosen: bool,
}

/// A lender that can be chosen.
#[derive(Debug, Clone)]
struct LenderOption {
    mitra_cd: &'static str,
    name: &'static str,
    /// The shortest and the longest tenor, in months.
    tenors: (u8, u8),
    /// Whether it is chosen when the page opens.
    selected: bool,
}

impl CheckoutPage<'_> {
    /// The lender, if only one is offered.
    fn only(&self) -> Option<&LenderOption> {
        self.lenders.first().filter(|_| self.lenders.len() == 1)
    }

    fn title(&self) -> String {
        match self.only() {
            Some(lender) => format!("{} {}", self.t("Pay with", "Bayar dengan"), lender.name),
            None => self.t("Choose a lender", "Pilih penyedia cicilan").to_owned(),
        }
    }

    fn lead(&self) -> String {
        match self.only() {
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
        Some(format!("{}?tXid={}", paths::CHECKOUT_PAGE, self.t_xid))
    }
}

pub(super) async fn show(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway
        .exchange(None, request, payload, |gateway, asked| {
            let sent = RequestFields::form(asked.request.query_string());
            with_open_payment(gateway, asked, hosted_t_xid(&sent), |transaction| {
                choice(gateway, asked, transaction, false)
            })
        })
        .await
}

pub(super) async fn submit(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway
        .exchange(None, request, payload, |gateway, asked| {
            let form = String::from_utf8_lossy(asked.body);
            let sent = RequestFields::form(&form);
            with_open_payment(gateway, asked, hosted_t_xid(&sent), |transaction| {
                let chosen =
                    sent.text(Field::MitraCd).and_then(Partner::from_mitra_cd).ok_or(PartnerChoiceError::NotOffered);
                let t_xid = transaction.t_xid.as_str();
                match chosen.and_then(|partner| Ok((partner, gateway.engine.choose_partner(t_xid, partner)?))) {
                    Ok((partner, link)) => {
                        let page = paths::partner_page(partner.slug(), paths::SIGN_IN, &link);
                        Answer { status: StatusCode::SEE_OTHER, ..Answer::redirect(page) }.about(transaction)
                    }
                    Err(PartnerChoiceError::NotOffered) => choice(gateway, asked, transaction, true),
                    // The payment has become final meanwhile.
                    Err(PartnerChoiceError::NotFound | PartnerChoiceError::Over) => {
                        let page = format!("{}?tXid={t_xid}", paths::CHECKOUT_PAGE);
                        Answer { status: StatusCode::SEE_OTHER, ..Answer::redirect(page) }.about(transaction)
                    }
                }
            })
        })
        .await
}

pub(super) async fn leave(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway
        .exchange(None, request, payload, |gateway, asked| {
            let form = String::from_utf8_lossy(asked.body);
            let sent = RequestFields::form(&form);
            with_open_payment(gateway, asked, hosted_t_xid(&sent), |transaction| {
                match gateway.engine.leave_checkout(transaction.t_xid.as_str()) {
                    Ok(link) => {
                        let back = paths::page(paths::PAYMENT_RETURN, &link);
                        Answer::page(info_page(asked, Info::Cancelled, Some((transaction, &back)))).about(transaction)
                    }
                    // After signing in, the customer cancels on the lender's page.
                    Err(_) => match transaction.link.as_ref().zip(transaction.order.partner) {
                        Some((link, partner)) => {
                            let page = paths::partner_page(partner.slug(), paths::SIGN_IN, link);
                            Answer { status: StatusCode::SEE_OTHER, ..Answer::redirect(page) }.about(transaction)
                        }
                        None => choice(gateway, asked, transaction, false),
                    },
                }
            })
        })
        .await
}

/// Finds the payment. `respond` answers if the customer can still choose; otherwise the browser returns to the merchant.
fn with_open_payment(
    gateway: &Gateway,
    asked: &Asked<'_>,
    t_xid: &str,
    respond: impl FnOnce(&Transaction) -> Answer,
) -> Answer {
    let Some(transaction) = gateway.engine.transaction(t_xid) else {
        return refused(gateway, asked, Info::Unknown, No::from(unknown_checkout(t_xid)));
    };
    // Every Checkout registration has a callBackUrl.
    let (Channel::Checkout { .. }, Some(url)) = (transaction.channel, transaction.callback_url.clone()) else {
        let reason = "the order was registered by the direct API: send the browser to /nicepay/direct/v2/payment (2.2)";
        let refusal = Refusal::new(Code::NOT_SIMULATED, Slug::T_XID_NOT_CHECKOUT, reason);
        return refused(gateway, asked, Info::NotCheckout, No::about(refusal, &transaction));
    };
    let stage = transaction.stage();
    if stage.is_payable() && !transaction.is_seamless() {
        return respond(&transaction);
    }
    let refusal = final_refusal(&transaction);
    if let Some(refusal) = refusal.clone() {
        gateway.refuse("checkout", No::about(refusal, &transaction), |_| Vec::new());
    }
    let because = |answer: Answer| match &refusal {
        Some(refusal) => answer.because(refusal.diagnosis.clone()),
        None => answer,
    };
    // `form-action` forbids a redirect to another site after a form: the browser leaves with a link to this page.
    if asked.request.method() == Method::POST {
        let here = format!("{}?tXid={t_xid}", paths::CHECKOUT_PAGE);
        let info = Info::Decided(PaymentState::of(&transaction));
        return because(Answer::page(info_page(asked, info, Some((&transaction, &here)))).about(&transaction));
    }
    if stage.is_payable() {
        // With a user token the payment is decided at once, or the lender asks for an OTP.
        if let Some(Opened::Partner(partner, link)) = gateway.engine.open(t_xid, &url) {
            return Answer::redirect(paths::partner_page(partner.slug(), paths::SIGN_IN, &link)).about(&transaction);
        }
        let settled = gateway.engine.transaction(t_xid).unwrap_or(transaction);
        return way_back(gateway, asked, &settled, &url, CallbackResult::Stage);
    }
    let result = refusal.as_ref().map_or(CallbackResult::Stage, |refusal| CallbackResult::Refused(refusal.code));
    because(way_back(gateway, asked, &transaction, &url, result))
}

/// The refusal for a payment that is final; none if the browser comes for its result.
fn final_refusal(transaction: &Transaction) -> Option<Refusal> {
    let refusal = |code, slug, reason: &str| Some(Refusal::new(code, slug, reason));
    match transaction.stage() {
        Stage::Approved { .. } if transaction.is_seamless() => None,
        Stage::Approved { .. } | Stage::Cancelled { .. } => {
            refusal(Code::ALREADY_APPROVED, Slug::TRANSACTION_PAID, "the order is paid already (2.8)")
        }
        Stage::Expired { .. } => refusal(Code::EXPIRED, Slug::TRANSACTION_EXPIRED, "the order's time is up (3.2)"),
        _ => None,
    }
}

/// The page with the choice of lenders.
fn choice(gateway: &Gateway, asked: &Asked<'_>, transaction: &Transaction, nothing_chosen: bool) -> Answer {
    let engine = &gateway.engine;
    let offered = engine.offered(transaction);
    if offered.is_empty() {
        let reason = "every lender that could pay this order is switched off for the merchant (control API, merchants)";
        let refusal = Refusal::new(Code::NOT_ACTIVATED, Slug::MITRA_CD_INACTIVE, reason);
        return refused(gateway, asked, Info::NoLender, No::about(refusal, transaction));
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
                selected: preselected == Some(*partner),
            }
        })
        .collect();
    let language = Language::of(asked.request);
    let checkout_page = CheckoutPage {
        lang: language.lang,
        t_xid: transaction.t_xid.as_str(),
        merchant: transaction.i_mid.as_str(),
        goods: &transaction.order.goods_nm,
        amount: transaction.amount.for_people(),
        reference_no: transaction.reference_no.as_str(),
        lenders,
        nothing_chosen,
    };
    Answer::page(page(StatusCode::OK, &checkout_page, language.cookies())).about(transaction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(lang: Lang, nothing_chosen: bool) -> String {
        let option = |mitra_cd, name, tenors, selected| LenderOption { mitra_cd, name, tenors, selected };
        let lenders = vec![option("KDVI", "Kredivo", (1, 12), false), option("IDNA", "Indodana", (1, 1), true)];
        CheckoutPage {
            lang,
            t_xid: "IONPAYTEST0620260101000000",
            merchant: "IONPAYTEST",
            goods: "<b>Kopi</b> & \"teh\"",
            amount: "Rp 25.145".to_owned(),
            reference_no: "order-1",
            lenders,
            nothing_chosen,
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
        let lenders = vec![LenderOption { mitra_cd: "AKLP", name: "Akulaku", tenors: (1, 12), selected: true }];
        let page = CheckoutPage {
            lang: Lang::Id,
            t_xid: "1",
            merchant: "SHOP",
            goods: "",
            amount: "Rp 25.145".to_owned(),
            reference_no: "order-1",
            lenders,
            nothing_chosen: false,
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
