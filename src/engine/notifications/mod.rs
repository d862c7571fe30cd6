//! Notifications: when they are scheduled, what they contain, and the result of each attempt.

mod attempts;
mod manual;
mod scheduling;

pub use attempts::AttemptStart;
pub use manual::{ManualNotificationError, ResendError, SendError};
