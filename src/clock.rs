//! Time, handed in: the machine's, shifted, or standing still until somebody moves it.
//!
//! Nothing else in the crate may ask the machine for the time (`clippy.toml` refuses it).

use std::sync::atomic::{AtomicI64, Ordering};

pub use jiff::{SignedDuration, Timestamp};
use jiff::{Span, SpanRelativeTo};

/// 2026-01-01T00:00:00+07:00: where a manual clock starts unless told otherwise.
pub const MANUAL_START: &str = "2025-12-31T17:00:00Z";

/// The one source of time. Shared behind an `Arc`.
#[derive(Debug)]
pub struct Clock {
    /// Microseconds, and in the lowest bit whether the clock stands. A clock that stands has here its time since the
    /// epoch; one that goes, its distance from the machine's. One word, so that nobody sees half of a change.
    state: AtomicI64,
}

/// The lowest bit of the state.
const STANDS: i64 = 1;

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { state: AtomicI64::new(0) }
    }

    /// A clock that stands at `start` until it is moved.
    pub fn manual(start: Timestamp) -> Self {
        Self { state: AtomicI64::new(start.as_microsecond() << 1 | STANDS) }
    }

    /// Reads `system`, `manual` or an RFC 3339 instant at which a manual clock starts.
    ///
    /// # Errors
    /// A sentence naming what was expected.
    pub fn from_setting(setting: &str) -> Result<Self, String> {
        match setting {
            "system" => Ok(Self::system()),
            "manual" => Ok(Self::manual(parse_instant(MANUAL_START)?)),
            instant => parse_instant(instant).map(Self::manual),
        }
    }

    /// The time now, to the microsecond.
    pub fn now(&self) -> Timestamp {
        let state = self.state.load(Ordering::Acquire);
        let micros = state >> 1;
        let micros = if state & STANDS == STANDS { micros } else { machine_now().as_microsecond() + micros };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// Whether this clock only moves when it is told to.
    pub fn is_manual(&self) -> bool {
        self.state.load(Ordering::Acquire) & STANDS == STANDS
    }

    /// Makes it `instant` now; a clock that goes, goes on from there. Changes are one at a time: whoever makes them
    /// sees to that.
    pub fn set(&self, instant: Timestamp) {
        self.put(instant, self.is_manual());
    }

    /// Stops the clock where it is, or lets it go on from there.
    pub fn stand(&self, stands: bool) {
        self.put(self.now(), stands);
    }

    fn put(&self, instant: Timestamp, stands: bool) {
        let micros = instant.as_microsecond();
        let state = if stands { micros << 1 | STANDS } else { (micros - machine_now().as_microsecond()) << 1 };
        self.state.store(state, Ordering::Release);
    }
}

/// An RFC 3339 instant.
fn parse_instant(text: &str) -> Result<Timestamp, String> {
    let instant: Timestamp = text.parse().map_err(|e| {
        format!("{text:?} is neither `system`, `manual` nor an instant such as 2026-01-01T00:00:00+07:00: {e}")
    })?;
    if (Timestamp::UNIX_EPOCH..=END).contains(&instant) {
        Ok(instant)
    } else {
        Err(format!("{text:?} is not between 1970 and 2999"))
    }
}

/// 2999-12-31T23:59:59Z: no clock gets further, so that no date has more digits than NICEPAY gives it.
pub const END: Timestamp = Timestamp::constant(32_503_679_999, 0);

/// 24 hours.
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Reads `30s`, `2h 30m`, `1d` (24 hours) or `PT30S`.
///
/// # Errors
/// A sentence naming what was expected.
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    text.parse::<SignedDuration>()
        // Days are beyond a plain duration: in a civil calendar they are not all of one length. Here they are.
        .or_else(|_| text.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours())))
        .map_err(|_| format!("{text:?} is no duration such as 30s, 2h 30m, 1d or PT30S"))
}

/// `instant + by`, stopping at [`END`].
pub fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_add(by).unwrap_or(END).min(END)
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
fn machine_now() -> Timestamp {
    Timestamp::now()
}
