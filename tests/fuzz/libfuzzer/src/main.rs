//! One program for all targets: the environment variable `FUZZ_TARGET` names the one that runs.

#![no_main]

use std::sync::LazyLock;

use nicepay_sim::fuzz::TARGETS;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    match TARGETS.iter().find(|(known, _)| *known == name) {
        Some((_, target)) => *target,
        None => panic!("FUZZ_TARGET is one of {:?}", TARGETS.iter().map(|(name, _)| name).collect::<Vec<_>>()),
    }
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
