//! A browser that goes back to the merchant with an answer.

use crate::engine::{BrowserOf, CallbackSent};

/// A browser that goes back.
#[derive(Debug)]
pub(super) struct Back {
    pub(super) of: BrowserOf,
    /// Where to; none where the merchant has no page, and the last one is NICEPAY's.
    pub(super) callback: Option<CallbackSent>,
}
