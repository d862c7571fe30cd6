//! `POST /transactions/{tXid}/buyer`: plays the customer without a browser.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use super::{Control, read, view};
use crate::engine::{Act, BuyerError, Played};
use crate::ledger::Reason;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Buyer {
    #[serde(rename = "do")]
    act: Option<String>,
    phone: Option<String>,
    #[serde(default, deserialize_with = "read::number")]
    instmnt_mon: Option<u64>,
    reason: Option<String>,
}

pub(super) async fn handle(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let buyer: Buyer = read::json(&control, &request, payload).await?;
    let word = buyer.act.as_deref().unwrap_or("pay");
    let command = Played {
        act: act(word, buyer.reason.as_deref())?,
        phone: buyer.phone.as_deref().map(read::phone).transpose()?,
        months: buyer.instmnt_mon.map(months).transpose()?,
    };
    let (transaction, shut_out) = control.engine.play(&t_xid, &command).map_err(|error| match error {
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
    let answer = json!({ "stage": transaction.stage().word(), "callbackUrl": null, "rule": transaction.rule });
    let mut answer = view::with_callback(answer, &transaction, &control.assumed);
    if let Some(reason) = shut_out {
        answer["reason"] = reason.into();
    }
    Ok(view::ok(&answer))
}

fn act(word: &str, reason: Option<&str>) -> Result<Act, Problem> {
    let act = match word {
        "pay" => Act::Pay,
        "approve" => Act::Approve,
        "review" => Act::Review,
        "abandon" => Act::Abandon,
        "reject" => {
            let reason = match reason {
                None => Reason::Ordered,
                Some(text) => view::reason(text)
                    .ok_or_else(|| Problem::bad_value("reason is one of limit, risk, inactive, ordered"))?,
            };
            return Ok(Act::Reject(reason));
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
