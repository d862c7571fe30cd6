//! Linked accounts: linking without a purchase, the user token, its limits, and unlinking.

use super::{OK, RETRY, Reply, UNKNOWN_ORDER, WRONG_TOKEN, finish, form_encoded, record, result_cd};
use crate::demo::Demo;
use crate::demo::catalog::BUYER;
use crate::demo::customers::{Details, LinkingStage, Step};
use crate::demo::exchange_log::{Exchange, ExchangeKind, Finding};
use crate::demo::nicepay::{Binding, Call, Fields, Notification};
use crate::paths;

/// Stores a user token if Kredivo confirms it. The merchantToken does not cover it, so it could be anyone's.
pub(super) async fn store_user_token(
    demo: &Demo,
    customer: &str,
    reference_no: &str,
    user_token: &str,
    step: Step,
) -> Finding {
    let call = demo.nicepay.user_details(demo.now(), user_token).await;
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return Finding::UserTokenNotStored };
        customer.log.push(Exchange::from_call(demo.now(), ExchangeKind::UserDetails, reference_no, &call));
        let Some(response) = call.accepted() else { return Finding::UserTokenNotStored };
        customer.link(user_token, response, demo.now());
        customer.mark_done(step);
        Finding::UserTokenStored
    })
}

/// Starts to link an account without a purchase. Returns the address for the browser.
pub(in crate::demo) async fn link(demo: &Demo, customer: &str, phone: &str, base: &str) -> Result<String, Call> {
    let (reference_no, key) = demo.customers(|customers| {
        let reference_no = demo.reference_no(customers);
        let key = customers.get(customer).map(|customer| customer.client_user_key.clone()).unwrap_or_default();
        customers.add_linking(customer, reference_no.clone());
        (reference_no, key)
    });
    let binding = Binding {
        reference_no: &reference_no,
        buyer: &BUYER,
        phone,
        client_user_key: &key,
        notify_url: demo.own_url(paths::DEMO_BINDING),
        callback_url: format!("{base}{}", paths::demo_linked(&reference_no)),
    };
    let call = demo.nicepay.bind(demo.now(), &binding).await;
    record(demo, customer, Exchange::from_call(demo.now(), ExchangeKind::Binding, &reference_no, &call));
    let address = call.accepted().map(|response| response.text("redirectUrl").to_owned());
    // The browser is sent to web addresses only.
    if let Some(address) = address.filter(|address| address.starts_with("http://") || address.starts_with("https://")) {
        let (path, query) = address.split_once('?').unwrap_or((&address, ""));
        let exchange = Exchange::new(demo.now(), ExchangeKind::Redirect, &reference_no, &format!("GET {path}"), query);
        record(demo, customer, exchange.with_findings(vec![Finding::Redirected]));
        return Ok(address);
    }
    set_stage(demo, customer, &reference_no, LinkingStage::Failed);
    Err(call)
}

/// The browser has returned from linking. The token comes with the notification; the callback only announces it.
pub(in crate::demo) fn handle_callback(demo: &Demo, customer: &str, reference_no: &str, fields: &Fields) {
    let result_cd = result_cd(fields);
    let line = format!("GET {}", paths::demo_linked(reference_no));
    let exchange = Exchange::new(demo.now(), ExchangeKind::Callback, reference_no, &line, &form_encoded(fields));
    let stage = if result_cd == "0000" { LinkingStage::Returned } else { LinkingStage::Failed };
    let exchange = exchange.with_response(303, "").with_findings(vec![Finding::Unsigned(result_cd)]);
    record(demo, customer, exchange);
    set_stage(demo, customer, reference_no, stage);
}

fn set_stage(demo: &Demo, customer: &str, reference_no: &str, stage: LinkingStage) {
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return };
        // A linked account stays linked, also after the browser's Back button.
        if let Some(linking) = customer.linking_mut(reference_no).filter(|it| it.stage != LinkingStage::Done) {
            linking.stage = stage;
        }
    });
}

