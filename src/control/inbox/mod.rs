//! The built-in inbox: a `dbProcessUrl` for a merchant that has no server yet. It answers 200, checks the merchantToken,
//! and keeps what came.

mod messages;
mod receive;
mod token_check;

pub(super) use messages::operations;
pub(super) use receive::{receive, receive_default};
pub(super) use token_check::right_token;

/// The inbox without a name in its address.
const DEFAULT: &str = "default";
