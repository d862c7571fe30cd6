//! A local stand-in for NICEPAY's V2 Payloan API and its lenders (Kredivo, Akulaku, Indodana).
//!
//! It answers the documented endpoints, plays the partner's pages, issues user tokens, notifies the merchant, and can be
//! told what happens. Run it as the program `nicepay-sim`, or inside a Rust test with [`testing`].

mod background;
mod body;
mod clock;
mod config;
mod control;
mod dashboard;
mod delivery;
mod demo;
mod diagram;
mod domain;
mod engine;
mod entropy;
mod gateway;
mod locks;
mod page;
mod partner;
mod paths;
mod protocol;
mod scenarios;
mod server;
mod store;

pub mod cli;
pub mod testing;
