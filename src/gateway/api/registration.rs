//! `POST /nicepay/direct/v2/registration` (`docs/PROTOCOL.md` §2.1): normal, tokenize (`tokenizeUser` 1) and seamless (2).

use crate::diagnosis::Slug;
use crate::domain::{Evidence, Merchant, Order, Profile};
use crate::endpoints::Endpoint;
use crate::engine::{Register, Registered, RegistrationError, Subject, TokenUse};
use crate::gateway::Gateway;
use crate::gateway::exchange::{
    EndpointRefusal, GatewayRequest, GatewayResponse, Handler, base_url, user_token_diagnosis,
};
use crate::protocol::{Code, Field, Findings, Refusal, Registration, RegistrationResponse, RequestFields};

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: register, refusal: |_, code| RegistrationResponse::refused(code).to_json() };

fn register(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    findings: &mut Findings,
) -> Result<GatewayResponse, EndpointRefusal> {
    let fields = request.json(findings)?;
    let refused = |refusal| EndpointRefusal::of_fields(refusal, &fields);
    let merchant = gateway.authenticate(request, &fields).map_err(refused)?;
    let mut order = Registration::read(&fields, &gateway.undocumented, findings).map_err(refused)?;
    let registered = register_order(gateway, &fields, &merchant, &mut order, findings)?;
    let request_url =
        gateway.undocumented.request_url.then(|| base_url(gateway, request.http) + Endpoint::Payment.path());
    let body = RegistrationResponse {
        result_cd: Code::SUCCESS.cd,
        result_msg: Code::SUCCESS.msg,
        t_xid: Some(registered.t_xid.as_str()),
        reference_no: Some(order.reference_no.as_str()),
        pay_method: Some(order.pay_method),
        amt: fields.text(Field::Amt),
        mitra_cd: order.mitra_cd,
        client_user_key: fields.text(Field::ClientUserKey),
        request_url: request_url.as_deref(),
        user_token: fields.text(Field::UserToken),
    };
    Ok(registered_response(body.to_json(), order, registered, &merchant))
}

/// Registers an order of the direct API or of Checkout.
pub(super) fn register_order(
    gateway: &Gateway,
    fields: &RequestFields<'_>,
    merchant: &Merchant,
    order: &mut Registration<'_>,
    findings: &mut Findings,
) -> Result<Registered, EndpointRefusal> {
    let refused = |refusal| EndpointRefusal::of_fields(refusal, fields);
    let partner = order.check_active(merchant, findings).map_err(refused)?;
    order.check_cart().map_err(refused)?;
    if let Some(at) = order.pay_valid.filter(|at| *at <= gateway.engine.now()) {
        let reason = format!(
            "payValidDt and payValidTm are in the past ({at}): nobody can pay the order (docs/PROTOCOL.md §3.2)"
        );
        findings.advise(Slug::PAY_VALID_DT_PAST, Evidence::Assumed, reason);
    }
    gateway.note_egress(order.db_process_url, findings);
    let command = Register {
        i_mid: merchant.i_mid.clone(),
        reference_no: order.reference_no.clone(),
        amount: order.amount,
        order: Box::new(Order {
            goods_nm: order.goods_nm.into(),
            billing_nm: order.billing_nm.into(),
            billing_phone: order.billing_phone.into(),
            description: order.description.map(Into::into),
            partner,
            instmnt_mon: order.instmnt_mon,
            instmnt_type: order.instmnt_type,
            db_process_url: order.db_process_url.into(),
        }),
        channel: order.channel,
        callback_url: order.callback_url,
        tokens: token_use(gateway.profile, order),
        pay_valid: order.pay_valid,
        duplicates_refused: merchant.duplicate_check,
    };
    let registered = gateway.engine.register(command).map_err(|reason| {
        if matches!(reason, RegistrationError::Full | RegistrationError::NoMemory) {
            gateway.warn_once_of_capacity();
        }
        let refusal = refused(explain(&reason, merchant, fields));
        match reason {
            RegistrationError::Token(_, rule) => refusal.with_rule(rule),
            RegistrationError::Duplicate(_) | RegistrationError::Full | RegistrationError::NoMemory => refusal,
        }
    })?;
    if let Some(error) = registered.token_error {
        let user_token = fields.text(Field::UserToken).unwrap_or_default();
        let diagnosis = user_token_diagnosis(error, None, user_token, "1.6");
        // The order is registered. In the strict profile, only a scenario that lets the customer log in leads here.
        findings.note(Code::USER_TOKEN, Evidence::Assumed, diagnosis);
    }
    Ok(registered)
}

/// The response to a registered order.
pub(super) fn registered_response(
    body: Vec<u8>,
    order: Registration<'_>,
    registered: Registered,
    merchant: &Merchant,
) -> GatewayResponse {
    GatewayResponse {
        body,
        subject: Subject {
            i_mid: Some(merchant.i_mid.clone()),
            t_xid: Some(registered.t_xid),
            reference_no: Some(order.reference_no),
        },
        rule: Some(registered.rule),
        after_response: registered.after_response,
        send_first: registered.notified_before_response,
        ..GatewayResponse::default()
    }
}

fn token_use<'a>(profile: Profile, order: &mut Registration<'a>) -> TokenUse<'a> {
    let customer = order.client_user_key.take();
    match (order.tokenize_user, customer, order.user_token) {
        (1, Some(customer), _) => TokenUse::Issue(customer),
        // The token's owner is checked in the strict profile only (`docs/PROTOCOL.md` A-08).
        (2, owner, Some(user_token)) => {
            TokenUse::Pay { user_token, owner, owner_must_match: profile == Profile::Strict }
        }
        _ => TokenUse::No,
    }
}

/// NICEPAY's refusal for the engine's reason.
fn explain(reason: &RegistrationError, merchant: &Merchant, fields: &RequestFields<'_>) -> Refusal {
    match reason {
        RegistrationError::Duplicate(existing) => {
            let reason = format!(
                "this referenceNo was registered before, as {existing}; the check can be switched off for {} (docs/PROTOCOL.md A-32)",
                merchant.i_mid
            );
            Refusal::new(Code::DUPLICATE, Slug::REFERENCE_NO_DUPLICATE, reason)
        }
        RegistrationError::Full => {
            let reason = "the maximum number of open transactions is reached (--max-transactions)";
            Refusal::new(Code::BUSY, Slug::LIMIT_TRANSACTIONS, reason)
        }
        RegistrationError::NoMemory => {
            let reason = "the memory is used up, and no order is finished that could be removed (--max-memory)";
            Refusal::new(Code::BUSY, Slug::LIMIT_MEMORY, reason)
        }
        RegistrationError::Token(error, rule) => {
            let user_token = fields.text(Field::UserToken).unwrap_or_default();
            Refusal {
                code: Code::USER_TOKEN,
                diagnosis: user_token_diagnosis(*error, rule.as_deref(), user_token, "1.6"),
            }
        }
    }
}
