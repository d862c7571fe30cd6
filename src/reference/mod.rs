//! The pages of `docs/reference/`, generated from the tables of the code. Only built for tests: `./scripts/docs` writes
//! the pages, and a test compares them.

mod commands;
mod control_api;
mod diagnoses;
mod endpoints;
mod events;
mod markdown;
mod result_codes;
mod scenario_format;
mod scenarios;
mod schema;
mod settings;

use std::path::Path;
use std::{env, fs};

/// Every generated file: its path in the repository, and its text.
fn generated() -> Vec<(&'static str, String)> {
    vec![
        ("docs/openapi.json", crate::control::openapi()),
        ("docs/scenario.schema.json", format!("{:#}\n", crate::scenarios::schema().to_value())),
        ("docs/reference/control-api.md", control_api::page()),
        ("docs/reference/endpoints.md", endpoints::page()),
        ("docs/reference/events.md", events::page()),
        ("docs/reference/settings.md", settings::page()),
        ("docs/reference/commands.md", commands::page()),
        ("docs/reference/scenario-format.md", scenario_format::page()),
        ("docs/reference/scenarios.md", scenarios::page()),
        ("docs/reference/result-codes.md", result_codes::page()),
        ("docs/reference/diagnoses.md", diagnoses::page()),
    ]
}

#[test]
fn generated_files_match_the_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let renew = env::var_os("RENEW_DOCS").is_some();
    for (path, text) in generated() {
        let file = root.join(path);
        if renew {
            fs::write(&file, &text).unwrap();
        }
        let current = fs::read_to_string(&file).unwrap_or_default();
        assert!(current == text, "{path} is not what the code says: run ./scripts/docs");
    }
}
