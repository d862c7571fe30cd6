//! User tokens: issued by payments, bindings, the control API and as fixtures; looked at, removed and revoked.

use super::Engine;
use crate::ledger::{ClientUserKey, EventKind, IMid, Phone, Shopper, TokenFixture, TokenRecord, UserToken};
use crate::store::Subject;

/// What is wrong with a user token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Nobody issued it.
    Unknown,
    /// It was issued to another merchant.
    OtherMerchant,
    /// It was removed or revoked.
    Inactive,
    /// It is another customer's.
    OtherCustomer,
}

impl Engine {
    /// Puts the fixtures of one namespace, or of all, back.
    pub(super) fn restore_fixtures(&self, i_mid: Option<&IMid>) {
        for fixture in self.fixtures.iter().filter(|fixture| i_mid.is_none_or(|i_mid| fixture.i_mid == *i_mid)) {
            let TokenFixture { i_mid, user_token, client_user_key, phone, billing_phone } = fixture;
            self.remember_token(i_mid, client_user_key, phone, billing_phone, user_token.clone());
        }
    }

    /// Answers whether nobody in the namespace had it.
    fn remember_token(
        &self,
        i_mid: &IMid,
        client_user_key: &ClientUserKey,
        phone: &Phone,
        billing_phone: &str,
        user_token: UserToken,
    ) -> bool {
        self.store.accounts.issue(TokenRecord {
            user_token,
            i_mid: i_mid.clone(),
            client_user_key: client_user_key.clone(),
            phone: phone.clone(),
            billing_phone: billing_phone.into(),
            active: true,
            issued_at: self.now(),
        })
    }

    /// Issues a token that nobody in the namespace has; `purpose` decides which, by the seed.
    pub(super) fn new_token(
        &self,
        i_mid: &IMid,
        client_user_key: &ClientUserKey,
        phone: &Phone,
        billing_phone: &str,
        purpose: &[&str],
    ) -> Option<UserToken> {
        // One purpose can come back (a referenceNo used twice): the count tells the draws apart.
        for draw in 0_u32..100 {
            let count = draw.to_string();
            let mut purpose = purpose.to_vec();
            purpose.push(&count);
            let user_token = UserToken::new(&self.entropy.uuid(&purpose)).ok()?;
            if self.remember_token(i_mid, client_user_key, phone, billing_phone, user_token.clone()) {
                return Some(user_token);
            }
        }
        None
    }

    /// Issues a token for a test's set-up; `wanted` where the test says which. None where that one is taken.
    pub fn issue_token(
        &self,
        i_mid: &IMid,
        client_user_key: &ClientUserKey,
        phone: &Phone,
        wanted: Option<UserToken>,
    ) -> Option<UserToken> {
        let billing_phone = phone.local();
        let user_token = if let Some(token) = wanted {
            self.remember_token(i_mid, client_user_key, phone, &billing_phone, token.clone()).then_some(token)?
        } else {
            let purpose = [i_mid.as_str(), client_user_key.as_str(), phone.as_str(), "control/token"];
            self.new_token(i_mid, client_user_key, phone, &billing_phone, &purpose)?
        };
        let kind = EventKind::TokenIssued {
            user_token: user_token.clone(),
            client_user_key: client_user_key.clone(),
            phone: phone.clone(),
        };
        self.log(Subject::merchant(i_mid), kind);
        Some(user_token)
    }

    /// A token that can pay now.
    ///
    /// # Errors
    /// [`TokenFault`]
    pub fn usable_token(&self, i_mid: &IMid, sent: &str) -> Result<TokenRecord, TokenFault> {
        let user_token = UserToken::new(sent).map_err(|_| TokenFault::Unknown)?;
        let Some(token) = self.store.accounts.token(i_mid, &user_token) else {
            let elsewhere = self.store.accounts.tokens(|token| token.user_token == user_token);
            return Err(if elsewhere.is_empty() { TokenFault::Unknown } else { TokenFault::OtherMerchant });
        };
        if token.active { Ok(token) } else { Err(TokenFault::Inactive) }
    }

    /// The account behind a usable token (`docs/PROTOCOL.md` §2.11).
    ///
    /// # Errors
    /// [`TokenFault`]
    pub fn account_of(&self, i_mid: &IMid, sent: &str) -> Result<Shopper, TokenFault> {
        let token = self.usable_token(i_mid, sent)?;
        self.shopper(i_mid, &token.phone).ok_or(TokenFault::Unknown)
    }

    /// The merchant removes a token (`docs/PROTOCOL.md` §2.10).
    ///
    /// # Errors
    /// [`TokenFault`]; of two that come at once, one finds it gone.
    pub fn remove_token(&self, i_mid: &IMid, sent: &str) -> Result<TokenRecord, TokenFault> {
        let token = self.usable_token(i_mid, sent)?;
        let kind = EventKind::TokenRemoved { user_token: token.user_token.clone() };
        if self.deactivate(i_mid, &token.user_token, kind) == Some(true) {
            Ok(token)
        } else {
            Err(TokenFault::Inactive)
        }
    }

    /// The customer revokes a token in the lender's app; answers whether it was usable, none where nobody has it.
    pub fn revoke_token(&self, i_mid: &IMid, user_token: &UserToken) -> Option<bool> {
        self.deactivate(i_mid, user_token, EventKind::TokenRevoked { user_token: user_token.clone() })
    }

    fn deactivate(&self, i_mid: &IMid, user_token: &UserToken, kind: EventKind) -> Option<bool> {
        self.store.accounts.deactivate(i_mid, user_token, || {
            self.log(Subject::merchant(i_mid), kind);
        })
    }

    /// Whether a token can still pay.
    pub(super) fn token_is_active(&self, i_mid: &IMid, user_token: &UserToken) -> bool {
        self.store.accounts.token(i_mid, user_token).is_some_and(|token| token.active)
    }
}
