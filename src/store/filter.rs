//! A selection of events.

use crate::domain::{Event, IMid, ReferenceNo, TXid};

/// A selection of events. Empty fields select all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Events after this number.
    pub after: u64,
    /// Events of this merchant.
    pub i_mid: Option<Box<str>>,
    /// Events of this transaction.
    pub t_xid: Option<Box<str>>,
    /// Events of this order number.
    pub reference_no: Option<Box<str>>,
}

impl Filter {
    pub(super) fn matches(&self, event: &Event) -> bool {
        fn fits(expected: Option<&str>, actual: Option<&str>) -> bool {
            expected.is_none_or(|expected| actual == Some(expected))
        }
        fits(self.i_mid.as_deref(), event.i_mid.as_ref().map(IMid::as_str))
            && fits(self.t_xid.as_deref(), event.t_xid.as_ref().map(TXid::as_str))
            && fits(self.reference_no.as_deref(), event.reference_no.as_ref().map(ReferenceNo::as_str))
    }
}
