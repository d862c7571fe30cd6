//! `GET /nicepay/v2/userAccountBinding/return`: where the lender hands the browser of a binding back (§2.9).

use actix_web::http::StatusCode;
use askama::Template;

use super::Gateway;
use super::frame::Page;
use super::handler::Handler;
use super::notice::{GatewayNotice, notice};
use super::payment_return::link_of;
use super::request::GatewayRequest;
use super::response::{EndpointRefusal, GatewayResponse};
use super::returning_browser::ReturningBrowser;
use super::text::Text;
use crate::diagnosis::Slug;
use crate::domain::{BindingStage, Partner};
use crate::endpoints::Endpoint;
use crate::engine::{BrowserOf, CallbackSent, Subject};
use crate::page::{Lang, Language, Sign, page};
use crate::paths;
use crate::protocol::{Callback, Code, Refusal};

/// How a binding ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BindingEnd {
    /// The account is linked now.
    Linked,
    /// The customer turned round.
    Cancelled,
    /// Nobody came in time.
    Expired,
    /// The lender said no.
    Declined,
}

impl BindingEnd {
    /// How it ended; none where it is still open.
    fn of(stage: &BindingStage) -> Option<Self> {
        match stage {
            BindingStage::SignIn | BindingStage::Otp(_) => None,
            BindingStage::Bound { .. } => Some(Self::Linked),
            BindingStage::Abandoned { .. } => Some(Self::Cancelled),
            BindingStage::Expired { .. } => Some(Self::Expired),
            BindingStage::Failed { .. } => Some(Self::Declined),
        }
    }

    /// The word in `data-outcome`, which browser tests read.
    fn slug(self) -> &'static str {
        if self == Self::Linked { "linked" } else { "not-linked" }
    }

    fn sign(self) -> Sign {
        match self {
            Self::Linked => Sign::Tick,
            Self::Cancelled => Sign::Left,
            Self::Expired => Sign::Clock,
            Self::Declined => Sign::Cross,
        }
    }

    fn title(self, text: &Text) -> &'static str {
        match self {
            Self::Linked => text.linked_title,
            Self::Cancelled => text.link_cancelled_title,
            Self::Expired => text.link_expired_title,
            Self::Declined => text.link_declined_title,
        }
    }
}

/// The end of a binding without a callBackUrl.
#[derive(Debug, Template)]
#[template(path = "gateway/waiting.html")]
struct WaitingPage<'a> {
    /// The language of the page.
    lang: Lang,
    /// The address of this page with its query, for the language switch.
    here: &'a str,
    /// How it ended.
    end: BindingEnd,
    /// The merchant's iMid.
    merchant: &'a str,
    /// The lender's name.
    lender: &'static str,
    /// The merchant's own number for the binding.
    reference_no: &'a str,
}

impl WaitingPage<'_> {
    fn title(&self) -> &'static str {
        self.end.title(self.t())
    }

    /// What came of it this time: the account may be linked by an earlier binding.
    fn lead(&self) -> String {
        self.t().binding(self.end == BindingEnd::Linked, self.lender, self.merchant)
    }
}

impl Page for WaitingPage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn here(&self) -> Option<String> {
        Some(self.here.to_owned())
    }
}

pub(super) const HANDLER: Handler =
    Handler { respond: |gateway, request| Ok(return_browser(gateway, request)), refusal: |_, _| Vec::new() };

fn return_browser(gateway: &Gateway, request: &GatewayRequest<'_>) -> GatewayResponse {
    let link = link_of(request);
    let Some(binding) = gateway.engine.visit_binding(link) else {
        let refused =
            EndpointRefusal::from(Refusal::new(Code::NOT_FOUND, Slug::TK_UNKNOWN, "no binding has this link"));
        return notice(gateway, request, GatewayNotice::Unknown, refused);
    };
    let response = match (BindingEnd::of(&binding.stage), &binding.request.callback_url) {
        // Whoever is not finished belongs on the lender's pages.
        (None, _) => GatewayResponse::redirect(paths::partner_page(Partner::Kredivo.slug(), paths::SIGN_IN, link)),
        (Some(_), Some(url)) => {
            let callback = Callback::of_binding(url, &binding);
            let callback_sent = CallbackSent { result_cd: callback.result_cd, method: "GET", url: callback.url() };
            let browser = ReturningBrowser { origin: BrowserOf::Binding(binding.id), callback: Some(callback_sent) };
            GatewayResponse::redirect(callback.url()).returning(gateway, &binding.notifications, browser)
        }
        (Some(end), None) => {
            let language = Language::of(request.http);
            let here = format!("{}?tk={link}", Endpoint::BindingReturn.path());
            let shown = WaitingPage {
                lang: language.lang,
                here: &here,
                end,
                merchant: binding.i_mid.as_str(),
                lender: Partner::Kredivo.name(),
                reference_no: binding.request.reference_no.as_str(),
            };
            let browser = ReturningBrowser { origin: BrowserOf::Binding(binding.id), callback: None };
            GatewayResponse::page(page(StatusCode::OK, &shown, language.cookies())).returning(
                gateway,
                &binding.notifications,
                browser,
            )
        }
    };
    GatewayResponse { subject: Subject::from(&binding), rule: Some(binding.rule), ..response }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_without_a_way_back_ends_here() {
        let not = "This time your Kredivo account was not linked to SHOP.";
        for (end, slug, title, lead, sign) in [
            (BindingEnd::Linked, "linked", "Account linked", "Your Kredivo account is now linked to SHOP.", "tick"),
            (BindingEnd::Cancelled, "not-linked", "Linking cancelled", not, "plain"),
            (BindingEnd::Expired, "not-linked", "This link has expired", not, "clock"),
            (BindingEnd::Declined, "not-linked", "Linking declined", not, "cross"),
        ] {
            let page = WaitingPage {
                lang: Lang::En,
                here: "/nicepay/v2/userAccountBinding/return?tk=1",
                end,
                merchant: "SHOP",
                lender: "Kredivo",
                reference_no: "bind-1",
            };
            let html = page.render().unwrap();
            for part in [
                &format!("data-outcome=\"{slug}\""),
                &format!("class=\"icon {sign}\""),
                &format!("<h1>{title}</h1>"),
                lead,
                "You may close this page.",
                "return?tk=1&#38;lang=id",
            ] {
                assert!(html.contains(part), "{part}\n{html}");
            }
        }
    }
}
