//! How long something takes, in a few words.

use jiff::{SignedDuration, Timestamp};

use super::arrow::Arrow;
use crate::language::Lang;

/// A pause that a diagram shows: shorter ones are the work of a server or the typing of a customer.
const SHOWN_FROM: SignedDuration = SignedDuration::from_secs(2);

/// Fills in the pauses before the arrows.
pub(super) fn find_pauses(arrows: &mut [Arrow]) {
    let mut last: Option<Timestamp> = None;
    for arrow in arrows {
        if let Some(last) = last {
            let pause = arrow.at.duration_since(last);
            arrow.pause = (pause >= SHOWN_FROM).then_some(pause);
        }
        last = last.max(Some(arrow.at));
    }
}

/// A duration with its two largest units: `60 s`, `2 min 30 s`, `3 h`, `2 d 4 h`.
pub fn duration_text(duration: SignedDuration, lang: Lang) -> String {
    let seconds = duration.as_secs().max(0);
    let [s, min, h, d] = lang.t(["s", "min", "h", "d"], ["detik", "menit", "jam", "hari"]);
    let (large, small) = match seconds {
        0..120 => ((seconds, s), (0, s)),
        120..7_200 => ((seconds / 60, min), (seconds % 60, s)),
        7_200..172_800 => ((seconds / 3_600, h), (seconds / 60 % 60, min)),
        _ => ((seconds / 86_400, d), (seconds / 3_600 % 24, h)),
    };
    let large = format!("{} {}", large.0, large.1);
    if small.0 > 0 { format!("{large} {} {}", small.0, small.1) } else { large }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_two_units_at_most() {
        for (seconds, en, id) in [
            (-1, "0 s", "0 detik"),
            (2, "2 s", "2 detik"),
            (60, "60 s", "60 detik"),
            (119, "119 s", "119 detik"),
            (120, "2 min", "2 menit"),
            (150, "2 min 30 s", "2 menit 30 detik"),
            (7_199, "119 min 59 s", "119 menit 59 detik"),
            (7_200, "2 h", "2 jam"),
            (7_325, "2 h 2 min", "2 jam 2 menit"),
            (172_799, "47 h 59 min", "47 jam 59 menit"),
            (187_200, "2 d 4 h", "2 hari 4 jam"),
        ] {
            let duration = SignedDuration::from_secs(seconds);
            assert_eq!((&*duration_text(duration, Lang::En), &*duration_text(duration, Lang::Id)), (en, id));
        }
    }
}
