//! `GET /nicepay/v2/userAccountBinding/return`: where the lender hands the browser of a binding back (§2.9).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No};
use super::back::Back;
use super::checkout_page::notice;
use super::pages::{BindingEnd, GatewayNotice, WaitingPage};
use super::payment_return::link_of;
use crate::engine::{BrowserOf, CallbackSent, Subject};
use crate::ledger::Partner;
use crate::page::{Language, page};
use crate::paths;
use crate::protocol::{Callback, Code, Refusal};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(None, request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    let link = link_of(asked);
    let Some(binding) = gateway.engine.visit_binding(link) else {
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
            Answer::redirect(callback.url()).back(gateway, &binding.notices, back)
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
            Answer::page(page(StatusCode::OK, &shown, language.cookies())).back(gateway, &binding.notices, back)
        }
    };
    Answer { subject: Subject::from(&binding), rule: Some(binding.rule), ..answer }
}
