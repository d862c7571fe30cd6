//! The fields of a request as a table: the code when a field is missing, when it is required, its maximum length. Every
//! endpoint uses the same checks.

use super::field::Field;
use super::request_fields::{RequestFields, ValueType};
use crate::diagnosis::Slug;
use crate::domain::Profile;
use crate::protocol::code::Code;
use crate::protocol::refusal::{Diagnosis, Refusal, quoted};

/// A field's row.
pub(in crate::protocol) struct Row {
    pub(in crate::protocol) field: Field,
    pub(in crate::protocol) missing: Code,
    pub(in crate::protocol) requirement: Requirement,
    pub(super) max_length: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::protocol) enum Requirement {
    Always,
    /// In the strict profile: the documents require it, real clients leave it out (`docs/PROTOCOL.md` §6.4.2).
    Strict,
    Never,
}

pub(in crate::protocol) const fn row(field: Field, missing: Code, requirement: Requirement, max_length: usize) -> Row {
    Row { field, missing, requirement, max_length }
}

/// The maximum length of every field, in both profiles (`docs/PROTOCOL.md` §6.4.5a).
pub(in crate::protocol) const MAX_LENGTH: usize = 4_000;

/// An endpoint's fields, in the order of the checks.
pub(in crate::protocol) struct FieldRules {
    /// The section of `docs/PROTOCOL.md`.
    pub(in crate::protocol) section: &'static str,
    pub(in crate::protocol) rows: &'static [Row],
}

pub(in crate::protocol) fn refuse<T>(code: Code, slug: Slug, reason: impl Into<Box<str>>) -> Result<T, Refusal> {
    Err(Refusal::new(code, slug, reason))
}

impl FieldRules {
    /// Checks that the required fields are there.
    pub(in crate::protocol) fn required(&self, fields: &RequestFields<'_>, profile: Profile) -> Result<(), Refusal> {
        self.required_if(fields, profile, |row| {
            row.requirement == Requirement::Always
                || (row.requirement == Requirement::Strict && profile == Profile::Strict)
        })
    }

    /// Checks that the fields are there for which `is_required` holds.
    pub(in crate::protocol) fn required_if(
        &self,
        fields: &RequestFields<'_>,
        profile: Profile,
        is_required: impl Fn(&Row) -> bool,
    ) -> Result<(), Refusal> {
        for row in self.rows {
            if is_required(row) && fields.text(row.field).is_none() {
                let name = row.field.name();
                let strict = row.requirement == Requirement::Strict && profile == Profile::Strict;
                let strict = if strict { " by the strict profile" } else { "" };
                let reason = format!(
                    "{name} is missing (absent, null or empty); it is required{strict} (docs/PROTOCOL.md §{})",
                    self.section
                );
                return refuse(row.missing, Slug::FIELD_MISSING, reason);
            }
        }
        Ok(())
    }

    /// Refuses objects, arrays and booleans.
    pub(in crate::protocol) fn value_types(&self, fields: &RequestFields<'_>) -> Result<(), Refusal> {
        for Row { field, missing, .. } in self.rows {
            let (field, missing) = (*field, *missing);
            if fields.value_type(field) != Some(ValueType::Invalid) {
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
                "{} must be a string{hint}, not {} (docs/PROTOCOL.md §2.0)",
                field.name(),
                quoted(fields.text(field).unwrap_or_default())
            );
            return refuse(code, Slug::FIELD_TYPE, reason);
        }
        Ok(())
    }

