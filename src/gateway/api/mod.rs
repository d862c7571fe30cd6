//! The endpoints that a merchant's server calls, one file for each.

pub(super) mod binding;
pub(super) mod cancel;
pub(super) mod check_mid;
pub(super) mod checkout;
pub(super) mod confirm_akulaku;
pub(super) mod inquiry;
pub(super) mod registration;
pub(super) mod remove_token;
pub(super) mod user_details;
