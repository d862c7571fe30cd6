//! Our own things as JSON.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::ledger::{
    Asks, Assumed, Attempt, AttemptResult, Binding, BindingStage, Delivery, Merchant, Notice, Partner, Plan, Product,
    Reason, Shopper, Stage, Step, TokenRecord, Tokenize, Transaction, Verdict,
};
use crate::paths;
use crate::protocol::{Callback, CallbackResult, FORM, Method, USER_AGENT, status_digit};

/// A JSON answer.
pub(super) fn answer(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    match serde_json::to_vec(value) {
        Ok(body) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(body),
        Err(error) => {
            tracing::error!(%error, "an answer could not be serialized");
            HttpResponse::InternalServerError().finish()
        }
    }
}

pub(super) fn ok(value: &impl Serialize) -> HttpResponse {
    answer(StatusCode::OK, value)
}

/// A merchant, without its key.
pub(super) fn merchant(merchant: &Merchant) -> Value {
    json!({
        "iMid": merchant.i_mid,
        "partners": merchant.partners,
        "duplicateCheck": merchant.duplicate_check,
    })
}

fn plan(plan: &Plan) -> Value {
    json!({
        "instmntMon": plan.months.to_string(),
        "principal": plan.principal,
        "fee": plan.fee,
        "interest": plan.interest,
        "total": plan.total(),
        "monthly": plan.monthly(),
        "instalments": plan.instalments(),
    })
}

/// The browser's way back with the result, where a browser waits for one: the URL, and what is posted there where it is
/// not in the URL's query.
pub(super) fn callback(transaction: &Transaction, assumed: &Assumed) -> Option<(String, Option<Map<String, Value>>)> {
    let stage = transaction.stage();
    let settled = !matches!(stage, Stage::Registered | Stage::AtPartner(_));
    let url = transaction.callback_url.as_deref().filter(|_| settled)?;
    let callback = Callback::build(url, transaction, CallbackResult::Stage, assumed);
    Some(match callback.method {
        Method::Get => (callback.url(), None),
        Method::Post => {
            let fields = callback.fields.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
            (callback.address, Some(fields.collect()))
        }
    })
}

/// What an answer says of the browser's way back.
pub(super) fn with_callback(mut answer: Value, transaction: &Transaction, assumed: &Assumed) -> Value {
    let (url, fields) = callback(transaction, assumed).unzip();
    answer["callbackUrl"] = json!(url);
    if let Some(fields) = fields.flatten() {
        answer["callbackFields"] = json!(fields);
    }
    answer
}

/// The same of a binding.
pub(super) fn binding_callback_url(binding: &Binding) -> Option<String> {
    let url = binding.request.callback_url.as_deref().filter(|_| !binding.stage.is_open())?;
    Some(Callback::of_binding(url, binding).url())
}

