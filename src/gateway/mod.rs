//! NICEPAY's face: one file per endpoint. A handler parses what was sent, asks the engine, and answers; refusals keep
//! NICEPAY's body, and are explained beside it.

mod answer;
mod inquiry;
#[cfg_attr(not(test), expect(dead_code, reason = "the endpoints that show them come next"))]
mod pages;
mod payment;
mod payment_return;
mod registration;
mod text;
mod unknown;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::web::{self, ServiceConfig};

use crate::body::BodyLimits;
use crate::engine::Engine;
use crate::ledger::{Merchant, Profile};
use crate::paths;
use crate::protocol::{self, Code, Field, Recipe, Refusal, Sent};

/// What the endpoints work with.
#[derive(Debug)]
pub struct Gateway {
    /// The one door.
    pub engine: Arc<Engine>,
    /// How exact to be.
    pub profile: Profile,
    /// Where the world reaches us, when that is not what it writes into `Host`.
    pub public_url: Option<String>,
    /// What a body may be.
    pub limits: BodyLimits,
    /// Whether somebody was told that there is no room for more transactions.
    pub warned_of_room: AtomicBool,
}

/// The gateway's routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource(paths::REGISTRATION)
                .route(web::post().to(registration::handle))
                .default_service(web::to(unknown::wrong_verb)),
        )
        .service(
            web::resource(paths::INQUIRY)
                .route(web::post().to(inquiry::handle))
                .default_service(web::to(unknown::wrong_verb)),
        )
        .service(
            web::resource(paths::PAYMENT)
                .route(web::get().to(payment::handle))
                .route(web::post().to(payment::handle))
                .default_service(web::to(unknown::wrong_verb)),
        )
        .service(
            web::resource(paths::PAYMENT_RETURN)
                .route(web::get().to(payment_return::handle))
                .default_service(web::to(unknown::wrong_verb)),
        )
        .route(paths::NICEPAY_CSS, web::get().to(pages::css))
        .route(paths::NICEPAY_RETURN_JS, web::get().to(pages::return_js))
        .service(web::scope(paths::GATEWAY).default_service(web::to(unknown::wrong_path)));
}

impl Gateway {
    fn warn_once_of_room(&self) {
        if !self.warned_of_room.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "no room for more transactions, as all are open; registrations answer 9002 (--max-transactions)"
            );
        }
    }

    /// The merchant who signed what was sent.
    fn authenticate(&self, recipe: Recipe, sent: &Sent<'_>) -> Result<Arc<Merchant>, Refusal> {
        let i_mid = sent.text(Field::IMid).unwrap_or_default();
        let Some(merchant) = self.engine.merchant(i_mid) else {
            let reason = if i_mid.is_empty() {
                "iMid is missing (2.0)".to_owned()
            } else {
                let known: Vec<_> = self.engine.merchants().iter().take(5).map(|m| m.i_mid.to_string()).collect();
                format!(
                    "no merchant has the iMid {}; known are {}; add one with --merchant or PUT {}/merchants/IMID",
                    protocol::shown(i_mid),
                    known.join(", "),
                    paths::API
                )
            };
            return Err(Refusal::new(Code::MID, "iMid/unknown", reason));
        };
        self.verify(recipe, sent, &merchant)?;
        Ok(merchant)
    }

    /// Whether the merchant signed what was sent.
    fn verify(&self, recipe: Recipe, sent: &Sent<'_>, merchant: &Merchant) -> Result<(), Refusal> {
        let token = sent.text(Field::MerchantToken).unwrap_or_default();
        if protocol::verifies(recipe, sent, &merchant.key, token) {
            return Ok(());
        }
        let others: Vec<_> = self
            .engine
            .merchants()
            .iter()
            .filter(|other| other.key != merchant.key)
            .map(|other| other.key.clone())
            .collect();
        Err(Refusal { code: Code::TOKEN, diagnosis: protocol::diagnose(recipe, sent, &merchant.key, &others) })
    }
}
