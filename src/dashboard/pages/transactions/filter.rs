//! What the list shows: the filters and the search in its address.

use std::collections::HashSet;

use actix_web::HttpRequest;

use super::search::Search;
use crate::control::Control;
use crate::dashboard::parts::{DeliveryState, DeliverySummary, query};
use crate::domain::{Event, EventKind, Notification, TXid, Transaction, Variant};
use crate::paths;
use crate::protocol::status_digit;

/// The value of the filter for the kind that finds what the live gateway would refuse.
pub(super) const REFUSED_LIVE: &str = "refused-live";
/// The value of the filter for delivery that finds what is forged, repeated or late on purpose.
pub(super) const UNUSUAL: &str = "unusual";
/// How many events are read at once, so that the log is not locked for long.
const BATCH_SIZE: usize = 4_096;

/// The filters as the address has them. Empty ones select everything.
#[derive(Default)]
pub(super) struct ListFilter {
    pub(super) q: String,
    pub(super) kind: String,
    pub(super) i_mid: String,
    pub(super) status: String,
    pub(super) outcome: String,
    pub(super) delivery: String,
    /// What this rule has touched.
    pub(super) rule: String,
    /// Older ones only.
    pub(super) before: Option<u64>,
}

/// The filters, ready to select.
pub(super) struct Selection<'a> {
    filter: &'a ListFilter,
    control: &'a Control,
    search: Option<Search>,
    /// The transactions about which the log says that the rule decided something.
    hit: HashSet<TXid>,
}

impl ListFilter {
    pub(super) fn from_request(control: &Control, request: &HttpRequest) -> Self {
        let (mut filter, mut reference_no) = (Self::default(), String::new());
        for (name, value) in query::pairs(control, request) {
            match &*name {
                "q" => filter.q = value,
                // Links of earlier versions have it.
                "referenceNo" => reference_no = value,
                "kind" => filter.kind = value,
                "iMid" => filter.i_mid = value,
                "status" => filter.status = value,
                "outcome" => filter.outcome = value,
                "delivery" => filter.delivery = value,
                "rule" => filter.rule = value,
                "before" => filter.before = value.parse().ok(),
                _ => {}
            }
        }
        if filter.q.is_empty() {
            filter.q = reference_no;
        }
        filter
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kind.is_empty() && self.i_mid.is_empty() && self.is_about_all()
    }

    /// Whether nothing but merchant and kind is selected.
    pub(super) fn is_about_all(&self) -> bool {
        [&self.q, &self.status, &self.outcome, &self.delivery, &self.rule].iter().all(|given| given.is_empty())
    }

    pub(super) fn has_transactions(&self) -> bool {
        self.kind.is_empty() || self.kind == "transactions" || self.kind == REFUSED_LIVE
    }

    /// Whether refused requests can be in the list: they have no status, outcome, delivery or rule.
    pub(super) fn has_refused(&self) -> bool {
        (self.kind.is_empty() || self.kind == "refused")
            && [&self.status, &self.outcome, &self.delivery, &self.rule].iter().all(|given| given.is_empty())
    }

    /// The address of the page with those older than `before`; without one, of the newest.
    pub(super) fn page_before(&self, before: Option<u64>) -> String {
        let before = before.map(|sequence| sequence.to_string()).unwrap_or_default();
        self.address(&self.rule, &before)
    }

    /// The address without the rule.
    pub(super) fn without_rule(&self) -> String {
        self.address("", "")
    }

    fn address(&self, rule: &str, before: &str) -> String {
        let query = [
            ("q", &*self.q),
            ("kind", &self.kind),
            ("iMid", &self.i_mid),
            ("status", &self.status),
            ("outcome", &self.outcome),
            ("delivery", &self.delivery),
            ("rule", rule),
            ("before", before),
        ];
        query::link(paths::DASHBOARD, &query)
    }

