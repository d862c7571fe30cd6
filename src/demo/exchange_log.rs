//! The log of a customer's requests: what the shop's server sent and received, for the panel "Behind the scenes". A real
//! shop has a log file instead.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::nicepay::{Call, CallError};
use super::orders::{Effect, Forged};

/// The maximum number of exchanges of one customer.
const MAX_EXCHANGES: usize = 200;
/// The maximum size of all exchanges of one customer, in bytes.
const MAX_BYTES: usize = 128 * 1024;
/// The maximum size of one text, in bytes.
const MAX_TEXT: usize = 8 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExchangeKind {
    Rule,
    /// A button of the demo: the lender decides, or a notification is delivered now.
    Button,
    Registration,
    Redirect,
    Callback,
    Notification,
    Inquiry,
    Binding,
    UserDetails,
    RemoveToken,
}

/// What the shop concluded from an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// `resultCd` 0000.
    Accepted,
    Refused {
        code: String,
        message: String,
    },
    /// No usable response.
    NoResponse(String),
    /// The rule of the demo option is active.
    RuleActive,
    /// What a button of the demo asked for is done.
    CarriedOut,
    /// Somebody else has done it before.
    AlreadyCarriedOut,
    /// The browser is redirected to NICEPAY.
    Redirected,
    /// The `resultCd` of a callback. It is not signed, so it proves nothing.
    Unsigned(String),
    TokenValid,
    /// The merchantToken is wrong, or names another merchant.
    TokenInvalid,
    AmountMismatch,
    /// The transaction or the customer is not the order's.
    OrderMismatch,
    /// The status in the inquiry's response.
    Status(String),
    /// The inquiry's response is about another order or amount.
    InquiryMismatch,
    /// The notification's status is not the inquiry's.
    Forged(Forged),
    Effect(Effect),
    /// The same notification was confirmed before.
    Repeat,
    /// The notification tells an earlier status, which was true then.
    Outdated,
    UserTokenStored,
    /// Kredivo does not confirm the user token.
    UserTokenNotStored,
    UserTokenDeleted,
    /// Answered so that NICEPAY sends it again.
    RetryRequested,
}

/// A request and its response.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    /// The number of the exchange, counted for each customer.
    pub(super) no: u64,
    pub(super) at: Timestamp,
    /// The `referenceNo` of the order or binding.
    pub(super) reference_no: String,
    pub(super) kind: ExchangeKind,
    /// `POST /nicepay/direct/v2/registration`
    pub(super) request_line: String,
    pub(super) request: String,
    pub(super) response: String,
    /// The HTTP status of the response, if there is one.
    pub(super) status: Option<u16>,
    pub(super) diagnosis: Option<String>,
    pub(super) findings: Vec<Finding>,
}

/// One customer's exchanges, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct ExchangeLog {
    exchanges: VecDeque<Exchange>,
    count: u64,
    revision: u64,
}

fn truncate(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    let mut end = MAX_TEXT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}\u{2026}", &text[..end])
}

impl Exchange {
    pub(super) fn new(
        at: Timestamp,
        kind: ExchangeKind,
        reference_no: &str,
        request_line: &str,
        request: &str,
    ) -> Self {
        Self {
            no: 0,
            at,
            reference_no: reference_no.to_owned(),
            kind,
            request_line: truncate(request_line),
            request: truncate(request),
            response: String::new(),
            status: None,
            diagnosis: None,
            findings: Vec::new(),
        }
    }

    /// A call to NICEPAY.
    pub(super) fn from_call(at: Timestamp, kind: ExchangeKind, reference_no: &str, call: &Call) -> Self {
        let mut exchange = Self::new(at, kind, reference_no, &format!("POST {}", call.path), &call.request);
        match &call.result {
            Ok(response) => {
                (exchange.status, exchange.response) = (Some(200), truncate(&response.body));
                exchange.diagnosis.clone_from(&response.diagnosis);
            }
            Err(CallError::Unreachable(_)) => {}
            Err(CallError::UnexpectedResponse { status, body }) => {
                (exchange.status, exchange.response) = (Some(*status), truncate(body));
            }
        }
        exchange.findings.push(if call.accepted().is_some() { Finding::Accepted } else { not_accepted(call) });
        exchange
    }

