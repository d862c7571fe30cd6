//! The result page: the outcome, the receipt, and the link back to the shop.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::error_page::{ErrorKind, error_page};
use crate::domain::{Amount, BindingStage, Stage};
use crate::page::{Icon, Lang, page};
use crate::partner::Partner;
use crate::partner::browser::Browser;
use crate::partner::frame::{Frame, Framed, Page, Purpose, Step};
use crate::partner::lender::Lender;
use crate::partner::link_target::LinkTarget;
use crate::partner::receipt::{Receipt, plan_summary};
use crate::partner::respond::{find_target, to_current_page};
use crate::partner::text::decline_reason;
use crate::paths;

/// After how many seconds a browser returns to the demo shop.
const RETURN_AFTER: u32 = 5;

/// The outcome, as the customer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The lender pays the merchant.
    Approved,
    /// The lender has not decided yet.
    UnderReview,
    /// The lender does not pay.
    Declined,
    /// The lender pays the merchant, and a part was refunded.
    PartlyRefunded,
    /// The merchant cancelled the paid order.
    Refunded,
    /// The account is linked to the merchant.
    Linked,
    /// The lender does not link the account.
    NotLinked,
    /// The customer cancelled, paying or linking.
    Abandoned,
}

impl Outcome {
    /// The word in `data-outcome`, which browser tests read.
    fn slug(self) -> &'static str {
        match self {
            Self::Approved | Self::PartlyRefunded => "approved",
            Self::UnderReview => "under-review",
            Self::Declined => "declined",
            Self::Refunded => "refunded",
            Self::Linked => "linked",
            Self::NotLinked => "not-linked",
            Self::Abandoned => "abandoned",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Approved | Self::Linked => Icon::Tick,
            Self::UnderReview => Icon::Clock,
            Self::Declined | Self::NotLinked => Icon::Cross,
            Self::PartlyRefunded | Self::Refunded => Icon::Refund,
            Self::Abandoned => Icon::Cancelled,
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "partner/result.html")]
struct ResultPage<'a> {
    frame: Frame<'a>,
    outcome: Outcome,
    /// Why it was declined.
    reason: Option<String>,
    /// The instalments: `3 × Rp 8.634`; none if there is a receipt, which has them.
    plan: Option<String>,
    receipt: Option<Receipt>,
    /// The gateway's return address, relative.
    return_url: &'a str,
    /// None for a binding.
    t_xid: Option<&'a str>,
    /// After how many seconds the browser returns by itself.
    returns_after: Option<u32>,
}

impl ResultPage<'_> {
    fn title(&self) -> &'static str {
        let lang = self.lang();
        match self.outcome {
            Outcome::Approved => lang.t("Payment approved", "Pembayaran disetujui"),
            Outcome::UnderReview => lang.t("Payment under review", "Pembayaran sedang ditinjau"),
            Outcome::Declined => lang.t("Payment declined", "Pembayaran ditolak"),
            Outcome::PartlyRefunded => lang.t("Payment partly refunded", "Dana dikembalikan sebagian"),
            Outcome::Refunded => lang.t("Payment refunded", "Dana dikembalikan"),
            Outcome::Linked => lang.t("Account linked", "Akun terhubung"),
            Outcome::NotLinked => lang.t("Account linking declined", "Akun gagal dihubungkan"),
            Outcome::Abandoned if self.frame.is_link() => lang.t("Account linking cancelled", "Akun batal dihubungkan"),
            Outcome::Abandoned => lang.t("Payment cancelled", "Pembayaran dibatalkan"),
        }
    }

    /// What the outcome means for the customer.
    fn lead(&self) -> String {
        let (lang, frame) = (self.lang(), &self.frame);
        let lead = match self.outcome {
            Outcome::Approved => lang.t(
                "Thank you. The shop will process your order shortly.",
                "Terima kasih. Toko akan segera memproses pesanan Anda.",
            ),
            Outcome::UnderReview => lang.t(
                "The payment is being checked. The shop will be notified of the decision.",
                "Pembayaran ini sedang diperiksa. Toko akan diberi tahu setelah ada keputusan.",
            ),
            Outcome::Declined => lang.t(
                "The payment was not approved. You will not be charged.",
                "Pembayaran ini tidak disetujui. Anda tidak akan ditagih.",
            ),
            Outcome::PartlyRefunded => return partly_refunded_lead(frame.lender, lang),
            Outcome::Refunded => lang.t(
                "The shop cancelled this order and refunded the payment. You will not be charged.",
                "Toko membatalkan pesanan ini dan mengembalikan dananya. Anda tidak akan ditagih.",
            ),
            Outcome::Linked => return linked_lead(frame.lender, &frame.merchant, lang),
            Outcome::NotLinked => lang.t(
                "This account could not be linked. Your account has not changed.",
                "Akun ini tidak dapat dihubungkan. Tidak ada perubahan pada akun Anda.",
            ),
            Outcome::Abandoned if frame.is_link() => lang.t(
                "You cancelled. This request did not link your account to the shop.",
                "Anda membatalkan permintaan ini. Akun Anda tidak dihubungkan ke toko.",
            ),
            Outcome::Abandoned => lang.t(
                "You cancelled this payment. You will not be charged.",
                "Anda membatalkan pembayaran ini. Anda tidak akan ditagih.",
            ),
        };
        lead.to_owned()
    }

    /// The text of the print button.
    fn print_label(&self) -> &'static str {
        if self.frame.is_link() {
            self.lang().t("Print confirmation", "Cetak bukti")
        } else {
            self.lang().t("Print receipt", "Cetak bukti")
        }
    }
}

