//! The routes and pages of the documents.

use std::fmt::Write as _;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::documents::{ASSETS, Document, SECTIONS, Section};
use super::html::{Heading, render};
use crate::page::{Lang, Language, asset, page};
use crate::paths;

/// The routes of the documents.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route(paths::LLMS, web::get().to(show_llms_txt))
        .route(paths::DOCS_CSS, web::get().to(css))
        .route(paths::DOCS, web::get().to(show_contents))
        .route(paths::DOCS.trim_end_matches('/'), web::get().to(show_contents))
        // A document has the same path as in the repository, so that relative links work.
        .route("/__sim/{file:README[^/]*}", web::get().to(show_file))
        .service(web::scope("/__sim/docs").default_service(web::get().to(show_file)));
}

/// The frame of a page: navigation and headings.
struct Frame {
    lang: Lang,
    /// The document on the page; none on the table of contents.
    document: Option<&'static Document>,
    /// The headings of the document.
    headings: Vec<Heading>,
}

impl Frame {
    fn t<'t>(&self, en: &'t str, id: &'t str) -> &'t str {
        self.lang.t(en, id)
    }

    fn is_at(&self, document: &Document) -> bool {
        self.document.is_some_and(|current| current.path == document.path)
    }

    /// The address of the page in the other language; none for a document without a translation.
    fn switch_url(&self) -> Option<String> {
        match self.document {
            Some(document) => document.translation().map(Document::html_url),
            None => Some(format!("?lang={}", self.lang.other().code())),
        }
    }

    /// Whether a document is not in the language of the frame.
    fn is_foreign(&self, document: &Document) -> bool {
        document.lang() != self.lang
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }
}

#[derive(Template)]
#[template(path = "docs/page.html")]
struct DocumentPage {
    frame: Frame,
    title: &'static str,
    html: String,
}

#[derive(Template)]
#[template(path = "docs/contents.html")]
struct ContentsPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "docs/not_found.html")]
struct NotFoundPage {
    frame: Frame,
}

async fn show_contents(request: HttpRequest) -> HttpResponse {
    let language = Language::from_request(&request);
    let frame = Frame { lang: language.lang, document: None, headings: Vec::new() };
    page(StatusCode::OK, &ContentsPage { frame }, language.cookies())
}

async fn show_file(request: HttpRequest) -> HttpResponse {
    let path = request.path().trim_start_matches(paths::DASHBOARD);
    if let Some(name) = path.strip_suffix(".html")
        && let Some(document) = Document::find(&format!("{name}.md"))
    {
        return show_document(document);
    }
    if let Some(document) = Document::find(path) {
        return asset(&request, "text/markdown; charset=utf-8", document.markdown);
    }
    match ASSETS.iter().find(|known| known.path == path) {
        Some(found) => asset(&request, found.media_type, found.content),
        None => not_found(&request),
    }
}

fn show_document(document: &'static Document) -> HttpResponse {
    let rendered = render(document);
    let frame = Frame { lang: document.lang(), document: Some(document), headings: rendered.headings };
    page(StatusCode::OK, &DocumentPage { frame, title: document.title(), html: rendered.html }, Vec::new())
}

fn not_found(request: &HttpRequest) -> HttpResponse {
    let language = Language::from_request(request);
    let frame = Frame { lang: language.lang, document: None, headings: Vec::new() };
    page(StatusCode::NOT_FOUND, &NotFoundPage { frame }, language.cookies())
}

/// The index for language models (<https://llmstxt.org>).
async fn show_llms_txt() -> HttpResponse {
    let mut text = "# nicepay-sim\n\n> ".to_owned();
    text.push_str(&Document::find("README.md").map(Document::summary).unwrap_or_default());
    text.push('\n');
    for section in SECTIONS {
        let _ = write!(text, "\n## {}\n\n", section.title.0);
        for document in section.documents {
            let _ = writeln!(text, "- [{}]({}): {}", document.title(), document.markdown_url(), document.summary());
        }
    }
    let _ = write!(
        text,
        "\n## For programs\n\n- [OpenAPI of the control API]({}): every call, with its fields and problems.\n\
         - [JSON Schema of a scenario file]({}/docs/scenario.schema.json): what an editor completes and checks.\n",
        paths::OPENAPI,
        paths::DEVELOPER
    );
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(text)
}

async fn css(request: HttpRequest) -> HttpResponse {
    asset(&request, "text/css; charset=utf-8", include_str!("../../static/docs.css"))
}
