//! A time on a page: in WIB, with the full time in WIB and in UTC on hover. `static/dashboard/times.js` adds the
//! browser's own time, and keeps relative times true while the simulator's clock runs.

use std::fmt;
use std::time::Duration;

use askama::filters::HtmlSafe;

use super::Frame;
use crate::clock::Timestamp;
use crate::domain::WIB;
use crate::page::Lang;

/// Date and time in WIB, to the second.
pub(in crate::dashboard) fn second(at: Timestamp) -> String {
    WIB.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A time, as a `<time>` element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dashboard) struct Time {
    at: Timestamp,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Date and time.
    Full,
    /// The time of day, for lines of one payment or of the log.
    OfDay,
    /// The time of day in a sentence, with the date where it is another day.
    Near { now: Timestamp },
    /// How long ago, for lists.
    Relative { now: Timestamp, lang: Lang },
    /// In how long something is due.
    Until { now: Timestamp, lang: Lang },
    /// When something is due by a clock that is stopped.
    Stopped { now: Timestamp, lang: Lang },
}

impl Time {
    /// Date and time, with milliseconds.
    pub(in crate::dashboard) fn full(at: Timestamp) -> Self {
        Self { at, form: Form::Full }
    }

    /// The time of day, with milliseconds.
    pub(in crate::dashboard) fn of_day(at: Timestamp) -> Self {
        Self { at, form: Form::OfDay }
    }

    /// The distance to `now`, the simulator's time: "2 min ago".
    pub(in crate::dashboard) fn relative(at: Timestamp, now: Timestamp, lang: Lang) -> Self {
        Self { at, form: Form::Relative { now, lang } }
    }

    /// In how long something is due: "in 38 s", then "now".
    pub(in crate::dashboard) fn until(at: Timestamp, now: Timestamp, lang: Lang) -> Self {
        Self { at, form: Form::Until { now, lang } }
    }

    /// What is read of it.
    pub(in crate::dashboard) fn text(self) -> String {
        let (at, wib) = (self.at, WIB.to_datetime(self.at));
        let left = |now: Timestamp| at.as_millisecond() - now.as_millisecond();
        let near = |now| {
            let is_today = wib.date() == WIB.to_datetime(now).date();
            if is_today { format!("{} WIB", wib.strftime("%H:%M:%S")) } else { format!("{} WIB", second(at)) }
        };
        match self.form {
            Form::Full => self.full_text(),
            Form::OfDay => wib.strftime("%H:%M:%S.%3f").to_string(),
            Form::Near { now } => near(now),
            Form::Relative { now, lang } if left(now) > 0 => until(left(now), lang),
            Form::Relative { now, lang } => ago(-left(now), lang),
            Form::Until { now, lang } => until(left(now), lang),
            Form::Stopped { now, lang } => {
                let at = near(now);
                lang.t(format!("at {at} (clock stopped)"), format!("pukul {at} (jam berhenti)"))
            }
        }
    }

    fn full_text(self) -> String {
        WIB.to_datetime(self.at).strftime("%Y-%m-%d %H:%M:%S.%3f WIB").to_string()
    }
}

/// Digits and words of ours only: nothing to escape.
impl HtmlSafe for Time {}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at;
        let (iso, ms) = (at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"), at.as_millisecond());
        let mark = match self.form {
            Form::Relative { .. } => " data-relative",
            Form::Until { .. } => r#" data-relative="due""#,
            _ => "",
        };
        let (wib, utc) = (self.full_text(), at.strftime("%Y-%m-%d %H:%M:%S.%3f UTC"));
        let text = self.text();
        write!(f, r#"<time datetime="{iso}" data-ms="{ms}"{mark} title="{wib}&#10;{utc}">{text}</time>"#)
    }
}

/// The clock of a page.
#[derive(Clone, Copy, Debug)]
pub(in crate::dashboard) struct PageClock {
    pub(in crate::dashboard) now: Timestamp,
    pub(in crate::dashboard) is_stopped: bool,
}

impl PageClock {
    pub(in crate::dashboard) fn of(frame: &Frame, now: Timestamp) -> Self {
        Self { now, is_stopped: frame.is_clock_stopped }
    }

    /// The time of day in WIB, with the date where it is another day.
    pub(in crate::dashboard) fn time_of(self, at: Timestamp) -> Time {
        Time { at, form: Form::Near { now: self.now } }
    }

    /// `in 38 s`, or the time where the clock is stopped.
    pub(in crate::dashboard) fn until(self, at: Timestamp, lang: Lang) -> Time {
        let now = self.now;
        if self.is_stopped { Time { at, form: Form::Stopped { now, lang } } } else { Time::until(at, now, lang) }
    }
}

