//! `POST /transactions/{tXid}/partner`: acts as the lender.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::transactions::T_XID;
use crate::control::api::{ApiOperation, ApiResponse, Problem, ProblemKind, RequestBody, request, response};
use crate::control::{Control, view};
use crate::engine::{PartnerAction, PartnerDecisionError};

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![ApiOperation {
        method: Method::POST,
        path: "/transactions/{tXid}/partner",
        handler: web::to(handle),
        id: "playPartner",
        tag: "transactions",
        summary: "Acts as the lender",
        description: "`approve` and `reject` end a review; `expire` ends any open payment.",
        parameters: T_XID,
        body: Some(RequestBody::json::<PlayPartner>(json!({ "do": "approve" }))),
        responses: vec![ApiResponse::json::<PartnerPlayed>(
            StatusCode::OK,
            "The result.",
            json!({ "stage": "approved", "callbackUrl": null }),
        )],
        problems: &[ProblemKind::NOT_FOUND, ProblemKind::STAGE, ProblemKind::BAD_VALUE],
    }]
}

/// The result of the lender's action.
#[derive(Serialize, JsonSchema)]
struct PartnerPlayed {
    /// The stage of the transaction.
    stage: view::Stage,
    #[serde(flatten)]
    callback: view::Callback,
}

/// What the lender does.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlayPartner {
    /// What to do.
    #[serde(rename = "do")]
    #[schemars(extend("enum" = ["approve", "reject", "expire"]))]
    action: String,
}

async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let PlayPartner { action: name } = request::json(&control, &request, payload).await?;
    let action = match name.as_str() {
        "approve" => PartnerAction::Approve,
        "reject" => PartnerAction::Reject,
        "expire" => PartnerAction::Expire,
        _ => return Err(Problem::bad_value("do must be one of approve, reject, expire")),
    };
    let transaction = control.engine.play_partner(&t_xid, action).map_err(|error| match error {
        PartnerDecisionError::NotFound => Problem::not_found("transaction", &t_xid),
        PartnerDecisionError::Stage(stage) => Problem::wrong_stage(stage, &name),
    })?;
    let transaction = control.engine.shown(transaction);
    let callback = view::Callback::new(&transaction, &control.undocumented);
    Ok(response::ok(&PartnerPlayed { stage: transaction.stage().into(), callback }))
}
