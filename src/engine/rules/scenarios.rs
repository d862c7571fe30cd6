//! Loading and reloading scenarios.

use std::sync::Arc;

use crate::domain::{EventKind, IMid};
use crate::engine::Engine;
use crate::locks::IgnorePoison;
use crate::scenarios::{Library, Scenario, ScenarioError};
use crate::store::Subject;

impl Engine {
    /// Activates a scenario, for one merchant or for all that have none of their own.
    pub fn load_scenario(&self, i_mid: Option<&IMid>, scenario: Scenario) {
        let scenario = Arc::new(scenario);
        self.rules.load(i_mid, Arc::clone(&scenario));
        let subject = i_mid.map_or_else(Subject::none, Subject::merchant);
        self.store.log.append(self.now(), subject, scenario_loaded(&scenario));
    }

    /// Activates the scenario that a merchant had before; none where it had none of its own.
    pub fn restore_scenario(&self, i_mid: &IMid, scenario: Option<Arc<Scenario>>) {
        match scenario {
            Some(scenario) => self.rules.load(Some(i_mid), scenario),
            None => self.rules.unload(i_mid),
        }
        let subject = Subject::merchant(i_mid);
        self.store.log.append(self.now(), subject, scenario_loaded(&self.rules.scenario(Some(i_mid)).0));
    }

    /// Takes scenario files that have changed. Returns the new scenarios that replaced active ones.
    ///
    /// # Errors
    /// Everything that is wrong. Nothing has changed then, and the errors are reported until a reload succeeds.
    pub fn reload_scenarios(&self, library: Library) -> Result<Vec<Arc<Scenario>>, Vec<ScenarioError>> {
        let replaced = self.rules.reload(library).inspect_err(|errors| self.refuse_scenarios(errors.clone()))?;
        let were_refused = !self.set_problems(Vec::new()).is_empty();
        for replaced in &replaced {
            let subject = replaced.i_mid.as_ref().map_or_else(Subject::none, Subject::merchant);
            self.store.log.append(self.now(), subject, scenario_loaded(&replaced.new));
        }
        // The end of the errors is an event, also where the files are as they were before.
        if replaced.is_empty() && were_refused {
            self.log_scenario();
        }
        Ok(replaced.into_iter().map(|replaced| replaced.new).collect())
    }

    /// Reports scenario files that have errors; the active scenarios stay.
    pub fn refuse_scenarios(&self, errors: Vec<ScenarioError>) {
        self.set_problems(errors.clone());
        for ScenarioError { file, line, column, message, .. } in errors {
            let kind = EventKind::ScenarioRefused { file: file.into(), line, column, message: message.into() };
            self.store.log.append(self.now(), Subject::none(), kind);
        }
    }

    /// The errors of the current scenario files.
    pub fn scenario_problems(&self) -> Vec<ScenarioError> {
        self.problems.read().ignore_poison().clone()
    }

    /// Logs which scenario is active for all merchants that have none of their own.
    pub(in crate::engine) fn log_scenario(&self) {
        self.store.log.append(self.now(), Subject::none(), scenario_loaded(&self.rules.scenario(None).0));
    }

    fn set_problems(&self, problems: Vec<ScenarioError>) -> Vec<ScenarioError> {
        std::mem::replace(&mut *self.problems.write().ignore_poison(), problems)
    }
}

fn scenario_loaded(scenario: &Scenario) -> EventKind {
    EventKind::ScenarioLoaded { scenario: Arc::clone(&scenario.name), file: Arc::clone(scenario.file()) }
}
