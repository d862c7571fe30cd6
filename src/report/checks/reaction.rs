//! How a merchant reacted to one message: what it answered, whether it asked for the status, whether its order changed.

use jiff::SignedDuration;

use crate::report::history::{History, Inquiry, Notice, Payment, Probe};
use crate::report::verdict::State;

/// The status of a paid transaction in an inquiry (`docs/PROTOCOL.md` §4.1).
const PAID: &str = "0";
/// An inquiry that comes later than this after a message has another reason.
const PROMPT: SignedDuration = SignedDuration::from_secs(5);

/// A reaction. What no probe shows is none.
pub(super) struct Reaction {
    pub(super) before: Option<Probe>,
    pub(super) after: Option<Probe>,
    /// The prompt inquiries between the message and the next probe, or the next message where there is no probe.
    pub(super) inquiries: Vec<Inquiry>,
    /// All inquiries until the second probe.
    earlier: Vec<Inquiry>,
}

impl Reaction {
    /// The reaction to a notification.
    pub(super) fn to_notice(payment: &Payment, notice: &Notice) -> Self {
        Self::between(payment, notice.sent_after, notice.event)
    }

    /// The reaction to what began after one event and had its answer at another.
    pub(super) fn between(payment: &Payment, sent_after: u64, answered: u64) -> Self {
        let (before, after) = (payment.probe_before(sent_after), payment.probe_after(answered));
        let next = payment.notices.iter().map(|notice| notice.event).find(|event| *event > answered);
        let until = after.map(|probe| probe.event).or(next).unwrap_or(u64::MAX);
        let mut inquiries = payment.inquiries(sent_after, until);
        if let Some(at) = payment.time_of(answered) {
            inquiries.retain(|inquiry| inquiry.at.duration_since(at) <= PROMPT);
        }
        Self { before, after, inquiries, earlier: payment.inquiries(0, until) }
    }

    /// Whether the order became paid, or was fulfilled; none where no probe shows it.
    pub(super) fn became_paid(&self) -> Option<bool> {
        let after = self.after?;
        let was_paid = self.before.and_then(|before| before.paid).unwrap_or(false);
        let fulfilled = |probe: Option<Probe>| probe.and_then(|probe| probe.fulfilled).unwrap_or(0);
        let is_fulfilled = fulfilled(Some(after)) > fulfilled(self.before);
        match after.paid {
            Some(paid) => Some(paid && !was_paid || is_fulfilled),
            None => is_fulfilled.then_some(true),
        }
    }

    /// Whether the order is no longer paid; none where no probe shows it.
    pub(super) fn lost_payment(&self) -> Option<bool> {
        Some(self.before?.paid? && !self.after?.paid?)
    }

    /// Whether the order changed in any way; none where no probe shows it.
    pub(super) fn changed(&self) -> Option<bool> {
        match (self.became_paid(), self.lost_payment()) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), _) => Some(false),
            (None, lost) => lost,
        }
    }

    /// Whether an inquiry confirms what the order changed to. That a payment is paid is confirmed for good.
    pub(super) fn is_confirmed(&self) -> bool {
        if self.became_paid() == Some(true) {
            self.earlier.iter().any(|inquiry| inquiry.status == PAID)
        } else {
            self.inquiries.iter().any(|inquiry| inquiry.status != PAID)
        }
    }

    /// The events that show it.
    pub(super) fn events(&self, message: u64) -> Vec<u64> {
        let mut events = vec![message];
        events.extend(self.inquiries.iter().map(|inquiry| inquiry.event));
        events.extend(self.after.map(|probe| probe.event));
        events.sort_unstable();
        events
    }
}

/// The state of a check where an order must not be paid.
pub(super) fn should_be_unpaid(probe: Option<Probe>) -> State {
    match probe.and_then(|probe| probe.paid) {
        Some(true) => State::Fail,
        Some(false) => State::Pass,
        None => State::NotVisible,
    }
}

/// In a sentence: what the shop says about an order.
pub(super) fn shop_says(history: &History, probe: Option<Probe>) -> &'static str {
    let t = |en, id| history.lang.t(en, id);
    match probe.and_then(|probe| probe.paid) {
        Some(true) => t("The shop says: paid.", "Di toko tercatat: lunas."),
        Some(false) => t("The shop says: not paid.", "Di toko tercatat: belum lunas."),
        None => t("Without a probe the order is not visible.", "Tanpa probe, status pesanan tidak terlihat."),
    }
}
