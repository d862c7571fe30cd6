//! What the log tells of one payment or one binding.

use super::Engine;
use crate::domain::{BindingId, Entry, EventKind, IMid, ReferenceNo, Transaction};
use crate::endpoints::Endpoint;
use crate::store::Filter;

/// Entries of one timeline, at most: the first ones.
const LONGEST: usize = 1_000;
/// Events that are looked at in one go, so that nobody waits long for the log.
const BITE: usize = 4_096;

impl Engine {
    /// Everything that the log still knows of a transaction, oldest first, at most 1,000 entries: what happened to it,
    /// and the registrations under its number that were refused. None where nobody knows of it.
    pub fn entries_of_transaction(&self, t_xid: &str) -> Option<Vec<Entry>> {
        let transaction: Transaction = self.transaction(t_xid)?;
        Some(self.timeline(&transaction.i_mid, &transaction.reference_no, |entry| match &entry.event.t_xid {
            Some(own) => *own == transaction.t_xid,
            // A binding's number may be the same.
            None => of_no_transaction(entry) == Some(Call::Other),
        }))
    }

    /// The same of an account binding. Of bindings that share a number, what says no number of a binding (a login, say)
    /// is in the timeline of each.
    pub fn entries_of_binding(&self, id: BindingId) -> Option<Vec<Entry>> {
        let binding = self.binding(id)?;
        Some(self.timeline(&binding.i_mid, &binding.request.reference_no, |entry| match &entry.event.kind {
            _ if entry.event.t_xid.is_some() => false,
            EventKind::BindingRegistered { binding_id, .. }
            | EventKind::BindingCompleted { binding_id, .. }
            | EventKind::BindingFailed { binding_id, .. } => *binding_id == id,
            EventKind::Refused { .. } | EventKind::Exchanged(_) => of_no_transaction(entry) == Some(Call::Binding),
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
        while filter.after < last && entries.len() < LONGEST {
            let part = log.part(&filter, BITE);
            entries.extend(part.entries.into_iter().filter(|entry| is_part(entry)));
            filter.after = part.upto;
        }
        entries.truncate(LONGEST);
        entries
    }
}

/// What a merchant called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Binding,
    Other,
}

/// What was called, of an exchange, a refusal or a rule that speaks of no transaction; none of anything else, and where
/// that is forgotten.
fn of_no_transaction(entry: &Entry) -> Option<Call> {
    let is_binding = match &entry.event.kind {
        EventKind::Refused { endpoint, .. } => *endpoint == Endpoint::Binding.info().name,
        // A rule that had a registration refused.
        EventKind::RuleHit { .. } => false,
        EventKind::Exchanged(_) => {
            let endpoint = Endpoint::from_target(&entry.exchange.as_ref()?.target);
            matches!(endpoint, Some(Endpoint::Binding | Endpoint::BindingReturn))
        }
        _ => return None,
    };
    Some(if is_binding { Call::Binding } else { Call::Other })
}
