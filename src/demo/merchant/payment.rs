//! Payments: registration, redirect, callback, notification and inquiry.

use super::{
    OK, RETRY, Reply, UNKNOWN_ORDER, WRONG_AMOUNT, WRONG_TOKEN, finish, form_encoded, linking, record, result_cd,
};
use crate::clock::Timestamp;
use crate::demo::Demo;
use crate::demo::catalog::BUYER;
use crate::demo::customers::Step;
use crate::demo::exchange_log::{Exchange, ExchangeKind, Finding, not_accepted};
use crate::demo::nicepay::{Call, Fields, Mode, Notification, PaymentStatus, Purchase, Response};
use crate::demo::options;
use crate::demo::orders::{CallbackResult, Effect, Forged, Order, Stage};
use crate::paths;

/// What identifies an order in an inquiry.
struct OrderKey {
    t_xid: String,
    reference_no: String,
    amt: String,
}

impl OrderKey {
    fn new(order: &Order) -> Self {
        Self { t_xid: order.t_xid.clone(), reference_no: order.reference_no.clone(), amt: order.amt() }
    }
}

/// Registers an order that is stored already. Returns whether NICEPAY accepted it.
pub(in crate::demo) async fn register(
    demo: &Demo,
    customer: &str,
    order: Order,
    user_ip: String,
    user_agent: String,
) -> bool {
    // Only for the demo.
    options::add_rule(demo, customer, &order).await;
    let purchase = Purchase {
        reference_no: &order.reference_no,
        line: order.product.line(order.quantity),
        buyer: &BUYER,
        months: order.months,
        mode: &order.mode,
        user_ip,
        user_agent,
        notify_url: demo.own_url(paths::DEMO_NOTIFICATION),
    };
    let call = demo.nicepay.register(demo.now(), &purchase).await;
    let (stage, t_xid) = match &call.result {
        Ok(response) if response.accepted() => (Stage::Waiting, response.text("tXid").to_owned()),
        Ok(response) => (refused(response), String::new()),
        // NICEPAY may have registered it. The referenceNo is used up: the customer orders again.
        Err(error) => (Stage::Unanswered(error.to_string()), String::new()),
    };
    let accepted = stage == Stage::Waiting;
    let mut exchange = Exchange::from_call(demo.now(), ExchangeKind::Registration, &order.reference_no, &call);
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return };
        // 9920: the token is not valid any more (`docs/PROTOCOL.md` §4.9). With it, every payment would be refused.
        if let (Mode::Token { user_token }, Stage::Refused { code, .. }) = (&order.mode, &stage)
            && code == "9920"
            && customer.linked.as_ref().is_some_and(|linked| linked.user_token == *user_token)
        {
            customer.linked = None;
            exchange.findings.push(Finding::UserTokenDeleted);
        }
        customer.log.push(exchange);
        if let Some(order) = customer.order_mut(&order.reference_no) {
            (order.stage, order.t_xid) = (stage, t_xid);
        }
    });
    accepted
}

/// The address at which a registered order is paid, for a browser that sees the shop at `base`.
pub(in crate::demo) fn payment_url(demo: &Demo, customer: &str, reference_no: &str, base: &str) -> Option<String> {
    demo.customers(|customers| {
        let customer = customers.get_mut(customer)?;
        let order = customer.order_mut(reference_no)?;
        if order.t_xid.is_empty() {
            return None;
        }
        let callback = format!("{base}{}", paths::demo_return(reference_no));
        let amt = order.amt();
        let key = (order.t_xid.as_str(), order.reference_no.as_str(), amt.as_str());
        let url = demo.nicepay.payment_url(demo.now(), (base, &callback), key);
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        let exchange = Exchange::new(demo.now(), ExchangeKind::Redirect, reference_no, &format!("GET {path}"), query);
        customer.log.push(exchange.with_findings(vec![Finding::Redirected]));
        Some(url)
    })
}

