//! `GET, PUT, DELETE /merchants[/{iMid}]`: namespaces.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::operation::{Answer, Body, Operation, Parameter};
use super::problem::{Kind, Problem};
use super::{Control, read, view};
use crate::domain::{IMid, Merchant, MerchantKey, Partner};

const ONE: &[Parameter] = &[Parameter::path("iMid", "A merchant: 1 to 20 ASCII letters or digits.")];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::GET,
            path: "/merchants",
            handler: web::to(list),
            id: "listMerchants",
            tag: "merchants",
            summary: "Lists the merchants",
            description: "Who may call. Never shows a key.",
            parameters: &[],
            body: None,
            answers: vec![Answer::json::<Vec<view::Merchant>>(
                StatusCode::OK,
                "The merchants, by name.",
                json!([view::Merchant::example()]),
            )],
            problems: &[],
        },
        Operation {
            method: Method::GET,
            path: "/merchants/{iMid}",
            handler: web::to(show),
            id: "getMerchant",
            tag: "merchants",
            summary: "Shows a merchant",
            description: "Never shows its key.",
            parameters: ONE,
            body: None,
            answers: vec![Answer::json::<view::Merchant>(StatusCode::OK, "The merchant.", view::Merchant::example())],
            problems: &[Kind::NOT_FOUND],
        },
        Operation {
            method: Method::PUT,
            path: "/merchants/{iMid}",
            handler: web::to(put),
            id: "putMerchant",
            tag: "merchants",
            summary: "Adds or changes a merchant",
            description: "A test suite makes its own and is alone in it. What is not said stays as it is.",
            parameters: ONE,
            body: Some(Body::json::<Put>(json!({ "merchantKey": "a-key-of-my-own", "duplicateCheck": true }))),
            answers: vec![
                Answer::json::<view::Merchant>(StatusCode::OK, "It was changed.", view::Merchant::example()),
                Answer::json::<view::Merchant>(StatusCode::CREATED, "It was added.", view::Merchant::example()),
            ],
            problems: &[Kind::BAD_VALUE],
        },
        Operation {
            method: Method::DELETE,
            path: "/merchants/{iMid}",
            handler: web::to(delete),
            id: "deleteMerchant",
            tag: "merchants",
            summary: "Removes a merchant",
            description: "With all its things.",
            parameters: ONE,
            body: None,
            answers: vec![Answer::empty("It is gone.")],
            problems: &[Kind::NOT_FOUND],
        },
    ]
}

/// What to change of a merchant.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "PutMerchant")]
struct Put {
    /// The key that signs, 1 to 255 characters. Required for a new merchant; an existing one keeps its own.
    merchant_key: Option<String>,
    /// The lenders that are switched on, by their `mitraCd`; all of a new one's unless said.
    partners: Option<Vec<Partner>>,
    /// Whether a second use of a `referenceNo` is refused; of a new one it is unless said.
    duplicate_check: Option<bool>,
}

pub(super) async fn list(control: web::Data<Control>) -> HttpResponse {
    let merchants: Vec<_> = control.engine.merchants().iter().map(|merchant| view::Merchant::of(merchant)).collect();
    view::ok(&merchants)
}

pub(super) async fn show(control: web::Data<Control>, i_mid: web::Path<String>) -> Result<HttpResponse, Problem> {
    match control.engine.merchant(&i_mid) {
        Some(merchant) => Ok(view::ok(&view::Merchant::of(&merchant))),
        None => Err(Problem::not_found("merchant", &i_mid)),
    }
}

pub(super) async fn put(
    control: web::Data<Control>,
    i_mid: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let i_mid = IMid::new(&i_mid).map_err(|e| Problem::bad_value(e.to_string()))?;
    let put: Put = read::json(&control, &request, payload).await?;
    let key = put.merchant_key.map(|key| MerchantKey::new(&key)).transpose();
    let key = key.map_err(|e| Problem::bad_value(e.to_string()))?;
    let (merchant, is_new) = control.engine.put_merchant(&i_mid, |known| {
        let mut merchant = match (known.cloned(), key) {
            (None, None) => return Err(Problem::bad_value("a new merchant needs a merchantKey")),
            (Some(known), None) => known,
            (Some(known), Some(key)) => Merchant { key, ..known },
            (None, Some(key)) => Merchant::new(i_mid.clone(), key),
        };
        if let Some(partners) = put.partners {
            // Said twice is said once.
            merchant.partners = Vec::new();
            for partner in partners {
                if !merchant.partners.contains(&partner) {
                    merchant.partners.push(partner);
                }
            }
        }
        merchant.duplicate_check = put.duplicate_check.unwrap_or(merchant.duplicate_check);
        Ok(merchant)
    })?;
    Ok(view::answer(if is_new { StatusCode::CREATED } else { StatusCode::OK }, &view::Merchant::of(&merchant)))
}

pub(super) async fn delete(control: web::Data<Control>, i_mid: web::Path<String>) -> Result<HttpResponse, Problem> {
    let known = IMid::new(&i_mid).is_ok_and(|i_mid| control.engine.remove_merchant(&i_mid));
    if known { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::not_found("merchant", &i_mid)) }
}
