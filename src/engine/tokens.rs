//! User tokens: issuing, checking, removing and revoking them.

use super::Engine;
use crate::domain::{ClientUserKey, EventKind, IMid, Phone, Shopper, TokenFixture, TokenGrant, TokenRecord, UserToken};
use crate::store::{Draw, Draws, Subject};

/// Why a user token cannot pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was never issued.
    #[error("the user token was never issued")]
    Unknown,
    /// It was issued to another merchant.
    #[error("the user token was issued to another merchant")]
    OtherMerchant,
    /// It was removed or revoked.
    #[error("the user token was removed or revoked")]
    Inactive,
    /// It belongs to another customer.
    #[error("the user token belongs to another customer")]
    OtherCustomer,
}

impl Engine {
    /// Issues the fixtures of one merchant, or of all, again.
    pub(super) fn restore_fixtures(&self, i_mid: Option<&IMid>) {
        for fixture in self.fixtures.iter().filter(|fixture| i_mid.is_none_or(|i_mid| fixture.i_mid == *i_mid)) {
            let TokenFixture { i_mid, user_token, client_user_key, phone, billing_phone } = fixture;
            if self.store.merchants.get(i_mid.as_str()).is_some() {
                let grant = self.grant(i_mid, client_user_key, phone, billing_phone);
                self.store.tokens.issue(grant, user_token.clone(), |_| ());
            }
        }
    }

    pub(super) fn grant(
        &self,
        i_mid: &IMid,
        customer: &ClientUserKey,
        phone: &Phone,
        billing_phone: &str,
    ) -> TokenGrant {
        TokenGrant {
            i_mid: i_mid.clone(),
            client_user_key: customer.clone(),
            phone: phone.clone(),
            billing_phone: billing_phone.into(),
            issued_at: self.now(),
        }
    }

    /// The texts of new tokens: functions of the seed and the purpose.
    pub(super) fn token_texts(&self, purpose: &[&str]) -> impl Fn(Draw) -> UserToken {
        move |Draw { number, evicted }| {
            let (number, evicted) = (number.to_string(), evicted.to_string());
            let after = ["after", &evicted];
            let after = if evicted == "0" { &[][..] } else { &after[..] };
            UserToken::from_uuid(self.entropy.uuid(&[purpose, &[number.as_str()], after].concat()))
        }
    }

    /// Issues a token for a test; `text` where the test chooses it. None where the merchant already has a token with
    /// it.
    pub fn issue_token(
        &self,
        i_mid: &IMid,
        client_user_key: &ClientUserKey,
        phone: &Phone,
        text: Option<UserToken>,
    ) -> Option<TokenRecord> {
        let grant = self.grant(i_mid, client_user_key, phone, &phone.local());
        let before_visible = |token: &TokenRecord| {
            self.log(Subject::merchant(i_mid), token_issued(&token.user_token, client_user_key, phone));
        };
        if let Some(text) = text {
            return self.store.tokens.issue(grant, text, before_visible);
        }
        let purpose = [i_mid.as_str(), client_user_key.as_str(), phone.as_str(), "control/token"];
        Some(self.store.tokens.issue_new(grant, Draws::AfterIssued, self.token_texts(&purpose), before_visible))
    }

    /// A token that can pay now.
    ///
    /// # Errors
    /// [`TokenError`]
    pub fn usable_token(&self, i_mid: &IMid, sent: &str) -> Result<TokenRecord, TokenError> {
        let user_token = UserToken::new(sent).map_err(|_| TokenError::Unknown)?;
        let known = self.store.tokens.find_by_text(&user_token);
        let is_known = !known.is_empty();
        match known.into_iter().find(|token| token.grant.i_mid == *i_mid) {
            Some(token) if token.active => Ok(token),
            Some(_) => Err(TokenError::Inactive),
            None if is_known => Err(TokenError::OtherMerchant),
            None => Err(TokenError::Unknown),
        }
    }

    /// The account of a usable token (`docs/PROTOCOL.md` §2.11).
    ///
    /// # Errors
    /// [`TokenError`]
    pub fn account_of(&self, i_mid: &IMid, sent: &str) -> Result<Shopper, TokenError> {
        let token = self.usable_token(i_mid, sent)?;
        self.shopper(i_mid, &token.grant.phone).ok_or(TokenError::Unknown)
    }

    /// The merchant removes a token (`docs/PROTOCOL.md` §2.10).
    ///
    /// # Errors
    /// [`TokenError`]; of two concurrent requests one fails.
    pub fn remove_token(&self, i_mid: &IMid, sent: &str) -> Result<TokenRecord, TokenError> {
        let token = self.usable_token(i_mid, sent)?;
        let kind = EventKind::TokenRemoved { user_token: token.user_token.clone() };
        if self.deactivate(i_mid, &token.user_token, kind) == Some(true) {
            Ok(token)
        } else {
            Err(TokenError::Inactive)
        }
    }

    /// The customer revokes a token in the lender's app. Returns whether it was active; none where there is no such
    /// token.
    pub fn revoke_token(&self, i_mid: &IMid, user_token: &UserToken) -> Option<bool> {
        self.deactivate(i_mid, user_token, EventKind::TokenRevoked { user_token: user_token.clone() })
    }

    pub(super) fn deactivate(&self, i_mid: &IMid, user_token: &UserToken, kind: EventKind) -> Option<bool> {
        self.store.tokens.deactivate(i_mid, user_token, || {
            self.log(Subject::merchant(i_mid), kind);
        })
    }
}

pub(super) fn token_issued(user_token: &UserToken, client_user_key: &ClientUserKey, phone: &Phone) -> EventKind {
    EventKind::TokenIssued {
        user_token: user_token.clone(),
        client_user_key: client_user_key.clone(),
        phone: phone.clone(),
    }
}
