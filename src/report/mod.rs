//! What can be computed from the log alone: the sequence diagram of a payment, as data, as SVG and as Mermaid. Pure.

mod diagram;
mod mermaid;
mod message;
mod shown;
mod svg;

pub use diagram::{Arrow, Diagram, Lane, Mark, Part};
pub use shown::shown;
