//! NICEPAY's side of the API, one file for each endpoint. A handler parses the request, calls the engine and makes the
//! response. A refusal keeps NICEPAY's body; its diagnosis is in a header beside it.

mod api;
mod exchange;
mod pages;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};
use tokio_util::sync::CancellationToken;

use self::exchange::{GatewayRequest, Handler};
use crate::body::BodyLimits;
use crate::diagnosis::Slug;
use crate::domain::{Egress, Evidence, Merchant, Profile, UndocumentedBehavior};
use crate::endpoints::Endpoint;
use crate::engine::Engine;
use crate::paths;
use crate::protocol::{self, Code, Field, Findings, Recipe, Refusal, RequestFields};

/// The dependencies of the endpoints.
#[derive(Debug)]
pub struct Gateway {
    /// Every change goes through it.
    pub engine: Arc<Engine>,
    /// Whether mistakes are notes or refusals.
    pub profile: Profile,
    /// The choices where NICEPAY's documents are silent.
    pub undocumented: UndocumentedBehavior,
    /// The beginning of absolute URLs; without it, they use the `Host` of the request.
    pub public_url: Option<String>,
    /// Where notifications may be sent.
    pub egress: Egress,
    /// The limits of a request's body.
    pub limits: BodyLimits,
    /// How long a merchant may take to answer a notification.
    pub notification_timeout: Duration,
    /// Whether the log already says that there is no room for more transactions.
    pub has_warned_of_capacity: AtomicBool,
    /// Cancelled when the simulator stops: then no response is delayed any longer.
    pub stopping: CancellationToken,
}

/// The gateway's routes.
pub fn routes(config: &mut ServiceConfig) {
    for endpoint in Endpoint::ALL.iter().copied() {
        for path in endpoint.info().paths {
            config.service(resource(endpoint, path));
        }
    }
    config
        .route(paths::NICEPAY_CSS, web::get().to(pages::assets::css))
        .route(paths::NICEPAY_RETURN_JS, web::get().to(pages::assets::return_js))
        .service(web::scope(paths::GATEWAY).default_service(web::to(exchange::unknown::handle_unknown_path)));
}

fn resource(endpoint: Endpoint, path: &str) -> Resource {
    let handle = move |gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload| async move {
        gateway.exchange(Some(endpoint), handler_of(endpoint), request, payload).await
    };
    let mut resource = web::resource(path).default_service(web::to(exchange::unknown::handle_wrong_method));
    // Link checkers and chat programs send HEAD to a link before the customer opens it. GET would open the payment.
    if endpoint.info().methods.contains(&"GET") {
        resource = resource.route(web::head().to(HttpResponse::Ok));
    }
    endpoint.info().methods.iter().fold(resource, |resource, method| {
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        resource.route(web::method(method).to(handle))
    })
}

/// The handler of an endpoint.
const fn handler_of(endpoint: Endpoint) -> Handler {
    match endpoint {
        Endpoint::Registration => api::registration::HANDLER,
        Endpoint::Payment => pages::payment::HANDLER,
        Endpoint::Inquiry => api::inquiry::HANDLER,
        Endpoint::Cancel => api::cancel::HANDLER,
        Endpoint::Checkout => api::checkout::HANDLER,
        Endpoint::CheckoutPage => pages::checkout_page::PAGE,
        Endpoint::CheckoutLeave => pages::checkout_page::LEAVE,
        Endpoint::Binding => api::binding::HANDLER,
        Endpoint::RemoveToken => api::remove_token::HANDLER,
        Endpoint::UserDetails => api::user_details::HANDLER,
        Endpoint::ConfirmAkulaku => api::confirm_akulaku::HANDLER,
        Endpoint::CheckMid => api::check_mid::HANDLER,
        Endpoint::PaymentReturn => pages::payment_return::HANDLER,
        Endpoint::BindingReturn => pages::binding_return::HANDLER,
    }
}

