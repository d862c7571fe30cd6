//! NICEPAY's transaction numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use jiff::tz::Offset;

use super::ids::{IMid, TXid};

/// Makes tXids: `iMid` + payMethod + `yyyyMMddHHmmss` in WIB + four digits of a counter (`docs/PROTOCOL.md` §3.1).
///
/// They are unique whatever the clock does: when a second's 10,000 numbers are used up, or when the clock is moved
/// back, the date-time part runs ahead of the clock.
#[derive(Debug)]
pub struct TXidSource {
    /// Second since the epoch (36 bits), how many of it are used (14 bits), the counter modulo 10,000 (14 bits).
    state: AtomicU64,
}

/// Numbers there are in one second.
const A_SECOND_HOLDS: u64 = 10_000;
const BITS: u64 = 14;
const MASK: u64 = (1 << BITS) - 1;

impl TXidSource {
    /// Starts counting at `tail`, as the real counter was never seen at zero.
    pub fn starting_at(tail: u16) -> Self {
        Self { state: AtomicU64::new(u64::from(tail) % A_SECOND_HOLDS) }
    }

    /// The next one, with the second it carries.
    pub fn next(&self, i_mid: &IMid, pay_method: &str, now: Timestamp) -> (TXid, Timestamp) {
        let now = u64::try_from(now.as_second()).unwrap_or(0);
        let mut taken = (0, 0);
        let step = |state: u64| {
            let (mut second, mut used, counter) = (state >> (2 * BITS), (state >> BITS) & MASK, state & MASK);
            if second < now {
                (second, used) = (now, 0);
            } else if used == A_SECOND_HOLDS {
                (second, used) = (second + 1, 0);
            }
            taken = (second, counter);
            Some(second << (2 * BITS) | (used + 1) << BITS | ((counter + 1) % A_SECOND_HOLDS))
        };
        // `step` always returns a next state, so this cannot fail.
        let _ = self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, step);
        let second = Timestamp::from_second(i64::try_from(taken.0).unwrap_or(i64::MAX)).unwrap_or(Timestamp::MAX);
        (format(i_mid, pay_method, second, taken.1), second)
    }
}

/// WIB: what every date on NICEPAY's wire is in, whatever the host's zone (`docs/PROTOCOL.md` §3.2).
pub const WIB: Offset = Offset::constant(7);

fn format(i_mid: &IMid, pay_method: &str, second: Timestamp, counter: u64) -> TXid {
    let at = WIB.to_datetime(second);
    let mut text = String::with_capacity(32);
    text.push_str(i_mid.as_str());
    text.push_str(pay_method);
    let mut digits = |mut n: u64, width: u32| {
        let mut place = 10_u64.pow(width - 1);
        while place > 0 {
            text.push(char::from(b'0' + u8::try_from(n / place % 10).unwrap_or(0)));
            n %= place.saturating_mul(10);
            place /= 10;
        }
    };
    digits(u64::try_from(at.year()).unwrap_or(0), 4);
    for part in [at.month(), at.day(), at.hour(), at.minute(), at.second()] {
        digits(u64::try_from(part).unwrap_or(0), 2);
    }
    digits(counter, 4);
    TXid::from_source(text)
}

/// Characters of a tXid's date, time and counter.
const TAIL: usize = 18;

/// A tXid of the same form that nobody has: its year is 1999. A text of another form is followed by 1999.
pub fn unheard_of(t_xid: &str) -> String {
    match t_xid.len().checked_sub(TAIL).and_then(|year| t_xid.get(..year).zip(t_xid.get(year + 4..))) {
        Some((before, after)) => format!("{before}1999{after}"),
        None => format!("{t_xid}1999"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn has_the_published_form() {
        let source = TXidSource::starting_at(9795);
        let (id, _) = source.next(&IMid::new("PAYLOANTES").unwrap(), "06", at("2021-09-13T09:37:19+07:00"));
        assert_eq!(id.as_str(), "PAYLOANTES06202109130937199795", "the first published sample");
    }

    #[test]
    fn one_that_nobody_has_keeps_its_form() {
        assert_eq!(unheard_of("PAYLOANTES06202109130937199795"), "PAYLOANTES06199909130937199795");
        assert_eq!((unheard_of("x"), unheard_of("")), ("x1999".to_owned(), "1999".to_owned()));
        assert_eq!(unheard_of("é02109130937199795"), "é021091309371997951999", "not inside a character");
    }

    #[test]
    fn stays_unique_when_the_clock_stands_still_or_goes_back() {
        let (source, shop) = (TXidSource::starting_at(1), IMid::new("PAYLOANTES").unwrap());
        let now = at("2026-01-01T00:00:00+07:00");
        let mut seen = HashSet::new();
        for _ in 0..25_000 {
            assert!(seen.insert(source.next(&shop, "06", now).0));
        }
        let (_, ran_ahead_to) = source.next(&shop, "06", at("2025-01-01T00:00:00+07:00"));
        assert_eq!(ran_ahead_to, at("2026-01-01T00:00:02+07:00"));
    }
}
