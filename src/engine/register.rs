//! A merchant registers an order.

use std::sync::Arc;

use super::Engine;
use super::tokens::TokenFault;
use crate::clock::{DAY, Timestamp, later};
use crate::ledger::{
    Amount, Asks, Channel, ClientUserKey, EventKind, IMid, Order, ReferenceNo, TXid, TokenRecord, Tokenize, Transaction,
};
use crate::scenario::{Facts, Mode, TokenFate, UnusableToken};
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
    /// Which way it came.
    pub channel: Channel,
    /// The browser's way back, where a Checkout says it now.
    pub callback_url: Option<&'a str>,
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
    /// The second in that number.
    pub at: Timestamp,
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

/// How far the schedule may outgrow what it is about before dead entries are swept out.
const SLACK: usize = 10_000;

impl Engine {
    /// Takes an order.
    ///
    /// # Errors
    /// [`NotRegistered`]
    pub fn register(&self, command: Register<'_>) -> Result<Registered, NotRegistered> {
        let Register {
            i_mid,
            reference_no,
            amount,
            order,
            channel,
            callback_url,
            tokens,
            pay_valid,
            duplicates_refused,
        } = command;
        let mut other_owner = false;
        let (tokenize, mode) = match tokens {
            TokenUse::No => (Tokenize::No, Mode::Normal),
            TokenUse::Issue(client_user_key) => (Tokenize::Issue { client_user_key }, Mode::Tokenize),
            TokenUse::Pay { user_token, owner, owner_must_fit } => {
                let tokenize = self.seamless(&i_mid, user_token, owner, owner_must_fit, &mut other_owner)?;
                (tokenize, Mode::Seamless)
            }
        };
        let phone = match &tokenize {
            Tokenize::Pay { phone, .. } => Some(phone),
            _ => None,
        };
        let rule = self.story.decide(Facts { mode, phone }, &self.book).rule;
        let now = self.now();
        // An account that asks for something waits for the browser.
        let settles_alone = phone.is_some_and(|phone| self.asks(&i_mid, phone) == Asks::Nothing);
        let (t_xid, registered_at) = self.t_xids.next(&i_mid, channel.pay_method(), now);
        // 24 hours unless the merchant says otherwise (`docs/PROTOCOL.md` §3.2).
        let expires_at = pay_valid.unwrap_or_else(|| later(now, DAY));
        let mut transaction = Box::new(Transaction::registered(
            t_xid.clone(),
            i_mid,
            reference_no,
            amount,
            order,
            channel,
            tokenize,
            Arc::clone(&rule),
            registered_at,
            expires_at,
        ));
        transaction.callback_url = callback_url.map(Into::into);
        let remember = |transaction: &mut Transaction| {
            let rule = Arc::clone(&transaction.rule);
            transaction.sequence = self.log(&*transaction, EventKind::Registered { amt: amount, rule });
        };
        match self.store.transactions.insert(transaction, duplicates_refused, remember) {
            Ok(()) => {}
            Err(NotStored::Duplicate(existing)) => return Err(NotRegistered::Duplicate(existing)),
            Err(NotStored::Full) => return Err(NotRegistered::Full),
        }
        self.plan_expiry(expires_at, Work::Expire(t_xid.clone()));
        let release = settles_alone.then(|| Release {
            schedule: self.store.schedule.clone(),
            at: later(now, self.story.pace.seamless),
            t_xid: t_xid.clone(),
        });
        Ok(Registered { t_xid, at: registered_at, rule, other_owner, release })
    }

    /// Plans the end of something, and sometimes sweeps away the plans for what is over or forgotten: most orders are
    /// paid long before they would expire.
    pub(super) fn plan_expiry(&self, at: Timestamp, work: Work) {
        let planned = self.store.schedule.plan(at, work);
        let most = 2 * self.store.transactions.len() + SLACK;
        // Bindings are few, and counting them takes a lock.
        if planned > most && planned > most + self.store.bindings.len() {
            self.sweep();
        }
    }

    fn sweep(&self) {
        self.store.schedule.retain(|work| match work {
            Work::Settle(id) | Work::Decide(id) | Work::Expire(id) => {
                self.store.transactions.read(id.as_str(), |t| !t.stage().is_final()).unwrap_or(false)
            }
            Work::ExpireBinding(id) => self.store.bindings.read(*id, |b| b.stage.is_open()).unwrap_or(false),
            Work::Send(_) | Work::Resend(_) => true,
        });
    }

    /// What a payment with a token is: seamless, or, where the lender wants to see the customer, a login.
    fn seamless(
        &self,
        i_mid: &IMid,
        sent: &str,
        owner: Option<ClientUserKey>,
        owner_must_fit: bool,
        other_owner: &mut bool,
    ) -> Result<Tokenize, NotRegistered> {
        let token = self.token_for_payment(i_mid, sent).and_then(|token| {
            *other_owner = owner.as_ref().is_some_and(|owner| *owner != token.client_user_key);
            if *other_owner && owner_must_fit { Err(TokenFault::OtherCustomer) } else { Ok(token) }
        });
        match token {
            Err(fault) if self.story.unusable_token == UnusableToken::Refuse => Err(NotRegistered::Token(fault)),
            // As Kredivo does: the token is no good, and the customer logs in.
            Err(_) => Ok(Tokenize::LogIn { user_token: None, client_user_key: owner }),
            Ok(TokenRecord { user_token, phone, client_user_key, .. }) => Ok(match self.asks(i_mid, &phone) {
                Asks::Login => Tokenize::LogIn { user_token: Some(user_token), client_user_key: Some(client_user_key) },
                Asks::Nothing | Asks::Otp => Tokenize::Pay { user_token, phone, client_user_key },
            }),
        }
    }

    /// A token that can pay, unless the story has it that it cannot any more.
    fn token_for_payment(&self, i_mid: &IMid, sent: &str) -> Result<TokenRecord, TokenFault> {
        let token = self.usable_token(i_mid, sent)?;
        let facts = Facts { mode: Mode::Seamless, phone: Some(&token.phone) };
        match self.story.decide(facts, &self.book).token {
            None => Ok(token),
            Some(TokenFate::Unknown) => Err(TokenFault::Unknown),
            Some(TokenFate::OtherMerchant) => Err(TokenFault::OtherMerchant),
            Some(TokenFate::OtherCustomer) => Err(TokenFault::OtherCustomer),
            Some(TokenFate::Removed) => self.remove_token(i_mid, sent).and(Err(TokenFault::Inactive)),
            Some(TokenFate::Revoked) => {
                self.revoke_token(i_mid, &token.user_token);
                Err(TokenFault::Inactive)
            }
        }
    }
}
