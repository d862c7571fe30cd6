//! NICEPAY's own page for a Checkout payment without a choice of lenders: an error, or a payment that is final.

use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use askama::Template;

use super::frame::Page;
use crate::domain::{Stage, Transaction};
use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse};
use crate::page::{Icon, Lang, Language, page as render};
use crate::paths;

/// Why the customer cannot choose a lender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoChoice {
    Unknown,
    /// The transaction was not registered with Checkout.
    NotCheckout,
    /// No lender is active.
    NoLender,
    /// The customer cancelled.
    Cancelled,
    /// The lender is already known, or the payment is final.
    Decided(PaymentState),
}

/// The state of a payment for which no lender can be chosen any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PaymentState {
    /// It uses a linked account.
    Linked,
    Paid,
    /// It was paid and refunded.
    Refunded,
    UnderReview,
    Declined,
    Expired,
}

impl PaymentState {
    pub(in crate::gateway) fn new(transaction: &Transaction) -> Self {
        match transaction.stage() {
            Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } => Self::Linked,
            Stage::Approved { .. } => Self::Paid,
            Stage::Cancelled { .. } => Self::Refunded,
            Stage::UnderReview { .. } => Self::UnderReview,
            Stage::Declined { .. } => Self::Declined,
            Stage::Expired { .. } => Self::Expired,
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Linked => Icon::Info,
            Self::Paid => Icon::Tick,
            Self::Refunded => Icon::Refund,
            Self::UnderReview | Self::Expired => Icon::Clock,
            Self::Declined => Icon::Cross,
        }
    }

    /// The heading, and the sentence below it.
    fn texts(self, lang: Lang) -> [&'static str; 2] {
        let (en, id) = match self {
            Self::Linked => (
                ["Account already linked", "This payment uses a linked account. You do not need to choose a lender."],
                [
                    "Akun sudah terhubung",
                    "Pembayaran ini memakai akun yang sudah terhubung. Anda tidak perlu memilih penyedia cicilan.",
                ],
            ),
            Self::Paid => (
                ["This payment is complete", "This payment has already been processed. You do not need to pay again."],
                ["Pembayaran sudah selesai", "Pembayaran ini sudah diproses. Anda tidak perlu membayar lagi."],
            ),
            Self::Refunded => (
                [
                    "Payment refunded",
                    "The shop cancelled this order and refunded the payment. You will not be charged.",
                ],
                [
                    "Dana dikembalikan",
                    "Toko membatalkan pesanan ini dan mengembalikan dananya. Anda tidak akan ditagih.",
                ],
            ),
            Self::UnderReview => (
                ["Payment under review", "The shop will be notified of the decision."],
                ["Pembayaran sedang ditinjau", "Toko akan diberi tahu setelah ada keputusan."],
            ),
            Self::Declined => (
                ["Payment declined", "The payment was not approved. You will not be charged."],
                ["Pembayaran ditolak", "Pembayaran ini tidak disetujui. Anda tidak akan ditagih."],
            ),
            Self::Expired => (
                ["This payment has expired", "Nothing was paid. Start again from the shop."],
                ["Waktu pembayaran sudah habis", "Tidak ada yang dibayar. Mulai lagi dari toko."],
            ),
        };
        lang.t(en, id)
    }
}

impl NoChoice {
    fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::NotCheckout | Self::NoLender | Self::Decided(_) => StatusCode::CONFLICT,
            Self::Cancelled => StatusCode::OK,
        }
    }

    /// The word in `data-notice`, which browser tests read.
    fn slug(self) -> &'static str {
        match self {
            Self::Unknown => "transaction-unknown",
            Self::NotCheckout => "not-checkout",
            Self::NoLender => "nothing-offered",
            Self::Cancelled => "left",
            Self::Decided(_) => "over",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Cancelled => Icon::Cancelled,
            Self::Unknown | Self::NotCheckout | Self::NoLender => Icon::Info,
            Self::Decided(state) => state.icon(),
        }
    }

    /// The heading, and the sentence below it.
    fn texts(self, lang: Lang) -> [&'static str; 2] {
        let (en, id) = match self {
            Self::Unknown => (
                ["Unknown transaction", "There is no transaction at this address. Start again from the shop."],
                ["Transaksi tidak dikenal", "Tidak ada transaksi di alamat ini. Mulai lagi dari toko."],
            ),
            Self::NotCheckout => (
                [
                    "Not a Checkout payment",
                    "This transaction was not registered with NICEPAY Checkout. It cannot be paid on this page.",
                ],
                [
                    "Bukan pembayaran Checkout",
                    "Transaksi ini tidak didaftarkan lewat NICEPAY Checkout, jadi tidak dapat dibayar di halaman ini.",
                ],
            ),
            Self::NoLender => (
                ["No lender available", "No lender is active for this shop."],
                ["Tidak ada penyedia cicilan", "Tidak ada penyedia cicilan yang aktif untuk toko ini."],
            ),
            Self::Cancelled => (
                ["Payment cancelled", "You cancelled this payment. You will not be charged."],
                ["Pembayaran dibatalkan", "Anda membatalkan pembayaran ini. Anda tidak akan ditagih."],
            ),
            Self::Decided(state) => return state.texts(lang),
        };
        lang.t(en, id)
    }
}

