//! The documents, offline: README and `docs/` as HTML and as Markdown below `/__sim/`, and `llms.txt`, their index for
//! programs.

mod html;
mod link;
mod pages;
mod serve;

#[cfg(test)]
pub use html::heading_id;
pub use serve::routes;