/// How long ago something was. `static/dashboard/times.js` says the same.
fn ago(milliseconds: i64, lang: Lang) -> String {
    let seconds = milliseconds / 1_000;
    let (count, unit) = match seconds {
        ..5 => return lang.t("just now", "baru saja").to_owned(),
        5..60 => (seconds, lang.t("s", "detik")),
        60..3_600 => (seconds / 60, lang.t("min", "menit")),
        3_600..86_400 => (seconds / 3_600, lang.t("h", "jam")),
        _ => (seconds / 86_400, lang.t("d", "hari")),
    };
    lang.t(format!("{count} {unit} ago"), format!("{count} {unit} lalu"))
}

/// In how long something is due. A second that has begun counts. `static/dashboard/times.js` says the same.
fn until(milliseconds: i64, lang: Lang) -> String {
    if milliseconds <= 0 {
        return lang.t("now", "sekarang").to_owned();
    }
    let left = lang.duration(Duration::from_secs(milliseconds.unsigned_abs().div_ceil(1_000)));
    lang.t(format!("in {left}"), format!("dalam {left}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_wib_and_hovered_in_utc() {
        let at: Timestamp = "2026-11-30T22:28:36.007Z".parse().unwrap();
        let open = r#"<time datetime="2026-11-30T22:28:36.007Z" data-ms="1796077716007""#;
        let title = "title=\"2026-12-01 05:28:36.007 WIB&#10;2026-11-30 22:28:36.007 UTC\"";
        assert_eq!(Time::full(at).to_string(), format!("{open} {title}>2026-12-01 05:28:36.007 WIB</time>"));
        assert_eq!(Time::of_day(at).to_string(), format!("{open} {title}>05:28:36.007</time>"));
        let now = "2026-11-30T22:30:40Z".parse().unwrap();
        let shown = Time::relative(at, now, Lang::En).to_string();
        assert_eq!(shown, format!("{open} data-relative {title}>2 min ago</time>"));
        let now = "2026-11-30T22:27:58.500Z".parse().unwrap();
        let shown = Time::until(at, now, Lang::En).to_string();
        assert_eq!(shown, format!("{open} data-relative=\"due\" {title}>in 38 s</time>"));
    }

    #[test]
    fn a_clock_that_is_stopped_counts_nothing_down() {
        let at: Timestamp = "2026-11-30T16:59:59.900Z".parse().unwrap();
        let next_day = "2026-11-30T17:00:05Z".parse().unwrap();
        let of =
            |is_stopped, at| PageClock { now: "2026-11-30T16:59:50Z".parse().unwrap(), is_stopped }.until(at, Lang::En);
        assert_eq!(
            (of(false, at).text(), of(true, at).text()),
            ("in 10 s".into(), "at 23:59:59 WIB (clock stopped)".into())
        );
        assert_eq!(of(true, next_day).text(), "at 2026-12-01 00:00:05 WIB (clock stopped)");
        assert!(!of(true, at).to_string().contains("data-relative"), "{}", of(true, at));
    }

    #[test]
    fn a_distance_in_the_past_is_one_number_and_one_unit() {
        for (seconds, en, id) in [
            (0, "just now", "baru saja"),
            (5, "5 s ago", "5 detik lalu"),
            (59, "59 s ago", "59 detik lalu"),
            (60, "1 min ago", "1 menit lalu"),
            (3_599, "59 min ago", "59 menit lalu"),
            (3_600, "1 h ago", "1 jam lalu"),
            (86_399, "23 h ago", "23 jam lalu"),
            (86_400 * 400, "400 d ago", "400 hari lalu"),
        ] {
            assert_eq!((ago(seconds * 1_000, Lang::En).as_str(), ago(seconds * 1_000, Lang::Id).as_str()), (en, id));
        }
    }

    #[test]
    fn a_distance_in_the_future_counts_the_second_that_has_begun() {
        for (milliseconds, en, id) in [
            (i64::MIN, "now", "sekarang"),
            (0, "now", "sekarang"),
            (1, "in 1 s", "dalam 1 detik"),
            (1_001, "in 2 s", "dalam 2 detik"),
            (90_000, "in 90 s", "dalam 90 detik"),
            (150_000, "in 2 min 30 s", "dalam 2 menit 30 detik"),
            (86_400_000, "in 1 d", "dalam 1 hari"),
        ] {
            assert_eq!((until(milliseconds, Lang::En).as_str(), until(milliseconds, Lang::Id).as_str()), (en, id));
        }
    }
}
