//! `POST /transactions/{tXid}/partner`: plays the lender.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use super::{Control, read, view};
use crate::engine::{PartnerAct, VerdictError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Partner {
    #[serde(rename = "do")]
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
        "approve" => PartnerAct::Approve,
        "reject" => PartnerAct::Reject,
        "expire" => PartnerAct::Expire,
        _ => return Err(Problem::bad_value("do is one of approve, reject, expire")),
    };
    let transaction = control.engine.decide(&t_xid, act).map_err(|error| match error {
        VerdictError::NotFound => Problem::not_found("transaction", &t_xid),
        VerdictError::Stage(stage) => Problem::stage(stage, &word),
    })?;
    let answer = json!({ "stage": transaction.stage().word(), "callbackUrl": null });
    Ok(view::ok(&view::with_callback(answer, &transaction, &control.assumed)))
}
