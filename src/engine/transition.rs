//! Transitions that the engine has checked before.

use crate::domain::{Stage, Transaction, TransitionError};

/// Makes a transition. The caller has checked that it is allowed, so a refusal is a bug of the simulator: it is logged,
/// and the transaction stays as it was. Returns whether the transition was made.
pub(super) fn advance(
    transaction: &mut Transaction,
    transition: impl FnOnce(Stage) -> Result<Stage, TransitionError>,
) -> bool {
    match transaction.advance(transition) {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(t_xid = %transaction.t_xid, %error, "a transition that is not allowed was tried");
            false
        }
    }
}
