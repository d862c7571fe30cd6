//! What is true: the merchant's order and its stage, the shopper, the user token, and the events that tell how it came
//! about. Pure: no clock, no I/O, no locks, no wire format.

mod amount;
mod attempt;
mod binding;
mod event;
mod ids;
mod limits;
mod merchant;
mod notification;
mod notification_plan;
mod plan;
mod reason;
mod retry;
mod shopper;
mod stage;
mod token;
mod transaction;
mod txid;
mod undocumented;

pub use amount::Amount;
pub use attempt::{AnswerClass, Attempt, AttemptResult, Trigger};
pub use binding::{Binding, BindingRequest, BindingStage};
pub use event::{Entry, Event, EventKind, Exchange, ExchangeBytes, ExchangeText, NotMatched};
pub use ids::{BindingId, ClientUserKey, IMid, IdError, NotificationId, Phone, ReferenceNo, TXid, UserToken};
pub use limits::Limits;
pub use merchant::{Merchant, MerchantKey, Partner, Profile};
pub use notification::{Delivery, Notification, NotificationKind, NotificationSubject, RulePlan, is_lost, lost_by};
pub use notification_plan::{FormEdit, NotificationPlan, SendMoment, Variant};
pub use plan::{Plan, Product};
pub use reason::Reason;
pub use retry::{Retry, RetryPolicy};
pub use shopper::{AccountState, Limit, PinCheck, SeamlessChallenge, Shopper};
pub use stage::{CancelKind, Otp, OtpCheck, ReviewOutcome, Stage, Step};
pub use token::{Grant, TokenFixture, TokenRecord};
pub use transaction::{Channel, Order, RuleHits, Tokenize, Transaction};
pub use txid::{TXidSource, WIB, unheard_of};
pub use undocumented::{BindingFieldNames, CallbackMethod, ExpiredStatus, UndocumentedBehavior};
