//! Who said what to whom, and when: the messages of one payment or binding, in the order of the log.

use jiff::Timestamp;

use super::message::Teller;
use crate::ledger::Entry;

/// Who takes part, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// The customer and their browser.
    Customer,
    /// The merchant's server.
    Merchant,
    /// The gateway.
    Nicepay,
    /// The lender.
    Partner,
}

impl Lane {
    /// From left to right.
    pub const ALL: [Self; 4] = [Self::Customer, Self::Merchant, Self::Nicepay, Self::Partner];
}

/// What is unusual about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The gateway said no; or the lender, or the merchant.
    Refused,
    /// A rule had it go wrong.
    Faulted,
    /// The same was told before.
    Resent,
    /// It does not say what is true.
    Forged,
}

impl Mark {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Faulted => "faulted",
            Self::Resent => "resent",
            Self::Forged => "forged",
        }
    }
}

/// Which part of its event an arrow is: an exchange and an attempt at notifying are two messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was asked, or all there is.
    Request,
    /// What was answered.
    Answer,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The event that it was made of; none where nobody here can see it happen (drawn dashed).
    pub event: Option<u64>,
    /// Which part of that event.
    pub part: Part,
    /// When, by the simulator's clock; of what nobody can see, when its neighbour happened.
    pub at: Timestamp,
    /// Who speaks.
    pub from: Lane,
    /// Who listens; itself where it is a note to itself.
    pub to: Lane,
    /// In a few words, as they are on the wire. Can hold anything that a merchant sent: [`shown`](super::shown()) makes it
    /// fit for a page.
    pub label: String,
    /// What is unusual.
    pub marks: Vec<Mark>,
}

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
        Self { partner, arrows: Teller::of(entries).tell() }
    }

    /// As an SVG document of its own.
    pub fn svg(&self) -> String {
        super::svg::draw(self)
    }

    /// As a Mermaid sequence diagram.
    pub fn mermaid(&self) -> String {
        super::mermaid::write(self)
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
