//! `POST /nicepay/direct/v2/checkMid` (§2.12): no document has it, one plug-in's "test connection" button calls it.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, Envelope, No, json};
use crate::protocol::{Code, Field, Recipe, Sent};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    check(gateway, asked).unwrap_or_else(|no| gateway.refuse("checkMid", no, |code| json(&Envelope::from(code))))
}

fn check(gateway: &Gateway, asked: &Asked<'_>) -> Result<Answer, No> {
    let (sent, note) = asked.json(gateway.profile)?;
    // The plug-in hashes these two words where an order's fields would be.
    let fixed = [(Field::ReferenceNo, "TEST"), (Field::Amt, "0")];
    let own = [Field::TimeStamp, Field::IMid, Field::MerchantToken];
    let own = own.into_iter().map(|field| (field, sent.text(field).unwrap_or_default()));
    let signed = Sent::pairs(own.chain(fixed));
    let merchant = gateway.authenticate(Recipe::CHECK_MID, &signed).map_err(|refusal| No::to(refusal, &sent))?;
    let answer = Answer::json(&Envelope::from(Code::SUCCESS)).of_merchant(&merchant.i_mid);
    Ok(Answer { notes: note.into_iter().collect(), ..answer })
}
