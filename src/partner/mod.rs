//! The lender's face: one file per page. Server-rendered, works without JavaScript. It speaks none of NICEPAY's words:
//! at the end it hands the browser back to the gateway.

mod assets;
mod browser;
mod give_up;
mod otp;
mod pages;
mod plan;
mod respond;
mod result;
mod sign_in;
mod text;

use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};

pub use assets::favicon;
pub use pages::PanelShopper;
pub use respond::broken;

use crate::body::BodyLimits;
use crate::engine::Engine;
use crate::paths;

/// What the pages work with.
#[derive(Debug)]
pub struct Partner {
    /// The one door.
    pub engine: Arc<Engine>,
    /// What a form may be.
    pub limits: BodyLimits,
    /// The testers' panel; empty when switched off.
    pub panel: Vec<PanelShopper>,
}

/// The testers' panel: who the lender knows, and what happens with them.
pub fn panel(engine: &Engine) -> Vec<PanelShopper> {
    engine
        .book()
        .shoppers()
        .iter()
        .map(|shopper| {
            let (id, en) = engine.book().says(&shopper.phone).unwrap_or_default();
            PanelShopper {
                phone: shopper.phone.local(),
                pin: shopper.pin.to_string(),
                otp: shopper.otp.to_string(),
                outcome_id: id.to_owned(),
                outcome_en: en.to_owned(),
            }
        })
        .collect()
}

/// The partner's routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route(paths::SIGN_IN, web::get().to(sign_in::show))
        .route(paths::SIGN_IN, web::post().to(sign_in::submit))
        .route(paths::PLAN, web::get().to(plan::show))
        .route(paths::PLAN, web::post().to(plan::submit))
        .route(paths::OTP, web::get().to(otp::show))
        .route(paths::OTP, web::post().to(otp::submit))
        .route(paths::OTP_RESEND, web::post().to(otp::resend))
        .route(paths::GIVE_UP, web::post().to(give_up::submit))
        .route(paths::RESULT, web::get().to(result::show))
        .route(paths::PARTNER_CSS, web::get().to(assets::css))
        .route(paths::PARTNER_JS, web::get().to(assets::js))
        // A browser that reloads a page whose address only takes forms belongs where its payment is.
        .route(paths::OTP_RESEND, web::get().to(sign_in::show))
        .route(paths::GIVE_UP, web::get().to(sign_in::show))
        .service(web::scope(paths::PARTNER).default_service(web::to(respond::no_such_page)));
}
