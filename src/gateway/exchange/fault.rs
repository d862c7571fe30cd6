//! Faults: a rule makes a response wrong on purpose. The call itself is carried out or not, as the rule says.

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;

use super::handler::Handler;
use super::request::GatewayRequest;
use super::response::{GatewayResponse, JSON, json};
use super::response_fault::ResponseFault;
use crate::diagnosis::Slug;
use crate::domain::{Amount, Partner};
use crate::endpoints::Endpoint;
use crate::engine::{AnswerFault, Breakage, Facts, Fault, facts_of_call};
use crate::gateway::Gateway;
use crate::protocol::{Code, Diagnosis, Field, RequestFields};

const HTML: HeaderValue = HeaderValue::from_static("text/html;charset=UTF-8");
/// `resultMsg` of a code that NICEPAY does not document.
const UNKNOWN_CODE_MSG: &str = "Simulated failure.";

/// A body that replaces the endpoint's own.
struct Replacement {
    body: Vec<u8>,
    content_type: HeaderValue,
}

impl Gateway {
    /// The fault that a rule makes in the response to a request.
    pub(in crate::gateway) fn matching_fault(&self, request: &GatewayRequest<'_>) -> Option<Fault> {
        let operation = request.endpoint.filter(|endpoint| endpoint.operation().is_some())?;
        if !self.engine.has_response_faults(operation) {
            return None;
        }
        let text = match request.body {
            [] => request.http.query_string().into(),
            body => String::from_utf8_lossy(body),
        };
        let fields = read_fields(request.body, &text);
        let text_of = |field| fields.text(field);
        // Facts that the request leaves out come from its transaction, unless that is another merchant's.
        let transaction = text_of(Field::TXid).and_then(|t_xid| self.engine.transaction(t_xid));
        let transaction =
            transaction.filter(|known| text_of(Field::IMid).is_none_or(|i_mid| i_mid == known.i_mid.as_str()));
        let known = transaction.as_ref().map(facts_of_call).unwrap_or_default();
        let facts = Facts {
            operation: Some(operation),
            i_mid: text_of(Field::IMid).or(known.i_mid),
            reference_no: text_of(Field::ReferenceNo).or(known.reference_no),
            t_xid: text_of(Field::TXid),
            amount: text_of(Field::Amt).map_or(known.amount, |amt| amt.parse().ok().map(Amount::from_rupiah)),
            pay_method: text_of(Field::PayMethod).or(known.pay_method),
            partner: text_of(Field::MitraCd).map_or(known.partner, Partner::from_mitra_cd),
            customer: text_of(Field::ClientUserKey).or(known.customer),
            ..Facts::default()
        };
        self.engine.response_fault(&facts)
    }

    /// Responds as the rule says, after the call was carried out if the rule allows it.
    pub(in crate::gateway) fn apply_fault(
        &self,
        fault: Fault,
        handler: Handler,
        request: &GatewayRequest<'_>,
    ) -> GatewayResponse {
        let Fault { subject, rule, answer: config, draw } = fault;
        tracing::info!(%rule, fault = config.summary(), performed = config.performed, "applying a fault");
        let mut response = if config.performed {
            self.respond(handler, request)
        } else {
            GatewayResponse { subject, ..GatewayResponse::default() }
        };
        let forced_status = config.status.and_then(|status| StatusCode::from_u16(status).ok());
        let mut content_type = config.content_type.as_deref().and_then(|text| HeaderValue::from_str(text).ok());
        if let Some(replacement) = self.replacement(request, handler, &config, forced_status, &response) {
            response = GatewayResponse {
                status: StatusCode::OK,
                body: replacement.body,
                page: None,
                location: None,
                ..response
            };
            content_type = content_type.or(Some(replacement.content_type));
        }
        response.status = forced_status.unwrap_or(response.status);
        if matches!(response.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            // These have no body, and a client takes bytes after them for the next response.
            response.body.clear();
            response.page = None;
        }
        response.diagnosis = Some(diagnosis(&config, &rule, response.diagnosis.as_ref()));
        response.rule = Some(Arc::clone(&rule));
        response.fault = Some(Box::new(ResponseFault {
            rule,
            content_type,
            broken: config.broken,
            delay: config.draw_delay(draw),
            slow: config.slow,
        }));
        response
    }

