//! The run: the drills one after another, until all are done or going on makes no sense.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use url::Url;

use super::call::Call;
use super::client::Client;
use super::clock::StoppedClock;
use super::drill::{self, Done, Run};
use super::drills::Drill;
use super::probe::{Health, Probe};
use crate::background::Background;
use crate::delivery::Connector;
use crate::domain::{Egress, IMid, ReferenceNo, UndocumentedBehavior};
use crate::engine::Engine;

/// No drill begins after this time.
const TIME_LIMIT: Duration = Duration::from_secs(5 * 60);
/// So many drills in a row without an order end the audit.
const MAX_WITHOUT_ORDER: usize = 3;
/// So many drills with a slow merchant end the audit.
const MAX_SLOW: usize = 2;
/// A merchant is slow when it takes more than this part of the timeout of a notification.
const SLOW_PART: u32 = 3;

/// The parts of an auditor.
#[derive(Debug)]
pub struct AuditorSetup {
    /// The engine.
    pub engine: Arc<Engine>,
    /// Moves the clock.
    pub background: Background,
    /// Makes the connections to the merchant.
    pub connector: Connector,
    /// Which addresses may be called.
    pub egress: Egress,
    /// The choices where NICEPAY's documents are silent.
    pub undocumented: UndocumentedBehavior,
    /// The address that the simulator listens on.
    pub address: SocketAddr,
    /// The simulator's address as its links have it, where it is another one.
    pub public_url: Option<String>,
    /// How long a merchant may take to answer a notification.
    pub notification_timeout: Duration,
}

/// Runs audits, one at a time: there is one clock.
#[derive(Debug)]
pub struct Auditor {
    pub(super) engine: Arc<Engine>,
    background: Background,
    pub(super) client: Client,
    pub(super) undocumented: UndocumentedBehavior,
    /// The simulator's own address.
    pub(super) simulator: Url,
    pub(super) public_url: Option<Url>,
    notification_timeout: Duration,
    /// The number of the next sample order.
    pub(super) next_sample: AtomicU64,
}

/// What an audit is about.
#[derive(Debug)]
pub struct Plan {
    /// The merchant.
    pub i_mid: IMid,
    /// Makes an order.
    pub order: Call,
    /// Asks about an order.
    pub probe: Option<Probe>,
    /// Runs the merchant's job that finds payments without a notification.
    pub poll: Option<Call>,
    /// The drills.
    pub drills: Vec<&'static Drill>,
}

/// A drill that was run.
#[derive(Clone, Debug)]
pub struct DrillResult {
    /// The drill.
    pub drill: &'static Drill,
    /// The order.
    pub reference_no: Option<ReferenceNo>,
    /// Why the drill is not complete; none where it is.
    pub error: Option<String>,
    /// Whether the order was made, and nothing of it came to the gateway.
    pub did_nothing_come: bool,
    /// What did not go as it should.
    pub notes: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

/// What happens while an audit runs.
#[derive(Debug)]
pub enum Update<'a> {
    /// A drill begins.
    Begins(&'static Drill),
    /// A drill has ended.
    Ended(&'a DrillResult),
}

/// How an audit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every drill was run.
    Complete,
    /// It was interrupted.
    Interrupted,
    /// Going on made no sense: why.
    GivenUp(String),
}

/// The end of an audit.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The drills that were run.
    pub drills: Vec<DrillResult>,
    /// How it ended.
    pub ending: Ending,
    /// What is wrong with the probe, where something is.
    pub probe_problem: Option<String>,
}

impl Auditor {
    /// An auditor of this simulator.
    ///
    /// # Errors
    /// When an address of the simulator is no URL.
    pub fn new(setup: AuditorSetup) -> Result<Self, url::ParseError> {
        let AuditorSetup {
            engine,
            background,
            connector,
            egress,
            undocumented,
            address,
            public_url,
            notification_timeout,
        } = setup;
        let ip = match address.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        Ok(Self {
            engine,
            background,
            client: Client::new(connector, egress),
            undocumented,
            simulator: Url::parse(&format!("http://{}/", SocketAddr::new(ip, address.port())))?,
            public_url: public_url.map(|url| Url::parse(&url)).transpose()?,
            notification_timeout,
            next_sample: AtomicU64::new(1),
        })
    }

    /// Checks that a URL may be called.
    ///
    /// # Errors
    /// Why it is not called, and the setting that allows it.
    pub fn check_egress(&self, call: &Call) -> Result<(), String> {
        call.check_egress(&self.client)
    }

    /// Runs the drills of a plan, until `stop` is cancelled at the latest.
    ///
    /// # Errors
    /// When another call moves the clock.
    pub async fn run(
        &self,
        plan: &Plan,
        stop: &CancellationToken,
        tell: &(dyn Fn(Update<'_>) + Send + Sync),
    ) -> Result<Outcome, &'static str> {
        let clock = StoppedClock::new(&self.engine, &self.background)
            .ok_or("another call moves the clock: wait until it has ended")?;
        let (health, started) = (Health::default(), Instant::now());
        let run = Run { auditor: self, plan, clock: &clock, health: &health };
        let mut drills: Vec<DrillResult> = Vec::new();
        let mut limits = Limits { slow_after: self.notification_timeout / SLOW_PART, ..Limits::default() };
        let mut ending = Ending::Complete;
        for drill in &plan.drills {
            if started.elapsed() > TIME_LIMIT {
                ending = Ending::GivenUp(format!("the audit took longer than {} minutes", TIME_LIMIT.as_secs() / 60));
                break;
            }
            tell(Update::Begins(drill));
            let began = Instant::now();
            let done = tokio::select! {
                biased;
                () = stop.cancelled() => {
                    ending = Ending::Interrupted;
                    break;
                }
                done = drill::run(&run, drill, limits.is_without_orders()) => done,
            };
            let reason = limits.reason_to_give_up(&done);
            let Done { reference_no, error, mut notes, did_nothing_come, .. } = done;
            // What is the same in every drill is told once.
            notes.retain(|note| !drills.iter().any(|earlier| earlier.notes.contains(note)));
            drills.push(DrillResult { drill, reference_no, error, did_nothing_come, notes, took: began.elapsed() });
            if let Some(last) = drills.last() {
                tell(Update::Ended(last));
            }
            if let Some(reason) = reason.filter(|_| drills.len() < plan.drills.len()) {
                ending = Ending::GivenUp(reason);
                break;
            }
        }
        Ok(Outcome { drills, ending, probe_problem: health.problem() })
    }
}

/// What decides whether the audit goes on.
#[derive(Default)]
struct Limits {
    has_order: bool,
    without_order: usize,
    slow: usize,
    slow_after: Duration,
}

impl Limits {
    /// Whether no order was made so far.
    fn is_without_orders(&self) -> bool {
        !self.has_order
    }

    /// Why the audit does not go on after this drill; none where it does.
    fn reason_to_give_up(&mut self, done: &Done) -> Option<String> {
        self.without_order = if done.is_without_order { self.without_order + 1 } else { 0 };
        self.has_order |= !done.is_without_order;
        let slowest = Duration::try_from(done.slowest).unwrap_or_default();
        self.slow += usize::from(slowest > self.slow_after);
        if !self.has_order {
            return Some("no order was made".to_owned());
        }
        if self.without_order >= MAX_WITHOUT_ORDER {
            return Some(format!("{MAX_WITHOUT_ORDER} orders in a row could not be made"));
        }
        (self.slow >= MAX_SLOW).then(|| {
            format!("the shop took {} s for a notification; all drills would take too long", slowest.as_secs_f64())
        })
    }
}
