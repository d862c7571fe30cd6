//! The browser's way back to the merchant: what the merchant is told before, and that it is recorded when it is taken.

use super::Gateway;
use super::answer::Answer;
use crate::engine::{BrowserOf, CallbackSent};
use crate::ledger::{Moment, NoticeId};

/// A browser that goes back.
#[derive(Debug)]
pub(super) struct Back {
    pub(super) of: BrowserOf,
    /// Where to; none where the merchant has no page, and the last one is NICEPAY's.
    pub(super) callback: Option<CallbackSent>,
}

impl Answer {
    /// The browser goes back with this answer, after the notifications that a rule wants sent before.
    pub(super) fn back(self, gateway: &Gateway, notices: &[NoticeId], back: Back) -> Self {
        let tell_first = gateway.engine.to_tell_before(Moment::BeforeReturn, notices);
        Self { tell_first, back: Some(Box::new(back)), ..self }
    }
}

impl Gateway {
    /// Does what comes before an answer.
    pub(super) async fn before(&self, answer: &mut Answer) {
        let tell_first = std::mem::take(&mut answer.tell_first);
        if !tell_first.is_empty() {
            // A merchant who does not answer holds nobody up for longer than one attempt may take.
            let _ = tokio::time::timeout(self.patience, self.engine.tried(tell_first)).await;
        }
        if let Some(back) = answer.back.take() {
            self.engine.record_return(&back.of, back.callback);
        }
    }
}
