//! `GET /nicepay/v2/userAccountBinding/return`: the browser returns from the lender after a binding (`docs/PROTOCOL.md`
//! §2.9).

use actix_web::http::StatusCode;
use askama::Template;

use super::frame::Page;
use super::no_choice_page::{NoChoice, refused};
use super::payment_return::read_link;
use super::returning_browser::ReturningBrowser;
use crate::diagnosis::Slug;
use crate::domain::{BindingStage, Partner};
use crate::endpoints::Endpoint;
use crate::engine::{BrowserSubject, CallbackSent, Subject};
use crate::gateway::Gateway;
use crate::gateway::exchange::{EndpointRefusal, GatewayRequest, GatewayResponse, Handler};
use crate::page::{Icon, Lang, Language, page};
use crate::paths;
use crate::protocol::{Callback, Code, Refusal};

/// The end of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BindingEnd {
    Linked,
    Cancelled,
    Expired,
    Declined,
}

impl BindingEnd {
    /// None if the binding is still open.
    fn from_stage(stage: &BindingStage) -> Option<Self> {
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

    fn icon(self) -> Icon {
        match self {
            Self::Linked => Icon::Tick,
            Self::Cancelled => Icon::Cancelled,
            Self::Expired => Icon::Clock,
            Self::Declined => Icon::Cross,
        }
    }

    fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Linked => lang.t("Account linked", "Akun terhubung"),
            Self::Cancelled => lang.t("Account linking cancelled", "Akun batal dihubungkan"),
            Self::Expired => lang.t("This link has expired", "Tautan sudah kedaluwarsa"),
            Self::Declined => lang.t("Account linking declined", "Akun gagal dihubungkan"),
        }
    }
}

/// The last page of a binding without a `callBackUrl`.
#[derive(Debug, Template)]
#[template(path = "gateway/binding_return.html")]
struct BindingEndPage<'a> {
    lang: Lang,
    /// The address of this page with its query, for the language switch.
    here: &'a str,
    end: BindingEnd,
    /// The merchant's name.
    merchant: &'a str,
    /// The lender's name.
    lender: &'static str,
    /// The merchant's number for the binding.
    reference_no: &'a str,
}

impl BindingEndPage<'_> {
    fn title(&self) -> &'static str {
        self.end.title(self.lang)
    }

    /// The result of this binding. The account may be linked by an earlier one.
    fn lead(&self) -> String {
        let Self { lender, merchant, .. } = self;
        if self.end == BindingEnd::Linked {
            self.t(
                format!("Your {lender} account is now linked to {merchant}."),
                format!("Akun {lender} Anda sudah terhubung ke {merchant}."),
            )
        } else {
            self.t(
                format!("This request did not link your {lender} account to {merchant}."),
                format!("Permintaan ini tidak menghubungkan akun {lender} Anda ke {merchant}."),
            )
        }
    }
}

impl Page for BindingEndPage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn here(&self) -> Option<String> {
        Some(self.here.to_owned())
    }
}

pub(in crate::gateway) const HANDLER: Handler =
    Handler { respond: |gateway, request, _| Ok(return_browser(gateway, request)), refusal: |_, _| Vec::new() };

fn return_browser(gateway: &Gateway, request: &GatewayRequest<'_>) -> GatewayResponse {
    let link = read_link(request);
    let Some(binding) = gateway.engine.binding_by_link(link) else {
        let refusal =
            EndpointRefusal::from(Refusal::new(Code::NOT_FOUND, Slug::TK_UNKNOWN, "no binding has this link"));
        return refused(gateway, request, NoChoice::Unknown, refusal);
    };
    let response = match (BindingEnd::from_stage(&binding.stage), &binding.request.callback_url) {
        // The customer has not finished at the lender.
        (None, _) => GatewayResponse::redirect(paths::partner_page(Partner::Kredivo.slug(), paths::SIGN_IN, link)),
        (Some(_), Some(url)) => {
            let callback = Callback::from_binding(url, &binding);
            let callback_sent = CallbackSent { result_cd: callback.result_cd, method: "GET", url: callback.url() };
            let browser =
                ReturningBrowser { origin: BrowserSubject::Binding(binding.id), callback: Some(callback_sent) };
            GatewayResponse::redirect(callback.url()).returning(gateway, &binding.notifications, browser)
        }
        (Some(end), None) => {
            let language = Language::from_request(request.http);
            let here = format!("{}?tk={link}", Endpoint::BindingReturn.path());
            let end_page = BindingEndPage {
                lang: language.lang,
                here: &here,
                end,
                merchant: &gateway.engine.shown_name(&binding.i_mid),
                lender: Partner::Kredivo.name(),
                reference_no: &gateway.engine.masked(binding.request.reference_no.as_str()),
            };
            let browser = ReturningBrowser { origin: BrowserSubject::Binding(binding.id), callback: None };
            GatewayResponse::page(page(StatusCode::OK, &end_page, language.cookies())).returning(
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
    fn a_binding_without_a_callback_ends_here() {
        let not = "This request did not link your Kredivo account to SHOP.";
        for (end, slug, title, lead, sign) in [
            (BindingEnd::Linked, "linked", "Account linked", "Your Kredivo account is now linked to SHOP.", "tick"),
            (BindingEnd::Cancelled, "not-linked", "Account linking cancelled", not, "plain"),
            (BindingEnd::Expired, "not-linked", "This link has expired", not, "clock"),
            (BindingEnd::Declined, "not-linked", "Account linking declined", not, "cross"),
        ] {
            let page = BindingEndPage {
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
                "You can close this page.",
                "return?tk=1&#38;lang=id",
            ] {
                assert!(html.contains(part), "{part}\n{html}");
            }
        }
    }
}
