//! The messages of an exchange with the gateway: the request and its response.

use serde::Deserialize;

use super::arrow::{Lane, Mark};
use super::message::Message;
use crate::domain::{Exchange, ExchangeText, Partner};
use crate::endpoints::{Caller, Endpoint};
use crate::language::Lang;
use crate::paths;
use crate::protocol::Code;

/// The request and its response. `has_callback` says that the browser is about to return to the merchant.
pub(super) fn exchange_messages(
    exchange: &Exchange,
    text: Option<&ExchangeText>,
    has_callback: bool,
    lang: Lang,
) -> Vec<Message> {
    let is_faulted = exchange.fault.is_some();
    let no_answer = lang.t("no answer", "tidak ada jawaban");
    let Some(text) = text else {
        // The caller is forgotten with the bytes; most of them are servers.
        let response = exchange.http_status.map_or_else(|| no_answer.to_owned(), |status| format!("HTTP {status}"));
        let request = lang.t("a request that is no longer kept", "permintaan yang tidak disimpan lagi");
        return vec![
            Message::new(Lane::Merchant, Lane::Nicepay, request),
            Message::new(Lane::Nicepay, Lane::Merchant, response).with_mark(Mark::Faulted, is_faulted),
        ];
    };
    let endpoint = Endpoint::from_target(&text.target);
    let caller = match endpoint.map(|endpoint| endpoint.info().caller) {
        Some(Caller::Browser) => Lane::Customer,
        Some(Caller::Server) | None => Lane::Merchant,
    };
    let mut request = format!("{} {}", text.method, name_of(&text.target));
    if let Some(digit) = tokenize_user(&text.request) {
        request = format!("{request}, tokenizeUser {digit}");
    }
    let response = Response::read(exchange, text);
    let label = match (exchange.http_status, &exchange.fault) {
        (None, Some(rule)) => lang.t(format!("{no_answer} (rule {rule})"), format!("{no_answer} (aturan {rule})")),
        (None, None) => no_answer.to_owned(),
        (Some(status), _) => response.label(status, endpoint, has_callback, lang),
    };
    vec![
        Message::new(caller, Lane::Nicepay, request),
        Message::new(Lane::Nicepay, caller, label)
            .with_mark(Mark::Refused, response.is_refusal)
            .with_mark(Mark::Faulted, is_faulted),
    ]
}

/// The name of an endpoint, or the path where there is none.
fn name_of(target: &str) -> &str {
    let path = target.split('?').next().unwrap_or_default();
    Endpoint::from_target(target).map_or(path, |endpoint| endpoint.info().label)
}

/// The keys of a response's body that a label shows.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Envelope {
    result_cd: Option<String>,
    result_msg: Option<String>,
    status: Option<String>,
}

/// A response of the gateway.
struct Response<'t> {
    envelope: Envelope,
    location: Option<&'t str>,
    is_page: bool,
    is_refusal: bool,
}

impl<'t> Response<'t> {
    fn read(exchange: &Exchange, text: &'t ExchangeText) -> Self {
        let envelope: Envelope = serde_json::from_str(&text.response).unwrap_or_default();
        let has_error_code = envelope.result_cd.as_ref().is_some_and(|cd| cd != Code::SUCCESS.cd);
        let status = exchange.http_status.unwrap_or_default();
        // A response with a fault has a diagnosis too, but is no refusal.
        let has_diagnosis = exchange.fault.is_none() && text.response_header(paths::DIAGNOSIS_HEADER).is_some();
        Self {
            envelope,
            // A target of our own was recorded as a path, and sent as an absolute URL.
            location: text.response_header("location").map(|sent| {
                let path = Some(&*text.response).filter(|path| path.starts_with('/') && sent.ends_with(path));
                path.unwrap_or(sent)
            }),
            is_page: text.response_header("content-type").is_some_and(|media| media.starts_with("text/html")),
            is_refusal: has_error_code || has_diagnosis || status >= 400,
        }
    }

    fn label(&self, status: u16, endpoint: Option<Endpoint>, has_callback: bool, lang: Lang) -> String {
        let http = if status == 200 { String::new() } else { format!("HTTP {status}: ") };
        if let Envelope { result_cd: Some(cd), result_msg, status: digit } = &self.envelope {
            let digit = digit.as_ref().filter(|digit| endpoint == Some(Endpoint::Inquiry) && !digit.is_empty());
            let digit = digit.map_or_else(String::new, |digit| format!(", status {digit}"));
            return format!("{http}{cd} {}{digit}", result_msg.as_deref().unwrap_or_default());
        }
        match self.location {
            Some(location) => format!("{status} → {}", redirect_target(location, lang)),
            None if self.is_page && status == 200 && has_callback => {
                lang.t("200 page that posts to callBackUrl", "200 halaman yang mengirim POST ke callBackUrl").to_owned()
            }
            None if self.is_page => lang.t(format!("{status} page"), format!("{status} halaman")),
            None => format!("HTTP {status}"),
        }
    }
}

/// Where a redirect leads. Redirects to our own pages are relative.
fn redirect_target(location: &str, lang: Lang) -> String {
    if !location.starts_with('/') || location.starts_with("//") {
        return "callBackUrl".to_owned();
    }
    let slug = paths::partner_of(location);
    let Some(partner) = Partner::ALL.into_iter().find(|partner| Some(partner.slug()) == slug) else {
        return name_of(location).to_owned();
    };
    let path = location.split('?').next().unwrap_or_default();
    let pages = [
        (paths::SIGN_IN, lang.t("sign-in", "halaman masuk")),
        (paths::PLAN, lang.t("plan", "pilihan cicilan")),
        (paths::OTP, "OTP"),
        (paths::PIN, "PIN"),
        (paths::RESULT, lang.t("result", "hasil")),
    ];
    let page = pages.into_iter().find(|(page, _)| path.ends_with(page));
    format!("{} {}", partner.name(), page.map_or(lang.t("page", "halaman"), |(_, name)| name))
}

/// `tokenizeUser` of a registration: 1 where a token is issued, 2 where one pays (`docs/PROTOCOL.md` §1.2).
fn tokenize_user(request: &str) -> Option<&'static str> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Registration<'a> {
        #[serde(borrow)]
        tokenize_user: &'a serde_json::value::RawValue,
    }
    // Most bodies have none: they are not parsed.
    if !request.contains("\"tokenizeUser\"") {
        return None;
    }
    let registration = serde_json::from_str::<Registration<'_>>(request).ok()?;
    match registration.tokenize_user.get().trim_matches('"') {
        "1" => Some("1"),
        "2" => Some("2"),
        _ => None,
    }
}
