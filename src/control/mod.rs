//! The control API at `/__sim/api/`: JSON in camelCase; errors are problem details (RFC 9457).

mod api;
mod events;
mod inbox;
mod payments;
mod report;
mod setup;
mod view;

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, Scope};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::audit::{Auditor, Audits};
use crate::background::Background;
use crate::body::BodyLimits;
use crate::domain::{Profile, ResourceLimits, UndocumentedBehavior};
use crate::engine::Engine;
use crate::paths;

use api::{ApiOperation, guard, key_mask, problem};
use setup::info;

pub use api::guard::check_writes;
pub(crate) use api::key_mask::mask_texts;
pub use api::openapi::openapi;
pub use api::problem::{ProblemDetail, path_not_found};
pub use api::{Slot, Slots};
#[cfg(any(test, feature = "fuzz"))]
pub use events::read_event_query;
pub use payments::transaction_view;
pub use report::{integration_report, render_report};
pub use setup::clock::ClockJump;
pub use setup::info::base_url;
pub(crate) use view::Binding as BindingView;

/// The dependencies of the API.
#[derive(Debug)]
pub struct Control {
    /// Every change goes through it.
    pub engine: Arc<Engine>,
    /// Moves the clock and does what is due.
    pub background: Background,
    /// Runs audits.
    pub auditor: Arc<Auditor>,
    /// The audit that runs.
    pub audits: Audits,
    /// How strictly the gateway checks requests.
    pub profile: Profile,
    /// The choices where NICEPAY's documents are silent.
    pub undocumented: UndocumentedBehavior,
    /// The simulator's public address; without it, links use the `Host` of the request.
    pub public_url: Option<String>,
    /// The limits of a request body.
    pub limits: BodyLimits,
    /// All limits, for `GET /info`.
    pub api_limits: ResourceLimits,
    /// One slot for each request that waits for events.
    pub waiters: Slots,
    /// One slot for each open event stream.
    pub streams: Slots,
    /// Cancelled when the simulator stops: every waiting request ends then.
    pub stopping: CancellationToken,
    /// Held while a report is made: it takes a copy of the log, so there is one at a time.
    pub reporting: Arc<Mutex<()>>,
}

impl Control {
    /// Makes a report, in a thread of its own: it reads the whole log. None if that thread has failed.
    pub(crate) async fn one_report<R: Send + 'static>(&self, make: impl FnOnce() -> R + Send + 'static) -> Option<R> {
        // The thread has the lock: it goes on when the client has left.
        let one = Arc::clone(&self.reporting).lock_owned().await;
        let made = tokio::task::spawn_blocking(move || (make(), one)).await;
        made.map(|(report, _)| report).inspect_err(|error| tracing::error!(%error, "a report could not be made")).ok()
    }
}

/// Every call of the API. Routes, `Allow` headers and the OpenAPI document are made from this list.
fn operations() -> Vec<ApiOperation> {
    let operations =
        [setup::operations(), payments::operations(), inbox::operations(), events::operations(), report::operations()];
    operations.into_iter().flatten().collect()
}

/// The routes of the control API.
pub fn routes(config: &mut ServiceConfig) {
    let api = web::scope(paths::API).wrap(from_fn(key_mask::mask_problems)).wrap(from_fn(guard::check_writes));
    let api = resources().into_iter().fold(api, Scope::service);
    config
        .route(paths::LIVEZ, web::get().to(info::livez))
        .route(paths::READYZ, web::get().to(info::readyz))
        .route(paths::OPENAPI, web::get().to(api::openapi::show))
        .route(paths::INBOX, web::post().to(inbox::receive_default))
        .route(&format!("{}/{{name}}", paths::INBOX), web::post().to(inbox::receive))
        .service(api.default_service(web::to(problem::path_not_found)));
}

/// Every path below the API's own path, with its methods. Other methods get 405 with an `Allow` header.
pub fn resources() -> Vec<Resource> {
    let mut by_path: Vec<(&str, Vec<ApiOperation>)> = Vec::new();
    for operation in operations() {
        match by_path.iter_mut().find(|(path, _)| *path == operation.path) {
            Some((_, of_path)) => of_path.push(operation),
            None => by_path.push((operation.path, vec![operation])),
        }
    }
    // The router tries the paths in order, and each path with a parameter is a regular expression. A test suite calls
    // the buyer for every payment: that path comes first.
    by_path.sort_by_key(|(path, _)| *path != payments::BUYER_PATH);
    by_path.into_iter().map(|(path, operations)| resource(path, operations)).collect()
}

fn resource(path: &str, operations: Vec<ApiOperation>) -> Resource {
    let methods: Vec<_> = operations.iter().map(|operation| operation.method.to_string()).collect();
    let methods = methods.join(", ");
    let routes = operations.into_iter().map(|operation| {
        let route = operation.handler.method(operation.method.clone());
        let parameters = operation.parameters;
        if operation.method == Method::GET {
            route
        } else {
            route.wrap(from_fn(move |request, next| guard::check_parameters(parameters, request, next)))
        }
    });
    let resource = routes.fold(web::resource(path), Resource::route);
    resource.default_service(web::to(move || std::future::ready(problem::wrong_method(&methods))))
}
