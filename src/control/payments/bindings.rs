//! `GET /bindings[/{id}]`, `POST /bindings/{id}/buyer`: account bindings.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::control::api::{
    ApiOperation, ApiResponse, Parameter, Problem, ProblemExtras, ProblemKind, Query, RequestBody, request, response,
};
use crate::control::{Control, view};
use crate::domain::{Binding, BindingId, BindingStage, LoginFailure, UserToken};
use crate::engine::{BindingAction, BindingError};

const LIST: &[Parameter] = &[
    Parameter::text("iMid", "Only bindings of this merchant."),
    Parameter::text("referenceNo", "Only bindings with this number of the merchant."),
    Parameter::integer("limit", "The maximum number of bindings.", 100, Some(10_000)),
    Parameter::number("after", "Only bindings after this number, the oldest first; without it, the newest."),
];
const ONE: &[Parameter] = &[Parameter::path("id", "The number of an account binding.")];

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/bindings",
            handler: web::to(list),
            id: "listBindings",
            tag: "bindings",
            summary: "Lists account bindings",
            description: "The bindings that match, in the order of their registration. If there are more than `limit`, \
                          the newest ones are returned; with `after`, the next ones.",
            parameters: LIST,
            body: None,
            responses: vec![ApiResponse::json::<Vec<view::Binding>>(
                StatusCode::OK,
                "The bindings.",
                json!([view::Binding::example()]),
            )],
            problems: &[ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::GET,
            path: "/bindings/{id}",
            handler: web::to(show),
            id: "getBinding",
            tag: "bindings",
            summary: "Shows an account binding",
            description: "Its state, links, token and the numbers of its notifications.",
            parameters: ONE,
            body: None,
            responses: vec![ApiResponse::json::<view::Binding>(
                StatusCode::OK,
                "The binding.",
                view::Binding::example(),
            )],
            problems: &[ProblemKind::NOT_FOUND],
        },
        ApiOperation {
            method: Method::POST,
            path: "/bindings/{id}/buyer",
            handler: web::to(play_buyer),
            id: "playBindingBuyer",
            tag: "bindings",
            summary: "Acts as the customer of an account binding",
            description: "Without a browser: signs in and agrees, rejects, or leaves.",
            parameters: ONE,
            body: Some(RequestBody::json::<PlayBindingBuyer>(json!({ "do": "bind", "phone": "081291891818" }))),
            responses: vec![ApiResponse::json::<BindingPlayed>(
                StatusCode::OK,
                "The result.",
                json!({
                    "state": "bound",
                    "userToken": "e0478456-6b50-460c-85e0-627a1e22d2e0",
                    "callbackUrl": null,
                    "rule": "approve/default",
                }),
            )],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::STATE, ProblemKind::BAD_VALUE],
        },
    ]
}

async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, LIST);
    let (i_mid, reference_no) = (query.get("iMid"), query.get("referenceNo"));
    let ids = control.engine.store().bindings.list(|binding| {
        i_mid.is_none_or(|value| binding.i_mid.as_str() == value)
            && reference_no.is_none_or(|value| binding.request.reference_no.as_str() == value)
    });
    let page = query.page_of_numbers(ids, |id| id.0)?;
    let reader = control.clone();
    let bindings = page.into_iter().filter_map(move |id| {
        let binding = reader.engine.binding(id)?;
        Some(view::Binding::new(&reader.engine.shown(binding)))
    });
    Ok(response::list(bindings))
}

fn find(control: &Control, id: &str) -> Result<Binding, Problem> {
    let known = id.parse().ok().and_then(|id: BindingId| control.engine.binding(id));
    known.ok_or_else(|| Problem::not_found("binding", id))
}

async fn show(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    Ok(response::ok(&view::Binding::new(&control.engine.shown(find(&control, &id)?))))
}

/// What the customer of an account binding does.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlayBindingBuyer {
    /// What to do. Default: `bind`.
    #[serde(rename = "do")]
    #[schemars(extend("enum" = ["bind", "reject", "abandon", null]))]
    action: Option<String>,
    /// The phone number to sign in with. Default: the binding's own phone, or Kredivo's default shopper if Kredivo does
    /// not know that phone.
    phone: Option<String>,
}

/// The result of the customer's action.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BindingPlayed {
    /// The state of the binding.
    #[schemars(extend("enum" = ["registered", "at-partner", "bound", "failed", "abandoned", "expired"]))]
    state: &'static str,
    /// The new user token; null unless the account is bound.
    user_token: Option<UserToken>,
    /// The callback URL with the result; null while the binding is open, or if none was registered.
    callback_url: Option<String>,
    /// The rule that decided.
    rule: Arc<str>,
    /// Why a sign-in was refused; absent if none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

async fn play_buyer(
    control: web::Data<Control>,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let play: PlayBindingBuyer = request::json(&control, &request, payload).await?;
    let action = match play.action.as_deref().unwrap_or("bind") {
        "bind" => BindingAction::Bind,
        "reject" => BindingAction::Reject,
        "abandon" => BindingAction::Abandon,
        _ => return Err(Problem::bad_value("do must be one of bind, reject, abandon")),
    };
    let phone = play.phone.as_deref().map(request::phone).transpose()?;
    let known = find(&control, &id)?;
    let played = control.engine.play_binding_buyer(known.id, action, phone.as_ref());
    let (binding, refused_because) = played.map_err(|error| match error {
        BindingError::NotFound => Problem::not_found("binding", &id),
        BindingError::Over(state) => {
            let extras = ProblemExtras { state: Some(state), ..ProblemExtras::default() };
            Problem::new(ProblemKind::STATE, format!("the binding is {state}")).with_extras(extras)
        }
        BindingError::NoSuchPhone(phone) => Problem::bad_value(format!("Kredivo knows no shopper {phone}")),
    })?;
    let binding = control.engine.shown(binding);
    let user_token = match &binding.stage {
        BindingStage::Bound { user_token, .. } => Some(user_token.clone()),
        _ => None,
    };
    Ok(response::ok(&BindingPlayed {
        state: binding.stage.as_str(),
        user_token,
        callback_url: view::binding_callback_url(&binding),
        rule: Arc::clone(&binding.rule),
        reason: refused_because.map(LoginFailure::as_str),
    }))
}
