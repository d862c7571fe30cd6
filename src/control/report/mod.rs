//! `GET /report`: the integration report, and how its records are collected.

mod collect;
mod show;

pub use collect::{integration_report, render_report};
pub(super) use show::operations;
