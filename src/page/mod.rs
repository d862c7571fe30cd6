//! What every HTML page of ours shares and no face owns: the language, the headers that keep a page safe, and what pages
//! load.

mod asset;
mod lang;
mod respond;
mod sign;

pub use asset::{asset, favicon};
pub use lang::{Common, Lang, Language};
pub use respond::{cookie, live_page, page, page_posting_to};
pub use sign::Sign;
