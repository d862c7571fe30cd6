//! `POST /nicepay/redirect/v2/registration` (`docs/PROTOCOL.md` §2.8): an order for NICEPAY's own page.

use super::registration::{register_order, registered_response};
use crate::endpoints::Endpoint;
use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler, base_url, json};
use crate::protocol::{CheckoutResponse, Findings, Registration};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: register, refusal: |_, code| json(&CheckoutResponse::refused(code)) };

fn register(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    findings: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    let fields = request.json(findings)?;
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let merchant = gateway.authenticate(request, &fields).map_err(refused)?;
    let mut order = Registration::read_checkout(&fields, &gateway.undocumented, findings).map_err(refused)?;
    let registered = register_order(gateway, &fields, &merchant, &mut order, findings)?;
    let page = base_url(gateway, request.http) + Endpoint::CheckoutPage.path();
    let body = json(&CheckoutResponse::new(&fields, &order, registered.t_xid.as_str(), registered.at, page));
    Ok(registered_response(body, order, registered, &merchant))
}
