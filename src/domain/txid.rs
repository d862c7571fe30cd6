//! NICEPAY's transaction numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use jiff::tz::Offset;

use super::accounts::{IMid, TXid};

/// Makes tXids: `iMid` + payMethod + `yyyyMMddHHmmss` in WIB + four digits of a counter (`docs/PROTOCOL.md` §3.1).
///
/// They are unique whatever the clock does: when the 10,000 numbers of a second are used up, or the clock is moved
/// back, the date-time part runs ahead of the clock.
#[derive(Debug)]
pub struct TXidSource {
    /// The second since the epoch (36 bits), how many numbers of it are used (14 bits), the counter (14 bits).
    state: AtomicU64,
}

/// How many numbers a second has.
const NUMBERS_PER_SECOND: u64 = 10_000;
const BITS: u64 = 14;
const MASK: u64 = (1 << BITS) - 1;

impl TXidSource {
    /// Starts counting at `counter`: the real one was never seen at zero.
    pub fn starting_at(counter: u16) -> Self {
        Self { state: AtomicU64::new(u64::from(counter) % NUMBERS_PER_SECOND) }
    }

    /// The next tXid, and the second in it.
    pub fn next(&self, i_mid: &IMid, pay_method: &str, now: Timestamp) -> (TXid, Timestamp) {
        let now = u64::try_from(now.as_second()).unwrap_or(0);
        let next = |state: u64| {
            let (mut second, mut used, counter) = (state >> (2 * BITS), (state >> BITS) & MASK, state & MASK);
            if second < now {
                (second, used) = (now, 0);
            } else if used == NUMBERS_PER_SECOND {
                (second, used) = (second + 1, 0);
            }
            let next_state = second << (2 * BITS) | (used + 1) << BITS | ((counter + 1) % NUMBERS_PER_SECOND);
            (next_state, second, counter)
        };
        let mut state = self.state.load(Ordering::Acquire);
        let (second, counter) = loop {
            let (next_state, second, counter) = next(state);
            match self.state.compare_exchange_weak(state, next_state, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => break (second, counter),
                Err(changed) => state = changed,
            }
        };
        let second = Timestamp::from_second(i64::try_from(second).unwrap_or(i64::MAX)).unwrap_or(Timestamp::MAX);
        (format(i_mid, pay_method, second, counter), second)
    }
}

/// WIB: the time zone of every date on the wire, whatever the host's zone (`docs/PROTOCOL.md` §3.2).
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
const SUFFIX_LEN: usize = 18;

/// A tXid of the same form that no transaction has: its year is 1999. Text of another form gets 1999 appended.
pub fn unknown_t_xid(t_xid: &str) -> String {
    match t_xid.len().checked_sub(SUFFIX_LEN).and_then(|year| t_xid.get(..year).zip(t_xid.get(year + 4..))) {
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
    fn a_t_xid_has_the_published_form() {
        let source = TXidSource::starting_at(9795);
        let (id, _) = source.next(&IMid::new("PAYLOANTES").unwrap(), "06", at("2021-09-13T09:37:19+07:00"));
        assert_eq!(id.as_str(), "PAYLOANTES06202109130937199795", "the first published sample");
    }

    #[test]
    fn an_unknown_t_xid_keeps_its_form() {
        assert_eq!(unknown_t_xid("PAYLOANTES06202109130937199795"), "PAYLOANTES06199909130937199795");
        assert_eq!((unknown_t_xid("x"), unknown_t_xid("")), ("x1999".to_owned(), "1999".to_owned()));
        assert_eq!(unknown_t_xid("é02109130937199795"), "é021091309371997951999", "not inside a character");
    }

    #[test]
    fn t_xids_stay_unique_when_the_clock_stands_still_or_goes_back() {
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
