//! `GET /notifications`, `POST /notifications/{id}/resend`, `POST /notifications/{id}/deliver`: notifications and their
//! attempts.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{JsonSchema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::control::api::{
    ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, Query, RequestBody, ResponseContent, WholeNumber,
    request, response,
};
use crate::control::{Control, view};
use crate::domain::{Notification, NotificationId};
use crate::engine::{DeliverNowError, ResendError};

const LIST: &[Parameter] = &[
    Parameter::text("tXid", "Only notifications of this transaction."),
    Parameter::text("iMid", "Only notifications of this merchant."),
    Parameter::text("referenceNo", "Only notifications of the order or account binding with this number."),
    Parameter::integer("limit", "The maximum number of notifications.", 1_000, Some(1_000)),
    Parameter::number("after", "Only notifications after this number, the oldest first; without it, the newest."),
];
const TEXT: &str = "text/plain; charset=utf-8";
pub(super) const ONE: &[Parameter] = &[Parameter::path("id", "The number of a notification.")];

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/notifications",
            handler: web::to(list),
            id: "listNotifications",
            tag: "notifications",
            summary: "Lists notifications",
            description: "Each with its request, every attempt and the merchant's responses, oldest first. If there \
                          are more than `limit`, the newest ones are returned; with `after`, the next ones.",
            parameters: LIST,
            body: None,
            responses: vec![ApiResponse::json::<Vec<view::Notification>>(
                StatusCode::OK,
                "The notifications.",
                json!([view::Notification::example()]),
            )],
            problems: &[ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::GET,
            path: "/notifications/{id}/body",
            handler: web::to(body),
            id: "getNotificationBody",
            tag: "notifications",
            summary: "Shows the body of a notification",
            description: "The body of its request, as a text file.",
            parameters: ONE,
            body: None,
            responses: vec![ApiResponse {
                status: StatusCode::OK,
                description: "The body.",
                content: vec![ResponseContent {
                    media_type: TEXT,
                    schema: |_| json_schema!({ "type": "string", "description": "A form." }),
                    example: "referenceNo=order-1&amt=25145".into(),
                }],
            }],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::NOT_SENT],
        },
        ApiOperation {
            method: Method::POST,
            path: "/notifications/{id}/resend",
            handler: web::to(resend),
            id: "resendNotification",
            tag: "notifications",
            summary: "Resends a notification",
            description: "Sends the same request again now, without a retry if it fails. A notification can be resent 100 \
                          times.",
            parameters: ONE,
            body: None,
            responses: vec![is_being_sent()],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::RESENDS],
        },
        ApiOperation {
            method: Method::POST,
            path: "/notifications/{id}/deliver",
            handler: web::to(deliver),
            id: "deliverNotification",
            tag: "notifications",
            summary: "Delivers a notification now",
            description: "Makes the next scheduled attempt at once: of a notification that is `scheduled` for later, or \
                          that is `held`. It counts as that attempt, so when it fails the next retry follows as the \
                          retry table says. Also while the clock is stopped. While it is being sent, a second call gets \
                          409; with `attempt`, it gets 409 after that, too.",
            parameters: ONE,
            body: Some(RequestBody::json::<DeliverNotification>(json!({ "attempt": 2 }))),
            responses: vec![is_being_sent()],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::NOTHING_DUE, ProblemKind::BAD_VALUE],
        },
    ]
}

/// Which attempt is made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeliverNotification {
    /// The number of the attempt, from 1 on: refused when another one is next. Default: the next one.
    attempt: Option<WholeNumber>,
}

fn is_being_sent() -> ApiResponse {
    ApiResponse::json::<NotificationBeingSent>(
        StatusCode::ACCEPTED,
        "The notification is being sent; the event `notification.attempted` or `notification.skipped` has the result.",
        json!({ "id": "1", "state": "sending" }),
    )
}

/// The notification that is being sent.
#[derive(Serialize, JsonSchema)]
struct NotificationBeingSent {
    /// Its number.
    id: String,
    /// Always `sending`.
    state: &'static str,
}

async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, LIST);
    let (t_xid, i_mid, reference_no) = (query.get("tXid"), query.get("iMid"), query.get("referenceNo"));
    let ids = control.engine.store().notifications.ids(|notification| {
        t_xid.is_none_or(|value| notification.t_xid().is_some_and(|t_xid| t_xid.as_str() == value))
            && i_mid.is_none_or(|value| notification.i_mid.as_str() == value)
            && reference_no.is_none_or(|value| notification.reference_no.as_str() == value)
    });
    let page = query.page_of_numbers(ids, |id| id.0)?;
    let reader = control.clone();
    let notifications = page.into_iter().filter_map(move |id| {
        let notification = reader.engine.store().notifications.read(id, Notification::clone)?;
        Some(view::Notification::new(&reader.engine.shown(notification)))
    });
    Ok(response::list(notifications))
}

async fn body(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let not_found = || Problem::not_found("notification", &id);
    let number: NotificationId = id.parse().map_err(|_| not_found())?;
    let body = control.engine.store().notifications.read(number, |notification| notification.body.clone());
    let not_sent = || Problem::new(ProblemKind::NOT_SENT, ProblemKind::NOT_SENT.meaning);
    let body = body.ok_or_else(not_found)?.ok_or_else(not_sent)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, TEXT))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"notification-{number}.txt\"")))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(control.engine.masked(&body).into_owned()))
}

async fn resend(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    control.engine.resend(number(&id)?).map_err(|error| match error {
        ResendError::NotFound => no_such_notification(&id),
        ResendError::TooMany(_) => Problem::new(ProblemKind::RESENDS, error.to_string()),
    })?;
    Ok(being_sent(id.into_inner()))
}

async fn deliver(
    control: web::Data<Control>,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let body: DeliverNotification = request::json(&control, &request, payload).await?;
    let attempt = body.attempt.map(|attempt| attempt.0);
    control.engine.deliver_now(number(&id)?, attempt).map_err(|error| match error {
        DeliverNowError::NotFound => no_such_notification(&id),
        _ => Problem::new(ProblemKind::NOTHING_DUE, error.to_string()),
    })?;
    Ok(being_sent(id.into_inner()))
}

fn number(id: &str) -> Result<NotificationId, Problem> {
    id.parse().map_err(|_| no_such_notification(id))
}

fn no_such_notification(id: &str) -> Problem {
    Problem::not_found("notification", id)
}

fn being_sent(id: String) -> HttpResponse {
    response::json(StatusCode::ACCEPTED, &NotificationBeingSent { id, state: "sending" })
}
