//! `GET /__sim/`: transactions as they come in.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use url::form_urlencoded;

use super::frame::{Frame, Place, instant, time};
use super::message::split;
use super::{Dashboard, query};
use crate::control::Control;
use crate::domain::{EventKind, TXid, Transaction};
use crate::paths;
use crate::protocol::status_digit;
use crate::store::Filter;

/// Transactions on a page.
const SHOWN: usize = 50;
/// Refusals beside them.
const REFUSALS: usize = 8;
/// How far back refusals are looked for, in events.
const DEPTH: usize = 20_000;

/// The digits that an inquiry can answer, and what they mean (`docs/PROTOCOL.md` §4.1).
const STATUSES: [(&str, &str); 7] =
    [("9", "init"), ("3", "unpaid"), ("0", "paid"), ("8", "fail"), ("1", "void"), ("2", "refund"), ("4", "expired")];
/// Where a transaction can stand.
const STAGES: [&str; 8] =
    ["registered", "at-partner", "under-review", "approved", "declined", "abandoned", "expired", "cancelled"];

#[derive(Template)]
#[template(path = "dashboard/transactions.html")]
struct TransactionsPage {
    frame: Frame,
    wanted: Wanted,
    merchants: Vec<String>,
    rows: Vec<Row>,
    /// How many there are that match.
    matching: usize,
    /// How many there are.
    all: usize,
    /// Where older ones are.
    older: Option<String>,
    /// Whether newer ones match, too.
    newer: bool,
    refusals: Vec<Refusal>,
}

/// What is looked for.
#[derive(Default)]
struct Wanted {
    i_mid: String,
    reference_no: String,
    status: String,
    outcome: String,
    before: Option<u64>,
}

/// One transaction.
pub(super) struct Row {
    pub(super) t_xid: String,
    pub(super) reference_no: String,
    pub(super) i_mid: String,
    pub(super) amount: String,
    pub(super) lender: &'static str,
    pub(super) stage: &'static str,
    pub(super) status: &'static str,
    pub(super) rule: String,
    pub(super) at: String,
}

/// A request that was refused.
struct Refusal {
    id: u64,
    time: String,
    endpoint: &'static str,
    result_cd: &'static str,
    slug: String,
    sentence: String,
    reference_no: String,
}

impl Wanted {
    fn of(request: &HttpRequest) -> Self {
        let mut wanted = Self::default();
        for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
            let value = value.trim().to_owned();
            match &*name {
                "iMid" => wanted.i_mid = value,
                "referenceNo" => wanted.reference_no = value,
                "status" => wanted.status = value,
                "outcome" => wanted.outcome = value,
                "before" => wanted.before = value.parse().ok(),
                _ => {}
            }
        }
        wanted
    }

    /// Whether everything is looked for.
    fn is_all(&self) -> bool {
        self.i_mid.is_empty() && self.reference_no.is_empty() && self.status.is_empty() && self.outcome.is_empty()
    }

    fn takes(&self, transaction: &Transaction, control: &Control) -> bool {
        (self.i_mid.is_empty() || transaction.i_mid.as_str() == self.i_mid)
            && (self.reference_no.is_empty() || transaction.reference_no.as_str().contains(&self.reference_no))
            && (self.status.is_empty() || status_digit(transaction.stage(), &control.assumed).0 == self.status)
            && (self.outcome.is_empty() || transaction.stage().as_str() == self.outcome)
    }

    /// Where what is older than `sequence` is; without one, the newest.
    fn older_than(&self, sequence: Option<u64>) -> String {
        let before = sequence.map(|sequence| sequence.to_string()).unwrap_or_default();
        let asked = [
            ("iMid", &*self.i_mid),
            ("referenceNo", &self.reference_no),
            ("status", &self.status),
            ("outcome", &self.outcome),
            ("before", &before),
        ];
        query::link(paths::DASHBOARD, &asked)
    }
}

pub(super) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::of(&dashboard, &request, Place::Transactions);
    let wanted = Wanted::of(&request);
    let Found { newest, matching, before } = newest(control, &wanted);
    let oldest = newest.first().map(|(sequence, _)| *sequence);
    let rows: Vec<_> = newest
        .iter()
        .rev()
        .filter_map(|(_, t_xid)| control.engine.transaction(t_xid.as_str()))
        .map(|transaction| row(control, &transaction))
        .collect();
    let older = oldest.filter(|_| before > newest.len()).map(|oldest| wanted.older_than(Some(oldest)));
    let page = TransactionsPage {
        merchants: query::merchants(control),
        refusals: refusals(control, &wanted),
        all: control.engine.store().transactions.len(),
        frame,
        wanted,
        newer: before < matching,
        rows,
        matching,
        older,
    };
    page.frame.answer(control, StatusCode::OK, &page)
}

/// What matches.
struct Found {
    /// The newest of them, the oldest first.
    newest: Vec<(u64, TXid)>,
    /// How many match.
    matching: usize,
    /// How many of them are old enough for this page.
    before: usize,
}

fn newest(control: &Control, wanted: &Wanted) -> Found {
    let mut newest: BTreeMap<u64, TXid> = BTreeMap::new();
    let (mut matching, mut before) = (0, 0);
    control.engine.store().transactions.for_each(|transaction| {
        let sequence = transaction.sequence;
        if !wanted.takes(transaction, control) {
            return;
        }
        matching += 1;
        if wanted.before.is_some_and(|before| sequence >= before) {
            return;
        }
        before += 1;
        let enough = newest.len() == SHOWN;
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
        lender: transaction.order.partner.map_or("", |partner| partner.name()),
        stage: transaction.stage().as_str(),
        status: status_digit(transaction.stage(), &control.assumed).0,
        rule: transaction.rule.to_string(),
        at: instant(transaction.registered_at),
    }
}

/// The newest refusals, of the merchant and order that are looked for.
fn refusals(control: &Control, wanted: &Wanted) -> Vec<Refusal> {
    let i_mid = (!wanted.i_mid.is_empty()).then(|| wanted.i_mid.as_str().into());
    let filter = Filter { i_mid, ..Filter::default() };
    let found = control.engine.store().log.newest(&filter, u64::MAX, DEPTH, REFUSALS, |event| {
        let about = event.reference_no.as_ref().map_or("", |reference_no| reference_no.as_str());
        matches!(event.kind, EventKind::Refused { .. })
            && (wanted.reference_no.is_empty() || about.contains(&wanted.reference_no))
    });
    let refusals = found.into_iter().filter_map(|entry| match entry.event.kind {
        EventKind::Refused { endpoint, result_cd, diagnosis } => {
            let (slug, sentence) = split(&diagnosis);
            Some(Refusal {
                id: entry.event.id,
                time: time(entry.event.at),
                endpoint,
                result_cd,
                slug,
                sentence,
                reference_no: entry.event.reference_no.map(|reference_no| reference_no.to_string()).unwrap_or_default(),
            })
        }
        _ => None,
    });
    refusals.collect()
}
