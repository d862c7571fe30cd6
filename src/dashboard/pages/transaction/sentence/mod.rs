//! The sentence with which the page begins: where the payment stands, and how its notifications stand.

mod delivery;
mod words;

use crate::clock::Timestamp;
use crate::dashboard::parts::{PageClock, Sentence};
use crate::diagram::single_line;
use crate::domain::{CancelKind, DecidedBy, Notification, Partner, Reason, Stage, Tokenize, Transaction};
use crate::page::Lang;

/// Characters of a rule or of a reason.
const MAX_TEXT: usize = 120;

/// Builds the sentence.
struct Builder {
    clock: PageClock,
    lang: Lang,
    sentence: Sentence,
}

/// What the sentence says of a payment.
pub(super) struct Payment<'a> {
    stage: &'a Stage,
    lender: Option<&'a str>,
    expires_at: Timestamp,
    decided_by: DecidedBy,
    rule: &'a str,
    is_seamless: bool,
}

impl<'a> From<&'a Transaction> for Payment<'a> {
    fn from(transaction: &'a Transaction) -> Self {
        Self {
            stage: transaction.stage(),
            lender: transaction.order.partner.map(Partner::name),
            expires_at: transaction.expires_at,
            decided_by: transaction.decided_by,
            rule: &transaction.rule,
            is_seamless: matches!(transaction.tokenize, Tokenize::Pay { .. }),
        }
    }
}

/// The sentence about a payment. `notifications` are all of its notifications, the oldest first.
pub(super) fn sentence(
    payment: &Payment<'_>,
    notifications: &[Notification],
    clock: PageClock,
    lang: Lang,
) -> Sentence {
    let mut builder = Builder { clock, lang, sentence: Sentence::default() };
    builder.payment(payment);
    builder.delivery(payment.stage, notifications);
    builder.sentence
}

impl Builder {
    /// Where the payment stands.
    fn payment(&mut self, payment: &Payment<'_>) {
        let lang = self.lang;
        let lender = payment.lender.unwrap_or(lang.t("the lender", "penyedia cicilan"));
        let until = match payment.stage {
            Stage::Registered if payment.is_seamless => None,
            Stage::Registered => Some(lang.t(
                "Waiting for the customer to open the payment page until ".to_owned(),
                "Menunggu pelanggan membuka halaman pembayaran sampai ".to_owned(),
            )),
            Stage::AtPartner(_) => Some(lang.t(
                format!("Waiting for the customer at {lender} until "),
                format!("Menunggu pelanggan di {lender} sampai "),
            )),
            Stage::Abandoned { .. } => Some(lang.t(
                "The customer left. Payable until ".to_owned(),
                "Pelanggan pergi tanpa membayar. Masih dapat dibayar sampai ".to_owned(),
            )),
            _ => None,
        };
        match until {
            Some(begin) => self.say_time(begin, self.clock.time_of(payment.expires_at), "."),
            None => self.say(payment_text(payment, lender, lang)),
        }
    }
}

/// Where a payment stands that waits for no customer.
fn payment_text(payment: &Payment<'_>, lender: &str, lang: Lang) -> String {
    let rule = single_line(payment.rule, MAX_TEXT);
    match payment.stage {
        Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } => {
            lang.t("Registered. The token is about to pay.", "Terdaftar. Token segera membayar.").to_owned()
        }
        Stage::UnderReview { ends_in: None, .. } => lang.t(
            format!("Under review at {lender} until somebody decides it."),
            format!("Sedang ditinjau {lender} sampai ada yang memutuskan."),
        ),
        Stage::UnderReview { .. } => lang.t(format!("Under review at {lender}."), format!("Sedang ditinjau {lender}.")),
        Stage::Approved { refunded, .. } if refunded.as_rupiah() > 0 => {
            let refunded = refunded.formatted();
            lang.t(format!("Paid, {refunded} refunded."), format!("Lunas, {refunded} dikembalikan."))
        }
        Stage::Approved { .. } => lang.t("Paid.", "Lunas.").to_owned(),
        Stage::Cancelled { kind: CancelKind::Void, .. } => {
            lang.t("Paid and voided.", "Lunas lalu dibatalkan.").to_owned()
        }
        Stage::Cancelled { kind: CancelKind::Refund, .. } => {
            lang.t("Paid and refunded in full.", "Lunas lalu dikembalikan seluruhnya.").to_owned()
        }
        Stage::Declined { reason, .. } => match (payment.decided_by, reason) {
            (DecidedBy::Command, _) => {
                lang.t("Declined through the control API.", "Ditolak lewat control API.").to_owned()
            }
            (
                DecidedBy::TransactionRule | DecidedBy::OneShotRule | DecidedBy::AddedRule | DecidedBy::ScenarioRule,
                _,
            ) => lang.t(format!("Declined by rule {rule}."), format!("Ditolak oleh aturan {rule}.")),
            (_, Reason::Limit) => lang.t(
                format!("Declined by {lender}: the limit is too low."),
                format!("Ditolak {lender}: limit tidak cukup."),
            ),
            (_, Reason::Inactive) => lang.t(
                format!("Declined by {lender}: the account is not active."),
                format!("Ditolak {lender}: akun tidak aktif."),
            ),
            (_, Reason::Risk | Reason::Forced) => lang.t(
                format!("Declined by {lender} after its risk check."),
                format!("Ditolak {lender} setelah penilaian risiko."),
            ),
        },
        Stage::Expired { .. } => {
            lang.t("Expired: not paid in time.", "Kedaluwarsa: tidak dibayar tepat waktu.").to_owned()
        }
    }
}

#[cfg(test)]
mod tests;
