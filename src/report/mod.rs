//! What can be computed from the log alone: the sequence diagram of a payment, as data, as SVG and as Mermaid. Pure.

mod diagram;
mod mermaid;
mod message;
mod shown;
mod svg;

pub use diagram::Diagram;
#[expect(unused_imports, reason = "the dashboard draws from the model, and is being built")]
pub use diagram::{Arrow, Lane, Mark, Part};
#[expect(unused_imports, reason = "the dashboard draws from the model, and is being built")]
pub use shown::shown;
