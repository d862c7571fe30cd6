//! `GET` and `POST /nicepay/direct/v2/payment` (`docs/PROTOCOL.md` §2.2): the merchant sends the customer's browser.

use super::post_back::PostBackPage;
use super::returning_browser::ReturningBrowser;
use crate::diagnosis::Slug;
use crate::domain::{Stage, Transaction};
use crate::endpoints::Endpoint;
use crate::engine::{BrowserSubject, CallbackSent, OpenedPayment};
use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler, base_url, is_https, json};
use crate::page::Language;
use crate::paths;
use crate::protocol::{
    Callback, CallbackResult, Code, Field, Findings, Method, PaymentRequest, PaymentResponse, Refusal, RequestFields,
    required_time_stamp,
};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: open, refusal: |_, code| json(&PaymentResponse::refused(code)) };

fn open(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    findings: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    // The fields are in the form, or in the query if the body is empty.
    let text = if request.body.is_empty() { request.http.query_string().into() } else { request.form()? };
    let fields = RequestFields::form(&text);
    let payment = PaymentRequest::read(&fields, &text, &gateway.undocumented, findings);
    let unknown = || PaymentRequest::unknown(&fields);
    let transaction =
        gateway.engine.transaction(payment.t_xid).ok_or_else(|| EndpointRefusal::of_fields(unknown(), &fields))?;
    let refused = |refusal| EndpointRefusal::of_transaction(refusal, &transaction);
    let callback_url = payment.callback_url.map_err(refused)?;
    // A refusal goes to the merchant's page, as the documents' callback table implies *(assumed)*.
    let refuse_by_callback = |refusal: Refusal| {
        if payment.wants_json {
            return Err(refused(refusal));
        }
        let (code, diagnosis) = (refusal.code, refusal.diagnosis.clone());
        gateway.refuse(request.endpoint_name(), refused(refusal), |_| Vec::new());
        let result = CallbackResult::Refused(code);
        Ok(return_to_merchant(gateway, request, &transaction, callback_url, result).because(diagnosis))
    };
    if let Err(refusal) = verify(gateway, request, &fields, &transaction, findings) {
        return refuse_by_callback(refusal);
    }
    let redirect = |page: String| {
        if payment.wants_json {
            return redirect_as_json(&transaction, &(base_url(gateway, request.http) + &page));
        }
        GatewayResponse::redirect(page).about(&transaction)
    };
    match gateway.engine.open_payment(payment.t_xid, callback_url).ok_or_else(|| refused(unknown()))? {
        OpenedPayment::AlreadyPaid => {
            let reason = match transaction.stage() {
                Stage::Cancelled { .. } => "the transaction was paid and then cancelled (docs/PROTOCOL.md §2.2)",
                _ => "the transaction is already paid (docs/PROTOCOL.md §2.2)",
            };
            refuse_by_callback(Refusal::new(Code::ALREADY_APPROVED, Slug::TRANSACTION_PAID, reason))
        }
        OpenedPayment::Expired => refuse_by_callback(Refusal::new(
            Code::EXPIRED,
            Slug::TRANSACTION_EXPIRED,
            "the transaction has expired: after 24 hours, at payValidDt and payValidTm, or by the lender's decision \
             (docs/PROTOCOL.md §3.2)",
        )),
        OpenedPayment::Settled => {
            // The stage may have changed just now.
            let transaction = gateway.engine.transaction(payment.t_xid).unwrap_or_else(|| transaction.clone());
            if payment.wants_json {
                let callback = Callback::from_transaction(
                    callback_url,
                    &transaction,
                    CallbackResult::Stage,
                    &gateway.undocumented,
                );
                let browser = returning_browser(&transaction, &callback);
                let response = redirect_as_json(&transaction, &callback.url());
                return Ok(response.returning(gateway, &transaction.notifications, browser));
            }
            Ok(return_to_merchant(gateway, request, &transaction, callback_url, CallbackResult::Stage))
        }
        // In Checkout the customer first chooses a lender on NICEPAY's own page.
        OpenedPayment::Choose => Ok(redirect(format!("{}?tXid={}", Endpoint::CheckoutPage.path(), transaction.t_xid))),
        OpenedPayment::Partner(partner, link) => {
            Ok(redirect(paths::partner_page(partner.slug(), paths::SIGN_IN, &link)))
        }
    }
}

/// Verifies the token, which covers the registered order and the payment's own timeStamp (`docs/PROTOCOL.md` §2.2).
fn verify(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    fields: &RequestFields<'_>,
    transaction: &Transaction,
    findings: &mut Findings,
) -> Result<(), Refusal> {
    let Some(merchant) = gateway.engine.merchant(transaction.i_mid.as_str()) else {
        return Err(Refusal::new(Code::MID, Slug::I_MID_UNKNOWN, "the merchant was removed since the registration"));
    };
    let amt = transaction.amount.to_string();
    let signed = fields.with([
        (Field::TimeStamp, fields.text(Field::TimeStamp).unwrap_or_default()),
        (Field::IMid, transaction.i_mid.as_str()),
        (Field::ReferenceNo, transaction.reference_no.as_str()),
        (Field::Amt, &amt),
        (Field::TXid, transaction.t_xid.as_str()),
        (Field::MerchantToken, fields.text(Field::MerchantToken).unwrap_or_default()),
    ]);
    required_time_stamp(fields, findings, "2.2")?;
    gateway.verify(request.recipe(), &signed, &merchant)
}

fn returning_browser(transaction: &Transaction, callback: &Callback) -> ReturningBrowser {
    let url = if callback.method == Method::Post { callback.address.clone() } else { callback.url() };
    let callback_sent = CallbackSent { result_cd: callback.result_cd, method: callback.method.as_str(), url };
    ReturningBrowser { origin: BrowserSubject::Payment(transaction.t_xid.clone()), callback: Some(callback_sent) }
}

/// Sends the browser back to the merchant: by a redirect, or by a page with a form that submits itself (`docs/PROTOCOL.md`
///
pub(super) fn return_to_merchant(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    transaction: &Transaction,
    callback_url: &str,
    result: CallbackResult,
) -> GatewayResponse {
    let callback = Callback::from_transaction(callback_url, transaction, result, &gateway.undocumented);
    let browser = returning_browser(transaction, &callback);
    let response = match callback.method {
        Method::Get => GatewayResponse::redirect(callback.url()),
        Method::Post => {
            let lang = Language::from_request(request.http).lang;
            let page = PostBackPage::new(lang, &callback, is_https(gateway, request.http));
            GatewayResponse::page(page.respond())
        }
    };
    response.about(transaction).returning(gateway, &transaction.notifications, browser)
}

/// `returnJsonFormat=1`: documented for e-wallets, sent by a Payloan client too *(assumed)*.
fn redirect_as_json(transaction: &Transaction, location: &str) -> GatewayResponse {
    GatewayResponse::json(&PaymentResponse {
        result_cd: Code::SUCCESS.cd,
        result_msg: Code::SUCCESS.msg,
        t_xid: Some(transaction.t_xid.as_str()),
        reference_no: Some(transaction.reference_no.as_str()),
        redirect_url_http: Some(location),
    })
    .about(transaction)
}
