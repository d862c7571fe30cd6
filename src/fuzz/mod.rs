//! The parsers of what comes from outside, each as a function that takes any bytes. It panics where the parser breaks its
//! promises.
//!
//! The tests call each with the files in `tests/fuzz/corpus` and with mutations of them. `scripts/fuzz` lets libFuzzer look
//! for more. The room is in no program: only tests and the cargo feature `fuzz` build it.

mod json;
#[cfg(test)]
mod tests;
mod text;
mod token;

use std::sync::LazyLock;

use crate::config::{Config, Settings};
use crate::protocol::Diagnosis;

/// A target: its name, which is that of its folder in the corpus, and the function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("answer", text::answer),
    ("cart", json::cart),
    ("doctor", token::doctor),
    ("form", text::form),
    ("host", text::host),
    ("json", json::json),
    ("order", text::order),
    ("query", text::query),
    ("sellers", json::sellers),
    ("toml", text::toml),
    ("url", text::url),
];

/// The settings of the targets: the defaults.
fn config() -> &'static Config {
    static DEFAULTS: LazyLock<Config> = LazyLock::new(|| match Config::from_settings(Settings::default()) {
        Ok(config) => config,
        Err(error) => panic!("the defaults are wrong: {error}"),
    });
    &DEFAULTS
}

/// A diagnosis has to fit into a header, whatever was sent.
fn check_diagnosis(diagnosis: &Diagnosis) {
    let header = diagnosis.header();
    assert!(header.len() <= 1_024 && header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header:?}");
}
