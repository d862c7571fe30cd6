//! What the operating system knows of the memory of a process.

use std::process::Child;

/// How much of its memory is in use.
pub(crate) fn resident_bytes(process: &Child) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    resident.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
