//! Which code answers which endpoint.

use super::request::GatewayRequest;
use super::response::{EndpointRefusal, GatewayResponse};
use super::{
    Gateway, binding, binding_return, cancel, check_mid, checkout, checkout_page, inquiry, payment, payment_return,
    receipt, registration, remove_token, user_details,
};
use crate::endpoints::Endpoint;
use crate::protocol::Code;

/// What the gateway does for an endpoint.
#[derive(Clone, Copy)]
pub(super) struct Handler {
    /// Answers a request.
    pub(super) respond: fn(&Gateway, &GatewayRequest<'_>) -> Result<GatewayResponse, EndpointRefusal>,
    /// The body of a refusal: each endpoint has its own keys.
    pub(super) refusal: fn(&Gateway, Code) -> Vec<u8>,
}

impl Handler {
    pub(super) const fn of(endpoint: Endpoint) -> Self {
        match endpoint {
            Endpoint::Registration => registration::HANDLER,
            Endpoint::Payment => payment::HANDLER,
            Endpoint::Inquiry => inquiry::HANDLER,
            Endpoint::Cancel => cancel::HANDLER,
            Endpoint::Checkout => checkout::HANDLER,
            Endpoint::CheckoutPage => checkout_page::PAGE,
            Endpoint::CheckoutLeave => checkout_page::LEAVE,
            Endpoint::Binding => binding::HANDLER,
            Endpoint::RemoveToken => remove_token::HANDLER,
            Endpoint::UserDetails => user_details::HANDLER,
            Endpoint::ConfirmAkulaku => receipt::HANDLER,
            Endpoint::CheckMid => check_mid::HANDLER,
            Endpoint::PaymentReturn => payment_return::HANDLER,
            Endpoint::BindingReturn => binding_return::HANDLER,
        }
    }
}

impl Gateway {
    /// Lets a handler answer, and turns its refusal into the endpoint's JSON.
    pub(super) fn respond(&self, handler: Handler, request: &GatewayRequest<'_>) -> GatewayResponse {
        (handler.respond)(self, request).unwrap_or_else(|refusal| {
            self.refuse(request.endpoint_name(), refusal, |code| (handler.refusal)(self, code))
        })
    }
}
