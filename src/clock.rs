//! The clock: the machine's time, shifted, or stopped until it is moved.
//!
//! Nothing else in the crate may read the machine's time (`clippy.toml` forbids it).

use std::sync::atomic::{AtomicI64, Ordering};

pub use jiff::{SignedDuration, Timestamp};
use jiff::{Span, SpanRelativeTo};

/// 2026-01-01T00:00:00+07:00: where a manual clock starts by default.
pub const MANUAL_START: &str = "2025-12-31T17:00:00Z";

/// The only source of time, shared behind an `Arc`.
#[derive(Debug)]
pub struct Clock {
    /// Microseconds, and in the lowest bit whether the clock is stopped. The microseconds are the time since the epoch
    /// for a stopped clock, and the distance to the machine's time for a running one. One word, so that a change is
    /// atomic.
    state: AtomicI64,
}

/// The lowest bit of the state.
const STOPPED: i64 = 1;

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { state: AtomicI64::new(0) }
    }

    /// A clock that is stopped at `start` until it is moved.
    pub fn manual(start: Timestamp) -> Self {
        Self { state: AtomicI64::new(start.as_microsecond() << 1 | STOPPED) }
    }

    /// Reads `system`, `manual` or an RFC 3339 instant at which a manual clock starts.
    ///
    /// # Errors
    /// [`ClockSettingError`]
    pub fn from_setting(setting: &str) -> Result<Self, ClockSettingError> {
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
        let micros = if state & STOPPED == STOPPED { micros } else { machine_now().as_microsecond() + micros };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// Whether the clock is stopped: it only changes when it is moved.
    pub fn is_manual(&self) -> bool {
        self.state.load(Ordering::Acquire) & STOPPED == STOPPED
    }

    /// Sets the time; a running clock runs on from there. Callers must not change the clock concurrently.
    pub fn set(&self, instant: Timestamp) {
        self.store(instant, self.is_manual());
    }

    /// Stops the clock, or lets it run on.
    pub fn set_stopped(&self, is_stopped: bool) {
        self.store(self.now(), is_stopped);
    }

    fn store(&self, instant: Timestamp, is_stopped: bool) {
        let micros = instant.as_microsecond();
        let state = if is_stopped { micros << 1 | STOPPED } else { (micros - machine_now().as_microsecond()) << 1 };
        self.state.store(state, Ordering::Release);
    }
}

/// The machine's date in UTC: certificates are valid by the machine's time, whatever the simulator's clock says.
#[cfg(feature = "tls")]
pub fn today() -> jiff::civil::Date {
    machine_now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// A text that is no setting of a clock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockSettingError {
    /// It has another form.
    #[error("{0:?} is neither `system`, `manual` nor an instant such as 2026-01-01T00:00:00+07:00: {1}")]
    Form(String, String),
    /// It is an instant that no clock can show.
    #[error("{0:?} is not between 1970 and 2999")]
    OutOfRange(String),
}

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration such as 30s, 2h 30m, 1d or PT30S")]
pub struct DurationError(String);

/// An RFC 3339 instant.
fn parse_instant(text: &str) -> Result<Timestamp, ClockSettingError> {
    let instant: Timestamp =
        text.parse().map_err(|error: jiff::Error| ClockSettingError::Form(text.to_owned(), error.to_string()))?;
    if (Timestamp::UNIX_EPOCH..=END).contains(&instant) {
        Ok(instant)
    } else {
        Err(ClockSettingError::OutOfRange(text.to_owned()))
    }
}

/// 2999-12-31T23:59:59Z: the latest time of any clock, because dates in the protocol have four digits for the year.
pub const END: Timestamp = Timestamp::constant(32_503_679_999, 0);

/// 24 hours.
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Reads `30s`, `2h 30m`, `1d` (24 hours) or `PT30S`.
///
/// # Errors
/// [`DurationError`]
pub fn parse_duration(text: &str) -> Result<SignedDuration, DurationError> {
    text.parse::<SignedDuration>()
        // A plain duration has no days, because calendar days differ in length. Here a day has 24 hours.
        .or_else(|_| text.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours())))
        .map_err(|_| DurationError(text.to_owned()))
}

/// `instant + by`, but not after [`END`].
pub fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_add(by).unwrap_or(END).min(END)
}

#[expect(clippy::disallowed_methods, reason = "the only place that reads the machine's time")]
fn machine_now() -> Timestamp {
    Timestamp::now()
}
