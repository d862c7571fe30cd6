//! The scenario of a drill is active for the merchant while the drill runs.

use std::sync::Arc;

use crate::domain::IMid;
use crate::engine::Engine;
use crate::scenarios::Scenario;

/// The scenario that was active before; active again when this is dropped.
pub(super) struct Replaced<'a> {
    engine: &'a Engine,
    i_mid: &'a IMid,
    /// The merchant's own scenario; none where it had none of its own.
    before: Option<Arc<Scenario>>,
}

impl<'a> Replaced<'a> {
    /// Activates the scenario with this name.
    ///
    /// # Errors
    /// Why it cannot be read: a file of the user may have its name.
    pub(super) fn by(engine: &'a Engine, i_mid: &'a IMid, name: &str) -> Result<Self, String> {
        let scenario = engine.rules().library().scenario(name).map_err(|error| error.to_string())?;
        let (before, is_own) = engine.rules().scenario(Some(i_mid));
        engine.load_scenario(Some(i_mid), scenario);
        Ok(Self { engine, i_mid, before: is_own.then_some(before) })
    }
}

impl Drop for Replaced<'_> {
    fn drop(&mut self) {
        self.engine.restore_scenario(self.i_mid, self.before.take());
    }
}
