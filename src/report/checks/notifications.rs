//! Checks of how the merchant handles notifications.

use super::reaction::{Reaction, shop_says, should_be_unpaid};
use crate::domain::{EventKind, NotificationKind, Variant};
use crate::report::history::{History, Inquiry, Notice, Payment};
use crate::report::verdict::{Evidence, State};

/// How long a merchant may take to answer, in seconds (`docs/PROTOCOL.md` §2.3: silence is a failure after 30).
const ANSWER_SECONDS: i64 = 5;

/// Every notification with its payment.
fn notices(history: &History) -> impl Iterator<Item = (&Payment, &Notice)> {
    history.payments.iter().flat_map(|payment| payment.notices.iter().map(move |notice| (payment, notice)))
}

/// In words: what came back.
pub(super) fn answer(history: &History, notice: &Notice) -> String {
    match (notice.status, &notice.error) {
        (Some(status), _) => format!("HTTP {status}"),
        (None, Some(error)) => error.clone(),
        (None, None) => history.lang.t("no answer", "tanpa jawaban").to_owned(),
    }
}

pub(super) fn answered_in_time(history: &History) -> Vec<Evidence> {
    let judge = |(payment, notice): (&Payment, &Notice)| {
        let (answer, name) = (answer(history, notice), payment.name());
        let seconds = notice.took.as_secs();
        let (state, text) = if !notice.is_delivered() {
            let en = format!("The notification of {name} got {answer}. Only HTTP 200 counts; it is sent again.");
            let id =
                format!("Notifikasi {name} dijawab {answer}. Hanya HTTP 200 yang dihitung; notifikasi dikirim ulang.");
            (State::Fail, history.lang.t(en, id))
        } else if seconds >= ANSWER_SECONDS {
            let en = format!("The notification of {name} was answered after {seconds} seconds.");
            let id = format!("Notifikasi {name} baru dijawab setelah {seconds} detik.");
            (State::Fail, history.lang.t(en, id))
        } else {
            let en = format!("The notification of {name} got HTTP 200 in {seconds} s.");
            (State::Pass, history.lang.t(en, format!("Notifikasi {name} dijawab HTTP 200 dalam {seconds} detik.")))
        };
        payment.evidence(state, text, [notice.event])
    };
    notices(history).filter(|(_, notice)| notice.is_true()).map(judge).collect()
}

pub(super) fn wrong_token(history: &History) -> Vec<Evidence> {
    changed(history, Variant::WrongToken, |reaction, notice| {
        let is_believed = reaction.changed() == Some(true) && !reaction.is_confirmed();
        match (is_believed, notice.is_confirmed(), reaction.inquiries.is_empty()) {
            (false, false, _) => None,
            (false, true, true) => Some(State::Warning),
            (true, ..) | (false, true, false) => Some(State::Fail),
        }
    })
}

pub(super) fn changed_status(history: &History) -> Vec<Evidence> {
    changed(history, Variant::ChangedStatus, |_, _| None)
}

pub(super) fn changed_amount(history: &History) -> Vec<Evidence> {
    changed(history, Variant::ChangedAmount, |_, _| None)
}

pub(super) fn unknown_t_xid(history: &History) -> Vec<Evidence> {
    changed(history, Variant::UnknownTxid, |_, _| None)
}

pub(super) fn missing_field(history: &History) -> Vec<Evidence> {
    changed(history, Variant::MissingField, |_, _| None)
}

pub(super) fn wrong_content_type(history: &History) -> Vec<Evidence> {
    changed(history, Variant::WrongContentType, |_, _| None)
}

/// Judges notifications that were changed in one way. `own` is a rule of this check that comes before the usual ones.
fn changed(history: &History, variant: Variant, own: impl Fn(&Reaction, &Notice) -> Option<State>) -> Vec<Evidence> {
    let judge = |(payment, notice): (&Payment, &Notice)| {
        // Without an accepted one that differs in nothing else, the reaction may have another reason.
        let accepted = payment.notices.iter().find(|other| is_pair(other, notice))?;
        let reaction = Reaction::to_notice(payment, notice);
        let state = own(&reaction, notice).unwrap_or_else(|| usual(&reaction, notice));
        let text = describe(history, payment, notice, &reaction);
        let mut events = reaction.events(notice.event);
        events.push(accepted.event);
        events.sort_unstable();
        Some(payment.evidence(state, text, events))
    };
    notices(history).filter(|(_, notice)| notice.variant == variant).filter_map(judge).collect()
}

