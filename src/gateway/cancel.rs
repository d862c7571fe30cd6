//! `POST /nicepay/direct/v2/cancel` (§2.6).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, json};
use crate::diagnosis::Slug;
use crate::domain::Merchant;
use crate::engine::{Cancel, CancelError, Operation};
use crate::protocol::{
    CancelAnswer, CancelRequest, Code, Field, Recipe, Refusal, RequestFields, shown, unknown_t_xid, verifies,
};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(Some(Operation::Cancel), request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    cancel(gateway, asked).unwrap_or_else(|no| gateway.refuse("cancel", no, |code| json(&CancelAnswer::refused(code))))
}

fn cancel(gateway: &Gateway, asked: &Asked<'_>) -> Result<Answer, No> {
    let (sent, note) = asked.json(gateway.profile)?;
    let refused = |refusal| No::to(refusal, &sent);
    let merchant = authenticate(gateway, &sent).map_err(refused)?;
    let mut wanted = CancelRequest::read(&sent, gateway.profile).map_err(refused)?;
    let unknown = || refused(unknown_t_xid(wanted.t_xid, "2.6"));
    let transaction = gateway.engine.transaction(wanted.t_xid).ok_or_else(unknown)?;
    wanted.check(merchant.i_mid.as_str(), &transaction, gateway.profile).map_err(refused)?;
    let cancel = if wanted.full { Cancel::Full(wanted.amount) } else { Cancel::Part(wanted.amount) };
    let cancelled = gateway
        .engine
        .cancel(wanted.t_xid, cancel)
        .map_err(|reason| No::about(explain(reason, &wanted), &transaction))?;
    let answer = Answer::json(&CancelAnswer::of(&cancelled.transaction, cancelled.amount));
    wanted.notes.extend(note);
    Ok(Answer { notes: wanted.notes, ..answer.about(&cancelled.transaction) })
}

/// The merchant who signed. An old table has the referenceNo in the token, which need not be sent, and of a part
/// people sign the whole: the order's own number and amount explain such tokens.
fn authenticate(gateway: &Gateway, sent: &RequestFields<'_>) -> Result<Arc<Merchant>, Refusal> {
    let part = |field| sent.text(field).unwrap_or_default();
    let merchant = gateway.known_merchant(sent)?;
    let no = match gateway.verify(Recipe::CANCEL, sent, &merchant) {
        Ok(()) => return Ok(merchant),
        Err(no) if no.diagnosis.slug == Slug::TOKEN_UNKNOWN => no,
        Err(no) => return Err(no),
    };
    let Some(transaction) = gateway.engine.transaction(part(Field::TXid)) else { return Err(no) };
    let amount = transaction.amount.to_string();
    if verifies(Recipe::CANCEL, &with(sent, Field::Amt, &amount), &merchant.key, part(Field::MerchantToken)) {
        let sentence = format!(
            "the token was computed with amt {amount}, the whole order's, but amt {} was sent (2.6)",
            shown(part(Field::Amt))
        );
        return Err(Refusal::new(Code::TOKEN, Slug::TOKEN_AMT_DIFFERS, sentence));
    }
    gateway.verify(Recipe::CANCEL, &with(sent, Field::ReferenceNo, transaction.reference_no.as_str()), &merchant)?;
    Ok(merchant)
}

/// What is signed of what was sent, with another text for one field.
fn with<'a>(sent: &'a RequestFields<'_>, field: Field, text: &'a str) -> RequestFields<'a> {
    let signed = [Field::TimeStamp, Field::IMid, Field::TXid, Field::Amt, Field::MerchantToken];
    let others = signed.into_iter().filter(|known| *known != field);
    RequestFields::pairs(others.map(|known| (known, sent.text(known).unwrap_or_default())).chain([(field, text)]))
}

/// NICEPAY's words for why nothing goes back. What is marked so in §2.6 is *(assumed)*.
fn explain(reason: CancelError, wanted: &CancelRequest<'_>) -> Refusal {
    let amt = wanted.amount;
    let (code, slug, sentence) = match reason {
        CancelError::NotFound => return unknown_t_xid(wanted.t_xid, "2.6"),
        CancelError::NotPaid(stage) => (
            Code::NOT_FOUND,
            Slug::TRANSACTION_UNPAID,
            format!("the transaction is {stage}: only what is paid can be cancelled (2.6)"),
        ),
        CancelError::TooLate => {
            (Code::CANCEL_TOO_LATE, Slug::CANCEL_TOO_LATE, "it was paid more than 90 days ago (2.6)".to_owned())
        }
        CancelError::TooEarly(free_at) => (
            Code::CANCEL_BUSY,
            Slug::CANCEL_TOO_EARLY,
            format!(
                "it was paid just now; the scenario's [cancel] busy has it that this works from {free_at} on (A-25)"
            ),
        ),
        CancelError::AlreadyCancelled => {
            (Code::CANCELLED_BEFORE, Slug::CANCEL_TWICE, "everything was given back before (2.6)".to_owned())
        }
        CancelError::AfterPartial => (
            Code::CANCEL_AFTER_PARTIAL,
            Slug::CANCEL_FULL_AFTER_PARTIAL,
            "some was given back before: use cancelType 2 for the rest (2.6)".to_owned(),
        ),
        CancelError::TooMuch(left) => {
            (Code::CANCEL_TOO_MUCH, Slug::CANCEL_TOO_MUCH, format!("amt is {amt}, but only {left} is left (2.6)"))
        }
        CancelError::Nothing => {
            (Code::CANCEL_NOTHING, Slug::AMT_NOT_POSITIVE, format!("amt {amt} is not more than nothing (2.6)"))
        }
        CancelError::NotAll(paid) => (
            Code::CANCEL_NOT_ALL,
            Slug::CANCEL_NOT_ALL,
            format!("cancelType 1 gives everything back, and that is {paid}, not {amt}: use cancelType 2 (2.6)"),
        ),
    };
    Refusal::new(code, slug, sentence)
}
