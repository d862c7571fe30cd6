//! The diagnosis of a refused user token, for all endpoints that take one.

use crate::diagnosis::Slug;
use crate::engine::TokenError;
use crate::protocol::{Diagnosis, quoted};

/// `rule` is the rule that makes the token invalid, if there is one; `section` is the section of `docs/PROTOCOL.md`.
pub(in crate::gateway) fn user_token_diagnosis(
    error: TokenError,
    rule: Option<&str>,
    user_token: &str,
    section: &'static str,
) -> Diagnosis {
    let quoted = quoted(user_token);
    let (slug, reason) = match error {
        TokenError::Unknown if rule.is_some() => (Slug::USER_TOKEN_UNKNOWN, "was never issued here"),
        TokenError::Unknown => (
            Slug::USER_TOKEN_UNKNOWN,
            "was never issued here, or forgotten since (a restart, a reset, or to make room: --max-transactions); issue it with POST /__sim/api/tokens",
        ),
        TokenError::OtherMerchant => (Slug::USER_TOKEN_OTHER_MERCHANT, "was issued to another merchant"),
        TokenError::Inactive => (Slug::USER_TOKEN_INACTIVE, "was removed or revoked"),
        TokenError::OtherCustomer => {
            (Slug::USER_TOKEN_OTHER_CUSTOMER, "belongs to another clientUserKey (docs/PROTOCOL.md A-08)")
        }
    };
    let by = rule.map(|rule| format!(" (rule {rule})")).unwrap_or_default();
    Diagnosis::new(slug, format!("the userToken {quoted} {reason}{by} (docs/PROTOCOL.md §{section}, A-11)"))
}
