//! Why a user token is refused, wherever it is.

use crate::engine::TokenFault;
use crate::protocol::{Diagnosis, shown};

pub(super) fn token_fault(fault: TokenFault, user_token: &str, section: &'static str) -> Diagnosis {
    let shown = shown(user_token);
    let (slug, reason) = match fault {
        TokenFault::Unknown => ("userToken/unknown", "was never issued here; was the simulator restarted or reset?"),
        TokenFault::OtherMerchant => ("userToken/other-merchant", "was issued to another merchant"),
        TokenFault::Inactive => ("userToken/inactive", "was removed or revoked"),
        TokenFault::OtherCustomer => ("userToken/other-customer", "belongs to another clientUserKey (A-08)"),
    };
    Diagnosis::new(slug, format!("the userToken {shown} {reason} ({section}, A-11)"))
}
