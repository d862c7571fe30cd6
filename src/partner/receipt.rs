//! The receipt: what a customer may want to keep of a payment that was made, or of an account that was linked.

use super::text::Text;
use super::time::in_full;
use crate::clock::Timestamp;
use crate::ledger::{Amount, Binding, BindingStage, Phone, Plan, Stage, Transaction};
use crate::page::Lang;

/// A plan in a few signs: `3 × Rp 8.634`.
pub(super) fn in_short(plan: &Plan) -> String {
    format!("{} × {}", plan.months, plan.monthly().for_people())
}

/// One line of it: what it is, and for tests the end of its `data-testid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `receipt-` comes before it.
    pub id: &'static str,
    /// What it is, in words.
    pub label: &'static str,
    /// How much, when, who.
    pub value: String,
}

/// What the result page shows beside the order, where there is something to keep.
#[derive(Debug, Clone, Default)]
pub struct Receipt {
    /// How it stands, and since when.
    pub stands: Vec<Line>,
    /// Who pays what back.
    pub agreed: Vec<Line>,
}

impl Receipt {
    /// The receipt of a payment; none where nothing was paid.
    pub(super) fn of_payment(transaction: &Transaction, lang: Lang) -> Option<Self> {
        let text = Text::of(lang);
        let paid = |status: &str, at, phone| Self::begin(status, text.receipt_paid_at, at, phone, lang);
        match transaction.stage() {
            Stage::Approved { plan, phone, at, refunded, .. } => {
                let mut receipt = paid(text.status_approved, *at, phone);
                receipt.agreed.extend([
                    line("tenor", text.plan_legend, text.tenor(plan.months)),
                    line("monthly", text.result_plan, in_short(plan)),
                    line("fee", text.fee, plan.fee.plus(plan.interest).for_people()),
                    line("total", text.receipt_total, plan.total().for_people()),
                ]);
                if *refunded > Amount::ZERO {
                    receipt.agreed.push(line("refunded", text.receipt_refunded, refunded.for_people()));
                }
                Some(receipt)
            }
            // The plan is over with it: nobody is to think that there is still something to pay back.
            Stage::Cancelled { phone, paid_at, at, .. } => {
                let mut receipt = paid(text.status_refunded, *paid_at, phone);
                receipt.stands.push(line("refunded-date", text.receipt_refunded_at, in_full(*at, lang)));
                receipt.agreed.push(line("refunded", text.receipt_refunded, transaction.amount.for_people()));
                Some(receipt)
            }
            _ => None,
        }
    }

    /// The receipt of a linked account; none where nothing was linked.
    pub(super) fn of_binding(binding: &Binding, lang: Lang) -> Option<Self> {
        let text = Text::of(lang);
        match &binding.stage {
            BindingStage::Bound { phone, at, .. } => {
                Some(Self::begin(text.status_linked, text.receipt_linked_at, *at, phone, lang))
            }
            _ => None,
        }
    }

    /// How it stands, since when, and whose account it is.
    fn begin(status: &str, since: &'static str, at: Timestamp, phone: &Phone, lang: Lang) -> Self {
        let text = Text::of(lang);
        Self {
            stands: vec![
                line("status", text.receipt_status, status.to_owned()),
                line("date", since, in_full(at, lang)),
            ],
            agreed: vec![line("account", text.receipt_account, phone.masked())],
        }
    }
}

fn line(id: &'static str, label: &'static str, value: String) -> Line {
    Line { id, label, value }
}