#[derive(Debug, Template)]
#[template(path = "gateway/no_choice_page.html")]
struct NoChoicePage<'a> {
    lang: Lang,
    reason: NoChoice,
    /// The address of this page with its query, for the language switch; none if it cannot be shown again.
    here: Option<&'a str>,
    /// The address of the merchant's page, if the browser can go back.
    return_url: Option<&'a str>,
    order: Option<OrderSummary<'a>>,
}

#[derive(Debug, Clone)]
struct OrderSummary<'a> {
    /// The amount, formatted: `Rp 25.145`.
    amount: String,
    /// The merchant's name.
    merchant: String,
    /// The merchant's number for the order.
    reference_no: &'a str,
}

impl Page for NoChoicePage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn here(&self) -> Option<String> {
        self.here.map(str::to_owned)
    }
}

/// A refusal, as a page.
pub(in crate::gateway) fn refused(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    reason: NoChoice,
    refusal: EndpointRefusal,
) -> GatewayResponse {
    let response = gateway.refuse(request.endpoint_name(), refusal, |_| Vec::new());
    GatewayResponse { status: reason.status(), page: Some(no_choice_page(gateway, request, reason, None)), ..response }
}

/// The page. With a payment and its return address it shows the order and a link back to the shop.
pub(super) fn no_choice_page(
    gateway: &Gateway,
    request: &GatewayRequest<'_>,
    reason: NoChoice,
    payment: Option<(&Transaction, &str)>,
) -> HttpResponse {
    let language = Language::from_request(request.http);
    let here = (request.http.method() == Method::GET).then(|| {
        // The language switch adds the language.
        let query = request.http.query_string().split('&').filter(|pair| !pair.starts_with("lang="));
        format!("{}?{}", request.http.path(), query.collect::<Vec<_>>().join("&"))
    });
    let order = payment.map(|(transaction, _)| OrderSummary {
        amount: transaction.amount.formatted(),
        merchant: gateway.engine.shown_name(&transaction.i_mid),
        reference_no: transaction.reference_no.as_str(),
    });
    let return_url = payment.map(|(_, url)| url);
    let page = NoChoicePage { lang: language.lang, reason, here: here.as_deref(), return_url, order };
    render(reason.status(), &page, language.cookies())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_says_what_happened() {
        for (reason, status) in [
            (NoChoice::Unknown, 404),
            (NoChoice::NotCheckout, 409),
            (NoChoice::NoLender, 409),
            (NoChoice::Cancelled, 200),
            (NoChoice::Decided(PaymentState::Linked), 409),
            (NoChoice::Decided(PaymentState::Paid), 409),
            (NoChoice::Decided(PaymentState::Refunded), 409),
            (NoChoice::Decided(PaymentState::UnderReview), 409),
            (NoChoice::Decided(PaymentState::Declined), 409),
            (NoChoice::Decided(PaymentState::Expired), 409),
        ] {
            assert_eq!(reason.status(), status);
            for lang in [Lang::Id, Lang::En] {
                let page = NoChoicePage { lang, reason, here: None, return_url: Some("/back"), order: None };
                let html = page.render().unwrap();
                assert!(html.replace("&#39;", "'").contains(reason.texts(lang)[1]), "{html}");
                assert!(html.contains(&format!("data-notice=\"{}\"", reason.slug())), "{html}");
                assert!(html.contains("href=\"/back\" data-testid=\"return\""), "{html}");
            }
        }
    }
}
