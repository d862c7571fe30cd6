//! `POST /nicepay/direct/v2/user-details` (`docs/PROTOCOL.md` §2.11).

use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler, json, user_token_diagnosis};
use crate::protocol::{Code, Findings, Recipe, Refusal, UserDetailsResponse, token_to_read};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: details, refusal: |_, code| json(&UserDetailsResponse::refused(code)) };

fn details(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    findings: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    let fields = request.json(findings)?;
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let merchant = gateway
        .authenticate_optional_time_stamp(request, Recipe::USER_DETAILS_STAMPED, &fields, findings)
        .map_err(refused)?;
    let user_token = token_to_read(&fields, findings).map_err(refused)?;
    let account = gateway.engine.account_of(&merchant.i_mid, user_token).map_err(|error| {
        refused(Refusal { code: Code::USER_TOKEN, diagnosis: user_token_diagnosis(error, None, user_token, "2.11") })
    })?;
    Ok(GatewayResponse::json(&UserDetailsResponse::new(&account)).of_merchant(&merchant.i_mid))
}
