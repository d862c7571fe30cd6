//! What can be computed from the log alone: the sequence diagram of a payment, as data, as SVG and as Mermaid. Pure.

mod diagram;

pub use diagram::{Arrow, Diagram, Lane, Mark, Part};
