//! What all HTML pages share: the language, the security headers, icons, and the files that pages load.

mod asset;
mod icon;
mod lang;
mod respond;
mod tenor;

pub use asset::{asset, favicon};
pub use icon::Icon;
pub use lang::{Lang, Language};
pub use respond::{cookie, live_page, page, page_posting_to, respond_rendered};
pub use tenor::tenor;
