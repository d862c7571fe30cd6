//! The clock: the machine's time, shifted, or stopped until it is moved. It never goes back: it runs with the machine's
//! monotonic clock, and follows the machine's time only ahead.
//!
//! Nothing else in the crate may read the machine's time (`clippy.toml` forbids it).

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

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
    started: Instant,
    /// The machine's time at the start, in microseconds since the epoch. It grows with each jump ahead.
    machine_start: AtomicI64,
    /// How far back the machine's time was set, in microseconds, as it was last reported.
    reported_back: AtomicI64,
}

/// The lowest bit of the state.
const STOPPED: i64 = 1;
/// A smaller distance to the machine's time does not count.
const MIN_DISTANCE: i64 = 1_000_000;
/// A smaller jump is none of a user's business.
const MIN_JUMP: i64 = 10_000_000;

/// A jump of the machine's time against what has really passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// It was set ahead, or the machine slept. The clock follows.
    Ahead(SignedDuration),
    /// It was set back. The clock goes on.
    Back(SignedDuration),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(0)
    }

    /// A clock that is stopped at `start` until it is moved.
    pub fn manual(start: Timestamp) -> Self {
        Self::new(start.as_microsecond() << 1 | STOPPED)
    }

    fn new(state: i64) -> Self {
        Self {
            state: AtomicI64::new(state),
            started: Instant::now(),
            machine_start: AtomicI64::new(machine_time().as_microsecond()),
            reported_back: AtomicI64::new(0),
        }
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
        let micros = if state & STOPPED == STOPPED { micros } else { self.machine_now() + micros };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// How far the clock is ahead of the machine's; negative where it is behind.
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_micros(self.now().as_microsecond().saturating_sub(self.machine_now()))
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
        let state = if is_stopped { micros << 1 | STOPPED } else { (micros - self.machine_now()) << 1 };
        self.state.store(state, Ordering::Release);
    }

    /// The machine's time in microseconds, without its jumps back.
    fn machine_now(&self) -> i64 {
        let passed = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.machine_start.load(Ordering::Relaxed).saturating_add(passed)
    }

    /// Follows the machine's time if it is ahead. Returns each large jump once.
    pub fn follow_machine(&self) -> Option<Jump> {
        self.follow(machine_time())
    }

    fn follow(&self, machine_time: Timestamp) -> Option<Jump> {
        let jump = machine_time.as_microsecond() - self.machine_now();
        let reported_back = self.reported_back.load(Ordering::Relaxed);
        if jump >= MIN_DISTANCE {
            self.machine_start.fetch_add(jump, Ordering::Relaxed);
            self.reported_back.store(0, Ordering::Relaxed);
            return (jump >= MIN_JUMP).then(|| Jump::Ahead(SignedDuration::from_micros(jump)));
        }
        let back = if jump <= -MIN_JUMP { -jump } else { 0 };
        if (back - reported_back).abs() < MIN_JUMP {
            return None;
        }
        self.reported_back.store(back, Ordering::Relaxed);
        (back > 0).then(|| Jump::Back(SignedDuration::from_micros(back)))
    }
}

/// The machine's date in UTC: certificates are valid by the machine's time, whatever the simulator's clock says.
#[cfg(feature = "tls")]
pub fn today() -> jiff::civil::Date {
    machine_time().to_zoned(jiff::tz::TimeZone::UTC).date()
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
fn machine_time() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

    /// In seconds.
    fn about(jump: Option<Jump>) -> Option<(bool, i64)> {
        jump.map(|jump| match jump {
            Jump::Ahead(by) => (true, by.as_secs()),
            Jump::Back(by) => (false, by.as_secs()),
        })
    }

    #[test]
    fn a_machine_that_jumps_a_year_ahead_is_followed_and_reported_once() {
        let clock = Clock::system();
        let before = clock.now();
        let jumped = before + YEAR;
        let (_, seconds) = about(clock.follow(jumped)).unwrap();
        assert!((seconds - YEAR.as_secs()).abs() <= 1, "{seconds}");
        assert_eq!(clock.follow(jumped), None);
        assert!(clock.now() >= jumped && clock.now() < jumped + SignedDuration::from_mins(1));
        // A clock that was moved keeps its distance.
        clock.set(clock.now() + YEAR);
        assert!(clock.follow(jumped + YEAR).is_some());
        assert!(clock.now() >= before + YEAR * 3 - SignedDuration::from_secs(1));
    }

    #[test]
    fn a_machine_that_jumps_a_year_back_is_reported_once_and_the_clock_goes_on() {
        let clock = Clock::system();
        let before = clock.now();
        let jumped = before - YEAR;
        let (is_ahead, seconds) = about(clock.follow(jumped)).unwrap();
        assert!(!is_ahead && (seconds - YEAR.as_secs()).abs() <= 1, "{seconds}");
        assert_eq!(clock.follow(jumped), None);
        assert!(clock.now() >= before && clock.now() < before + SignedDuration::from_mins(1), "it goes on");
        // Set right again, and then wrong again.
        assert_eq!(clock.follow(clock.now()), None);
        assert!(matches!(clock.follow(jumped), Some(Jump::Back(_))));
        let now = clock.now();
        assert!(now >= before && now < before + SignedDuration::from_mins(1));
    }

    #[test]
    fn small_steps_are_no_jumps_and_a_stopped_clock_stands() {
        let clock = Clock::system();
        let step = SignedDuration::from_secs(9);
        let before = clock.now();
        assert_eq!(clock.follow(before + step), None);
        assert!(clock.now() >= before + step, "but it is followed");
        assert_eq!(clock.follow(clock.now() - step), None);
        assert!(clock.now() >= before + step);
        let start = parse_instant(MANUAL_START).unwrap();
        let stopped = Clock::manual(start);
        let _ = stopped.follow(machine_time() + YEAR);
        assert_eq!(stopped.now(), start);
    }
}