/// The browser has returned. The callback proves nothing (`docs/PROTOCOL.md` §2.4), so the shop sends an inquiry. Even
/// after "paid" it waits for the notification before it packs the goods.
pub(in crate::demo) async fn handle_callback(demo: &Demo, customer: &str, reference_no: &str, fields: &Fields) {
    let result_cd = result_cd(fields);
    let key = demo.customers(|customers| {
        let customer = customers.get_mut(customer)?;
        let order = customer.order_mut(reference_no).filter(|order| order.is_registered())?;
        let key = OrderKey::new(order);
        order.callback = Some(CallbackResult { result_cd: result_cd.clone(), status: String::new() });
        let line = format!("GET {}", paths::demo_return(reference_no));
        let exchange = Exchange::new(demo.now(), ExchangeKind::Callback, reference_no, &line, &form_encoded(fields));
        customer.log.push(exchange.with_response(303, "").with_findings(vec![Finding::Unsigned(result_cd)]));
        Some(key)
    });
    if let Some(key) = key {
        update_order(demo, customer, &key).await;
    }
}

/// Updates an order because a customer asks for its status.
pub(in crate::demo) async fn check_status(demo: &Demo, customer: &str, reference_no: &str) {
    let key = demo.customers(|customers| {
        customers.get(customer)?.order(reference_no).filter(|order| order.is_registered()).map(OrderKey::new)
    });
    if let Some(key) = key {
        update_order(demo, customer, &key).await;
    }
}

async fn update_order(demo: &Demo, customer: &str, key: &OrderKey) {
    let (call, status) = inquire(demo, key).await;
    let mut exchange = inquiry_exchange(demo, key, &call, status.as_ref());
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return };
        let order = customer.order_mut(&key.reference_no);
        if order.is_some_and(|order| apply_inquiry(order, &call, status.as_ref(), demo.now())) {
            exchange.findings.push(Finding::Effect(Effect::Fulfilled));
            if customer.order(&key.reference_no).is_some_and(Order::is_seamless) {
                customer.mark_done(Step::OneClick);
            }
        }
        customer.log.push(exchange);
    });
}

/// Applies an inquiry to an order. Returns whether the goods are packed because of it.
fn apply_inquiry(order: &mut Order, call: &Call, status: Option<&PaymentStatus>, now: Timestamp) -> bool {
    match (&call.result, status) {
        (_, Some(status)) => {
            if let Some(callback) = &mut order.callback {
                callback.status.clone_from(&status.status);
            }
            return order.apply_inquiry(status, now) == Effect::Fulfilled;
        }
        // NICEPAY does not know the transaction (9528) or the merchant (9011, 9010): the order cannot be paid.
        (Ok(response), None)
            if !response.accepted() && !matches!(order.stage, Stage::Paid { .. } | Stage::Refunded) =>
        {
            order.stage = if response.text("resultCd") == "9528" { Stage::Unknown } else { refused(response) };
        }
        _ => {}
    }
    false
}

async fn inquire(demo: &Demo, key: &OrderKey) -> (Call, Option<PaymentStatus>) {
    let call = demo.nicepay.inquire(demo.now(), &key.t_xid, &key.reference_no, &key.amt).await;
    let accepted = call.accepted();
    let status =
        accepted.and_then(|response| PaymentStatus::from_response(response, &key.t_xid, &key.reference_no, &key.amt));
    (call, status)
}

fn inquiry_exchange(demo: &Demo, key: &OrderKey, call: &Call, status: Option<&PaymentStatus>) -> Exchange {
    let exchange = Exchange::from_call(demo.now(), ExchangeKind::Inquiry, &key.reference_no, call);
    match status {
        Some(status) => exchange.with_findings(vec![Finding::Status(status.status.clone())]),
        None if call.accepted().is_some() => exchange.with_findings(vec![Finding::InquiryMismatch]),
        None => exchange,
    }
}

