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
                EventKind::Refused { endpoint, result_cd, diagnosis } => {
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
            return Err(NotPlaced { why, may_pass: false });
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
    let wrong = |why: String| Err(NotPlaced { why: engine.masked(&why).into_owned(), may_pass: false });
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
        (Ok(_), []) => match &arrived.refused {
            Some(refused) => wrong(format!("no payment was registered: {refused}")),
            None => Err(NotPlaced { why: "the order registered no payment".to_owned(), may_pass: true }),
        },
        (Ok(_), several) => wrong(format!("the order registered {} payments, not one: {}", several.len(), names())),
        (Err(error), []) => match &arrived.refused {
            Some(refused) => wrong(format!("the order failed: {error}; {refused}")),
            None => Err(NotPlaced { why: format!("the order failed: {}", engine.masked(&error)), may_pass: true }),
        },
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
