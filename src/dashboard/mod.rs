//! The developer's pages: what happens, drawn and explained, and buttons for what shall happen. They are rendered here
//! and work without JavaScript; the script only keeps them fresh.

mod actions;
mod binding;
mod bindings;
mod event;
mod facts;
mod frame;
mod live;
mod log;
mod merchants;
mod message;
mod notices;
mod query;
mod rules;
mod sequence;
mod shoppers;
mod time;
mod tokens;
mod transaction;
mod transactions;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Scope};

use crate::control::{self, Control};
use crate::page::asset;
use crate::paths;

/// What the pages work with.
#[derive(Debug)]
pub struct Dashboard {
    /// What the API works with: the pages show and do what it does.
    pub control: web::Data<Control>,
    /// A number that no other run of the simulator has: a page that was left open finds out with it that this is another
    /// one.
    pub run: u64,
    /// Whether there is a demo shop to go to.
    pub demo: bool,
}

/// The routes of the pages.
pub fn routes(config: &mut ServiceConfig) {
    // The last one sees a request first: a form is made a call, and the call is looked at as if it came as one.
    let actions = web::scope(paths::ACTIONS).wrap(from_fn(control::check_writes)).wrap(from_fn(actions::form));
    let actions = control::resources().into_iter().fold(actions, Scope::service);
    config
        .route(paths::DEVELOPER, web::get().to(transactions::show))
        .route(paths::DASHBOARD, web::get().to(transactions::show))
        .route("/__sim/transactions/{tXid}", web::get().to(transaction::show))
        .route("/__sim/bindings", web::get().to(bindings::show))
        .route("/__sim/bindings/{id}", web::get().to(binding::show))
        .route("/__sim/log", web::get().to(log::show))
        .route("/__sim/events/{id}", web::get().to(event::show))
        .route("/__sim/rules", web::get().to(rules::show))
        .route("/__sim/shoppers", web::get().to(shoppers::show))
        .route("/__sim/tokens", web::get().to(tokens::show))
        .route("/__sim/merchants", web::get().to(merchants::show))
        .route(paths::LIVE, web::get().to(live::stream))
        .route(paths::DASHBOARD_CSS, web::get().to(css))
        .route(paths::DASHBOARD_JS, web::get().to(js))
        .service(actions.default_service(web::to(control::path_not_found)));
}

async fn css() -> HttpResponse {
    asset("text/css; charset=utf-8", include_str!("../../static/dashboard.css"))
}

async fn js() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("../../static/dashboard.js"))
}
