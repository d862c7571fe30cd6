//! What the customer does at the lender: in a browser, or played by the control API.

mod buyer;
mod lender_session;
mod otp;
mod page_flow;
mod plan;
mod sign_in;

pub use buyer::{BuyerAction, BuyerCommand, BuyerError};
pub(super) use lender_session::LenderSession;
pub use otp::{OtpResult, ResendResult};
pub use page_flow::PageFlowError;
pub use plan::PlanChoice;
pub use sign_in::SignInResult;
