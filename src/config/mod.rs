//! What can be set: by flag, by environment, by file, or left as it comes, in that order.
//!
//! A setting's name is the same everywhere: `--notify-on`, `NICEPAY_SIM_NOTIFY_ON`, `notify-on = …`.

mod merchants;
mod resolve;
mod settings;

pub use resolve::{Config, ConfigError, Limits};
pub use settings::Settings;
