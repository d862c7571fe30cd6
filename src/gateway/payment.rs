//! `GET` and `POST /nicepay/direct/v2/payment` (§2.2): the merchant sends the customer's browser.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, base_url, json};
use super::back::Back;
use super::post_back::PostBackPage;
use crate::domain::{Stage, Transaction};
use crate::engine::{BrowserOf, CallbackSent, OpenedPayment, Operation};
use crate::page::Language;
use crate::paths;
use crate::protocol::{
    Callback, CallbackResult, Code, Field, Method, PaymentJson, PaymentRequest, Recipe, Refusal, RequestFields,
    required_time_stamp,
};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(Some(Operation::Payment), request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    // Browsers send a form or a query; either may be the one that is filled.
    let text = if asked.body.is_empty() { Ok(asked.request.query_string().into()) } else { asked.form() };
    let text = match text {
        Ok(text) => text,
        Err(refusal) => return plain_no(gateway, No::from(refusal)),
    };
    let sent = RequestFields::form(&text);
    let payment = PaymentRequest::read(&sent, gateway.profile);
    let Some(transaction) = gateway.engine.transaction(payment.t_xid) else {
        return plain_no(gateway, No::to(PaymentRequest::unknown(payment.t_xid), &sent));
    };
    let no = |refusal| No::about(refusal, &transaction);
    let callback_url = match payment.callback_url {
        Ok(url) => url,
        Err(refusal) => return plain_no(gateway, no(refusal)),
    };
    // A refusal goes to the merchant's page, as the documents' callback table implies *(assumed)*.
    let sent_back = |refusal: Refusal| {
        let (code, diagnosis) = (refusal.code, refusal.diagnosis.clone());
        if payment.as_json {
            return plain_no(gateway, no(refusal));
        }
        gateway.refuse("payment", no(refusal), |_| Vec::new());
        way_back(gateway, asked, &transaction, callback_url, CallbackResult::Refused(code)).because(diagnosis)
    };
    if let Err(refusal) = verify(gateway, &sent, &transaction) {
        return sent_back(refusal);
    }
    match gateway.engine.open_payment(payment.t_xid, callback_url) {
        None => plain_no(gateway, no(PaymentRequest::unknown(payment.t_xid))),
        Some(OpenedPayment::AlreadyPaid) => {
            let reason = match transaction.stage() {
                Stage::Cancelled { .. } => "the transaction was paid, and cancelled since (2.2)",
                _ => "the transaction is paid already (2.2)",
            };
            sent_back(Refusal::new(Code::ALREADY_APPROVED, "transaction/paid", reason))
        }
        Some(OpenedPayment::Expired) => sent_back(Refusal::new(
            Code::EXPIRED,
            "transaction/expired",
            "the transaction's time is up: 24 hours, payValidDt and payValidTm, or the partner's word (3.2)",
        )),
        Some(OpenedPayment::Settled) => {
            // The stage may have changed just now.
            let transaction = gateway.engine.transaction(payment.t_xid).unwrap_or(transaction);
            if payment.as_json {
                let callback = Callback::build(callback_url, &transaction, CallbackResult::Stage, &gateway.assumed);
                let back = back(&transaction, &callback);
                return redirect_as_json(&transaction, &callback.url()).back(gateway, &transaction.notifications, back);
            }
            way_back(gateway, asked, &transaction, callback_url, CallbackResult::Stage)
        }
        // A Checkout's order: its customer chooses on NICEPAY's own page first.
        Some(OpenedPayment::Choose) => {
            let page = format!("{}?tXid={}", paths::CHECKOUT_PAGE, transaction.t_xid);
            if payment.as_json {
                return redirect_as_json(&transaction, &(base_url(gateway, asked.request) + &page));
            }
            Answer::redirect(page).about(&transaction)
        }
        Some(OpenedPayment::Partner(partner, link)) => {
            let page = paths::partner_page(partner.slug(), paths::SIGN_IN, &link);
            if payment.as_json {
                return redirect_as_json(&transaction, &(base_url(gateway, asked.request) + &page));
            }
            Answer::redirect(page).about(&transaction)
        }
    }
}

/// The payment's token is that of the registered order, with its own timeStamp (§2.2).
fn verify(gateway: &Gateway, sent: &RequestFields<'_>, transaction: &Transaction) -> Result<(), Refusal> {
    let Some(merchant) = gateway.engine.merchant(transaction.i_mid.as_str()) else {
        return Err(Refusal::new(Code::MID, "iMid/unknown", "the merchant was removed since the registration"));
    };
    let amt = transaction.amount.to_string();
    let signed = RequestFields::pairs([
        (Field::TimeStamp, sent.text(Field::TimeStamp).unwrap_or_default()),
        (Field::IMid, transaction.i_mid.as_str()),
        (Field::ReferenceNo, transaction.reference_no.as_str()),
        (Field::Amt, &amt),
        (Field::TXid, transaction.t_xid.as_str()),
        (Field::MerchantToken, sent.text(Field::MerchantToken).unwrap_or_default()),
    ]);
    required_time_stamp(sent, gateway.profile, "2.2")?;
    gateway.verify(Recipe::PAYMENT, &signed, &merchant)
}

/// A refusal with nowhere to go: JSON.
fn plain_no(gateway: &Gateway, no: No) -> Answer {
    gateway.refuse("payment", no, |code| json(&PaymentJson::refused(code)))
}

fn back(transaction: &Transaction, callback: &Callback) -> Back {
    let url = if callback.method == Method::Post { callback.address.clone() } else { callback.url() };
    let sent = CallbackSent { result_cd: callback.result_cd, method: callback.method.word(), url };
    Back { of: BrowserOf::Payment(transaction.t_xid.clone()), callback: Some(sent) }
}

/// Sends the browser back to the merchant: by a redirect, or by a page with a form that sends itself.
pub(super) fn way_back(
    gateway: &Gateway,
    asked: &Asked<'_>,
    transaction: &Transaction,
    callback_url: &str,
    result: CallbackResult,
) -> Answer {
    let callback = Callback::build(callback_url, transaction, result, &gateway.assumed);
    let back = back(transaction, &callback);
    let answer = match callback.method {
        Method::Get => Answer::redirect(callback.url()),
        Method::Post => {
            let lang = Language::of(asked.request).lang;
            Answer::page(PostBackPage { lang, action: &callback.address, fields: &callback.fields }.answer())
        }
    };
    answer.about(transaction).back(gateway, &transaction.notifications, back)
}

/// `returnJsonFormat=1`: documented for e-wallets, sent by a Payloan client too *(assumed)*.
fn redirect_as_json(transaction: &Transaction, location: &str) -> Answer {
    Answer::json(&PaymentJson {
        result_cd: Code::SUCCESS.cd,
        result_msg: Code::SUCCESS.msg,
        t_xid: Some(transaction.t_xid.as_str()),
        reference_no: Some(transaction.reference_no.as_str()),
        redirect_url_http: Some(location),
    })
    .about(transaction)
}
