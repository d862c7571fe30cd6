//! `GET`, `POST /nicepay/redirect/v2/payment` (§2.8): NICEPAY's own page, where the customer chooses a lender.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Gateway;
use super::answer::{Answer, Asked, No};
use super::frame::Page;
use super::notice::{GatewayNotice, Over, notice, said};
use super::payment::way_back;
use super::text::Text;
use crate::domain::{Channel, Partner, Stage, Transaction};
use crate::engine::{OpenedPayment, PartnerChoiceError};
use crate::page::{Lang, Language, page};
use crate::paths;
use crate::protocol::{CallbackResult, Code, Field, Refusal, RequestFields, hosted_t_xid, unknown_checkout};

/// Checkout's hosted page: which lender shall it be?
#[derive(Debug, Template)]
#[template(path = "gateway/choose.html")]
struct ChoosePage<'a> {
    /// The language of the page.
    lang: Lang,
    /// The transaction.
    t_xid: &'a str,
    /// The merchant's iMid.
    merchant: &'a str,
    /// What is being bought, in the merchant's words.
    goods: &'a str,
    /// The amount to pay, formatted: `Rp 25.145`.
    amount: String,
    /// The merchant's own number for the order.
    reference_no: &'a str,
    /// The lenders on offer.
    lenders: Vec<LenderOption>,
    /// Whether the form came without a lender that is on offer.
    nothing_chosen: bool,
}

/// One lender on offer.
#[derive(Debug, Clone)]
struct LenderOption {
    /// Its code.
    mitra_cd: &'static str,
    /// Its name.
    name: &'static str,
    /// Its shortest and its longest tenor, in months.
    tenors: (u8, u8),
    /// Whether it is chosen when the page opens.
    selected: bool,
}

impl ChoosePage<'_> {
    /// The one lender on offer, where there is no choice.
    fn only(&self) -> Option<&LenderOption> {
        self.lenders.first().filter(|_| self.lenders.len() == 1)
    }

    fn title(&self) -> String {
        match self.only() {
            Some(lender) => self.t().only_title.replace("{}", lender.name),
            None => self.t().choose_title.to_owned(),
        }
    }

    fn lead(&self) -> String {
        match self.only() {
            Some(lender) => self.t().only_lead.replace("{}", lender.name),
            None => self.t().choose_lead.to_owned(),
        }
    }
}

impl LenderOption {
    /// Its tenors: `30 days to 12 months`.
    fn terms(&self, text: &Text) -> String {
        text.terms(self.tenors.0, self.tenors.1)
    }
}

impl Page for ChoosePage<'_> {
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
            arrive(gateway, asked, hosted_t_xid(&sent), |transaction| choice(gateway, asked, transaction, false))
        })
        .await
}

