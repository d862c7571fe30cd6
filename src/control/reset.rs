//! `POST /reset` `{iMid?}`: forgets everything, or one merchant's things.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::operation::{Answer, Body, Operation};
use super::problem::{Kind, Problem};
use super::{Control, read};
use crate::domain::IMid;

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        method: Method::POST,
        path: "/reset",
        handler: web::to(handle),
        id: "reset",
        tag: "simulator",
        summary: "Forgets everything, or one merchant's things",
        description: "Merchants and their keys stay. The log keeps its numbers: what came before is hidden.",
        parameters: &[],
        body: Some(Body::json::<Reset>(json!({ "iMid": "MYSHOP0001" }))),
        answers: vec![Answer::empty("It is forgotten.")],
        problems: &[Kind::NOT_FOUND, Kind::BAD_VALUE],
    }]
}

/// What to forget.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Reset {
    /// Only this merchant's things; everything unless said.
    i_mid: Option<String>,
}

pub(super) async fn handle(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Reset { i_mid } = read::json(&control, &request, payload).await?;
    let i_mid = i_mid.map(|text| IMid::new(&text).map_err(|e| Problem::bad_value(e.to_string()))).transpose()?;
    if let Some(i_mid) = &i_mid
        && control.engine.merchant(i_mid.as_str()).is_none()
    {
        return Err(Problem::not_found("merchant", i_mid.as_str()));
    }
    control.engine.reset(i_mid.as_ref());
    Ok(HttpResponse::NoContent().finish())
}
