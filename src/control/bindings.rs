//! `GET /bindings[/{id}]`, `POST /bindings/{id}/buyer`: accounts that are being bound.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use super::read::Query;
use super::{Control, read, view};
use crate::engine::{BindingAct, BindingError};
use crate::ledger::{Binding, BindingId, BindingStage};

/// Bindings of one answer unless `limit` says otherwise.
const LIMIT: usize = 100;

/// The matching ones, in the order of their registration; of too many, the newest.
pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let limit = query.number("limit", LIMIT)?;
    let (i_mid, reference_no) = (query.get("iMid"), query.get("referenceNo"));
    let ids = control.engine.store().bindings.list(|binding| {
        i_mid.is_none_or(|wanted| binding.i_mid.as_str() == wanted)
            && reference_no.is_none_or(|wanted| binding.request.reference_no.as_str() == wanted)
    });
    let newest = &ids[ids.len().saturating_sub(limit)..];
    let bindings: Vec<_> = newest.iter().filter_map(|id| control.engine.binding(*id)).collect();
    Ok(view::ok(&bindings.iter().map(view::binding).collect::<Vec<_>>()))
}

fn find(control: &Control, id: &str) -> Result<Binding, Problem> {
    let known = id.parse().ok().and_then(|id| control.engine.binding(BindingId(id)));
    known.ok_or_else(|| Problem::not_found("binding", id))
}

pub(super) async fn show(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    Ok(view::ok(&view::binding(&find(&control, &id)?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Buyer {
    #[serde(rename = "do")]
    act: Option<String>,
    phone: Option<String>,
}

/// Plays the customer without a browser.
pub(super) async fn buyer(
    control: web::Data<Control>,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let buyer: Buyer = read::json(&control, &request, payload).await?;
    let act = match buyer.act.as_deref().unwrap_or("bind") {
        "bind" => BindingAct::Bind,
        "reject" => BindingAct::Reject,
        "abandon" => BindingAct::Abandon,
        _ => return Err(Problem::bad_value("do is one of bind, reject, abandon")),
    };
    let phone = buyer.phone.as_deref().map(read::phone).transpose()?;
    let known = find(&control, &id)?;
    let played = control.engine.play_binding(known.id, act, phone.as_ref());
    let (binding, shut_out) = played.map_err(|error| match error {
        BindingError::NotFound => Problem::not_found("binding", &id),
        BindingError::Over(state) => {
            Problem::new(StatusCode::CONFLICT, "state", format!("the binding is {state}")).with("state", state.into())
        }
        BindingError::NoSuchPhone(phone) => Problem::bad_value(format!("Kredivo knows no shopper {phone}")),
    })?;
    let user_token = match &binding.stage {
        BindingStage::Bound { user_token, .. } => Some(user_token),
        _ => None,
    };
    let mut answer = json!({
        "state": binding.stage.word(),
        "userToken": user_token,
        "callbackUrl": view::binding_callback_url(&binding),
        "rule": binding.rule,
    });
    if let Some(reason) = shut_out {
        answer["reason"] = reason.into();
    }
    Ok(view::ok(&answer))
}
