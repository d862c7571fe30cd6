//! What can be computed from the log alone: the sequence diagram of a payment, as data, as SVG and as Mermaid. Pure.

mod arrow;
mod diagram;
mod mermaid;
mod message;
mod shown;
mod svg;

pub use arrow::{Arrow, Lane, Mark, Part};
pub use diagram::Diagram;
pub use mermaid::mermaid;
pub use shown::shown;
pub use svg::svg;
