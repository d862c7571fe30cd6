//! Collects what a report is made from, and draws the payments that it names.

use crate::diagram::{Diagram, svg};
use crate::domain::{Entry, EventKind, IMid, KeyMask, MaskKeys as _, Partner, Profile};
use crate::engine::Engine;
use crate::language::Lang;
use crate::report::{Drawing, Format, Records, Report, RunFacts};
use crate::store::Filter;

/// How many events are read at once, so that the log is not locked for long.
const BATCH_SIZE: usize = 256;

/// The report on one merchant, or on all, from what the log has now. merchantKeys are masked.
pub fn integration_report(engine: &Engine, profile: Profile, i_mid: Option<&IMid>, lang: Lang) -> Report {
    let (scenario, _) = engine.rules().scenario(i_mid);
    let run = RunFacts {
        version: env!("CARGO_PKG_VERSION"),
        i_mid: i_mid.cloned(),
        profile,
        scenario: engine.masked(&scenario.name).into_owned(),
        seed: engine.seed(),
        at: engine.now(),
    };
    Report::new(records(engine, i_mid), run, lang)
}

/// The report as text. HTML has the diagrams of the payments that failed checks and warnings are about.
///
/// # Errors
/// When it cannot be written, which is a mistake of this program.
pub fn render_report(engine: &Engine, report: &Report, format: Format) -> askama::Result<String> {
    let drawings = if format == Format::Html { drawings(engine, report)? } else { Vec::new() };
    report.render(format, &drawings)
}

fn records(engine: &Engine, i_mid: Option<&IMid>) -> Records {
    let mask = engine.key_mask();
    let mut records = Records::default();
    read_notifications(engine, i_mid, &mask, &mut records);
    read_events(engine, i_mid, &mask, &mut records);
    read_notes(engine, i_mid, &mask, &mut records);
    records
}

fn read_notifications(engine: &Engine, i_mid: Option<&IMid>, mask: &KeyMask, records: &mut Records) {
    let reader = engine.store().notifications;
    for id in reader.ids(|notification| i_mid.is_none_or(|i_mid| notification.i_mid == *i_mid)) {
        if let Some(mut notification) = reader.read(id, Clone::clone) {
            notification.mask_keys(mask);
            records.notifications.push(notification);
        }
    }
}

fn read_events(engine: &Engine, i_mid: Option<&IMid>, mask: &KeyMask, records: &mut Records) {
    let log = engine.store().log;
    let end = log.last();
    let mut filter = Filter { i_mid: i_mid.map(|i_mid| i_mid.as_str().into()), ..Filter::default() };
    while filter.after < end {
        let part = log.part(&filter, BATCH_SIZE);
        filter.after = part.upto;
        records.dropped_upto = part.dropped.map(|(_, last)| last).max(records.dropped_upto);
        for mut entry in part.entries {
            if has_lost_content(&entry, records) {
                records.dropped_upto = Some(entry.event.id).max(records.dropped_upto);
            }
            entry.mask_keys(mask);
            records.entries.push(entry);
        }
    }
}

/// Whether what the event is about is no longer stored: the bytes of an exchange, or a notification.
fn has_lost_content(entry: &Entry, records: &Records) -> bool {
    match &entry.event.kind {
        EventKind::Exchanged(_) => entry.exchange.is_none(),
        EventKind::NotificationAttempted { notification, .. } => {
            records.notifications.binary_search_by_key(notification, |known| known.id).is_err()
        }
        _ => false,
    }
}

fn read_notes(engine: &Engine, i_mid: Option<&IMid>, mask: &KeyMask, records: &mut Records) {
    let mut found = Vec::new();
    engine.store().transactions.for_each(|transaction| {
        let is_wanted = i_mid.is_none_or(|i_mid| transaction.i_mid == *i_mid);
        if is_wanted && !transaction.notes.all().is_empty() {
            found.push((transaction.sequence, transaction.t_xid.clone(), transaction.notes.all().to_vec()));
        }
    });
    found.sort_by_key(|(sequence, ..)| *sequence);
    for (_, t_xid, notes) in found {
        for mut note in notes {
            note.mask_keys(mask);
            records.notes.push((t_xid.clone(), note));
        }
    }
}

fn drawings(engine: &Engine, report: &Report) -> askama::Result<Vec<Drawing>> {
    let mut drawings = Vec::new();
    for t_xid in report.payments_to_draw() {
        let id = t_xid.as_str();
        let (Some(transaction), Some(entries)) = (engine.transaction(id), engine.entries_of_transaction(id)) else {
            continue;
        };
        let (transaction, entries) = (engine.shown(transaction), engine.shown(entries));
        let lender = transaction.order.partner.map(Partner::name);
        let notifications = engine.shown(engine.notifications(&transaction.notifications));
        let svg = svg(&Diagram::new(lender, &entries, &notifications, report.lang))?;
        let reference_no = transaction.reference_no.to_string();
        drawings.push(Drawing { t_xid: transaction.t_xid, reference_no, svg });
    }
    Ok(drawings)
}