impl Gateway {
    fn warn_once_of_capacity(&self) {
        if !self.has_warned_of_capacity.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "no room for more transactions, as all are open; registrations answer 9002 (--max-transactions, --max-memory)"
            );
        }
    }

    /// Notes a `dbProcessUrl` that this simulator never calls.
    fn note_egress(&self, db_process_url: &str, findings: &mut Findings) {
        if let Some(reason) = self.egress.never_called(db_process_url) {
            let reason = format!("no notification will be sent to dbProcessUrl: {reason} (docs/PROTOCOL.md §2.3)");
            findings.advise(Slug::DB_PROCESS_URL_NOT_CALLED, Evidence::Simulator, reason);
        }
    }

    /// The merchant who signed the request.
    fn authenticate(&self, request: &GatewayRequest<'_>, fields: &RequestFields<'_>) -> Result<Arc<Merchant>, Refusal> {
        let merchant = self.find_merchant(fields)?;
        self.verify(request.recipe(), fields, &merchant)?;
        Ok(merchant)
    }

    /// The merchant who signed the request, where the documented recipe has no timeStamp and is not verified: a token with
    /// it is a finding (`docs/PROTOCOL.md` A-15).
    fn authenticate_optional_time_stamp(
        &self,
        request: &GatewayRequest<'_>,
        stamped: Recipe,
        fields: &RequestFields<'_>,
        findings: &mut Findings,
    ) -> Result<Arc<Merchant>, Refusal> {
        let merchant = self.find_merchant(fields)?;
        let documented = request.recipe();
        if !Self::is_signed(documented, fields, &merchant) && Self::is_signed(Some(stamped), fields, &merchant) {
            let reason = format!(
                "the merchantToken of {} is documented without timeStamp (docs/PROTOCOL.md A-15)",
                request.endpoint_name()
            );
            findings.add(Code::TOKEN, Slug::TOKEN_WITH_TIME_STAMP, Evidence::Documented, reason)?;
        } else {
            self.verify(documented, fields, &merchant)?;
        }
        Ok(merchant)
    }

    /// The merchant with the iMid of the request.
    fn find_merchant(&self, fields: &RequestFields<'_>) -> Result<Arc<Merchant>, Refusal> {
        let i_mid = fields.text(Field::IMid).unwrap_or_default();
        let Some(merchant) = self.engine.merchant(i_mid) else {
            let reason = if i_mid.is_empty() {
                format!("{} (docs/PROTOCOL.md §2.0)", fields.missing(Field::IMid))
            } else {
                let known: Vec<_> = self.engine.first_merchants(5).iter().map(ToString::to_string).collect();
                let (i_mid, known) = (protocol::quoted(i_mid), known.join(", "));
                let add = match self.engine.max_merchants_reached() {
                    None => format!("add one with --merchant or PUT {}/merchants/IMID", paths::API),
                    Some(max) => format!("none can be added, because there are {max} already (--max-merchants)"),
                };
                format!("no merchant has the iMid {i_mid}; known are {known}; {add}")
            };
            return Err(Refusal::new(Code::MID, Slug::I_MID_UNKNOWN, reason));
        };
        Ok(merchant)
    }

    /// Whether the merchant signed the fields. Where nothing has to be signed, everything counts as signed.
    fn is_signed(recipe: Option<Recipe>, fields: &RequestFields<'_>, merchant: &Merchant) -> bool {
        let token = fields.text(Field::MerchantToken).unwrap_or_default();
        recipe.is_none_or(|recipe| protocol::verifies(recipe, fields, &merchant.key, token))
    }

    /// Refuses fields that the merchant did not sign, with the likely mistake.
    fn verify(&self, recipe: Option<Recipe>, fields: &RequestFields<'_>, merchant: &Merchant) -> Result<(), Refusal> {
        let Some(recipe) = recipe.filter(|_| !Self::is_signed(recipe, fields, merchant)) else { return Ok(()) };
        let others = self.engine.other_keys(&merchant.key);
        Err(Refusal { code: Code::TOKEN, diagnosis: protocol::diagnose(recipe, fields, &merchant.key, &others) })
    }
}
