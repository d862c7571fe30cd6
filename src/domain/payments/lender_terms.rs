//! What differs by lender beside its products: the steps of its pages, and how long things are possible.

use jiff::SignedDuration;
use serde::Deserialize;

/// A page of a lender on which the customer does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LenderStep {
    /// Phone and PIN.
    SignIn,
    /// The one-time password.
    Otp,
    /// The instalment plan.
    Plan,
    /// The PIN once more, which confirms the payment.
    Pin,
}

impl LenderStep {
    /// The usual order: the one-time password confirms the plan.
    pub const USUAL: [Self; 3] = [Self::SignIn, Self::Plan, Self::Otp];
    /// The order of a lender whose customer agrees on the plan page, and confirms with the PIN.
    pub const PIN_LAST: [Self; 4] = [Self::SignIn, Self::Otp, Self::Plan, Self::Pin];
}

/// What differs by lender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LenderTerms {
    /// Whether the customer agrees on the plan page and confirms with the PIN: [`LenderStep::PIN_LAST`].
    pub pin_last: bool,
    /// How long an order can be paid (`docs/PROTOCOL.md` §3.2).
    pub expiry: SignedDuration,
    /// How long after the payment a merchant can cancel it, where that is less than NICEPAY's 90 days
    /// (`docs/PROTOCOL.md` §2.6).
    pub refund_window: Option<SignedDuration>,
    /// How long after the payment a full cancel is a void, where the scenario says nothing else (`docs/PROTOCOL.md`
    ///
    pub void_window: SignedDuration,
}

impl LenderTerms {
    /// Those of a lender of which nothing special is known.
    pub const USUAL: Self = Self {
        pin_last: false,
        expiry: SignedDuration::from_hours(24),
        refund_window: None,
        void_window: SignedDuration::ZERO,
    };

    /// The steps of its pages, in order.
    pub const fn steps(&self) -> &'static [LenderStep] {
        if self.pin_last { &LenderStep::PIN_LAST } else { &LenderStep::USUAL }
    }
}
