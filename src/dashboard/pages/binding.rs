//! `GET /__sim/bindings/{id}`: one account binding.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::problem::not_found;
use crate::control::{BindingView, Control};
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{
    Field, Frame, Message, NotificationView, PageClock, Section, Selected, Sequence, Time, TimelineEntry, due, fields,
    message, notification_views, timeline_entry,
};
use crate::diagram::Diagram;
use crate::domain::{Binding, BindingId, EventKind, Partner};
use crate::paths;

#[derive(Template)]
#[template(path = "dashboard/binding.html")]
struct BindingPage {
    frame: Frame,
    path: String,
    id: BindingId,
    reference_no: String,
    i_mid: String,
    state: &'static str,
    at: Time,
    expires_at: Time,
    customer: String,
    partner_url: Option<String>,
    user_token: Option<String>,
    is_open: bool,
    rule: String,
    sequence: Sequence,
    message: Option<Message>,
    notifications: Vec<NotificationView>,
    fields: Vec<Field>,
    timeline: Vec<TimelineEntry>,
}

pub(in crate::dashboard) async fn show(
    dashboard: Data<Dashboard>,
    id: Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Bindings);
    let Some(binding) = id.parse().ok().and_then(|id: BindingId| control.engine.binding(id)) else {
        return not_found(control, frame, ("Account link", "Penghubungan akun"), &id);
    };
    let binding = control.engine.shown(binding);
    let frame = frame.listening_to(binding.i_mid.as_str(), Some(binding.request.reference_no.as_str()));
    let page = page(control, frame, &request, &binding);
    page.frame.respond(StatusCode::OK, &page)
}

fn page(control: &Control, frame: Frame, request: &HttpRequest, binding: &Binding) -> BindingPage {
    let view = BindingView::new(binding);
    let entries = control.engine.shown(control.engine.entries_of_binding(binding.id).unwrap_or_default());
    let path = request.path().to_owned();
    let selected = Selected::from_query(request.query_string());
    let told = control.engine.shown(control.engine.notifications(&binding.notifications));
    let diagram = Diagram::new(Some(Partner::Kredivo.name()), &entries, &told, frame.lang());
    let clock = PageClock::of(&frame, control.engine.now());
    let mut sequence = Sequence::new(&diagram, due(&told, clock, frame.lang()), &path, selected);
    sequence.is_incomplete =
        !entries.iter().any(|entry| matches!(entry.event.kind, EventKind::BindingRegistered { .. }));
    BindingPage {
        notifications: notification_views(&told, &entries, &path, frame.lang()),
        path,
        id: binding.id,
        reference_no: binding.request.reference_no.to_string(),
        i_mid: binding.i_mid.to_string(),
        state: binding.stage.as_str(),
        at: Time::full(binding.registered_at),
        expires_at: Time::full(binding.expires_at),
        customer: binding.client_user_key().to_string(),
        partner_url: Some(view.partner_url.clone()),
        user_token: view.user_token.as_ref().map(ToString::to_string),
        is_open: binding.stage.is_open(),
        rule: binding.rule.to_string(),
        message: selected.and_then(|selected| message::find_in(control, &entries, selected.event, frame.lang())),
        sequence,
        fields: fields(&view, &[]),
        timeline: entries.iter().map(timeline_entry).collect(),
        frame,
    }
}

impl BindingPage {
    /// The address of the diagram as a file.
    fn download(&self, format: &str) -> String {
        format!(
            "{}/bindings/{}/diagram?format={format}&lang={}&download=1",
            paths::API,
            self.id,
            self.frame.lang().code()
        )
    }
}
