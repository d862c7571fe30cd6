//! The card that ends the demo when all four steps are done: where to look at what has happened.

use crate::demo::Demo;
use crate::demo::catalog::rupiah;
use crate::demo::customers::{Customer, Step};
use crate::page::Lang;
use crate::paths;

/// A transaction with its diagram.
pub(super) struct ClosingRow {
    pub(super) product: &'static str,
    pub(super) total: String,
    pub(super) reference_no: String,
    pub(super) url: String,
}

pub(super) struct Closing {
    pub(super) rows: Vec<ClosingRow>,
    pub(super) report_url: String,
}

impl Closing {
    /// None before all four steps are done.
    pub(super) fn new(demo: &Demo, customer: Option<&Customer>, lang: Lang) -> Option<Self> {
        let customer = customer.filter(|customer| customer.done.len() == Step::ALL.len())?;
        let registered = customer.orders.iter().rev().filter(|order| !order.t_xid.is_empty());
        let rows = registered.map(|order| ClosingRow {
            product: order.product.title(lang),
            total: rupiah(order.total()),
            reference_no: order.reference_no.clone(),
            url: paths::transaction_page(&order.t_xid),
        });
        Some(Self { rows: rows.collect(), report_url: paths::report_page(demo.nicepay.i_mid()) })
    }
}
