//! Serves the documentation offline: README and `docs/` as HTML and as Markdown below `/__sim/`, and `llms.txt`, the index
//! for language models.

mod documents;
mod first_request;
mod html;
mod link;
mod serve;

pub use first_request::first_requests;
#[cfg(test)]
pub use html::heading_id;
pub use serve::routes;
