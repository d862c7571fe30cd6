//! `GET, PUT, DELETE /merchants[/{iMid}]`: the merchants. Each is a namespace.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::control::api::{
    ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, Query, RequestBody, request, response,
};
use crate::control::{Control, view};
use crate::domain::{IMid, Merchant, MerchantKey, MerchantName, Partner};
use crate::engine::PutMerchantError;

const LIST: &[Parameter] = &[
    Parameter::integer("limit", "The maximum number of merchants.", 10_000, Some(10_000)),
    Parameter::text("after", "An iMid: only merchants after it."),
];
const ONE: &[Parameter] = &[Parameter::path("iMid", "The merchant's iMid: 1 to 20 ASCII letters or digits.")];

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/merchants",
            handler: web::to(list),
            id: "listMerchants",
            tag: "merchants",
            summary: "Lists the merchants",
            description: "The merchants that may call. Keys are never shown.",
            parameters: LIST,
            body: None,
            responses: vec![ApiResponse::json::<Vec<view::Merchant>>(
                StatusCode::OK,
                "The merchants, sorted by iMid.",
                json!([view::Merchant::example()]),
            )],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::GET,
            path: "/merchants/{iMid}",
            handler: web::to(show),
            id: "getMerchant",
            tag: "merchants",
            summary: "Shows a merchant",
            description: "The key is never shown. `eventsHiddenUpto` grows with a reset: a client can see that its data \
                          is gone.",
            parameters: ONE,
            body: None,
            responses: vec![ApiResponse::json::<view::Merchant>(
                StatusCode::OK,
                "The merchant.",
                view::Merchant::example_with_events_hidden_upto(),
            )],
            problems: &[ProblemKind::NOT_FOUND],
        },
        ApiOperation {
            method: Method::PUT,
            path: "/merchants/{iMid}",
            handler: web::to(put),
            id: "putMerchant",
            tag: "merchants",
            summary: "Adds or changes a merchant",
            description: "A test suite can create its own merchant to be isolated from others. Missing fields keep \
                          their values.",
            parameters: ONE,
            body: Some(RequestBody::json::<PutMerchant>(
                json!({ "merchantKey": "a-key-of-my-own", "name": "Toko Saya", "duplicateCheck": true }),
            )),
            responses: vec![
                ApiResponse::json::<view::Merchant>(
                    StatusCode::OK,
                    "The merchant was changed.",
                    view::Merchant::example(),
                ),
                ApiResponse::json::<view::Merchant>(
                    StatusCode::CREATED,
                    "The merchant was added.",
                    view::Merchant::example(),
                ),
            ],
            problems: &[ProblemKind::BAD_VALUE, ProblemKind::MERCHANTS],
        },
        ApiOperation {
            method: Method::DELETE,
            path: "/merchants/{iMid}",
            handler: web::to(delete),
            id: "deleteMerchant",
            tag: "merchants",
            summary: "Removes a merchant",
            description: "With all its data.",
            parameters: ONE,
            body: None,
            responses: vec![ApiResponse::empty("The merchant was removed.")],
            problems: &[ProblemKind::NOT_FOUND],
        },
    ]
}

/// The fields of a merchant to set.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PutMerchant {
    /// The key of merchantTokens, 8 to 255 characters. Required for a new merchant.
    merchant_key: Option<String>,
    /// The name that customers see: 1 to 60 characters. An empty text removes it.
    name: Option<String>,
    /// The enabled lenders, by `mitraCd`. Default for a new merchant: all.
    partners: Option<Vec<Partner>>,
    /// Whether a second use of a `referenceNo` is refused. Default for a new merchant: true.
    duplicate_check: Option<bool>,
}

async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, LIST);
    let merchants =
        query.page(control.engine.merchants(), "merchant", |merchant, after| merchant.i_mid.as_str() == after)?;
    let mask = control.engine.key_mask();
    let merchants: Vec<_> = merchants.iter().map(|merchant| view::Merchant::new(merchant, &mask)).collect();
    Ok(response::ok(&merchants))
}

async fn show(control: web::Data<Control>, i_mid: web::Path<String>) -> Result<HttpResponse, Problem> {
    match control.engine.merchant(&i_mid) {
        Some(merchant) => {
            let upto = control.engine.store().log.hidden_upto(&merchant.i_mid);
            Ok(response::ok(&view::Merchant::new(&merchant, &control.engine.key_mask()).with_events_hidden_upto(upto)))
        }
        None => Err(Problem::not_found("merchant", &i_mid)),
    }
}

async fn put(
    control: web::Data<Control>,
    i_mid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let i_mid = IMid::new(&i_mid).map_err(|e| Problem::bad_value(e.to_string()))?;
    let put: PutMerchant = request::json(&control, &request, payload).await?;
    let key = put.merchant_key.map(|key| MerchantKey::new(&key)).transpose();
    let key = key.map_err(|e| Problem::bad_value(e.to_string()))?;
    let name = put.name.map(|name| match &*name {
        "" => Ok(None),
        name => MerchantName::new(name).map(Some),
    });
    let name = name.transpose().map_err(|e| Problem::bad_value(e.to_string()))?;
    let put = control.engine.put_merchant(&i_mid, |known| {
        let mut merchant = match (known.cloned(), key) {
            (None, None) => return Err(Problem::bad_value("a new merchant needs a merchantKey")),
            (Some(known), None) => known,
            (Some(known), Some(key)) => Merchant { key, ..known },
            (None, Some(key)) => Merchant::new(i_mid.clone(), key),
        };
        if let Some(partners) = put.partners {
            // A lender named twice is kept once.
            merchant.partners = Vec::new();
            for partner in partners {
                if !merchant.partners.contains(&partner) {
                    merchant.partners.push(partner);
                }
            }
        }
        merchant.name = name.unwrap_or(merchant.name);
        merchant.duplicate_check = put.duplicate_check.unwrap_or(merchant.duplicate_check);
        Ok(merchant)
    });
    let (merchant, is_new) = put.map_err(|error| match error {
        PutMerchantError::Refused(problem) => problem,
        full @ PutMerchantError::Full(_) => Problem::new(ProblemKind::MERCHANTS, full.to_string()),
    })?;
    Ok(response::json(
        if is_new { StatusCode::CREATED } else { StatusCode::OK },
        &view::Merchant::new(&merchant, &control.engine.key_mask()),
    ))
}

async fn delete(control: web::Data<Control>, i_mid: web::Path<String>) -> Result<HttpResponse, Problem> {
    let is_known = IMid::new(&i_mid).is_ok_and(|i_mid| control.engine.remove_merchant(&i_mid));
    if is_known { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::not_found("merchant", &i_mid)) }
}
