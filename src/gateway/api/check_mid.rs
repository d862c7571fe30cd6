//! `POST /nicepay/direct/v2/checkMid` (`docs/PROTOCOL.md` §2.12). No document describes it; the "test connection" button of
//! a plug-in calls it.

use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, Envelope, GatewayRequest, GatewayResponse, Handler, json};
use crate::protocol::{Code, Findings, required_time_stamp};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: check, refusal: |_, code| json(&Envelope::from(code)) };

fn check(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    findings: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    let fields = request.json(findings)?;
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let merchant = gateway.authenticate(request, &fields).map_err(refused)?;
    required_time_stamp(&fields, findings, "2.12").map_err(refused)?;
    Ok(GatewayResponse::json(&Envelope::from(Code::SUCCESS)).of_merchant(&merchant.i_mid))
}
