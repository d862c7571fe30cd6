//! Sending notifications to merchants: in which order, whether the address may be called, and how.

mod dispatcher;
mod egress;
mod resolve;
mod response;
mod sender;
mod wire;

pub use dispatcher::{Dispatcher, Trigger};
pub use egress::{Allow, Egress};
pub use sender::SenderSetup;
