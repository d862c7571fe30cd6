//! How a notification is sent, as it is written: a variant's name, or a table with its parameters.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::serde_types::{NamedOrTable, Scalar, Span, word};
use crate::domain::{FormEdit, NotificationKind, NotificationPlan, SendMoment, Variant};

/// Notifications of one event, at most: a plan, not a load test.
pub(super) const MOST: u32 = 1_000;
/// The longest that one body may take.
const LONGEST: Duration = Duration::from_secs(60);

/// One plan, as it is written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct NotificationPlanConfig {
    /// What is unusual about it.
    pub variant: Variant,
    /// Of which events it speaks: `approve`, `pending`, `reject`. All where absent.
    pub of: Option<Vec<NotificationKind>>,
    /// How much later than usual it comes (`late`: 10m).
    pub after: Option<Span>,
    /// How often it comes (`duplicate`: 2).
    pub times: Option<u32>,
    /// How long after one another, when it comes more than once (0s).
    pub every: Option<Span>,
    /// The status of `changed-status`.
    pub status: Option<Scalar>,
    /// The amount of `changed-amount`, in rupiah (1).
    pub amt: Option<Scalar>,
    /// The field that `missing-field` leaves out (tXid).
    pub field: Option<String>,
    /// The Content-Type of `wrong-content-type` (text/plain).
    #[serde(rename = "contentType")]
    pub content_type: Option<String>,
    /// How long the body of `slow` takes, by the wall clock (2s).
    pub lasts: Option<Span>,
    /// Fields as they are to be; `null`, in JSON, leaves one out.
    pub fields: BTreeMap<String, Option<Scalar>>,
    /// Whether the merchantToken is made over the changed form; else it is that of the true one.
    pub signed: Option<bool>,
}

impl NamedOrTable for NotificationPlanConfig {
    type Name = Variant;

    fn named(name: &str) -> Result<Self, String> {
        Ok(Self { variant: word(name)?, ..Self::default() })
    }
}

impl NotificationPlanConfig {
    /// What is meant.
    ///
    /// # Errors
    /// A sentence that names the word which makes no sense.
    pub fn compile(&self) -> Result<NotificationPlan, String> {
        let mut plan = NotificationPlan { variant: self.variant, ..NotificationPlan::plain() };
        self.belongs("status", self.status.is_some(), Variant::ChangedStatus)?;
        self.belongs("amt", self.amt.is_some(), Variant::ChangedAmount)?;
        self.belongs("field", self.field.is_some(), Variant::MissingField)?;
        self.belongs("contentType", self.content_type.is_some(), Variant::WrongContentType)?;
        self.belongs("lasts", self.lasts.is_some(), Variant::Slow)?;
        let text = |scalar: &Option<Scalar>| scalar.as_ref().map(|scalar| Box::from(scalar.as_str()));
        match self.variant {
            Variant::Plain | Variant::Late => {}
            Variant::Lost => plan.moment = SendMoment::Never,
            Variant::Duplicate => plan.times = 2,
            Variant::OutOfOrder => plan.moment = SendMoment::AfterTheNext,
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
                plan.signed = true;
            }
            Variant::MissingField => {
                plan.edits.push(FormEdit::Remove(self.field.as_deref().unwrap_or("tXid").into()));
            }
            Variant::WrongContentType => {
                plan.content_type = Some(self.content_type.as_deref().unwrap_or("text/plain").into());
            }
            Variant::Slow => {
                let lasts = self.lasts.map_or(SignedDuration::from_secs(2), |span| span.0);
                let lasts = Duration::try_from(lasts).ok().filter(|lasts| *lasts <= LONGEST);
                plan.lasts = Some(lasts.ok_or("`lasts` is at most 60s: it is real time")?);
            }
            Variant::Reset => plan.breaks = true,
            Variant::Reversal => {
                plan.edits.push(FormEdit::Set("status".into(), "1".into()));
            }
        }
        let late = if self.variant == Variant::Late { SignedDuration::from_mins(10) } else { SignedDuration::ZERO };
        plan.after = self.after.map_or(late, |span| span.0);
        plan.every = self.every.map_or(SignedDuration::ZERO, |span| span.0);
        plan.times = self.times.unwrap_or(plan.times);
        if !(1..=MOST).contains(&plan.times) {
            return Err(format!("`times` is 1 to {MOST}; to send none, write variant = \"lost\""));
        }
        if self.variant == Variant::Lost && (self.times.is_some() || self.after.is_some() || !self.fields.is_empty()) {
            return Err("what is `lost` is not sent: it has no `times`, `after` or `fields`".into());
        }
        if self.every.is_some() && plan.times == 1 {
            return Err("`every` needs `times` of at least 2".into());
        }
        for (name, value) in &self.fields {
            if name.is_empty() || name.len() > 64 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(format!("`fields` names {name:?}, which is no field's name"));
            }
            plan.edits.push(match value {
                Some(value) => FormEdit::Set(name.as_str().into(), value.as_str().into()),
                None => FormEdit::Remove(name.as_str().into()),
            });
        }
        if let Some(content_type) = &self.content_type
            && (content_type.len() > 128 || !content_type.bytes().all(|b| (b' '..=b'~').contains(&b)))
        {
            return Err("`contentType` is at most 128 printable characters".into());
        }
        plan.signed = self.signed.unwrap_or(plan.signed);
        Ok(plan)
    }

    fn belongs(&self, word: &str, given: bool, to: Variant) -> Result<(), String> {
        if given && self.variant != to {
            return Err(format!("`{word}` belongs to variant = \"{}\"", to.as_str()));
        }
        Ok(())
    }
}
