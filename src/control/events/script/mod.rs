//! `GET /events/{id}/script`: a request of a merchant's server as a bash script that sends it again. It computes the
//! timeStamp and the merchantToken anew, from a key that it does not contain.

mod shell;
mod template;

use std::fmt::Write as _;

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{Schema, SchemaGenerator, json_schema};

use self::template::{NewReferenceNo, Piece};
use crate::control::api::{ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, ResponseContent};
use crate::control::{Control, base_url};
use crate::domain::{Entry, EventKind, ExchangeText};
use crate::endpoints::{Caller, Endpoint};
use crate::protocol::{FORM, Field, Recipe, RequestFields};
use crate::store::{Filter, MAX_PART_BYTES};

const ONE: &[Parameter] = &[Parameter::path("id", "The number of an event of the type `exchange.recorded`.")];
const MEDIA_TYPE: &str = "text/x-shellscript; charset=utf-8";

pub(super) fn operations() -> Vec<ApiOperation> {
    fn text(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A script for bash, with curl and openssl or sha256sum." })
    }
    let content = vec![ResponseContent { media_type: MEDIA_TYPE, schema: text, example: "# export KEY=…\n".into() }];
    vec![ApiOperation {
        method: Method::GET,
        path: "/events/{id}/script",
        handler: web::to(show),
        id: "getRequestScript",
        tag: "events",
        summary: "Shows a request as a script",
        description: "A bash script that sends the request of a merchant's server again. It computes `timeStamp` and \
                      `merchantToken` from the environment variable `KEY`; the script never contains a key. A \
                      registration gets a new `referenceNo`, which `REFERENCE_NO` can set; `URL` changes the address.",
        parameters: ONE,
        body: None,
        responses: vec![ApiResponse { status: StatusCode::OK, description: "The script.", content }],
        problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
    }]
}

async fn show(
    control: web::Data<Control>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let not_found = || Problem::not_found("event", &id);
    let number: u64 = id.parse().map_err(|_| not_found())?;
    let filter = Filter { after: number.checked_sub(1).ok_or_else(not_found)?, ..Filter::default() };
    let entries = control.engine.store().log.read(&filter, 1);
    let entry = entries.into_iter().find(|entry| entry.event.id == number).ok_or_else(not_found)?;
    let script = entry_script(&control.engine.shown(entry), &base_url(&control, &request));
    let script = script.map_err(|reason| Problem::bad_value(format!("event {number} {reason}")))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, MEDIA_TYPE))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(script))
}

fn entry_script(entry: &Entry, base: &str) -> Result<String, &'static str> {
    match (&entry.event.kind, &entry.exchange) {
        (EventKind::Exchanged(_), Some(text)) => request_script(text, base),
        (EventKind::Exchanged(_), None) => {
            Err("has no content any more: it was deleted to save memory (--max-event-bytes)")
        }
        _ => Err("is not the request of a merchant: only events of the type exchange.recorded are"),
    }
}

/// The script that sends a recorded request of a merchant's server to `base`. Its texts are masked already.
///
/// # Errors
/// Why there is none.
pub fn request_script(text: &ExchangeText, base: &str) -> Result<String, &'static str> {
    let endpoint = Endpoint::from_target(&text.target).filter(|endpoint| endpoint.info().caller == Caller::Server);
    let endpoint = endpoint.ok_or("was not sent by a merchant's server")?;
    if text.request.len() >= MAX_PART_BYTES {
        return Err("is not stored whole: only 16 KiB of a body are");
    }
    if text.request.contains('\u{fffd}') {
        return Err("has a body that is not UTF-8 text");
    }
    Ok(Script::new(endpoint, text, base).text())
}

/// What is needed to write the script.
struct Script<'a> {
    endpoint: Endpoint,
    text: &'a ExchangeText,
    url: String,
    content_type: Option<&'a str>,
    fields: Option<RequestFields<'a>>,
    new_reference_no: Option<NewReferenceNo>,
    body: Vec<Piece>,
}

impl<'a> Script<'a> {
    fn new(endpoint: Endpoint, text: &'a ExchangeText, base: &str) -> Self {
        let content_type = text.request_header("content-type");
        let is_form = content_type.is_some_and(|known| known.to_ascii_lowercase().starts_with(FORM));
        let body = &text.request;
        let fields = if is_form { Some(RequestFields::form(body)) } else { RequestFields::json(body.as_bytes()).ok() };
        // NICEPAY refuses a number that was used before.
        let is_new = matches!(endpoint, Endpoint::Registration | Endpoint::Checkout | Endpoint::Binding);
        let sent = fields.as_ref().and_then(|fields| fields.text(Field::ReferenceNo)).filter(|_| is_new);
        let new_reference_no = sent.map(NewReferenceNo::new);
        let replaced = match &fields {
            None => None,
            Some(_) if is_form => Some(template::form(body, new_reference_no.as_ref())),
            Some(_) => template::json(body, new_reference_no.as_ref()),
        };
        // What cannot be read is sent as it is.
        let body = replaced.unwrap_or_else(|| vec![Piece::Sent(body.clone())]);
        Self { endpoint, text, url: format!("{base}{}", text.target), content_type, fields, new_reference_no, body }
    }

