//! A local simulator of NICEPAY's V2 Payloan API and its lenders (Kredivo, Akulaku, Indodana).
//!
//! It implements the documented endpoints, shows the lenders' pages, issues user tokens and sends notifications. Scenarios
//! and rules decide how payments end. Run it as the program `nicepay-sim`, or inside a Rust test with [`testing`].
//!
//! A test that embeds it can leave out the features `cli`, `dashboard`, `demo` and `allocator`, which are on by default.

// What only a room uses that is left out is not worth a `cfg` at each place.
#![cfg_attr(
    not(all(feature = "cli", feature = "dashboard", feature = "demo", feature = "tls")),
    expect(dead_code, reason = "only a room that is left out uses it")
)]
#![cfg_attr(
    not(all(feature = "cli", feature = "dashboard", feature = "tls")),
    expect(unused_imports, reason = "only a room that is left out uses them")
)]

mod audit;
mod background;
mod body;
mod clock;
mod config;
mod connection;
mod control;
#[cfg(feature = "dashboard")]
mod dashboard;
mod delivery;
#[cfg(feature = "demo")]
mod demo;
mod diagnosis;
mod diagram;
#[cfg(feature = "dashboard")]
mod docs;
mod domain;
mod endpoints;
mod engine;
mod entropy;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
mod gateway;
mod language;
mod locks;
mod page;
mod partner;
mod paths;
mod platform;
mod protocol;
#[cfg(feature = "tls")]
mod proxy;
#[cfg(all(test, feature = "cli", feature = "dashboard"))]
mod reference;
mod report;
mod scenarios;
mod server;
mod sockets;
mod store;
#[cfg(feature = "tls")]
mod tls;

#[cfg(feature = "cli")]
pub mod cli;
pub mod testing;
