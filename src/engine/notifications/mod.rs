//! Notifications: when they are scheduled, what they contain, and the result of each attempt.

mod attempts;
mod deliver_now;
mod manual;
mod scheduling;

pub use attempts::AttemptStart;
pub use deliver_now::DeliverNowError;
pub use manual::{ManualNotificationError, ResendError, SendError};
