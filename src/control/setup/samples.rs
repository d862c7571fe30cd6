//! `POST /samples`: an order, for somebody who has no application yet.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::Control;
use crate::control::api::{ApiOperation, ApiResponse, Problem, ProblemKind, RequestBody, request, response};
use crate::domain::MerchantKey;

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![ApiOperation {
        method: Method::POST,
        path: "/samples",
        handler: web::to(register),
        id: "registerSample",
        tag: "transactions",
        summary: "Registers a sample order",
        description: "Sends a registration over HTTP, as the merchant's server would do it: 25,145 rupiah at Kredivo. The \
                      built-in inbox receives its notifications. For first steps and demos.",
        parameters: &[],
        body: Some(RequestBody::json::<RegisterSample>(json!({ "iMid": MerchantKey::PUBLISHED_I_MID }))),
        responses: vec![ApiResponse::json::<Sample>(
            StatusCode::CREATED,
            "The order is registered.",
            Sample::example(),
        )],
        problems: &[ProblemKind::NOT_FOUND, ProblemKind::SAMPLE],
    }]
}

/// Whose order it is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RegisterSample {
    /// The merchant. Default: `IONPAYTEST`.
    i_mid: Option<String>,
}

/// The order.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Sample {
    /// NICEPAY's transaction number.
    t_xid: String,
    /// The merchant's number for the order.
    reference_no: String,
}

impl Sample {
    fn example() -> Value {
        json!({ "tXid": "IONPAYTEST06202607081433020001", "referenceNo": "sample-1" })
    }
}

async fn register(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let RegisterSample { i_mid } = request::json(&control, &request, payload).await?;
    let i_mid = i_mid.as_deref().unwrap_or(MerchantKey::PUBLISHED_I_MID);
    let merchant = control.engine.merchant(i_mid).ok_or_else(|| Problem::not_found("merchant", i_mid))?;
    let refused = |detail: String| Problem::new(ProblemKind::SAMPLE, detail);
    let answer = control.auditor.register_sample(&merchant).await.map_err(refused)?;
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default().to_owned();
    if text("resultCd") != "0000" {
        return Err(refused(format!("{} {}", text("resultCd"), text("resultMsg"))));
    }
    Ok(response::json(StatusCode::CREATED, &Sample { t_xid: text("tXid"), reference_no: answer.reference_no }))
}
