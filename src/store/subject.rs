//! What an event is about.

use crate::domain::{Binding, IMid, ReferenceNo, TXid, Transaction};

/// What an event is about.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// The merchant.
    pub i_mid: Option<IMid>,
    /// The transaction.
    pub t_xid: Option<TXid>,
    /// The merchant's order number.
    pub reference_no: Option<ReferenceNo>,
}

impl Subject {
    /// The simulator itself.
    pub fn none() -> Self {
        Self::default()
    }

    /// A merchant.
    pub fn merchant(i_mid: &IMid) -> Self {
        Self { i_mid: Some(i_mid.clone()), ..Self::default() }
    }
}

impl From<&Binding> for Subject {
    fn from(binding: &Binding) -> Self {
        let reference_no = Some(binding.request.reference_no.clone());
        Self { i_mid: Some(binding.i_mid.clone()), t_xid: None, reference_no }
    }
}

impl From<&Transaction> for Subject {
    fn from(transaction: &Transaction) -> Self {
        Self {
            i_mid: Some(transaction.i_mid.clone()),
            t_xid: Some(transaction.t_xid.clone()),
            reference_no: Some(transaction.reference_no.clone()),
        }
    }
}
