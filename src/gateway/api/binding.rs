//! `POST /nicepay/v2/userAccountBinding` (`docs/PROTOCOL.md` §2.9), in any case.

use crate::domain::Partner;
use crate::engine::{BindAccount, Subject};
use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler, base_url, json};
use crate::paths;
use crate::protocol::{Findings, Recipe, binding_refusal, binding_response, read_binding};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: bind, refusal: |gateway, code| json(&binding_refusal(code, &gateway.undocumented.binding)) };

fn bind(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    findings: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    let fields = request.json(findings)?;
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let merchant = gateway
        .authenticate_optional_time_stamp(request, Recipe::BINDING_STAMPED, &fields, findings)
        .map_err(refused)?;
    let binding_request =
        read_binding(&fields, &merchant.partners, &gateway.undocumented, findings).map_err(refused)?;
    gateway.note_egress(&binding_request.db_process_url, findings);
    let binding =
        gateway.engine.bind(BindAccount { i_mid: merchant.i_mid.clone(), request: Box::new(binding_request) });
    let page = paths::partner_page(Partner::Kredivo.slug(), paths::SIGN_IN, &binding.link);
    let url = base_url(gateway, request.http) + &page;
    Ok(GatewayResponse {
        body: json(&binding_response(&binding, &url, &gateway.undocumented.binding)),
        subject: Subject::from(&binding),
        rule: Some(binding.rule),
        ..GatewayResponse::default()
    })
}