/// Whether the merchant accepted this notification, and the changed one differs from it in one property only.
fn is_pair(accepted: &Notice, changed: &Notice) -> bool {
    let mut differences = changed.differences(accepted);
    // The token of a changed form that is signed follows from the change.
    if matches!(changed.variant, Variant::ChangedAmount | Variant::UnknownTxid) {
        differences.retain(|name| *name != "merchantToken");
    }
    accepted.is_true() && accepted.is_delivered() && differences.len() == 1
}

/// A change of the order needs an inquiry that confirms it. A refusal is right, and so is an inquiry.
fn usual(reaction: &Reaction, notice: &Notice) -> State {
    match reaction.changed() {
        Some(true) if reaction.is_confirmed() => State::Pass,
        Some(true) => State::Fail,
        Some(false) => State::Pass,
        None if notice.status.is_some() && !notice.is_confirmed() => State::Pass,
        None if !reaction.inquiries.is_empty() => State::Pass,
        None => State::NotVisible,
    }
}

fn describe(history: &History, payment: &Payment, notice: &Notice, reaction: &Reaction) -> String {
    let (name, answer) = (payment.name(), answer(history, notice));
    let t = |en: &'static str, id: &'static str| history.lang.t(en, id);
    let inquiry = match reaction.inquiries.last() {
        None => t("no inquiry followed", "tidak ada inquiry sesudahnya").to_owned(),
        Some(Inquiry { status, .. }) => history.lang.t(
            format!("the inquiry after it said status {status}"),
            format!("inquiry sesudahnya menjawab status {status}"),
        ),
    };
    let order = match (reaction.became_paid(), reaction.changed()) {
        (Some(true), _) => t("the order became paid", "pesanan menjadi lunas"),
        (_, Some(true)) => t("the order is no longer paid", "pesanan tidak lagi lunas"),
        (_, Some(false)) => t("the order did not change", "status pesanan tidak berubah"),
        (_, None) => t("no probe shows the order", "status pesanan tidak terlihat tanpa probe"),
    };
    let variant = notice.variant.as_str();
    let en = format!("A notification of {name} ({variant}) got {answer}; {inquiry}; {order}.");
    history.lang.t(en, format!("Notifikasi {name} ({variant}) dijawab {answer}; {inquiry}; {order}."))
}

pub(super) fn repeated(history: &History) -> Vec<Evidence> {
    let judge = |payment: &Payment| {
        let first = payment.notices.iter().find(|notice| notice.is_true() && notice.is_delivered())?;
        let mut repeats =
            payment.notices.iter().filter(|notice| notice.event > first.event && is_repeat(notice, first)).peekable();
        repeats.peek()?;
        let repeats: Vec<_> = repeats.collect();
        let last = repeats.last()?;
        let refused = repeats.iter().find(|notice| !notice.is_delivered());
        let after = payment.probe_after(last.event);
        let name = payment.name();
        let (state, text) = if let Some(refused) = refused {
            let answer = answer(history, refused);
            let en = format!("A repeated notification of {name} got {answer}, not HTTP 200.");
            (State::Fail, history.lang.t(en, format!("Notifikasi ulang {name} dijawab {answer}, bukan HTTP 200.")))
        } else {
            fulfilled_once(history, payment, after.and_then(|probe| probe.fulfilled))
        };
        let mut events = vec![first.event, last.event];
        events.extend(after.map(|probe| probe.event));
        Some(payment.evidence(state, text, events))
    };
    history.payments.iter().filter_map(judge).collect()
}

/// Whether a notification has the form of one that came before.
fn is_repeat(notice: &Notice, first: &Notice) -> bool {
    notice.is_true() && notice.kind == first.kind && notice.differences(first).is_empty()
}

