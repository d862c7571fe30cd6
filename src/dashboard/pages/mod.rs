//! The pages, one file for each.

pub(super) mod binding;
pub(super) mod bindings;
pub(super) mod event;
pub(super) mod inbox;
pub(super) mod index;
pub(super) mod log;
pub(super) mod merchants;
mod problem;
mod refusal;
pub(super) mod report;
pub(super) mod rules;
pub(super) mod shoppers;
pub(super) mod tokens;
pub(super) mod transaction;
pub(super) mod transactions;

pub(super) use problem::{action_failed, wrong_address};
