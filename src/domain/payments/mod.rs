//! The types of a payment.

mod amount;
mod decided_by;
mod lender_terms;
mod note;
mod otp;
mod plan;
mod stage;
mod transaction;

pub use amount::Amount;
pub use decided_by::DecidedBy;
pub use lender_terms::{LenderStep, LenderTerms};
pub use note::{Evidence, Note};
pub use otp::{Otp, OtpCheck};
pub use plan::{InstalmentPlan, Product};
pub use stage::{CancelKind, PartnerStep, ReviewOutcome, Stage, TransitionError};
pub use transaction::{Channel, Order, RuleHits, Tokenize, Transaction};
