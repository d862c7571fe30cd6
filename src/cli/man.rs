//! `nicepay-sim man`: the manual pages.

use clap::CommandFactory as _;
use clap_mangen::Man;

use super::{Cli, Exit, print_error, print_text};

#[derive(Debug, clap::Args)]
#[command(after_help = "Read a page with `man`, or install it.\n\nExamples:\n  \
    nicepay-sim man | man -l -\n  \
    nicepay-sim man exec > ~/.local/share/man/man1/nicepay-sim-exec.1")]
pub(super) struct Args {
    /// The page of this command; default: the page of the program
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

pub(super) fn run(args: &Args) -> Exit {
    let mut program = Cli::command();
    program.build();
    let found = args.command.as_ref().map_or(Some(&program), |name| program.find_subcommand(name));
    let Some(command) = found else {
        let name = args.command.as_deref().unwrap_or_default();
        print_error(&format!("there is no command {name:?}; nicepay-sim --help lists all commands"));
        return Exit::Usage;
    };
    let title = command.get_display_name().unwrap_or("nicepay-sim").replace(' ', "-");
    let mut page = Vec::new();
    match Man::new(command.clone()).title(title).render(&mut page) {
        Ok(()) => print_text(&page),
        Err(error) => {
            print_error(&error);
            Exit::Failed
        }
    }
}
