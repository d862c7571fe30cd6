//! `GET /transactions/{tXid}/diagram`, `GET /bindings/{id}/diagram`: who said what to whom, as a picture.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{Schema, SchemaGenerator, json_schema};

use super::Control;
use super::operation::{Answer, Content, Operation, Parameter};
use super::problem::{Kind, Problem};
use super::read::Query;
use crate::diagram::{Diagram, mermaid, svg};
use crate::domain::{BindingId, Entry, Partner};
use crate::engine::Engine;
use crate::language::Lang;

const FORMAT: Parameter =
    Parameter::word("format", "`svg`: a drawing; `mermaid`: text that is drawn by others.", &[SVG, MERMAID]);
const DOWNLOAD: Parameter = Parameter::word("download", "`1`: as a file to keep.", &["0", "1"]);
const LANG: Parameter = Parameter::word("lang", "The language of names and labels.", &["en", "id"]);
const OF_TRANSACTION: &[Parameter] =
    &[Parameter::path("tXid", "NICEPAY's number of a transaction."), FORMAT, LANG, DOWNLOAD];
const OF_BINDING: &[Parameter] = &[Parameter::path("id", "A binding's number."), FORMAT, LANG, DOWNLOAD];
const SVG: &str = "svg";
const MERMAID: &str = "mermaid";
const SVG_MEDIA: &str = "image/svg+xml";
const MERMAID_MEDIA: &str = "text/plain; charset=utf-8";
/// A drawing asks for nothing and does nothing, not even when it is opened by itself.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::GET,
            path: "/transactions/{tXid}/diagram",
            handler: web::to(of_transaction),
            id: "drawTransaction",
            tag: "transactions",
            summary: "Draws a transaction",
            description: "Its messages as a sequence diagram: customer, merchant, NICEPAY and lender, from the first \
                          1,000 events, refused registrations under the same referenceNo included. What the simulator \
                          cannot see is dashed.",
            parameters: OF_TRANSACTION,
            body: None,
            answers: answers(),
            problems: &[Kind::NOT_FOUND, Kind::BAD_VALUE],
        },
        Operation {
            method: Method::GET,
            path: "/bindings/{id}/diagram",
            handler: web::to(of_binding),
            id: "drawBinding",
            tag: "bindings",
            summary: "Draws an account binding",
            description: "Its messages as a sequence diagram, like that of a transaction.",
            parameters: OF_BINDING,
            body: None,
            answers: answers(),
            problems: &[Kind::NOT_FOUND, Kind::BAD_VALUE],
        },
    ]
}

fn answers() -> Vec<Answer> {
    fn svg(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "An SVG document that loads nothing." })
    }
    fn mermaid(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A Mermaid `sequenceDiagram`." })
    }
    let drawing = Content {
        media: SVG_MEDIA,
        schema: svg,
        example: "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"><title>Sequence diagram</title></svg>".into(),
    };
    let text = Content {
        media: MERMAID_MEDIA,
        schema: mermaid,
        example: "sequenceDiagram\n    participant M as Merchant\n    participant N as NICEPAY\n    \
                  M->>N: POST registration\n    N-->>M: 0000 SUCCESS\n"
            .into(),
    };
    vec![Answer { status: StatusCode::OK, description: "The diagram.", content: vec![drawing, text] }]
}

async fn of_transaction(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, OF_TRANSACTION);
    let lang = language(&query)?;
    let unknown = || Problem::not_found("transaction", &t_xid);
    let transaction = control.engine.transaction(&t_xid).ok_or_else(unknown)?;
    let entries = control.engine.entries_of_transaction(&t_xid).ok_or_else(unknown)?;
    let diagram = diagram(&control.engine, transaction.order.partner, &entries, lang);
    answer(&query, &diagram, transaction.t_xid.as_str())
}

async fn of_binding(
    control: web::Data<Control>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, OF_BINDING);
    let lang = language(&query)?;
    let unknown = || Problem::not_found("binding", &id);
    let number = BindingId(id.parse().map_err(|_| unknown())?);
    let entries = control.engine.entries_of_binding(number).ok_or_else(unknown)?;
    // Only Kredivo binds accounts (2.9).
    let diagram = diagram(&control.engine, Some(Partner::Kredivo), &entries, lang);
    answer(&query, &diagram, &format!("binding-{number}"))
}

fn language(query: &Query) -> Result<Lang, Problem> {
    Ok(Lang::from_code(query.word("lang")?).unwrap_or(Lang::En))
}

/// The diagram of entries, with masked keys. Nothing is escaped or cut yet, because an escaped key would not be found.
pub fn diagram(engine: &Engine, partner: Option<Partner>, entries: &[Entry], lang: Lang) -> Diagram {
    let mut diagram = Diagram::new(partner.map(Partner::name), entries, lang);
    for arrow in &mut diagram.arrows {
        arrow.label = engine.masked(&arrow.label).into_owned();
    }
    diagram
}

fn answer(query: &Query, diagram: &Diagram, name: &str) -> Result<HttpResponse, Problem> {
    let (media, ending, body) = match query.word("format")? {
        MERMAID => (MERMAID_MEDIA, "mmd", mermaid(diagram)),
        _ => match svg(diagram) {
            Ok(drawing) => (SVG_MEDIA, "svg", drawing),
            Err(error) => {
                tracing::error!(%error, "cannot render a diagram");
                return Ok(HttpResponse::InternalServerError().finish());
            }
        },
    };
    let place = if query.word("download")? == "1" { "attachment" } else { "inline" };
    // An iMid is letters and digits, and so is a tXid.
    let disposition = format!("{place}; filename=\"{name}.{ending}\"");
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media))
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body))
}
