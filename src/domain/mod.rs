//! The types of payments: transaction and stage, binding, shopper, user token, notification, event. Pure: no clock, no
//! I/O, no locks.

mod accounts;
mod binding;
mod callback_schemes;
mod event;
mod limits;
mod mask_keys;
mod nearest;
mod notifications;
mod object;
mod payments;
mod reason;
mod txid;
mod undocumented;
mod unknown_name;
mod wire_enum;

pub use accounts::{
    AccountState, BindingId, ClientUserKey, CreditLimit, IMid, IdError, KeyFinder, KeyMask, Merchant, MerchantKey,
    MerchantName, NotificationId, Partner, Phone, PinCheck, Profile, ReferenceNo, SeamlessChallenge, Shopper, TXid,
    TokenFixture, TokenGrant, TokenRecord, UserToken,
};
pub use binding::{Binding, BindingRequest, BindingStage};
pub use callback_schemes::{CallbackSchemes, DeepLinkError};
pub use event::{Entry, Event, EventKind, Exchange, ExchangeBytes, ExchangeText, NotMatched, SentFields};
pub use limits::ResourceLimits;
pub use mask_keys::MaskKeys;
pub use nearest::nearest;
pub use notifications::{
    Attempt, AttemptResult, ConnectionBreak, Delivery, Egress, EgressError, EgressRuleError, FormEdit, InboxMessage,
    NO_HTTPS, Notification, NotificationKind, NotificationPlan, NotificationSubject, ResponseClass, RetryPolicy,
    RetryRule, RulePlan, SENT_BY_HAND, SendMoment, SkipReason, Trigger, Variant, loopback_or_special,
};
pub use object::{Object, object, optional_object};
pub use payments::{
    Amount, CancelKind, Channel, DecidedBy, Evidence, InstalmentPlan, LenderStep, LenderTerms, Note, Order, Otp,
    OtpCheck, PartnerStep, Product, ReviewOutcome, RuleHits, Stage, Tokenize, Transaction, TransitionError,
};
pub use reason::{Actor, BindingFailure, LoginFailure, OtpFailure, Reason};
pub use txid::{TXidSource, WIB, unknown_t_xid};
pub use undocumented::{BindingFieldNames, CallbackMethod, ExpiredStatus, InquiryKeys, UndocumentedBehavior};
pub use unknown_name::UnknownNameError;
