//! `POST /nicepay/direct/v2/inquiry` (§2.5).

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, json};
use crate::engine::Operation;
use crate::protocol::{InquiryAnswer, InquiryRequest, Recipe, status_digit, unknown_t_xid};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(Some(Operation::Inquiry), request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    inquire(gateway, asked)
        .unwrap_or_else(|no| gateway.refuse("inquiry", no, |code| json(&InquiryAnswer::refused(code))))
}

fn inquire(gateway: &Gateway, asked: &Asked<'_>) -> Result<Answer, No> {
    let (sent, note) = asked.json(gateway.profile)?;
    let refused = |refusal| No::to(refusal, &sent);
    let merchant = gateway.authenticate(Recipe::INQUIRY, &sent).map_err(refused)?;
    let question = InquiryRequest::read(&sent, gateway.profile).map_err(refused)?;
    let unknown = || refused(unknown_t_xid(question.t_xid, "2.5"));
    let transaction = gateway.engine.transaction(question.t_xid).ok_or_else(unknown)?;
    question.check(merchant.i_mid.as_str(), &transaction, &gateway.assumed).map_err(refused)?;
    gateway.engine.record_inquiry(&transaction, status_digit(transaction.stage(), &gateway.assumed).0);
    let answer = Answer::json(&InquiryAnswer::of(&transaction, &gateway.assumed)).about(&transaction);
    Ok(Answer { notes: note.into_iter().collect(), ..answer })
}
