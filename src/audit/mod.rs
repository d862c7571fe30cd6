//! The audit: it has the merchant make an order for each drill, plays the customer, sends the notifications of the drill's
//! scenario, and asks the merchant's own system in between. `report` then judges what happened.

mod browser;
mod call;
mod client;
mod clock;
mod customer;
mod drill;
mod drills;
mod order;
mod payment_url;
mod probe;

mod run;
mod sample;
mod scenario;
#[cfg(all(feature = "cli", feature = "tls"))]
mod shell;
mod task;

pub use call::Call;
pub use drills::{DRILLS, Drill, select};
#[cfg(any(test, feature = "fuzz"))]
pub use payment_url::find as find_payment_url;
pub use probe::Probe;
#[cfg(any(test, feature = "fuzz"))]
pub use probe::read_any as read_probe;
pub use run::{Auditor, AuditorSetup, DrillResult, Ending, Outcome, Plan, Update};
#[cfg(all(feature = "cli", feature = "tls"))]
pub use shell::Shell;
pub use task::{Audits, Running};
