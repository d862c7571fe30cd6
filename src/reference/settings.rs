//! `docs/reference/settings.md`

use std::fmt::Write as _;

use clap::Arg;

use super::markdown::{block, head};

const INTRO: &str = "Every setting: its flag, its environment variable, its key in a file, and its default.";

const BEFORE: &str = "A flag wins over the environment. The environment wins over the file. The file is \
`nicepay-sim.toml` in the working directory, or the one that `--config` names; \
[`src/config/defaults.toml`](../../src/config/defaults.toml) is one to start from. On the command line and in the \
environment, lists are separated by commas. Durations are written `30s`, `2h 30m`, `1d` (24 hours) or `PT30S`.";

const EXAMPLE: &str = "NICEPAY_SIM_SEED=1 cargo run --release -- --scenario review-then-approve --clock manual";

/// The commented file of all settings with their defaults.
const DEFAULTS: &str = include_str!("../config/defaults.toml");

pub(super) fn page() -> String {
    let mut page = head("Settings", INTRO);
    let _ = write!(page, "\n{BEFORE}\n\n{}", block("sh", EXAMPLE));
    let command = crate::cli::command();
    let serve = command.find_subcommand("serve");
    for argument in serve.into_iter().flat_map(clap::Command::get_arguments) {
        setting(argument, &mut page);
    }
    page
}

fn setting(argument: &Arg, page: &mut String) {
    let (Some(flag), Some(variable)) = (argument.get_long(), argument.get_env()) else { return };
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let values = argument.get_value_names().unwrap_or_default().iter().map(clap::builder::Str::as_str);
    let entry = DefaultsEntry::find(flag);
    let about = if entry.comment.is_empty() { format!("{help}.") } else { entry.comment };
    let _ = write!(
        page,
        "\n## `--{flag}`\n\n{about}\n\n`--{flag} {}` · `{}`",
        values.collect::<Vec<_>>().join(" "),
        variable.to_string_lossy()
    );
    match entry.line {
        Some(line) if line.contains('\n') => {
            let _ = write!(page, " · in a file, by default:\n\n{}", block("toml", &line));
        }
        Some(line) => {
            let _ = writeln!(
                page,
                " · in a file `{line}`{}",
                if entry.is_set { ", which is the default" } else { "; no default" }
            );
        }
        None => page.push('\n'),
    }
}

/// The entry of a setting in the commented file of defaults.
#[derive(Default)]
struct DefaultsEntry {
    /// The comment directly above it, unless other settings follow.
    comment: String,
    /// The lines of the setting.
    line: Option<String>,
    /// Whether the lines set it; otherwise they are an example in a comment.
    is_set: bool,
}

impl DefaultsEntry {
    fn find(key: &str) -> Self {
        let lines: Vec<&str> = DEFAULTS.lines().collect();
        let sets = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" = "));
        let set = lines.iter().position(|line| sets(line));
        let as_example = || lines.iter().position(|line| line.strip_prefix("# ").is_some_and(sets));
        let Some(first) = set.or_else(as_example) else { return Self::default() };
        let last = first + lines[first..].iter().position(|line| !line.ends_with(['[', ','])).unwrap_or_default();
        let next_is_another = lines.get(last + 1).is_some_and(|line| line.contains(" = "));
        let comments = lines[..first].iter().rev().take_while(|line| line.starts_with("# ") && !next_is_another);
        let mut comments: Vec<_> = comments.map(|line| &line[2..]).filter(|line| !line.contains(" = ")).collect();
        comments.reverse();
        let line = lines[first..=last].join("\n");
        Self {
            comment: comments.join(" "),
            line: Some(line.trim_start_matches("# ").to_owned()),
            is_set: set.is_some(),
        }
    }
}
