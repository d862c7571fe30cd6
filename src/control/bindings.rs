//! `GET /bindings[/{id}]`, `POST /bindings/{id}/buyer`: accounts that are being bound.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::operation::{Answer, Body, Operation, Parameter};
use super::problem::{Extras, Kind, Problem};
use super::read::Query;
use super::{Control, read, view};
use crate::domain::{Binding, BindingId, BindingStage, LoginFailure, UserToken};
use crate::engine::{BindingAction, BindingError};

const LIST: &[Parameter] = &[
    Parameter::text("iMid", "Only this merchant's."),
    Parameter::text("referenceNo", "Only with this number of the merchant's."),
    Parameter::whole("limit", "So many of the newest, at most.", 100, None),
];
const ONE: &[Parameter] = &[Parameter::path("id", "A binding's number.")];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::GET,
            path: "/bindings",
            handler: web::to(list),
            id: "listBindings",
            tag: "bindings",
            summary: "Lists account bindings",
            description: "The matching ones in the order of their registration; of too many, the newest.",
            parameters: LIST,
            body: None,
            answers: vec![Answer::json::<Vec<view::Binding>>(
                StatusCode::OK,
                "The bindings.",
                json!([view::Binding::example()]),
            )],
            problems: &[Kind::BAD_VALUE],
        },
        Operation {
            method: Method::GET,
            path: "/bindings/{id}",
            handler: web::to(show),
            id: "getBinding",
            tag: "bindings",
            summary: "Shows an account binding",
            description: "Its state, its links, its token and the numbers of its notifications.",
            parameters: ONE,
            body: None,
            answers: vec![Answer::json::<view::Binding>(StatusCode::OK, "The binding.", view::Binding::example())],
            problems: &[Kind::NOT_FOUND],
        },
        Operation {
            method: Method::POST,
            path: "/bindings/{id}/buyer",
            handler: web::to(buyer),
            id: "playBindingBuyer",
            tag: "bindings",
            summary: "Plays the customer of an account binding",
            description: "Without a browser: signs in and agrees, or does not.",
            parameters: ONE,
            body: Some(Body::json::<Buyer>(json!({ "do": "bind", "phone": "081291891818" }))),
            answers: vec![Answer::json::<Played>(
                StatusCode::OK,
                "What came of it.",
                json!({
                    "state": "bound",
                    "userToken": "e0478456-6b50-460c-85e0-627a1e22d2e0",
                    "callbackUrl": null,
                    "rule": "approve/default",
                }),
            )],
            problems: &[Kind::NOT_FOUND, Kind::STATE, Kind::BAD_VALUE],
        },
    ]
}

/// The matching ones, in the order of their registration; of too many, the newest.
pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, LIST);
    let limit = query.number("limit")?;
    let (i_mid, reference_no) = (query.get("iMid"), query.get("referenceNo"));
    let ids = control.engine.store().bindings.list(|binding| {
        i_mid.is_none_or(|wanted| binding.i_mid.as_str() == wanted)
            && reference_no.is_none_or(|wanted| binding.request.reference_no.as_str() == wanted)
    });
    let newest = &ids[ids.len().saturating_sub(limit)..];
    let bindings: Vec<_> = newest.iter().filter_map(|id| control.engine.binding(*id)).collect();
    Ok(view::ok(&bindings.iter().map(view::Binding::of).collect::<Vec<_>>()))
}

fn find(control: &Control, id: &str) -> Result<Binding, Problem> {
    let known = id.parse().ok().and_then(|id: BindingId| control.engine.binding(id));
    known.ok_or_else(|| Problem::not_found("binding", id))
}

pub(super) async fn show(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    Ok(view::ok(&view::Binding::of(&find(&control, &id)?)))
}

/// What the customer of an account binding does.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PlayBindingBuyer")]
struct Buyer {
    /// What to do; `bind` unless said.
    #[serde(rename = "do")]
    #[schemars(extend("enum" = ["bind", "reject", "abandon", null]))]
    act: Option<String>,
    /// As whom; the binding's own phone unless said, or Kredivo's usual shopper where Kredivo does not know that.
    phone: Option<String>,
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BindingPlayed")]
struct Played {
    /// How far the binding is now.
    #[schemars(extend("enum" = ["registered", "at-partner", "bound", "failed", "abandoned", "expired"]))]
    state: &'static str,
    /// The token; null unless it is bound.
    user_token: Option<UserToken>,
    /// The browser's way back with the result; null while it is open, and where none was registered.
    callback_url: Option<String>,
    /// The rule that decided.
    rule: Arc<str>,
    /// Why a login was refused; absent when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
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
        "bind" => BindingAction::Bind,
        "reject" => BindingAction::Reject,
        "abandon" => BindingAction::Abandon,
        _ => return Err(Problem::bad_value("do is one of bind, reject, abandon")),
    };
    let phone = buyer.phone.as_deref().map(read::phone).transpose()?;
    let known = find(&control, &id)?;
    let played = control.engine.play_binding_buyer(known.id, act, phone.as_ref());
    let (binding, shut_out) = played.map_err(|error| match error {
        BindingError::NotFound => Problem::not_found("binding", &id),
        BindingError::Over(state) => {
            let extras = Extras { state: Some(state), ..Extras::default() };
            Problem::new(Kind::STATE, format!("the binding is {state}")).with(extras)
        }
        BindingError::NoSuchPhone(phone) => Problem::bad_value(format!("Kredivo knows no shopper {phone}")),
    })?;
    let user_token = match &binding.stage {
        BindingStage::Bound { user_token, .. } => Some(user_token.clone()),
        _ => None,
    };
    Ok(view::ok(&Played {
        state: binding.stage.as_str(),
        user_token,
        callback_url: view::binding_callback_url(&binding),
        rule: Arc::clone(&binding.rule),
        reason: shut_out.map(LoginFailure::as_str),
    }))
}

/// What the API shows of a binding.
pub fn described(binding: &Binding) -> Value {
    json!(view::Binding::of(binding))
}
