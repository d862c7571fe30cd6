//! `GET /__sim/log`: the event log, the newest event first.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Section, TimelineEntry, query, rule_of, timeline_entry};
use crate::domain::{Entry, Event, EventKind};
use crate::paths;
use crate::store::Filter;

/// The maximum number of events on the page.
const MAX_ROWS: usize = 100;

#[derive(Template)]
#[template(path = "dashboard/log.html")]
struct LogPage {
    frame: Frame,
    i_mid: String,
    reference_no: String,
    kind: String,
    merchants: Vec<String>,
    rows: Vec<Row>,
    /// The first and the last event in the log.
    extent: Option<(u64, u64)>,
    /// The address of the next page.
    older: Option<String>,
}

struct Row {
    entry: TimelineEntry,
    i_mid: String,
    reference_no: String,
    /// The page of its transaction; where a refusal has none, the requests with its referenceNo.
    href: Option<String>,
    rule: Option<String>,
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Log);
    let (mut i_mid, mut reference_no, mut kind, mut before) = (String::new(), String::new(), String::new(), None);
    for (name, value) in query::pairs(control, &request) {
        match &*name {
            "iMid" => i_mid = value,
            "referenceNo" => reference_no = value,
            "type" => kind = value,
            "before" => before = value.parse::<u64>().ok(),
            _ => {}
        }
    }
    let log = control.engine.store().log;
    let some = |text: &str| (!text.is_empty()).then(|| text.into());
    let filter = Filter { i_mid: some(&i_mid), reference_no: some(&reference_no), ..Filter::default() };
    let of_kind = |event: &Event| kind.is_empty() || event.kind.event_type() == kind;
    let found = log.newest(&filter, before.unwrap_or(u64::MAX), usize::MAX, MAX_ROWS, of_kind);
    let full = found.len() == MAX_ROWS;
    let found = control.engine.shown(found);
    let older = found.last().filter(|_| full).map(|entry| {
        let before = entry.event.id.to_string();
        let query = [("iMid", &*i_mid), ("referenceNo", &reference_no), ("type", &kind), ("before", &before)];
        query::link("/__sim/log", &query)
    });
    let page = LogPage {
        merchants: query::merchants(control),
        rows: found.iter().map(row).collect(),
        extent: log.extent(),
        frame,
        i_mid,
        reference_no,
        kind,
        older,
    };
    page.frame.respond(StatusCode::OK, &page)
}

fn row(entry: &Entry) -> Row {
    let event = &entry.event;
    Row {
        entry: timeline_entry(entry),
        i_mid: event.i_mid.as_ref().map(ToString::to_string).unwrap_or_default(),
        reference_no: event.reference_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        href: href(event),
        rule: rule_of(&event.kind).map(str::to_owned),
    }
}

fn href(event: &Event) -> Option<String> {
    if let Some(t_xid) = &event.t_xid {
        return Some(paths::transaction_page(t_xid.as_str()));
    }
    let is_refusal = matches!(event.kind, EventKind::Refused { .. });
    let reference_no = event.reference_no.as_ref().filter(|_| is_refusal)?;
    Some(query::link(paths::DASHBOARD, &[("q", reference_no.as_str())]))
}
