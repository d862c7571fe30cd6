//! What rules have wrong with an answer: whether the call is carried out all the same, and what is said in its place.

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;

use super::Gateway;
use super::answer::{Answer, Asked, Envelope, JSON, json};
use super::faulty::Faulty;
use crate::diagnosis::Slug;
use crate::domain::{Amount, Partner};
use crate::engine::{AnswerFault, Breakage, Facts, Fault, Operation, facts_of_call};
use crate::protocol::{
    CancelAnswer, CheckoutAnswer, Code, Diagnosis, Field, InquiryAnswer, PaymentJson, ReceiptAnswer,
    RegistrationAnswer, RemoveTokenAnswer, RequestFields, UserDetailsAnswer, binding_refused,
};

const HTML: HeaderValue = HeaderValue::from_static("text/html;charset=UTF-8");
/// What is said of a code that is not in our table.
const NO_TEXT: &str = "Simulated failure.";

/// A fault that a call has met.
pub(super) struct Ordered {
    operation: Operation,
    fault: Fault,
}

/// A body in the place of the endpoint's own.
struct Instead {
    body: Vec<u8>,
    content_type: HeaderValue,
}

impl Gateway {
    /// The fault that a rule orders for a call.
    pub(super) fn fault_in(&self, operation: Operation, asked: &Asked<'_>) -> Option<Ordered> {
        if !self.engine.may_order_faults(operation) {
            return None;
        }
        let text = match asked.body {
            [] => asked.request.query_string().into(),
            body => String::from_utf8_lossy(body),
        };
        let sent = read(asked.body, &text);
        let said = |field| sent.text(field);
        // What a call about a transaction does not say is the transaction's, unless it is somebody else's.
        let transaction = said(Field::TXid).and_then(|t_xid| self.engine.transaction(t_xid));
        let transaction =
            transaction.filter(|known| said(Field::IMid).is_none_or(|i_mid| i_mid == known.i_mid.as_str()));
        let known = transaction.as_ref().map(facts_of_call).unwrap_or_default();
        let facts = Facts {
            operation: Some(operation),
            i_mid: said(Field::IMid).or(known.i_mid),
            reference_no: said(Field::ReferenceNo).or(known.reference_no),
            t_xid: said(Field::TXid),
            amount: said(Field::Amt).map_or(known.amount, |amt| amt.parse().ok().map(Amount::rupiah)),
            pay_method: said(Field::PayMethod).or(known.pay_method),
            partner: said(Field::MitraCd).map_or(known.partner, Partner::from_mitra_cd),
            customer: said(Field::ClientUserKey).or(known.customer),
            ..Facts::default()
        };
        let fault = self.engine.fault(&facts)?;
        Some(Ordered { operation, fault })
    }

    /// Answers as a rule has it, after carrying out the call if the rule lets it.
    pub(super) fn go_wrong(&self, ordered: Ordered, perform: impl FnOnce() -> Answer) -> Answer {
        let Ordered { operation, fault: Fault { subject, rule, answer: words, draw } } = ordered;
        tracing::info!(%rule, fault = words.summary(), performed = words.performed, "an answer goes wrong, as ordered");
        let mut answer = if words.performed { perform() } else { Answer { subject, ..Answer::default() } };
        let ordered_status = words.status.and_then(|status| StatusCode::from_u16(status).ok());
        let mut content_type = words.content_type.as_deref().and_then(|text| HeaderValue::from_str(text).ok());
        if let Some(instead) = self.instead(operation, &words, ordered_status, &answer) {
            answer = Answer { status: StatusCode::OK, body: instead.body, page: None, location: None, ..answer };
            content_type = content_type.or(Some(instead.content_type));
        }
        answer.status = ordered_status.unwrap_or(answer.status);
        if matches!(answer.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            // These have no body, and a client takes bytes after them for the next answer.
            answer.body.clear();
            answer.page = None;
        }
        answer.diagnosis = Some(diagnosis(&words, &rule, answer.diagnosis.as_ref()));
        answer.rule = Some(Arc::clone(&rule));
        answer.fault = Some(Box::new(Faulty {
            rule,
            content_type,
            broken: words.broken,
            held_for: words.draw_delay(draw),
            slow: words.slow,
        }));
        answer
    }