fn partly_refunded_lead(lender: Lender, lang: Lang) -> String {
    let lender = lender.name();
    lang.t(
        format!(
            "The shop refunded part of this payment. The instalments below are the original ones. The refund reduces \
             what you owe {lender}."
        ),
        format!(
            "Toko mengembalikan sebagian dana pembayaran ini. Cicilan di bawah adalah cicilan semula. Dana yang \
             dikembalikan mengurangi utang Anda ke {lender}."
        ),
    )
}

fn linked_lead(lender: Lender, merchant: &str, lang: Lang) -> String {
    let lender = lender.name();
    lang.t(
        format!("Your {lender} account is now linked to {merchant}."),
        format!("Akun {lender} Anda sudah terhubung ke {merchant}."),
    )
}

impl Framed for ResultPage<'_> {
    const STEP: Option<Step> = None;

    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Shows the result to any browser with the link: it contains only the order.
pub(in crate::partner) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::from_request(&request);
    let target = match find_target(&partner, &browser, paths::RESULT) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    if target.is_expired() {
        return error_page(&browser, ErrorKind::LinkExpired, paths::RESULT, Some(&target));
    }
    let ended = match &target {
        LinkTarget::Payment(transaction) => match transaction.stage() {
            Stage::Approved { plan, refunded, .. } if *refunded > Amount::ZERO => {
                Some((Outcome::PartlyRefunded, None, Some(plan)))
            }
            Stage::Approved { plan, .. } => Some((Outcome::Approved, None, Some(plan))),
            Stage::UnderReview { plan, .. } => Some((Outcome::UnderReview, None, Some(plan))),
            Stage::Declined { reason, .. } => Some((Outcome::Declined, Some(*reason), None)),
            Stage::Abandoned { .. } => Some((Outcome::Abandoned, None, None)),
            Stage::Cancelled { .. } => Some((Outcome::Refunded, None, None)),
            Stage::Registered | Stage::AtPartner(_) | Stage::Expired { .. } => None,
        },
        LinkTarget::Binding(binding) => match &binding.stage {
            BindingStage::Bound { .. } => Some((Outcome::Linked, None, None)),
            BindingStage::Failed { reason, .. } => Some((Outcome::NotLinked, Some(*reason), None)),
            BindingStage::Abandoned { .. } => Some((Outcome::Abandoned, None, None)),
            BindingStage::SignIn | BindingStage::Otp(_) | BindingStage::Expired { .. } => None,
        },
    };
    let Some((outcome, reason, plan)) = ended else { return to_current_page(&partner, &browser) };
    let returns =
        matches!(outcome, Outcome::Approved | Outcome::Linked) && partner.demo.as_ref() == Some(target.i_mid());
    let return_url = target.return_url(&browser.tk);
    let frame = target.frame(&partner, &browser, paths::RESULT);
    let receipt = match &target {
        LinkTarget::Payment(transaction) => Receipt::of_payment(transaction, &frame.merchant, browser.lang()),
        LinkTarget::Binding(binding) => Receipt::of_binding(binding, browser.lang()),
    };
    let result_page = ResultPage {
        frame,
        outcome,
        reason: reason.map(|reason| decline_reason(reason, target.is_binding(), browser.lang()).to_owned()),
        plan: if receipt.is_none() { plan.map(plan_summary) } else { None },
        receipt,
        return_url: &return_url,
        returns_after: returns.then_some(RETURN_AFTER),
        t_xid: match &target {
            LinkTarget::Payment(transaction) => Some(transaction.t_xid.as_str()),
            LinkTarget::Binding(_) => None,
        },
    };
    page(StatusCode::OK, &result_page, browser.cookies())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partner::frame::sample::{frame, has};

    #[test]
    fn every_outcome_has_its_words_and_its_sign() {
        let pay = || Purpose::Pay { goods: "Kopi", amount: "Rp 25.145".to_owned(), links_account: false };
        for (purpose, outcome, slug, title) in [
            (pay(), Outcome::Approved, "approved", "Payment approved"),
            (pay(), Outcome::UnderReview, "under-review", "Payment under review"),
            (pay(), Outcome::Declined, "declined", "Payment declined"),
            (pay(), Outcome::PartlyRefunded, "approved", "Payment partly refunded"),
            (pay(), Outcome::Refunded, "refunded", "Payment refunded"),
            (pay(), Outcome::Abandoned, "abandoned", "Payment cancelled"),
            (Purpose::Link, Outcome::Linked, "linked", "Account linked"),
            (Purpose::Link, Outcome::NotLinked, "not-linked", "Account linking declined"),
            (Purpose::Link, Outcome::Abandoned, "abandoned", "Account linking cancelled"),
        ] {
            let t_xid = matches!(purpose, Purpose::Pay { .. }).then_some("TXID1");
            let frame = frame(Lang::En, Lender::Akulaku, purpose, paths::RESULT);
            let page = ResultPage {
                frame,
                outcome,
                reason: None,
                plan: None,
                receipt: None,
                return_url: "/back",
                t_xid,
                returns_after: None,
            };
            let html = page.render().unwrap();
            has(&html, &[&format!("data-outcome=\"{slug}\""), &format!("<h1>{title}</h1>"), "class=\"stroke\""]);
            assert_eq!(html.contains("Rp 25.145") && html.contains("TXID1"), t_xid.is_some(), "{html}");
        }
    }
}
