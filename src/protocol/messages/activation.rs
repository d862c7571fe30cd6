//! Checks that a payment method and a lender are active for a merchant (`docs/PROTOCOL.md` §2.1.7).

use crate::diagnosis::Slug;
use crate::domain::Partner;
use crate::protocol::code::Code;
use crate::protocol::fields::refuse;
use crate::protocol::refusal::{Refusal, quoted};

/// Why `payMethod` 00 is refused outside Checkout.
pub(super) const USE_CHECKOUT: &str =
    "payMethod 00 belongs to Checkout: POST /nicepay/redirect/v2/registration (docs/PROTOCOL.md §2.8)";

/// Checks that `payMethod` is Payloan's, or, at Checkout, leaves the choice to the customer.
pub(super) fn check_pay_method(pay_method: &str, checkout: bool) -> Result<(), Refusal> {
    if pay_method == "06" || (checkout && pay_method == "00") {
        return Ok(());
    }
    if pay_method == "00" {
        return refuse(Code::NOT_ACTIVATED, Slug::PAY_METHOD_INACTIVE, USE_CHECKOUT);
    }
    let mismatch = if checkout { "neither 06 (Payloan) nor 00 (Checkout)" } else { "not 06 (Payloan)" };
    let reason =
        format!("payMethod {} is {mismatch} (docs/PROTOCOL.md §4.5); no other is simulated", quoted(pay_method));
    refuse(Code::NOT_ACTIVATED, Slug::PAY_METHOD_INACTIVE, reason)
}

/// The lender of a `mitraCd`, if it is one of `partners`.
pub(super) fn active_partner(mitra_cd: &str, partners: &[Partner]) -> Result<Partner, Refusal> {
    match Partner::from_mitra_cd(mitra_cd) {
        Some(partner) if partners.contains(&partner) => Ok(partner),
        Some(partner) => {
            let reason =
                format!("mitraCd {} is switched off for this merchant (control API, merchants)", partner.mitra_cd());
            refuse(Code::NOT_ACTIVATED, Slug::MITRA_CD_INACTIVE, reason)
        }
        None => {
            let known = Partner::ALL.map(Partner::mitra_cd).join(", ");
            let reason = format!(
                "mitraCd {} is not a simulated lender; use one of {known} (docs/PROTOCOL.md §4.7)",
                quoted(mitra_cd)
            );
            refuse(Code::NOT_ACTIVATED, Slug::MITRA_CD_UNKNOWN, reason)
        }
    }
}
