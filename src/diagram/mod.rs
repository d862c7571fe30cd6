//! The sequence diagram of a payment or binding, made from the log: as data, SVG and Mermaid. Pure.

mod arrow;
mod builder;
mod exchange;
mod mermaid;
mod message;
mod notification;
mod pause;
mod sequence_diagram;
mod single_line;
mod svg;
mod untrue;

pub use arrow::{Arrow, Lane, Part};
pub use mermaid::mermaid;
pub use sequence_diagram::Diagram;
pub use single_line::single_line;
pub use svg::svg;
pub use untrue::{until, untrue};
