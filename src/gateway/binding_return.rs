//! `GET /nicepay/v2/userAccountBinding/return`: where the lender hands the browser of a binding back (§2.9).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Gateway;
use super::answer::{Answer, Asked, No};
use super::back::Back;
use super::frame::Page;
use super::notice::{GatewayNotice, notice};
use super::payment_return::link_of;
use super::text::Text;
use crate::domain::{BindingStage, Partner};
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

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(None, request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    let link = link_of(asked);
    let Some(binding) = gateway.engine.binding_by_link(link) else {
        let no = No::from(Refusal::new(Code::NOT_FOUND, "tk/unknown", "no binding has this link"));
        return notice(gateway, asked, GatewayNotice::Unknown, no);
    };
    let answer = match (BindingEnd::of(&binding.stage), &binding.request.callback_url) {
        // Whoever is not finished belongs on the lender's pages.
        (None, _) => Answer::redirect(paths::partner_page(Partner::Kredivo.slug(), paths::SIGN_IN, link)),
        (Some(_), Some(url)) => {
            let callback = Callback::of_binding(url, &binding);
            let sent = CallbackSent { result_cd: callback.result_cd, method: "GET", url: callback.url() };
            let back = Back { of: BrowserOf::Binding(binding.id), callback: Some(sent) };
            Answer::redirect(callback.url()).back(gateway, &binding.notifications, back)
        }
        (Some(end), None) => {
            let language = Language::of(asked.request);
            let here = format!("{}?tk={link}", paths::BINDING_RETURN);
            let shown = WaitingPage {
                lang: language.lang,
                here: &here,
                end,
                merchant: binding.i_mid.as_str(),
                lender: Partner::Kredivo.name(),
                reference_no: binding.request.reference_no.as_str(),
            };
            let back = Back { of: BrowserOf::Binding(binding.id), callback: None };
            Answer::page(page(StatusCode::OK, &shown, language.cookies())).back(gateway, &binding.notifications, back)
        }
    };
    Answer { subject: Subject::from(&binding), rule: Some(binding.rule), ..answer }
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
