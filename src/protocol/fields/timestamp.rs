//! NICEPAY's dates and times: always WIB, whatever the host's zone (`docs/PROTOCOL.md` §3.2).

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::domain::WIB;

fn civil(at: Timestamp) -> DateTime {
    WIB.to_datetime(at)
}

/// `yyyyMMdd`
pub fn date(at: Timestamp) -> String {
    let at = civil(at);
    format!("{:04}{:02}{:02}", at.year(), at.month(), at.day())
}

/// `HHmmss`
pub fn time(at: Timestamp) -> String {
    let at = civil(at);
    format!("{:02}{:02}{:02}", at.hour(), at.minute(), at.second())
}

/// `yyyyMMddHHmmss`, the timeStamp of a request.
pub fn time_stamp(at: Timestamp) -> String {
    format!("{}{}", date(at), time(at))
}

/// `HH:mm:ss`, for people.
pub fn clock_time(at: Timestamp) -> String {
    let at = civil(at);
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// Fourteen digits that are a date and a time in WIB. All fourteen are needed: date parsers also accept thirteen. The
/// last hours of the year 9999, which people write for "never", become the last possible instant.
pub(in crate::protocol) fn instant(digits: &str) -> Option<Timestamp> {
    if digits.len() != 14 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits[range].parse::<i8>().ok();
    let year = digits[..4].parse::<i16>().ok()?;
    let at = DateTime::new(year, part(4..6)?, part(6..8)?, part(8..10)?, part(10..12)?, part(12..14)?, 0).ok()?;
    Some(WIB.to_timestamp(at).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn midnight_in_jakarta_is_seventeen_hours_in_greenwich() {
        let at: Timestamp = "2021-09-12T17:00:01Z".parse().unwrap();
        assert_eq!((date(at).as_str(), time(at).as_str()), ("20210913", "000001"));
    }

    #[test]
    fn only_real_instants_of_fourteen_digits() {
        assert!(instant("20170312235959").is_some());
        assert_eq!(instant("99991231235959"), Some(Timestamp::MAX));
        for wrong in ["2017070812345", "20210913090977", "20210230000000", "2021091309097x", ""] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(second in 0_i64..4_000_000_000) {
            let at = Timestamp::from_second(second).unwrap();
            prop_assert_eq!(instant(&format!("{}{}", date(at), time(at))), Some(at));
        }
    }
}
