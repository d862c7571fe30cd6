//! `POST /nicepay/direct/v2/checkMid` (`docs/PROTOCOL.md` §2.12). No document describes it; the "test connection" button of
//! a plug-in calls it.

use super::Gateway;
use super::handler::Handler;
use super::request::GatewayRequest;
use super::response::{EndpointRefusal, Envelope, GatewayResponse, json};
use crate::protocol::{Code, required_time_stamp};

pub(super) const HANDLER: Handler = Handler { respond: check, refusal: |_, code| json(&Envelope::from(code)) };

fn check(gateway: &Gateway, request: &GatewayRequest<'_>) -> Result<GatewayResponse, EndpointRefusal> {
    let (fields, note) = request.json(gateway.profile)?;
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let merchant = gateway.authenticate(request, &fields).map_err(refused)?;
    required_time_stamp(&fields, gateway.profile, "2.12").map_err(refused)?;
    let response = GatewayResponse::json(&Envelope::from(Code::SUCCESS)).of_merchant(&merchant.i_mid);
    Ok(GatewayResponse { notes: note.into_iter().collect(), ..response })
}
