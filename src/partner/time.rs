//! Dates and times in WIB and in the page's language.

use jiff::civil::DateTime;

use crate::clock::{SignedDuration, Timestamp};
use crate::domain::WIB;
use crate::page::Lang;

const MONTHS_ID: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The time of day to the second: `14:05:09 WIB`, in Indonesian `14.05.09 WIB`.
pub(super) fn time_of_day(at: Timestamp, lang: Lang) -> String {
    let at = WIB.to_datetime(at);
    let colon = colon(lang);
    // No break before the zone: a line ends before the time or after it.
    format!("{}{colon}{:02}\u{a0}WIB", hours_and_minutes(at, lang), at.second())
}

/// The time of day, rounded up to the minute: a customer who waits until then has waited long enough.
pub(super) fn time_rounded_up(at: Timestamp, lang: Lang) -> String {
    let whole = at.checked_add(SignedDuration::from_micros(59_999_999)).unwrap_or(at);
    format!("{}\u{a0}WIB", hours_and_minutes(WIB.to_datetime(whole), lang))
}

/// The day and the time: `1 January 2026, 14:05:09 WIB`.
pub(super) fn date_and_time(at: Timestamp, lang: Lang) -> String {
    let day = WIB.to_datetime(at);
    let months = lang.t(MONTHS_EN, MONTHS_ID);
    let month = usize::try_from(day.month() - 1).ok().and_then(|month| months.get(month)).copied().unwrap_or_default();
    format!("{} {month} {}, {}", day.day(), day.year(), time_of_day(at, lang))
}

fn hours_and_minutes(at: DateTime, lang: Lang) -> String {
    let colon = colon(lang);
    format!("{:02}{colon}{:02}", at.hour(), at.minute())
}

/// Between hours, minutes and seconds.
fn colon(lang: Lang) -> char {
    lang.t(':', '.')
}

/// Seconds as a countdown shows them: `1:05`.
pub(super) fn minutes_and_seconds(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_jakartas_in_the_language_of_the_page() {
        let at: Timestamp = "2026-08-16T17:05:09.7Z".parse().unwrap();
        assert_eq!(time_of_day(at, Lang::En), "00:05:09\u{a0}WIB");
        assert_eq!(time_of_day(at, Lang::Id), "00.05.09\u{a0}WIB");
        assert_eq!(date_and_time(at, Lang::En), "17 August 2026, 00:05:09\u{a0}WIB");
        assert_eq!(date_and_time(at, Lang::Id), "17 Agustus 2026, 00.05.09\u{a0}WIB");
    }

    #[test]
    fn a_countdown_has_minutes_and_seconds() {
        assert_eq!(minutes_and_seconds(65), "1:05");
    }

    #[test]
    fn a_minute_is_rounded_up() {
        for (at, shown) in [
            ("2026-01-01T10:30:00Z", "17:30\u{a0}WIB"),
            ("2026-01-01T10:30:00.000001Z", "17:31\u{a0}WIB"),
            ("2026-01-01T16:59:01Z", "00:00\u{a0}WIB"),
        ] {
            assert_eq!(time_rounded_up(at.parse().unwrap(), Lang::En), shown);
        }
    }
}
