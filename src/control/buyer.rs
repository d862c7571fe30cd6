//! `POST /transactions/{tXid}/buyer`: plays the customer without a browser.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::operation::{Answer, Body, Operation};
use super::problem::{Kind, Problem};
use super::transactions::ONE;
use super::{Control, read, view};
use crate::domain::{LoginFailure, Reason, Stage};
use crate::engine::{BuyerAction, BuyerCommand, BuyerError};

pub(super) const PATH: &str = "/transactions/{tXid}/buyer";

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        method: Method::POST,
        path: PATH,
        handler: web::to(handle),
        id: "playBuyer",
        tag: "transactions",
        summary: "Plays the customer",
        description: "Without a browser, from any open stage; opens the payment itself when nobody did. `pay` goes \
                      through the lender's pages and lets scenario and shopper decide; the others force the outcome at \
                      once, limits or not.",
        parameters: ONE,
        body: Some(Body::json::<Buyer>(json!({ "do": "pay", "phone": "081291891818", "instmntMon": "6" }))),
        answers: vec![Answer::json::<Answered>(
            StatusCode::OK,
            "What came of it.",
            json!({ "stage": "approved", "callbackUrl": null, "rule": "approve/default" }),
        )],
        problems: &[Kind::NOT_FOUND, Kind::STAGE, Kind::BAD_VALUE],
    }]
}

/// What the customer does.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "PlayBuyer")]
struct Buyer {
    /// What to do; `pay` unless said.
    #[serde(rename = "do")]
    #[schemars(extend("enum" = ["pay", "approve", "review", "reject", "abandon", null]))]
    act: Option<String>,
    /// As whom; unless said as the token's owner, or else as the lender's usual shopper.
    phone: Option<String>,
    /// The tenor in months, 1 to 24; as registered unless said.
    instmnt_mon: Option<read::Whole>,
    /// Why it is rejected, with `reject`; `ordered` unless said.
    #[schemars(extend("enum" = ["limit", "risk", "inactive", "ordered", null]))]
    reason: Option<String>,
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BuyerPlayed")]
struct Answered {
    /// Where the transaction stands now.
    stage: view::Stage,
    /// The browser's way back with the result; null where no browser waits for one.
    callback_url: Option<String>,
    /// The rule that decided.
    rule: Arc<str>,
    /// What is posted there, where it is not in the URL's query.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, String>")]
    callback_fields: Option<Map<String, Value>>,
    /// Why a login was refused, or the payment declined; absent when neither was.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

pub(super) async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let buyer: Buyer = read::json(&control, &request, payload).await?;
    let word = buyer.act.as_deref().unwrap_or("pay");
    let command = BuyerCommand {
        action: act(word, buyer.reason.as_deref())?,
        phone: buyer.phone.as_deref().map(read::phone).transpose()?,
        months: buyer.instmnt_mon.map(|number| months(number.0)).transpose()?,
    };
    let (transaction, shut_out) = control.engine.play_buyer(&t_xid, &command).map_err(|error| match error {
        BuyerError::NotFound => Problem::not_found("transaction", &t_xid),
        BuyerError::Stage(stage) => Problem::stage(stage, word),
        BuyerError::NoSuchPhone(phone) => {
            Problem::bad_value(format!("no lender that can pay this order knows a shopper {phone}"))
        }
        BuyerError::NotOwner(phone) => {
            Problem::bad_value(format!("the order pays with the token of {phone}, and nobody else can"))
        }
        BuyerError::NotOffered(months) => {
            Problem::bad_value(format!("the partner does not offer this shopper {months} months"))
        }
    })?;
    let declined = match transaction.stage() {
        Stage::Declined { reason, .. } => Some(reason.as_str()),
        _ => None,
    };
    let view::Callback { callback_url, callback_fields } = view::Callback::of(&transaction, &control.assumed);
    Ok(view::ok(&Answered {
        stage: transaction.stage().into(),
        callback_url,
        rule: Arc::clone(&transaction.rule),
        callback_fields,
        reason: shut_out.map(LoginFailure::as_str).or(declined),
    }))
}

fn act(word: &str, reason: Option<&str>) -> Result<BuyerAction, Problem> {
    let act = match word {
        "pay" => BuyerAction::Pay,
        "approve" => BuyerAction::Approve,
        "review" => BuyerAction::Review,
        "abandon" => BuyerAction::Abandon,
        "reject" => {
            let reason = match reason {
                None => Reason::Forced,
                Some(text) => view::reason(text)
                    .ok_or_else(|| Problem::bad_value("reason is one of limit, risk, inactive, ordered"))?,
            };
            return Ok(BuyerAction::Reject(reason));
        }
        _ => return Err(Problem::bad_value("do is one of pay, approve, review, reject, abandon")),
    };
    match reason {
        None => Ok(act),
        Some(_) => Err(Problem::bad_value("reason belongs to reject")),
    }
}

fn months(number: u64) -> Result<u8, Problem> {
    match u8::try_from(number) {
        Ok(months @ 1..=24) => Ok(months),
        _ => Err(Problem::bad_value("instmntMon is not 1 to 24")),
    }
}
