//! Settings: from flags, environment variables, a file, or the defaults, in this order.
//!
//! A setting's name is the same everywhere: `--notify-on`, `NICEPAY_SIM_NOTIFY_ON`, `notify-on = …`.

mod merchants;
mod resolve;
mod settings;

pub use crate::domain::ResourceLimits;
#[cfg(all(feature = "cli", feature = "tls"))]
pub use merchants::BUILT_IN_MERCHANTS;
pub use resolve::{CaSource, Config, ConfigError};
pub use settings::Settings;
