//! `nicepay-sim check [FILE|DIR…] [--scenarios DIR]`: reads scenario files, and tries their examples.

use std::path::PathBuf;

use super::{Exit, complain, print};
use crate::config::{Config, Settings};
use crate::server::{self, Checked};

/// What to check.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Ends with 0 when all is well, and with 3 when a file or an example is wrong.\n\nExamples:\n  nicepay-sim check\n  nicepay-sim check scenarios/ my-scenario.toml"
)]
pub(super) struct Args {
    /// Files, and folders of them; by default the built-in scenarios, and those that the settings name
    #[arg(value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    /// A folder of scenarios that files may include
    #[arg(long, env = "NICEPAY_SIM_SCENARIOS", value_name = "DIR")]
    scenarios: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Exit {
    let typed = Settings { scenarios: args.scenarios.clone(), ..Settings::default() };
    let config = match Config::resolve(typed.over(Settings::from_environment())) {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return Exit::Config;
        }
    };
    let checked = server::check(&config, &args.files);
    checked.iter().for_each(show);
    if checked.iter().all(|checked| checked.errors.is_empty()) { Exit::Clean } else { Exit::Config }
}

/// One line on stdout, and what is wrong on stderr.
fn show(checked: &Checked) {
    let Checked { file, scenario, errors } = checked;
    match (scenario, errors.len()) {
        (Some(scenario), 0) => {
            let (rules, examples) = (count(scenario.rules.len(), "rule"), count(scenario.example_count(), "example"));
            print(&format!("ok   {file}: {} ({rules}, {examples})", scenario.title.trim().replace('\n', " ")));
        }
        (None, 0) => print(&format!("skip {file}: a lender's book, which is built in, and no scenario")),
        (_, wrong) => print(&format!("bad  {file}: {}", count(wrong, "error"))),
    }
    for error in errors {
        complain(error);
    }
}

fn count(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}
