//! Telling the merchant: when, in which order, whether at all, and what came of it.

mod answer;
mod dispatcher;
mod egress;
mod resolve;
mod sender;
mod wire;

pub use dispatcher::{Dispatcher, Trigger};
pub use egress::{Allow, Egress};
pub use sender::SenderSetup;
