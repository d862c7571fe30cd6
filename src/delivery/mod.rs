//! Sending notifications to merchants: in which order, to which addresses, and how.

mod connection;
mod dispatcher;
mod lanes;
mod resolve;
mod response;
mod sender;
mod wire;

#[cfg(any(test, feature = "fuzz"))]
pub use response::read_answer;

pub use connection::{Connector, error_text};
pub use dispatcher::{Dispatcher, Trigger};
pub use sender::SenderSetup;
