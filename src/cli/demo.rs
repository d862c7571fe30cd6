//! `nicepay-sim demo`: like `serve`, with a demo shop as the merchant.

use super::{Exit, serve};
use crate::config::{Config, Settings};

pub(super) fn run(settings: Settings) -> Exit {
    serve::run_config(Config::resolve(settings).and_then(Config::with_demo))
}
