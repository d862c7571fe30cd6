//! What a decision can depend on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Amount, Partner, Phone};
use crate::endpoints::Endpoint;

/// How a payment is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Without tokens.
    Normal,
    /// Issuing one.
    Tokenize,
    /// With one.
    Seamless,
    /// Not at all: an account is bound.
    Binding,
}

impl Mode {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Tokenize => "tokenize",
            Self::Seamless => "seamless",
            Self::Binding => "binding",
        }
    }
}

/// What a decision can depend on. What is none is not known, or not yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// Which endpoint was called, where an answer is decided on.
    pub operation: Option<Endpoint>,
    /// How it is paid, where a payment is decided on.
    pub mode: Option<Mode>,
    /// The merchant.
    pub i_mid: Option<&'a str>,
    /// The merchant's number.
    pub reference_no: Option<&'a str>,
    /// NICEPAY's number.
    pub t_xid: Option<&'a str>,
    /// What is to be paid, or given back.
    pub amount: Option<Amount>,
    /// `payMethod`
    pub pay_method: Option<&'a str>,
    /// The lender.
    pub partner: Option<Partner>,
    /// `clientUserKey`
    pub customer: Option<&'a str>,
    /// Who pays.
    pub phone: Option<&'a Phone>,
    /// The tenor in months.
    pub months: Option<u8>,
}
