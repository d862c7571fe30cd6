//! `POST /transactions/{tXid}/cancel`: gives money back, as the merchant's back office would.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use super::{Control, read, view};
use crate::engine::{Cancel, NotCancelled};
use crate::ledger::Amount;
use crate::protocol::{Code, status_digit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// In rupiah; everything that is left where it is missing.
    #[serde(default, deserialize_with = "read::number")]
    amt: Option<u64>,
}

pub(super) async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let wanted: Wanted = read::json(&control, &request, payload).await?;
    if wanted.amt == Some(0) {
        return Err(Problem::bad_value("amt is more than nothing"));
    }
    let amount = wanted.amt.map(Amount::rupiah);
    let cancelled =
        control.engine.cancel(&t_xid, Cancel::BackOffice(amount)).map_err(|reason| explain(reason, &t_xid))?;
    let transaction = &cancelled.transaction;
    Ok(view::ok(&json!({
        "stage": transaction.stage().word(),
        "status": status_digit(transaction.stage(), &control.assumed).0,
        "amt": cancelled.amount,
        "cancelAmt": transaction.stage().refunded(),
    })))
}

fn explain(reason: NotCancelled, t_xid: &str) -> Problem {
    let conflict = |code: Code, detail: String| {
        Problem::new(StatusCode::CONFLICT, "cancel", detail).with("resultCd", code.cd.into())
    };
    match reason {
        NotCancelled::NotFound => Problem::not_found("transaction", t_xid),
        NotCancelled::NotPaid(stage) => Problem::stage(stage, "cancel"),
        NotCancelled::TooLate => conflict(Code::CANCEL_TOO_LATE, "it was paid more than 90 days ago".to_owned()),
        NotCancelled::TooMuch(left) => conflict(Code::CANCEL_TOO_MUCH, format!("only {left} is left")),
        NotCancelled::AlreadyCancelled => {
            conflict(Code::CANCELLED_BEFORE, "everything was given back before".to_owned())
        }
        // Only the merchant's own cancels can meet these.
        NotCancelled::TooEarly(_) => conflict(Code::CANCEL_BUSY, "it was paid just now".to_owned()),
        NotCancelled::AfterPartial => conflict(Code::CANCEL_AFTER_PARTIAL, "some was given back before".to_owned()),
        NotCancelled::NotAll(paid) => conflict(Code::CANCEL_NOT_ALL, format!("all of it is {paid}")),
    }
}
