//! Scenario files that were read anew: they replace what is in force, or are refused.

use std::sync::{Arc, PoisonError};

use super::Engine;
use crate::domain::{EventKind, IMid};
use crate::scenarios::{Library, Scenario, ScenarioError};
use crate::store::Subject;

impl Engine {
    /// Puts a scenario in force, for one merchant or for all that have not their own.
    pub fn tell_story(&self, i_mid: Option<&IMid>, scenario: Scenario) {
        let scenario = Arc::new(scenario);
        self.rules.tell(i_mid, Arc::clone(&scenario));
        let subject = i_mid.map_or_else(Subject::nobody, Subject::merchant);
        self.store.log.append(self.now(), subject, loaded(&scenario));
    }

    /// Takes over scenario files that were read anew. Answers with the scenarios in force that were replaced.
    ///
    /// # Errors
    /// Everything that is wrong; then everything stays as it was, and the errors are shown until a reload succeeds.
    pub fn reload_scenarios(&self, library: Library) -> Result<Vec<Arc<Scenario>>, Vec<ScenarioError>> {
        let replaced = self.rules.reload(library).inspect_err(|errors| self.refuse_scenarios(errors.clone()))?;
        let were_refused = !self.set_problems(Vec::new()).is_empty();
        for replaced in &replaced {
            let subject = replaced.i_mid.as_ref().map_or_else(Subject::nobody, Subject::merchant);
            self.store.log.append(self.now(), subject, loaded(&replaced.new));
        }
        // Whoever saw the refusal waits for its end, also when what was right before is back.
        if replaced.is_empty() && were_refused {
            self.log_scenario();
        }
        Ok(replaced.into_iter().map(|replaced| replaced.new).collect())
    }

    /// Scenario files that cannot be read, or make no sense: what is in force stays.
    pub fn refuse_scenarios(&self, errors: Vec<ScenarioError>) {
        self.set_problems(errors.clone());
        for ScenarioError { file, line, column, message, .. } in errors {
            let kind = EventKind::ScenarioRefused { file: file.into(), line, column, message: message.into() };
            self.store.log.append(self.now(), Subject::nobody(), kind);
        }
    }

    /// What is wrong with the scenario files as they are now; empty when they are in force.
    pub fn scenario_problems(&self) -> Vec<ScenarioError> {
        self.problems.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says which scenario is in force for all that have not their own.
    pub(super) fn log_scenario(&self) {
        self.store.log.append(self.now(), Subject::nobody(), loaded(&self.rules.scenario(None).0));
    }

    fn set_problems(&self, problems: Vec<ScenarioError>) -> Vec<ScenarioError> {
        std::mem::replace(&mut *self.problems.write().unwrap_or_else(PoisonError::into_inner), problems)
    }
}

fn loaded(scenario: &Scenario) -> EventKind {
    EventKind::ScenarioLoaded { scenario: Arc::clone(&scenario.name), file: Arc::clone(scenario.file()) }
}
