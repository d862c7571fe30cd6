//! `POST /transactions/{tXid}/cancel`: cancels or refunds a payment, like the merchant's back office.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::transactions::T_XID;
use crate::control::api::{
    ApiOperation, ApiResponse, Problem, ProblemExtras, ProblemKind, RequestBody, WholeNumber, request, response,
};
use crate::control::{Control, view};
use crate::domain::Amount;
use crate::engine::{Cancel, CancelError};
use crate::protocol::{Code, status_digit};

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![ApiOperation {
        method: Method::POST,
        path: "/transactions/{tXid}/cancel",
        handler: web::to(handle),
        id: "cancelTransaction",
        tag: "transactions",
        summary: "Cancels or refunds a payment",
        description: "Like the merchant's back office: the whole remaining amount, or a part of it. It is also \
                      possible immediately after the payment.",
        parameters: T_XID,
        body: Some(RequestBody::json::<CancelTransaction>(json!({ "amt": "10000" }))),
        responses: vec![ApiResponse::json::<Cancelled>(
            StatusCode::OK,
            "The refunded amounts.",
            json!({ "stage": "approved", "status": "0", "amt": "10000", "cancelAmt": "10000" }),
        )],
        problems: &[ProblemKind::NOT_FOUND, ProblemKind::STAGE, ProblemKind::CANCEL, ProblemKind::BAD_VALUE],
    }]
}

/// The amount to refund.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CancelTransaction {
    /// The amount in rupiah, more than 0. Default: the whole remaining amount.
    amt: Option<WholeNumber>,
}

/// The refunded amounts.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Cancelled {
    /// The stage of the transaction.
    stage: view::Stage,
    /// The `status` digit that an inquiry returns.
    status: &'static str,
    /// The amount refunded by this call, in rupiah.
    amt: Amount,
    /// The total refunded amount, in rupiah.
    cancel_amt: Amount,
}

async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let body: CancelTransaction = request::json(&control, &request, payload).await?;
    let amount = body.amt.map(|amt| Amount::from_rupiah(amt.0));
    let cancelled =
        control.engine.cancel(&t_xid, Cancel::BackOffice(amount)).map_err(|error| problem(error, &t_xid))?;
    let transaction = &cancelled.transaction;
    Ok(response::ok(&Cancelled {
        stage: transaction.stage().into(),
        status: status_digit(transaction.stage(), &control.undocumented).0,
        amt: cancelled.amount,
        cancel_amt: transaction.stage().refunded(),
    }))
}

fn problem(error: CancelError, t_xid: &str) -> Problem {
    let conflict = |code: Code, detail: String| {
        Problem::new(ProblemKind::CANCEL, detail)
            .with_extras(ProblemExtras { result_cd: Some(code.cd), ..ProblemExtras::default() })
    };
    match error {
        CancelError::NotFound => Problem::not_found("transaction", t_xid),
        CancelError::NotPaid(stage) => Problem::wrong_stage(stage, "cancel"),
        CancelError::TooLate => conflict(Code::CANCEL_TOO_LATE, "it was paid more than 90 days ago".to_owned()),
        CancelError::TooMuch(left) => conflict(Code::CANCEL_TOO_MUCH, format!("only {left} remains")),
        CancelError::Nothing => Problem::bad_value("amt must be more than 0"),
        CancelError::AlreadyCancelled => {
            conflict(Code::CANCELLED_BEFORE, "the whole amount is already refunded".to_owned())
        }
        // These are errors of the merchant's own cancels only.
        CancelError::TooLateAt(..) => conflict(Code::CANCEL_TOO_LATE, error.to_string()),
        CancelError::TooEarly(_) => conflict(Code::CANCEL_BUSY, "it was paid just now".to_owned()),
        CancelError::AfterPartial => conflict(Code::CANCEL_AFTER_PARTIAL, "a part is already refunded".to_owned()),
        CancelError::NotAll(paid) => conflict(Code::CANCEL_NOT_ALL, format!("the whole amount is {paid}")),
    }
}
