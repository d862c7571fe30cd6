//! The receipt of a payment or of a linked account.

use super::time::date_and_time;
use crate::clock::Timestamp;
use crate::domain::{Amount, Binding, BindingStage, InstalmentPlan, Phone, Stage, Tokenize, Transaction};
use crate::page::{Lang, tenor};

/// The instalments: `3 × Rp 8.634`, or `2 × Rp 8.634 + Rp 8.632` if rounding makes the last one smaller.
pub(super) fn plan_summary(plan: &InstalmentPlan) -> String {
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

/// The plan that an OTP or a PIN confirms.
#[derive(Debug, Clone)]
pub(super) struct PlanSummary {
    pub(super) tenor: String,
    /// The payments: `3 × Rp 8.634`.
    pub(super) instalments: String,
    /// Their sum.
    pub(super) total: String,
}

impl PlanSummary {
    pub(super) fn new(plan: &InstalmentPlan, tenor: String) -> Self {
        Self { tenor, instalments: plan_summary(plan), total: plan.total().formatted() }
    }
}

/// One line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its `data-testid`, without `receipt-`.
    pub id: &'static str,
    /// The label.
    pub label: &'static str,
    /// The value.
    pub value: String,
}

/// The lines that the result page shows in addition to the order.
#[derive(Debug, Clone, Default)]
pub struct Receipt {
    /// Status and dates, above the order.
    pub status: Vec<Line>,
    /// Account and plan, below the order.
    pub plan: Vec<Line>,
}

impl Receipt {
    /// The receipt of a payment that was paid.
    pub(super) fn of_payment(transaction: &Transaction, merchant: &str, lang: Lang) -> Option<Self> {
        let paid = |status: &str, at, phone| Self::new(status, lang.t("Paid on", "Tanggal"), at, phone, lang);
        match transaction.stage() {
            Stage::Approved { plan, phone, at, user_token, refunded } => {
                let status = if *refunded > Amount::ZERO {
                    lang.t("Partly refunded", "Dikembalikan sebagian")
                } else {
                    lang.t("Approved", "Disetujui")
                };
                let mut receipt = paid(status, *at, phone);
                if *refunded > Amount::ZERO {
                    receipt.status.extend([
                        line("refunded", lang.t("Amount refunded", "Jumlah dikembalikan"), refunded.formatted()),
                        line(
                            "left",
                            lang.t("Remaining amount", "Sisa pembayaran"),
                            transaction.amount.saturating_sub(*refunded).formatted(),
                        ),
                    ]);
                }
                receipt.plan.extend(linked_to(transaction, merchant, user_token.is_some(), lang));
                receipt.plan.extend([
                    line("tenor", "Tenor", tenor(plan.months, lang)),
                    line("monthly", lang.t("Instalments", "Cicilan"), plan_summary(plan)),
                    line("fee", lang.t("Fee", "Biaya"), plan.fee.saturating_add(plan.interest).formatted()),
                    line("total", lang.t("Total to pay back", "Total cicilan"), plan.total().formatted()),
                ]);
                Some(receipt)
            }
            // Without the plan: there is nothing left to pay back.
            Stage::Cancelled { phone, paid_at, at, user_token, .. } => {
                let mut receipt = paid(lang.t("Refunded", "Dikembalikan"), *paid_at, phone);
                receipt.status.push(line(
                    "refunded-date",
                    lang.t("Refunded on", "Dikembalikan"),
                    date_and_time(*at, lang),
                ));
                receipt.plan.extend(linked_to(transaction, merchant, user_token.is_some(), lang));
                receipt.plan.push(line(
                    "refunded",
                    lang.t("Amount refunded", "Jumlah dikembalikan"),
                    transaction.amount.formatted(),
                ));
                Some(receipt)
            }
            _ => None,
        }
    }

    /// The receipt of an account that was linked.
    pub(super) fn of_binding(binding: &Binding, lang: Lang) -> Option<Self> {
        match &binding.stage {
            BindingStage::Bound { phone, at, .. } => {
                Some(Self::new(lang.t("Linked", "Terhubung"), lang.t("Linked on", "Tanggal"), *at, phone, lang))
            }
            _ => None,
        }
    }

    /// Status, date and account.
    fn new(status: &str, since: &'static str, at: Timestamp, phone: &Phone, lang: Lang) -> Self {
        Self {
            status: vec![line("status", "Status", status.to_owned()), line("date", since, date_and_time(at, lang))],
            plan: vec![line("account", lang.t("Account", "Akun"), phone.masked())],
        }
    }
}

/// The merchant that the account is linked to, if the payment linked it.
fn linked_to(transaction: &Transaction, merchant: &str, has_token: bool, lang: Lang) -> Option<Line> {
    let issued = has_token && matches!(transaction.tokenize, Tokenize::Issue { .. });
    issued.then(|| line("linked", lang.t("Linked to", "Terhubung ke"), merchant.to_owned()))
}

fn line(id: &'static str, label: &'static str, value: String) -> Line {
    Line { id, label, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instalments_add_up() {
        for (months, total, shown) in [
            (1, 26_145, "1 × Rp 26.145"),
            (3, 618_000, "3 × Rp 206.000"),
            (3, 1_543_970, "2 × Rp 514.657 + Rp 514.656"),
            (24, 2_578_280, "23 × Rp 107.429 + Rp 107.413"),
            (4, 5, "2 × Rp 2 + Rp 1"),
        ] {
            let principal = Amount::from_rupiah(total);
            let plan = InstalmentPlan { months, principal, fee: Amount::ZERO, interest: Amount::ZERO };
            assert_eq!(plan_summary(&plan).replace('\u{a0}', " "), shown);
        }
    }
}
