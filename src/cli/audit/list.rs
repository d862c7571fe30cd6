//! `--list`: the drills, and the checks.

use crate::audit::DRILLS;
use crate::cli::print;
use crate::report::every_check;
use crate::scenarios::Library;

/// Prints all.
pub(super) fn print_all() {
    let library = Library::built_in();
    print("Drills:");
    for drill in DRILLS {
        let scenario = library.scenario(&drill.scenario());
        let title = scenario.map(|scenario| scenario.title).unwrap_or_default();
        let title = title.strip_prefix("Drill: ").unwrap_or(&title);
        print(&format!("  {:<28} {title} ({})", drill.name, drill.checks.join(", ")));
    }
    print("\nChecks:");
    for check in every_check() {
        let is_exercised = DRILLS.iter().any(|drill| drill.checks.contains(&check.id));
        let note = if is_exercised { "" } else { " (by your own traffic only)" };
        print(&format!("  {}  {}{note}", check.id, check.title));
    }
}
