//! The program `nicepay-sim`: arguments, a run, an exit code.

use std::process::ExitCode;

#[cfg(feature = "allocator")]
#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    nicepay_sim::cli::main()
}
