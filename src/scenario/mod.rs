//! What shall happen: stories read from TOML, the lenders' accounts and prices, and the one function that decides.
//! Pure: facts in, decision out.

mod book;
mod decide;
mod outcome;
mod story;

pub use book::Book;
pub use outcome::{Decision, Facts, Mode, Outcome, TokenFate};
pub use story::{Story, StoryError, UnusableToken};
