//! A length of time in words: `38 s`, `5 min`, `2 h`, `3 days`.

use crate::clock::Timestamp;
use crate::page::Lang;

/// The time between two instants, in its largest unit; `0 s` where `to` is not later.
pub(in crate::dashboard) fn span(from: Timestamp, to: Timestamp, lang: Lang) -> String {
    let seconds = to.duration_since(from).as_millis().max(0).div_euclid(1_000);
    match seconds {
        0..=99 => format!("{seconds} {}", lang.t("s", "detik")),
        100..=5_999 => format!("{} {}", seconds / 60, lang.t("min", "menit")),
        6_000..=172_799 => format!("{} {}", seconds / 3_600, lang.t("h", "jam")),
        _ => format!("{} {}", seconds / 86_400, lang.t("days", "hari")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_in_its_largest_unit() {
        let start = Timestamp::UNIX_EPOCH;
        let of = |seconds: i64, lang| span(start, Timestamp::from_second(seconds).unwrap(), lang);
        for (seconds, en, id) in [
            (-5, "0 s", "0 detik"),
            (0, "0 s", "0 detik"),
            (99, "99 s", "99 detik"),
            (100, "1 min", "1 menit"),
            (5_999, "99 min", "99 menit"),
            (6_000, "1 h", "1 jam"),
            (172_799, "47 h", "47 jam"),
            (172_800, "2 days", "2 hari"),
        ] {
            assert_eq!((of(seconds, Lang::En).as_str(), of(seconds, Lang::Id).as_str()), (en, id));
        }
    }
}
