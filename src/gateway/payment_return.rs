//! `GET /nicepay/direct/v2/payment/return`: where the partner hands the browser back. The partner knows no merchant: the
//! gateway builds the callback (§2.4).

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, json};
use super::payment::way_back;
use crate::domain::{Partner, Stage};
use crate::paths;
use crate::protocol::{CallbackResult, Code, PaymentJson, Refusal};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(None, request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    let link = link_of(asked);
    let Some(transaction) = gateway.engine.transaction_by_link(link) else {
        let no = No::from(Refusal::new(Code::NOT_FOUND, "tk/unknown", "no payment has this link"));
        return gateway.refuse("return", no, |code| json(&PaymentJson::refused(code)));
    };
    match (transaction.stage(), &transaction.callback_url) {
        // Whoever is not finished belongs on the partner's pages.
        (Stage::Registered | Stage::AtPartner(_), _) | (_, None) => {
            let partner = transaction.order.partner.unwrap_or(Partner::Kredivo);
            Answer::redirect(paths::partner_page(partner.slug(), paths::SIGN_IN, link)).about(&transaction)
        }
        (_, Some(url)) => way_back(gateway, asked, &transaction, url, CallbackResult::Stage),
    }
}

/// The link's secret in a query.
pub(super) fn link_of<'a>(asked: &Asked<'a>) -> &'a str {
    asked.request.query_string().split('&').find_map(|pair| pair.strip_prefix("tk=")).unwrap_or_default()
}
