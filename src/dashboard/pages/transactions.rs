//! `GET /__sim/`: the transactions, the newest first.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::control::Control;
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Diagnosis, FirstRequest, Frame, Section, first_request, instant, query, time};
use crate::domain::{EventKind, TXid, Transaction};
use crate::page::Lang;
use crate::paths;
use crate::protocol::status_digit;
use crate::store::Filter;

/// The maximum number of transactions on a page.
const MAX_ROWS: usize = 50;
/// The maximum number of refusals below them.
const MAX_REFUSALS: usize = 8;
/// The number of events in which refusals are searched.
const MAX_REFUSAL_AGE: usize = 20_000;

/// The status digits of an inquiry, and their meaning (`docs/PROTOCOL.md` §4.1).
const STATUSES: [(&str, &str); 7] =
    [("9", "init"), ("3", "unpaid"), ("0", "paid"), ("8", "fail"), ("1", "void"), ("2", "refund"), ("4", "expired")];
/// The stages of a transaction.
pub(in crate::dashboard) const STAGES: [&str; 8] =
    ["registered", "at-partner", "under-review", "approved", "declined", "abandoned", "expired", "cancelled"];

#[derive(Template)]
#[template(path = "dashboard/transactions.html")]
struct TransactionsPage {
    frame: Frame,
    filter: TransactionFilter,
    merchants: Vec<String>,
    rows: Vec<Row>,
    /// How many match the filter.
    matching: usize,
    all: usize,
    /// The address of the next page.
    older: Option<String>,
    /// Whether there are newer ones on another page.
    has_newer: bool,
    refusals: Vec<Refusal>,
    /// What stands in place of refusals when there are none.
    no_refusals: String,
    /// For a simulator without transactions.
    requests: Vec<FirstRequest>,
}

#[derive(Default)]
struct TransactionFilter {
    i_mid: String,
    reference_no: String,
    status: String,
    outcome: String,
    before: Option<u64>,
}

/// One transaction.
pub(in crate::dashboard) struct Row {
    pub(in crate::dashboard) t_xid: String,
    pub(in crate::dashboard) reference_no: String,
    pub(in crate::dashboard) i_mid: String,
    pub(super) amount: String,
    /// How many of its notes are about what the live gateway refuses.
    pub(super) refused_live: usize,
    pub(in crate::dashboard) lender: &'static str,
    pub(in crate::dashboard) stage: &'static str,
    pub(in crate::dashboard) status: &'static str,
    pub(in crate::dashboard) rule: String,
    pub(in crate::dashboard) at: String,
}

/// A request that was refused.
struct Refusal {
    id: u64,
    time: String,
    endpoint: &'static str,
    result_cd: &'static str,
    diagnosis: Diagnosis,
    reference_no: String,
}

impl TransactionFilter {
    fn from_request(control: &Control, request: &HttpRequest) -> Self {
        let mut filter = Self::default();
        for (name, value) in query::pairs(control, request) {
            match &*name {
                "iMid" => filter.i_mid = value,
                "referenceNo" => filter.reference_no = value,
                "status" => filter.status = value,
                "outcome" => filter.outcome = value,
                "before" => filter.before = value.parse().ok(),
                _ => {}
            }
        }
        filter
    }

    fn is_empty(&self) -> bool {
        self.i_mid.is_empty() && self.reference_no.is_empty() && self.status.is_empty() && self.outcome.is_empty()
    }

    fn matches(&self, transaction: &Transaction, control: &Control) -> bool {
        (self.i_mid.is_empty() || transaction.i_mid.as_str() == self.i_mid)
            && (self.reference_no.is_empty() || transaction.reference_no.as_str().contains(&self.reference_no))
            && (self.status.is_empty() || status_digit(transaction.stage(), &control.undocumented).0 == self.status)
            && (self.outcome.is_empty() || transaction.stage().as_str() == self.outcome)
    }

    /// The address of the page with those older than `sequence`; without one, of the newest.
    fn page_before(&self, sequence: Option<u64>) -> String {
        let before = sequence.map(|sequence| sequence.to_string()).unwrap_or_default();
        let query = [
            ("iMid", &*self.i_mid),
            ("referenceNo", &self.reference_no),
            ("status", &self.status),
            ("outcome", &self.outcome),
            ("before", &before),
        ];
        query::link(paths::DASHBOARD, &query)
    }
}

