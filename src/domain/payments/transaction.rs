//! A transaction: an order and its payment.

use std::sync::Arc;

use jiff::Timestamp;

use super::amount::Amount;
use super::decided_by::DecidedBy;
use super::note::Notes;
use super::otp::Otp;
use super::stage::{PartnerStep, Stage, TransitionError};
use crate::domain::accounts::{ClientUserKey, IMid, NotificationId, Partner, Phone, ReferenceNo, TXid, UserToken};

/// The fields of the merchant's order that later messages repeat.
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
    /// Where notifications are sent.
    pub db_process_url: Box<str>,
}

/// How the payment uses user tokens (`tokenizeUser`, `docs/PROTOCOL.md` §1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tokenize {
    /// Not at all.
    No,
    /// Pay, and issue a token (`1`).
    Issue {
        /// The owner of the new token.
        client_user_key: ClientUserKey,
    },
    /// Pay with a token (`2`): seamless.
    Pay {
        /// The token.
        user_token: UserToken,
        /// Its account at the lender.
        phone: Phone,
        /// Its owner at the merchant.
        client_user_key: ClientUserKey,
    },
    /// A token was sent (`2`), and the customer has to log in all the same (`docs/PROTOCOL.md` ).
    LogIn {
        /// The token, where it can pay.
        user_token: Option<UserToken>,
        /// Its owner, or whom the merchant named.
        client_user_key: Option<ClientUserKey>,
    },
}

/// How an order was registered.
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

/// The counting rules that an order matched, each with the order's number in its count.
pub type RuleHits = Vec<(Arc<str>, u32)>;

/// About what the store needs to find a transaction, and to expire it.
const INDEX_BYTES: usize = 512;

/// A payment at NICEPAY.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// NICEPAY's number.
    pub t_xid: TXid,
    /// The merchant.
    pub i_mid: IMid,
    /// The merchant's order number.
    pub reference_no: ReferenceNo,
    /// The amount to pay.
    pub amount: Amount,
    /// The rest of the order.
    pub order: Box<Order>,
    /// How it was registered.
    pub channel: Channel,
    /// How it uses user tokens.
    pub tokenize: Tokenize,
    /// Its stage; changed through [`Transaction::advance`] only.
    stage: Stage,
    /// What decided last.
    pub decided_by: DecidedBy,
    /// The rule that decided last.
    pub rule: Arc<str>,
    /// The second in its tXid, which is `reqDt` and `reqTm`.
    pub registered_at: Timestamp,
    /// When an unpaid one expires.
    pub expires_at: Timestamp,
    /// The number of its `transaction.registered` event. Transactions are sorted by it.
    pub sequence: u64,
    /// The secret in the link to the lender's pages, once it was opened.
    pub link: Option<Arc<str>>,
    /// Where the browser returns to, as last given to `/payment`.
    pub callback_url: Option<Box<str>>,
    /// Whether the browser was sent back there and has not come again since.
    pub has_returned: bool,
    /// Its notifications, in order.
    pub notifications: Vec<NotificationId>,
    /// The counting rules that it matched.
    pub rule_hits: RuleHits,
    /// What NICEPAY would have refused or ignored in its requests.
    pub notes: Notes,
    /// When the merchant confirmed that the goods arrived (Akulaku, `docs/PROTOCOL.md` §2.7).
    pub receipt_confirmed: Option<Timestamp>,
}

impl Transaction {
    /// A transaction that was just registered.
    #[expect(clippy::too_many_arguments, reason = "each is a different field, and there is one caller")]
    pub fn new(
        t_xid: TXid,
        i_mid: IMid,
        reference_no: ReferenceNo,
        amount: Amount,
        order: Box<Order>,
        channel: Channel,
        tokenize: Tokenize,
        decided_by: DecidedBy,
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
            decided_by,
            rule,
            registered_at,
            expires_at,
            sequence: 0,
            link: None,
            callback_url: None,
            has_returned: false,
            notifications: Vec::new(),
            rule_hits: RuleHits::new(),
            notes: Notes::default(),
            receipt_confirmed: None,
        }
    }

    /// Its stage.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    pub(in crate::domain) fn stage_mut(&mut self) -> &mut Stage {
        &mut self.stage
    }

    /// The one-time password that the customer is asked for. Counting its tries is no transition.
    pub fn otp_mut(&mut self) -> Option<&mut Otp> {
        match &mut self.stage {
            Stage::AtPartner(PartnerStep::Otp { otp, .. }) => Some(otp),
            _ => None,
        }
    }

    /// Sets what decided.
    pub fn set_decided_by(&mut self, decided_by: DecidedBy, rule: Arc<str>) {
        (self.decided_by, self.rule) = (decided_by, rule);
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
            Err(error) => {
                self.stage = (*error.from).clone();
                Err(error)
            }
        }
    }

    /// About how many bytes it takes in memory, with its place in the store.
    pub fn memory_size(&self) -> usize {
        let Order { goods_nm, billing_nm, billing_phone, description, db_process_url, .. } = &*self.order;
        let texts = [goods_nm, billing_nm, billing_phone, db_process_url];
        let optional = [description, &self.callback_url].into_iter().flatten();
        let order: usize = texts.into_iter().chain(optional).map(|text| text.len()).sum();
        let (user_token, client_user_key) = match &self.tokenize {
            Tokenize::No => (None, None),
            Tokenize::Issue { client_user_key } => (None, Some(client_user_key)),
            Tokenize::Pay { user_token, client_user_key, .. } => (Some(user_token), Some(client_user_key)),
            Tokenize::LogIn { user_token, client_user_key } => (user_token.as_ref(), client_user_key.as_ref()),
        };
        let ids = [self.t_xid.as_str(), self.i_mid.as_str(), self.reference_no.as_str()].map(str::len);
        let tokens =
            user_token.map_or(0, |text| text.as_str().len()) + client_user_key.map_or(0, |text| text.as_str().len());
        let lists = size_of_val(&*self.notifications) + size_of_val(&*self.rule_hits) + self.notes.memory_size();
        size_of::<Self>() + size_of::<Order>() + INDEX_BYTES + order + tokens + ids.iter().sum::<usize>() + lists
    }

    /// Whether it pays with a token.
    pub fn is_seamless(&self) -> bool {
        matches!(self.tokenize, Tokenize::Pay { .. })
    }

    /// The tenor in months: as chosen, or else as registered (`docs/PROTOCOL.md` §2.5).
    pub fn months(&self) -> u8 {
        match &self.stage {
            Stage::Declined { months, .. } => *months,
            Stage::UnderReview { plan, .. } | Stage::Approved { plan, .. } | Stage::Cancelled { plan, .. } => {
                plan.months
            }
            _ => self.order.instmnt_mon,
        }
    }
}
