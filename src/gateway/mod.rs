//! NICEPAY's face: one file per endpoint. A handler parses what was sent, asks the engine, and answers; refusals keep
//! NICEPAY's body, and are explained beside it.

mod answer;
mod assets;
mod back;
mod binding;
mod binding_return;
mod cancel;
mod check_mid;
mod checkout;
mod checkout_page;
mod exchange;
mod fault;
mod faulty;
mod faulty_response;
mod frame;
mod info_page;
mod inquiry;
mod payment;
mod payment_return;
mod post_back;
mod receipt;
mod registration;
mod remove_token;
mod token_fault;
mod unknown;
mod user_details;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::Route;
use actix_web::web::{self, ServiceConfig};
use tokio_util::sync::CancellationToken;

pub use faulty_response::keep_connection;

use crate::body::BodyLimits;
use crate::diagnosis::Slug;
use crate::domain::{Merchant, Profile, UndocumentedBehavior};
use crate::engine::Engine;
use crate::paths;
use crate::protocol::{self, Code, Diagnosis, Field, Recipe, Refusal, RequestFields};

/// What the endpoints work with.
#[derive(Debug)]
pub struct Gateway {
    /// The one door.
    pub engine: Arc<Engine>,
    /// How exact to be.
    pub profile: Profile,
    /// What no document says.
    pub assumed: UndocumentedBehavior,
    /// Where the world reaches us, when that is not what it writes into `Host`.
    pub public_url: Option<String>,
    /// What a body may be.
    pub limits: BodyLimits,
    /// How long a merchant may take to answer a notification.
    pub patience: Duration,
    /// Whether somebody was told that there is no room for more transactions.
    pub warned_of_room: AtomicBool,
    /// Nobody is kept waiting once the simulator stops.
    pub stopping: CancellationToken,
}

/// The gateway's routes.
pub fn routes(config: &mut ServiceConfig) {
    let only =
        |path: &str, route: Route| web::resource(path).route(route).default_service(web::to(unknown::wrong_verb));
    let post = web::post;
    config
        .service(only(paths::REGISTRATION, post().to(registration::handle)))
        .service(only(paths::INQUIRY, post().to(inquiry::handle)))
        .service(only(paths::PAYMENT, post().to(payment::handle)).route(web::get().to(payment::handle)))
        .service(only(paths::PAYMENT_RETURN, web::get().to(payment_return::handle)))
        .service(only(paths::CANCEL, post().to(cancel::handle)))
        .service(only(paths::CONFIRM_AKULAKU, post().to(receipt::handle)))
        .service(only(paths::CONFIRM_AKULAKU_NEWER, post().to(receipt::handle)))
        .service(only(paths::CHECKOUT, post().to(checkout::handle)))
        .service(only(paths::CHECKOUT_PAGE, post().to(checkout_page::submit)).route(web::get().to(checkout_page::show)))
        .service(only(paths::CHECKOUT_LEAVE, post().to(checkout_page::leave)))
        .service(only(paths::BINDING_RETURN, web::get().to(binding_return::handle)))
        .service(only(paths::BINDING, post().to(binding::handle)))
        .service(only(paths::REMOVE_TOKEN, post().to(remove_token::handle)))
        .service(only("/nicepay/direct/v2/remove_token", post().to(remove_token::handle)))
        .service(only(paths::USER_DETAILS, post().to(user_details::handle)))
        .service(only("/nicepay/direct/v2/user_details", post().to(user_details::handle)))
        .service(only(paths::CHECK_MID, post().to(check_mid::handle)))
        .route(paths::NICEPAY_CSS, web::get().to(assets::css))
        .route(paths::NICEPAY_RETURN_JS, web::get().to(assets::return_js))
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
    fn authenticate(&self, recipe: Recipe, sent: &RequestFields<'_>) -> Result<Arc<Merchant>, Refusal> {
        let merchant = self.known_merchant(sent)?;
        self.verify(recipe, sent, &merchant)?;
        Ok(merchant)
    }

    /// The same, where only documents know the recipe: the lenient profile also takes another, with a note.
    fn authenticate_either(
        &self,
        documented: Recipe,
        other: Recipe,
        sent: &RequestFields<'_>,
    ) -> Result<(Arc<Merchant>, Option<Diagnosis>), Refusal> {
        let merchant = self.known_merchant(sent)?;
        let token = sent.text(Field::MerchantToken).unwrap_or_default();
        let stamped = !protocol::verifies(documented, sent, &merchant.key, token)
            && protocol::verifies(other, sent, &merchant.key, token);
        if stamped {
            let reason = format!("{} is documented without timeStamp in its merchantToken (A-15)", documented.name);
            let diagnosis = Diagnosis::new(Slug::TOKEN_WITH_TIME_STAMP, reason);
            return match self.profile {
                Profile::Lenient => Ok((merchant, Some(diagnosis))),
                Profile::Strict => Err(Refusal { code: Code::TOKEN, diagnosis }),
            };
        }
        self.verify(documented, sent, &merchant)?;
        Ok((merchant, None))
    }

    /// The merchant whose iMid was sent.
    fn known_merchant(&self, sent: &RequestFields<'_>) -> Result<Arc<Merchant>, Refusal> {
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
            return Err(Refusal::new(Code::MID, Slug::I_MID_UNKNOWN, reason));
        };
        Ok(merchant)
    }

    /// Whether the merchant signed what was sent.
    fn verify(&self, recipe: Recipe, sent: &RequestFields<'_>, merchant: &Merchant) -> Result<(), Refusal> {
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
