//! Connects the other modules to a server: start and stop, the middleware, routes, and the scenario files.

mod accept;
mod allowed_hosts;
mod arrivals;
mod check;
mod listeners;
mod middleware;
mod normalize_path;
mod running;
mod scenario_files;
mod scenario_watcher;
#[cfg(feature = "tls")]
mod stand_in;
mod start;

pub use arrivals::Arrivals;
pub use check::{CheckedFile, check};
pub use running::Running;
#[cfg(feature = "tls")]
pub use stand_in::CaCertificate;
pub use start::{StartError, start, start_counting};
