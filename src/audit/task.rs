//! Audits inside the server: one at a time, as a task.

use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use super::drills::Drill;
use super::run::{Auditor, DrillResult, Ending, Plan, Update};
use crate::domain::IMid;
use crate::locks::IgnorePoison as _;

/// The audit that runs, or the last one that ran.
#[derive(Debug, Default)]
pub struct Audits {
    current: Arc<Mutex<Option<Running>>>,
}

/// How far an audit is.
#[derive(Clone, Debug)]
pub struct Running {
    /// The merchant.
    pub i_mid: IMid,
    /// The drill that is running.
    pub drill: Option<&'static Drill>,
    /// The drills that were run.
    pub drills: Vec<DrillResult>,
    /// How many there are.
    pub total: usize,
    /// How it ended; none while it runs.
    pub ending: Option<Ending>,
    /// What is wrong with the probe, where something is.
    pub probe_problem: Option<String>,
}

/// Another audit is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an audit is running: there is one clock, so there is one audit at a time")]
pub struct Busy;

impl Audits {
    /// The audit that runs, or the last one.
    pub fn current(&self) -> Option<Running> {
        self.current.lock().ignore_poison().clone()
    }

    /// Starts an audit, which ends with `stop` at the latest.
    ///
    /// # Errors
    /// [`Busy`]
    pub fn start(&self, auditor: Arc<Auditor>, plan: Plan, stop: CancellationToken) -> Result<Running, Busy> {
        let mut current = self.current.lock().ignore_poison();
        if current.as_ref().is_some_and(|running| running.ending.is_none()) {
            return Err(Busy);
        }
        let (i_mid, total) = (plan.i_mid.clone(), plan.drills.len());
        let running = Running { i_mid, drill: None, drills: Vec::new(), total, ending: None, probe_problem: None };
        *current = Some(running.clone());
        drop(current);
        let task = Task(Arc::clone(&self.current));
        tokio::spawn(async move {
            let outcome = auditor.run(&plan, &stop, &|update| task.note(&update)).await;
            let (ending, problem) = match outcome {
                Ok(outcome) => (outcome.ending, outcome.probe_problem),
                Err(reason) => (Ending::GivenUp(reason.to_owned()), None),
            };
            task.change(|running| (running.ending, running.probe_problem) = (Some(ending), problem));
        });
        Ok(running)
    }
}

/// The side of the task. An audit that is dropped, also by a panic, has ended.
struct Task(Arc<Mutex<Option<Running>>>);

impl Task {
    fn change(&self, change: impl FnOnce(&mut Running)) {
        if let Some(running) = &mut *self.0.lock().ignore_poison() {
            change(running);
        }
    }

    fn note(&self, update: &Update<'_>) {
        self.change(|running| match update {
            Update::Begins(drill) => running.drill = Some(drill),
            Update::Ended(result) => {
                running.drill = None;
                running.drills.push((*result).clone());
            }
        });
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.change(|running| {
            running.drill = None;
            running.ending.get_or_insert(Ending::Interrupted);
        });
    }
}
