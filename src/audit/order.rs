//! Has the merchant make one order, which is recognised by its registration.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use super::call::{Call, Output, visit};
use super::client::Client;
use super::payment_url;
use super::run::Plan;
use crate::domain::{EventKind, IMid, ReferenceNo, TXid};
use crate::engine::Engine;

/// How long the order may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How long the registration may take when the order has been made.
const REGISTRATION_LIMIT: Duration = Duration::from_secs(2);
/// How long the first order is repeated: the merchant's program may still be starting.
const START_LIMIT: Duration = Duration::from_secs(20);
/// The time between two of these tries.
const PAUSE: Duration = Duration::from_millis(250);
/// How many redirects within the shop are followed.
const MAX_REDIRECTS: usize = 5;
/// How many events are visited at once.
const BATCH_SIZE: usize = 512;

/// An order.
pub(super) struct Placed {
    pub(super) t_xid: TXid,
    /// The payment page, where the merchant's answer has its URL.
    pub(super) payment_url: Option<Url>,
}

/// Why there is no order.
pub(super) struct NotPlaced {
    pub(super) why: String,
    /// Whether the merchant may only not be ready yet.
    may_pass: bool,
    /// Whether the order was made, and nothing of it came to the gateway.
    pub(super) did_nothing_come: bool,
}

/// What came to the gateway meanwhile.
#[derive(Default)]
struct Arrived {
    registered: Vec<(Option<IMid>, TXid, ReferenceNo)>,
    refused: Option<String>,
    upto: u64,
}

impl Arrived {
    fn read(&mut self, engine: &Engine) {
        loop {
            let upto = engine.store().log.visit(self.upto, BATCH_SIZE, |event| match &event.kind {
                EventKind::Registered { .. } => {
                    if let (Some(t_xid), Some(reference_no)) = (&event.t_xid, &event.reference_no) {
                        self.registered.push((event.i_mid.clone(), t_xid.clone(), reference_no.clone()));
                    }
                }
                EventKind::Refused { endpoint, result_cd, diagnosis, .. } => {
                    self.refused = Some(format!("{endpoint} → {result_cd} {diagnosis}"));
                }
                _ => {}
            });
            if upto == self.upto {
                return;
            }
            self.upto = upto;
        }
    }
}

/// Makes an order. `is_first`: none was made before, so it is tried again where the merchant may not be ready.
pub(super) async fn place(engine: &Engine, client: &Client, plan: &Plan, is_first: bool) -> Result<Placed, NotPlaced> {
    let end = Instant::now() + START_LIMIT;
    loop {
        let error = match place_once(engine, client, plan).await {
            Ok(placed) => return Ok(placed),
            Err(error) => error,
        };
        if !is_first || !error.may_pass {
            return Err(error);
        }
        if Instant::now() + PAUSE >= end {
            let why = format!("no order could be made within {} s: {}", START_LIMIT.as_secs(), error.why);
            return Err(NotPlaced { why, may_pass: false, ..error });
        }
        sleep(PAUSE).await;
    }
}

async fn place_once(engine: &Engine, client: &Client, plan: &Plan) -> Result<Placed, NotPlaced> {
    let mut arrived = Arrived { upto: engine.store().log.last(), ..Arrived::default() };
    let made = make(client, &plan.order).await;
    arrived.read(engine);
    if made.is_ok() {
        // Its answer may be faster than its registration.
        let end = Instant::now() + REGISTRATION_LIMIT;
        while arrived.registered.is_empty()
            && timeout_at(end, engine.store().log.grown_since(arrived.upto)).await.is_ok()
        {
            arrived.read(engine);
        }
    }
    let names = || {
        let names =
            arrived.registered.iter().map(|(_, _, reference_no)| engine.masked(reference_no.as_str()).into_owned());
        names.collect::<Vec<_>>().join(", ")
    };
    let wrong = |why: String| {
        Err(NotPlaced { why: engine.masked(&why).into_owned(), may_pass: false, did_nothing_come: false })
    };
    match (made, arrived.registered.as_slice()) {
        (Ok(payment_url), [(i_mid, t_xid, _)]) => {
            if i_mid.as_ref() != Some(&plan.i_mid) {
                let other = i_mid.as_ref().map_or("no merchant", IMid::as_str);
                return wrong(format!(
                    "the order was registered for {other}, and the audit is of {}",
                    plan.i_mid.as_str()
                ));
            }
            Ok(Placed { t_xid: t_xid.clone(), payment_url })
        }
        (made, []) => {
            let did_nothing_come = made.is_ok() && arrived.refused.is_none();
            let why = made.err().map(|error| format!("the order failed: {error}"));
            let why = why.unwrap_or_else(|| "the order registered no payment".to_owned());
            let refused = arrived.refused.as_ref().map_or_else(String::new, |refused| format!(": {refused}"));
            let why = engine.masked(&(why + &refused)).into_owned();
            Err(NotPlaced { why, may_pass: arrived.refused.is_none(), did_nothing_come })
        }
        (Ok(_), several) => wrong(format!("the order registered {} payments, not one: {}", several.len(), names())),
        (Err(error), _) => wrong(format!("the order failed although it registered {}: {error}", names())),
    }
}

/// Makes the order; returns the URL of the payment page, where the answer has one.
async fn make(client: &Client, order: &Call) -> Result<Option<Url>, String> {
    let mut output = order.run(client, &[], LIMIT).await?;
    for _ in 0..=MAX_REDIRECTS {
        if let Some(url) = find_payment_url(&output) {
            return Ok(Some(url));
        }
        let (Some(url), Some(location)) = (&output.url, &output.location) else { return Ok(None) };
        let next = url.join(location).map_err(|error| format!("{url} leads to {location:?}: {error}"))?;
        output = visit(client, next, LIMIT).await?;
    }
    Err(format!("more than {MAX_REDIRECTS} redirects"))
}

fn find_payment_url(output: &Output) -> Option<Url> {
    output.location.as_deref().and_then(payment_url::find).or_else(|| payment_url::find(&output.body.text()))
}
