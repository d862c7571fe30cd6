//! How a rule, or a manual request, sends a notification in an unusual way.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::domain::wire_enum::wire_enum;

wire_enum! {
    listed
    /// What is unusual about a notification. `docs/guides/notifications-and-failures.md` explains each name.
    #[derive(Default, Deserialize)]
    pub enum Variant {
        /// Nothing.
        #[default]
        Plain = "plain",
        /// It comes long after the event.
        Late = "late",
        /// It never comes.
        Lost = "lost",
        /// It comes several times.
        Duplicate = "duplicate",
        /// The notification of the review comes after that of its result.
        OutOfOrder = "out-of-order",
        /// It comes before the registration is answered.
        BeforeAnswer = "before-answer",
        /// It comes before the browser is sent back to the merchant.
        BeforeReturn = "before-return",
        /// It comes only once the browser was sent back to the merchant.
        AfterReturn = "after-return",
        /// Its merchantToken is wrong.
        WrongToken = "wrong-token",
        /// Its status is changed. The token stays valid, as it does not cover the status (`docs/PROTOCOL.md` §2.3).
        ChangedStatus = "changed-status",
        /// Its amount is changed; its token is that of the true amount.
        ChangedAmount = "changed-amount",
        /// Its tXid belongs to no transaction; its token is right for that tXid.
        UnknownTxid = "unknown-txid",
        /// One of its fields is missing.
        MissingField = "missing-field",
        /// Its Content-Type is not that of a form.
        WrongContentType = "wrong-content-type",
        /// Its body comes in small pieces.
        Slow = "slow",
        /// The connection breaks in the middle of its body.
        Reset = "reset",
        /// The connection breaks when the merchant answers.
        NoAnswer = "no-answer",
        /// It says that the payment was reversed: status 1 (`docs/PROTOCOL.md` A-26).
        Reversal = "reversal",
    }

}

impl Variant {
    /// Whether the content of the notification is false.
    pub const fn is_forged(self) -> bool {
        matches!(
            self,
            Self::WrongToken
                | Self::ChangedStatus
                | Self::ChangedAmount
                | Self::UnknownTxid
                | Self::MissingField
                | Self::Reversal
        )
    }

    /// Whether its content is true, but is sent wrongly.
    pub const fn is_faulted(self) -> bool {
        matches!(self, Self::WrongContentType | Self::Slow | Self::Reset | Self::NoAnswer)
    }
}

/// What a notification waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SendMoment {
    /// Its time.
    #[default]
    Due,
    /// It is never sent.
    Never,
    /// The next notification of its transaction.
    AfterNext,
    /// Its time; the response to the registration waits for it.
    BeforeAnswer,
    /// Its time; the browser's return waits for it.
    BeforeReturn,
    /// The browser's return.
    AfterReturn,
}

/// A change to the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormEdit {
    /// Sets a field; adds it where it is missing.
    Set(Box<str>, Box<str>),
    /// Removes a field.
    Remove(Box<str>),
    /// Changes the status: paid becomes failed, everything else paid.
    ChangeStatus,
    /// Replaces the tXid by one that no transaction has.
    UnknownTXid,
    /// Makes the merchantToken wrong.
    WrongToken,
}

/// When a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionBreak {
    /// In the middle of the body.
    InBody,
    /// When the merchant answers: it has received everything, and its answer is lost.
    AtAnswer,
}

/// How one notification is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationPlan {
    /// The name of the variant.
    pub variant: Variant,
    /// What it waits for.
    pub moment: SendMoment,
    /// How much later than usual it is sent.
    pub after: SignedDuration,
    /// How often it is sent.
    pub times: u32,
    /// The interval between them.
    pub every: SignedDuration,
    /// The changes to the form, in this order.
    pub edits: Vec<FormEdit>,
    /// Whether the token is computed from the changed form instead of the true one.
    pub is_signed: bool,
    /// Another Content-Type than that of a form.
    pub content_type: Option<Box<str>>,
    /// How long the body takes, by the wall clock.
    pub body_duration: Option<Duration>,
    /// When the connection breaks; none where it does not.
    pub breaks: Option<ConnectionBreak>,
}

impl NotificationPlan {
    /// The usual way.
    pub fn plain() -> Self {
        Self {
            variant: Variant::Plain,
            moment: SendMoment::Due,
            after: SignedDuration::ZERO,
            times: 1,
            every: SignedDuration::ZERO,
            edits: Vec::new(),
            is_signed: false,
            content_type: None,
            body_duration: None,
            breaks: None,
        }
    }
}
