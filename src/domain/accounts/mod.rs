//! The types of the parties: merchant, shopper, user token, and the identifiers of all.

mod ids;
mod key_mask;
mod key_spellings;
mod merchant;
mod shopper;
mod token;

pub use ids::{
    BindingId, ClientUserKey, IMid, IdError, MerchantName, NotificationId, Phone, ReferenceNo, TXid, UserToken,
};
pub use key_mask::{KeyFinder, KeyMask};
pub use merchant::{Merchant, MerchantKey, Partner, Profile};
pub use shopper::{AccountState, CreditLimit, PinCheck, SeamlessChallenge, Shopper};
pub use token::{TokenFixture, TokenGrant, TokenRecord};
