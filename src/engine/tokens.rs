//! User tokens: issued by payments, by the control API, and as fixtures.

use super::Engine;
use crate::ledger::{
    ClientUserKey, EventKind, IMid, Phone, TokenFixture, TokenRecord, Tokenize, Transaction, UserToken,
};
use crate::store::Subject;

impl Engine {
    /// Puts the fixtures of one namespace, or of all, back.
    pub(super) fn restore_fixtures(&self, i_mid: Option<&IMid>) {
        for fixture in self.fixtures.iter().filter(|fixture| i_mid.is_none_or(|i_mid| fixture.i_mid == *i_mid)) {
            let TokenFixture { i_mid, user_token, client_user_key, phone } = fixture;
            self.remember_token(i_mid, client_user_key, phone, user_token.clone());
        }
    }

    /// Answers whether nobody in the namespace had it.
    fn remember_token(
        &self,
        i_mid: &IMid,
        client_user_key: &ClientUserKey,
        phone: &Phone,
        user_token: UserToken,
    ) -> bool {
        self.store.accounts.issue(TokenRecord {
            user_token,
            i_mid: i_mid.clone(),
            client_user_key: client_user_key.clone(),
            phone: phone.clone(),
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
        purpose: &[&str],
    ) -> Option<UserToken> {
        // One purpose can come back (a referenceNo used twice): the count tells the draws apart.
        for draw in 0_u32..100 {
            let count = draw.to_string();
            let mut purpose = purpose.to_vec();
            purpose.push(&count);
            let user_token = UserToken::new(&self.entropy.uuid(&purpose)).ok()?;
            if self.remember_token(i_mid, client_user_key, phone, user_token.clone()) {
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
        let user_token = if let Some(user_token) = wanted {
            self.remember_token(i_mid, client_user_key, phone, user_token.clone()).then_some(user_token)?
        } else {
            let purpose = [i_mid.as_str(), client_user_key.as_str(), phone.as_str(), "control/token"];
            self.new_token(i_mid, client_user_key, phone, &purpose)?
        };
        let kind = EventKind::TokenIssued {
            user_token: user_token.clone(),
            client_user_key: client_user_key.clone(),
            phone: phone.clone(),
        };
        self.store.log.append(self.now(), Subject::merchant(i_mid), kind);
        Some(user_token)
    }

    /// Whether the token that a transaction pays with can still pay.
    pub(super) fn token_is_active(&self, transaction: &Transaction) -> bool {
        let Tokenize::Pay { user_token, .. } = &transaction.tokenize else { return true };
        self.store.accounts.token(&transaction.i_mid, user_token).is_some_and(|token| token.active)
    }

    /// The customer revokes a token in the lender's app; answers whether it was usable, none where nobody has it.
    pub fn revoke_token(&self, i_mid: &IMid, user_token: &UserToken) -> Option<bool> {
        let was_active = self.store.accounts.deactivate(i_mid, user_token)?;
        if was_active {
            let kind = EventKind::TokenRevoked { user_token: user_token.clone() };
            self.store.log.append(self.now(), Subject::merchant(i_mid), kind);
        }
        Some(was_active)
    }
}
