//! What NICEPAY's own pages say where there is nothing to choose.

use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use askama::Template;

use super::Gateway;
use super::answer::{Answer, Asked, No};
use super::frame::Page;
use super::text::Text;
use crate::domain::{Stage, Transaction};
use crate::page::{Lang, Language, Sign, page};
use crate::paths;

/// Why there is nothing to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GatewayNotice {
    /// No transaction has this number.
    Unknown,
    /// The transaction is not one of Checkout.
    NotCheckout,
    /// No lender is left to choose.
    NothingOffered,
    /// The customer left without choosing.
    Left,
    /// There is nothing to choose any more, or never was.
    Over(Over),
}

/// Why there is nothing to choose any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// It pays with an account that is linked already.
    Linked,
    /// It is paid.
    Paid,
    /// It was paid, and everything was given back.
    Refunded,
    /// The lender has not decided yet.
    UnderReview,
    /// The lender said no.
    Declined,
    /// Its time is up.
    Expired,
}

impl Over {
    /// How the order stands.
    pub(super) fn of(transaction: &Transaction) -> Self {
        match transaction.stage() {
            Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } => Self::Linked,
            Stage::Approved { .. } => Self::Paid,
            Stage::Cancelled { .. } => Self::Refunded,
            Stage::UnderReview { .. } => Self::UnderReview,
            Stage::Declined { .. } => Self::Declined,
            Stage::Expired { .. } => Self::Expired,
        }
    }

    fn sign(self) -> Sign {
        match self {
            Self::Linked => Sign::Mark,
            Self::Paid => Sign::Tick,
            Self::Refunded => Sign::GivenBack,
            Self::UnderReview | Self::Expired => Sign::Clock,
            Self::Declined => Sign::Cross,
        }
    }

    /// The heading, and what it means.
    fn words(self, text: &Text) -> [&'static str; 2] {
        match self {
            Self::Linked => [text.over_linked_title, text.over_linked_lead],
            Self::Paid => [text.over_paid_title, text.over_paid_lead],
            Self::Refunded => [text.over_refunded_title, text.over_refunded_lead],
            Self::UnderReview => [text.over_review_title, text.over_review_lead],
            Self::Declined => [text.over_declined_title, text.over_declined_lead],
            Self::Expired => [text.over_expired_title, text.over_expired_lead],
        }
    }
}

impl GatewayNotice {
    /// The status of the answer.
    fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::NotCheckout | Self::NothingOffered | Self::Over(_) => StatusCode::CONFLICT,
            Self::Left => StatusCode::OK,
        }
    }

    /// The word in `data-notice`, which browser tests read.
    fn slug(self) -> &'static str {
        match self {
            Self::Unknown => "transaction-unknown",
            Self::NotCheckout => "not-checkout",
            Self::NothingOffered => "nothing-offered",
            Self::Left => "left",
            Self::Over(_) => "over",
        }
    }

    fn sign(self) -> Sign {
        match self {
            Self::Left => Sign::Left,
            Self::Unknown | Self::NotCheckout | Self::NothingOffered => Sign::Mark,
            Self::Over(over) => over.sign(),
        }
    }

    fn title(self, text: &Text) -> &'static str {
        match self {
            Self::Unknown => text.unknown_title,
            Self::NotCheckout => text.not_checkout_title,
            Self::NothingOffered => text.nothing_offered_title,
            Self::Left => text.left_title,
            Self::Over(over) => over.words(text)[0],
        }
    }

    fn lead(self, text: &Text) -> &'static str {
        match self {
            Self::Unknown => text.unknown_lead,
            Self::NotCheckout => text.not_checkout_lead,
            Self::NothingOffered => text.nothing_offered_lead,
            Self::Left => text.left_lead,
            Self::Over(over) => over.words(text)[1],
        }
    }
}

/// A page that says why there is nothing to choose.
#[derive(Debug, Template)]
#[template(path = "gateway/notice.html")]
struct GatewayNoticePage<'a> {
    /// The language of the page.
    lang: Lang,
    /// What happened.
    notice: GatewayNotice,
    /// The address of this page with its query, for the language switch; none where it cannot be shown again.
    here: Option<&'a str>,
    /// The way back to the merchant, when there is one.
    return_url: Option<&'a str>,
    /// The order that it is about, where that may be told.
    order: Option<NoticeOrder<'a>>,
}

/// What a notice says about an order.
#[derive(Debug, Clone)]
struct NoticeOrder<'a> {
    /// The amount, formatted: `Rp 25.145`.
    amount: String,
    /// The merchant's iMid.
    merchant: &'a str,
    /// The merchant's own number for the order.
    reference_no: &'a str,
}

impl Page for GatewayNoticePage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn here(&self) -> Option<String> {
        self.here.map(str::to_owned)
    }
}

/// A refusal, as a page.
pub(super) fn notice(gateway: &Gateway, asked: &Asked<'_>, notice: GatewayNotice, no: No) -> Answer {
    let refused = gateway.refuse("checkout", no, |_| Vec::new());
    Answer { status: notice.status(), page: Some(said(asked, notice, None)), ..refused }
}

/// A page that says what happened, with the order and the way back where there is one.
pub(super) fn said(asked: &Asked<'_>, notice: GatewayNotice, over: Option<(&Transaction, &str)>) -> HttpResponse {
    let language = Language::of(asked.request);
    let here = (asked.request.method() == Method::GET).then(|| {
        // The switch adds the language.
        let query = asked.request.query_string().split('&').filter(|pair| !pair.starts_with("lang="));
        format!("{}?{}", asked.request.path(), query.collect::<Vec<_>>().join("&"))
    });
    let order = over.map(|(transaction, _)| NoticeOrder {
        amount: transaction.amount.formatted(),
        merchant: transaction.i_mid.as_str(),
        reference_no: transaction.reference_no.as_str(),
    });
    let return_url = over.map(|(_, url)| url);
    let shown = GatewayNoticePage { lang: language.lang, notice, here: here.as_deref(), return_url, order };
    page(notice.status(), &shown, language.cookies())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_says_what_happened() {
        for (notice, status) in [
            (GatewayNotice::Unknown, 404),
            (GatewayNotice::NotCheckout, 409),
            (GatewayNotice::NothingOffered, 409),
            (GatewayNotice::Left, 200),
            (GatewayNotice::Over(Over::Linked), 409),
            (GatewayNotice::Over(Over::Paid), 409),
            (GatewayNotice::Over(Over::Refunded), 409),
            (GatewayNotice::Over(Over::UnderReview), 409),
            (GatewayNotice::Over(Over::Declined), 409),
            (GatewayNotice::Over(Over::Expired), 409),
        ] {
            assert_eq!(notice.status(), status);
            for lang in [Lang::Id, Lang::En] {
                let page = GatewayNoticePage { lang, notice, here: None, return_url: Some("/back"), order: None };
                let html = page.render().unwrap();
                assert!(html.replace("&#39;", "'").contains(notice.lead(Text::of(lang))), "{html}");
                assert!(html.contains(&format!("data-notice=\"{}\"", notice.slug())), "{html}");
                assert!(html.contains("href=\"/back\" data-testid=\"return\""), "{html}");
            }
        }
    }
}
