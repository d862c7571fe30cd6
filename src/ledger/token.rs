//! User tokens.

use jiff::Timestamp;

use super::ids::{ClientUserKey, IMid, Phone, UserToken};

/// A token that exists from the start, and after a reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFixture {
    /// Whose namespace.
    pub i_mid: IMid,
    /// The token.
    pub user_token: UserToken,
    /// The merchant's customer.
    pub client_user_key: ClientUserKey,
    /// The account at the partner.
    pub phone: Phone,
    /// `billingPhone` of the order that issued it.
    pub billing_phone: Box<str>,
}

/// A token, whom it belongs to and whether it still pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// The token.
    pub user_token: UserToken,
    /// The merchant it was issued to; no other can use it.
    pub i_mid: IMid,
    /// The merchant's customer.
    pub client_user_key: ClientUserKey,
    /// The account at the partner.
    pub phone: Phone,
    /// `billingPhone` of the order that issued it: what `remove-token` repeats (`docs/PROTOCOL.md` §2.10).
    pub billing_phone: Box<str>,
    /// Whether it can pay (`tokenStatus`, `docs/PROTOCOL.md` §4.8).
    pub active: bool,
    /// When it was issued.
    pub issued_at: Timestamp,
}
