//! `GET /nicepay/direct/v2/payment/return`: where the partner hands the browser back. The partner knows no merchant: the
//! gateway builds the callback (§2.4).

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, json};
use super::payment::way_back;
use crate::ledger::Stage;
use crate::paths;
use crate::protocol::{CallbackResult, Code, PaymentJson, Refusal};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    let query = asked.request.query_string();
    let link = query.split('&').find_map(|pair| pair.strip_prefix("tk=")).unwrap_or_default();
    let Some(transaction) = gateway.engine.visit(link) else {
        let no = No::from(Refusal::new(Code::NOT_FOUND, "tk/unknown", "no payment has this link"));
        return gateway.refuse("return", no, |code| json(&PaymentJson::refused(code)));
    };
    match (transaction.stage(), &transaction.callback_url) {
        // Whoever is not finished belongs on the partner's pages.
        (Stage::Registered | Stage::AtPartner(_), _) | (_, None) => {
            let page = paths::partner_page(transaction.order.partner.slug(), paths::SIGN_IN, link);
            Answer::redirect(page).about(&transaction)
        }
        (_, Some(url)) => way_back(gateway, &transaction, url, CallbackResult::Stage),
    }
}
