//! The handler of an endpoint.

use super::request::GatewayRequest;
use super::response::{EndpointRefusal, GatewayResponse};
use crate::gateway::Gateway;
use crate::protocol::Code;

/// What the gateway does for an endpoint.
#[derive(Clone, Copy)]
pub(in crate::gateway) struct Handler {
    /// Answers a request.
    pub(in crate::gateway) respond: fn(&Gateway, &GatewayRequest<'_>) -> Result<GatewayResponse, EndpointRefusal>,
    /// The body of a refusal: each endpoint has its own keys.
    pub(in crate::gateway) refusal: fn(&Gateway, Code) -> Vec<u8>,
}

impl Gateway {
    /// Lets a handler answer, and turns its refusal into the endpoint's JSON.
    pub(in crate::gateway) fn respond(&self, handler: Handler, request: &GatewayRequest<'_>) -> GatewayResponse {
        (handler.respond)(self, request).unwrap_or_else(|refusal| {
            self.refuse(request.endpoint_name(), refusal, |code| (handler.refusal)(self, code))
        })
    }
}