/// Handles the notification of a payment.
///
/// 1. Is it about one of our orders, and is its merchantToken valid?
/// 2. Is the amount the order's?
/// 3. Was it confirmed before? Then it is a repeat: 200, and nothing else.
/// 4. What does the inquiry say? The order is changed accordingly, and once.
/// 5. Does it contain a user token? It is stored if Kredivo confirms it.
pub(in crate::demo) async fn handle_notification(demo: &Demo, fields: Fields) -> Reply {
    let notification = Notification::new(fields.clone());
    let reference_no = notification.reference_no();
    // A notification that names no order of ours is not recorded.
    let found = demo.customers(|customers| {
        let name = customers.owner(reference_no)?.to_owned();
        let order = customers.get(&name)?.order(reference_no)?;
        Some((name, OrderKey::new(order), order.has_confirmed(notification.status())))
    });
    let Some((customer, key, is_repeat)) = found else { return UNKNOWN_ORDER };
    let line = format!("POST {}", paths::DEMO_NOTIFICATION);
    let exchange = Exchange::new(demo.now(), ExchangeKind::Notification, reference_no, &line, &form_encoded(&fields));
    let no = record(demo, &customer, exchange);
    let finish = |reply, findings| finish(demo, &customer, no, reply, findings);

    if notification.check_payment(&demo.nicepay).is_err() {
        return finish(WRONG_TOKEN, vec![Finding::TokenInvalid]);
    }
    if key.t_xid.is_empty() {
        // The notification came before the response to the registration. At the next attempt the tXid is known.
        return finish(RETRY, vec![Finding::TokenValid, Finding::RetryRequested]);
    }
    if notification.t_xid() != key.t_xid {
        return finish(UNKNOWN_ORDER, vec![Finding::TokenValid, Finding::OrderMismatch]);
    }
    if notification.amt() != key.amt {
        return finish(WRONG_AMOUNT, vec![Finding::TokenValid, Finding::AmountMismatch]);
    }
    if is_repeat {
        demo.customers(|customers| {
            let order = customers.get_mut(&customer).and_then(|customer| customer.order_mut(reference_no));
            if let Some(order) = order {
                order.count_confirmed(notification.status());
            }
        });
        return finish(OK, vec![Finding::TokenValid, Finding::Repeat]);
    }

    let (call, status) = inquire(demo, &key).await;
    record(demo, &customer, inquiry_exchange(demo, &key, &call, status.as_ref()));
    let Some(status) = status else {
        // Without an inquiry nothing is decided. NICEPAY sends the notification again.
        let finding = if call.accepted().is_some() { Finding::InquiryMismatch } else { not_accepted(&call) };
        return finish(RETRY, vec![Finding::TokenValid, finding, Finding::RetryRequested]);
    };
    let mut findings = vec![Finding::TokenValid, Finding::Status(status.status.clone())];
    findings.extend(apply_notification(demo, &customer, &notification, &status).await);
    finish(OK, findings)
}

/// Applies a notification, after the inquiry has confirmed or corrected its status.
async fn apply_notification(
    demo: &Demo,
    customer: &str,
    notification: &Notification,
    status: &PaymentStatus,
) -> Vec<Finding> {
    let (reference_no, claimed) = (notification.reference_no(), notification.status());
    let applied = demo.customers(|customers| {
        let customer = customers.get_mut(customer)?;
        let order = customer.order_mut(reference_no)?;
        let effect = order.apply_notification(claimed, status, demo.now());
        // One that is late tells of an earlier status: nobody lies.
        let is_outdated = matches!((claimed, status.status.as_str()), ("3", "0" | "1" | "2" | "8") | ("0", "1" | "2"));
        let forged = (claimed != status.status && !is_outdated)
            .then(|| Forged { claimed: claimed.chars().take(8).collect(), real: status.status.clone() });
        order.forged = forged.clone().or_else(|| order.forged.take());
        let (links, seamless) = (order.is_linking(), order.is_seamless());
        if effect == Effect::Fulfilled && seamless {
            customer.mark_done(Step::OneClick);
        }
        let links = links && customer.client_user_key == notification.client_user_key();
        let untrue = is_outdated.then_some(Finding::Outdated).or(forged.map(Finding::Forged));
        Some((effect, seamless, links, untrue))
    });
    let Some((effect, seamless, links, untrue)) = applied else { return Vec::new() };
    let mut findings = Vec::from_iter(untrue);
    findings.push(Finding::Effect(effect));
    if seamless && effect == Effect::Fulfilled {
        // The limits are lower now: the next one-click order needs them.
        linking::refresh_limits(demo, customer).await;
    }
    if links && effect == Effect::Fulfilled && !notification.user_token().is_empty() {
        let user_token = notification.user_token();
        findings.push(linking::store_user_token(demo, customer, reference_no, user_token, Step::BuyAndLink).await);
    }
    findings
}

/// The stage of an order that NICEPAY refuses.
fn refused(response: &Response) -> Stage {
    let (code, message) = (response.text("resultCd").to_owned(), response.text("resultMsg").to_owned());
    Stage::Refused { code, message, diagnosis: response.diagnosis.clone() }
}
