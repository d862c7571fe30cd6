//! `POST /transactions/{tXid}/notify`: tells the merchant now, as it is, changed, or in an unusual way.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::problem::Problem;
use super::{Control, read, view};
use crate::engine::NotTold;
use crate::ledger::Variant;
use crate::scenario::SendingWords;

pub(super) async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let words: SendingWords = read::json(&control, &request, payload).await?;
    if words.of.is_some() {
        return Err(Problem::bad_value("`of` belongs to rules: by hand, the order's stage says what there is to tell"));
    }
    if words.variant == Variant::BeforeAnswer {
        return Err(Problem::bad_value("`before-answer` is too late: the registration was answered long ago"));
    }
    let sending = words.compile().map_err(Problem::bad_value)?;
    let told = control.engine.notify_by_hand(&t_xid, sending).map_err(|error| problem(&error, &t_xid))?;
    let ids: Vec<_> = told.iter().map(ToString::to_string).collect();
    Ok(view::answer(StatusCode::ACCEPTED, &json!({ "notifications": ids })))
}

fn problem(error: &NotTold, t_xid: &str) -> Problem {
    match error {
        NotTold::NotFound => Problem::not_found("transaction", t_xid),
        NotTold::NothingToTell(stage) => Problem::new(
            StatusCode::CONFLICT,
            "stage",
            format!(
                "a transaction that is {stage} has nothing to tell; a forged notification may be sent: variant \
                 changed-status, wrong-token, unknown-txid or reversal, or a `status` in `fields`"
            ),
        )
        .with("stage", (*stage).into()),
        NotTold::NothingBefore(stage) => Problem::new(
            StatusCode::CONFLICT,
            "stage",
            format!(
                "a transaction that is {stage} had nothing to tell before: `out-of-order` needs one that is decided"
            ),
        )
        .with("stage", (*stage).into()),
        NotTold::NothingToWithdraw => Problem::new(
            StatusCode::CONFLICT,
            "nothing-to-withdraw",
            "every notification of the transaction was tried already: none can be `lost`",
        ),
    }
}
