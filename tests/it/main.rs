//! Tests from outside: through real sockets, with the verbs of a user.
#![expect(clippy::missing_panics_doc, clippy::too_many_lines, reason = "tests")]

mod bad_input;
mod checklist;
mod codes;
mod control;
mod notifications;
mod pages;
mod rooms;
