//! What shall happen: stories read from TOML, the rules that decide, the lenders' accounts and prices.
//! Pure: facts in, decision out.

mod answer;
mod book;
mod deck;
mod example;
mod facts;
mod library;
mod mistake;
mod outcome;
mod rule;
mod schema;
mod sending;
mod source;
mod story;
mod trial;
mod when;
mod written;

pub use answer::{AnswerFault, Broken};
pub use book::Book;
pub use deck::{Considered, Deck, Passed, Tally};
pub use facts::{Facts, Mode, Operation};
pub use library::Library;
pub use mistake::Mistake;
pub use outcome::{Decision, Outcome, TokenFate};
pub use rule::{Customer, CustomerAct, OtpFate, PinFate, RefundWords, Rule, RuleWords};
pub use schema::schema;
pub use sending::SendingWords;
pub use source::{MOST_BYTES, Source};
pub use story::{Story, UnusableToken};
