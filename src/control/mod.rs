//! The developer's API, and the plain page at `/`. JSON in camelCase; errors are RFC 9457 problem details.

mod bindings;
mod buyer;
mod cancel;
mod clock;
mod events;
mod guard;
mod index;
mod index_page;
mod info;
mod judge;
mod mask;
mod merchants;
mod nearest;
mod notifications;
mod partner;
mod places;
mod problem;
mod read;
mod reset;
mod shoppers;
mod stream;
mod tokens;
mod transactions;
mod verify;
mod view;
mod wait;
mod wanted;

use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};
use tokio_util::sync::CancellationToken;

use crate::background::Background;
use crate::body::BodyLimits;
use crate::engine::Engine;
use crate::ledger::{Assumed, Profile};
use crate::paths;

pub use places::Places;
pub use problem::no_such_path;

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
    pub assumed: Assumed,
    /// Where the world reaches us, when that is not what it writes into `Host`.
    pub public_url: Option<String>,
    /// What a body may be.
    pub limits: BodyLimits,
    /// The limits, as `/info` shows them.
    pub shown_limits: serde_json::Value,
    /// A place for each request that waits for events.
    pub waiters: Places,
    /// A place for each stream of events.
    pub streams: Places,
    /// Cancelled when the simulator stops: nobody waits any longer then.
    pub stopping: CancellationToken,
}

/// The developer's routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(index::show))
        .route(paths::DEVELOPER, web::get().to(index::show))
        .route("/__sim/", web::get().to(index::show))
        .route(paths::INDEX_CSS, web::get().to(index::css))
        .route(paths::LIVEZ, web::get().to(info::livez))
        .route(paths::READYZ, web::get().to(info::readyz))
        .service(
            web::scope(paths::API)
                .wrap(actix_web::middleware::from_fn(mask::keys))
                .wrap(actix_web::middleware::from_fn(guard::writes))
                .service(only(web::resource("/info").route(web::get().to(info::show)), "GET"))
                .service(only(web::resource("/reset").route(web::post().to(reset::handle)), "POST"))
                .service(only(web::resource("/merchants").route(web::get().to(merchants::list)), "GET"))
                .service(only(
                    web::resource("/merchants/{iMid}")
                        .route(web::get().to(merchants::show))
                        .route(web::put().to(merchants::put))
                        .route(web::delete().to(merchants::delete)),
                    "GET, PUT, DELETE",
                ))
                .service(only(web::resource("/transactions").route(web::get().to(transactions::list)), "GET"))
                .service(only(web::resource("/transactions/{tXid}").route(web::get().to(transactions::show)), "GET"))
                .service(only(web::resource("/transactions/{tXid}/buyer").route(web::post().to(buyer::handle)), "POST"))
                .service(only(
                    web::resource("/transactions/{tXid}/partner").route(web::post().to(partner::handle)),
                    "POST",
                ))
                .service(only(
                    web::resource("/transactions/{tXid}/cancel").route(web::post().to(cancel::handle)),
                    "POST",
                ))
                .service(only(web::resource("/bindings").route(web::get().to(bindings::list)), "GET"))
                .service(only(web::resource("/bindings/{id}").route(web::get().to(bindings::show)), "GET"))
                .service(only(web::resource("/bindings/{id}/buyer").route(web::post().to(bindings::buyer)), "POST"))
                .service(only(web::resource("/notifications").route(web::get().to(notifications::list)), "GET"))
                .service(only(
                    web::resource("/notifications/{id}/resend").route(web::post().to(notifications::resend)),
                    "POST",
                ))
                .service(only(web::resource("/shoppers").route(web::get().to(shoppers::list)), "GET"))
                .service(only(
                    web::resource("/shoppers/{phone}")
                        .route(web::get().to(shoppers::show))
                        .route(web::put().to(shoppers::put)),
                    "GET, PUT",
                ))
                .service(only(
                    web::resource("/tokens").route(web::get().to(tokens::list)).route(web::post().to(tokens::issue)),
                    "GET, POST",
                ))
                .service(only(web::resource("/tokens/{userToken}").route(web::delete().to(tokens::revoke)), "DELETE"))
                .service(only(
                    web::resource("/clock").route(web::get().to(clock::show)).route(web::post().to(clock::change)),
                    "GET, POST",
                ))
                .service(only(web::resource("/clock/advance").route(web::post().to(clock::advance)), "POST"))
                .service(only(web::resource("/events").route(web::get().to(events::list)), "GET"))
                .service(only(web::resource("/events/wait").route(web::get().to(wait::handle)), "GET"))
                .service(only(web::resource("/events/stream").route(web::get().to(stream::handle)), "GET"))
                .service(only(web::resource("/verify").route(web::post().to(verify::handle)), "POST"))
                .default_service(web::to(problem::no_such_path)),
        )
        .service(web::scope(paths::DEVELOPER).default_service(web::to(problem::no_such_path)));
}

/// A resource that answers other verbs with 405 and the ones it has.
fn only(resource: actix_web::Resource, verbs: &'static str) -> actix_web::Resource {
    resource.default_service(web::to(move || async move { problem::wrong_verb(verbs) }))
}
