//! The control API: JSON in camelCase; errors are RFC 9457 problem details.

mod bindings;
mod buyer;
mod cancel;
mod clock;
mod diagram;
mod event_matcher;
mod events;
mod guard;
mod info;
mod mask;
mod merchants;
mod near_misses;
mod notifications;
mod notify;
mod openapi;
mod operation;
mod partner;
mod problem;
mod read;
mod reset;
mod rules;
mod scenario;
mod shoppers;
mod slots;
mod stream;
mod tokens;
mod transactions;
mod verifier;
mod verify;
mod view;
mod wait;

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, Scope};
use tokio_util::sync::CancellationToken;

use crate::background::Background;
use crate::body::BodyLimits;
use crate::domain::{Limits, Profile, UndocumentedBehavior};
use crate::engine::Engine;
use crate::paths;

use operation::Operation;

pub use bindings::described as described_binding;
pub use diagram::diagram;
pub use guard::writes as guard_writes;
pub use info::base_url;
pub use openapi::openapi;
pub use problem::no_such_path;
pub use slots::{Slot, Slots};
pub use transactions::described as described_transaction;

/// What the API works with.
#[derive(Debug)]
pub struct Control {
    /// The one door.
    pub engine: Arc<Engine>,
    /// What moves the clock.
    pub background: Background,
    /// How exact the gateway is.
    pub profile: Profile,
    /// What no document says.
    pub assumed: UndocumentedBehavior,
    /// Where the world reaches us, when that is not what it writes into `Host`.
    pub public_url: Option<String>,
    /// What a body may be.
    pub limits: BodyLimits,
    /// The limits, as `/info` shows them.
    pub shown_limits: Limits,
    /// A place for each request that waits for events.
    pub waiters: Slots,
    /// A place for each stream of events.
    pub streams: Slots,
    /// Cancelled when the simulator stops: nobody waits any longer then.
    pub stopping: CancellationToken,
}

/// Every call of the API. Routes, `Allow` headers and the OpenAPI document are made from this list, so a call that is not
/// in it does not exist. Each file has its own, beside its handlers.
fn operations() -> Vec<Operation> {
    [
        info::operations(),
        reset::operations(),
        merchants::operations(),
        transactions::operations(),
        buyer::operations(),
        partner::operations(),
        cancel::operations(),
        notify::operations(),
        bindings::operations(),
        diagram::operations(),
        notifications::operations(),
        shoppers::operations(),
        tokens::operations(),
        clock::operations(),
        scenario::operations(),
        rules::operations(),
        events::operations(),
        wait::operations(),
        stream::operations(),
        verify::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The developer's routes.
pub fn routes(config: &mut ServiceConfig) {
    let api = web::scope(paths::API).wrap(from_fn(mask::keys)).wrap(from_fn(guard::writes));
    let api = calls().into_iter().fold(api, Scope::service);
    config
        .route(paths::LIVEZ, web::get().to(info::livez))
        .route(paths::READYZ, web::get().to(info::readyz))
        .route(paths::OPENAPI, web::get().to(openapi::show))
        .service(api.default_service(web::to(problem::no_such_path)));
}

/// Every call below the API's own path, with its verbs; other verbs are answered with those.
pub fn calls() -> Vec<Resource> {
    let mut by_path: Vec<(&str, Vec<Operation>)> = Vec::new();
    for operation in operations() {
        match by_path.iter_mut().find(|(path, _)| *path == operation.path) {
            Some((_, verbs)) => verbs.push(operation),
            None => by_path.push((operation.path, vec![operation])),
        }
    }
    // Paths are tried in order, and every one with a parameter is a regular expression: the call that a suite makes for
    // every payment is tried first.
    by_path.sort_by_key(|(path, _)| *path != buyer::PATH);
    by_path.into_iter().map(|(path, operations)| resource(path, operations)).collect()
}

fn resource(path: &str, operations: Vec<Operation>) -> Resource {
    let verbs: Vec<_> = operations.iter().map(|operation| operation.method.to_string()).collect();
    let verbs = verbs.join(", ");
    let routes = operations.into_iter().map(|operation| {
        let route = operation.handler.method(operation.method.clone());
        let parameters = operation.parameters;
        if operation.method == Method::GET {
            route
        } else {
            route.wrap(from_fn(move |request, next| guard::parameters(parameters, request, next)))
        }
    });
    let resource = routes.fold(web::resource(path), Resource::route);
    resource.default_service(web::to(move || std::future::ready(problem::wrong_verb(&verbs))))
}
