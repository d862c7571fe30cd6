//! `POST /reset`: deletes the data of all merchants, or of one.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::control::Control;
use crate::control::api::{ApiOperation, ApiResponse, Problem, ProblemKind, RequestBody, request};
use crate::domain::IMid;

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![ApiOperation {
        method: Method::POST,
        path: "/reset",
        handler: web::to(handle),
        id: "reset",
        tag: "simulator",
        summary: "Deletes all data, or the data of one merchant",
        description: "Merchants and their keys stay. The event log hides all earlier events; the numbering continues.",
        parameters: &[],
        body: Some(RequestBody::json::<Reset>(json!({ "iMid": "MYSHOP0001" }))),
        responses: vec![ApiResponse::empty("The data was deleted.")],
        problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
    }]
}

/// What to delete.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Reset {
    /// Only the data of this merchant. Default: everything.
    i_mid: Option<String>,
}

/// Makes the allocator give freed memory back to the system. It does so a second after the reset at the earliest, and only
/// when other memory is freed: in a simulator that stands idle that would be never.
async fn release_memory() {
    const DELAY: Duration = Duration::from_millis(1_500);
    const LARGE: usize = 1024 * 1024;
    tokio::time::sleep(DELAY).await;
    drop(std::hint::black_box(vec![0_u8; LARGE]));
}

async fn handle(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let Reset { i_mid } = request::json(&control, &request, payload).await?;
    let i_mid = i_mid.map(|text| IMid::new(&text).map_err(|e| Problem::bad_value(e.to_string()))).transpose()?;
    let i_mid = i_mid.map(|i_mid| request::check_merchant(&control, i_mid)).transpose()?;
    control.engine.reset(i_mid.as_ref());
    actix_web::rt::spawn(release_memory());
    Ok(HttpResponse::NoContent().finish())
}
