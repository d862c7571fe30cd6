//! Time, handed in: the machine's, shifted, or standing still until somebody moves it.
//!
//! Nothing else in the crate may ask the machine for the time (`clippy.toml` refuses it).

use std::sync::atomic::{AtomicI64, Ordering};

pub use jiff::{SignedDuration, Timestamp};
use jiff::{Span, SpanRelativeTo};
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};

/// 2026-01-01T00:00:00+07:00: where a manual clock starts unless told otherwise.
pub const MANUAL_START: &str = "2025-12-31T17:00:00Z";

/// What makes a clock go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drive {
    /// The machine's clock plus an offset.
    System,
    /// Nothing but [`Clock::set`].
    Manual,
}

/// The one source of time. Shared behind an `Arc`.
#[derive(Debug)]
pub struct Clock {
    drive: Drive,
    /// Microseconds: the offset of a system clock, or a manual clock's time since the epoch.
    micros: AtomicI64,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { drive: Drive::System, micros: AtomicI64::new(0) }
    }

    /// A clock that stands at `start` until it is moved.
    pub fn manual(start: Timestamp) -> Self {
        Self { drive: Drive::Manual, micros: AtomicI64::new(start.as_microsecond()) }
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
        let micros = self.micros.load(Ordering::Acquire);
        let micros = match self.drive {
            Drive::System => machine_now().as_microsecond().saturating_add(micros),
            Drive::Manual => micros,
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// Whether this clock only moves when it is told to.
    pub fn is_manual(&self) -> bool {
        self.drive == Drive::Manual
    }

    /// Makes it `instant` now. Under a system clock time goes on from there.
    pub fn set(&self, instant: Timestamp) {
        let micros = match self.drive {
            Drive::System => instant.as_microsecond() - machine_now().as_microsecond(),
            Drive::Manual => instant.as_microsecond(),
        };
        self.micros.store(micros, Ordering::Release);
    }
}

/// An RFC 3339 instant.
fn parse_instant(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|e| {
        format!("{text:?} is neither `system`, `manual` nor an instant such as 2026-01-01T00:00:00+07:00: {e}")
    })
}

/// Seconds in a day.
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

/// [`duration`], as a field of something that is deserialized.
///
/// # Errors
/// As [`duration`].
pub fn deserialize_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignedDuration, D::Error> {
    duration(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// `instant + by`, stopping at the end of time.
pub fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
fn machine_now() -> Timestamp {
    Timestamp::now()
}
