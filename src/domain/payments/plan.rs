//! Instalment plans: what the customer pays the lender each month.

use serde::{Deserialize, Serialize};

use super::amount::Amount;
use crate::domain::accounts::CreditLimit;

/// A tenor that a lender offers, with its price and limits.
///
/// The shipped numbers are those of a press report of 2021 and of a test user's limits (`docs/PROTOCOL.md` §8.2); the
/// pages call them simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Number of monthly payments; `1` is "30 days".
    pub months: u8,
    /// What a customer may owe under this tenor, in rupiah.
    pub limit: u64,
    /// One-time fee, in basis points of the amount.
    pub fee_bp: u32,
    /// The minimum fee, in rupiah.
    #[serde(default)]
    pub fee_min: u64,
    /// Flat interest a month, in basis points of the amount.
    #[serde(default)]
    pub interest_bp: u32,
    /// The smallest order that it is offered for, in rupiah (`docs/PROTOCOL.md` §4.6).
    #[serde(default)]
    pub min: u64,
    /// The largest order that it is offered for, in rupiah.
    #[serde(default = "unlimited")]
    pub max: u64,
}

fn unlimited() -> u64 {
    u64::MAX
}

impl Product {
    /// A product that costs nothing and has no limits.
    pub const fn free(months: u8) -> Self {
        Self { months, limit: 0, fee_bp: 0, fee_min: 0, interest_bp: 0, min: 0, max: u64::MAX }
    }

    /// The limit of an account without debts.
    pub fn full_limit(&self) -> CreditLimit {
        let amount = Amount::from_rupiah;
        CreditLimit { months: self.months, total: amount(self.limit), min: amount(self.min), max: amount(self.max) }
    }

    /// The lender's name of a tenor: `30_days`, `3_months`, … (`docs/PROTOCOL.md` §4.6).
    pub fn payment_type(months: u8) -> String {
        if months == 1 { "30_days".into() } else { format!("{months}_months") }
    }

    /// The plan for an order of `principal`. Fractions of a rupiah are rounded up.
    pub fn plan(&self, principal: Amount) -> InstalmentPlan {
        let part = |bp: u64| (u128::from(principal.as_rupiah()) * u128::from(bp)).div_ceil(10_000);
        let to_amount = |n: u128| Amount::from_rupiah(u64::try_from(n).unwrap_or(u64::MAX));
        let fee = to_amount(part(self.fee_bp.into())).max(Amount::from_rupiah(self.fee_min));
        let interest = to_amount(part(u64::from(self.interest_bp) * u64::from(self.months)));
        InstalmentPlan { months: self.months.max(1), principal, fee, interest }
    }
}

/// The instalment plan that a customer chose. The lender's fee and interest are outside the order's `amt`
/// (`docs/PROTOCOL.md` §2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstalmentPlan {
    /// Number of monthly payments.
    pub months: u8,
    /// The order's amount.
    pub principal: Amount,
    /// The fee, paid once with the first instalment.
    pub fee: Amount,
    /// The interest over the whole tenor.
    pub interest: Amount,
}

impl InstalmentPlan {
    /// Everything that the customer pays.
    pub fn total(&self) -> Amount {
        self.principal.saturating_add(self.fee).saturating_add(self.interest)
    }

    /// What is due each month: the same rounded-up amount, and the rest in the last month.
    pub fn instalments(&self) -> Vec<Amount> {
        let mut left = self.total();
        (0..self.months)
            .map(|_| {
                let due = self.monthly().min(left);
                left = left.saturating_sub(due);
                due
            })
            .collect()
    }

    /// The usual monthly amount.
    pub fn monthly(&self) -> Amount {
        Amount::from_rupiah(self.total().as_rupiah().div_ceil(u64::from(self.months)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The published calculator sample: 2,400,000 over 30 days is 1 % service fee, no interest
    /// (`docs/PROTOCOL.md` §8.2).
    #[test]
    fn the_published_calculator_sample() {
        let product = Product { fee_bp: 100, fee_min: 1_000, ..Product::free(1) };
        let plan = product.plan(Amount::from_rupiah(2_400_000));
        assert_eq!((plan.fee.as_rupiah(), plan.interest.as_rupiah(), plan.total().as_rupiah()), (24_000, 0, 2_424_000));
        assert_eq!(product.plan(Amount::from_rupiah(25_145)).fee.as_rupiah(), 1_000, "the minimum fee");
    }

    proptest! {
        #[test]
        fn instalments_add_up_and_fall_only_at_the_end(
            months in 1u8..=24, amt in 1u64..=999_999_999_999, fee_bp in 0u32..=1_000, interest_bp in 0u32..=500, fee_min in 0u64..=5_000,
        ) {
            let plan = Product { fee_bp, fee_min, interest_bp, ..Product::free(months) }.plan(Amount::from_rupiah(amt));
            let parts = plan.instalments();
            prop_assert_eq!(parts.len(), usize::from(months));
            prop_assert_eq!(parts.iter().fold(Amount::ZERO, |sum, part| sum.saturating_add(*part)), plan.total());
            prop_assert!(parts.windows(2).all(|pair| pair[0] >= pair[1]));
            prop_assert!(plan.total() >= plan.principal);
        }
    }
}
