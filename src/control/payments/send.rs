//! `POST /notifications/{id}/send`: sends a notification with another form, or to another address, and waits for the
//! answer.

use std::collections::BTreeMap;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::notifications::ONE;
use crate::control::api::{ApiOperation, ApiResponse, Problem, ProblemKind, RequestBody, request, response};
use crate::control::{Control, inbox, view};
use crate::domain::{Notification, NotificationId};
use crate::engine::SendError;
use crate::protocol::http_url;
use crate::sockets::Client;

/// The longest address.
const MAX_URL: usize = 4_000;

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![ApiOperation {
        method: Method::POST,
        path: "/notifications/{id}/send",
        handler: web::to(handle),
        id: "sendNotification",
        tag: "notifications",
        summary: "Edits a notification and sends it",
        description: "Sends a copy of a notification once, now: with changed `fields` or another `body`, to its own \
                      address or to another `url`. The copy is a notification of its own, with the rule `control/send`. \
                      The call returns when the receiver has answered; `attempts` has the answer. The integration \
                      report does not judge such notifications.",
        parameters: ONE,
        body: Some(RequestBody::json::<EditedNotification>(
            json!({ "fields": { "status": "8", "payNo": null }, "url": "http://127.0.0.1:9000/notify" }),
        )),
        responses: vec![ApiResponse::json::<view::Notification>(
            StatusCode::OK,
            "The notification that was sent. Where no answer has come in time, it has no attempt yet.",
            view::Notification::example(),
        )],
        problems: &[
            ProblemKind::NOT_FOUND,
            ProblemKind::NOT_SENT,
            ProblemKind::SUBJECT_REMOVED,
            ProblemKind::BAD_VALUE,
            ProblemKind::MEMORY,
            ProblemKind::WAITERS,
            ProblemKind::STOPPING,
            ProblemKind::UNFINISHED,
        ],
    }]
}

/// What is different. Without a field, the notification is sent as it was.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EditedNotification {
    /// The address; without it, the notification's own.
    url: Option<String>,
    /// Fields of the form by name: a new value, or null to leave the field out. Other fields stay as they were.
    #[schemars(with = "Option<BTreeMap<String, Option<String>>>")]
    fields: Option<Map<String, Value>>,
    /// The whole body, instead of `fields`. It is sent as a form, byte for byte, except for its
    /// `merchantToken`: see `sign`.
    body: Option<String>,
    /// Whether the `merchantToken` of the form is computed anew, from the other fields. The default is true.
    sign: Option<bool>,
}

async fn handle(
    control: web::Data<Control>,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let edited: EditedNotification = request::json(&control, &request, payload).await?;
    let not_found = || Problem::not_found("notification", &id);
    let number: NotificationId = id.parse().map_err(|_| not_found())?;
    let engine = &control.engine;
    let original = engine.store().notifications.read(number, Notification::without_attempts).ok_or_else(not_found)?;
    if let Some(url) = &edited.url {
        check_url(url)?;
    }
    let body = body(&control, &original, &edited)?;
    let _slot = control.waiters.take()?;
    let sent = engine.send_edited(number, edited.url.as_deref(), &body).map_err(|error| match error {
        SendError::NotFound => not_found(),
        SendError::NoSubject => Problem::new(ProblemKind::SUBJECT_REMOVED, error.to_string()),
        SendError::NoMemory => Problem::new(ProblemKind::MEMORY, error.to_string()),
    })?;
    tokio::select! {
        () = engine.wait_until_attempted(vec![sent]) => {}
        // It may have to wait for its turn; then it takes longer than one answer may.
        () = tokio::time::sleep(control.api_limits.notification_timeout.saturating_mul(2)) => {}
        () = Client::left(&request).cancelled_owned() => return Err(Problem::left()),
        () = control.stopping.cancelled() => return Err(Problem::stopping()),
    }
    // A reset has removed it.
    let sent = engine.store().notifications.read(sent, Notification::clone).ok_or_else(not_found)?;
    Ok(response::ok(&view::Notification::new(&engine.shown(sent))))
}

fn check_url(url: &str) -> Result<(), Problem> {
    if url.len() > MAX_URL {
        return Err(Problem::bad_value(format!("url has more than {MAX_URL} bytes")));
    }
    http_url(url).map_err(|reason| Problem::bad_value(format!("url {reason}")))
}

/// The body that is sent.
fn body(control: &Control, original: &Notification, edited: &EditedNotification) -> Result<String, Problem> {
    let not_sent = || Problem::new(ProblemKind::NOT_SENT, ProblemKind::NOT_SENT.meaning);
    let before = || original.body.as_deref().ok_or_else(not_sent);
    let body = match (&edited.body, &edited.fields) {
        (Some(_), Some(_)) => return Err(Problem::bad_value("`fields` and `body` exclude each other")),
        (Some(body), None) => body.clone(),
        (None, Some(fields)) => with_fields(before()?, fields)?,
        (None, None) => before()?.to_owned(),
    };
    // What is sent as it was has its token.
    let is_edited = edited.body.is_some() || edited.fields.is_some();
    match control.engine.merchant(original.i_mid.as_str()) {
        Some(merchant) if is_edited && edited.sign.unwrap_or(true) => {
            let (name, token) = inbox::right_token(control, &body, &merchant, original.t_xid().is_some());
            Ok(with_token(&body, &name, &token))
        }
        _ => Ok(body),
    }
}

/// The form with these fields changed. They keep their place; new ones come last.
fn with_fields(body: &str, fields: &Map<String, Value>) -> Result<String, Problem> {
    let text = |name: &str, value: &Value| match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(Problem::bad_value(format!("the field {name:?} must be a text, a number or null"))),
    };
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    for (name, value) in fields {
        let value = text(name, value)?;
        match (pairs.iter().position(|(known, _)| known == name), value) {
            (Some(at), Some(value)) => pairs[at].1 = value,
            (Some(_), None) => pairs.retain(|(known, _)| known != name),
            (None, Some(value)) => pairs.push((name.clone(), value)),
            (None, None) => {}
        }
    }
    Ok(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// The form with this token, where it has one; the rest is untouched.
fn with_token(body: &str, name: &str, token: &str) -> String {
    let pairs = body.split('&').map(|pair| {
        let known = form_urlencoded::parse(pair.as_bytes()).next();
        if known.is_some_and(|(known, _)| known == name) { format!("{name}={token}") } else { pair.to_owned() }
    });
    pairs.collect::<Vec<_>>().join("&")
}
