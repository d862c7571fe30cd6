//! Account binding: a user token without a purchase (`docs/PROTOCOL.md` §1.5, §2.9).

use std::sync::Arc;

use jiff::Timestamp;

use super::accounts::{BindingId, ClientUserKey, IMid, NotificationId, Phone, ReferenceNo, UserToken};
use super::payments::{Otp, RuleHits};
use super::reason::Reason;

/// What the merchant asked for.
#[derive(Clone, Debug)]
pub struct BindingRequest {
    /// The merchant's number; it need not be unique.
    pub reference_no: ReferenceNo,
    /// `billingNm`
    pub billing_nm: Box<str>,
    /// `billingPhone` as sent: the merchantToken covers this text.
    pub billing_phone: Box<str>,
    /// `billingPhone` as a telephone number.
    pub phone: Phone,
    /// `billingEmail`; can be empty.
    pub billing_email: Box<str>,
    /// `clientUserKey`, where one was sent.
    pub client_user_key: Option<ClientUserKey>,
    /// Where the notification goes.
    pub db_process_url: Box<str>,
    /// Where the browser returns to, if anywhere.
    pub callback_url: Option<Box<str>>,
}

/// An account binding.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its number in this simulator.
    pub id: BindingId,
    /// The merchant.
    pub i_mid: IMid,
    /// What the merchant asked for.
    pub request: Box<BindingRequest>,
    /// Its current stage.
    pub stage: BindingStage,
    /// The rule that decided last.
    pub rule: Arc<str>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// The secret in the link to the lender's pages.
    pub link: Arc<str>,
    /// Its notifications.
    pub notifications: Vec<NotificationId>,
    /// The counting rules that it matched.
    pub rule_hits: RuleHits,
}

/// The stages of a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindingStage {
    /// The login page: phone and PIN.
    SignIn,
    /// The OTP page.
    Otp(Box<Otp>),
    /// The account is bound.
    Bound {
        /// The account.
        phone: Phone,
        /// The token that can pay.
        user_token: UserToken,
        /// When it was bound.
        at: Timestamp,
    },
    /// The lender refused.
    Failed {
        /// Why.
        reason: Reason,
        /// When.
        at: Timestamp,
    },
    /// The customer left. The merchant has to register again.
    Abandoned {
        /// When.
        at: Timestamp,
    },
    /// The customer did not finish in time.
    Expired {
        /// When.
        at: Timestamp,
    },
}

impl BindingStage {
    /// `registered`, `at-partner`, `bound`, `failed`, `abandoned` or `expired`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::SignIn => "registered",
            Self::Otp(_) => "at-partner",
            Self::Bound { .. } => "bound",
            Self::Failed { .. } => "failed",
            Self::Abandoned { .. } => "abandoned",
            Self::Expired { .. } => "expired",
        }
    }

    /// Whether the customer can still finish it.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::SignIn | Self::Otp(_))
    }
}

/// About what the store needs to find a binding, and to expire it.
const INDEX_BYTES: usize = 512;

impl Binding {
    /// About how many bytes it takes in memory, with its place in the store.
    pub fn memory_size(&self) -> usize {
        let BindingRequest { billing_nm, billing_phone, billing_email, db_process_url, callback_url, .. } =
            &*self.request;
        let texts = [billing_nm, billing_phone, billing_email, db_process_url].into_iter().chain(callback_url);
        let client_user_key = self.request.client_user_key.as_ref().map_or(0, |key| key.as_str().len());
        let lists = size_of_val(&*self.notifications) + size_of_val(&*self.rule_hits);
        size_of::<Self>()
            + size_of::<BindingRequest>()
            + INDEX_BYTES
            + texts.map(|text| text.len()).sum::<usize>()
            + self.request.reference_no.as_str().len()
            + client_user_key
            + lists
    }

    /// The owner of the token: the merchant's key, or the telephone number *(assumed, `docs/PROTOCOL.md` A-17)*.
    pub fn client_user_key(&self) -> ClientUserKey {
        self.request.client_user_key.clone().unwrap_or_else(|| ClientUserKey::from_phone(&self.request.phone))
    }
}
