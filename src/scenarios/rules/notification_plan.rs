//! The `notify` effect of a rule: a variant of a notification, as a name or a table with parameters.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::{ConnectionBreak, FormEdit, NotificationKind, NotificationPlan, SendMoment, Variant};
use crate::scenarios::files::{DurationText, NameOrTable, TextOrNumber, parse_keyword};

/// Notifications of one event, at most.
pub(in crate::scenarios) const MAX_NOTIFICATIONS: u32 = 1_000;
/// Sending a slow body takes real time, so it has a limit.
const MAX_BODY_DURATION: Duration = Duration::from_secs(60);

/// How a notification is sent, as a rule writes it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct NotificationPlanConfig {
    /// What differs from the normal notification.
    pub variant: Variant,
    /// The events that it applies to: `approve`, `pending`, `reject`. Default: all.
    #[serde(rename = "of")]
    pub kinds: Option<Vec<NotificationKind>>,
    /// The delay, in addition to the normal one (`late`: 10m).
    pub after: Option<DurationText>,
    /// How often it is sent (`duplicate`: 2).
    pub times: Option<u32>,
    /// The time between two sends, when it is sent more than once (0s).
    pub every: Option<DurationText>,
    /// The status of `changed-status`.
    pub status: Option<TextOrNumber>,
    /// The amount of `changed-amount`, in rupiah (1).
    pub amt: Option<TextOrNumber>,
    /// The field that `missing-field` leaves out (tXid).
    pub field: Option<String>,
    /// The Content-Type of `wrong-content-type` (text/plain).
    #[serde(rename = "contentType")]
    pub content_type: Option<String>,
    /// How long sending the body of `slow` takes, in real time (2s).
    pub lasts: Option<DurationText>,
    /// Fields to replace; in JSON, `null` removes a field.
    pub fields: BTreeMap<String, Option<TextOrNumber>>,
    /// Whether the merchantToken is computed from the changed fields. Default: from the true ones, except for
    /// `unknown-txid`.
    pub signed: Option<bool>,
}

impl NameOrTable for NotificationPlanConfig {
    type Name = Variant;

    fn from_name(name: &str) -> Result<Self, String> {
        Ok(Self { variant: parse_keyword(name)?, ..Self::default() })
    }
}

impl NotificationPlanConfig {
    /// Validates the plan.
    ///
    /// # Errors
    /// A sentence that names the wrong key in backticks.
    pub fn compile(&self) -> Result<NotificationPlan, String> {
        let mut plan = NotificationPlan { variant: self.variant, ..NotificationPlan::plain() };
        self.check_variant("status", self.status.is_some(), Variant::ChangedStatus)?;
        self.check_variant("amt", self.amt.is_some(), Variant::ChangedAmount)?;
        self.check_variant("field", self.field.is_some(), Variant::MissingField)?;
        self.check_variant("contentType", self.content_type.is_some(), Variant::WrongContentType)?;
        self.check_variant("lasts", self.lasts.is_some(), Variant::Slow)?;
        let text = |value: &Option<TextOrNumber>| value.as_ref().map(|value| Box::from(value.as_str()));
        match self.variant {
            Variant::Plain | Variant::Late => {}
            Variant::Lost => plan.moment = SendMoment::Never,
            Variant::Duplicate => plan.times = 2,
            Variant::OutOfOrder => plan.moment = SendMoment::AfterNext,
            Variant::BeforeAnswer => plan.moment = SendMoment::BeforeAnswer,
            Variant::BeforeReturn => plan.moment = SendMoment::BeforeReturn,
            Variant::AfterReturn => plan.moment = SendMoment::AfterReturn,
            Variant::WrongToken => plan.edits.push(FormEdit::WrongToken),
            Variant::ChangedStatus => plan.edits.push(match text(&self.status) {
                Some(status) => FormEdit::Set("status".into(), status),
                None => FormEdit::ChangeStatus,
            }),
            Variant::ChangedAmount => {
                plan.edits.push(FormEdit::Set("amt".into(), text(&self.amt).unwrap_or_else(|| "1".into())));
            }
            Variant::UnknownTxid => {
                plan.edits.push(FormEdit::UnknownTXid);
                plan.is_signed = true;
            }
            Variant::MissingField => {
                plan.edits.push(FormEdit::Remove(self.field.as_deref().unwrap_or("tXid").into()));
            }
            Variant::WrongContentType => {
                plan.content_type = Some(self.content_type.as_deref().unwrap_or("text/plain").into());
            }
            Variant::Slow => {
                let lasts = self.lasts.map_or(SignedDuration::from_secs(2), |span| span.0);
                let lasts = Duration::try_from(lasts).ok().filter(|lasts| *lasts <= MAX_BODY_DURATION);
                plan.body_duration = Some(lasts.ok_or("`lasts` must be at most 60s, because it is real time")?);
            }
            Variant::Reset => plan.breaks = Some(ConnectionBreak::InBody),
            Variant::NoAnswer => plan.breaks = Some(ConnectionBreak::AtAnswer),
            Variant::Reversal => {
                plan.edits.push(FormEdit::Set("status".into(), "1".into()));
            }
        }
        let late = if self.variant == Variant::Late { SignedDuration::from_mins(10) } else { SignedDuration::ZERO };
        plan.after = self.after.map_or(late, |span| span.0);
        plan.every = self.every.map_or(SignedDuration::ZERO, |span| span.0);
        plan.times = self.times.unwrap_or(plan.times);
        if !(1..=MAX_NOTIFICATIONS).contains(&plan.times) {
            return Err(format!("`times` must be 1 to {MAX_NOTIFICATIONS}; to send none, write variant = \"lost\""));
        }
        if self.variant == Variant::Lost && (self.times.is_some() || self.after.is_some() || !self.fields.is_empty()) {
            return Err("`lost` is not sent: leave out `times`, `after` and `fields`".into());
        }
        if self.every.is_some() && plan.times == 1 {
            return Err("`every` needs `times` of at least 2".into());
        }
        for (name, value) in &self.fields {
            if name.is_empty() || name.len() > 64 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(format!("`fields` has {name:?}, which is not a valid field name"));
            }
            plan.edits.push(match value {
                Some(value) => FormEdit::Set(name.as_str().into(), value.as_str().into()),
                None => FormEdit::Remove(name.as_str().into()),
            });
        }
        if let Some(content_type) = &self.content_type
            && (content_type.len() > 128 || !content_type.bytes().all(|b| (b' '..=b'~').contains(&b)))
        {
            return Err("`contentType` must be at most 128 printable characters".into());
        }
        plan.is_signed = self.signed.unwrap_or(plan.is_signed);
        Ok(plan)
    }

    fn check_variant(&self, key: &str, is_set: bool, variant: Variant) -> Result<(), String> {
        if is_set && self.variant != variant {
            return Err(format!("`{key}` needs variant = \"{}\"", variant.as_str()));
        }
        Ok(())
    }
}
