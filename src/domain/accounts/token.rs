//! User tokens.

use jiff::Timestamp;

use super::ids::{ClientUserKey, IMid, Phone, UserToken};

/// A token that exists from the start and after a reset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFixture {
    /// The merchant.
    pub i_mid: IMid,
    /// The token.
    pub user_token: UserToken,
    /// The merchant's customer.
    pub client_user_key: ClientUserKey,
    /// The account at the lender.
    pub phone: Phone,
    /// `billingPhone` of the order that issued it.
    pub billing_phone: Box<str>,
}

/// Whom a token is granted to, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenGrant {
    /// The merchant that it is issued to; no other can use it.
    pub i_mid: IMid,
    /// The merchant's customer.
    pub client_user_key: ClientUserKey,
    /// The account at the lender.
    pub phone: Phone,
    /// `billingPhone` of the order that issues it; `remove-token` repeats it (`docs/PROTOCOL.md` §2.10).
    pub billing_phone: Box<str>,
    /// When it is issued.
    pub issued_at: Timestamp,
}

/// About what the store needs to find a token.
const INDEX_BYTES: usize = 512;

impl TokenRecord {
    /// About how many bytes it takes in memory, with its place in the store.
    pub fn memory_size(&self) -> usize {
        let TokenGrant { client_user_key, billing_phone, .. } = &self.grant;
        let texts = [self.user_token.as_str(), client_user_key.as_str(), billing_phone];
        size_of::<Self>() + INDEX_BYTES + texts.iter().map(|text| text.len()).sum::<usize>()
    }
}

/// A token, its grant, and whether it is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its number, in the order of issue.
    pub number: u64,
    /// The token.
    pub user_token: UserToken,
    /// Whom it is granted to.
    pub grant: TokenGrant,
    /// Whether it can pay (`tokenStatus`, `docs/PROTOCOL.md` §4.8).
    pub is_active: bool,
}
