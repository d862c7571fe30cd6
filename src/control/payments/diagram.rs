//! `GET /transactions/{tXid}/diagram`, `GET /bindings/{id}/diagram`: sequence diagrams.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::control::Control;
use crate::control::api::{ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, Query, ResponseContent};
use crate::diagram::{Diagram, mermaid, svg};
use crate::domain::{BindingId, Partner};
use crate::language::Lang;
use crate::page;

const FORMAT: Parameter = Parameter::one_of(
    "format",
    "`svg`: a picture; `mermaid`: text for tools that draw Mermaid diagrams.",
    &[SVG, MERMAID],
);
const LANG: Parameter = Parameter::one_of("lang", "The language of names and labels.", &["en", "id"]);
const DOWNLOAD: Parameter = Parameter::one_of("download", "`1`: the browser saves the diagram as a file.", &["0", "1"]);
const OF_TRANSACTION: &[Parameter] =
    &[Parameter::path("tXid", "NICEPAY's number of a transaction."), FORMAT, LANG, DOWNLOAD];
const OF_BINDING: &[Parameter] = &[Parameter::path("id", "The number of an account binding."), FORMAT, LANG, DOWNLOAD];
const SVG: &str = "svg";
const MERMAID: &str = "mermaid";
const SVG_MEDIA_TYPE: &str = "image/svg+xml";
const MERMAID_MEDIA_TYPE: &str = "text/plain; charset=utf-8";
/// The picture loads nothing and runs no script, also when it is opened directly.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/transactions/{tXid}/diagram",
            handler: web::to(of_transaction),
            id: "drawTransaction",
            tag: "transactions",
            summary: "Draws a transaction",
            description: "The messages between customer, merchant, NICEPAY and lender as a sequence diagram, from the \
                          first 1,000 events. It includes refused registrations with the same `referenceNo`. Messages \
                          that the simulator cannot see are dashed.",
            parameters: OF_TRANSACTION,
            body: None,
            responses: responses(),
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::GET,
            path: "/bindings/{id}/diagram",
            handler: web::to(of_binding),
            id: "drawBinding",
            tag: "bindings",
            summary: "Draws an account binding",
            description: "Its messages as a sequence diagram, like the diagram of a transaction.",
            parameters: OF_BINDING,
            body: None,
            responses: responses(),
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
    ]
}

fn responses() -> Vec<ApiResponse> {
    fn svg(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "An SVG document that loads nothing." })
    }
    fn mermaid(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A Mermaid `sequenceDiagram`." })
    }
    let picture = ResponseContent {
        media_type: SVG_MEDIA_TYPE,
        schema: svg,
        example: "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"><title>Sequence diagram</title></svg>".into(),
    };
    let text = ResponseContent {
        media_type: MERMAID_MEDIA_TYPE,
        schema: mermaid,
        example: "sequenceDiagram\n    participant M as Merchant\n    participant N as NICEPAY\n    \
                  M->>N: POST registration\n    N-->>M: 0000 SUCCESS\n"
            .into(),
    };
    vec![ApiResponse { status: StatusCode::OK, description: "The diagram.", content: vec![picture, text] }]
}

async fn of_transaction(
    control: web::Data<Control>,
    t_xid: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, OF_TRANSACTION);
    let lang = language(&query)?;
    let not_found = || Problem::not_found("transaction", &t_xid);
    let transaction = control.engine.transaction(&t_xid).ok_or_else(not_found)?;
    let entries = control.engine.entries_of_transaction(&t_xid).ok_or_else(not_found)?;
    let lender = transaction.order.partner.map(Partner::name);
    let notifications = control.engine.shown(control.engine.notifications(&transaction.notifications));
    let diagram = Diagram::new(lender, &control.engine.shown(entries), &notifications, lang);
    respond(&query, &diagram, transaction.t_xid.as_str())
}

async fn of_binding(
    control: web::Data<Control>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, OF_BINDING);
    let lang = language(&query)?;
    let not_found = || Problem::not_found("binding", &id);
    let number = BindingId(id.parse().map_err(|_| not_found())?);
    let entries = control.engine.entries_of_binding(number).ok_or_else(not_found)?;
    // Only Kredivo has account bindings (docs/PROTOCOL.md §2.9).
    let ids = control.engine.binding(number).map(|binding| binding.notifications).unwrap_or_default();
    let notifications = control.engine.shown(control.engine.notifications(&ids));
    let lender = Some(Partner::Kredivo.name());
    let diagram = Diagram::new(lender, &control.engine.shown(entries), &notifications, lang);
    respond(&query, &diagram, &format!("binding-{number}"))
}

fn language(query: &Query) -> Result<Lang, Problem> {
    Ok(Lang::from_code(query.one_of("lang")?).unwrap_or(Lang::En))
}

fn respond(query: &Query, diagram: &Diagram, name: &str) -> Result<HttpResponse, Problem> {
    let (media_type, extension, text) = match query.one_of("format")? {
        MERMAID => (MERMAID_MEDIA_TYPE, "mmd", Ok(mermaid(diagram))),
        _ => (SVG_MEDIA_TYPE, "svg", svg(diagram)),
    };
    let disposition = if query.one_of("download")? == "1" { "attachment" } else { "inline" };
    // The name has only letters, digits and hyphens: it needs no escaping.
    let disposition = format!("{disposition}; filename=\"{name}.{extension}\"");
    Ok(page::respond_rendered(text, |text| {
        HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, media_type))
            .insert_header((header::CONTENT_DISPOSITION, disposition))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(text)
    }))
}