fn fulfilled_once(history: &History, payment: &Payment, fulfilled: Option<u64>) -> (State, String) {
    let name = payment.name();
    match fulfilled {
        Some(times @ 0..=1) => {
            let en = format!("{name} was notified again, and fulfilled {times}×.");
            (State::Pass, history.lang.t(en, format!("{name} dinotifikasi ulang dan dipenuhi {times}×.")))
        }
        Some(times) => {
            let en = format!("{name} was notified again, and fulfilled {times}×.");
            (State::Fail, history.lang.t(en, format!("{name} dinotifikasi ulang dan dipenuhi {times}×.")))
        }
        None => {
            let en = format!("{name} was notified again with HTTP 200. How often it was fulfilled is not visible.");
            let id = format!("{name} dinotifikasi ulang dan dijawab HTTP 200. Berapa kali dipenuhi tidak terlihat.");
            (State::NotVisible, history.lang.t(en, id))
        }
    }
}

pub(super) fn pending_after_paid(history: &History) -> Vec<Evidence> {
    let judge = |(payment, notice): (&Payment, &Notice)| {
        let is_before = |other: &Notice| {
            other.kind == NotificationKind::Approve && other.is_delivered() && other.event < notice.event
        };
        payment.notices.iter().find(|other| is_before(other))?;
        let reaction = Reaction::to_notice(payment, notice);
        let state = match reaction.lost_payment() {
            Some(true) => State::Fail,
            Some(false) => State::Pass,
            None => State::NotVisible,
        };
        let (name, shop) = (payment.name(), shop_says(history, reaction.after));
        let en = format!("The notification \"under review\" of {name} came after the notification \"paid\". {shop}");
        let id = format!("Notifikasi \"sedang ditinjau\" untuk {name} datang setelah notifikasi \"lunas\". {shop}");
        Some(payment.evidence(state, history.lang.t(en, id), reaction.events(notice.event)))
    };
    let pending = notices(history).filter(|(_, notice)| notice.kind == NotificationKind::Pending && notice.is_true());
    pending.filter_map(judge).collect()
}

pub(super) fn rejected_after_review(history: &History) -> Vec<Evidence> {
    let judge = |payment: &Payment| {
        payment.first(|kind| matches!(kind, EventKind::UnderReview { .. }))?;
        if payment.has_lies() {
            return None;
        }
        let is_rejection =
            |notice: &&Notice| notice.kind == NotificationKind::Reject && notice.is_true() && notice.status.is_some();
        let notice = payment.notices.iter().rfind(is_rejection)?;
        let reaction = Reaction::to_notice(payment, notice);
        let (name, shop) = (payment.name(), shop_says(history, reaction.after));
        let en = format!("{name} was rejected after a review. {shop}");
        let id = format!("{name} ditolak setelah ditinjau. {shop}");
        let state = should_be_unpaid(reaction.after);
        Some(payment.evidence(state, history.lang.t(en, id), reaction.events(notice.event)))
    };
    history.payments.iter().filter_map(judge).collect()
}

pub(super) fn broken_connection(history: &History) -> Vec<Evidence> {
    let judge = |payment: &Payment| {
        let is_broken = |notice: &&Notice| matches!(notice.variant, Variant::Reset | Variant::NoAnswer);
        let broken = payment.notices.iter().find(is_broken)?;
        let repeat = payment.notices.iter().find(|notice| notice.event > broken.event && notice.is_true())?;
        let after = payment.probe_after(repeat.event);
        let name = payment.name();
        let (paid, fulfilled) = (after.and_then(|probe| probe.paid), after.and_then(|probe| probe.fulfilled));
        let (state, text) = if !repeat.is_delivered() {
            let answer = answer(history, repeat);
            let en = format!("After a broken connection, the repeated notification of {name} got {answer}.");
            let id = format!("Setelah koneksi terputus, notifikasi ulang {name} dijawab {answer}.");
            (State::Fail, history.lang.t(en, id))
        } else if paid == Some(false) {
            let en = format!("After a broken connection, {name} did not become paid although the repeat got HTTP 200.");
            let id = format!(
                "Setelah koneksi terputus, {name} tidak menjadi lunas walaupun notifikasi ulang dijawab HTTP 200."
            );
            (State::Fail, history.lang.t(en, id))
        } else {
            fulfilled_once(history, payment, fulfilled)
        };
        let mut events = vec![broken.event, repeat.event];
        events.extend(after.map(|probe| probe.event));
        Some(payment.evidence(state, text, events))
    };
    history.payments.iter().filter_map(judge).collect()
}