    fn text(&self) -> String {
        let mut script = self.head();
        if self.has(&Piece::TimeStamp) {
            script.push_str("TIME_STAMP=$(TZ=WIB-7 date +%Y%m%d%H%M%S)\n");
        }
        if let (true, Some(fields), Some(recipe)) = (self.has(&Piece::Token), &self.fields, self.endpoint.info().recipe)
        {
            let names: Vec<_> = recipe.fields.iter().map(|field| field.name()).collect();
            let _ =
                write!(script, "# merchantToken: SHA-256 of {} and the key.\n{SHA256}hashed() {{\n", names.join(", "));
            for field in recipe.fields {
                script.push_str(&self.hashed(recipe, fields, *field));
            }
            script.push_str("  printf %s \"$KEY\"\n}\nTOKEN=$(hashed | sha256)\n");
        }
        script.push_str("body() {\n");
        let lines: String = self.body.iter().map(print).collect();
        script.push_str(if lines.is_empty() { "  :\n" } else { &lines });
        script.push_str("}\n");
        // A header without a value is not sent.
        let content_type = self
            .content_type
            .map_or("'Content-Type:'".to_owned(), |known| shell::word(&format!("Content-Type: {known}")));
        let method = shell::word(&self.text.method);
        let _ = writeln!(
            script,
            "body | curl --silent --show-error --max-time 60 --globoff --path-as-is --request {method} \\\n  --header \
             {content_type} --data-binary @- --write-out '\\n' \"$URL\""
        );
        script
    }

    fn head(&self) -> String {
        let i_mid = self.fields.as_ref().and_then(|fields| fields.text(Field::IMid));
        // It stands in a comment.
        let i_mid = i_mid.filter(|i_mid| i_mid.len() <= 20 && i_mid.bytes().all(|b| b.is_ascii_alphanumeric()));
        let info = self.endpoint.info();
        let mut head = format!(
            "# First: export KEY='the merchantKey of {}'. This script does not contain it.\n# {} (docs/PROTOCOL.md §{}), \
             as it was sent, with a new timeStamp and merchantToken. Run it with bash.\nset -euo pipefail\n: \
             \"${{KEY:?export KEY with the merchantKey first}}\"\nDEFAULT_URL={}\nURL=${{URL:-$DEFAULT_URL}}\n",
            i_mid.unwrap_or("this iMid"),
            info.name,
            info.section.unwrap_or("2.0"),
            shell::word(&self.url),
        );
        match &self.new_reference_no {
            // What is set must need no escaping, either.
            Some(new) if new.is_plain => {
                let _ = write!(
                    head,
                    "# A referenceNo is used once.\nREFERENCE_NO=${{REFERENCE_NO:-{}-$(date +%H%M%S)$RANDOM}}\n[[ \
                     $REFERENCE_NO =~ ^[A-Za-z0-9._~-]+$ ]] || {{ echo 'REFERENCE_NO: only letters, digits and . _ ~ \
                     -' >&2; exit 2; }}\n",
                    new.beginning
                );
            }
            Some(_) => {
                head.push_str("# A referenceNo is used once: it gets a new end.\nNEW_END=-$(date +%H%M%S)$RANDOM\n");
            }
            None => {}
        }
        head
    }

    fn has(&self, piece: &Piece) -> bool {
        self.body.contains(piece)
    }

    /// The line that prints what is hashed for a field.
    fn hashed(&self, recipe: Recipe, fields: &RequestFields<'_>, field: Field) -> String {
        if let Some(literal) = recipe.literal(field) {
            return print(&Piece::Sent(literal.to_owned()));
        }
        match (field, &self.new_reference_no) {
            (Field::TimeStamp, _) if self.has(&Piece::TimeStamp) => print(&Piece::TimeStamp),
            (Field::ReferenceNo, Some(new)) if new.is_plain => print(&Piece::ReferenceNo),
            (Field::ReferenceNo, Some(new)) => print(&Piece::Sent(new.beginning.clone())) + &print(&Piece::NewEnd),
            _ => print(&Piece::Sent(fields.text(field).unwrap_or_default().to_owned())),
        }
    }
}

const SHA256: &str = "sha256() {\n  if command -v openssl >/dev/null; then openssl dgst -sha256 -r; else sha256sum; fi | cut -d' ' -f1\n}\n";

/// The line that prints a piece.
fn print(piece: &Piece) -> String {
    let variable = match piece {
        Piece::Sent(text) if text.is_empty() => return String::new(),
        Piece::Sent(text) => return format!("  printf -- {}\n", shell::format(text)),
        Piece::TimeStamp => "TIME_STAMP",
        Piece::Token => "TOKEN",
        Piece::ReferenceNo => "REFERENCE_NO",
        Piece::NewEnd => "NEW_END",
    };
    format!("  printf %s \"${variable}\"\n")
}
