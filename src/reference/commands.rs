//! `docs/reference/commands.md`

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::markdown::{block, cell, head};

const INTRO: &str = "Every command of `nicepay-sim`, with its arguments and exit codes.";

const BEFORE: &str = "Without a command, `nicepay-sim` runs the simulator. `serve`, `demo`, `exec` and `nicepay-sim` alone take \
all [settings](settings.md). From a clone, write `cargo run --release --` in the place of `nicepay-sim`.";

pub(super) fn page() -> String {
    let mut page = head("Commands", INTRO);
    let _ = write!(page, "\n{BEFORE}\n");
    let command = crate::cli::command();
    let settings: Vec<_> =
        command.find_subcommand("serve").into_iter().flat_map(Command::get_arguments).map(Arg::get_id).collect();
    for one in command.get_subcommands().filter(|one| one.get_name() != "help") {
        let arguments: Vec<_> = one.get_arguments().filter(|argument| argument.get_id() != "help").collect();
        let own = |argument: &&&Arg| arguments.len() < settings.len() || !settings.contains(&argument.get_id());
        let own: Vec<_> = arguments.iter().filter(own).copied().collect();
        section(one, &own, &mut page);
        if own.len() < arguments.len() {
            page.push_str("\nIt takes all [settings](settings.md).\n");
        }
    }
    page.push_str("\n## Exit codes\n\n| Code | Means |\n|---|---|\n");
    for (code, meaning) in crate::cli::EXIT_CODES {
        let _ = writeln!(page, "| {code} | {meaning} |");
    }
    page
}

fn section(command: &Command, arguments: &[&Arg], page: &mut String) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = write!(page, "\n## `nicepay-sim {}`\n\n{about}.\n", command.get_name());
    if !arguments.is_empty() {
        page.push_str("\n| Argument | Meaning |\n|---|---|\n");
    }
    for argument in arguments {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let variable = argument.get_env().map(|name| format!(" (`{}`)", name.to_string_lossy())).unwrap_or_default();
        let _ = writeln!(page, "| `{}` | {}{variable} |", cell(&usage(argument)), cell(&help));
    }
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (text, examples) = after.split_once("Examples:").unwrap_or((&after, ""));
    if !text.trim().is_empty() {
        let _ = write!(page, "\n{}\n", text.trim());
    }
    if !examples.is_empty() {
        let lines: Vec<_> = examples.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let _ = write!(page, "\n{}", block("sh", &lines.join("\n")));
    }
}

/// How an argument is written on the command line.
fn usage(argument: &Arg) -> String {
    let names = argument
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(clap::builder::Str::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    let takes = argument.get_action().takes_values();
    match argument.get_long() {
        Some(flag) if takes => format!("--{flag} {names}"),
        Some(flag) => format!("--{flag}"),
        None if argument.get_num_args().is_some_and(|count| count.max_values() > 1) => format!("{names}…"),
        None => names,
    }
}
