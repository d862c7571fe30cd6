//! Tests from outside: through real sockets, with the verbs of a user.

mod bad_input;
mod binding;
mod browser;
mod checklist;
mod codes;
mod control;
mod notifications;
mod pages;
mod program;
mod readme;
mod rooms;
mod seamless;
mod user_tokens;
