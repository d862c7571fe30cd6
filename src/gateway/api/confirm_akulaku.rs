//! `POST /nicepay/direct/v2/confirmAkulaku` and `/nicepay/api/direct/v2/confirmAkulaku` (`docs/PROTOCOL.md` §2.7), as a form
//! or as JSON.

use crate::diagnosis::Slug;
use crate::engine::ConfirmReceiptError;
use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler, json};
use crate::protocol::{
    Code, ConfirmAkulakuRequest, ConfirmAkulakuResponse, Findings, Refusal, RequestFields, unknown_t_xid,
};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: confirm, refusal: |_, code| json(&ConfirmAkulakuResponse::from(code)) };

fn confirm(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    findings: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    // The documents say form, a client sends JSON.
    let text;
    let fields = if request.has_json_type() || request.body.trim_ascii_start().starts_with(b"{") {
        request.json(findings)?
    } else {
        text = request.form()?;
        RequestFields::form(&text)
    };
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let merchant = gateway.authenticate(request, &fields).map_err(refused)?;
    let t_xid = ConfirmAkulakuRequest::read(&fields, findings).map_err(refused)?.t_xid;
    let unknown = || refused(unknown_t_xid(t_xid, "2.7"));
    let transaction = gateway.engine.transaction(t_xid).ok_or_else(unknown)?;
    if transaction.i_mid != merchant.i_mid {
        let reason = "the tXid is another merchant's (docs/PROTOCOL.md §2.7)";
        return Err(refused(Refusal::new(Code::NOT_FOUND, Slug::T_XID_OTHER_MERCHANT, reason)));
    }
    let confirmed = gateway.engine.confirm_receipt(t_xid).map_err(|reason| {
        let (slug, sentence) = match reason {
            ConfirmReceiptError::NotFound => return unknown(),
            ConfirmReceiptError::OtherPartner => (
                Slug::MITRA_CD_NOT_AKULAKU,
                "only an Akulaku order can be confirmed (docs/PROTOCOL.md §2.7)".to_owned(),
            ),
            ConfirmReceiptError::NotPaid(stage) => (
                Slug::TRANSACTION_UNPAID,
                format!("the transaction is {stage}: only a paid order can be confirmed (docs/PROTOCOL.md §2.7)"),
            ),
        };
        EndpointRefusal::of_transaction(Refusal::new(Code::NOT_SIMULATED, slug, sentence), &transaction)
    })?;
    Ok(GatewayResponse::json(&ConfirmAkulakuResponse::from(Code::SUCCESS)).about(&confirmed))
}
