//! The demo options at checkout, and the buttons of an order's page that play NICEPAY or the lender. **A merchant does not
//! need this file**: leave it out when you port the shop.

use super::Demo;
use super::exchange_log::{Exchange, ExchangeKind, Finding};
use super::merchant::record;
use super::orders::Order;
use super::simulator::ControlCall;

/// Adds the rule of an order's option.
pub(super) async fn add_rule(demo: &Demo, customer: &str, order: &Order) {
    if let Some(call) = demo.simulator.add_rule(order.chaos, demo.nicepay.i_mid(), &order.reference_no).await {
        record_call(demo, customer, &order.reference_no, ExchangeKind::Rule, &call);
    }
}

/// Decides a review.
pub(super) async fn decide(demo: &Demo, customer: &str, reference_no: &str, approve: bool) {
    if let Some(order) = registered(demo, customer, reference_no) {
        let call = demo.simulator.decide(&order.t_xid, approve).await;
        record_call(demo, customer, reference_no, ExchangeKind::Button, &call);
    }
}

/// Delivers a notification of an order now. One that was delivered meanwhile, or that is another order's, is left alone: the
/// order's page shows how it is.
pub(super) async fn deliver(demo: &Demo, customer: &str, reference_no: &str, notification: &str) {
    let Some(order) = registered(demo, customer, reference_no) else { return };
    let insight = demo.simulator.insight(&order.t_xid).await;
    if insight.coming.iter().any(|coming| coming.id == notification) {
        let call = demo.simulator.deliver(notification).await;
        record_call(demo, customer, reference_no, ExchangeKind::Button, &call);
    }
}

fn registered(demo: &Demo, customer: &str, reference_no: &str) -> Option<Order> {
    let order = demo.customers(|customers| customers.get(customer)?.order(reference_no).cloned());
    order.filter(Order::is_registered)
}

fn record_call(demo: &Demo, customer: &str, reference_no: &str, kind: ExchangeKind, call: &ControlCall) {
    let exchange = Exchange::new(demo.now(), kind, reference_no, &call.request_line, &call.request);
    let finding = match (&call.response, kind) {
        (Ok((200..=299, _)), ExchangeKind::Rule) => Finding::RuleActive,
        (Ok((200..=299, _)), _) => Finding::CarriedOut,
        (Ok((409, _)), _) => Finding::AlreadyCarriedOut,
        _ => Finding::NoResponse("control API".to_owned()),
    };
    let exchange = match &call.response {
        Ok((status, body)) => exchange.with_response(*status, body),
        Err(_) => exchange,
    };
    record(demo, customer, exchange.with_findings(vec![finding]));
}
