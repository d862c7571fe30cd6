//! `nicepay-sim completions`: a script that completes commands and flags in a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Exit, print_text};

#[derive(Debug, clap::Args)]
#[command(after_help = "Write the script where your shell looks for completions.\n\nExamples:\n  \
    nicepay-sim completions bash > ~/.local/share/bash-completion/completions/nicepay-sim\n  \
    nicepay-sim completions zsh > ~/.zfunc/_nicepay-sim\n  \
    nicepay-sim completions fish > ~/.config/fish/completions/nicepay-sim.fish")]
pub(super) struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "nicepay-sim", &mut script);
    print_text(&script)
}
