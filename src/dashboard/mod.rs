//! The dashboard: the developer's pages at `/__sim/`. They show what happens and why, and have buttons for the control
//! API's calls. They work without JavaScript; the script only keeps them up to date.

mod actions;
mod assets;
mod failed_checks;
mod live;
mod pages;
mod parts;

use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Scope};

use self::assets::{COPY_SCRIPT, SCRIPTS};
use self::failed_checks::FailedChecks;
use crate::control::{self, Control};
use crate::paths;

/// Reads a form, for the fuzz target.
#[cfg(any(test, feature = "fuzz"))]
pub fn read_form(bytes: &[u8]) {
    actions::read_form(bytes);
}

/// The dependencies of the pages.
#[derive(Debug)]
pub struct Dashboard {
    /// The control API: the pages show its data, and their buttons are its calls.
    pub control: web::Data<Control>,
    /// Identifies this run of the simulator, so that a page left open from another run reloads itself.
    pub run: u64,
    /// Whether the demo shop is running.
    pub demo: bool,
    failed_checks: FailedChecks,
}

impl Dashboard {
    /// The pages of one run of the simulator, with a number that no other run has.
    pub fn new(control: web::Data<Control>, run: u64, demo: bool) -> Self {
        Self { control, run, demo, failed_checks: FailedChecks::new() }
    }

    /// How many checks of the report on all merchants failed, as far as that is known.
    fn failed_checks(&self) -> usize {
        self.failed_checks.known(&self.control)
    }
}

/// The routes of the pages.
pub fn routes(config: &mut ServiceConfig) {
    // The last middleware runs first: a form becomes a call, and then the guard sees the call.
    let actions = web::scope(paths::ACTIONS).wrap(from_fn(control::check_writes)).wrap(from_fn(actions::form));
    let actions = control::resources().into_iter().fold(actions, Scope::service);
    config
        .route("/", web::get().to(pages::index::show))
        .route(paths::INDEX_CSS, web::get().to(pages::index::css))
        .route(paths::DEVELOPER, web::get().to(pages::transactions::show))
        .route(paths::DASHBOARD, web::get().to(pages::transactions::show))
        .route("/__sim/transactions/{tXid}", web::get().to(pages::transaction::show))
        .route("/__sim/bindings", web::get().to(pages::bindings::show))
        .route("/__sim/bindings/{id}", web::get().to(pages::binding::show))
        .route(paths::INBOX, web::get().to(pages::inbox::show))
        .route(&format!("{}/{{name}}", paths::INBOX), web::get().to(pages::inbox::show_one))
        .route("/__sim/report", web::get().to(pages::report::show))
        .route("/__sim/log", web::get().to(pages::log::show))
        .route("/__sim/events/{id}", web::get().to(pages::event::show))
        .route("/__sim/rules", web::get().to(pages::rules::show))
        .route("/__sim/shoppers", web::get().to(pages::shoppers::show))
        .route("/__sim/tokens", web::get().to(pages::tokens::show))
        .route("/__sim/merchants", web::get().to(pages::merchants::show))
        .route(paths::LIVE, web::get().to(live::stream))
        .configure(assets::routes)
        .service(actions.default_service(web::to(control::path_not_found)));
}

/// Answers what no route takes: below `/__sim/` and at `/` with a page where a browser asks, otherwise as the API does.
pub async fn path_not_found(dashboard: web::Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let is_ours = request.path() == "/" || request.path().starts_with(paths::DASHBOARD);
    if !is_ours || !accept.is_some_and(|accept| accept.contains("text/html")) {
        return control::path_not_found(request).await;
    }
    let frame = parts::Frame::new(&dashboard, &request, parts::Section::None).without_url();
    pages::wrong_address(&dashboard.control, frame, request.path())
}
