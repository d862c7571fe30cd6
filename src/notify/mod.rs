//! Telling the merchant: when, in which order, whether at all, and what came of it.

mod dispatcher;
mod egress;
mod sender;

pub use dispatcher::{Dispatcher, Trigger};
pub use egress::{Allow, Egress};
pub use sender::SenderSetup;
