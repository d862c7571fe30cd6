//! What is wrong with an answer, as a rule orders it: a fault, which is neither a refusal nor a bug.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::serde_types::{NamedOrTable, Scalar, Span, word};

/// The longest that an answer may be held back: it is real time.
const LONGEST: Duration = Duration::from_secs(300);

/// A way to break an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Broken {
    /// The connection is reset before a byte of the answer.
    Reset,
    /// The connection is closed before a byte of the answer.
    Empty,
    /// The JSON stops in the middle; the Content-Length fits what is left.
    Truncated,
    /// The connection is closed in the middle of the body.
    Cut,
}

/// What an answer is to be like, as it is written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct AnswerConfig {
    /// The HTTP status.
    pub status: Option<u16>,
    /// NICEPAY's `resultCd`, with the text that belongs to it.
    pub code: Option<Scalar>,
    /// The body.
    pub body: Option<String>,
    /// The Content-Type.
    #[serde(rename = "contentType")]
    pub content_type: Option<String>,
    /// How long it is held back, by the wall clock: a duration, or from–to, of which chance takes one.
    pub delay: Option<DelayConfig>,
    /// How long its body takes, by the wall clock: it comes in small pieces.
    pub slow: Option<Span>,
    /// How it breaks.
    pub broken: Option<Broken>,
    /// Whether what was asked for is done all the same. Where absent: yes, but not with `code` or a `status` of 400 and
    /// more.
    pub performed: Option<bool>,
}

/// A delay, as it is written.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a duration such as \"3s\", or { from = \"1s\", to = \"5s\" }")]
pub enum DelayConfig {
    /// Always that long.
    Fixed(Span),
    /// Between the two.
    Range {
        /// At least.
        from: Span,
        /// At most.
        to: Span,
    },
}

/// A fault, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerFault {
    /// The HTTP status.
    pub status: Option<u16>,
    /// NICEPAY's `resultCd`.
    pub code: Option<Box<str>>,
    /// The body.
    pub body: Option<Box<str>>,
    /// The Content-Type.
    pub content_type: Option<Box<str>>,
    /// How long the answer is held back: from, to.
    pub delay: Option<(Duration, Duration)>,
    /// How long its body takes.
    pub slow: Option<Duration>,
    /// How it breaks.
    pub broken: Option<Broken>,
    /// Whether what was asked for is done.
    pub performed: bool,
}

impl NamedOrTable for AnswerConfig {
    type Name = Broken;

    fn named(name: &str) -> Result<Self, String> {
        Ok(Self { broken: Some(word(name)?), ..Self::default() })
    }
}

impl AnswerConfig {
    /// What is meant.
    ///
    /// # Errors
    /// A sentence that names the word which makes no sense.
    pub(super) fn compile(&self) -> Result<AnswerFault, String> {
        let real = |word: &str, span: Span| {
            let time = Duration::try_from(span.0).ok().filter(|time| *time <= LONGEST);
            time.ok_or_else(|| format!("`{word}` is at most 5m: it is real time"))
        };
        if let Some(status) = self.status
            && !(200..=599).contains(&status)
        {
            return Err(format!("`status` is 200 to 599, not {status}"));
        }
        let code: Option<Box<str>> = self.code.as_ref().map(|code| code.as_str().into());
        if let Some(code) = &code
            && (code.len() != 4 || !code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
        {
            return Err(format!("`code` is a resultCd of four digits or capital letters, such as 9002, not {code:?}"));
        }
        if code.is_some() && self.body.is_some() {
            return Err("`code` makes a body of its own: leave out `body`".into());
        }
        let words = [self.status.is_some(), self.body.is_some(), self.content_type.is_some(), self.slow.is_some()];
        if matches!(self.broken, Some(Broken::Reset | Broken::Empty)) && (code.is_some() || words.contains(&true)) {
            return Err("an answer that never comes has no `status`, `code`, `body`, `contentType` or `slow`".into());
        }
        if let Some(content_type) = &self.content_type
            && (content_type.is_empty()
                || content_type.len() > 128
                || !content_type.bytes().all(|b| (b' '..=b'~').contains(&b)))
        {
            return Err("`contentType` is 1 to 128 printable characters".into());
        }
        if self.body.as_ref().is_some_and(|body| body.len() > 65_536) {
            return Err("`body` is at most 64 KiB".into());
        }
        let delay = match self.delay {
            None => None,
            Some(DelayConfig::Fixed(span)) => Some((real("delay", span)?, real("delay", span)?)),
            Some(DelayConfig::Range { from, to }) if from.0 <= to.0 => {
                Some((real("delay.from", from)?, real("delay.to", to)?))
            }
            Some(DelayConfig::Range { .. }) => return Err("`delay.from` is later than `delay.to`".into()),
        };
        let fault = AnswerFault {
            status: self.status,
            performed: self.performed.unwrap_or(code.is_none() && self.status.is_none_or(|status| status < 400)),
            code,
            body: self.body.as_deref().map(Into::into),
            content_type: self.content_type.as_deref().map(Into::into),
            delay,
            slow: self.slow.map(|span| real("slow", span)).transpose()?,
            broken: self.broken,
        };
        let nothing = code_less(&fault) && self.performed.is_none();
        if nothing {
            return Err("`answer` orders nothing: write status, code, body, contentType, delay, slow or broken".into());
        }
        Ok(fault)
    }
}

fn code_less(fault: &AnswerFault) -> bool {
    let AnswerFault { status, code, body, content_type, delay, slow, broken, performed: _ } = fault;
    status.is_none()
        && code.is_none()
        && body.is_none()
        && content_type.is_none()
        && delay.is_none()
        && slow.is_none()
        && broken.is_none()
}

impl AnswerFault {
    /// How long this answer is held back; `draw` is a number from 0 to 1.
    pub fn held_for(&self, draw: f64) -> Duration {
        self.delay.map_or(Duration::ZERO, |(from, to)| from + to.saturating_sub(from).mul_f64(draw))
    }

    /// A few words: `status 503`, `reset`, …
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        let mut add = |name: &str, value: Option<String>| words.extend(value.map(|value| format!("{name} {value}")));
        add("status", self.status.map(|status| status.to_string()));
        add("code", self.code.as_deref().map(str::to_owned));
        add("body", self.body.as_ref().map(|_| "of the rule".to_owned()));
        add("contentType", self.content_type.as_deref().map(str::to_owned));
        add(
            "delay",
            self.delay.map(|(from, to)| if from == to { format!("{from:?}") } else { format!("{from:?} to {to:?}") }),
        );
        add("slow", self.slow.map(|slow| format!("{slow:?}")));
        add("broken", self.broken.map(|broken| format!("{broken:?}").to_lowercase()));
        if words.is_empty() { "performed".to_owned() } else { words.join(", ") }
    }
}
