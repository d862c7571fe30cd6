//! `GET /notifications`, `POST /notifications/{id}/resend`

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::operation::{Answer, Operation, Parameter};
use super::problem::{Kind, Problem};
use super::read::Query;
use super::{Control, view};
use crate::domain::NotificationId;

const LIST: &[Parameter] = &[
    Parameter::text("tXid", "Only about this transaction."),
    Parameter::text("iMid", "Only this merchant's."),
    Parameter::text("referenceNo", "Only about this order or binding of the merchant's."),
    Parameter::whole("limit", "So many of the newest, at most.", 1_000, None),
];
const ONE: &[Parameter] = &[Parameter::path("id", "A notification's number.")];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::GET,
            path: "/notifications",
            handler: web::to(list),
            id: "listNotifications",
            tag: "notifications",
            summary: "Lists notifications",
            description: "Each with its request, every attempt and the merchant's answers, oldest first; of too many, \
                          the newest.",
            parameters: LIST,
            body: None,
            answers: vec![Answer::json::<Vec<view::Notification>>(
                StatusCode::OK,
                "The notifications.",
                json!([view::Notification::example()]),
            )],
            problems: &[Kind::BAD_VALUE],
        },
        Operation {
            method: Method::POST,
            path: "/notifications/{id}/resend",
            handler: web::to(resend),
            id: "resendNotification",
            tag: "notifications",
            summary: "Sends a notification once more",
            description: "Now, as it was, and without a retry when it fails.",
            parameters: ONE,
            body: None,
            answers: vec![Answer::json::<Resent>(
                StatusCode::ACCEPTED,
                "It is being sent; the event `notification.attempted` says what came of it.",
                json!({ "id": "1", "state": "sending" }),
            )],
            problems: &[Kind::NOT_FOUND],
        },
    ]
}

/// A notification that is being sent once more.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NotificationResent")]
struct Resent {
    /// Its number.
    id: String,
    /// Always `plan`.
    state: &'static str,
}

/// Every notification with every attempt, oldest first.
pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, LIST);
    let limit = query.number("limit")?;
    let (t_xid, i_mid, reference_no) = (query.get("tXid"), query.get("iMid"), query.get("referenceNo"));
    let mut notifications = control.engine.store().notifications.list(|notification| {
        t_xid.is_none_or(|wanted| notification.t_xid().is_some_and(|t_xid| t_xid.as_str() == wanted))
            && i_mid.is_none_or(|wanted| notification.i_mid.as_str() == wanted)
            && reference_no.is_none_or(|wanted| notification.reference_no.as_str() == wanted)
    });
    // The newest of too many.
    notifications.drain(..notifications.len().saturating_sub(limit));
    Ok(view::ok(&notifications.iter().map(view::Notification::of).collect::<Vec<_>>()))
}

/// Sends one once more, as it was.
pub(super) async fn resend(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let known = id.parse().is_ok_and(|id: NotificationId| control.engine.resend(id));
    if known {
        Ok(view::answer(StatusCode::ACCEPTED, &Resent { id: id.into_inner(), state: "sending" }))
    } else {
        Err(Problem::not_found("notification", &id))
    }
}