impl TransactionsPage {
    /// How many transactions are shown, and of how many.
    fn count(&self) -> String {
        let (shown, matching, all) = (self.rows.len(), self.matching, self.all);
        let rows = if self.has_newer {
            self.frame.t(format!("{shown} older of {matching}"), format!("{shown} lebih lama dari {matching}"))
        } else {
            self.frame.count(shown, matching)
        };
        if self.filter.is_empty() {
            return rows;
        }
        self.frame.t(format!("{rows} matching, {all} in total"), format!("{rows} yang cocok, total {all}"))
    }
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Transactions);
    let filter = TransactionFilter::from_request(control, &request);
    let Found { newest, matching, before } = newest(control, &filter);
    let oldest = newest.first().map(|(sequence, _)| *sequence);
    let rows: Vec<_> = newest
        .iter()
        .rev()
        .filter_map(|(_, t_xid)| control.engine.transaction(t_xid.as_str()))
        .map(|transaction| row(control, &control.engine.shown(transaction)))
        .collect();
    let older = oldest.filter(|_| before > newest.len()).map(|oldest| filter.page_before(Some(oldest)));
    let all = control.engine.store().transactions.len();
    let page = TransactionsPage {
        merchants: query::merchants(control),
        refusals: refusals(control, &filter, frame.lang()),
        no_refusals: no_refusals(control, &filter, frame.lang()),
        requests: if all == 0 { first_request::requests(control, &request) } else { Vec::new() },
        all,
        frame,
        filter,
        has_newer: before < matching,
        rows,
        matching,
        older,
    };
    page.frame.respond(StatusCode::OK, &page)
}

/// The transactions that match the filter.
struct Found {
    /// The newest of them, the oldest first.
    newest: Vec<(u64, TXid)>,
    /// How many match.
    matching: usize,
    /// How many of them are old enough for this page.
    before: usize,
}

fn newest(control: &Control, filter: &TransactionFilter) -> Found {
    let mut newest: BTreeMap<u64, TXid> = BTreeMap::new();
    let (mut matching, mut before) = (0, 0);
    control.engine.store().transactions.for_each(|transaction| {
        let sequence = transaction.sequence;
        if !filter.matches(transaction, control) {
            return;
        }
        matching += 1;
        if filter.before.is_some_and(|before| sequence >= before) {
            return;
        }
        before += 1;
        let enough = newest.len() == MAX_ROWS;
        if !enough || newest.first_key_value().is_some_and(|(oldest, _)| sequence > *oldest) {
            newest.insert(sequence, transaction.t_xid.clone());
            if enough {
                newest.pop_first();
            }
        }
    });
    Found { newest: newest.into_iter().collect(), matching, before }
}

fn row(control: &Control, transaction: &Transaction) -> Row {
    Row {
        t_xid: transaction.t_xid.to_string(),
        reference_no: transaction.reference_no.to_string(),
        i_mid: transaction.i_mid.to_string(),
        amount: transaction.amount.formatted(),
        refused_live: transaction.notes.all().iter().filter(|note| note.result_cd.is_some()).count(),
        lender: transaction.order.partner.map_or("", |partner| partner.name()),
        stage: transaction.stage().as_str(),
        status: status_digit(transaction.stage(), &control.undocumented).0,
        rule: transaction.rule.to_string(),
        at: instant(transaction.registered_at),
    }
}

/// What is known when no refusal was found: only the newest events are searched, older ones may be gone, and the filter
/// hides others.
fn no_refusals(control: &Control, filter: &TransactionFilter, lang: Lang) -> String {
    if !filter.i_mid.is_empty() || !filter.reference_no.is_empty() {
        let (en, id) =
            ("No refused request matches the filter.", "Tidak ada permintaan ditolak yang cocok dengan filter.");
        return lang.t(en, id).to_owned();
    }
    let (first, last) = control.engine.store().log.extent().unwrap_or((1, 0));
    let searched = usize::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(usize::MAX);
    if first <= 1 && searched <= MAX_REFUSAL_AGE {
        return lang.t("No refused requests yet.", "Belum ada permintaan yang ditolak.").to_owned();
    }
    let searched = searched.min(MAX_REFUSAL_AGE);
    lang.t(
        format!("No refused request among the newest {searched} events."),
        format!("Tidak ada permintaan yang ditolak di antara {searched} event terbaru."),
    )
}

/// The newest refusals of the merchant and order in the filter.
fn refusals(control: &Control, filter: &TransactionFilter, lang: Lang) -> Vec<Refusal> {
    let i_mid = (!filter.i_mid.is_empty()).then(|| filter.i_mid.as_str().into());
    let events = Filter { i_mid, ..Filter::default() };
    let found = control.engine.store().log.newest(&events, u64::MAX, MAX_REFUSAL_AGE, MAX_REFUSALS, |event| {
        let about = event.reference_no.as_ref().map_or("", |reference_no| reference_no.as_str());
        matches!(event.kind, EventKind::Refused { .. })
            && (filter.reference_no.is_empty() || about.contains(&filter.reference_no))
    });
    let refusals = control.engine.shown(found).into_iter().filter_map(|entry| match entry.event.kind {
        EventKind::Refused { endpoint, result_cd, diagnosis } => Some(Refusal {
            id: entry.event.id,
            time: time(entry.event.at),
            endpoint,
            result_cd,
            diagnosis: Diagnosis::parse(&diagnosis, lang),
            reference_no: entry.event.reference_no.map(|reference_no| reference_no.to_string()).unwrap_or_default(),
        }),
        _ => None,
    });
    refusals.collect()
}
