//! An account on its way to being bound: a user token without a purchase (`docs/PROTOCOL.md` §1.5, §2.9).

use std::sync::Arc;

use jiff::Timestamp;

use super::ids::{BindingId, ClientUserKey, IMid, NotificationId, Phone, ReferenceNo, UserToken};
use super::reason::Reason;
use super::stage::Otp;
use super::transaction::RuleHits;

/// What the merchant asked for.
#[derive(Clone, Debug)]
pub struct BindingRequest {
    /// The merchant's number. It may come again.
    pub reference_no: ReferenceNo,
    /// `billingNm`
    pub billing_nm: Box<str>,
    /// `billingPhone` as sent: hashes cover it so.
    pub billing_phone: Box<str>,
    /// The same, as a telephone number.
    pub phone: Phone,
    /// `billingEmail`; can be empty.
    pub billing_email: Box<str>,
    /// `clientUserKey`, where one was sent.
    pub client_user_key: Option<ClientUserKey>,
    /// Where the notification goes.
    pub db_process_url: Box<str>,
    /// The browser's way back, where there is one.
    pub callback_url: Option<Box<str>>,
}

/// An account that is being bound, and how far that is.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its number.
    pub id: BindingId,
    /// The merchant.
    pub i_mid: IMid,
    /// What was asked for.
    pub request: Box<BindingRequest>,
    /// How far it is.
    pub stage: BindingStage,
    /// The rule that decided last.
    pub rule: Arc<str>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The secret of its page's link.
    pub link: Arc<str>,
    /// Its notifications.
    pub notifications: Vec<NotificationId>,
    /// What it was counted for.
    pub counted: RuleHits,
}

/// How far a binding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindingStage {
    /// Phone and PIN are asked for.
    SignIn,
    /// A one-time password is asked for.
    Otp(Box<Otp>),
    /// The account is bound.
    Bound {
        /// Whose it is.
        phone: Phone,
        /// What the merchant may pay with.
        user_token: UserToken,
        /// Since when.
        at: Timestamp,
    },
    /// The partner said no.
    Failed {
        /// Why.
        reason: Reason,
        /// When.
        at: Timestamp,
    },
    /// The customer went away. The merchant has to begin again.
    Abandoned {
        /// When.
        at: Timestamp,
    },
    /// Nobody came in time.
    Expired {
        /// When.
        at: Timestamp,
    },
}

impl BindingStage {
    /// `registered`, `at-partner`, `bound`, `failed`, `abandoned` or `expired`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SignIn => "registered",
            Self::Otp(_) => "at-partner",
            Self::Bound { .. } => "bound",
            Self::Failed { .. } => "failed",
            Self::Abandoned { .. } => "abandoned",
            Self::Expired { .. } => "expired",
        }
    }

    /// Whether the customer is still awaited.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::SignIn | Self::Otp(_))
    }
}

impl Binding {
    /// Whose token it will be: the customer the merchant named, or the telephone number *(assumed, A-17)*.
    pub fn customer(&self) -> ClientUserKey {
        self.request.client_user_key.clone().unwrap_or_else(|| ClientUserKey::of_phone(&self.request.phone))
    }
}
