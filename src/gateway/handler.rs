//! The handler of an endpoint.

use super::Gateway;
use super::request::GatewayRequest;
use super::response::{EndpointRefusal, GatewayResponse};
use crate::protocol::Code;

/// What the gateway does for an endpoint.
#[derive(Clone, Copy)]
pub(super) struct Handler {
    /// Answers a request.
    pub(super) respond: fn(&Gateway, &GatewayRequest<'_>) -> Result<GatewayResponse, EndpointRefusal>,
    /// The body of a refusal: each endpoint has its own keys.
    pub(super) refusal: fn(&Gateway, Code) -> Vec<u8>,
}

impl Gateway {
    /// Lets a handler answer, and turns its refusal into the endpoint's JSON.
    pub(super) fn respond(&self, handler: Handler, request: &GatewayRequest<'_>) -> GatewayResponse {
        (handler.respond)(self, request).unwrap_or_else(|refusal| {
            self.refuse(request.endpoint_name(), refusal, |code| (handler.refusal)(self, code))
        })
    }
}
