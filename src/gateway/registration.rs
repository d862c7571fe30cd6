//! `POST /nicepay/direct/v2/registration` (§2.1): normal, tokenize (`tokenizeUser` 1) and seamless (2).

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, base_url};
use super::token_fault::token_fault;
use crate::domain::{Merchant, Order, Profile};
use crate::engine::{Operation, Register, Registered, RegistrationError, Subject, TokenUse};
use crate::paths;
use crate::protocol::{Code, Diagnosis, Field, Recipe, Refusal, Registration, RegistrationAnswer, RequestFields};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(Some(Operation::Registration), request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    register(gateway, asked)
        .unwrap_or_else(|no| gateway.refuse("registration", no, |code| RegistrationAnswer::refused(code).to_json()))
}

fn register(gateway: &Gateway, asked: &Asked<'_>) -> Result<Answer, No> {
    let (sent, note) = asked.json(gateway.profile)?;
    let refused = |refusal| No::to(refusal, &sent);
    let merchant = gateway.authenticate(Recipe::REGISTRATION, &sent).map_err(refused)?;
    let mut order = Registration::read(&sent, gateway.profile).map_err(refused)?;
    order.notes.extend(note);
    let registered = take(gateway, &sent, &merchant, &mut order)?;
    let request_url = gateway.assumed.request_url.then(|| base_url(gateway, asked.request) + paths::PAYMENT);
    let body = RegistrationAnswer {
        result_cd: Code::SUCCESS.cd,
        result_msg: Code::SUCCESS.msg,
        t_xid: Some(registered.t_xid.as_str()),
        reference_no: Some(order.reference_no.as_str()),
        pay_method: Some(order.pay_method),
        amt: sent.text(Field::Amt),
        mitra_cd: order.mitra_cd,
        client_user_key: sent.text(Field::ClientUserKey),
        request_url: request_url.as_deref(),
        user_token: sent.text(Field::UserToken),
    };
    Ok(answered(body.to_json(), order, registered, &merchant))
}

/// Registers an order that was read, whichever way it came; what is to be remarked on is added to its notes.
pub(super) fn take(
    gateway: &Gateway,
    sent: &RequestFields<'_>,
    merchant: &Merchant,
    order: &mut Registration<'_>,
) -> Result<Registered, No> {
    let refused = |refusal| No::to(refusal, sent);
    let partner = order.check_active(&merchant.partners).map_err(refused)?;
    order.check_cart().map_err(refused)?;
    if let Some(at) = order.pay_valid.filter(|at| *at <= gateway.engine.now()) {
        let reason = format!("payValidDt and payValidTm are in the past ({at}): nobody can pay the order (3.2)");
        order.notes.push(Diagnosis::new("payValidDt/past", reason));
    }
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
        if reason == RegistrationError::Full {
            gateway.warn_once_of_room();
        }
        let no = refused(explain(&reason, merchant, sent));
        match reason {
            RegistrationError::Token(_, rule) => no.by(rule),
            RegistrationError::Duplicate(_) | RegistrationError::Full => no,
        }
    })?;
    if let Some(fault) = registered.fault {
        let user_token = sent.text(Field::UserToken).unwrap_or_default();
        order.notes.push(token_fault(fault, None, user_token, "1.6"));
    }
    Ok(registered)
}

/// The answer to an order that was taken.
pub(super) fn answered(body: Vec<u8>, order: Registration<'_>, registered: Registered, merchant: &Merchant) -> Answer {
    Answer {
        body,
        subject: Subject {
            i_mid: Some(merchant.i_mid.clone()),
            t_xid: Some(registered.t_xid),
            reference_no: Some(order.reference_no),
        },
        notes: order.notes,
        rule: Some(registered.rule),
        release: registered.release,
        tell_first: registered.notified_before_response,
        ..Answer::default()
    }
}

fn token_use<'a>(profile: Profile, order: &mut Registration<'a>) -> TokenUse<'a> {
    let customer = order.client_user_key.take();
    match (order.tokenize_user, customer, order.user_token) {
        (1, Some(customer), _) => TokenUse::Issue(customer),
        // Whose token it is matters in the strict profile only.
        (2, owner, Some(user_token)) => TokenUse::Pay { user_token, owner, owner_must_fit: profile == Profile::Strict },
        _ => TokenUse::No,
    }
}

/// NICEPAY's words for why the engine did not take the order.
fn explain(reason: &RegistrationError, merchant: &Merchant, sent: &RequestFields<'_>) -> Refusal {
    match reason {
        RegistrationError::Duplicate(existing) => {
            let said = format!(
                "this referenceNo was registered before, as {existing}; the check can be switched off for {} (A-32)",
                merchant.i_mid
            );
            Refusal::new(Code::DUPLICATE, "referenceNo/duplicate", said)
        }
        RegistrationError::Full => {
            let said = "the simulator remembers as many open transactions as it may (--max-transactions)";
            Refusal::new(Code::BUSY, "limit/transactions", said)
        }
        RegistrationError::Token(fault, rule) => {
            let user_token = sent.text(Field::UserToken).unwrap_or_default();
            Refusal { code: Code::USER_TOKEN, diagnosis: token_fault(*fault, rule.as_deref(), user_token, "1.6") }
        }
    }
}