    /// The body that replaces the endpoint's own; none if the endpoint's own stays.
    fn replacement(
        &self,
        request: &GatewayRequest<'_>,
        handler: Handler,
        config: &AnswerFault,
        status: Option<StatusCode>,
        response: &GatewayResponse,
    ) -> Option<Replacement> {
        if let Some(body) = &config.body {
            // Browsers come to the payment, programs to all other operations.
            let content_type = if request.endpoint == Some(Endpoint::Payment) { HTML } else { JSON };
            return Some(Replacement { body: body.as_bytes().to_vec(), content_type });
        }
        let refusal = |cd| Some(Replacement { body: self.refusal_with(handler, cd), content_type: JSON });
        if let Some(code) = &config.code {
            return refusal(code);
        }
        match status {
            // What a proxy answers when it gets nothing from NICEPAY, or does not redirect.
            Some(status) if !config.performed || (response.location.is_some() && !status.is_redirection()) => {
                Some(Replacement { body: proxy_page(status), content_type: HTML })
            }
            None if !config.performed => refusal(Code::BUSY.cd),
            _ => None,
        }
    }

    /// The endpoint's refusal with any code, documented or not.
    fn refusal_with(&self, handler: Handler, cd: &str) -> Vec<u8> {
        if let Some(code) = Code::from_cd(cd) {
            return (handler.refusal)(self, code);
        }
        let body = (handler.refusal)(self, Code::BUSY);
        let mut body: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&body).unwrap_or_default();
        body.insert("resultCd".to_owned(), cd.into());
        body.insert("resultMsg".to_owned(), UNKNOWN_CODE_MSG.into());
        json(&body)
    }
}

/// Reads the fields as JSON or as a form. The endpoint checks later whether the format is the right one.
fn read_fields<'a>(body: &'a [u8], text: &'a Cow<'a, str>) -> RequestFields<'a> {
    if !body.trim_ascii_start().starts_with(b"{") {
        return RequestFields::form(text);
    }
    RequestFields::json(body).unwrap_or_else(|_| RequestFields::pairs([]))
}

/// The page of a proxy in front of NICEPAY.
fn proxy_page(status: StatusCode) -> Vec<u8> {
    let title = match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_str().to_owned(),
    };
    format!("<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n</body>\r\n</html>\r\n")
        .into_bytes()
}

/// Names the rule, and the diagnosis that the response would have had without it.
fn diagnosis(config: &AnswerFault, rule: &str, own: Option<&Diagnosis>) -> Diagnosis {
    let slug = match (config.broken, config) {
        (Some(Breakage::Reset), _) => Slug::FAULT_RESET,
        (Some(Breakage::Empty), _) => Slug::FAULT_EMPTY,
        (Some(Breakage::Truncated), _) => Slug::FAULT_TRUNCATED,
        (Some(Breakage::Cut), _) => Slug::FAULT_CUT,
        (None, AnswerFault { code: Some(_), .. }) => Slug::FAULT_CODE,
        (None, AnswerFault { status: Some(_), .. }) => Slug::FAULT_STATUS,
        (None, AnswerFault { body: Some(_), .. }) => Slug::FAULT_BODY,
        (None, AnswerFault { content_type: Some(_), .. }) => Slug::FAULT_CONTENT_TYPE,
        (None, AnswerFault { slow: Some(_), .. }) => Slug::FAULT_SLOW,
        (None, AnswerFault { delay: Some(_), .. }) => Slug::FAULT_DELAY,
        (None, _) => Slug::FAULT_NOT_PERFORMED,
    };
    let mut sentence = format!("a fault of the rule {rule}");
    if let Some(own) = own {
        sentence.push_str("; without the rule: ");
        sentence.push_str(&own.header());
    }
    Diagnosis::new(slug, sentence)
}
