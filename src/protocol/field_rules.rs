//! A request's fields as a table: what absence costs, when a field must be there, how long it may be. The checks are the
//! same for every endpoint.

use super::code::Code;
use super::field::Field;
use super::refusal::{Diagnosis, Refusal, shown};
use super::request_fields::{RequestFields, Shape};
use crate::diagnosis::Slug;
use crate::domain::Profile;

/// A field's row.
pub(super) struct Row {
    pub(super) field: Field,
    pub(super) missing: Code,
    pub(super) needed: Needed,
    pub(super) size: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Needed {
    Always,
    /// In the strict profile: real clients leave it out, the documents want it (§6.4.2).
    Strict,
    Never,
}

pub(super) const fn row(field: Field, missing: Code, needed: Needed, size: usize) -> Row {
    Row { field, missing, needed, size }
}

/// No field is longer, in either profile (§6.4.5a).
pub(super) const LONGEST: usize = 4_000;

/// An endpoint's fields, in the order of the checks.
pub(super) struct FieldRules {
    /// Of `docs/PROTOCOL.md`.
    pub(super) section: &'static str,
    pub(super) rows: &'static [Row],
}

pub(super) fn refuse<T>(code: Code, slug: Slug, reason: impl Into<Box<str>>) -> Result<T, Refusal> {
    Err(Refusal::new(code, slug, reason))
}

impl FieldRules {
    /// Whether everything is there that must be.
    pub(super) fn required(&self, sent: &RequestFields<'_>, profile: Profile) -> Result<(), Refusal> {
        self.required_if(sent, profile, |row| {
            row.needed == Needed::Always || (row.needed == Needed::Strict && profile == Profile::Strict)
        })
    }

    /// Whether everything is there that `needed` says.
    pub(super) fn required_if(
        &self,
        sent: &RequestFields<'_>,
        profile: Profile,
        needed: impl Fn(&Row) -> bool,
    ) -> Result<(), Refusal> {
        for row in self.rows {
            if needed(row) && sent.text(row.field).is_none() {
                let name = row.field.name();
                let strict = row.needed == Needed::Strict && profile == Profile::Strict;
                let strict = if strict { " by the strict profile" } else { "" };
                let reason =
                    format!("{name} is missing (absent, null or empty); it is required{strict} ({})", self.section);
                return refuse(row.missing, Slug::FIELD_MISSING, reason);
            }
        }
        Ok(())
    }

    /// Objects, arrays and booleans where a text or a number belongs.
    pub(super) fn shapes(&self, sent: &RequestFields<'_>) -> Result<(), Refusal> {
        for Row { field, missing, .. } in self.rows {
            let (field, missing) = (*field, *missing);
            if sent.shape(field) != Some(Shape::Wrong) {
                continue;
            }
            let code = match field {
                Field::Amt => Code::AMT_FORMAT,
                Field::CartData => Code::CART_FORMAT,
                Field::Sellers => Code::SELLERS_FORMAT,
                _ => missing,
            };
            let hint = if matches!(field, Field::CartData | Field::Sellers) { ": JSON inside a string" } else { "" };
            let reason = format!(
                "{} must be a string{hint}, not {} (2.0)",
                field.name(),
                shown(sent.text(field).unwrap_or_default())
            );
            return refuse(code, Slug::FIELD_TYPE, reason);
        }
        Ok(())
    }

    /// What is longer than documented.
    pub(super) fn lengths(
        &self,
        sent: &RequestFields<'_>,
        profile: Profile,
        notes: &mut Vec<Diagnosis>,
    ) -> Result<(), Refusal> {
        for row in self.rows {
            let (name, text) = (row.field.name(), sent.text(row.field).unwrap_or_default());
            if !longer_than(text, row.size) {
                continue;
            }
            if row.field == Field::ReferenceNo {
                let reason = format!("referenceNo {} is longer than 40 characters ({})", shown(text), self.section);
                return refuse(Code::REFERENCE_LENGTH, Slug::REFERENCE_NO_LENGTH, reason);
            }
            let (count, size, section) = (text.chars().count(), row.size, self.section);
            let reason = if size == LONGEST {
                format!("{name} has {count} characters: no field may have more than {LONGEST} ({section})")
            } else {
                format!("{name} has {count} characters, documented are {size} ({section})")
            };
            if profile == Profile::Strict || longer_than(text, LONGEST) {
                return refuse(Code::ORDER_DATA, Slug::FIELD_LENGTH, reason);
            }
            notes.push(Diagnosis::new(Slug::FIELD_LENGTH, reason));
        }
        Ok(())
    }

