//! The fields of a request as a table: the code when a field is missing, when it is required, its maximum length. Every
//! endpoint uses the same checks.

use super::field::Field;
use super::request_fields::{RequestFields, ValueType};
use crate::diagnosis::Slug;
use crate::domain::Evidence;
use crate::protocol::code::Code;
use crate::protocol::findings::Findings;
use crate::protocol::refusal::{Refusal, quoted};

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
    /// The documents require it, real clients leave it out: a finding (`docs/PROTOCOL.md` §6.4.2).
    Documented,
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
    pub(in crate::protocol) fn required(
        &self,
        fields: &RequestFields<'_>,
        findings: &mut Findings,
    ) -> Result<(), Refusal> {
        self.required_by(fields, findings, |row| row.requirement)
    }

    /// Checks that the fields are there which `requirement` asks for.
    pub(in crate::protocol) fn required_by(
        &self,
        fields: &RequestFields<'_>,
        findings: &mut Findings,
        requirement: impl Fn(&Row) -> Requirement,
    ) -> Result<(), Refusal> {
        for row in self.rows {
            let requirement = requirement(row);
            if requirement == Requirement::Never || fields.text(row.field).is_some() {
                continue;
            }
            let reason = format!("{}; it is required (docs/PROTOCOL.md §{})", fields.missing(row.field), self.section);
            if requirement == Requirement::Always {
                return refuse(row.missing, Slug::FIELD_MISSING, reason);
            }
            findings.add(row.missing, Slug::FIELD_MISSING, Evidence::Documented, reason)?;
        }
        Ok(())
    }

    /// Refuses objects, arrays and booleans.
    pub(in crate::protocol) fn value_types(&self, fields: &RequestFields<'_>) -> Result<(), Refusal> {
        let invalid = self.rows.iter().find(|row| fields.value_type(row.field) == Some(ValueType::Invalid));
        let Some(Row { field, missing, .. }) = invalid else { return Ok(()) };
        let code = match field {
            Field::Amt => Code::AMT_FORMAT,
            Field::CartData => Code::CART_FORMAT,
            Field::Sellers => Code::SELLERS_FORMAT,
            _ => *missing,
        };
        let sent = match fields.text(*field).unwrap_or_default().as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            _ => "true or false",
        };
        let name = field.name();
        let reason = if field.is_json() {
            format!(
                "{name} is {sent}; it must be a string that contains the JSON: encode it before the body, with json_encode, JSON.stringify or the like (docs/PROTOCOL.md §2.0)"
            )
        } else {
            format!("{name} is {sent}; it must be a string (docs/PROTOCOL.md §2.0)")
        };
        refuse(code, Slug::FIELD_TYPE, reason)
    }

    /// Finds values that are longer than documented.
    pub(in crate::protocol) fn lengths(
        &self,
        fields: &RequestFields<'_>,
        findings: &mut Findings,
    ) -> Result<(), Refusal> {
        for row in self.rows {
            let text = fields.text(row.field).unwrap_or_default();
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
            let (name, count) = (row.field.name(), text.chars().count());
            let (size, section) = (row.max_length, self.section);
            let reason = if size == MAX_LENGTH {
                format!(
                    "{name} has {count} characters: no field may have more than {MAX_LENGTH} (docs/PROTOCOL.md §{section})"
                )
            } else {
                format!("{name} has {count} characters; the documented maximum is {size} (docs/PROTOCOL.md §{section})")
            };
            if is_longer_than(text, MAX_LENGTH) {
                return refuse(Code::ORDER_DATA, Slug::FIELD_LENGTH, reason);
            }
            findings.add(Code::ORDER_DATA, Slug::FIELD_LENGTH, Evidence::Documented, reason)?;
        }
        Ok(())
    }

    /// Finds control characters, which no documented type has (`docs/PROTOCOL.md` §0). Free text with a line
    /// end occurs; in an identifier or a URL it is an attack or a bug.
    pub(in crate::protocol) fn control_characters(
        &self,
        fields: &RequestFields<'_>,
        findings: &mut Findings,
    ) -> Result<(), Refusal> {
        if !fields.may_have_control_characters() {
            return Ok(());
        }
        let rows = self.rows.iter().filter(|row| !row.field.is_json());
        for row in rows {
            let text = fields.text(row.field).unwrap_or_default();
            // A string without escapes can contain only this control character.
            let bytes = text.as_bytes();
            let has_del = fields.may_have_del(row.field) && bytes.contains(&0x7f);
            let found = has_del || (fields.was_escaped(row.field) && bytes.iter().any(|b| *b < 0x20));
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
            if !free_text {
                return refuse(Code::ORDER_DATA, Slug::FIELD_CONTROL_CHARACTER, reason);
            }
            findings.add(Code::ORDER_DATA, Slug::FIELD_CONTROL_CHARACTER, Evidence::Assumed, reason)?;
        }
        Ok(())
    }

    /// Checks the `timeStamp`: fourteen digits (`docs/PROTOCOL.md` A-31).
    pub(in crate::protocol) fn time_stamp(fields: &RequestFields<'_>, findings: &mut Findings) -> Result<(), Refusal> {
        let stamp = fields.text(Field::TimeStamp).unwrap_or_default();
        if fields.value_type(Field::TimeStamp) == Some(ValueType::Invalid) {
            let reason = format!("timeStamp must be a string, not {} (docs/PROTOCOL.md §2.0)", quoted(stamp));
            return refuse(Code::TIME_STAMP, Slug::FIELD_TYPE, reason);
        }
        if stamp.len() == 14 && stamp.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(());
        }
        let reason = format!("timeStamp {} is not 14 digits (docs/PROTOCOL.md A-31)", quoted(stamp));
        findings.add(Code::TIME_STAMP, Slug::TIME_STAMP_FORMAT, Evidence::Documented, reason)?;
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
pub fn required_time_stamp(fields: &RequestFields<'_>, findings: &mut Findings, section: &str) -> Result<(), Refusal> {
    if fields.text(Field::TimeStamp).is_none() {
        return refuse(
            Code::TIME_STAMP,
            Slug::FIELD_MISSING,
            format!("{} (docs/PROTOCOL.md §{section})", fields.missing(Field::TimeStamp)),
        );
    }
    FieldRules::time_stamp(fields, findings)
}

fn is_longer_than(text: &str, size: usize) -> bool {
    text.len() > size && text.chars().count() > size
}