/// A binding.
pub(super) fn binding(binding: &Binding) -> Value {
    let request = &binding.request;
    let mut view = json!({
        "id": binding.id,
        "iMid": binding.i_mid,
        "referenceNo": request.reference_no,
        "state": binding.stage.word(),
        "rule": binding.rule,
        "createdAt": binding.registered_at,
        "expiresAt": binding.expires_at,
        "mitraCd": Partner::Kredivo,
        "billingNm": request.billing_nm,
        "billingPhone": request.billing_phone,
        "billingEmail": request.billing_email,
        "clientUserKey": binding.customer(),
        "dbProcessUrl": request.db_process_url,
        "callBackUrl": request.callback_url,
        "partnerUrl": paths::partner_page(Partner::Kredivo.slug(), paths::SIGN_IN, &binding.link),
        "callbackUrl": binding_callback_url(binding),
        "notifications": binding.notices.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    match &binding.stage {
        BindingStage::Bound { phone, user_token, at } => {
            view["phone"] = json!(phone);
            view["userToken"] = json!(user_token);
            view["boundAt"] = json!(at);
        }
        BindingStage::Failed { reason, .. } => view["reason"] = json!(reason.word()),
        _ => {}
    }
    view
}

/// A transaction.
pub(super) fn transaction(transaction: &Transaction, assumed: &Assumed) -> Map<String, Value> {
    let order = &transaction.order;
    let mut view = Map::new();
    let mut put = |name: &str, value: Value| view.insert(name.to_owned(), value);
    put("tXid", json!(transaction.t_xid));
    put("referenceNo", json!(transaction.reference_no));
    put("iMid", json!(transaction.i_mid));
    put("amt", json!(transaction.amount));
    put("stage", json!(transaction.stage().word()));
    put("status", json!(status_digit(transaction.stage(), assumed).0));
    put("rule", json!(transaction.rule));
    put("createdAt", json!(transaction.registered_at));
    put("expiresAt", json!(transaction.expires_at));
    put("payMethod", json!(transaction.channel.pay_method()));
    put("mitraCd", json!(order.partner));
    put("goodsNm", json!(order.goods_nm));
    put("billingNm", json!(order.billing_nm));
    put("billingPhone", json!(order.billing_phone));
    put("instmntMon", json!(transaction.months().to_string()));
    put("instmntType", json!(order.instmnt_type.to_string()));
    put("dbProcessUrl", json!(order.db_process_url));
    match &transaction.tokenize {
        Tokenize::No => {}
        Tokenize::Issue { client_user_key } => {
            put("tokenizeUser", json!("1"));
            put("clientUserKey", json!(client_user_key));
        }
        Tokenize::Pay { user_token, client_user_key, .. } => {
            put("tokenizeUser", json!("2"));
            put("clientUserKey", json!(client_user_key));
            put("userToken", json!(user_token));
        }
        Tokenize::LogIn { user_token, client_user_key } => {
            put("tokenizeUser", json!("2"));
            put("clientUserKey", json!(client_user_key));
            put("userToken", json!(user_token));
        }
    }
    match transaction.stage() {
        Stage::Registered => {}
        Stage::AtPartner(step) => {
            let word = match step {
                Step::SignIn => "sign-in",
                Step::Plan { .. } => "plan",
                Step::Otp { .. } => "otp",
            };
            put("step", json!(word));
        }
        Stage::UnderReview { plan: chosen, phone, since, ends_in } => {
            put("phone", json!(phone));
            put("plan", plan(chosen));
            put("underReviewSince", json!(since));
            let verdict = ends_in.map(|verdict| match verdict {
                Verdict::Approve => "approve",
                Verdict::Reject(_) => "reject",
            });
            put("endsIn", json!(verdict));
        }
        Stage::Approved { plan: chosen, phone, at, user_token, refunded } => {
            put("phone", json!(phone));
            put("plan", plan(chosen));
            put("approvedAt", json!(at));
            if let Some(user_token) = user_token {
                put("userToken", json!(user_token));
            }
            put("cancelAmt", json!(refunded));
        }
        Stage::Cancelled { plan: chosen, phone, paid_at, at, kind, user_token } => {
            put("phone", json!(phone));
            put("plan", plan(chosen));
            put("approvedAt", json!(paid_at));
            if let Some(user_token) = user_token {
                put("userToken", json!(user_token));
            }
            put("cancelAmt", json!(chosen.principal));
            put("cancelledAt", json!(at));
            put("cancelKind", json!(kind));
        }
        Stage::Declined { reason, at } => {
            put("declinedAt", json!(at));
            put("reason", json!(reason.word()));
        }
        Stage::Abandoned { at } => {
            put("abandonedAt", json!(at));
        }
        Stage::Expired { at } => {
            put("expiredAt", json!(at));
        }
    }
    if let Some(at) = transaction.receipt_confirmed {
        put("receiptConfirmedAt", json!(at));
    }
    let page = transaction.link.as_ref().zip(order.partner);
    put("partnerUrl", json!(page.map(|(link, partner)| paths::partner_page(partner.slug(), paths::SIGN_IN, link))));
    let (url, fields) = callback(transaction, assumed).unzip();
    put("callbackUrl", json!(url));
    if let Some(fields) = fields.flatten() {
        put("callbackFields", json!(fields));
    }
    put("notifications", json!(transaction.notices.iter().map(ToString::to_string).collect::<Vec<_>>()));
    view
}

/// A notification with every attempt.
pub(super) fn notice(notice: &Notice) -> Value {
    let next_attempt = match notice.delivery {
        Delivery::Scheduled { at } => Some(at),
        _ => None,
    };
    let body = notice.body.as_deref();
    let fields: Option<Map<String, Value>> = body.map(|body| {
        url::form_urlencoded::parse(body.as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::from(value)))
            .collect()
    });
    let content_type = notice.ordered.as_ref().and_then(|ordered| ordered.sending.content_type.as_deref());
    let content_type = content_type.unwrap_or(FORM);
    let (variant, rule) = notice.by().unzip();
    json!({
        "id": notice.id.to_string(),
        "iMid": notice.i_mid,
        "tXid": notice.t_xid(),
        "referenceNo": notice.reference_no,
        "kind": notice.kind,
        "url": &*notice.url,
        "state": notice.delivery.word(),
        "variant": variant,
        "rule": rule,
        "nextAttemptAt": next_attempt,
        "request": body.map(|body| json!({
            "method": "POST",
            "headers": {
                "Content-Type": content_type,
                "User-Agent": USER_AGENT,
                "Accept": "*/*",
                "Content-Length": body.len().to_string(),
            },
            "body": body,
            "fields": fields,
        })),
        "attempts": notice.attempts.iter().map(attempt).collect::<Vec<_>>(),
    })
}

fn attempt(attempt: &Attempt) -> Value {
    let mut view = json!({ "number": attempt.number, "at": attempt.at, "trigger": attempt.trigger });
    match &attempt.result {
        AttemptResult::Answered { status, body } => {
            view["httpStatus"] = json!(status);
            view["answer"] = json!(body);
        }
        AttemptResult::Failed { error, .. } => view["error"] = json!(error),
        AttemptResult::Skipped { reason } => view["skipped"] = json!(reason),
    }
    view
}

/// An account of a lender's, with what a tester needs to log in.
pub(super) fn shopper(shopper: &Shopper) -> Value {
    let limits: Map<String, Value> = shopper
        .limits
        .iter()
        .map(|limit| {
            let left = limit.total.minus(shopper.owes);
            (Product::payment_type(limit.months), json!({ "total": limit.total, "remaining": left }))
        })
        .collect();
    json!({
        "phone": shopper.phone,
        "partner": shopper.partner,
        "name": shopper.name,
        "pin": shopper.pin,
        "otp": shopper.otp,
        "state": shopper.state,
        "tenors": shopper.limits.iter().map(|limit| limit.months.to_string()).collect::<Vec<_>>(),
        "limits": limits,
        "owes": shopper.owes,
        "lockedUntil": shopper.locked_until,
        "firstOtpExpired": shopper.first_otp_expired,
        "seamlessOtp": shopper.seamless == Asks::Otp,
        "seamlessLogin": shopper.seamless == Asks::Login,
    })
}

/// A user token.
pub(super) fn token(token: &TokenRecord) -> Value {
    json!({
        "userToken": token.user_token,
        "iMid": token.i_mid,
        "clientUserKey": token.client_user_key,
        "phone": token.phone,
        "status": if token.active { "active" } else { "inactive" },
        "issuedAt": token.issued_at,
    })
}

/// A reason for a rejection.
pub(super) fn reason(text: &str) -> Option<Reason> {
    [Reason::Limit, Reason::Risk, Reason::Inactive, Reason::Ordered].into_iter().find(|reason| reason.word() == text)
}
