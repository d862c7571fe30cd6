//! How many checks of the integration report failed, for the navigation.

use std::time::Duration;

use actix_web::web::Data;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::control::{Control, integration_report};
use crate::page::Lang;

/// The rest after a count, in times of its duration: counting takes at most a twentieth of the time.
const REST: u32 = 19;
/// The shortest rest.
const MIN_REST: Duration = Duration::from_millis(500);

/// The number of failed checks in the report on all merchants.
///
/// A report reads the whole log, so no page waits for one: it shows the last known number, and asks for a new one where
/// the log has changed. That is counted in a thread of its own, one at a time. A count that takes `t` is followed by a
/// rest of `19 t`, at least half a second. So a number is out of date for at most `21 t`, at least `0.5 s + 2 t`, after a
/// page or a stream has asked. Nothing is counted while nobody looks. A reset sets the number to 0.
#[derive(Debug)]
pub(super) struct FailedChecks(watch::Sender<State>);

#[derive(Clone, Debug)]
struct State {
    failed: usize,
    /// What it was counted from.
    of: Stamp,
    /// The newest that somebody has asked for.
    wanted: Stamp,
    is_counting: bool,
    /// When the next count may begin.
    not_before: Instant,
}

/// A state of the log: its last event, and the number of resets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp {
    resets: u64,
    last: u64,
}

impl Stamp {
    fn now(control: &Control) -> Self {
        let log = control.engine.store().log;
        Self { last: log.last(), resets: log.resets() }
    }
}

impl FailedChecks {
    pub(super) fn new() -> Self {
        let state = State {
            failed: 0,
            of: Stamp::default(),
            wanted: Stamp::default(),
            is_counting: false,
            not_before: Instant::now(),
        };
        Self(watch::Sender::new(state))
    }

    /// The last known number.
    pub(super) fn known(&self, control: &Data<Control>) -> usize {
        let now = Stamp::now(control);
        let mut begins = false;
        self.0.send_if_modified(|state| {
            let is_reset = state.of.resets != now.resets && state.failed > 0;
            if is_reset {
                state.failed = 0;
            }
            state.wanted = state.wanted.max(now);
            begins = !state.is_counting && state.of < state.wanted;
            state.is_counting |= begins;
            is_reset
        });
        if begins {
            tokio::spawn(count_until_known(self.0.clone(), control.clone()));
        }
        self.0.borrow().failed
    }

    /// Hears of every other number.
    pub(super) fn changes(&self) -> Changes {
        Changes(self.0.subscribe())
    }
}

/// Hears of every other number.
pub(super) struct Changes(watch::Receiver<State>);

impl Changes {
    /// Completes when the number is another one than at the last call.
    pub(super) async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            // The simulator stops.
            std::future::pending::<()>().await;
        }
    }
}

/// Counts, and again if somebody has asked meanwhile.
async fn count_until_known(state: watch::Sender<State>, control: Data<Control>) {
    loop {
        let not_before = state.borrow().not_before;
        tokio::select! {
            () = control.stopping.cancelled() => return,
            () = sleep_until(not_before) => {}
        }
        let of = Stamp::now(&control);
        let reader = control.clone();
        let make = move || {
            let began = Instant::now();
            let report = integration_report(&reader.engine, reader.profile, None, Lang::En);
            (report.summary.fail, began.elapsed())
        };
        let (failed, took) = control.one_report(make).await.unwrap_or_default();
        let is_reset = Stamp::now(&control).resets != of.resets;
        let mut is_known = true;
        state.send_if_modified(|state| {
            let before = state.failed;
            state.failed = if is_reset { 0 } else { failed };
            state.of = of;
            is_known = state.wanted <= of;
            state.is_counting = !is_known;
            state.not_before = Instant::now() + (took * REST).max(MIN_REST);
            state.failed != before
        });
        if is_known {
            return;
        }
    }
}
