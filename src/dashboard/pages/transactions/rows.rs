//! The rows of the list: transactions and refused requests, the newest first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::filter::{ListFilter, Selection, refused_live};
use crate::clock::Timestamp;
use crate::control::Control;
use crate::dashboard::parts::{DeliveryState, DeliverySummary, Diagnosis, Sentence, Time};
use crate::domain::{ClientUserKey, Event, EventKind, MaskKeys as _, Notification, TXid, Tokenize, Transaction};
use crate::page::Lang;
use crate::protocol::status_digit;

/// The maximum number of rows on a page.
const MAX_ROWS: usize = 50;

/// A row.
pub(super) enum Row {
    Transaction(Box<TransactionRow>),
    Refused(Box<RefusedRow>),
}

/// One transaction.
pub(super) struct TransactionRow {
    pub(super) t_xid: String,
    pub(super) reference_no: String,
    pub(super) i_mid: String,
    pub(super) amount: String,
    /// How many of its notes are about what the live gateway refuses.
    pub(super) refused_live: usize,
    pub(super) lender: &'static str,
    pub(super) stage: &'static str,
    pub(super) status: &'static str,
    pub(super) rule: String,
    /// Its clientUserKey.
    pub(super) customer: Option<String>,
    pub(super) at: Time,
    /// How the delivery of its notification stands, for programs.
    pub(super) delivery: &'static str,
    /// The same as a sentence.
    pub(super) sentence: Sentence,
    /// What was forged, repeated or sent unusually on purpose, each with its rule.
    pub(super) unusual: Vec<(String, String)>,
}

impl TransactionRow {
    /// The rules behind what is unusual, each once.
    pub(super) fn rules(&self) -> BTreeSet<&str> {
        self.unusual.iter().map(|(_, rule)| &**rule).collect()
    }
}

/// A refused request.
pub(super) struct RefusedRow {
    pub(super) id: u64,
    pub(super) at: Time,
    pub(super) endpoint: &'static str,
    pub(super) result_cd: &'static str,
    pub(super) diagnosis: Diagnosis,
    pub(super) reference_no: String,
    pub(super) i_mid: String,
}

/// What the filter finds.
#[derive(Default)]
pub(super) struct Found {
    /// The newest of them, newest first.
    pub(super) rows: Vec<Row>,
    /// The transactions and refused requests that match.
    pub(super) matching: usize,
    /// The transactions that match.
    pub(super) transactions: usize,
    /// Whether there are newer ones on another page.
    pub(super) has_newer: bool,
    /// The oldest of the rows, where there are older ones on the next page.
    pub(super) next: Option<u64>,
}

/// What stands in a row, before its text is made.
enum Item {
    Transaction(TXid),
    Refused(Box<Event>),
}

/// The newest rows, and how many there are.
#[derive(Default)]
struct Newest {
    rows: BTreeMap<u64, Item>,
    matching: usize,
    /// How many are old enough for this page.
    old_enough: usize,
}

impl Newest {
    /// Counts one that matches, and keeps it if it is among the newest.
    fn add(&mut self, sequence: u64, before: u64, item: impl FnOnce() -> Item) {
        self.matching += 1;
        if sequence >= before {
            return;
        }
        self.old_enough += 1;
        let enough = self.rows.len() == MAX_ROWS;
        if !enough || self.rows.first_key_value().is_some_and(|(oldest, _)| sequence > *oldest) {
            self.rows.insert(sequence, item());
            if enough {
                self.rows.pop_first();
            }
        }
    }
}

/// Finds the rows of a page.
pub(super) fn find(control: &Control, filter: &ListFilter, lang: Lang) -> Found {
    let store = control.engine.store();
    let (selection, before) = (filter.select(control), filter.before.unwrap_or(u64::MAX));
    let mut newest = Newest::default();
    if filter.has_transactions() {
        store.transactions.for_each(|transaction| {
            if selection.has(transaction) {
                newest.add(transaction.sequence, before, || Item::Transaction(transaction.t_xid.clone()));
            }
        });
    }
    let transactions = newest.matching;
    if filter.has_refused() {
        add_refused(control, filter, &selection, &mut newest, before);
    }
    let Newest { rows, matching, old_enough } = newest;
    let next = rows.first_key_value().map(|(oldest, _)| *oldest).filter(|_| old_enough > rows.len());
    let items = rows.into_values().rev();
    let now = control.engine.now();
    Found {
        rows: items.filter_map(|item| row(control, item, now, lang)).collect(),
        matching,
        transactions,
        has_newer: old_enough < matching,
        next,
    }
}

