//! The JSON of the API's responses. The comments of these types are the API's documentation.

mod binding;
mod callback;
mod event;
mod explanation;
mod inbox_message;
mod merchant;
mod near_miss;
mod notification;
mod nullable;
mod shopper;
mod token;
mod transaction;

use crate::domain::Reason;

pub(crate) use binding::Binding;
pub(super) use callback::{Callback, binding_callback_url};
pub(super) use event::Event;
pub(super) use explanation::{Explanation, ScenarioError};
pub(super) use inbox_message::InboxMessage;
pub(super) use merchant::Merchant;
pub(super) use near_miss::{Difference, Miss, NearMiss};
pub(super) use notification::Notification;
use nullable::Nullable;
pub(super) use shopper::Shopper;
pub(super) use token::Token;
pub(super) use transaction::{Stage, Transaction, TransactionWithTimeline};

/// The reason of a rejection, by its name in JSON.
pub(super) fn parse_reason(text: &str) -> Option<Reason> {
    [Reason::Limit, Reason::Risk, Reason::Inactive, Reason::Forced].into_iter().find(|reason| reason.as_str() == text)
}
