//! A browser that goes back to the merchant.

use crate::engine::{BrowserSubject, CallbackSent};

/// A browser that goes back to the merchant.
#[derive(Debug)]
pub(super) struct ReturningBrowser {
    /// The payment or the binding that it comes from.
    pub(super) origin: BrowserSubject,
    /// The callback; none where the merchant has no page, and NICEPAY shows the last one.
    pub(super) callback: Option<CallbackSent>,
}
