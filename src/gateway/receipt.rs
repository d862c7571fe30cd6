//! `POST /nicepay/direct/v2/confirmAkulaku` and `/nicepay/api/direct/v2/confirmAkulaku` (§2.7), as a form or as JSON.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, json};
use crate::diagnosis::Slug;
use crate::engine::{Operation, ReceiptError};
use crate::protocol::{Code, ReceiptAnswer, ReceiptRequest, Recipe, Refusal, RequestFields, unknown_t_xid};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(Some(Operation::ConfirmAkulaku), request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    confirm(gateway, asked)
        .unwrap_or_else(|no| gateway.refuse("confirmAkulaku", no, |code| json(&ReceiptAnswer::from(code))))
}

fn confirm(gateway: &Gateway, asked: &Asked<'_>) -> Result<Answer, No> {
    // The documents say form, a client sends JSON.
    let (text, note);
    let sent = if asked.says_json() || asked.body.trim_ascii_start().starts_with(b"{") {
        let (sent, remark) = asked.json(gateway.profile)?;
        note = remark;
        sent
    } else {
        text = asked.form()?;
        note = None;
        RequestFields::form(&text)
    };
    let refused = |refusal| No::to(refusal, &sent);
    let merchant = gateway.authenticate(Recipe::CONFIRM_AKULAKU, &sent).map_err(refused)?;
    let t_xid = ReceiptRequest::read(&sent, gateway.profile).map_err(refused)?.t_xid;
    let unknown = || refused(unknown_t_xid(t_xid, "2.7"));
    let transaction = gateway.engine.transaction(t_xid).ok_or_else(unknown)?;
    if transaction.i_mid != merchant.i_mid {
        let reason = "the tXid is another merchant's (2.7)";
        return Err(refused(Refusal::new(Code::NOT_FOUND, Slug::T_XID_OTHER_MERCHANT, reason)));
    }
    let confirmed = gateway.engine.confirm_receipt(t_xid).map_err(|reason| {
        let (slug, sentence) = match reason {
            ReceiptError::NotFound => return unknown(),
            ReceiptError::OtherPartner => {
                (Slug::MITRA_CD_NOT_AKULAKU, "only Akulaku wants to know whether the goods arrived (2.7)".to_owned())
            }
            ReceiptError::NotPaid(stage) => (
                Slug::TRANSACTION_UNPAID,
                format!("the transaction is {stage}: nothing is paid that could arrive (2.7)"),
            ),
        };
        No::about(Refusal::new(Code::NOT_SIMULATED, slug, sentence), &transaction)
    })?;
    let answer = Answer::json(&ReceiptAnswer::from(Code::SUCCESS)).about(&confirmed);
    Ok(Answer { notes: note.into_iter().collect(), ..answer })
}
