//! The receipt: what a customer may want to keep of a payment that was made, or of an account that was linked.

use super::otp::in_short;
use super::text::Text;
use super::time::in_full;
use super::visited::Visited;
use crate::clock::Timestamp;
use crate::ledger::{Amount, BindingStage, Phone, Stage};
use crate::page::Lang;

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
    /// The receipt of what is visited; none where nothing was paid and nothing linked.
    pub(super) fn of(visited: &Visited, lang: Lang) -> Option<Self> {
        let text = Text::of(lang);
        let line = |id, label, value: String| Line { id, label, value };
        let when = |at: Timestamp| in_full(at, lang);
        let paid = |status: &str, at, phone: &Phone| Self {
            stands: vec![
                line("status", text.receipt_status, status.to_owned()),
                line("date", text.receipt_paid_at, when(at)),
            ],
            agreed: vec![line("account", text.receipt_account, phone.masked())],
        };
        match visited {
            Visited::Payment(transaction) => match transaction.stage() {
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
                    receipt.stands.push(line("refunded-date", text.receipt_refunded_at, when(*at)));
                    receipt.agreed.push(line("refunded", text.receipt_refunded, transaction.amount.for_people()));
                    Some(receipt)
                }
                _ => None,
            },
            Visited::Binding(binding) => match &binding.stage {
                BindingStage::Bound { phone, at, .. } => Some(Self {
                    stands: vec![
                        line("status", text.receipt_status, text.status_linked.to_owned()),
                        line("date", text.receipt_linked_at, when(*at)),
                    ],
                    agreed: vec![line("account", text.receipt_account, phone.masked())],
                }),
                _ => None,
            },
        }
    }
}