    /// What is said in the place of the endpoint's answer; none where that stays.
    fn instead(
        &self,
        operation: Operation,
        words: &AnswerFault,
        status: Option<StatusCode>,
        answer: &Answer,
    ) -> Option<Instead> {
        if let Some(body) = &words.body {
            // Browsers come to the payment, programs everywhere else.
            let content_type = if operation == Operation::Payment { HTML } else { JSON };
            return Some(Instead { body: body.as_bytes().to_vec(), content_type });
        }
        if let Some(code) = &words.code {
            return Some(Instead { body: self.says_no(operation, code), content_type: JSON });
        }
        match status {
            // What a proxy says that gets nothing from behind it, or that sends nobody on.
            Some(status) if !words.performed || (answer.location.is_some() && !status.is_redirection()) => {
                Some(Instead { body: proxy_page(status), content_type: HTML })
            }
            None if !words.performed => {
                Some(Instead { body: self.says_no(operation, Code::BUSY.cd), content_type: JSON })
            }
            _ => None,
        }
    }

    /// An endpoint's refusal with any code.
    fn says_no(&self, operation: Operation, cd: &str) -> Vec<u8> {
        if let Some(code) = Code::known(cd) {
            return self.refusal_of(operation, code);
        }
        let body = self.refusal_of(operation, Code::BUSY);
        let mut body: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&body).unwrap_or_default();
        body.insert("resultCd".to_owned(), cd.into());
        body.insert("resultMsg".to_owned(), NO_TEXT.into());
        json(&body)
    }

    /// The keys of a refusal are each endpoint's own.
    fn refusal_of(&self, operation: Operation, code: Code) -> Vec<u8> {
        match operation {
            Operation::Registration => RegistrationAnswer::refused(code).to_json(),
            Operation::Payment => json(&PaymentJson::refused(code)),
            Operation::Inquiry => json(&InquiryAnswer::refused(code)),
            Operation::Cancel => json(&CancelAnswer::refused(code)),
            Operation::Checkout => json(&CheckoutAnswer::refused(code)),
            Operation::Binding => json(&binding_refused(code, &self.assumed.binding)),
            Operation::RemoveToken => json(&RemoveTokenAnswer::refused(code)),
            Operation::UserDetails => json(&UserDetailsAnswer::refused(code)),
            Operation::ConfirmAkulaku => json(&ReceiptAnswer::from(code)),
            Operation::CheckMid => json(&Envelope::from(code)),
        }
    }
}

/// What was sent, in whichever form: whether that is the right one is for the endpoint to say.
fn read<'a>(body: &'a [u8], text: &'a Cow<'a, str>) -> RequestFields<'a> {
    if !body.trim_ascii_start().starts_with(b"{") {
        return RequestFields::form(text);
    }
    RequestFields::json(body).unwrap_or_else(|_| RequestFields::pairs([]))
}

/// The page of a proxy that stands before NICEPAY.
fn proxy_page(status: StatusCode) -> Vec<u8> {
    let title = match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_str().to_owned(),
    };
    format!("<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n</body>\r\n</html>\r\n")
        .into_bytes()
}

/// Says that it was ordered, by whom, and what would have been said without it.
fn diagnosis(words: &AnswerFault, rule: &str, own: Option<&Diagnosis>) -> Diagnosis {
    let slug = match (words.broken, words) {
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
    let mut sentence = format!("ordered by rule {rule}");
    if let Some(own) = own {
        sentence.push_str("; without it: ");
        sentence.push_str(&own.header());
    }
    Diagnosis::new(slug, sentence)
}
