//! The languages of every text that people read.

use std::time::Duration;

/// A language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lang {
    /// Bahasa Indonesia, the default of pages.
    Id,
    /// English.
    En,
}

impl Lang {
    /// Chooses the text in this language. Texts are written where they are used, in both languages.
    pub fn t<T>(self, en: T, id: T) -> T {
        match self {
            Self::En => en,
            Self::Id => id,
        }
    }

    /// The language's own name.
    pub fn name(self) -> &'static str {
        self.t("English", "Bahasa Indonesia")
    }

    /// The language tag: `id` or `en`.
    pub fn code(self) -> &'static str {
        self.t("en", "id")
    }

    /// The other language, which the language switch offers.
    #[must_use]
    pub fn other(self) -> Self {
        self.t(Self::Id, Self::En)
    }

    /// The language with this tag.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "id" => Some(Self::Id),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// A duration in its two largest units: `2 h 30 min`, `1 hari 4 jam`. Below two minutes in seconds, from ten days on in
    /// days. `static/dashboard/times.js` and `static/demo.js` say the same.
    pub fn duration(self, duration: Duration) -> String {
        let seconds = duration.as_secs();
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let [d, h, min, s, ms] = self.t(["d", "h", "min", "s", "ms"], ["hari", "jam", "menit", "detik", "milidetik"]);
        let two = |large: (u64, &str), small: (u64, &str)| match small.0 {
            0 => format!("{} {}", large.0, large.1),
            _ => format!("{} {} {} {}", large.0, large.1, small.0, small.1),
        };
        match seconds {
            0 if duration.is_zero() => format!("0 {s}"),
            0 => format!("{} {ms}", duration.as_millis().max(1)),
            1..60 => {
                let millis = duration.subsec_millis();
                two((seconds, s), (u64::from(millis), ms))
            }
            60..120 => format!("{seconds} {s}"),
            120..3_600 => two((minutes, min), (seconds % 60, s)),
            3_600..86_400 => two((hours, h), (minutes, min)),
            86_400..864_000 => two((days, d), (hours, h)),
            _ => format!("{days} {d}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_at_most_two_units() {
        for (millis, en, id) in [
            (0, "0 s", "0 detik"),
            (100, "100 ms", "100 milidetik"),
            (1_500, "1 s 500 ms", "1 detik 500 milidetik"),
            (38_000, "38 s", "38 detik"),
            (60_000, "60 s", "60 detik"),
            (119_999, "119 s", "119 detik"),
            (120_000, "2 min", "2 menit"),
            (150_000, "2 min 30 s", "2 menit 30 detik"),
            (7_199_000, "1 h 59 min", "1 jam 59 menit"),
            (9_000_000, "2 h 30 min", "2 jam 30 menit"),
            (86_400_000, "1 d", "1 hari"),
            (100_800_000, "1 d 4 h", "1 hari 4 jam"),
            (864_000_000 * 3, "30 d", "30 hari"),
        ] {
            let duration = Duration::from_millis(millis);
            assert_eq!((Lang::En.duration(duration).as_str(), Lang::Id.duration(duration).as_str()), (en, id));
        }
        assert!(Lang::En.duration(Duration::MAX).ends_with(" d"));
    }
}
