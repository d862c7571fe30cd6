//! `POST /transactions/{tXid}/cancel`: gives money back, as the merchant's back office would.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::operation::{Answer, Body, Operation};
use super::problem::{Extras, Kind, Problem};
use super::transactions::ONE;
use super::{Control, read, view};
use crate::domain::Amount;
use crate::engine::{Cancel, CancelError};
use crate::protocol::{Code, status_digit};

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        method: Method::POST,
        path: "/transactions/{tXid}/cancel",
        handler: web::to(handle),
        id: "cancelTransaction",
        tag: "transactions",
        summary: "Gives money back",
        description: "As the merchant's back office would: all that is left, or a part. It does not mind that the \
                      payment was just made.",
        parameters: ONE,
        body: Some(Body::json::<CancelRequest>(json!({ "amt": "10000" }))),
        answers: vec![Answer::json::<Cancelled>(
            StatusCode::OK,
            "What was given back.",
            json!({ "stage": "approved", "status": "0", "amt": "10000", "cancelAmt": "10000" }),
        )],
        problems: &[Kind::NOT_FOUND, Kind::STAGE, Kind::CANCEL, Kind::BAD_VALUE],
    }]
}

/// What is to be given back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CancelTransaction")]
struct CancelRequest {
    /// In rupiah, more than nothing; everything that is left where it is missing.
    amt: Option<read::Whole>,
}

/// What was given back.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Cancelled {
    /// Where the transaction stands now.
    stage: view::Stage,
    /// The digit that an inquiry would answer.
    status: &'static str,
    /// What went back this time, in rupiah.
    amt: Amount,
    /// What has gone back in all, in rupiah.
    cancel_amt: Amount,
}

pub(super) async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let wanted: CancelRequest = read::json(&control, &request, payload).await?;
    let amount = wanted.amt.map(|amt| Amount::from_rupiah(amt.0));
    let cancelled =
        control.engine.cancel(&t_xid, Cancel::BackOffice(amount)).map_err(|reason| explain(reason, &t_xid))?;
    let transaction = &cancelled.transaction;
    Ok(view::ok(&Cancelled {
        stage: transaction.stage().into(),
        status: status_digit(transaction.stage(), &control.assumed).0,
        amt: cancelled.amount,
        cancel_amt: transaction.stage().refunded(),
    }))
}

fn explain(reason: CancelError, t_xid: &str) -> Problem {
    let conflict = |code: Code, detail: String| {
        Problem::new(Kind::CANCEL, detail).with(Extras { result_cd: Some(code.cd), ..Extras::default() })
    };
    match reason {
        CancelError::NotFound => Problem::not_found("transaction", t_xid),
        CancelError::NotPaid(stage) => Problem::stage(stage, "cancel"),
        CancelError::TooLate => conflict(Code::CANCEL_TOO_LATE, "it was paid more than 90 days ago".to_owned()),
        CancelError::TooMuch(left) => conflict(Code::CANCEL_TOO_MUCH, format!("only {left} is left")),
        CancelError::Nothing => Problem::bad_value("amt is more than nothing"),
        CancelError::AlreadyCancelled => {
            conflict(Code::CANCELLED_BEFORE, "everything was given back before".to_owned())
        }
        // Only the merchant's own cancels can meet these.
        CancelError::TooEarly(_) => conflict(Code::CANCEL_BUSY, "it was paid just now".to_owned()),
        CancelError::AfterPartial => conflict(Code::CANCEL_AFTER_PARTIAL, "some was given back before".to_owned()),
        CancelError::NotAll(paid) => conflict(Code::CANCEL_NOT_ALL, format!("all of it is {paid}")),
    }
}
