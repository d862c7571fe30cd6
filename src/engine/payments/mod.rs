//! Payments: registration, opening, decision, cancel, receipt.

mod cancel;
mod checkout;
mod outcome;
mod partner_decision;
mod payment;
mod receipt;
mod registration;

pub use cancel::{Cancel, CancelError};
pub use checkout::PartnerChoiceError;
pub(super) use outcome::LimitCheck;
pub use partner_decision::{PartnerAction, PartnerDecisionError};
pub use payment::OpenedPayment;
pub use receipt::ReceiptError;
pub use registration::{AfterResponse, Register, Registered, RegistrationError, TokenUse};
