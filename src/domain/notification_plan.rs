//! How a notification is sent where it is not sent as usual, as a rule or somebody by hand has ordered it.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// What is unusual about a notification, by name. What a name means is in `docs/SCENARIOS.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// Nothing.
    #[default]
    Plain,
    /// It comes long after the event.
    Late,
    /// It never comes.
    Lost,
    /// It comes several times.
    Duplicate,
    /// The one of the review comes after the one of its end.
    OutOfOrder,
    /// It comes before the registration is answered.
    BeforeAnswer,
    /// It comes before the browser is sent back to the merchant.
    BeforeReturn,
    /// It comes only once the browser was sent back to the merchant.
    AfterReturn,
    /// Its merchantToken is wrong.
    WrongToken,
    /// Its status is another. The token stays valid, as it does not cover the status (`docs/PROTOCOL.md` §2.3).
    ChangedStatus,
    /// Its amount is another, and its token that of the true one.
    ChangedAmount,
    /// Its tXid is one that nobody has, and its token fits it.
    UnknownTxid,
    /// One of its fields is not there.
    MissingField,
    /// Its Content-Type is not that of a form.
    WrongContentType,
    /// Its body comes in small pieces.
    Slow,
    /// The connection breaks in the middle of its body.
    Reset,
    /// It says that the payment was reversed: status 1 (`docs/PROTOCOL.md` A-26).
    Reversal,
}

impl Variant {
    /// All of them, in the order of `docs/SCENARIOS.md`.
    pub const ALL: [Self; 17] = [
        Self::Plain,
        Self::Late,
        Self::Lost,
        Self::Duplicate,
        Self::OutOfOrder,
        Self::BeforeAnswer,
        Self::BeforeReturn,
        Self::AfterReturn,
        Self::WrongToken,
        Self::ChangedStatus,
        Self::ChangedAmount,
        Self::UnknownTxid,
        Self::MissingField,
        Self::WrongContentType,
        Self::Slow,
        Self::Reset,
        Self::Reversal,
    ];

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Late => "late",
            Self::Lost => "lost",
            Self::Duplicate => "duplicate",
            Self::OutOfOrder => "out-of-order",
            Self::BeforeAnswer => "before-answer",
            Self::BeforeReturn => "before-return",
            Self::AfterReturn => "after-return",
            Self::WrongToken => "wrong-token",
            Self::ChangedStatus => "changed-status",
            Self::ChangedAmount => "changed-amount",
            Self::UnknownTxid => "unknown-txid",
            Self::MissingField => "missing-field",
            Self::WrongContentType => "wrong-content-type",
            Self::Slow => "slow",
            Self::Reset => "reset",
            Self::Reversal => "reversal",
        }
    }

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
        matches!(self, Self::WrongContentType | Self::Slow | Self::Reset)
    }
}

/// What makes a notification go out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SendMoment {
    /// The time.
    #[default]
    Due,
    /// Nothing ever does.
    Never,
    /// The next notification of its transaction.
    AfterTheNext,
    /// The registration: it is not answered before.
    BeforeAnswer,
    /// The browser's return: it is not sent back before.
    BeforeReturn,
    /// The browser's return: it goes out after that.
    AfterReturn,
}

/// A change to the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormEdit {
    /// A field has this value; a field that is not there is added.
    Set(Box<str>, Box<str>),
    /// A field is not there.
    Remove(Box<str>),
    /// The status is another: paid becomes failed, everything else paid.
    OtherStatus,
    /// The tXid is one that nobody has.
    OtherTXid,
    /// The merchantToken is wrong.
    OtherToken,
}

/// One notification as it was ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationPlan {
    /// Its name.
    pub variant: Variant,
    /// What makes it go out.
    pub moment: SendMoment,
    /// How much later than usual.
    pub after: SignedDuration,
    /// How often it is sent.
    pub times: u32,
    /// How long after one another.
    pub every: SignedDuration,
    /// What is changed in the form, in this order.
    pub edits: Vec<FormEdit>,
    /// Whether the token is made over the changed form, or is that of the true one.
    pub signed: bool,
    /// Another Content-Type.
    pub content_type: Option<Box<str>>,
    /// How long the body takes, by the wall clock.
    pub lasts: Option<Duration>,
    /// Whether the connection breaks in the middle of the body.
    pub breaks: bool,
}

impl NotificationPlan {
    /// As usual.
    pub fn plain() -> Self {
        Self {
            variant: Variant::Plain,
            moment: SendMoment::Due,
            after: SignedDuration::ZERO,
            times: 1,
            every: SignedDuration::ZERO,
            edits: Vec::new(),
            signed: false,
            content_type: None,
            lasts: None,
            breaks: false,
        }
    }
}
