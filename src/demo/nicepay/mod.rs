//! How a shop speaks NICEPAY: **the part to port**. It uses nothing else of this program, so the folder can be read, and
//! copied, by itself.
//!
//! * [`sign`]: the merchantToken of what is sent, and whether that of what is received fits.
//! * [`client`]: what the shop's server asks NICEPAY, and the address to which it sends the customer's browser.
//! * [`notification`]: what NICEPAY tells the shop's server, taken apart and held against the merchantToken.
//!
//! What a shop does with it (when to ask, when to pack the goods, what to do with a repeat) is in `merchant.rs`, one room
//! up.

mod client;
mod notification;
mod sign;

pub(super) use client::{Answer, Asked, Binding, Buyer, Client, Line, Mode, Purchase, Standing, Trouble};
pub(super) use notification::{Fields, Notification};
pub(super) use sign::{Key, in_jakarta};
