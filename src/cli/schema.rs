//! `nicepay-sim schema`: the JSON Schema of a scenario file, for editors.

use super::{Exit, print};

pub(super) fn run() -> Exit {
    print(&format!("{:#}", crate::scenarios::schema().to_value()));
    Exit::Clean
}