pub(super) async fn submit(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway
        .exchange(None, request, payload, |gateway, asked| {
            let form = String::from_utf8_lossy(asked.body);
            let sent = RequestFields::form(&form);
            arrive(gateway, asked, hosted_t_xid(&sent), |transaction| {
                let chosen =
                    sent.text(Field::MitraCd).and_then(Partner::from_mitra_cd).ok_or(PartnerChoiceError::NotOffered);
                let t_xid = transaction.t_xid.as_str();
                match chosen.and_then(|partner| Ok((partner, gateway.engine.choose_partner(t_xid, partner)?))) {
                    Ok((partner, link)) => {
                        let page = paths::partner_page(partner.slug(), paths::SIGN_IN, &link);
                        Answer { status: StatusCode::SEE_OTHER, ..Answer::redirect(page) }.about(transaction)
                    }
                    Err(PartnerChoiceError::NotOffered) => choice(gateway, asked, transaction, true),
                    // It ended a moment ago: look again.
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
            arrive(gateway, asked, hosted_t_xid(&sent), |transaction| {
                match gateway.engine.leave_checkout(transaction.t_xid.as_str()) {
                    Ok(link) => {
                        let back = paths::page(paths::PAYMENT_RETURN, &link);
                        Answer::page(said(asked, GatewayNotice::Left, Some((transaction, &back)))).about(transaction)
                    }
                    // Whoever has signed in at a lender leaves there.
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

/// Finds the order; one that is over goes back to the merchant at once, whatever was wanted.
fn arrive(gateway: &Gateway, asked: &Asked<'_>, t_xid: &str, wanted: impl FnOnce(&Transaction) -> Answer) -> Answer {
    let Some(transaction) = gateway.engine.transaction(t_xid) else {
        return notice(gateway, asked, GatewayNotice::Unknown, No::from(unknown_checkout(t_xid)));
    };
    // A Checkout's registration has a callBackUrl.
    let (Channel::Checkout { .. }, Some(url)) = (transaction.channel, transaction.callback_url.clone()) else {
        let reason = "the order was registered by the direct API: send the browser to /nicepay/direct/v2/payment (2.2)";
        let refusal = Refusal::new(Code::NOT_SIMULATED, "tXid/not-checkout", reason);
        return notice(gateway, asked, GatewayNotice::NotCheckout, No::about(refusal, &transaction));
    };
    let stage = transaction.stage();
    if stage.is_payable() && !transaction.is_seamless() {
        return wanted(&transaction);
    }
    let over = over(&transaction);
    if let Some(refusal) = over.clone() {
        gateway.refuse("checkout", No::about(refusal, &transaction), |_| Vec::new());
    }
    let because = |answer: Answer| match &over {
        Some(refusal) => answer.because(refusal.diagnosis.clone()),
        None => answer,
    };
    // A browser does not follow a form to another site (`form-action`): it leaves by a link, which comes here again.
    if asked.request.method() == Method::POST {
        let here = format!("{}?tXid={t_xid}", paths::CHECKOUT_PAGE);
        let notice = GatewayNotice::Over(Over::of(&transaction));
        return because(Answer::page(said(asked, notice, Some((&transaction, &here)))).about(&transaction));
    }
    if stage.is_payable() {
        // Seamless: there is nobody to ask. It settles, or the lender wants an OTP.
        if let Some(OpenedPayment::Partner(partner, link)) = gateway.engine.open_payment(t_xid, &url) {
            return Answer::redirect(paths::partner_page(partner.slug(), paths::SIGN_IN, &link)).about(&transaction);
        }
        let settled = gateway.engine.transaction(t_xid).unwrap_or(transaction);
        return way_back(gateway, asked, &settled, &url, CallbackResult::Stage);
    }
    let result = over.as_ref().map_or(CallbackResult::Stage, |refusal| CallbackResult::Refused(refusal.code));
    because(way_back(gateway, asked, &transaction, &url, result))
}

/// Why an order that is over is no longer for this page; none where its browser has come for its result.
fn over(transaction: &Transaction) -> Option<Refusal> {
    let refusal = |code, slug, reason: &str| Some(Refusal::new(code, slug, reason));
    match transaction.stage() {
        Stage::Approved { .. } if transaction.is_seamless() => None,
        Stage::Approved { .. } | Stage::Cancelled { .. } => {
            refusal(Code::ALREADY_APPROVED, "transaction/paid", "the order is paid already (2.8)")
        }
        Stage::Expired { .. } => refusal(Code::EXPIRED, "transaction/expired", "the order's time is up (3.2)"),
        _ => None,
    }
}

/// The page.
fn choice(gateway: &Gateway, asked: &Asked<'_>, transaction: &Transaction, nothing_chosen: bool) -> Answer {
    let engine = &gateway.engine;
    let offered = engine.offered(transaction);
    if offered.is_empty() {
        let reason = "every lender that could pay this order is switched off for the merchant (control API, merchants)";
        let refusal = Refusal::new(Code::NOT_ACTIVATED, "mitraCd/inactive", reason);
        return notice(gateway, asked, GatewayNotice::NothingOffered, No::about(refusal, transaction));
    }
    let named = transaction.order.partner.or_else(|| offered.first().copied().filter(|_| offered.len() == 1));
    let lenders = offered
        .iter()
        .map(|partner| {
            let months = engine.catalog().products(*partner).iter().map(|product| product.months);
            LenderOption {
                mitra_cd: partner.mitra_cd(),
                name: partner.name(),
                tenors: (months.clone().min().unwrap_or(1), months.max().unwrap_or(1)),
                selected: named == Some(*partner),
            }
        })
        .collect();
    let language = Language::of(asked.request);
    let shown = ChoosePage {
        lang: language.lang,
        t_xid: transaction.t_xid.as_str(),
        merchant: transaction.i_mid.as_str(),
        goods: &transaction.order.goods_nm,
        amount: transaction.amount.formatted(),
        reference_no: transaction.reference_no.as_str(),
        lenders,
        nothing_chosen,
    };
    Answer::page(page(StatusCode::OK, &shown, language.cookies())).about(transaction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(lang: Lang, nothing_chosen: bool) -> String {
        let option = |mitra_cd, name, tenors, selected| LenderOption { mitra_cd, name, tenors, selected };
        let lenders = vec![option("KDVI", "Kredivo", (1, 12), false), option("IDNA", "Indodana", (1, 1), true)];
        ChoosePage {
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
    fn the_choice_has_its_forms_and_escapes_what_others_wrote() {
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
        let page = ChoosePage {
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
