//! One message of a diagram.

use std::time::Duration;

use jiff::Timestamp;

use crate::language::Lang;

/// A party of the diagram, from left to right.
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
    /// The gateway refused.
    Refused,
    /// It failed elsewhere: at the merchant, at the lender, or because nobody came.
    Failed,
    /// A rule broke it on purpose.
    Faulted,
    /// The same was sent before.
    Resent,
    /// Its content is false on purpose.
    Forged,
}

impl Mark {
    /// The name for programs: a class of the SVG document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Faulted => "faulted",
            Self::Resent => "resent",
            Self::Forged => "forged",
        }
    }

    /// The name for people.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::Refused => lang.t("refused", "ditolak"),
            Self::Failed => lang.t("failed", "gagal"),
            Self::Faulted => lang.t("fault", "gangguan"),
            Self::Resent => lang.t("resent", "kirim ulang"),
            Self::Forged => lang.t("forged", "palsu"),
        }
    }
}

/// Which of its event's messages an arrow is: an exchange and an attempt have two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The request, or the only message.
    Request,
    /// The response.
    Answer,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The event that it shows; none where the simulator cannot see the message (drawn dashed).
    pub event: Option<u64>,
    /// Which of the event's messages it is.
    pub part: Part,
    /// When, by the simulator's clock. An invisible message has the time of its neighbour.
    pub at: Timestamp,
    /// The sender.
    pub from: Lane,
    /// The receiver; the sender itself where it is a note.
    pub to: Lane,
    /// What is sent, in a few words. It may contain any text that a merchant sent:
    /// [`single_line`](super::single_line()) makes it safe to display.
    pub label: String,
    /// What is unusual.
    pub marks: Vec<Mark>,
    /// More about that, a few words each: what is untrue. Like the label it may contain any text.
    pub remarks: Vec<String>,
    /// The rule behind it.
    pub rule: Option<String>,
    /// The pause before it in whole seconds, where that is long.
    pub pause: Option<Duration>,
}

impl Arrow {
    /// Marks, remarks and rule as text.
    pub(super) fn notes(&self, lang: Lang) -> Vec<String> {
        let marks = self.marks.iter().map(|mark| mark.text(lang).to_owned());
        let rule = self.rule.iter().map(|rule| lang.t(format!("rule {rule}"), format!("aturan {rule}")));
        marks.chain(self.remarks.iter().cloned()).chain(rule).collect()
    }
}
