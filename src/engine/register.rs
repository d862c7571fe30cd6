//! A merchant registers an order.

use std::sync::Arc;

use super::Engine;
use crate::clock::{DAY, Timestamp, later};
use crate::ledger::{
    Amount, ClientUserKey, EventKind, IMid, Order, ReferenceNo, TXid, TokenRecord, Tokenize, Transaction, UserToken,
};
use crate::scenario::{Facts, Mode};
use crate::store::{NotStored, Schedule, Work};

/// The command.
#[derive(Debug)]
pub struct Register<'a> {
    /// Who.
    pub i_mid: IMid,
    /// Under which number.
    pub reference_no: ReferenceNo,
    /// How much.
    pub amount: Amount,
    /// What.
    pub order: Box<Order>,
    /// With what use of tokens.
    pub tokens: TokenUse<'a>,
    /// Until when it can be paid, where the merchant says.
    pub pay_valid: Option<Timestamp>,
    /// Whether a second use of the number is refused.
    pub duplicates_refused: bool,
}

/// What a registration wants of user tokens.
#[derive(Debug)]
pub enum TokenUse<'a> {
    /// Nothing.
    No,
    /// A new one.
    Issue(ClientUserKey),
    /// To pay with one.
    Pay {
        /// As sent.
        user_token: &'a str,
        /// The customer who is said to own it; anybody where none.
        owner: Option<ClientUserKey>,
        /// Whether a token of somebody else is refused, or only remarked on.
        owner_must_fit: bool,
    },
}

/// An order that was taken.
#[derive(Debug)]
pub struct Registered {
    /// Its number.
    pub t_xid: TXid,
    /// The rule in force.
    pub rule: Arc<str>,
    /// Whether it pays with a token of another customer than was said.
    pub other_owner: bool,
    /// To be dropped when the answer is written: nothing of a transaction is sent before.
    pub release: Option<Release>,
}

/// Lets a seamless payment go on once the merchant has its tXid.
#[derive(Debug)]
#[must_use = "the payment settles after this is dropped"]
pub struct Release {
    schedule: Schedule,
    at: Timestamp,
    t_xid: TXid,
}

impl Drop for Release {
    fn drop(&mut self) {
        self.schedule.plan(self.at, Work::Settle(self.t_xid.clone()));
    }
}

/// Why an order was not taken. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRegistered {
    /// The number was used for that transaction.
    Duplicate(TXid),
    /// There is no room.
    Full,
    /// The token cannot pay.
    Token(TokenFault),
}

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

/// How far the schedule may outgrow the transactions before dead entries are swept out.
const SLACK: usize = 10_000;

impl Engine {
    /// Takes an order.
    ///
    /// # Errors
    /// [`NotRegistered`]
    pub fn register(&self, command: Register<'_>) -> Result<Registered, NotRegistered> {
        let Register { i_mid, reference_no, amount, order, tokens, pay_valid, duplicates_refused } = command;
        let mut other_owner = false;
        let (tokenize, mode) = match tokens {
            TokenUse::No => (Tokenize::No, Mode::Normal),
            TokenUse::Issue(client_user_key) => (Tokenize::Issue { client_user_key }, Mode::Tokenize),
            TokenUse::Pay { user_token, owner, owner_must_fit } => {
                let token = self.usable(&i_mid, user_token).map_err(NotRegistered::Token)?;
                other_owner = owner.is_some_and(|owner| owner != token.client_user_key);
                if other_owner && owner_must_fit {
                    return Err(NotRegistered::Token(TokenFault::OtherCustomer));
                }
                let TokenRecord { user_token, phone, client_user_key, .. } = token;
                (Tokenize::Pay { user_token, phone, client_user_key }, Mode::Seamless)
            }
        };
        let phone = match &tokenize {
            Tokenize::Pay { phone, .. } => Some(phone),
            _ => None,
        };
        let rule = self.story.decide(Facts { mode, phone }, &self.book).rule;
        let now = self.now();
        let settles_alone = phone.is_some_and(|phone| {
            // An account that asks for an OTP waits for the browser.
            !self.store.accounts.read(&i_mid, phone, |shopper| shopper.seamless_otp).unwrap_or(false)
        });
        let (t_xid, registered_at) = self.t_xids.next(&i_mid, "06", now);
        // 24 hours unless the merchant says otherwise (`docs/PROTOCOL.md` §3.2).
        let expires_at = pay_valid.unwrap_or_else(|| later(now, DAY));
        let transaction = Box::new(Transaction::registered(
            t_xid.clone(),
            i_mid,
            reference_no,
            amount,
            order,
            tokenize,
            Arc::clone(&rule),
            registered_at,
            expires_at,
        ));
        let remember = |transaction: &mut Transaction| {
            let rule = Arc::clone(&transaction.rule);
            transaction.sequence = self.log(transaction, EventKind::Registered { amt: amount, rule });
        };
        match self.store.transactions.insert(transaction, duplicates_refused, remember) {
            Ok(()) => {}
            Err(NotStored::Duplicate(existing)) => return Err(NotRegistered::Duplicate(existing)),
            Err(NotStored::Full) => return Err(NotRegistered::Full),
        }
        let planned = self.store.schedule.plan(expires_at, Work::Expire(t_xid.clone()));
        if planned > 2 * self.store.transactions.len() + SLACK {
            self.sweep();
        }
        let release = settles_alone.then(|| Release {
            schedule: self.store.schedule.clone(),
            at: later(now, self.story.pace.seamless),
            t_xid: t_xid.clone(),
        });
        Ok(Registered { t_xid, rule, other_owner, release })
    }

    /// Drops the plans for transactions that are over or forgotten.
    fn sweep(&self) {
        self.store.schedule.retain(|work| match work {
            Work::Settle(id) | Work::Decide(id) | Work::Expire(id) => {
                self.store.transactions.read(id.as_str(), |t| !t.stage().is_final()).unwrap_or(false)
            }
            Work::Send(_) | Work::Resend(_) => true,
        });
    }

    /// A token that can pay now.
    fn usable(&self, i_mid: &IMid, sent: &str) -> Result<TokenRecord, TokenFault> {
        let user_token = UserToken::new(sent).map_err(|_| TokenFault::Unknown)?;
        let Some(token) = self.store.accounts.token(i_mid, &user_token) else {
            let elsewhere = self.store.accounts.tokens(|token| token.user_token == user_token);
            return Err(if elsewhere.is_empty() { TokenFault::Unknown } else { TokenFault::OtherMerchant });
        };
        if token.active { Ok(token) } else { Err(TokenFault::Inactive) }
    }
}
