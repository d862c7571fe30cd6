//! The documents over HTTP.

use std::fmt::Write as _;

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::html::{Heading, render};
use super::pages::{ASSETS, Page, SECTIONS, Section};
use crate::page::{Lang, Language, asset, page};
use crate::paths;

/// The routes of the documents.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route(paths::LLMS, web::get().to(llms))
        .route(paths::DOCS_CSS, web::get().to(css))
        .route(paths::DOCS, web::get().to(contents))
        .route(paths::DOCS.trim_end_matches('/'), web::get().to(contents))
        // A document lies where it lies in the repository.
        .route("/__sim/{file:README[^/]*}", web::get().to(file))
        .service(web::scope("/__sim/docs").default_service(web::get().to(file)));
}

/// What stands around a document.
struct Frame {
    lang: Lang,
    /// The document itself; none on the contents.
    page: Option<&'static Page>,
    /// Its headings.
    headings: Vec<Heading>,
}

impl Frame {
    fn t<'t>(&self, en: &'t str, id: &'t str) -> &'t str {
        self.lang.t(en, id)
    }

    fn is_at(&self, page: &Page) -> bool {
        self.page.is_some_and(|here| here.path == page.path)
    }

    /// Whether a document is not in the language of the frame.
    fn is_foreign(&self, page: &Page) -> bool {
        page.lang() != self.lang
    }

    fn sections() -> &'static [Section] {
        SECTIONS
    }
}

#[derive(Template)]
#[template(path = "docs/page.html")]
struct PageOfDocs {
    frame: Frame,
    title: &'static str,
    html: String,
}

#[derive(Template)]
#[template(path = "docs/contents.html")]
struct Contents {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "docs/missing.html")]
struct Missing {
    frame: Frame,
}

async fn contents(request: HttpRequest) -> HttpResponse {
    let language = Language::of(&request);
    let frame = Frame { lang: language.lang, page: None, headings: Vec::new() };
    page(StatusCode::OK, &Contents { frame }, language.cookies())
}

async fn file(request: HttpRequest) -> HttpResponse {
    let path = request.path().trim_start_matches(paths::DASHBOARD);
    if let Some(name) = path.strip_suffix(".html")
        && let Some(found) = Page::at(&format!("{name}.md"))
    {
        return html(found);
    }
    if let Some(found) = Page::at(path) {
        return asset("text/markdown; charset=utf-8", found.markdown);
    }
    match ASSETS.iter().find(|known| known.path == path) {
        Some(found) => asset(found.media, found.content),
        None => missing(&request),
    }
}

fn html(found: &'static Page) -> HttpResponse {
    let rendered = render(found);
    let frame = Frame { lang: found.lang(), page: Some(found), headings: rendered.headings };
    page(StatusCode::OK, &PageOfDocs { frame, title: found.title(), html: rendered.html }, Vec::new())
}

fn missing(request: &HttpRequest) -> HttpResponse {
    let language = Language::of(request);
    let frame = Frame { lang: language.lang, page: None, headings: Vec::new() };
    page(StatusCode::NOT_FOUND, &Missing { frame }, language.cookies())
}

/// The index for programs (<https://llmstxt.org>).
async fn llms() -> HttpResponse {
    let mut text = "# nicepay-sim\n\n> ".to_owned();
    text.push_str(&Page::at("README.md").map(Page::summary).unwrap_or_default());
    text.push('\n');
    for section in SECTIONS {
        let _ = write!(text, "\n## {}\n\n", section.title.0);
        for page in section.pages {
            let _ = writeln!(text, "- [{}]({}): {}", page.title(), page.markdown_url(), page.summary());
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

async fn css() -> HttpResponse {
    asset("text/css; charset=utf-8", include_str!("../../static/docs.css"))
}
