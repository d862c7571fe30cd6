//! A browser that returns to the merchant.

use crate::engine::{BrowserSubject, CallbackSent};

/// A browser that returns to the merchant.
#[derive(Debug)]
pub(in crate::gateway) struct ReturningBrowser {
    /// The payment or the binding that it comes from.
    pub(in crate::gateway) origin: BrowserSubject,
    /// The callback; none if the merchant gave no `callBackUrl`, so that NICEPAY shows the last page.
    pub(in crate::gateway) callback: Option<CallbackSent>,
}
