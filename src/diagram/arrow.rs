//! One message: who said what to whom, and when.

use jiff::Timestamp;

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
