//! Who said what to whom, and when: the messages of one payment or binding, in the order of the log.

use super::arrow::{Arrow, Lane};
use super::builder::DiagramBuilder;
use crate::domain::Entry;

/// The messages of one payment or binding.
///
/// Every event that is a message has its arrow, two where it is a question and its answer, and no event has an arrow
/// otherwise. They stand in the order of the log; only the question of a notification stands where it was sent, so that what
/// the merchant asks before it answers comes between the two. What is told by another event has no arrow of its own: that an
/// order was registered, refused, asked for or given back by the merchant is told by its exchange, and a notification by
/// its attempts. Arrows without an event are what must have happened where the simulator cannot look:
///
/// * once, before the customer is first seen: the merchant sends the browser on;
/// * once, where the lender decides (or sends a password) and no customer was there: NICEPAY asks it;
/// * after each `callback.sent`: the browser arrives at the merchant.
///
/// The first two are only drawn where the log still knows how it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// The lender's name, once it is known.
    pub partner: Option<&'static str>,
    /// In the order of the log.
    pub arrows: Vec<Arrow>,
}

impl Diagram {
    /// The diagram of what `entries` tell, oldest first.
    pub fn of(partner: Option<&'static str>, entries: &[Entry]) -> Self {
        Self { partner, arrows: DiagramBuilder::of(entries).tell() }
    }

    /// What a lane is called.
    pub fn name(&self, lane: Lane) -> &'static str {
        match lane {
            Lane::Customer => "Customer",
            Lane::Merchant => "Merchant",
            Lane::Nicepay => "NICEPAY",
            Lane::Partner => self.partner.unwrap_or("Lender"),
        }
    }
}
