//! `POST /nicepay/direct/v2/inquiry` (`docs/PROTOCOL.md` §2.5).

use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler, json_with};
use crate::protocol::{Findings, InquiryRequest, InquiryResponse, status_digit, unknown_t_xid};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: inquire, refusal: |gateway, code| body(gateway, &InquiryResponse::refused(code)) };

fn body(gateway: &Gateway, response: &InquiryResponse) -> Vec<u8> {
    json_with(response, InquiryResponse::newer_keys(gateway.undocumented.inquiry_keys))
}

fn inquire(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    findings: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    let fields = request.json(findings)?;
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let merchant = gateway.authenticate(request, &fields).map_err(refused)?;
    let inquiry = InquiryRequest::read(&fields, findings).map_err(refused)?;
    let unknown = || refused(unknown_t_xid(inquiry.t_xid, "2.5"));
    let transaction = gateway.engine.transaction(inquiry.t_xid).ok_or_else(unknown)?;
    inquiry.check(merchant.i_mid.as_str(), &transaction, &gateway.undocumented).map_err(refused)?;
    gateway.engine.record_inquiry(&transaction, status_digit(transaction.stage(), &gateway.undocumented).0);
    let response = InquiryResponse::new(&transaction, &gateway.undocumented);
    Ok(GatewayResponse::body(body(gateway, &response)).about(&transaction))
}