pub(super) fn lost(history: &History) -> Vec<Evidence> {
    let judge = |payment: &Payment| {
        let approved = payment.first(|kind| matches!(kind, EventKind::Approved { .. }))?;
        let is_lost = |kind: &EventKind| {
            matches!(kind, EventKind::NotificationSkipped { .. } | EventKind::NotificationExhausted { .. })
        };
        let lost = payment.first(is_lost)?;
        if payment.notices.iter().any(|notice| notice.is_delivered() && notice.kind == NotificationKind::Approve) {
            return None;
        }
        let name = payment.name();
        let inquiry = payment.inquiries(approved, u64::MAX);
        let mut events = vec![approved, lost];
        events.extend(inquiry.first().map(|inquiry| inquiry.event));
        let (state, text) = if inquiry.is_empty() {
            let en = format!("{name} is paid, no notification of it arrived, and the shop did not ask for its status.");
            let id = format!("{name} sudah dibayar, notifikasinya tidak sampai, dan toko tidak menanyakan statusnya.");
            (State::Warning, history.lang.t(en, id))
        } else {
            let en = format!("No notification of {name} arrived; the shop asked for its status.");
            let id = format!("Notifikasi {name} tidak sampai; toko menanyakan statusnya lewat inquiry.");
            (State::Pass, history.lang.t(en, id))
        };
        Some(payment.evidence(state, text, events))
    };
    history.payments.iter().filter_map(judge).collect()
}

pub(super) fn paid_when_notified(history: &History) -> Vec<Evidence> {
    let judge = |(payment, notice): (&Payment, &Notice)| {
        let probe = payment.probe_after(notice.event);
        let (name, shop) = (payment.name(), shop_says(history, probe));
        let state = match probe.and_then(|probe| probe.paid) {
            Some(true) => State::Pass,
            Some(false) => State::Fail,
            None => State::NotVisible,
        };
        let en = format!("The notification \"paid\" of {name} got HTTP 200. {shop}");
        let id = format!("Notifikasi \"lunas\" untuk {name} dijawab HTTP 200. {shop}");
        let events: Vec<_> = std::iter::once(notice.event).chain(probe.map(|probe| probe.event)).collect();
        payment.evidence(state, history.lang.t(en, id), events)
    };
    let is_paid =
        |notice: &Notice| notice.kind == NotificationKind::Approve && notice.is_true() && notice.is_delivered();
    notices(history).filter(|(_, notice)| is_paid(notice)).map(judge).collect()
}

pub(super) fn confirmed_by_inquiry(history: &History) -> Vec<Evidence> {
    history
        .payments
        .iter()
        .filter(|payment| !payment.is_seamless())
        .filter_map(|payment| inquiry_after_approval(history, payment))
        .collect()
}

/// Whether an inquiry followed the approval of a payment whose notification was accepted.
pub(super) fn inquiry_after_approval(history: &History, payment: &Payment) -> Option<Evidence> {
    let approved = payment.first(|kind| matches!(kind, EventKind::Approved { .. }))?;
    let is_accepted =
        |notice: &&Notice| notice.kind == NotificationKind::Approve && notice.is_true() && notice.is_confirmed();
    let notice = payment.notices.iter().find(is_accepted)?;
    let inquiry = payment.inquiries(approved, u64::MAX);
    let name = payment.name();
    let mut events = vec![notice.event];
    events.extend(inquiry.first().map(|inquiry| inquiry.event));
    events.sort_unstable();
    let (state, text) = if inquiry.is_empty() {
        let en = format!("{name}: the notification \"paid\" was accepted, and no inquiry was made.");
        let id = format!("{name}: notifikasi \"lunas\" diterima tanpa inquiry.");
        (State::Warning, history.lang.t(en, id))
    } else {
        let en = format!("{name}: an inquiry was made after the payment.");
        (State::Pass, history.lang.t(en, format!("{name}: inquiry dilakukan setelah pembayaran.")))
    };
    Some(payment.evidence(state, text, events))
}
