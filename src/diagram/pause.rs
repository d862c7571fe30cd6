//! How long nothing was sent.

use std::time::Duration;

use jiff::Timestamp;

use super::arrow::Arrow;

/// A pause that a diagram shows: shorter ones are the work of a server or the typing of a customer.
const SHOWN_FROM: Duration = Duration::from_secs(2);

/// Fills in the pauses before the arrows.
pub(super) fn find_pauses(arrows: &mut [Arrow]) {
    let mut last: Option<Timestamp> = None;
    for arrow in arrows {
        if let Some(last) = last {
            let seconds = arrow.at.duration_since(last).as_secs();
            let pause = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
            arrow.pause = (pause >= SHOWN_FROM).then_some(pause);
        }
        last = last.max(Some(arrow.at));
    }
}
