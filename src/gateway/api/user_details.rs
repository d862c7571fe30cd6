//! `POST /nicepay/direct/v2/user-details` (`docs/PROTOCOL.md` §2.11).

use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler, json, user_token_diagnosis};
use crate::protocol::{Code, Recipe, Refusal, UserDetailsResponse, token_to_read};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: details, refusal: |_, code| json(&UserDetailsResponse::refused(code)) };

fn details(gateway: &Gateway, request: &GatewayRequest<'_>) -> Result<GatewayResponse, EndpointRefusal> {
    let (fields, note) = request.json(gateway.profile)?;
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let (merchant, stamped) =
        gateway.authenticate_optional_time_stamp(request, Recipe::USER_DETAILS_STAMPED, &fields).map_err(refused)?;
    let user_token = token_to_read(&fields, gateway.profile).map_err(refused)?;
    let account = gateway.engine.account_of(&merchant.i_mid, user_token).map_err(|error| {
        refused(Refusal { code: Code::USER_TOKEN, diagnosis: user_token_diagnosis(error, None, user_token, "2.11") })
    })?;
    let response = GatewayResponse::json(&UserDetailsResponse::new(&account)).of_merchant(&merchant.i_mid);
    Ok(GatewayResponse { notes: note.into_iter().chain(stamped).collect(), ..response })
}