    /// Refuses or notes values that are longer than documented.
    pub(in crate::protocol) fn lengths(
        &self,
        fields: &RequestFields<'_>,
        profile: Profile,
        notes: &mut Vec<Diagnosis>,
    ) -> Result<(), Refusal> {
        for row in self.rows {
            let (name, text) = (row.field.name(), fields.text(row.field).unwrap_or_default());
            if !is_longer_than(text, row.max_length) {
                continue;
            }
            if row.field == Field::ReferenceNo {
                let reason = format!(
                    "referenceNo {} is longer than 40 characters (docs/PROTOCOL.md §{})",
                    quoted(text),
                    self.section
                );
                return refuse(Code::REFERENCE_LENGTH, Slug::REFERENCE_NO_LENGTH, reason);
            }
            let (count, size, section) = (text.chars().count(), row.max_length, self.section);
            let reason = if size == MAX_LENGTH {
                format!(
                    "{name} has {count} characters: no field may have more than {MAX_LENGTH} (docs/PROTOCOL.md §{section})"
                )
            } else {
                format!("{name} has {count} characters; the documented maximum is {size} (docs/PROTOCOL.md §{section})")
            };
            if profile == Profile::Strict || is_longer_than(text, MAX_LENGTH) {
                return refuse(Code::ORDER_DATA, Slug::FIELD_LENGTH, reason);
            }
            notes.push(Diagnosis::new(Slug::FIELD_LENGTH, reason));
        }
        Ok(())
    }

    /// Refuses or notes control characters, which no documented type has (`docs/PROTOCOL.md` §0). Free text with a line
    /// end occurs; in an identifier or a URL it is an attack or a bug.
    pub(in crate::protocol) fn control_characters(
        &self,
        fields: &RequestFields<'_>,
        profile: Profile,
        notes: &mut Vec<Diagnosis>,
    ) -> Result<(), Refusal> {
        // `cartData` and `sellers` are JSON, in which white space is free.
        let rows = self.rows.iter().filter(|row| !matches!(row.field, Field::CartData | Field::Sellers));
        for row in rows {
            let text = fields.text(row.field).unwrap_or_default();
            // A string without escapes can contain only this control character.
            let bytes = text.as_bytes();
            let found = bytes.contains(&0x7f) || (fields.was_escaped(row.field) && bytes.iter().any(|b| *b < 0x20));
            if !found {
                continue;
            }
            let (name, section) = (row.field.name(), self.section);
            let reason = format!("{name} {} contains control characters (docs/PROTOCOL.md §{section})", quoted(text));
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

    /// Checks the `timeStamp`: the strict profile expects fourteen digits (`docs/PROTOCOL.md` A-31), the lenient one
    /// accepts any text up to the maximum length.
    pub(in crate::protocol) fn time_stamp(fields: &RequestFields<'_>, profile: Profile) -> Result<(), Refusal> {
        let stamp = fields.text(Field::TimeStamp).unwrap_or_default();
        if fields.value_type(Field::TimeStamp) == Some(ValueType::Invalid) {
            let reason = format!("timeStamp must be a string, not {} (docs/PROTOCOL.md §2.0)", quoted(stamp));
            return refuse(Code::TIME_STAMP, Slug::FIELD_TYPE, reason);
        }
        if profile == Profile::Strict && (stamp.len() != 14 || !stamp.bytes().all(|b| b.is_ascii_digit())) {
            let reason = format!("timeStamp {} is not 14 digits (docs/PROTOCOL.md A-31)", quoted(stamp));
            return refuse(Code::TIME_STAMP, Slug::TIME_STAMP_FORMAT, reason);
        }
        if is_longer_than(stamp, MAX_LENGTH) {
            let reason = format!("timeStamp has more than {MAX_LENGTH} characters (docs/PROTOCOL.md A-31)");
            return refuse(Code::ORDER_DATA, Slug::FIELD_LENGTH, reason);
        }
        Ok(())
    }
}

/// Checks the `timeStamp`, which every signed endpoint requires. `section` is the endpoint's.
///
/// # Errors
/// `9031`, `8003`
pub fn required_time_stamp(fields: &RequestFields<'_>, profile: Profile, section: &str) -> Result<(), Refusal> {
    if fields.text(Field::TimeStamp).is_none() {
        return refuse(
            Code::TIME_STAMP,
            Slug::FIELD_MISSING,
            format!("timeStamp is missing (docs/PROTOCOL.md §{section})"),
        );
    }
    FieldRules::time_stamp(fields, profile)
}

fn is_longer_than(text: &str, size: usize) -> bool {
    text.len() > size && text.chars().count() > size
}
