//! The last page: what became of it, and the way back to the shop.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Partner;
use super::browser::Browser;
use super::frame::{Frame, Framed, Page, Purpose, Step};
use super::link_target::LinkTarget;
use super::notice::{Notice, notice};
use super::receipt::{Receipt, in_short};
use super::respond::{to_place, visit};
use crate::domain::{Amount, BindingStage, Stage};
use crate::page::{Sign, page};
use crate::paths;

/// How it ended, as far as the shopper is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The lender pays the merchant.
    Approved,
    /// The lender has not decided yet.
    UnderReview,
    /// The lender does not pay.
    Declined,
    /// The lender pays the merchant, and part of it went back.
    PartlyRefunded,
    /// The merchant cancelled the paid order, and the money went back.
    Refunded,
    /// The account is linked to the merchant.
    Linked,
    /// The lender does not link the account.
    NotLinked,
    /// The shopper gave up, paying or linking.
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

    fn sign(self) -> Sign {
        match self {
            Self::Approved | Self::Linked => Sign::Tick,
            Self::UnderReview => Sign::Clock,
            Self::Declined | Self::NotLinked => Sign::Cross,
            Self::PartlyRefunded | Self::Refunded => Sign::GivenBack,
            Self::Abandoned => Sign::Left,
        }
    }
}

/// The end: what became of it, and the way back to the shop.
#[derive(Debug, Template)]
#[template(path = "partner/result.html")]
struct ResultPage<'a> {
    /// What every page of the visit shows.
    frame: Frame<'a>,
    /// How it ended.
    outcome: Outcome,
    /// Why, in the shopper's words.
    reason: Option<String>,
    /// What was agreed: `3 × Rp 8.634`; where there is a receipt, that has it.
    plan: Option<String>,
    /// What there is to keep of it, where there is something.
    receipt: Option<Receipt>,
    /// The gateway's return address on our own host, relative.
    return_url: &'a str,
    /// The gateway's number for the transaction; none where there is no transaction.
    t_xid: Option<&'a str>,
}

impl ResultPage<'_> {
    /// The status line, a heading.
    fn title(&self) -> &'static str {
        let text = self.t();
        match self.outcome {
            Outcome::Approved => text.approved_title,
            Outcome::UnderReview => text.under_review_title,
            Outcome::Declined => text.declined_title,
            Outcome::PartlyRefunded => text.partly_refunded_title,
            Outcome::Refunded => text.refunded_title,
            Outcome::Linked => text.linked_title,
            Outcome::NotLinked => text.not_linked_title,
            Outcome::Abandoned if self.frame.is_link() => text.link_abandoned_title,
            Outcome::Abandoned => text.abandoned_title,
        }
    }

    /// What the status means for the shopper.
    fn lead(&self) -> String {
        let (text, frame) = (self.t(), &self.frame);
        let lead = match self.outcome {
            Outcome::Approved => text.approved_lead,
            Outcome::UnderReview => text.under_review_lead,
            Outcome::Declined => text.declined_lead,
            Outcome::PartlyRefunded => return text.partly_refunded_lead(frame.lender),
            Outcome::Refunded => text.refunded_lead,
            Outcome::Linked => return text.linked_lead(frame.lender, frame.merchant),
            Outcome::NotLinked => text.not_linked_lead,
            Outcome::Abandoned if frame.is_link() => text.link_abandoned_lead,
            Outcome::Abandoned => text.abandoned_lead,
        };
        lead.to_owned()
    }

    /// What the button says that prints the receipt.
    fn print(&self) -> &'static str {
        if self.frame.is_link() { self.t().link_receipt_print } else { self.t().receipt_print }
    }
}

impl Framed for ResultPage<'_> {
    const STEP: Option<Step> = None;

    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Shows it, to any browser: it gives nothing away but the order.
pub(super) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::of(&request);
    let visited = match visit(&partner, &browser, paths::RESULT) {
        Ok(visited) => visited,
        Err(instead) => return *instead,
    };
    if visited.is_expired() {
        return notice(&browser, Notice::LinkExpired, paths::RESULT, Some(&visited));
    }
    let ended = match &visited {
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
    let Some((outcome, reason, plan)) = ended else { return to_place(&partner, &browser) };
    let return_url = visited.return_url(&browser.tk);
    let receipt = match &visited {
        LinkTarget::Payment(transaction) => Receipt::of_payment(transaction, browser.language.lang),
        LinkTarget::Binding(binding) => Receipt::of_binding(binding, browser.language.lang),
    };
    let shown = ResultPage {
        frame: visited.frame(&partner, &browser, paths::RESULT),
        outcome,
        reason: reason.map(|reason| browser.text().reason(reason, visited.is_binding()).to_owned()),
        plan: if receipt.is_none() { plan.map(in_short) } else { None },
        receipt,
        return_url: &return_url,
        t_xid: match &visited {
            LinkTarget::Payment(transaction) => Some(transaction.t_xid.as_str()),
            LinkTarget::Binding(_) => None,
        },
    };
    page(StatusCode::OK, &shown, browser.cookies())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Lang;
    use crate::partner::frame::sample::{frame, has};
    use crate::partner::lender::Lender;

    #[test]
    fn every_outcome_has_its_words_and_its_sign() {
        let pay = || Purpose::Pay { goods: "Kopi", amount: "Rp 25.145".to_owned(), links: false };
        for (purpose, outcome, slug, title) in [
            (pay(), Outcome::Approved, "approved", "Payment approved"),
            (pay(), Outcome::UnderReview, "under-review", "Payment under review"),
            (pay(), Outcome::Declined, "declined", "Payment declined"),
            (pay(), Outcome::PartlyRefunded, "approved", "Payment partly refunded"),
            (pay(), Outcome::Refunded, "refunded", "Payment refunded"),
            (pay(), Outcome::Abandoned, "abandoned", "Payment cancelled"),
            (Purpose::Link, Outcome::Linked, "linked", "Account linked"),
            (Purpose::Link, Outcome::NotLinked, "not-linked", "Linking declined"),
            (Purpose::Link, Outcome::Abandoned, "abandoned", "Linking cancelled"),
        ] {
            let t_xid = matches!(purpose, Purpose::Pay { .. }).then_some("TXID1");
            let frame = frame(Lang::En, Lender::Akulaku, purpose, paths::RESULT);
            let page =
                ResultPage { frame, outcome, reason: None, plan: None, receipt: None, return_url: "/back", t_xid };
            let html = page.render().unwrap();
            has(&html, &[&format!("data-outcome=\"{slug}\""), &format!("<h1>{title}</h1>"), "class=\"stroke\""]);
            assert_eq!(html.contains("Rp 25.145") && html.contains("TXID1"), t_xid.is_some(), "{html}");
        }
    }
}
