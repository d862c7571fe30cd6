//! `GET /__sim/inbox` and `GET /__sim/inbox/{name}`: what the built-in inbox has received, the newest first.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use url::form_urlencoded;

use crate::clock::Timestamp;
use crate::control::base_url;
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Diagnosis, Field, Frame, Section, Time};
use crate::domain::{Binding, InboxMessage, KeyMask};
use crate::page::Lang;
use crate::paths;

/// The maximum number of notifications on the page.
const MAX_ROWS: usize = 100;

/// The maximum length of a status, in characters: a true one has one.
const MAX_STATUS: usize = 8;

#[derive(Template)]
#[template(path = "dashboard/inbox.html")]
struct InboxPage {
    frame: Frame,
    /// The address for `dbProcessUrl`.
    address: String,
    /// The name of the inbox; none for all inboxes.
    name: Option<String>,
    rows: Vec<Row>,
    all: usize,
}

/// One notification.
struct Row {
    id: u64,
    inbox: String,
    at: Time,
    i_mid: String,
    reference_no: String,
    amount: String,
    status: String,
    /// The page of its transaction or binding.
    href: Option<String>,
    content_type: String,
    fields: Vec<Field>,
    diagnosis: Option<Diagnosis>,
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    page(&dashboard, &request, None)
}

pub(in crate::dashboard) async fn show_one(
    dashboard: Data<Dashboard>,
    name: Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    page(&dashboard, &request, Some(name.into_inner()))
}

fn page(dashboard: &Dashboard, request: &HttpRequest, name: Option<String>) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(dashboard, request, Section::Inbox);
    let store = control.engine.store();
    let messages = store.inbox.list(|message| name.as_deref().is_none_or(|name| *message.inbox == *name));
    let page_of = |message: &InboxMessage, t_xid: &str, reference_no: &str| {
        if !t_xid.is_empty() {
            return store.transactions.read(t_xid, |_| paths::transaction_page(t_xid));
        }
        // The notification of a binding has no tXid.
        let i_mid = message.i_mid.as_ref()?;
        let is_it =
            |binding: &Binding| binding.i_mid == *i_mid && binding.request.reference_no.as_str() == reference_no;
        store.bindings.list(is_it).last().map(|id| format!("{}/bindings/{id}", paths::DEVELOPER))
    };
    let newest = messages.iter().rev().take(MAX_ROWS);
    let (mask, now) = (control.engine.key_mask(), control.engine.now());
    let rows = newest.map(|(id, message)| row(*id, message, &mask, page_of, (now, frame.lang()))).collect();
    let address = format!("{}{}", base_url(control, request), mask.masked(request.path()));
    let name = name.map(|name| mask.masked(&name).into_owned());
    let page = InboxPage { frame, address, name, rows, all: messages.len() };
    page.frame.respond(StatusCode::OK, &page)
}

fn row(
    id: u64,
    message: &InboxMessage,
    mask: &KeyMask,
    page_of: impl Fn(&InboxMessage, &str, &str) -> Option<String>,
    (now, lang): (Timestamp, Lang),
) -> Row {
    // Any letter can be percent-encoded: the fields are masked after they were decoded.
    let masked = |text: &str| mask.masked(text).into_owned();
    let pairs = form_urlencoded::parse(message.body.as_bytes());
    let fields: Vec<_> = pairs.map(|(name, value)| Field { name: masked(&name), value: masked(&value) }).collect();
    let field = |name: &str| fields.iter().find(|field| field.name == name).map_or("", |field| field.value.as_str());
    Row {
        id,
        inbox: message.inbox.to_string(),
        at: Time::relative(message.at, now, lang),
        i_mid: message.i_mid.as_ref().map(ToString::to_string).unwrap_or_default(),
        reference_no: field("referenceNo").to_owned(),
        amount: field("amt").to_owned(),
        status: field("status").chars().take(MAX_STATUS).collect(),
        href: page_of(message, field("tXid"), field("referenceNo")),
        content_type: masked(&message.content_type),
        diagnosis: message.diagnosis.as_deref().map(|text| Diagnosis::parse(&masked(text), lang)),
        fields,
    }
}
