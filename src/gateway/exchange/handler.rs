//! The handler of an endpoint.

use super::request::GatewayRequest;
use super::response::{EndpointRefusal, GatewayResponse};
use crate::gateway::Gateway;
use crate::protocol::{Code, Findings};

/// Answers a request, or refuses it. What the profile accepts all the same is added to the findings.
type Respond = fn(&Gateway, &GatewayRequest<'_>, &mut Findings) -> Result<GatewayResponse, EndpointRefusal>;

/// What the gateway does for an endpoint.
#[derive(Clone, Copy)]
pub(in crate::gateway) struct Handler {
    /// Answers a request.
    pub(in crate::gateway) respond: Respond,
    /// The body of a refusal: each endpoint has its own keys.
    pub(in crate::gateway) refusal: fn(&Gateway, Code) -> Vec<u8>,
}

impl Gateway {
    /// Lets a handler answer, and turns its refusal into the endpoint's JSON.
    pub(in crate::gateway) fn respond(&self, handler: Handler, request: &GatewayRequest<'_>) -> GatewayResponse {
        let mut findings = Findings::new(self.profile);
        match (handler.respond)(self, request, &mut findings) {
            Ok(response) if response.diagnosis.is_none() => {
                GatewayResponse { notes: findings.into_notes(), ..response }
            }
            Ok(response) => response,
            Err(refusal) => self.refuse(request.endpoint_name(), refusal, |code| (handler.refusal)(self, code)),
        }
    }
}
