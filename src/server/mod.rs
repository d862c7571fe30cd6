//! Puts the rooms together: listeners, what every request passes first, background work, and the order of shutdown.

mod front;
mod host;
mod scenarios;
mod start;

pub use start::{Running, StartError, start};
