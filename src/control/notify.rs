//! `POST /transactions/{tXid}/notify`: tells the merchant now, as it is, changed, or in an unusual way.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::operation::{Answer, Body, Operation};
use super::problem::{Extras, Kind, Problem};
use super::{Control, read, transactions, view};
use crate::domain::Variant;
use crate::engine::ManualNotificationError;
use crate::scenarios::NotificationPlanConfig;

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        method: Method::POST,
        path: "/transactions/{tXid}/notify",
        handler: web::to(handle),
        id: "notify",
        tag: "transactions",
        summary: "Sends a notification now",
        description: "As it is, with other fields, or as one of the variants that a rule can order too \
                      (docs/SCENARIOS.md). One try each, without a retry. `lost` withdraws what was not tried yet, \
                      `out-of-order` sends the one of the review again.",
        parameters: transactions::ONE,
        body: Some(Body::json::<NotificationPlanConfig>(json!({ "variant": "changed-status", "status": "8" }))),
        answers: vec![Answer::json::<Told>(
            StatusCode::ACCEPTED,
            "They are being sent; the event `notification.attempted` says what came of each.",
            json!({ "notifications": ["1"] }),
        )],
        problems: &[Kind::NOT_FOUND, Kind::STAGE, Kind::NOTHING_TO_WITHDRAW, Kind::BAD_VALUE],
    }]
}

/// Notifications that are being sent, or were withdrawn.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NotificationsSent")]
struct Told {
    /// Their numbers.
    notifications: Vec<String>,
}

pub(super) async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let words: NotificationPlanConfig = read::json(&control, &request, payload).await?;
    if words.of.is_some() {
        return Err(Problem::bad_value("`of` belongs to rules: by hand, the order's stage says what there is to tell"));
    }
    if words.variant == Variant::BeforeAnswer {
        return Err(Problem::bad_value("`before-answer` is too late: the registration was answered long ago"));
    }
    let plan = words.compile().map_err(Problem::bad_value)?;
    let told = control.engine.send_manual_notification(&t_xid, plan).map_err(|error| problem(&error, &t_xid))?;
    let notifications = told.iter().map(ToString::to_string).collect();
    Ok(view::answer(StatusCode::ACCEPTED, &Told { notifications }))
}

fn problem(error: &ManualNotificationError, t_xid: &str) -> Problem {
    let of_stage = |stage: &'static str, why: &str| {
        let detail = format!("a transaction that is {stage} {why}");
        Problem::new(Kind::STAGE, detail).with(Extras { stage: Some(stage), ..Extras::default() })
    };
    match error {
        ManualNotificationError::NotFound => Problem::not_found("transaction", t_xid),
        ManualNotificationError::NothingToNotify(stage) => of_stage(
            stage,
            "has nothing to tell; a forged notification may be sent: variant changed-status, wrong-token, unknown-txid \
             or reversal, or a `status` in `fields`",
        ),
        ManualNotificationError::NothingBefore(stage) => {
            of_stage(stage, "had nothing to tell before: `out-of-order` needs one that is decided")
        }
        ManualNotificationError::NothingToWithdraw => {
            Problem::new(Kind::NOTHING_TO_WITHDRAW, Kind::NOTHING_TO_WITHDRAW.meaning)
        }
    }
}
