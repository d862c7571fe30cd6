//! The `answer` effect of a rule: a fault in the gateway's response. It is neither a refusal nor a bug.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::object;
use crate::scenarios::files::{DurationText, NameOrTable, TextOrNumber, parse_keyword};

/// A delay of a response is real time, so it has a limit.
const MAX_DELAY: Duration = Duration::from_secs(300);
/// Bytes of a `body`, at most.
const MAX_BODY_BYTES: usize = 65_536;
/// Bytes of a `contentType`, at most.
const MAX_CONTENT_TYPE_BYTES: usize = 128;

/// How a response breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Breakage {
    /// The connection is reset before the first byte of the response.
    Reset,
    /// The connection is closed before the first byte of the response.
    Empty,
    /// The JSON stops in the middle; the Content-Length matches what is sent.
    Truncated,
    /// The connection is closed in the middle of the body.
    Cut,
}

/// The fault of a response, as a rule writes it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct AnswerConfig {
    /// The HTTP status.
    pub status: Option<u16>,
    /// NICEPAY's `resultCd`, with its standard text.
    pub code: Option<TextOrNumber>,
    /// The body.
    pub body: Option<String>,
    /// The Content-Type.
    #[serde(rename = "contentType")]
    pub content_type: Option<String>,
    /// How long the response is delayed, in real time: a duration, or a range from which a random value is taken.
    pub delay: Option<DelayConfig>,
    /// How long sending the body takes, in real time: it is sent in small pieces.
    pub slow: Option<DurationText>,
    /// How the response breaks off.
    pub broken: Option<Breakage>,
    /// Whether the request is still carried out. Default: yes, but not with `code` or with a `status` of 400 or more.
    pub performed: Option<bool>,
}

/// A delay, as a rule writes it.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a duration such as \"3s\", or { from = \"1s\", to = \"5s\" }")]
pub enum DelayConfig {
    /// Always this long.
    Fixed(DurationText),
    /// A random time in a range.
    Range(#[serde(deserialize_with = "object")] DelayRange),
}

/// A range of delays.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct DelayRange {
    /// The shortest delay.
    from: DurationText,
    /// The longest delay.
    to: DurationText,
}

/// The fault of a response, validated.
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
    /// The shortest and the longest delay of the response.
    pub delay: Option<(Duration, Duration)>,
    /// How long sending the body takes.
    pub slow: Option<Duration>,
    /// How the response breaks off.
    pub broken: Option<Breakage>,
    /// Whether the request is carried out.
    pub performed: bool,
}

impl NameOrTable for AnswerConfig {
    type Name = Breakage;

    fn from_name(name: &str) -> Result<Self, String> {
        Ok(Self { broken: Some(parse_keyword(name)?), ..Self::default() })
    }
}

impl AnswerConfig {
    /// Validates the fault.
    ///
    /// # Errors
    /// A sentence that names the wrong key in backticks.
    pub(in crate::scenarios) fn compile(&self) -> Result<AnswerFault, String> {
        if let Some(status) = self.status
            && !(200..=599).contains(&status)
        {
            return Err(format!("`status` must be 200 to 599, not {status}"));
        }
        let code = self.code.as_ref().map(result_code).transpose()?;
        if code.is_some() && self.body.is_some() {
            return Err("`code` sets the body: leave out `body`".into());
        }
        self.check_broken()?;
        self.check_sizes()?;
        let fault = AnswerFault {
            status: self.status,
            performed: self.performed.unwrap_or(code.is_none() && self.status.is_none_or(|status| status < 400)),
            code,
            body: self.body.as_deref().map(Into::into),
            content_type: self.content_type.as_deref().map(Into::into),
            delay: self.delay.map(DelayConfig::compile).transpose()?,
            slow: self.slow.map(|slow| real_time("slow", slow)).transpose()?,
            broken: self.broken,
        };
        if fault.summary() == PERFORMED_ONLY && self.performed.is_none() {
            return Err("`answer` has no effect: write status, code, body, contentType, delay, slow or broken".into());
        }
        Ok(fault)
    }

    /// `reset` and `empty` send nothing, so nothing can be said about the response.
    fn check_broken(&self) -> Result<(), String> {
        let has_content = self.status.is_some()
            || self.code.is_some()
            || self.body.is_some()
            || self.content_type.is_some()
            || self.slow.is_some();
        match self.broken {
            Some(Breakage::Reset | Breakage::Empty) if has_content => Err(
                "`broken`: no response is sent, so `status`, `code`, `body`, `contentType` and `slow` cannot be set"
                    .into(),
            ),
            _ => Ok(()),
        }
    }

    fn check_sizes(&self) -> Result<(), String> {
        let printable = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if let Some(text) = self.content_type.as_deref()
            && !((1..=MAX_CONTENT_TYPE_BYTES).contains(&text.len()) && printable(text))
        {
            return Err(format!("`contentType` must be 1 to {MAX_CONTENT_TYPE_BYTES} printable characters"));
        }
        if self.body.as_ref().is_some_and(|body| body.len() > MAX_BODY_BYTES) {
            return Err("`body` must be at most 64 KiB".into());
        }
        Ok(())
    }
}

impl DelayConfig {
    fn compile(self) -> Result<(Duration, Duration), String> {
        match self {
            Self::Fixed(delay) => real_time("delay", delay).map(|delay| (delay, delay)),
            Self::Range(DelayRange { from, to }) if from.0 <= to.0 => {
                Ok((real_time("delay.from", from)?, real_time("delay.to", to)?))
            }
            Self::Range(_) => Err("`delay.from` is later than `delay.to`".into()),
        }
    }
}

fn real_time(key: &str, duration: DurationText) -> Result<Duration, String> {
    let duration = Duration::try_from(duration.0).ok().filter(|duration| *duration <= MAX_DELAY);
    duration.ok_or_else(|| format!("`{key}` must be at most 5m, because it is real time"))
}

fn result_code(code: &TextOrNumber) -> Result<Box<str>, String> {
    let code = code.as_str();
    if code.len() != 4 || !code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return Err(format!("`code` must be a resultCd of four digits or capital letters, such as 9002, not {code:?}"));
    }
    Ok(code.into())
}

/// The summary of a fault that changes nothing but whether the request is carried out.
const PERFORMED_ONLY: &str = "performed";

impl AnswerFault {
    /// How long this response is delayed; `draw` is a random number from 0 to 1.
    pub fn draw_delay(&self, draw: f64) -> Duration {
        self.delay.map_or(Duration::ZERO, |(from, to)| from + to.saturating_sub(from).mul_f64(draw))
    }

    /// The fault in a few words: `status 503`, `reset`, …
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        let mut add = |name: &str, value: Option<String>| parts.extend(value.map(|value| format!("{name} {value}")));
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
        if parts.is_empty() { PERFORMED_ONLY.to_owned() } else { parts.join(", ") }
    }
}
