//! What is true: the merchant's order and its stage, the shopper, the user token, and the events that tell how it came
//! about. Pure: no clock, no I/O, no locks, no wire format.

mod amount;
mod assumed;
mod attempt;
mod binding;
mod event;
mod ids;
mod merchant;
mod notice;
mod plan;
mod reason;
mod retry;
mod sending;
mod shopper;
mod stage;
mod token;
mod transaction;
mod txid;

pub use amount::Amount;
pub use assumed::{Assumed, BindingWords, CallbackMethod, ExpiredStatus};
pub use attempt::{AnswerClass, Attempt, AttemptResult, Trigger};
pub use binding::{Binding, BindingRequest, BindingStage};
pub use event::{Entry, Event, EventKind, Exchange, ExchangeBytes, ExchangeText, NotMatched};
pub use ids::{BadId, BindingId, ClientUserKey, IMid, NoticeId, Phone, ReferenceNo, TXid, UserToken};
pub use merchant::{Merchant, MerchantKey, Partner, Profile};
pub use notice::{About, Delivery, Notice, NoticeKind, Ordered, is_lost, lost_by};
pub use plan::{Plan, Product};
pub use reason::Reason;
pub use retry::{Retries, Retry};
pub use sending::{Edit, Moment, Sending, Variant};
pub use shopper::{AccountState, Asks, Limit, PinCheck, Shopper};
pub use stage::{CancelKind, Otp, OtpCheck, Stage, Step, Verdict};
pub use token::{Grant, TokenFixture, TokenRecord};
pub use transaction::{Channel, Counted, Order, Tokenize, Transaction};
pub use txid::{TXidSource, WIB, unheard_of};
