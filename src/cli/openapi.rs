//! `nicepay-sim openapi`: prints what a running simulator serves at `/__sim/openapi.json`.

use super::{Exit, print};
use crate::control;

pub(super) fn run() -> Exit {
    print(control::openapi().trim_end());
    Exit::Clean
}
