//! `GET, PUT, DELETE /merchants[/{iMid}]`: namespaces.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::problem::Problem;
use super::{Control, read, view};
use crate::ledger::{IMid, Merchant, MerchantKey, Partner};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Put {
    /// Required for a new merchant; an existing one keeps its own.
    merchant_key: Option<String>,
    partners: Option<Vec<Partner>>,
    duplicate_check: Option<bool>,
}

pub(super) async fn list(control: web::Data<Control>) -> HttpResponse {
    let merchants: Vec<_> = control.engine.merchants().iter().map(|merchant| view::merchant(merchant)).collect();
    view::ok(&merchants)
}

pub(super) async fn show(control: web::Data<Control>, i_mid: web::Path<String>) -> Result<HttpResponse, Problem> {
    match control.engine.merchant(&i_mid) {
        Some(merchant) => Ok(view::ok(&view::merchant(&merchant))),
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
    let mut merchant = match (control.engine.merchant(i_mid.as_str()), key) {
        (None, None) => return Err(Problem::bad_value("a new merchant needs a merchantKey")),
        (Some(known), None) => Merchant::clone(&known),
        (Some(known), Some(key)) => Merchant { key, ..Merchant::clone(&known) },
        (None, Some(key)) => Merchant::new(i_mid, key),
    };
    merchant.partners = put.partners.unwrap_or(merchant.partners);
    merchant.duplicate_check = put.duplicate_check.unwrap_or(merchant.duplicate_check);
    let shown = view::merchant(&merchant);
    let new = control.engine.put_merchant(merchant);
    Ok(view::answer(if new { StatusCode::CREATED } else { StatusCode::OK }, &shown))
}

pub(super) async fn delete(control: web::Data<Control>, i_mid: web::Path<String>) -> Result<HttpResponse, Problem> {
    let known = IMid::new(&i_mid).is_ok_and(|i_mid| control.engine.remove_merchant(&i_mid));
    if known { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::not_found("merchant", &i_mid)) }
}
