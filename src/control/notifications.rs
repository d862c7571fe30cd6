//! `GET /notifications`, `POST /notifications/{id}/resend`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::problem::Problem;
use super::read::Query;
use super::{Control, view};
use crate::ledger::NoticeId;

/// Every notification with every attempt, oldest first.
pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let limit = query.number("limit", 1_000)?;
    let (t_xid, i_mid, reference_no) = (query.get("tXid"), query.get("iMid"), query.get("referenceNo"));
    let mut notices = control.engine.store().notices.list(|notice| {
        t_xid.is_none_or(|wanted| notice.t_xid().is_some_and(|t_xid| t_xid.as_str() == wanted))
            && i_mid.is_none_or(|wanted| notice.i_mid.as_str() == wanted)
            && reference_no.is_none_or(|wanted| notice.reference_no.as_str() == wanted)
    });
    // The newest of too many.
    notices.drain(..notices.len().saturating_sub(limit));
    Ok(view::ok(&notices.iter().map(view::notice).collect::<Vec<_>>()))
}

/// Sends one once more, as it was.
pub(super) async fn resend(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let known = id.parse().is_ok_and(|id| control.engine.resend(NoticeId(id)));
    if known {
        Ok(view::answer(StatusCode::ACCEPTED, &json!({ "id": *id, "state": "sending" })))
    } else {
        Err(Problem::not_found("notification", &id))
    }
}
