//! The timeline of one payment or binding.

use super::Engine;
use crate::domain::{BindingId, Entry, EventKind, IMid, ReferenceNo, Transaction};
use crate::endpoints::Endpoint;
use crate::store::Filter;

/// How many entries a timeline has at most: the first ones.
const MAX_ENTRIES: usize = 1_000;
/// How many events are read at once, so that the log is not locked for long.
const BATCH_SIZE: usize = 4_096;

impl Engine {
    /// The events of a transaction that the log still has, oldest first, at most 1,000: what happened to it, and
    /// refused registrations with its order number. None where there is no such transaction.
    pub fn entries_of_transaction(&self, t_xid: &str) -> Option<Vec<Entry>> {
        let transaction: Transaction = self.transaction(t_xid)?;
        Some(self.timeline(&transaction.i_mid, &transaction.reference_no, |entry| match &entry.event.t_xid {
            Some(own) => *own == transaction.t_xid,
            // A binding may have the same number.
            None => call_without_transaction(entry) == Some(Call::Other),
        }))
    }

    /// The same of a binding. Where bindings share an order number, events without a binding number (a login, for
    /// example) are in the timeline of each.
    pub fn entries_of_binding(&self, id: BindingId) -> Option<Vec<Entry>> {
        let binding = self.binding(id)?;
        Some(self.timeline(&binding.i_mid, &binding.request.reference_no, |entry| match &entry.event.kind {
            _ if entry.event.t_xid.is_some() => false,
            EventKind::BindingRegistered { binding_id, .. }
            | EventKind::BindingCompleted { binding_id, .. }
            | EventKind::BindingFailed { binding_id, .. } => *binding_id == id,
            EventKind::Refused { .. } | EventKind::Exchanged(_) => {
                call_without_transaction(entry) == Some(Call::Binding)
            }
            _ => true,
        }))
    }

    fn timeline(
        &self,
        i_mid: &IMid,
        reference_no: &ReferenceNo,
        mut is_part: impl FnMut(&Entry) -> bool,
    ) -> Vec<Entry> {
        let log = &self.store.log;
        let last = log.last();
        let mut filter = Filter {
            i_mid: Some(i_mid.as_str().into()),
            reference_no: Some(reference_no.as_str().into()),
            ..Filter::default()
        };
        let mut entries = Vec::new();
        while filter.after < last && entries.len() < MAX_ENTRIES {
            let part = log.part(&filter, BATCH_SIZE);
            entries.extend(part.entries.into_iter().filter(|entry| is_part(entry)));
            filter.after = part.upto;
        }
        entries.truncate(MAX_ENTRIES);
        entries
    }
}

/// The operation of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Binding,
    Other,
}

/// The operation of an exchange, a refusal or a rule hit that is about no transaction. None for other events, and where
/// the log no longer has it.
fn call_without_transaction(entry: &Entry) -> Option<Call> {
    let is_binding = match &entry.event.kind {
        EventKind::Refused { endpoint, .. } => *endpoint == Endpoint::Binding.info().name,
        // A rule that refused a registration.
        EventKind::RuleHit { .. } => false,
        EventKind::Exchanged(_) => {
            let endpoint = Endpoint::from_target(&entry.exchange.as_ref()?.target);
            matches!(endpoint, Some(Endpoint::Binding | Endpoint::BindingReturn))
        }
        _ => return None,
    };
    Some(if is_binding { Call::Binding } else { Call::Other })
}
