//! What can be computed from the log alone: the sequence diagram of a payment, as data, as SVG and as Mermaid. Pure.

mod arrow;
mod builder;
mod diagram;
mod display_text;
mod mermaid;
mod svg;

pub use arrow::{Arrow, Lane, Mark, Part};
pub use diagram::Diagram;
pub use display_text::shown;
pub use mermaid::mermaid;
pub use svg::svg;
