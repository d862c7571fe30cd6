//! The pages, one file for each.

pub(super) mod abandon;
pub(super) mod error_page;
pub(super) mod otp;
pub(super) mod pin;
pub(super) mod plan;
pub(super) mod result;
pub(super) mod sign_in;

pub use error_page::bug_page;
pub(super) use error_page::{ErrorKind, error_page, with_diagnosis};
