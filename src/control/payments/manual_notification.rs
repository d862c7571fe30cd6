//! `POST /transactions/{tXid}/notify`: sends a notification now: normal, with other fields, or as a variant.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::transactions::T_XID;
use crate::control::Control;
use crate::control::api::{
    ApiOperation, ApiResponse, Problem, ProblemExtras, ProblemKind, RequestBody, request, response,
};
use crate::domain::Variant;
use crate::engine::ManualNotificationError;
use crate::scenarios::NotificationPlanConfig;

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![ApiOperation {
        method: Method::POST,
        path: "/transactions/{tXid}/notify",
        handler: web::to(handle),
        id: "notify",
        tag: "transactions",
        summary: "Sends a notification now",
        description: "With the normal fields, with other fields, or as one of the variants of rules \
                      (docs/guides/notifications-and-failures.md). One attempt each, without retries. `lost` withdraws the notifications \
                      that were not attempted yet. `out-of-order` sends the notification of the review again.",
        parameters: T_XID,
        body: Some(RequestBody::json::<NotificationPlanConfig>(json!({ "variant": "changed-status", "status": "8" }))),
        responses: vec![ApiResponse::json::<NotificationsSent>(
            StatusCode::ACCEPTED,
            "The notifications are being sent; the event `notification.attempted` has the result of each.",
            json!({ "notifications": ["1"] }),
        )],
        problems: &[
            ProblemKind::NOT_FOUND,
            ProblemKind::STAGE,
            ProblemKind::NOTHING_TO_WITHDRAW,
            ProblemKind::BAD_VALUE,
            ProblemKind::MEMORY,
        ],
    }]
}

/// The notifications that are being sent, or were withdrawn.
#[derive(Serialize, JsonSchema)]
struct NotificationsSent {
    /// Their numbers.
    notifications: Vec<String>,
}

async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let config: NotificationPlanConfig = request::json(&control, &request, payload).await?;
    if config.kinds.is_some() {
        return Err(Problem::bad_value("`of` is only for rules: here the transaction's stage decides what is sent"));
    }
    if config.variant == Variant::BeforeAnswer {
        return Err(Problem::bad_value("`before-answer` is not possible: the registration is already answered"));
    }
    let plan = config.compile().map_err(Problem::bad_value)?;
    let sent = control.engine.send_manual_notification(&t_xid, plan).map_err(|error| problem(&error, &t_xid))?;
    let notifications = sent.iter().map(ToString::to_string).collect();
    Ok(response::json(StatusCode::ACCEPTED, &NotificationsSent { notifications }))
}

fn problem(error: &ManualNotificationError, t_xid: &str) -> Problem {
    let wrong_stage = |stage: &'static str, reason: &str| {
        let detail = format!("a transaction that is {stage} {reason}");
        Problem::new(ProblemKind::STAGE, detail)
            .with_extras(ProblemExtras { stage: Some(stage), ..ProblemExtras::default() })
    };
    match error {
        ManualNotificationError::NotFound => Problem::not_found("transaction", t_xid),
        ManualNotificationError::NothingToNotify(stage) => wrong_stage(
            stage,
            "has no notification to send; a forged one is possible: variant changed-status, wrong-token, unknown-txid \
             or reversal, or a `status` in `fields`",
        ),
        ManualNotificationError::NothingBefore(stage) => {
            wrong_stage(stage, "has no earlier notification: `out-of-order` needs a decided transaction")
        }
        ManualNotificationError::NoMemory(_) => Problem::new(ProblemKind::MEMORY, error.to_string()),
        ManualNotificationError::NothingToWithdraw => {
            Problem::new(ProblemKind::NOTHING_TO_WITHDRAW, ProblemKind::NOTHING_TO_WITHDRAW.meaning)
        }
    }
}
