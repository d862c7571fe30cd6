//! Payments: registration, opening, decision, cancel, receipt.

mod cancel;
mod checkout;
mod confirm_receipt;
mod open_payment;
mod outcome;
mod partner_decision;
mod registration;

pub(super) use cancel::LIVE_CANCEL_BUSY;
pub use cancel::{Cancel, CancelError};
pub use checkout::PartnerChoiceError;
pub use confirm_receipt::ConfirmReceiptError;
pub use open_payment::OpenedPayment;
pub(super) use outcome::CreditCheck;
pub use partner_decision::{PartnerAction, PartnerDecisionError};
pub use registration::{AfterResponse, Register, Registered, RegistrationError, TokenUse};