    /// No documented type has control characters (§0). Free text with a line end in it happens; identifiers and URLs
    /// with one are an attack or a bug.
    pub(super) fn control_characters(
        &self,
        sent: &RequestFields<'_>,
        profile: Profile,
        notes: &mut Vec<Diagnosis>,
    ) -> Result<(), Refusal> {
        // `cartData` and `sellers` are JSON, in which white space is free.
        let rows = self.rows.iter().filter(|row| !matches!(row.field, Field::CartData | Field::Sellers));
        for row in rows {
            let text = sent.text(row.field).unwrap_or_default();
            // What stands in the body as it is has no control character but, perhaps, this one.
            let bytes = text.as_bytes();
            let found = bytes.contains(&0x7f) || (sent.was_escaped(row.field) && bytes.iter().any(|b| *b < 0x20));
            if !found {
                continue;
            }
            let (name, section) = (row.field.name(), self.section);
            let reason = format!("{name} {} contains control characters ({section})", shown(text));
            let free_text = matches!(
                row.field,
                Field::GoodsNm
                    | Field::BillingNm
                    | Field::BillingAddr
                    | Field::DeliveryNm
                    | Field::DeliveryAddr
                    | Field::Description
                    | Field::UserAgent
                    | Field::CancelMsg
                    | Field::CancelUserInfo
            );
            if profile == Profile::Strict || !free_text {
                return refuse(Code::ORDER_DATA, Slug::FIELD_CONTROL_CHARACTER, reason);
            }
            notes.push(Diagnosis::new(Slug::FIELD_CONTROL_CHARACTER, reason));
        }
        Ok(())
    }

    /// A `timeStamp` of fourteen digits: the strict profile wants one. The lenient one takes any text, but not
    /// without end.
    pub(super) fn time_stamp(sent: &RequestFields<'_>, profile: Profile) -> Result<(), Refusal> {
        let stamp = sent.text(Field::TimeStamp).unwrap_or_default();
        if sent.shape(Field::TimeStamp) == Some(Shape::Wrong) {
            let reason = format!("timeStamp must be a string, not {} (2.0)", shown(stamp));
            return refuse(Code::TIME_STAMP, Slug::FIELD_TYPE, reason);
        }
        if profile == Profile::Strict && (stamp.len() != 14 || !stamp.bytes().all(|b| b.is_ascii_digit())) {
            let reason = format!("timeStamp {} is not 14 digits (A-31)", shown(stamp));
            return refuse(Code::TIME_STAMP, Slug::TIME_STAMP_FORMAT, reason);
        }
        if longer_than(stamp, LONGEST) {
            let reason = format!("timeStamp has more than {LONGEST} characters (A-31)");
            return refuse(Code::ORDER_DATA, Slug::FIELD_LENGTH, reason);
        }
        Ok(())
    }
}

/// The request's own time, which every signed endpoint wants; `section` is the endpoint's.
///
/// # Errors
/// `9031`, `8003`
pub fn required_time_stamp(sent: &RequestFields<'_>, profile: Profile, section: &str) -> Result<(), Refusal> {
    if sent.text(Field::TimeStamp).is_none() {
        return refuse(Code::TIME_STAMP, Slug::FIELD_MISSING, format!("timeStamp is missing ({section})"));
    }
    FieldRules::time_stamp(sent, profile)
}

fn longer_than(text: &str, size: usize) -> bool {
    text.len() > size && text.chars().count() > size
}
