//! The program `nicepay-sim`.

use std::process::ExitCode;

#[cfg(feature = "allocator")]
#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    nicepay_sim::cli::main()
}
