//! An account of a lender's, with what a tester needs to log in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::domain::{self, AccountState, Amount, Partner, Phone, Product, SeamlessChallenge};

/// An account at a lender.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Shopper {
    /// The phone to sign in with.
    phone: Phone,
    /// Whose customer.
    partner: Partner,
    /// The name on the account.
    name: Box<str>,
    /// The PIN to sign in with: six digits.
    pin: Box<str>,
    /// The one-time password that is "sent"; empty when the account never gets that far.
    otp: Box<str>,
    /// Whether the lender lets the customer in.
    state: AccountState,
    /// The tenors on offer, in months.
    tenors: Vec<String>,
    /// What may be owed under each tenor, by the lender's name of it: `30_days`, `3_months`, …
    #[schemars(with = "BTreeMap<String, Limit>")]
    limits: Map<String, Value>,
    /// Open principal, in rupiah; counts against every limit.
    owes: Amount,
    /// Until when wrong PINs lock the account; null when they do not.
    locked_until: Option<Timestamp>,
    /// Whether the first one-time password of a payment has expired when it arrives.
    first_otp_expired: bool,
    /// Whether a payment with a token asks for a one-time password.
    seamless_otp: bool,
    /// Whether a payment with a token asks to sign in.
    seamless_login: bool,
}

/// What may be owed under a tenor.
#[derive(Serialize, JsonSchema)]
struct Limit {
    /// In all, in rupiah.
    total: Amount,
    /// What is left of it, in rupiah.
    remaining: Amount,
}

impl Shopper {
    pub(in super::super) fn example() -> Value {
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

    pub(in super::super) fn of(shopper: &domain::Shopper) -> Self {
        let limit = |limit: &domain::Limit| {
            let left = Limit { total: limit.total, remaining: limit.total.saturating_sub(shopper.owes) };
            (Product::payment_type(limit.months), json!(left))
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
