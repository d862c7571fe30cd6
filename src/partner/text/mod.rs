//! Every word a shopper can read at a lender, in Indonesian and English: a table of words, one table filled in for each
//! language, and the sentences that have a number or a name in them.

mod en;
mod id;
mod sentences;
mod words;

pub(super) use sentences::minutes_and_seconds;
pub(super) use words::Text;
