//! The types of payments: transaction and stage, binding, shopper, user token, notification, event. Pure: no clock, no
//! I/O, no locks.

mod amount;
mod attempt;
mod binding;
mod decided_by;
mod event;
mod ids;
mod limits;
mod merchant;
mod notification;
mod notification_plan;
mod otp;
mod plan;
mod reason;
mod retry;
mod shopper;
mod stage;
mod token;
mod transaction;
mod txid;
mod undocumented;
mod wire_enum;

pub use amount::Amount;
pub use attempt::{Attempt, AttemptResult, ResponseClass, Trigger};
pub use binding::{Binding, BindingRequest, BindingStage};
pub use decided_by::DecidedBy;
pub use event::{Entry, Event, EventKind, Exchange, ExchangeBytes, ExchangeText, NotMatched};
pub use ids::{BindingId, ClientUserKey, IMid, IdError, NotificationId, Phone, ReferenceNo, TXid, UserToken};
pub use limits::Limits;
pub use merchant::{Merchant, MerchantKey, Partner, Profile};
pub use notification::{Delivery, Notification, NotificationKind, NotificationSubject, RulePlan, SkipReason};
pub use notification_plan::{FormEdit, NotificationPlan, SendMoment, Variant};
pub use otp::{Otp, OtpCheck};
pub use plan::{Plan, Product};
pub use reason::{Actor, BindingFailure, LoginFailure, OtpFailure, Reason};
pub use retry::{RetryPolicy, RetryRule};
pub use shopper::{AccountState, Limit, PinCheck, SeamlessChallenge, Shopper};
pub use stage::{CancelKind, PartnerStep, ReviewOutcome, Stage, TransitionError};
pub use token::{TokenFixture, TokenGrant, TokenRecord};
pub use transaction::{Channel, Order, RuleHits, Tokenize, Transaction};
pub use txid::{TXidSource, WIB, unknown_t_xid};
pub use undocumented::{BindingFieldNames, CallbackMethod, ExpiredStatus, UndocumentedBehavior};
