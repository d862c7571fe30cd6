//! Instants as milliseconds since 1970, and the forms in which they are written.

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Year, month and day of a day since 1970 (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// `yyyyMMddHHmmss` in Jakarta (`docs/PROTOCOL.md` §3.2).
pub(crate) fn wib(at: i64) -> String {
    let at = at + 7 * HOUR;
    let (year, month, day) = civil(at.div_euclid(DAY));
    let second = at.rem_euclid(DAY) / SECOND;
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// The instant of 14 digits in Jakarta; none when they are no date and time.
pub(crate) fn from_wib(text: &str) -> Option<i64> {
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| text[range].parse::<i64>().unwrap();
    let (hour, minute, second) = (number(8..10), number(10..12), number(12..14));
    let at = days(number(0..4), number(4..6), number(6..8)) * DAY + hour * HOUR + minute * MINUTE + second * SECOND;
    // A 31 February comes back as another day.
    let at = at - 7 * HOUR;
    (wib(at) == text).then_some(at)
}

/// As the control API writes it: UTC, with a fraction only where there is one.
pub(crate) fn rfc3339(at: i64) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let rest = at.rem_euclid(DAY);
    let (second, milli) = (rest / SECOND, rest % SECOND);
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}").trim_end_matches('0').to_owned() };
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{fraction}Z", second / 3600, second / 60 % 60, second % 60)
}

#[test]
fn dates_are_written_and_read() {
    let start = from_wib("20260101000000").unwrap();
    assert_eq!(rfc3339(start), "2025-12-31T17:00:00Z");
    assert_eq!(wib(start + 59 * DAY), "20260301000000");
    assert_eq!(rfc3339(start + 1_500), "2025-12-31T17:00:01.5Z");
    for wrong in ["20260231000000", "2026010100000", "2026010124000x", "20260101240000"] {
        assert_eq!(from_wib(wrong), None, "{wrong}");
    }
}
