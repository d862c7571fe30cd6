//! Tests from outside: through real sockets, with the verbs of a user.

mod bad_input;
mod binding;
mod browser;
mod cancel;
mod checklist;
mod codes;
mod control;
mod flows;
mod notifications;
mod pages;
mod program;
mod readme;
mod rooms;
