//! `POST /transactions/{tXid}/partner`: plays the lender.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::operation::{Answer, Body, Operation};
use super::problem::{Kind, Problem};
use super::transactions::ONE;
use super::{Control, read, view};
use crate::engine::{PartnerAction, PartnerDecisionError};

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        method: Method::POST,
        path: "/transactions/{tXid}/partner",
        handler: web::to(handle),
        id: "playPartner",
        tag: "transactions",
        summary: "Plays the lender",
        description: "`approve` or `reject` ends a review, `expire` ends anything open.",
        parameters: ONE,
        body: Some(Body::json::<Partner>(json!({ "do": "approve" }))),
        answers: vec![Answer::json::<Answered>(
            StatusCode::OK,
            "What came of it.",
            json!({ "stage": "approved", "callbackUrl": null }),
        )],
        problems: &[Kind::NOT_FOUND, Kind::STAGE, Kind::BAD_VALUE],
    }]
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PartnerPlayed")]
struct Answered {
    /// Where the transaction stands now.
    stage: view::Stage,
    #[serde(flatten)]
    callback: view::Callback,
}

/// What the lender does.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PlayPartner")]
struct Partner {
    /// What to do.
    #[serde(rename = "do")]
    #[schemars(extend("enum" = ["approve", "reject", "expire"]))]
    act: String,
}

pub(super) async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Partner { act: word } = read::json(&control, &request, payload).await?;
    let act = match word.as_str() {
        "approve" => PartnerAction::Approve,
        "reject" => PartnerAction::Reject,
        "expire" => PartnerAction::Expire,
        _ => return Err(Problem::bad_value("do is one of approve, reject, expire")),
    };
    let transaction = control.engine.play_partner(&t_xid, act).map_err(|error| match error {
        PartnerDecisionError::NotFound => Problem::not_found("transaction", &t_xid),
        PartnerDecisionError::Stage(stage) => Problem::stage(stage, &word),
    })?;
    let callback = view::Callback::of(&transaction, &control.assumed);
    Ok(view::ok(&Answered { stage: transaction.stage().into(), callback }))
}