    /// What a link to a page appends, so that the page leads back to this list.
    pub(super) fn from(&self) -> String {
        let back = self.page_before(self.before);
        let (_, query) = back.split_once('?').unwrap_or_default();
        if query.is_empty() { String::new() } else { query::link("", &[("from", query)]) }
    }

    pub(super) fn select<'a>(&'a self, control: &'a Control) -> Selection<'a> {
        let hit = if self.rule.is_empty() { HashSet::new() } else { hit_by(control, &self.rule) };
        Selection { filter: self, control, search: Search::new(&self.q), hit }
    }
}

/// The transactions about which the log says that this rule decided something, or made a response faulty.
fn hit_by(control: &Control, id: &str) -> HashSet<TXid> {
    let log = control.engine.store().log;
    let (mut after, last, mut hit) = (0, log.last(), HashSet::new());
    while after < last {
        after = log.visit(after, BATCH_SIZE, |event| {
            let by = match &event.kind {
                EventKind::RuleHit { rule, .. } => Some(rule),
                EventKind::Exchanged(exchange) => exchange.fault.as_ref(),
                _ => None,
            };
            if let Some(t_xid) = event.t_xid.as_ref().filter(|_| by.is_some_and(|by| **by == *id)) {
                hit.insert(t_xid.clone());
            }
        });
    }
    hit
}

/// How many of its notes are about what the live gateway refuses.
pub(super) fn refused_live(transaction: &Transaction) -> usize {
    transaction.notes.all().iter().filter(|note| note.result_cd.is_some()).count()
}

impl Selection<'_> {
    pub(super) fn has(&self, transaction: &Transaction) -> bool {
        let Self { filter, control, .. } = self;
        (filter.i_mid.is_empty() || transaction.i_mid.as_str() == filter.i_mid)
            && (filter.outcome.is_empty() || transaction.stage().as_str() == filter.outcome)
            && (filter.status.is_empty() || status_digit(transaction.stage(), &control.undocumented).0 == filter.status)
            && self.search.as_ref().is_none_or(|search| search.finds(transaction))
            && (filter.kind != REFUSED_LIVE || refused_live(transaction) > 0)
            && self.has_delivery(transaction)
            && self.has_rule(transaction)
    }

    pub(super) fn has_refused(&self, event: &Event) -> bool {
        let i_mid = &self.filter.i_mid;
        (i_mid.is_empty() || event.i_mid.as_ref().is_some_and(|known| known.as_str() == i_mid))
            && self.search.as_ref().is_none_or(|search| search.finds_refused(event))
    }

    fn has_delivery(&self, transaction: &Transaction) -> bool {
        let wanted = &*self.filter.delivery;
        if wanted.is_empty() {
            return true;
        }
        if transaction.notifications.is_empty() {
            return wanted == DeliveryState::None.as_str();
        }
        // The state needs no attempts.
        let notifications = self.read(transaction, Notification::without_attempts);
        if wanted == UNUSUAL {
            let mut variants = notifications.iter().filter_map(Notification::variant_and_rule);
            return variants.any(|(variant, _)| variant != Variant::Plain);
        }
        DeliverySummary::new(&notifications, self.control.engine.now()).state.as_str() == wanted
    }

    fn has_rule(&self, transaction: &Transaction) -> bool {
        let wanted = &*self.filter.rule;
        let is_it = |rule: &str| rule == wanted;
        let by_notification = |notification: &Notification| {
            notification.rule_plan.as_ref().is_some_and(|rule_plan| is_it(&rule_plan.rule))
        };
        wanted.is_empty()
            || is_it(&transaction.rule)
            || self.hit.contains(&transaction.t_xid)
            || self.read(transaction, by_notification).contains(&true)
    }

    fn read<R>(&self, transaction: &Transaction, look: impl Fn(&Notification) -> R) -> Vec<R> {
        let store = self.control.engine.store().notifications;
        transaction.notifications.iter().filter_map(|id| store.read(*id, &look)).collect()
    }
}
