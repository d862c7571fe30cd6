//! `nicepay-sim check [FILE|DIR…] [--scenarios DIR]`: reads scenario files and runs their examples.

use std::path::PathBuf;

use super::{Exit, print, print_error};
use crate::config::{Config, Settings};
use crate::domain::KeyMask;
use crate::server::{self, CheckedFile};

/// The arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exits with 0 when everything is right, and with 3 when a file or an example is wrong.\n\nExamples:\n  nicepay-sim check\n  nicepay-sim check scenarios/ my-scenario.toml"
)]
pub(super) struct Args {
    /// Files and folders to check; default: the built-in scenarios and those of the settings
    #[arg(value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    /// Folder of scenarios that the files may include
    #[arg(long, env = "NICEPAY_SIM_SCENARIOS", value_name = "DIR")]
    scenarios: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Exit {
    let flags = Settings { scenarios: args.scenarios.clone(), ..Settings::default() };
    let config = match Config::resolve(flags.over(Settings::from_environment())) {
        Ok(config) => config,
        Err(error) => {
            print_error(&error);
            return Exit::Config;
        }
    };
    let checked = server::check(&config, &args.files);
    // An error quotes the line, which may have a key in it.
    let mask = KeyMask::of(config.merchants.iter().map(|merchant| &merchant.key));
    for one in &checked {
        print_result(one, &mask);
    }
    if checked.iter().all(|checked| checked.errors.is_empty()) { Exit::Clean } else { Exit::Config }
}

/// Prints one line on stdout, and the errors on stderr.
fn print_result(checked: &CheckedFile, mask: &KeyMask) {
    let CheckedFile { file, scenario, errors } = checked;
    match (scenario, errors.len()) {
        (Some(scenario), 0) => {
            let (rules, examples) = (count(scenario.rules.len(), "rule"), count(scenario.example_count(), "example"));
            let title = scenario.title.trim().replace('\n', " ");
            print(&format!("ok   {file}: {} ({rules}, {examples})", mask.masked(&title)));
        }
        (None, 0) => print(&format!("skip {file}: a lender catalog, not a scenario; the built-in one is used")),
        (_, errors) => print(&format!("bad  {file}: {}", count(errors, "error"))),
    }
    for error in errors {
        print_error(&mask.masked(&error.to_string()));
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
