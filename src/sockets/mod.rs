//! The connections of clients below HTTP: every one has deadlines and really ends, a request learns that its client has
//! left, and when there are too many, the one that is idle for the longest time is closed.
//!
//! The HTTP library has a deadline for the first head of a connection, and for an idle one; it has none for later heads,
//! for the rest of a chunked body after the response, and for a client that does not read. It also never tells a handler
//! that its client has left (docs/DECISIONS.md says why). So each stream is a [`GuardedStream`], which shares a
//! [`Client`] with the requests that come over it.

mod client;
mod guarded_stream;
mod open_clients;

pub use client::{Answering, Client};
pub use guarded_stream::{Deadlines, GuardedStream, Socket};
pub use open_clients::OpenClients;
