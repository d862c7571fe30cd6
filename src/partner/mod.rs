//! The lenders' pages: one file for each page, the same for every lender. Every lender has its own folder and colours.
//! The pages are rendered on the server and work without JavaScript. They do not use NICEPAY's wire format: at the end
//! they redirect the browser to the gateway.

mod assets;
mod browser;
mod frame;
mod lender;
mod link_target;
mod pages;
mod panel;
mod receipt;
mod respond;
mod text;
mod time;

use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};

pub use pages::bug_page;
pub use panel::{PanelShopper, panel};

pub use crate::page::favicon;

use self::lender::Lender;
use crate::body::BodyLimits;
use crate::domain::IMid;
use crate::engine::Engine;
use crate::paths;

/// The dependencies of the pages.
#[derive(Debug)]
pub struct Partner {
    /// The engine.
    pub engine: Arc<Engine>,
    /// The limits of a form.
    pub limits: BodyLimits,
    /// The accounts in the testers' panel; empty when it is switched off.
    pub panel: Vec<PanelShopper>,
    /// The demo shop's merchant: its customers return to the shop without a click.
    pub demo: Option<IMid>,
}

impl Partner {
    /// The accounts of one lender.
    fn panel_of(&self, lender: Lender) -> Vec<&PanelShopper> {
        self.panel.iter().filter(|shopper| shopper.lender == lender).collect()
    }
}

/// The lenders' routes.
pub fn routes(config: &mut ServiceConfig) {
    for lender in Lender::ALL {
        let folder = web::scope(&paths::partner(lender.slug()))
            .route(paths::SIGN_IN, web::get().to(pages::sign_in::show))
            .route(paths::SIGN_IN, web::post().to(pages::sign_in::submit))
            .route(paths::PLAN, web::get().to(pages::plan::show))
            .route(paths::PLAN, web::post().to(pages::plan::submit))
            .route(paths::OTP, web::get().to(pages::otp::show))
            .route(paths::OTP, web::post().to(pages::otp::submit))
            .route(paths::PIN, web::get().to(pages::pin::show))
            .route(paths::PIN, web::post().to(pages::pin::submit))
            .route(paths::OTP_RESEND, web::post().to(pages::otp::resend))
            .route(paths::GIVE_UP, web::post().to(pages::abandon::submit))
            .route(paths::RESULT, web::get().to(pages::result::show))
            .route(paths::PARTNER_CSS, web::get().to(assets::css))
            .route(paths::PARTNER_JS, web::get().to(assets::js))
            // A browser that reloads one of these pages sends GET: it goes to the current step.
            .route(paths::OTP_RESEND, web::get().to(pages::sign_in::show))
            .route(paths::GIVE_UP, web::get().to(pages::sign_in::show))
            .default_service(web::to(pages::error_page::unknown_page));
        config.service(folder);
    }
}
