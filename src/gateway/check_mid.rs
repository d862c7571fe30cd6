//! `POST /nicepay/direct/v2/checkMid` (§2.12): no document has it, one plug-in's "test connection" button calls it.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, Envelope, No, json};
use crate::engine::Operation;
use crate::protocol::{Code, Recipe, required_time_stamp};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(Some(Operation::CheckMid), request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    check(gateway, asked).unwrap_or_else(|no| gateway.refuse("checkMid", no, |code| json(&Envelope::from(code))))
}

fn check(gateway: &Gateway, asked: &Asked<'_>) -> Result<Answer, No> {
    let (sent, note) = asked.json(gateway.profile)?;
    let no = |refusal| No::to(refusal, &sent);
    let merchant = gateway.authenticate(Recipe::CHECK_MID, &sent).map_err(no)?;
    required_time_stamp(&sent, gateway.profile, "2.12").map_err(no)?;
    let answer = Answer::json(&Envelope::from(Code::SUCCESS)).of_merchant(&merchant.i_mid);
    Ok(Answer { notes: note.into_iter().collect(), ..answer })
}
