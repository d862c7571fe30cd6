//! Tests from outside: through real sockets, with the verbs of a user.

mod bad_input;
mod binding;
mod bodies;
mod browser;
mod cancel;
mod checklist;
mod checkout;
mod clock;
mod codes;
mod control;
mod flows;
mod lenders;
mod notifications;
mod openapi;
mod pages;
mod program;
mod readme;
mod receipt;
mod rooms;
mod seamless;
mod stream;
mod switches;
mod user_tokens;
mod verify;
mod wait;
