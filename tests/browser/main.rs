//! What a person sees and presses, in a real Chromium: `cargo test --test browser`.

mod accessibility;
mod browser;
mod chromium;
#[path = "../common/mod.rs"]
mod common;
mod dashboard;
mod demo;
mod demo_return;
mod docs;
mod pages;
mod pictures;
mod report;
mod site;
