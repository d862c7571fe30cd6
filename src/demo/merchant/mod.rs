//! What a merchant does with NICEPAY, step by step: this is the reference for an integration.
//!
//! * [`payment`]: register an order, send the browser to pay, and handle the callback, the notification and the inquiry
//! * [`linking`]: link and unlink an account, store its user token, and read its limits
//!
//! No lock is held while a request is sent: the customer is read, NICEPAY is called, the customer is changed.

pub(super) mod linking;
pub(super) mod payment;

use super::Demo;
use super::exchange_log::{Exchange, Finding};
use super::nicepay::Fields;

/// The answer to a notification. NICEPAY takes 200 for "delivered" and retries after everything else
/// (`docs/PROTOCOL.md` §2.3).
pub(super) type Reply = (u16, &'static str);

const OK: Reply = (200, "OK");
const WRONG_TOKEN: Reply = (403, "merchantToken");
const UNKNOWN_ORDER: Reply = (404, "unknown");
const WRONG_AMOUNT: Reply = (400, "amt");
const RETRY: Reply = (503, "again");

/// Adds an exchange to the customer's log and returns its number.
pub(super) fn record(demo: &Demo, customer: &str, exchange: Exchange) -> u64 {
    demo.customers(|customers| customers.get_mut(customer).map_or(0, |customer| customer.log.push(exchange)))
}

/// Adds the reply and the findings to the recorded notification `no`.
fn finish(demo: &Demo, customer: &str, no: u64, reply: Reply, findings: Vec<Finding>) -> Reply {
    demo.customers(|customers| {
        if let Some(customer) = customers.get_mut(customer) {
            customer.log.finish(no, reply.0, reply.1, findings);
        }
    });
    reply
}

/// The fields as a form.
fn form_encoded(fields: &Fields) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields.all()).finish()
}

/// The `resultCd` of a callback, cut: it comes from a browser.
fn result_cd(fields: &Fields) -> String {
    fields.text("resultCd").chars().take(8).collect()
}
