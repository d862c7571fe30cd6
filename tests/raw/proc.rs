//! What the operating system knows of the program.

use crate::process::Program;

/// How many sockets it has open.
pub(crate) fn open_sockets(program: &Program) -> usize {
    let open = std::fs::read_dir(format!("/proc/{}/fd", program.child.id())).unwrap();
    let links = open.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}

/// Whether all its threads were stopped by a signal.
pub(crate) fn is_stopped(program: &Program) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{}/task", program.child.id())).unwrap();
    let mut states = threads.map(|thread| std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap());
    states.all(|status| status.contains("State:\tT"))
}
