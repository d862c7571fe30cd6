//! Checks of the return of the customer's browser: it proves nothing.

use super::reaction::{Reaction, shop_says, should_be_unpaid};
use crate::domain::EventKind;
use crate::report::history::{History, Inquiry, Payment};
use crate::report::verdict::{Evidence, State};

/// The result code of a callback after a payment that was not paid (`docs/PROTOCOL.md` §2.4).
const DECLINED: &str = "9030";

/// A return of the browser: the event, and the result code that it carried.
fn returns(payment: &Payment) -> impl Iterator<Item = (u64, &'static str)> {
    payment.all(|kind| match kind {
        EventKind::CallbackSent { result_cd, .. } => Some(*result_cd),
        _ => None,
    })
}

fn is_approved(payment: &Payment, before: u64) -> bool {
    payment.first(|kind| matches!(kind, EventKind::Approved { .. })).is_some_and(|event| event < before)
}

/// Judges the returns of approved payments that `wanted` selects.
fn returned(
    history: &History,
    wanted: impl Fn(&Payment, u64) -> bool,
    judge: impl Fn(&Payment, &Reaction) -> State,
    sentence: impl Fn(&str) -> (String, String),
) -> Vec<Evidence> {
    let mut found = Vec::new();
    for payment in &history.payments {
        for (event, _) in returns(payment).filter(|(event, _)| is_approved(payment, *event) && wanted(payment, *event))
        {
            let reaction = Reaction::between(payment, event, event);
            let (en, id) = sentence(payment.name());
            let inquiry = reaction.inquiries.last().map_or_else(String::new, |Inquiry { status, .. }| {
                let en = format!(" The inquiry after it said status {status}.");
                history.lang.t(en, format!(" Inquiry sesudahnya menjawab status {status}."))
            });
            let text = format!("{}{inquiry} {}", history.lang.t(en, id), shop_says(history, reaction.after));
            found.push(payment.evidence(judge(payment, &reaction), text, reaction.events(event)));
        }
    }
    found
}

/// Whether the return alone paid the order.
fn by_return(_: &Payment, reaction: &Reaction) -> State {
    match reaction.became_paid() {
        Some(true) if reaction.is_confirmed() => State::Pass,
        Some(true) => State::Fail,
        Some(false) => State::Pass,
        None if !reaction.inquiries.is_empty() => State::Pass,
        None => State::NotVisible,
    }
}

pub(super) fn return_without_notification(history: &History) -> Vec<Evidence> {
    returned(
        history,
        |payment, _| payment.notices.is_empty(),
        by_return,
        |name| {
            let en = format!("The browser of {name} returned, and no notification was sent.");
            (en, format!("Browser untuk {name} kembali, dan tidak ada notifikasi yang dikirim."))
        },
    )
}

pub(super) fn return_before_notification(history: &History) -> Vec<Evidence> {
    returned(
        history,
        |payment, event| {
            let mut sent = payment.notices.iter().map(|notice| notice.event).peekable();
            sent.peek().is_some() && sent.all(|notified| notified > event)
        },
        by_return,
        |name| {
            let en = format!("The browser of {name} returned before the notification.");
            (en, format!("Browser untuk {name} kembali sebelum notifikasi."))
        },
    )
}

pub(super) fn return_after_notification(history: &History) -> Vec<Evidence> {
    returned(
        history,
        |payment, event| {
            payment.notices.iter().any(|notice| notice.is_true() && notice.is_delivered() && notice.event < event)
        },
        |_, reaction| match reaction.after {
            Some(after) if after.fulfilled.is_some_and(|times| times > 1) => State::Fail,
            Some(after) => match after.paid {
                Some(true) => State::Pass,
                Some(false) => State::Fail,
                None => State::NotVisible,
            },
            None => State::NotVisible,
        },
        |name| {
            let en = format!("The browser of {name} returned after the notification.");
            (en, format!("Browser untuk {name} kembali setelah notifikasi."))
        },
    )
}

pub(super) fn declined(history: &History) -> Vec<Evidence> {
    let judge = |payment: &Payment| {
        let (event, _) = returns(payment).find(|(event, code)| *code == DECLINED && !is_approved(payment, *event))?;
        let after = payment.probe_after(event);
        let (name, shop) = (payment.name(), shop_says(history, after));
        let en = format!("The browser of {name} returned with resultCd {DECLINED}. {shop}");
        let id = format!("Browser untuk {name} kembali dengan resultCd {DECLINED}. {shop}");
        let events: Vec<_> = std::iter::once(event).chain(after.map(|probe| probe.event)).collect();
        Some(payment.evidence(should_be_unpaid(after), history.lang.t(en, id), events))
    };
    history.payments.iter().filter_map(judge).collect()
}

pub(super) fn under_review(history: &History) -> Vec<Evidence> {
    let judge = |payment: &Payment| {
        let review = payment.first(|kind| matches!(kind, EventKind::UnderReview { .. }))?;
        if payment.has_lies() {
            return None;
        }
        let is_end = |kind: &EventKind| matches!(kind, EventKind::Approved { .. } | EventKind::Declined { .. });
        let end = payment.first(is_end).unwrap_or(u64::MAX);
        let probes = payment.probes().filter(|probe| (review..end).contains(&probe.event));
        // The worst answer during the review decides.
        let probe = probes.max_by_key(|probe| probe.paid);
        let (name, shop) = (payment.name(), shop_says(history, probe));
        let en = format!("{name} was under review. {shop}");
        let id = format!("{name} sedang ditinjau. {shop}");
        let events: Vec<_> = std::iter::once(review).chain(probe.map(|probe| probe.event)).collect();
        Some(payment.evidence(should_be_unpaid(probe), history.lang.t(en, id), events))
    };
    history.payments.iter().filter_map(judge).collect()
}

pub(super) fn expired(history: &History) -> Vec<Evidence> {
    let judge = |payment: &Payment| {
        let event = payment.first(|kind| matches!(kind, EventKind::Expired {}))?;
        let after = payment.probe_after(event);
        let (name, shop) = (payment.name(), shop_says(history, after));
        let en = format!("{name} expired: it was not paid in time. {shop}");
        let id = format!("{name} kedaluwarsa karena tidak dibayar tepat waktu. {shop}");
        let events: Vec<_> = std::iter::once(event).chain(after.map(|probe| probe.event)).collect();
        Some(payment.evidence(should_be_unpaid(after), history.lang.t(en, id), events))
    };
    history.payments.iter().filter_map(judge).collect()
}
