//! One order on its way to being paid.

use std::sync::Arc;

use jiff::Timestamp;

use super::amount::Amount;
use super::ids::{ClientUserKey, IMid, NotificationId, Phone, ReferenceNo, TXid, UserToken};
use super::merchant::Partner;
use super::stage::{Stage, TransitionError};

/// What the merchant asked for, as far as later messages repeat it.
#[derive(Clone, Debug)]
pub struct Order {
    /// `goodsNm`
    pub goods_nm: Box<str>,
    /// `billingNm`
    pub billing_nm: Box<str>,
    /// `billingPhone`; can be empty.
    pub billing_phone: Box<str>,
    /// `description`, when one was sent.
    pub description: Option<Box<str>>,
    /// `mitraCd`; none before the customer of a Checkout has chosen.
    pub partner: Option<Partner>,
    /// `instmntMon` as sent; the customer may choose another (`docs/PROTOCOL.md` A-29).
    pub instmnt_mon: u8,
    /// `instmntType`: 1 customer charge, 2 merchant charge (`docs/PROTOCOL.md` §4.4).
    pub instmnt_type: u8,
    /// Where notifications go.
    pub db_process_url: Box<str>,
}

/// What the order has to do with user tokens (`tokenizeUser`, `docs/PROTOCOL.md` §1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tokenize {
    /// Nothing.
    No,
    /// Pay, and issue a token (`1`).
    Issue {
        /// Whose token it will be.
        client_user_key: ClientUserKey,
    },
    /// Pay with a token (`2`): seamless.
    Pay {
        /// The token.
        user_token: UserToken,
        /// Its account at the partner.
        phone: Phone,
        /// Its owner at the merchant.
        client_user_key: ClientUserKey,
    },
    /// A token was sent (`2`), and the customer has to log in all the same (`docs/PROTOCOL.md` ).
    LogIn {
        /// The token, where it is one that pays.
        user_token: Option<UserToken>,
        /// Its owner, or who is said to be.
        client_user_key: Option<ClientUserKey>,
    },
}

/// Which of NICEPAY's ways an order came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The direct API: the merchant names the lender.
    Direct,
    /// Checkout: NICEPAY's own page comes first (`docs/PROTOCOL.md` §2.8).
    Checkout {
        /// `payMethod` 00, not 06: the customer chooses the lender.
        any_lender: bool,
    },
}

impl Channel {
    /// `payMethod` as registered: the two digits in the tXid (`docs/PROTOCOL.md` §2.8, §3.1).
    pub const fn pay_method(self) -> &'static str {
        match self {
            Self::Checkout { any_lender: true } => "00",
            Self::Direct | Self::Checkout { any_lender: false } => "06",
        }
    }
}

/// What an order was counted for: rules that count, and the how-manieth it was.
pub type RuleHits = Vec<(Arc<str>, u32)>;

/// An order, and where it stands.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// NICEPAY's number.
    pub t_xid: TXid,
    /// The merchant.
    pub i_mid: IMid,
    /// The merchant's number.
    pub reference_no: ReferenceNo,
    /// What is to be paid.
    pub amount: Amount,
    /// The rest of the order.
    pub order: Box<Order>,
    /// How it came.
    pub channel: Channel,
    /// Its relation to user tokens.
    pub tokenize: Tokenize,
    /// Where it stands; changed through [`Transaction::advance`] only.
    stage: Stage,
    /// The rule that decided last.
    pub rule: Arc<str>,
    /// The second in its tXid, which is `reqDt` and `reqTm`.
    pub registered_at: Timestamp,
    /// When an unpaid one expires.
    pub expires_at: Timestamp,
    /// The number of its `transaction.registered` event: its place in the order of registrations.
    pub sequence: u64,
    /// The secret of its partner page's link, once it was opened.
    pub link: Option<Arc<str>>,
    /// The browser's way back, as last given to `/payment`.
    pub callback_url: Option<Box<str>>,
    /// Whether the browser has gone back there, and has not come again since.
    pub returned: bool,
    /// Its notifications, in order.
    pub notifications: Vec<NotificationId>,
    /// What it was counted for.
    pub counted: RuleHits,
    /// When the merchant said that the goods arrived (Akulaku, `docs/PROTOCOL.md` §2.7).
    pub receipt_confirmed: Option<Timestamp>,
}

impl Transaction {
    /// A transaction that has just been registered.
    #[expect(clippy::too_many_arguments, reason = "every one is a different thing, and there is one caller")]
    pub fn registered(
        t_xid: TXid,
        i_mid: IMid,
        reference_no: ReferenceNo,
        amount: Amount,
        order: Box<Order>,
        channel: Channel,
        tokenize: Tokenize,
        rule: Arc<str>,
        registered_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            t_xid,
            i_mid,
            reference_no,
            amount,
            order,
            channel,
            tokenize,
            stage: Stage::Registered,
            rule,
            registered_at,
            expires_at,
            sequence: 0,
            link: None,
            callback_url: None,
            returned: false,
            notifications: Vec::new(),
            counted: RuleHits::new(),
            receipt_confirmed: None,
        }
    }

    /// Where it stands.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// For counting an OTP's tries, which is no transition.
    pub fn stage_mut(&mut self) -> &mut Stage {
        &mut self.stage
    }

    /// Makes a transition.
    ///
    /// # Errors
    /// [`TransitionError`]; the transaction is then as it was.
    pub fn advance(
        &mut self,
        transition: impl FnOnce(Stage) -> Result<Stage, TransitionError>,
    ) -> Result<(), TransitionError> {
        match transition(std::mem::replace(&mut self.stage, Stage::Registered)) {
            Ok(next) => {
                self.stage = next;
                Ok(())
            }
            Err(illegal) => {
                self.stage = (*illegal.from).clone();
                Err(illegal)
            }
        }
    }

    /// Whether it pays with a token.
    pub fn is_seamless(&self) -> bool {
        matches!(self.tokenize, Tokenize::Pay { .. })
    }

    /// The tenor in months: chosen where somebody has chosen, else as registered (`docs/PROTOCOL.md` §2.5).
    pub fn months(&self) -> u8 {
        match &self.stage {
            Stage::UnderReview { plan, .. } | Stage::Approved { plan, .. } | Stage::Cancelled { plan, .. } => {
                plan.months
            }
            _ => self.order.instmnt_mon,
        }
    }
}
