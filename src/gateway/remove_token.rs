//! `POST /nicepay/direct/v2/remove-token` (§2.10).

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, json};
use super::token_fault::token_fault;
use crate::engine::Operation;
use crate::protocol::{Code, Recipe, Refusal, RemoveTokenAnswer, token_to_remove};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(Some(Operation::RemoveToken), request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    remove(gateway, asked)
        .unwrap_or_else(|no| gateway.refuse("remove-token", no, |code| json(&RemoveTokenAnswer::refused(code))))
}

fn remove(gateway: &Gateway, asked: &Asked<'_>) -> Result<Answer, No> {
    let (sent, note) = asked.json(gateway.profile)?;
    let refused = |refusal| No::to(refusal, &sent);
    let merchant = gateway.authenticate(Recipe::REMOVE_TOKEN, &sent).map_err(refused)?;
    let user_token = token_to_remove(&sent, gateway.profile).map_err(refused)?;
    let removed = gateway.engine.remove_token(&merchant.i_mid, user_token).map_err(|fault| {
        refused(Refusal { code: Code::USER_TOKEN, diagnosis: token_fault(fault, None, user_token, "2.10") })
    })?;
    let answer = Answer::json(&RemoveTokenAnswer::of(&removed)).of_merchant(&merchant.i_mid);
    Ok(Answer { notes: note.into_iter().collect(), ..answer })
}
