//! The fields of a message: their names, their rules, and reading them from JSON or from a form.

mod amount;
pub(super) mod cart;
mod field;
mod field_names;
mod field_rules;
mod form;
mod json;
mod json_mistake;
mod request_fields;
pub(super) mod timestamp;
mod unreadable_body;
mod url;

pub(super) use amount::{parse_amount, required_amount};
pub use field::Field;
pub use field_rules::required_time_stamp;
pub(super) use field_rules::{FieldRules, MAX_LENGTH, Requirement, Row, refuse, row};
pub(super) use form::Form;
pub use request_fields::RequestFields;
pub(super) use request_fields::ValueType;
pub use timestamp::{clock_time, time_stamp};
pub(super) use timestamp::{date, time};
pub(super) use url::{callback_url, http_url, is_web};
