//! A time on a page: in WIB, with the full time in WIB and in UTC on hover. `static/dashboard/times.js` adds the
//! browser's own time, and keeps relative times true while the simulator's clock runs.

use std::fmt;

use askama::filters::HtmlSafe;

use super::frame::{instant, time};
use crate::clock::Timestamp;
use crate::page::Lang;

/// A time, as a `<time>` element.
#[derive(Clone, Copy, Debug)]
pub(in crate::dashboard) struct Time {
    at: Timestamp,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    /// Date and time.
    Full,
    /// The time of day, for lines of one payment or of the log.
    OfDay,
    /// How long ago, for lists.
    Relative { now: Timestamp, lang: Lang },
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
}

/// Digits and words of ours only: nothing to escape.
impl HtmlSafe for Time {}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, ms) = (self.at, self.at.as_millisecond());
        let utc = at.strftime("%Y-%m-%d %H:%M:%S");
        let utc_ms = ms.rem_euclid(1_000);
        write!(f, r#"<time datetime="{}" data-ms="{ms}""#, at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))?;
        if matches!(self.form, Form::Relative { .. }) {
            f.write_str(" data-relative")?;
        }
        write!(f, r#" title="{} WIB&#10;{utc}.{utc_ms:03} UTC">"#, instant(at))?;
        match self.form {
            Form::Full => write!(f, "{} WIB", instant(at))?,
            Form::OfDay => f.write_str(&time(at))?,
            Form::Relative { now, lang } => f.write_str(&relative(now.as_millisecond() - ms, lang))?,
        }
        f.write_str("</time>")
    }
}

/// How long ago something was, or how long it will take. `static/dashboard/times.js` says the same.
fn relative(milliseconds: i64, lang: Lang) -> String {
    let seconds = milliseconds.unsigned_abs() / 1_000;
    let (count, unit) = match seconds {
        0..5 => return lang.t("just now", "baru saja").to_owned(),
        5..60 => (seconds, lang.t("s", "detik")),
        60..3_600 => (seconds / 60, lang.t("min", "menit")),
        3_600..86_400 => (seconds / 3_600, lang.t("h", "jam")),
        _ => (seconds / 86_400, lang.t("d", "hari")),
    };
    if milliseconds < 0 {
        lang.t(format!("in {count} {unit}"), format!("{count} {unit} lagi"))
    } else {
        lang.t(format!("{count} {unit} ago"), format!("{count} {unit} lalu"))
    }
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
    }

    #[test]
    fn a_distance_is_one_number_and_one_unit() {
        for (seconds, en, id) in [
            (0, "just now", "baru saja"),
            (-4, "just now", "baru saja"),
            (5, "5 s ago", "5 detik lalu"),
            (59, "59 s ago", "59 detik lalu"),
            (60, "1 min ago", "1 menit lalu"),
            (3_599, "59 min ago", "59 menit lalu"),
            (3_600, "1 h ago", "1 jam lalu"),
            (86_399, "23 h ago", "23 jam lalu"),
            (86_400 * 400, "400 d ago", "400 hari lalu"),
            (-90, "in 1 min", "1 menit lagi"),
            (-86_400, "in 1 d", "1 hari lagi"),
        ] {
            assert_eq!(relative(seconds * 1_000, Lang::En), en);
            assert_eq!(relative(seconds * 1_000, Lang::Id), id);
        }
        assert_eq!(relative(i64::MIN, Lang::En), "in 106751991167 d");
    }
}
