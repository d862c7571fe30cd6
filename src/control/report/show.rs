//! `GET /report`: the integration report in one of four formats.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::{integration_report, render_report};
use crate::control::Control;
use crate::control::api::{ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, Query, ResponseContent};
use crate::language::Lang;
use crate::page;
use crate::report::{Format, Report};

const PARAMETERS: &[Parameter] = &[
    Parameter::text("iMid", "The report on this merchant. Default: on all merchants."),
    Parameter::one_of(
        "format",
        "`json` for programs, `md` for pull requests, `html` for people (one file, printable), `junit` for CI.",
        Format::NAMES,
    ),
    Parameter::one_of("lang", "The language of the texts.", &["en", "id"]),
    Parameter::one_of("download", "`1`: the browser saves the report as a file.", &["0", "1"]),
];
/// The page loads nothing and runs no script.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";

pub(in crate::control) fn operations() -> Vec<ApiOperation> {
    vec![ApiOperation {
        method: Method::GET,
        path: "/report",
        handler: web::to(show),
        id: "getReport",
        tag: "report",
        summary: "Judges the merchant's integration",
        description: "Checks of what the merchant's server sent and of how it reacted, each with its state, its evidence \
                      and advice. It is made from the events that the log still has; `eventsDroppedUpto` says when the log \
                      was too short. What did not occur is `not-exercised`, and what cannot be seen is `not-visible`: \
                      neither is a pass.",
        parameters: PARAMETERS,
        body: None,
        responses: vec![ApiResponse { status: StatusCode::OK, description: "The report.", content: contents() }],
        problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
    }]
}

fn contents() -> Vec<ResponseContent> {
    fn markdown(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "Markdown: the verdict, what to do first, all checks, the evidence." })
    }
    fn html(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "An HTML document that loads nothing." })
    }
    fn junit(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "JUnit XML: a suite for each group, a test for each check." })
    }
    let example = json!({
        "summary": {
            "state": "fail", "fail": 1, "warning": 0, "pass": 0, "notVisible": 0, "notExercised": 35, "payments": 1,
            "requests": 1, "events": [1, 40], "partial": false, "version": "1.0.0", "iMid": "PAYLOANTES",
            "profile": "lenient", "scenario": "approve", "seed": 1, "at": "2026-01-01T00:00:00Z",
        },
        "checks": [{
            "id": "NP-11", "group": "notifications", "title": "A changed status does not change the order",
            "state": "fail", "severity": "critical", "clause": "PROTOCOL §2.3",
            "reason": "The merchantToken does not cover status.",
            "evidence": [{
                "state": "fail", "text": "A notification of ORD-7 (changed-status) got HTTP 200; no inquiry followed; \
                the order changed.", "events": [31, 33], "tXid": "PAYLOANTES06202601010700000001",
                "referenceNo": "ORD-7",
            }],
            "advice": "Never take the status from the notification.", "example": "examples/python/shop.py: settle",
        }],
    });
    let texts = [
        (Format::Markdown, markdown as fn(&mut SchemaGenerator) -> Schema, "# Integration report\n"),
        (Format::Html, html, "<!doctype html>\n<html lang=\"en\"><title>Integration report</title></html>\n"),
        (
            Format::Junit,
            junit,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"Integration report\"/>\n",
        ),
    ];
    let json = ResponseContent {
        media_type: Format::Json.media_type(),
        schema: SchemaGenerator::subschema_for::<Report>,
        example,
    };
    let texts = texts.map(|(format, schema, example)| ResponseContent {
        media_type: format.media_type(),
        schema,
        example: example.into(),
    });
    std::iter::once(json).chain(texts).collect()
}

async fn show(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, PARAMETERS);
    let format = Format::from_name(query.one_of("format")?).unwrap_or(Format::Json);
    let lang = Lang::from_code(query.one_of("lang")?).unwrap_or(Lang::En);
    let disposition = if query.one_of("download")? == "1" { "attachment" } else { "inline" };
    let i_mid = query.existing_merchant(&control)?;
    let reader = control.clone();
    let text = control
        .one_report(move || {
            let report = integration_report(&reader.engine, reader.profile, i_mid.as_ref(), lang);
            render_report(&reader.engine, &report, format)
        })
        .await;
    let Some(text) = text else { return Ok(HttpResponse::InternalServerError().finish()) };
    Ok(page::respond_rendered(text, |text| {
        let mut response = HttpResponse::Ok();
        if format == Format::Html {
            response.insert_header((header::CONTENT_SECURITY_POLICY, POLICY));
        }
        response
            .insert_header((header::CONTENT_TYPE, format.media_type()))
            .insert_header((
                header::CONTENT_DISPOSITION,
                format!("{disposition}; filename=\"integration-report.{}\"", format.ending()),
            ))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(text)
    }))
}
