//! The facts that conditions are checked against.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Amount, Partner, Phone};
use crate::endpoints::Endpoint;

/// How a payment is made, or that an account is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Without a user token.
    Normal,
    /// Issues a user token.
    Tokenize,
    /// With a user token, without the customer.
    Seamless,
    /// Not a payment: an account is bound.
    Binding,
}

impl Mode {
    pub(in crate::scenarios) const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Tokenize => "tokenize",
            Self::Seamless => "seamless",
            Self::Binding => "binding",
        }
    }
}

/// What is known about a call, a payment or a binding. `None`: not known, or not known yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The endpoint that is called, when rules with `answer` are asked.
    pub operation: Option<Endpoint>,
    /// The mode, when rules about payments and bindings are asked.
    pub mode: Option<Mode>,
    /// The merchant's iMid.
    pub i_mid: Option<&'a str>,
    /// The merchant's order number.
    pub reference_no: Option<&'a str>,
    /// NICEPAY's transaction number.
    pub t_xid: Option<&'a str>,
    /// The amount to pay or to refund.
    pub amount: Option<Amount>,
    /// `payMethod`
    pub pay_method: Option<&'a str>,
    /// The lender.
    pub partner: Option<Partner>,
    /// `clientUserKey`
    pub customer: Option<&'a str>,
    /// The customer's phone number.
    pub phone: Option<&'a Phone>,
    /// The tenor in months.
    pub months: Option<u8>,
}