/// Handles the notification of a linked account (`docs/PROTOCOL.md` §2.3.1). There is no inquiry for it: `user-details`
/// confirms the token.
pub(in crate::demo) async fn handle_notification(demo: &Demo, fields: Fields) -> Reply {
    let notification = Notification::new(fields.clone());
    let reference_no = notification.reference_no();
    let found = demo.customers(|customers| {
        let name = customers.owner(reference_no)?.to_owned();
        let customer = customers.get(&name)?;
        let linking = customer.linkings.iter().find(|linking| linking.reference_no == reference_no)?;
        Some((name, linking.stage == LinkingStage::Done, customer.client_user_key.clone()))
    });
    let Some((customer, is_repeat, key)) = found else { return UNKNOWN_ORDER };
    let line = format!("POST {}", paths::DEMO_BINDING);
    let exchange = Exchange::new(demo.now(), ExchangeKind::Notification, reference_no, &line, &form_encoded(&fields));
    let no = record(demo, &customer, exchange);
    let (reply, findings) = if notification.check_binding(&demo.nicepay).is_err() {
        (WRONG_TOKEN, vec![Finding::TokenInvalid])
    } else if notification.client_user_key() != key {
        (UNKNOWN_ORDER, vec![Finding::TokenValid, Finding::OrderMismatch])
    } else if is_repeat {
        (OK, vec![Finding::TokenValid, Finding::Repeat])
    } else {
        match store_user_token(demo, &customer, reference_no, notification.user_token(), Step::Link).await {
            Finding::UserTokenStored => {
                set_stage(demo, &customer, reference_no, LinkingStage::Done);
                (OK, vec![Finding::TokenValid, Finding::UserTokenStored])
            }
            other => (RETRY, vec![Finding::TokenValid, other, Finding::RetryRequested]),
        }
    };
    finish(demo, &customer, no, reply, findings)
}

/// Unlinks an account: first at NICEPAY, then here. Returns the call if it failed.
pub(in crate::demo) async fn unlink(demo: &Demo, customer: &str) -> Result<(), Call> {
    let Some(user_token) = user_token(demo, customer) else { return Ok(()) };
    let call = demo.nicepay.remove_token(demo.now(), &user_token).await;
    let mut exchange = Exchange::from_call(demo.now(), ExchangeKind::RemoveToken, "", &call);
    // 9920: NICEPAY does not know the token, or no longer. Then it is deleted here, too.
    let removed = call.accepted().is_some() || call.refused_with("9920");
    if removed {
        exchange.findings.push(Finding::UserTokenDeleted);
    }
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return };
        customer.log.push(exchange);
        if removed && customer.linked.as_ref().is_some_and(|linked| linked.user_token == user_token) {
            customer.linked = None;
        }
        if call.accepted().is_some() {
            customer.mark_done(Step::Unlink);
        }
    });
    if removed { Ok(()) } else { Err(call) }
}

/// Reads the limits of the linked account again.
pub(in crate::demo) async fn refresh_limits(demo: &Demo, customer: &str) {
    let Some(user_token) = user_token(demo, customer) else { return };
    let call = demo.nicepay.user_details(demo.now(), &user_token).await;
    let mut exchange = Exchange::from_call(demo.now(), ExchangeKind::UserDetails, "", &call);
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return };
        // Another account may have been linked meanwhile.
        let linked = customer.linked.as_mut().filter(|linked| linked.user_token == user_token);
        if let Some(linked) = linked {
            if let Some(response) = call.accepted() {
                linked.details = Some(Details::from_response(response, demo.now()));
            } else if call.refused_with("9920") {
                customer.linked = None;
                exchange.findings.push(Finding::UserTokenDeleted);
            }
        }
        customer.log.push(exchange);
    });
}

fn user_token(demo: &Demo, customer: &str) -> Option<String> {
    demo.customers(|customers| Some(customers.get(customer)?.linked.as_ref()?.user_token.clone()))
}
