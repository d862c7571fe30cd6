//! `POST /transactions/{tXid}/buyer`: acts as the customer, without a browser.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::transactions::T_XID;
use crate::control::api::{
    ApiOperation, ApiResponse, Problem, ProblemKind, RequestBody, WholeNumber, request, response,
};
use crate::control::{Control, view};
use crate::domain::{LoginFailure, Reason, Stage};
use crate::engine::{BuyerAction, BuyerCommand, BuyerError};

pub(in crate::control) const PATH: &str = "/transactions/{tXid}/buyer";

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![ApiOperation {
        method: Method::POST,
        path: PATH,
        handler: web::to(handle),
        id: "playBuyer",
        tag: "transactions",
        summary: "Acts as the customer",
        description: "Without a browser, in any open stage. Opens the payment if it is not open yet. `pay` does what a \
                      customer does on the lender's pages: scenario and shopper decide the outcome. The other actions \
                      force an outcome and ignore limits.",
        parameters: T_XID,
        body: Some(RequestBody::json::<PlayBuyer>(json!({ "do": "pay", "phone": "081291891818", "instmntMon": "6" }))),
        responses: vec![ApiResponse::json::<BuyerPlayed>(
            StatusCode::OK,
            "The result.",
            json!({ "stage": "approved", "callbackUrl": null, "rule": "approve/default" }),
        )],
        problems: &[ProblemKind::NOT_FOUND, ProblemKind::STAGE, ProblemKind::BAD_VALUE],
    }]
}

/// What the customer does.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PlayBuyer {
    /// What to do. Default: `pay`.
    #[serde(rename = "do")]
    #[schemars(extend("enum" = ["pay", "approve", "review", "reject", "abandon", null]))]
    action: Option<String>,
    /// The phone number to sign in with. Default: the owner of the user token, or else the lender's default shopper.
    phone: Option<String>,
    /// The tenor in months, 1 to 24. Default: as registered; where the account does not offer that, the shortest one that
    /// covers the amount.
    instmnt_mon: Option<WholeNumber>,
    /// With `reject`: the reason. Default: `ordered`.
    #[schemars(extend("enum" = ["limit", "risk", "inactive", "ordered", null]))]
    reason: Option<String>,
}

/// The result of the customer's action.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BuyerPlayed {
    /// The stage of the transaction.
    stage: view::Stage,
    /// The callback URL with the result; null if there is no callback.
    callback_url: Option<String>,
    /// The rule that decided.
    rule: Arc<str>,
    /// The form fields of a callback by POST; absent for a callback by GET.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, String>")]
    callback_fields: Option<Map<String, Value>>,
    /// Why the sign-in was refused or the payment declined; otherwise absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let play: PlayBuyer = request::json(&control, &request, payload).await?;
    let name = play.action.as_deref().unwrap_or("pay");
    let command = BuyerCommand {
        action: parse_action(name, play.reason.as_deref())?,
        phone: play.phone.as_deref().map(request::phone).transpose()?,
        months: play.instmnt_mon.map(|number| parse_months(number.0)).transpose()?,
    };
    let (transaction, refused_because) = control.engine.play_buyer(&t_xid, &command).map_err(|error| match error {
        BuyerError::NotFound => Problem::not_found("transaction", &t_xid),
        BuyerError::Stage(stage) => Problem::wrong_stage(stage, name),
        BuyerError::NoSuchPhone(phone) => {
            Problem::bad_value(format!("no lender that can pay this order has a shopper {phone}"))
        }
        BuyerError::NotOwner(phone) => {
            Problem::bad_value(format!("the payment uses the token of {phone}; no other shopper can pay it"))
        }
        BuyerError::NotOffered(months) => {
            Problem::bad_value(format!("the partner does not offer this shopper {months} months"))
        }
    })?;
    let declined = match transaction.stage() {
        Stage::Declined { reason, .. } => Some(reason.as_str()),
        _ => None,
    };
    let transaction = control.engine.shown(transaction);
    let view::Callback { callback_url, callback_fields } = view::Callback::new(&transaction, &control.undocumented);
    Ok(response::ok(&BuyerPlayed {
        stage: transaction.stage().into(),
        callback_url,
        rule: Arc::clone(&transaction.rule),
        callback_fields,
        reason: refused_because.map(LoginFailure::as_str).or(declined),
    }))
}

fn parse_action(name: &str, reason: Option<&str>) -> Result<BuyerAction, Problem> {
    let action = match name {
        "pay" => BuyerAction::Pay,
        "approve" => BuyerAction::Approve,
        "review" => BuyerAction::Review,
        "abandon" => BuyerAction::Abandon,
        "reject" => {
            let reason = match reason {
                None => Reason::Forced,
                Some(text) => view::parse_reason(text)
                    .ok_or_else(|| Problem::bad_value("reason must be one of limit, risk, inactive, ordered"))?,
            };
            return Ok(BuyerAction::Reject(reason));
        }
        _ => return Err(Problem::bad_value("do must be one of pay, approve, review, reject, abandon")),
    };
    match reason {
        None => Ok(action),
        Some(_) => Err(Problem::bad_value("reason is only for reject")),
    }
}

fn parse_months(number: u64) -> Result<u8, Problem> {
    match u8::try_from(number) {
        Ok(months @ 1..=24) => Ok(months),
        _ => Err(Problem::bad_value("instmntMon must be 1 to 24")),
    }
}
