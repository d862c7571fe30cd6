//! The clock in the header of every page: how far ahead it is, what is due next, and what a jump has caused.

use super::time::Time;
use crate::clock::{SignedDuration, Timestamp};
use crate::control::ClockJump;
use crate::domain::{Event, EventKind, MaskKeys, NotificationId, ReferenceNo, TXid};
use crate::engine::{Engine, NextWork, WorkKind};
use crate::page::Lang;

/// How many consequences of a jump are listed.
const MAX_LINES: usize = 10;
/// How many events are read at once: the log stays locked only that long.
const BATCH_SIZE: usize = 4_096;
/// A smaller difference to the machine's clock is none.
const MIN_DIFFERENCE: SignedDuration = SignedDuration::from_secs(1);

/// What is due next.
pub(in crate::dashboard) struct NextDue {
    /// What it is, before the order's number.
    pub(in crate::dashboard) what: &'static str,
    pub(in crate::dashboard) reference_no: String,
    /// In how long.
    pub(in crate::dashboard) wait: Time,
    pub(in crate::dashboard) at: Time,
    /// As the control API writes it.
    pub(in crate::dashboard) due: String,
}

impl NextDue {
    pub(super) fn new(engine: &Engine, now: Timestamp, lang: Lang) -> Option<Self> {
        let NextWork { at, kind, subject } = engine.next_work()?;
        Some(Self {
            what: kind_text(kind, lang),
            reference_no: subject.reference_no.map(|number| number.to_string()).unwrap_or_default(),
            wait: Time::until(at, now, lang),
            at: Time::full(at),
            due: at.to_string(),
        })
    }
}

fn kind_text(kind: WorkKind, lang: Lang) -> &'static str {
    let (en, id) = match kind {
        WorkKind::Settlement => ("decision on", "keputusan atas"),
        WorkKind::Customer => ("customer's action in", "tindakan pelanggan untuk"),
        WorkKind::Refund => ("refund of", "pengembalian dana"),
        WorkKind::ReviewDecision => ("review decision on", "keputusan tinjauan atas"),
        WorkKind::Expiry => ("expiry of", "batas waktu"),
        WorkKind::BindingExpiry => ("expiry of account linking", "batas waktu penghubungan akun"),
        WorkKind::FirstNotification => ("notification of", "notifikasi"),
        WorkKind::Retry => ("retry of", "percobaan ulang notifikasi"),
        WorkKind::ManualNotification => ("manual notification of", "notifikasi manual"),
    };
    lang.t(en, id)
}

/// How far the clock is ahead of the machine's (true), or behind it (false).
pub(super) fn ahead(engine: &Engine, lang: Lang) -> Option<(bool, String)> {
    let ahead = engine.clock().ahead();
    (ahead.abs() >= MIN_DIFFERENCE).then(|| {
        // The clock is set in milliseconds while it runs: it is never ahead by whole seconds.
        let seconds = (ahead.abs() + SignedDuration::from_millis(500)).as_secs();
        (ahead.is_positive(), lang.duration(std::time::Duration::from_secs(seconds.unsigned_abs())))
    })
}

/// The key of an action's message, with the events of the move of the clock.
pub(in crate::dashboard) fn done_with_jump(done: &str, jump: ClockJump) -> String {
    format!("{done}:{}-{}", jump.after, jump.upto)
}

/// The key of an action's message, and the events of the move of the clock, where it has some.
pub(super) fn read_done(done: &str) -> (&str, Option<ClockJump>) {
    let Some((key, events)) = done.split_once(':') else { return (done, None) };
    let jump = events
        .split_once('-')
        .and_then(|(after, upto)| Some(ClockJump { after: after.parse().ok()?, upto: upto.parse().ok()? }));
    (key, jump)
}

/// What a move of the clock has caused.
pub(in crate::dashboard) struct Jumped {
    pub(in crate::dashboard) lines: Vec<JumpLine>,
    /// How many more there are.
    pub(in crate::dashboard) more: usize,
    /// The page of the log that begins with the last of them.
    pub(in crate::dashboard) log: String,
}

/// One consequence.
pub(in crate::dashboard) struct JumpLine {
    pub(in crate::dashboard) reference_no: String,
    pub(in crate::dashboard) t_xid: Option<TXid>,
    pub(in crate::dashboard) text: String,
    /// The notification and its attempt, until its result is known.
    attempt: Option<(NotificationId, u32)>,
}