    pub(super) fn with_response(mut self, status: u16, body: &str) -> Self {
        (self.status, self.response) = (Some(status), truncate(body));
        self
    }

    pub(super) fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings = findings;
        self
    }

    /// Whether it is a notification that NICEPAY did not send: its merchantToken is wrong, or its status untrue.
    pub(super) fn is_from_somebody_else(&self) -> bool {
        let is_untrue = |finding: &Finding| matches!(finding, Finding::TokenInvalid | Finding::Forged(_));
        self.kind == ExchangeKind::Notification && self.findings.iter().any(is_untrue)
    }

    fn bytes(&self) -> usize {
        self.request.len() + self.response.len() + self.request_line.len()
    }
}

/// The finding for a call that was not accepted.
pub(super) fn not_accepted(call: &Call) -> Finding {
    match &call.result {
        Ok(response) => Finding::Refused {
            code: truncate(response.text("resultCd")),
            message: truncate(response.text("resultMsg")),
        },
        Err(error) => Finding::NoResponse(error.to_string()),
    }
}

impl ExchangeLog {
    /// Adds an exchange and returns its number.
    pub(super) fn push(&mut self, mut exchange: Exchange) -> u64 {
        self.touch();
        self.count += 1;
        exchange.no = self.count;
        self.exchanges.push_back(exchange);
        let mut bytes: usize = self.exchanges.iter().map(Exchange::bytes).sum();
        while self.exchanges.len() > MAX_EXCHANGES || bytes > MAX_BYTES {
            bytes -= self.exchanges.pop_front().map_or(0, |removed| removed.bytes());
        }
        self.count
    }

    /// Adds the response and the findings to an exchange.
    pub(super) fn finish(&mut self, no: u64, status: u16, body: &str, findings: Vec<Finding>) {
        self.touch();
        if let Some(exchange) = self.exchanges.iter_mut().find(|exchange| exchange.no == no) {
            (exchange.status, exchange.response, exchange.findings) = (Some(status), body.to_owned(), findings);
        }
    }

    /// All exchanges, or those of one order; newest first.
    pub(super) fn exchanges(&self, reference_no: Option<&str>) -> Vec<Exchange> {
        let matches = |exchange: &&Exchange| reference_no.is_none_or(|it| exchange.reference_no == it);
        self.exchanges.iter().rev().filter(matches).cloned().collect()
    }

    /// Changes with every change of the customer's data.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn touch(&mut self) {
        self.revision += 1;
    }
}

impl ExchangeKind {
    /// In `data-testid`.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Button => "button",
            Self::Registration => "registration",
            Self::Redirect => "redirect",
            Self::Callback => "callback",
            Self::Notification => "notification",
            Self::Inquiry => "inquiry",
            Self::Binding => "binding",
            Self::UserDetails => "user-details",
            Self::RemoveToken => "remove-token",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_in_number_and_in_bytes() {
        let mut log = ExchangeLog::default();
        let exchange =
            |request: &str| Exchange::new(Timestamp::UNIX_EPOCH, ExchangeKind::Inquiry, "TT-1", "POST /", request);
        for _ in 0..MAX_EXCHANGES + 5 {
            log.push(exchange("x"));
        }
        assert_eq!(log.exchanges(None).len(), MAX_EXCHANGES);
        assert_eq!(log.exchanges(Some("TT-2")).len(), 0);
        for _ in 0..50 {
            log.push(exchange(&"\u{e9}".repeat(1_000_000)));
        }
        assert!(log.exchanges(None).iter().map(Exchange::bytes).sum::<usize>() <= MAX_BYTES);
    }
}
