//! The lenders' face: one file per page, the same for every lender, below a folder and with looks of its own.
//! Server-rendered, works without JavaScript. It speaks none of NICEPAY's words: at the end it hands the browser back to
//! the gateway.

mod assets;
mod browser;
mod frame;
mod give_up;
mod lender;
mod link_target;
mod notice;
mod otp;
mod panel;
mod plan;
mod receipt;
mod respond;
mod result;
mod sign_in;
mod text;
mod time;

use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};

pub use notice::broken;
pub use panel::{PanelShopper, panel};

pub use crate::page::favicon;

use self::lender::Lender;
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

impl Partner {
    /// What the testers' panel of one lender shows.
    fn panel_of(&self, lender: Lender) -> Vec<&PanelShopper> {
        self.panel.iter().filter(|shopper| shopper.lender == lender).collect()
    }
}

/// The lenders' routes.
pub fn routes(config: &mut ServiceConfig) {
    for lender in Lender::ALL {
        let folder = web::scope(&paths::partner(lender.slug()))
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
            .default_service(web::to(notice::no_such_page));
        config.service(folder);
    }
}