impl Jumped {
    pub(super) fn new(engine: &Engine, jump: ClockJump, lang: Lang) -> Self {
        let mask = engine.key_mask();
        let mut found = Found { lines: Vec::new(), count: 0, lang };
        let (log, mut after) = (engine.store().log, jump.after);
        while after < jump.upto {
            let reached = log.visit(after, BATCH_SIZE, |event| {
                if event.id <= jump.upto {
                    found.add(event);
                }
            });
            if reached <= after {
                break;
            }
            after = reached;
        }
        let Found { mut lines, count, .. } = found;
        for line in &mut lines {
            line.reference_no.mask_keys(&mask);
            line.text.mask_keys(&mask);
        }
        let log = format!("/__sim/log?before={}", jump.upto.saturating_add(1));
        Self { more: count - lines.len(), lines, log }
    }
}

/// What was found of a jump so far.
struct Found {
    lines: Vec<JumpLine>,
    count: usize,
    lang: Lang,
}

impl Found {
    fn add(&mut self, event: &Event) {
        if let EventKind::NotificationDelivered { notification, attempt, .. } = event.kind {
            // Its attempt is in the list already, with the status.
            let of_attempt = |line: &&mut JumpLine| line.attempt == Some((notification, attempt));
            if let Some(line) = self.lines.iter_mut().rev().find(of_attempt) {
                line.text = self.lang.t("notification delivered (200)", "notifikasi terkirim (200)").into();
            }
            return;
        }
        let Some(text) = consequence(&event.kind, self.lang) else { return };
        self.count += 1;
        if self.lines.len() == MAX_LINES {
            return;
        }
        let attempt = match event.kind {
            EventKind::NotificationAttempted { notification, attempt, .. } => Some((notification, attempt)),
            _ => None,
        };
        let reference_no = event.reference_no.as_ref().map(ReferenceNo::as_str).unwrap_or_default().to_owned();
        self.lines.push(JumpLine { reference_no, t_xid: event.t_xid.clone(), text, attempt });
    }
}

/// What an event means for its order; none where it means nothing new.
fn consequence(kind: &EventKind, lang: Lang) -> Option<String> {
    let (en, id) = match kind {
        EventKind::Approved { .. } => ("approved".to_owned(), "disetujui".to_owned()),
        EventKind::UnderReview { .. } => ("under review".to_owned(), "sedang ditinjau".to_owned()),
        EventKind::Declined { reason, .. } => (format!("declined ({reason})"), format!("ditolak ({reason})")),
        EventKind::Abandoned { .. } => ("abandoned".to_owned(), "ditinggalkan".to_owned()),
        EventKind::Expired {} => ("expired".to_owned(), "kedaluwarsa".to_owned()),
        EventKind::Cancelled { amt, .. } => {
            let amt = amt.formatted();
            (format!("{amt} refunded"), format!("{amt} dikembalikan"))
        }
        EventKind::BindingCompleted { .. } => ("account linked".to_owned(), "akun terhubung".to_owned()),
        EventKind::BindingFailed { reason, .. } => {
            (format!("account not linked ({reason})"), format!("akun tidak terhubung ({reason})"))
        }
        EventKind::NotificationAttempted { attempt, http_status, .. } => {
            let en = http_status.map_or("no answer".to_owned(), |status| status.to_string());
            let id = http_status.map_or("tidak ada jawaban".to_owned(), |status| status.to_string());
            (format!("notification, attempt {attempt}: {en}"), format!("notifikasi, percobaan ke-{attempt}: {id}"))
        }
        EventKind::NotificationExhausted { attempts, .. } => (
            format!("notification given up after {attempts} attempts"),
            format!("notifikasi dihentikan setelah {attempts} percobaan"),
        ),
        EventKind::NotificationSkipped { reason, .. } => {
            (format!("notification not sent: {reason}"), format!("notifikasi tidak dikirim: {reason}"))
        }
        _ => return None,
    };
    Some(lang.t(en, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_of_a_jump_stand_behind_the_key() {
        let text = done_with_jump("advance", ClockJump { after: 3, upto: 17 });
        let (key, jump) = read_done(&text);
        assert_eq!((key, jump.map(|jump| (jump.after, jump.upto))), ("advance", Some((3, 17))));
        for odd in [
            "advance",
            "advance:",
            "advance:-",
            "advance:1",
            "advance:-1-2",
            "advance:a-b",
            "advance:1-99999999999999999999",
        ] {
            let (key, jump) = read_done(odd);
            assert!(key == "advance" && jump.is_none(), "{odd}");
        }
    }
}
