//! `POST /nicepay/direct/v2/remove-token` (`docs/PROTOCOL.md` §2.10).

use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler, json, user_token_diagnosis};
use crate::protocol::{Code, Findings, Refusal, RemoveTokenResponse, token_to_remove};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: remove, refusal: |_, code| json(&RemoveTokenResponse::refused(code)) };

fn remove(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    findings: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    let fields = request.json(findings)?;
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let merchant = gateway.authenticate(request, &fields).map_err(refused)?;
    let user_token = token_to_remove(&fields, findings).map_err(refused)?;
    let removed = gateway.engine.remove_token(&merchant.i_mid, user_token).map_err(|error| {
        refused(Refusal { code: Code::USER_TOKEN, diagnosis: user_token_diagnosis(error, None, user_token, "2.10") })
    })?;
    Ok(GatewayResponse::json(&RemoveTokenResponse::new(&removed)).of_merchant(&merchant.i_mid))
}
