//! A client for NICEPAY: **the part to port**. It uses nothing else of this program, so the folder can be read and copied
//! alone.
//!
//! * [`sign`]: computes a merchantToken, and compares tokens
//! * [`client`]: the calls to NICEPAY, and the address where the customer's browser pays
//! * [`notification`]: reads a notification, and checks its merchantToken
//!
//! What a shop does with them (when to send an inquiry, when to pack the goods, what to do with a repeat) is in
//! `demo/merchant/`.

mod client;
mod notification;
mod sign;

pub(super) use client::{Binding, Buyer, Call, CallError, Client, Line, Mode, PaymentStatus, Purchase, Response};
pub(super) use notification::{Fields, Notification};
pub(super) use sign::{Key, in_jakarta};
