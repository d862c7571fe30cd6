//! Puts the rooms together: listeners, what every request passes first, background work, and the order of shutdown.

mod check;
mod front;
mod host;
mod scenarios;
mod start;
mod watch;

pub use check::{Checked, check};
pub use start::{Running, StartError, start};
