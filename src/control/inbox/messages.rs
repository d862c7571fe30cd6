//! `GET, DELETE /inbox[/{name}]`: what the built-in inbox has received.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use crate::control::api::{ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, Query, response};
use crate::control::{Control, view};

const I_MID: Parameter = Parameter::text("iMid", "Only notifications of this merchant.");
const T_XID: Parameter = Parameter::text("tXid", "Only notifications with this `tXid`.");
const REFERENCE_NO: Parameter = Parameter::text("referenceNo", "Only notifications with this `referenceNo`.");
const LIMIT: Parameter = Parameter::integer("limit", "The maximum number of notifications.", 1_000, Some(1_000));
const AFTER: Parameter =
    Parameter::number("after", "Only notifications after this number, the oldest first; without it, the newest.");
const NAME: Parameter = Parameter::path("name", "The name of an inbox; `default` for `/__sim/inbox`.");
const ALL: &[Parameter] = &[I_MID, T_XID, REFERENCE_NO, LIMIT, AFTER];
const ONE: &[Parameter] = &[NAME, I_MID, T_XID, REFERENCE_NO, LIMIT, AFTER];

pub(in crate::control) fn operations() -> Vec<ApiOperation> {
    let listed = || {
        let example = json!([view::InboxMessage::example()]);
        vec![ApiResponse::json::<Vec<view::InboxMessage>>(StatusCode::OK, "What came.", example)]
    };
    let emptied = || vec![ApiResponse::empty("It is empty.")];
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/inbox",
            handler: web::to(list_all),
            id: "listInbox",
            tag: "notifications",
            summary: "Lists what the built-in inboxes received",
            description: "`POST /__sim/inbox` and `POST /__sim/inbox/{name}` are built-in addresses for `dbProcessUrl`: \
                          they answer 200, check the merchantToken, and keep what came. Oldest first.",
            parameters: ALL,
            body: None,
            responses: listed(),
            problems: &[ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::DELETE,
            path: "/inbox",
            handler: web::to(empty_all),
            id: "emptyInbox",
            tag: "notifications",
            summary: "Empties all built-in inboxes",
            description: "A reset does that, too.",
            parameters: &[],
            body: None,
            responses: emptied(),
            problems: &[],
        },
        ApiOperation {
            method: Method::GET,
            path: "/inbox/{name}",
            handler: web::to(list_one),
            id: "listNamedInbox",
            tag: "notifications",
            summary: "Lists what one built-in inbox received",
            description: "Oldest first. An inbox that has received nothing is empty.",
            parameters: ONE,
            body: None,
            responses: listed(),
            problems: &[ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::DELETE,
            path: "/inbox/{name}",
            handler: web::to(empty_one),
            id: "emptyNamedInbox",
            tag: "notifications",
            summary: "Empties one built-in inbox",
            description: "The others keep what they received.",
            parameters: &[NAME],
            body: None,
            responses: emptied(),
            problems: &[],
        },
    ]
}

async fn list_all(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    list(&control, None, &Query::from_request(&request, ALL))
}

async fn list_one(
    control: web::Data<Control>,
    name: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    list(&control, Some(&name), &Query::from_request(&request, ONE))
}

fn list(control: &web::Data<Control>, inbox: Option<&str>, query: &Query) -> Result<HttpResponse, Problem> {
    let mask = control.engine.key_mask();
    let mut messages = control.engine.store().inbox.list(|message| inbox.is_none_or(|inbox| *message.inbox == *inbox));
    messages.retain(|(id, message)| {
        let message = view::InboxMessage::new(*id, message, &mask);
        ["iMid", "tXid", "referenceNo"]
            .iter()
            .all(|name| query.get(name).is_none_or(|value| message.subject(name) == Some(value)))
    });
    let page = query.page_of_numbers(messages, |(id, _)| *id)?;
    let messages = page.into_iter().map(move |(id, message)| view::InboxMessage::new(id, &message, &mask));
    Ok(response::list(messages))
}

async fn empty_all(control: web::Data<Control>) -> HttpResponse {
    control.engine.empty_inbox(None);
    HttpResponse::NoContent().finish()
}

async fn empty_one(control: web::Data<Control>, name: web::Path<String>) -> HttpResponse {
    control.engine.empty_inbox(Some(&name));
    HttpResponse::NoContent().finish()
}
