//! `GET /transactions/{tXid}/evidence`, `GET /transactions/{tXid}/har`: everything about a payment in one file.

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::json;

use super::har::{self, har};
use super::transactions::{T_XID, transaction_view};
use crate::clock::Timestamp;
use crate::control::api::{ApiOperation, ApiResponse, Problem, ProblemKind, ResponseContent, mask_texts, response};
use crate::control::{Control, base_url, view};
use crate::domain::{Entry, Notification, Transaction};

pub(super) fn operations() -> Vec<ApiOperation> {
    fn archive(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "description": "An HTTP Archive 1.2: `log` with `entries`." })
    }
    let har = ResponseContent { media_type: "application/json", schema: archive, example: har::example() };
    let mut example = view::TransactionWithTimeline::example();
    let (explain, events) = (example["explain"].take(), example["timeline"].take());
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/transactions/{tXid}/evidence",
            handler: web::to(evidence),
            id: "getEvidence",
            tag: "transactions",
            summary: "Everything about a transaction in one file",
            description: "The transaction, its events with the bytes of every exchange (the first 1,000; with refused \
                          registrations of the same `referenceNo`), and its notifications with every attempt.",
            parameters: T_XID,
            body: None,
            responses: vec![ApiResponse::json::<Evidence>(
                StatusCode::OK,
                "The file.",
                json!({
                    "name": "nicepay-sim",
                    "version": env!("CARGO_PKG_VERSION"),
                    "at": "2025-12-31T17:00:02Z",
                    "transaction": view::Transaction::example(),
                    "explain": explain,
                    "events": events,
                    "notifications": [view::Notification::example()],
                }),
            )],
            problems: &[ProblemKind::NOT_FOUND],
        },
        ApiOperation {
            method: Method::GET,
            path: "/transactions/{tXid}/har",
            handler: web::to(archive_of),
            id: "getHar",
            tag: "transactions",
            summary: "The HTTP messages of a transaction as HAR",
            description: "An HTTP Archive 1.2 for the developer tools of browsers: the requests of the merchant and of \
                          the customer's browser to the gateway, and every attempt to send a notification. The \
                          simulator does not measure how long its own answers take: their times are 0.",
            parameters: T_XID,
            body: None,
            responses: vec![ApiResponse { status: StatusCode::OK, description: "The archive.", content: vec![har] }],
            problems: &[ProblemKind::NOT_FOUND],
        },
    ]
}

/// Everything about a transaction.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TransactionEvidence")]
struct Evidence {
    /// Always `nicepay-sim`.
    name: &'static str,
    /// The version of the simulator.
    version: &'static str,
    /// The simulator's time when the file was made.
    at: Timestamp,
    /// The transaction.
    transaction: view::Transaction,
    /// The rule that decided, and why.
    explain: view::Explanation,
    /// Its events in order; the first 1,000.
    events: Vec<view::Event>,
    /// Its notifications with every attempt.
    notifications: Vec<view::Notification>,
}

/// A transaction with its events and notifications, masked.
fn find(control: &Control, t_xid: &str) -> Result<(Transaction, Vec<Entry>, Vec<Notification>), Problem> {
    let engine = &control.engine;
    let not_found = || Problem::not_found("transaction", t_xid);
    let transaction = engine.transaction(t_xid).ok_or_else(not_found)?;
    let entries = engine.entries_of_transaction(t_xid).ok_or_else(not_found)?;
    let stored = &engine.store().notifications;
    let notifications = transaction.notifications.iter().filter_map(|id| stored.read(*id, Notification::clone));
    let notifications: Vec<_> = notifications.collect();
    Ok((engine.shown(transaction), engine.shown(entries), engine.shown(notifications)))
}

async fn evidence(control: web::Data<Control>, t_xid: web::Path<String>) -> Result<HttpResponse, Problem> {
    let (transaction, entries, notifications) = find(&control, &t_xid)?;
    let mask = control.engine.key_mask();
    let view = transaction_view(&control, &transaction);
    let evidence = Evidence {
        name: "nicepay-sim",
        version: env!("CARGO_PKG_VERSION"),
        at: control.engine.now(),
        transaction: view.transaction,
        explain: view.explain,
        events: entries.iter().map(|entry| view::Event::from_entry(entry).masked(&mask)).collect(),
        notifications: notifications.iter().map(view::Notification::new).collect(),
    };
    // The fields of a form were decoded: what was hidden by the encoding is masked now.
    let mut evidence = json!(evidence);
    mask_texts(&mut evidence, &mask);
    Ok(download(response::ok(&evidence), transaction.t_xid.as_str(), "json"))
}

async fn archive_of(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (transaction, entries, notifications) = find(&control, &t_xid)?;
    let mut archive = har(&entries, &notifications, &base_url(&control, &request));
    mask_texts(&mut archive, &control.engine.key_mask());
    Ok(download(response::ok(&archive), transaction.t_xid.as_str(), "har"))
}

/// A response that the browser saves as a file.
fn download(mut response: HttpResponse, name: &str, extension: &str) -> HttpResponse {
    let headers = response.headers_mut();
    // The name has only letters and digits: it needs no escaping.
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{extension}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
