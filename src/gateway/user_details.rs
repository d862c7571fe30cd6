//! `POST /nicepay/direct/v2/user-details` (§2.11).

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, json};
use super::token_fault::token_fault;
use crate::engine::Operation;
use crate::protocol::{Code, Recipe, Refusal, UserDetailsAnswer, token_to_look_at};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(Some(Operation::UserDetails), request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    details(gateway, asked)
        .unwrap_or_else(|no| gateway.refuse("user-details", no, |code| json(&UserDetailsAnswer::refused(code))))
}

fn details(gateway: &Gateway, asked: &Asked<'_>) -> Result<Answer, No> {
    let (sent, note) = asked.json(gateway.profile)?;
    let refused = |refusal| No::to(refusal, &sent);
    let (merchant, stamped) =
        gateway.authenticate_either(Recipe::USER_DETAILS, Recipe::USER_DETAILS_STAMPED, &sent).map_err(refused)?;
    let user_token = token_to_look_at(&sent, gateway.profile).map_err(refused)?;
    let account = gateway.engine.account_of(&merchant.i_mid, user_token).map_err(|fault| {
        refused(Refusal { code: Code::USER_TOKEN, diagnosis: token_fault(fault, None, user_token, "2.11") })
    })?;
    let answer = Answer::json(&UserDetailsAnswer::of(&account)).of_merchant(&merchant.i_mid);
    Ok(Answer { notes: note.into_iter().chain(stamped).collect(), ..answer })
}
