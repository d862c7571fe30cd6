//! `POST /reset` `{iMid?}`: forgets everything, or one merchant's things.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::problem::Problem;
use super::{Control, read};
use crate::ledger::IMid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Reset {
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
