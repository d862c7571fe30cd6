//! `nicepay-sim demo`: serve, with a demo shop that plays the merchant.

use std::net::SocketAddr;

use super::{Exit, print, serve};
use crate::config::{Config, Settings};
use crate::paths;

pub(super) fn run(settings: Settings) -> Exit {
    serve::run_config(Config::resolve(settings).and_then(Config::with_demo))
}

/// The second line on stdout: what to open.
pub(super) fn announce(address: SocketAddr) {
    print(&format!("demo shop: http://{address}{}/", paths::DEMO));
}