fn add_refused(control: &Control, filter: &ListFilter, selection: &Selection<'_>, newest: &mut Newest, before: u64) {
    let log = control.engine.store().log;
    // Without a filter their number is known, and only the newest are read.
    let all = (filter.i_mid.is_empty() && filter.q.is_empty() && filter.before.is_none()).then(|| log.refused());
    let mut read = 0;
    log.visit_refused(u64::MAX, |event| {
        if selection.has_refused(event) {
            newest.add(event.id, before, || Item::Refused(Box::new(event.clone())));
        }
        read += 1;
        all.is_none() || read < MAX_ROWS
    });
    let unread = all.unwrap_or(read).saturating_sub(read);
    newest.matching += unread;
    newest.old_enough += unread;
}

/// The newest refused request of the merchant in the filter.
pub(super) fn last_refused(control: &Control, filter: &ListFilter, lang: Lang) -> Option<RefusedRow> {
    let (selection, mut last) = (filter.select(control), None);
    control.engine.store().log.visit_refused(u64::MAX, |event| {
        last = selection.has_refused(event).then(|| event.clone());
        last.is_none()
    });
    refused_row(control, last?, control.engine.now(), lang)
}

fn row(control: &Control, item: Item, now: Timestamp, lang: Lang) -> Option<Row> {
    match item {
        Item::Refused(event) => refused_row(control, *event, now, lang).map(|row| Row::Refused(Box::new(row))),
        Item::Transaction(t_xid) => {
            let transaction = control.engine.shown(control.engine.transaction(t_xid.as_str())?);
            Some(Row::Transaction(Box::new(transaction_row(control, &transaction, now, lang))))
        }
    }
}

fn transaction_row(control: &Control, transaction: &Transaction, now: Timestamp, lang: Lang) -> TransactionRow {
    let store = control.engine.store().notifications;
    let ids = &transaction.notifications;
    let notifications: Vec<_> = ids.iter().filter_map(|id| store.read(*id, Notification::clone)).collect();
    let delivery = DeliverySummary::new(&notifications, now);
    let mask = control.engine.key_mask();
    let mut sentence = delivery.sentence(lang);
    sentence.mask_keys(&mask);
    if delivery.state == DeliveryState::None && !ids.is_empty() {
        sentence = Sentence::of(lang.t("its notifications are no longer stored", "notifikasinya sudah tidak disimpan"));
    }
    let unusual = delivery.unusual.iter().map(|unusual| (unusual.text(lang), mask.masked(&unusual.rule).into_owned()));
    TransactionRow {
        t_xid: transaction.t_xid.to_string(),
        reference_no: transaction.reference_no.to_string(),
        i_mid: transaction.i_mid.to_string(),
        amount: transaction.amount.formatted(),
        refused_live: refused_live(transaction),
        lender: transaction.order.partner.map_or("", |partner| partner.name()),
        stage: transaction.stage().as_str(),
        status: status_digit(transaction.stage(), &control.undocumented).0,
        rule: Arc::clone(&transaction.rule).to_string(),
        customer: customer(&transaction.tokenize).map(ToString::to_string),
        at: Time::relative(transaction.registered_at, now, lang),
        delivery: delivery.state.as_str(),
        unusual: unusual.collect(),
        sentence,
    }
}

fn customer(tokenize: &Tokenize) -> Option<&ClientUserKey> {
    match tokenize {
        Tokenize::No => None,
        Tokenize::Issue { client_user_key } | Tokenize::Pay { client_user_key, .. } => Some(client_user_key),
        Tokenize::LogIn { client_user_key, .. } => client_user_key.as_ref(),
    }
}

fn refused_row(control: &Control, event: Event, now: Timestamp, lang: Lang) -> Option<RefusedRow> {
    let entry = control.engine.shown(crate::domain::Entry { event, exchange: None });
    let Event { id, at, i_mid, reference_no, kind, .. } = entry.event;
    let EventKind::Refused { endpoint, result_cd, diagnosis, .. } = kind else { return None };
    Some(RefusedRow {
        id,
        at: Time::relative(at, now, lang),
        endpoint,
        result_cd,
        diagnosis: Diagnosis::parse(&diagnosis, lang),
        reference_no: reference_no.map(|reference_no| reference_no.to_string()).unwrap_or_default(),
        i_mid: i_mid.map(|i_mid| i_mid.to_string()).unwrap_or_default(),
    })
}
