//! The page of a refused request: why it was refused, and beside it what was sent.

mod marked;
mod wrong_fields;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use url::form_urlencoded;

use self::marked::{Piece, marked};
use self::wrong_fields::wrong_fields;
use crate::control::Control;
use crate::dashboard::parts::{Diagnosis, Field, Frame, Message, Part, Section, Time, query};
use crate::diagnosis;
use crate::domain::{Event, MaskKeys as _};
use crate::paths;
use crate::protocol::FORM;

#[derive(Template)]
#[template(path = "dashboard/refusal.html")]
struct RefusalPage {
    frame: Frame,
    id: u64,
    at: Time,
    ago: Time,
    endpoint: &'static str,
    result_cd: &'static str,
    diagnosis: Diagnosis,
    /// What to do about it, in English.
    remedy: &'static str,
    rule: Option<String>,
    /// The fields that the diagnosis is about, each with what was sent; none where it was not sent.
    wrong: Vec<(String, Option<String>)>,
    i_mid: String,
    reference_no: String,
    /// The page of the order's transaction.
    order: Option<String>,
    /// The request and its response; none where they were deleted to save memory.
    sent: Option<Sent>,
    /// The request as a script, with its event's number.
    script: Option<(u64, String)>,
}

/// The request that was refused, and its response.
struct Sent {
    /// The event of the request.
    id: Option<u64>,
    line: Vec<Piece>,
    body: Vec<Piece>,
    request: Part,
    /// The fields of its query and of its body, not decoded any further.
    fields: Vec<Field>,
    answer_line: String,
    answer_headers: String,
    answer_body: String,
}

/// A refusal, as its event has it.
#[derive(Clone, Copy)]
pub(super) struct Refusal<'a> {
    pub(super) endpoint: &'static str,
    pub(super) result_cd: &'static str,
    pub(super) diagnosis: &'a str,
}

/// The page of a refusal. Its texts are masked already.
pub(super) fn show(
    control: &Control,
    frame: Frame,
    event: &Event,
    refusal: Refusal<'_>,
    message: Message,
) -> HttpResponse {
    let Refusal { endpoint, result_cd, diagnosis } = refusal;
    let diagnosis = Diagnosis::parse(diagnosis, frame.lang());
    let names = wrong_fields(&diagnosis.slug, &diagnosis.sentence);
    let order = order(control, event, &message);
    let (at, rule) = (message.at, message.rule.clone());
    let script = message.script(&frame.base);
    let sent = Sent::new(control, message, &names);
    let value = |name: &String| {
        let mut fields = sent.iter().flat_map(|sent| &sent.fields);
        fields.find(|field| field.name == *name).map(|field| field.value.clone())
    };
    let wrong = names.iter().map(|name| (name.clone(), value(name)));
    let page = RefusalPage {
        id: event.id,
        at,
        ago: Time::relative(event.at, control.engine.now(), frame.lang()),
        endpoint,
        result_cd,
        remedy: diagnosis::find(&diagnosis.slug).map_or("", |entry| entry.remedy),
        diagnosis,
        rule,
        wrong: wrong.collect(),
        i_mid: event.i_mid.as_ref().map(ToString::to_string).unwrap_or_default(),
        reference_no: event.reference_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        order,
        sent,
        script,
        frame,
    };
    page.frame.respond(StatusCode::OK, &page)
}

/// The page of the transaction of the order, at the arrow of the refused request.
fn order(control: &Control, event: &Event, message: &Message) -> Option<String> {
    let by_reference = || {
        let (i_mid, reference_no) = (event.i_mid.as_ref()?, event.reference_no.as_ref()?);
        control.engine.store().transactions.find_by_reference(i_mid, reference_no)
    };
    let t_xid = event.t_xid.clone().or_else(by_reference)?;
    control.engine.store().transactions.read(t_xid.as_str(), |_| ())?;
    Some(query::arrow(&paths::transaction_page(t_xid.as_str()), message.diagram_key()))
}

impl Sent {
    fn new(control: &Control, message: Message, names: &[String]) -> Option<Self> {
        let id = message.refused_request;
        let mut parts = message.parts.into_iter();
        let (mut request, answer) = (parts.next()?, parts.next());
        let (head, query) = match request.first_line.split_once('?') {
            Some((head, query)) => (format!("{head}?"), query),
            None => (request.first_line.clone(), ""),
        };
        let mut fields = query_fields(control, query);
        let mask = control.engine.key_mask();
        fields.extend(request.fields(&mask));
        let mut line = vec![(head, false)];
        line.extend(marked(query, true, names));
        request.mark(names, &mask);
        Some(Self {
            id,
            line,
            body: marked(&request.body, request.headers.contains(FORM), names),
            request,
            fields,
            answer_line: answer.as_ref().map(|answer| answer.first_line.clone()).unwrap_or_default(),
            answer_headers: answer.as_ref().map(|answer| answer.headers.clone()).unwrap_or_default(),
            answer_body: answer.map(|answer| answer.body).unwrap_or_default(),
        })
    }
}

/// The fields of a query. Any letter can be encoded: they are masked after they were decoded.
fn query_fields(control: &Control, query: &str) -> Vec<Field> {
    let mask = control.engine.key_mask();
    let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !name.is_empty());
    let fields = pairs.map(|(name, value)| {
        let (mut name, mut value) = (name.into_owned(), value.into_owned());
        name.mask_keys(&mask);
        value.mask_keys(&mask);
        Field { name, value }
    });
    fields.collect()
}
