//! The receipt: what a customer may want to keep of a payment that was made, or of an account that was linked.

use super::text::Text;
use super::time::in_full;
use crate::clock::Timestamp;
use crate::domain::{Amount, Binding, BindingStage, Phone, Plan, Stage, Tokenize, Transaction};
use crate::page::Lang;

/// A plan in a few signs: `3 × Rp 8.634`, or `2 × Rp 8.634 + Rp 8.632` where rounding makes the last payment smaller.
pub(super) fn in_short(plan: &Plan) -> String {
    let (monthly, instalments) = (plan.monthly(), plan.instalments());
    let usual = instalments.iter().filter(|due| **due == monthly).count();
    let mut short = format!("{usual} × {}", monthly.formatted());
    for smaller in instalments.into_iter().skip(usual).filter(|due| *due > Amount::ZERO) {
        short.push_str(" + ");
        short.push_str(&smaller.formatted());
    }
    // An amount stays on one line.
    short.replace("Rp ", "Rp\u{a0}")
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
            Stage::Approved { plan, phone, at, user_token, refunded } => {
                let status = if *refunded > Amount::ZERO { text.status_partly_refunded } else { text.status_approved };
                let mut receipt = paid(status, *at, phone);
                if *refunded > Amount::ZERO {
                    receipt.stands.extend([
                        line("refunded", text.receipt_refunded, refunded.formatted()),
                        line("left", text.receipt_left, transaction.amount.saturating_sub(*refunded).formatted()),
                    ]);
                }
                receipt.agreed.extend(linked_by(transaction, user_token.is_some(), text));
                receipt.agreed.extend([
                    line("tenor", text.plan_legend, text.tenor(plan.months)),
                    line("monthly", text.result_plan, in_short(plan)),
                    line("fee", text.fee, plan.fee.saturating_add(plan.interest).formatted()),
                    line("total", text.receipt_total, plan.total().formatted()),
                ]);
                Some(receipt)
            }
            // The plan is over with it: nobody is to think that there is still something to pay back.
            Stage::Cancelled { phone, paid_at, at, user_token, .. } => {
                let mut receipt = paid(text.status_refunded, *paid_at, phone);
                receipt.stands.push(line("refunded-date", text.receipt_refunded_at, in_full(*at, lang)));
                receipt.agreed.extend(linked_by(transaction, user_token.is_some(), text));
                receipt.agreed.push(line("refunded", text.receipt_refunded, transaction.amount.formatted()));
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

/// That the payment linked the account, where it did.
fn linked_by(transaction: &Transaction, has_token: bool, text: &Text) -> Option<Line> {
    let issued = has_token && matches!(transaction.tokenize, Tokenize::Issue { .. });
    issued.then(|| line("linked", text.receipt_linked_to, transaction.i_mid.to_string()))
}

fn line(id: &'static str, label: &'static str, value: String) -> Line {
    Line { id, label, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payments_that_are_shown_add_up() {
        for (months, total, shown) in [
            (1, 26_145, "1 × Rp 26.145"),
            (3, 618_000, "3 × Rp 206.000"),
            (3, 1_543_970, "2 × Rp 514.657 + Rp 514.656"),
            (24, 2_578_280, "23 × Rp 107.429 + Rp 107.413"),
            (4, 5, "2 × Rp 2 + Rp 1"),
        ] {
            let principal = Amount::from_rupiah(total);
            let plan = Plan { months, principal, fee: Amount::ZERO, interest: Amount::ZERO };
            assert_eq!(in_short(&plan).replace('\u{a0}', " "), shown);
        }
    }
}
