//! Connects the other modules to a server: start and stop, the middleware, routes, and the scenario files.

mod allowed_hosts;
mod check;
mod middleware;
mod normalize_path;
mod running;
mod scenario_files;
mod scenario_watcher;
mod start;

pub use check::{CheckedFile, check};
pub use running::Running;
pub use start::{StartError, start};
