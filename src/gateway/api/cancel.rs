//! `POST /nicepay/direct/v2/cancel` (`docs/PROTOCOL.md` §2.6).

use std::sync::Arc;

use crate::diagnosis::Slug;
use crate::domain::{Evidence, Merchant};
use crate::engine::{Cancel, CancelError};
use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler, json_with};
use crate::protocol::{
    CancelRequest, CancelResponse, Code, Field, Findings, Refusal, RequestFields, quoted, unknown_t_xid,
};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: cancel, refusal: |gateway, code| body(gateway, &CancelResponse::refused(code)) };

fn body(gateway: &Gateway, response: &CancelResponse) -> Vec<u8> {
    json_with(response, CancelResponse::newer_keys(gateway.undocumented.newer_cancel_keys))
}

fn cancel(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    findings: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    let fields = request.json(findings)?;
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let merchant = authenticate(gateway, request, &fields).map_err(refused)?;
    let command = CancelRequest::read(&fields, findings).map_err(refused)?;
    let unknown = || refused(unknown_t_xid(command.t_xid, "2.6"));
    let transaction = gateway.engine.transaction(command.t_xid).ok_or_else(unknown)?;
    command.check(merchant.i_mid.as_str(), &transaction, findings).map_err(refused)?;
    let cancel = if command.is_full { Cancel::Full(command.amount) } else { Cancel::Part(command.amount) };
    let cancelled = gateway
        .engine
        .cancel(command.t_xid, cancel)
        .map_err(|reason| EndpointRefusal::of_transaction(explain(reason, &command), &transaction))?;
    if let Some(free_at) = cancelled.too_early_live {
        let refusal = explain(CancelError::TooEarly(free_at), &command);
        findings.add_diagnosis(refusal.code, Evidence::SeenLive, refusal.diagnosis).map_err(refused)?;
    }
    let response = CancelResponse::new(&cancelled.transaction, cancelled.amount);
    Ok(GatewayResponse::body(body(gateway, &response)).about(&cancelled.transaction))
}

/// The merchant who signed.
///
/// An old table has the referenceNo in the token (`docs/PROTOCOL.md` A-13), though it need not be sent; and some clients
/// sign the whole amount when they cancel a part. The transaction's own referenceNo and amount explain such tokens.
fn authenticate(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    fields: &RequestFields<'_>,
) -> Result<Arc<Merchant>, Refusal> {
    let part = |field| fields.text(field).unwrap_or_default();
    let merchant = gateway.find_merchant(fields)?;
    let refusal = match gateway.verify(request.recipe(), fields, &merchant) {
        Ok(()) => return Ok(merchant),
        Err(refusal) if refusal.diagnosis.slug == Slug::TOKEN_UNKNOWN => refusal,
        Err(refusal) => return Err(refusal),
    };
    let Some(transaction) = gateway.engine.transaction(part(Field::TXid)) else { return Err(refusal) };
    let amount = transaction.amount.to_string();
    if Gateway::is_signed(request.recipe(), &with(fields, Field::Amt, &amount), &merchant) {
        let sentence = format!(
            "the token was computed with amt {amount}, the whole order's, but amt {} was sent (docs/PROTOCOL.md §2.6)",
            quoted(part(Field::Amt))
        );
        return Err(Refusal::new(Code::TOKEN, Slug::TOKEN_AMT_DIFFERS, sentence));
    }
    gateway.verify(
        request.recipe(),
        &with(fields, Field::ReferenceNo, transaction.reference_no.as_str()),
        &merchant,
    )?;
    Ok(merchant)
}

/// The signed fields, with another text for one of them.
fn with<'a>(fields: &'a RequestFields<'_>, field: Field, text: &'a str) -> RequestFields<'a> {
    let signed = [Field::TimeStamp, Field::IMid, Field::TXid, Field::Amt, Field::MerchantToken];
    let others = signed.into_iter().filter(|known| *known != field);
    RequestFields::pairs(others.map(|known| (known, fields.text(known).unwrap_or_default())).chain([(field, text)]))
}

/// NICEPAY's code for why nothing is refunded. `docs/PROTOCOL.md` §2.6 marks the assumed ones.
fn explain(reason: CancelError, command: &CancelRequest<'_>) -> Refusal {
    let amt = command.amount;
    let (code, slug, sentence) = match reason {
        CancelError::NotFound => return unknown_t_xid(command.t_xid, "2.6"),
        CancelError::NotPaid(stage) => (
            Code::NOT_FOUND,
            Slug::TRANSACTION_UNPAID,
            format!("the transaction is {stage}: only what is paid can be cancelled (docs/PROTOCOL.md §2.6)"),
        ),
        CancelError::TooLate => (
            Code::CANCEL_TOO_LATE,
            Slug::CANCEL_TOO_LATE,
            "it was paid more than 90 days ago (docs/PROTOCOL.md §2.6)".to_owned(),
        ),
        CancelError::TooLateAt(partner, hours) => (
            Code::CANCEL_TOO_LATE,
            Slug::CANCEL_TOO_LATE,
            format!(
                "it was paid more than {} days ago: {} takes refunds for that long, and by hand later (docs/PROTOCOL.md §2.6)",
                hours / 24,
                partner.name()
            ),
        ),
        CancelError::TooEarly(free_at) => (
            Code::CANCEL_BUSY,
            Slug::CANCEL_TOO_EARLY,
            format!(
                "it was paid just now: a cancel is accepted from {free_at} on (docs/PROTOCOL.md A-25); [cancel] busy in a scenario changes that"
            ),
        ),
        CancelError::AlreadyCancelled => (
            Code::CANCELLED_BEFORE,
            Slug::CANCEL_TWICE,
            "the whole amount was refunded before (docs/PROTOCOL.md §2.6)".to_owned(),
        ),
        CancelError::AfterPartial => (
            Code::CANCEL_AFTER_PARTIAL,
            Slug::CANCEL_FULL_AFTER_PARTIAL,
            "a part was refunded before; use cancelType 2 for the rest (docs/PROTOCOL.md §2.6)".to_owned(),
        ),
        CancelError::TooMuch(left) => (
            Code::CANCEL_TOO_MUCH,
            Slug::CANCEL_TOO_MUCH,
            format!("amt is {amt}, but only {left} is left (docs/PROTOCOL.md §2.6)"),
        ),
        CancelError::Nothing => (
            Code::CANCEL_NOTHING,
            Slug::AMT_NOT_POSITIVE,
            format!("amt {amt} must be greater than 0 (docs/PROTOCOL.md §2.6)"),
        ),
        CancelError::NotAll(paid) => (
            Code::CANCEL_NOT_ALL,
            Slug::CANCEL_NOT_ALL,
            format!(
                "cancelType 1 refunds the whole amount, {paid}, not {amt}; use cancelType 2 for a part (docs/PROTOCOL.md §2.6)"
            ),
        ),
    };
    Refusal::new(code, slug, sentence)
}
