//! A test account at a lender, with the data to sign in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::domain::{self, AccountState, Amount, Partner, Phone, Product, SeamlessChallenge};

/// A test account at a lender.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shopper {
    /// The phone to sign in with.
    phone: Phone,
    /// The lender.
    partner: Partner,
    /// The name on the account.
    name: Box<str>,
    /// The PIN to sign in with, 6 digits.
    pin: Box<str>,
    /// The one-time password that is "sent"; empty if the account never needs one.
    otp: Box<str>,
    /// Whether the lender accepts a sign-in.
    state: AccountState,
    /// The offered tenors, in months.
    tenors: Vec<String>,
    /// The limit of each tenor, by the lender's name of the tenor: `30_days`, `3_months`, …
    #[schemars(with = "BTreeMap<String, Limit>")]
    limits: Map<String, Value>,
    /// The open principal, in rupiah; it reduces every limit.
    owes: Amount,
    /// Until when the account is locked after wrong PINs; null if it is not locked.
    locked_until: Option<Timestamp>,
    /// Whether the first one-time password of a payment is already expired.
    first_otp_expired: bool,
    /// Whether a payment with a token asks for a one-time password.
    seamless_otp: bool,
    /// Whether a payment with a token asks for a sign-in.
    seamless_login: bool,
}

/// The limit of a tenor.
#[derive(Serialize, JsonSchema)]
struct Limit {
    /// The maximum total debt, in rupiah.
    total: Amount,
    /// The part that is still available, in rupiah.
    remaining: Amount,
}

impl Shopper {
    pub(crate) fn example() -> Value {
        json!({
            "phone": "081513114262",
            "partner": "KDVI",
            "name": "Budi",
            "pin": "663482",
            "otp": "4567",
            "state": "active",
            "tenors": ["1"],
            "limits": { "30_days": { "total": "3000000", "remaining": "2974855" } },
            "owes": "25145",
            "lockedUntil": null,
            "firstOtpExpired": false,
            "seamlessOtp": false,
            "seamlessLogin": false,
        })
    }

    pub(crate) fn new(shopper: &domain::Shopper) -> Self {
        let limit = |limit: &domain::CreditLimit| {
            let view = Limit { total: limit.total, remaining: limit.total.saturating_sub(shopper.owes) };
            (Product::payment_type(limit.months), json!(view))
        };
        Self {
            phone: shopper.phone.clone(),
            partner: shopper.partner,
            name: shopper.name.clone(),
            pin: shopper.pin.clone(),
            otp: shopper.otp.clone(),
            state: shopper.state,
            tenors: shopper.limits.iter().map(|limit| limit.months.to_string()).collect(),
            limits: shopper.limits.iter().map(limit).collect(),
            owes: shopper.owes,
            locked_until: shopper.locked_until,
            first_otp_expired: shopper.first_otp_expired,
            seamless_otp: shopper.seamless == SeamlessChallenge::Otp,
            seamless_login: shopper.seamless == SeamlessChallenge::Login,
        }
    }
}
