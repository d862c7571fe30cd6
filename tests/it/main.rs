//! Tests from outside: through real sockets, with the verbs of a user.

mod bad_input;
mod checklist;
mod codes;
mod control;
mod notifications;
mod pages;
mod readme;
mod rooms;
