//! Reloads scenario files when they change.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::scenario_files::{FileMetadata, ScenarioFiles, ScenarioSnapshot};
use crate::engine::Engine;

/// Real time between two checks: files also change while the simulator's clock is stopped.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// After a change the files are read in this many checks, changed or not: a file system may give two changes within a
/// short time the same timestamp.
const READS_AFTER_CHANGE: u8 = 6;

/// The state of the files at the last check.
#[derive(Debug)]
pub(super) struct ScenarioWatcher {
    files: ScenarioFiles,
    metadata: Vec<(PathBuf, Option<FileMetadata>)>,
    last: ScenarioSnapshot,
    reads_left: u8,
}

impl ScenarioWatcher {
    /// Reads the files for the first time.
    pub(super) fn new(files: ScenarioFiles) -> Self {
        let last = files.read();
        // A change between these two lines is found later, because the next checks read again.
        let metadata = files.metadata(&last);
        Self { files, metadata, last, reads_left: READS_AFTER_CHANGE }
    }

    /// The content that was read last.
    pub(super) fn snapshot(&self) -> &ScenarioSnapshot {
        &self.last
    }

    /// Reads the files again when their metadata has changed; returns the content when it is new.
    fn poll(&mut self) -> Option<&ScenarioSnapshot> {
        let metadata = self.files.metadata(&self.last);
        if metadata != self.metadata {
            (self.metadata, self.reads_left) = (metadata, READS_AFTER_CHANGE);
        }
        self.reads_left = self.reads_left.checked_sub(1)?;
        let snapshot = self.files.read();
        if snapshot == self.last {
            return None;
        }
        (self.last, self.reads_left) = (snapshot, READS_AFTER_CHANGE);
        Some(&self.last)
    }
}

/// Checks the files until the simulator stops.
pub(super) async fn run(mut watcher: ScenarioWatcher, engine: Arc<Engine>, stopping: CancellationToken) {
    if watcher.files.is_empty() {
        return;
    }
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
        let engine = Arc::clone(&engine);
        // The folder may be on a slow network drive, so it is not read on this thread.
        let polled = tokio::task::spawn_blocking(move || {
            if let Some(snapshot) = watcher.poll() {
                reload(&engine, snapshot);
            }
            watcher
        });
        match polled.await {
            Ok(returned) => watcher = returned,
            Err(error) => {
                tracing::error!(%error, "this is a bug: scenario files are no longer reloaded");
                return;
            }
        }
    }
}

fn reload(engine: &Engine, snapshot: &ScenarioSnapshot) {
    let reloaded = match snapshot.library() {
        Ok(library) => engine.reload_scenarios(library),
        Err(errors) => {
            engine.refuse_scenarios(errors.clone());
            Err(errors)
        }
    };
    match reloaded {
        Ok(replaced) => {
            tracing::info!(files = snapshot.sources.len(), "scenario files reloaded");
            for scenario in replaced {
                tracing::info!(scenario = %scenario.name, file = %scenario.file(), "scenario replaced");
            }
        }
        Err(errors) => {
            for error in errors {
                let error = error.one_line();
                let error = engine.masked(&error);
                tracing::warn!("scenario files not reloaded, the previous scenarios stay active: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn after_a_while_only_changed_files_are_read_again() {
        let folder = std::env::temp_dir().join(format!("nicepay-sim-watcher-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (named, listed) = (folder.join("named.toml"), folder.join("folder"));
        fs::create_dir_all(&listed).unwrap();
        fs::write(&named, "title = 't'\ninclude = ['beside']").unwrap();
        let mut watcher =
            ScenarioWatcher::new(ScenarioFiles { folder: Some(listed.clone()), named: vec![named.clone()] });
        let rest = |watcher: &mut ScenarioWatcher| {
            for _ in 0..20 {
                assert_eq!(watcher.poll(), None);
            }
            assert_eq!(watcher.reads_left, 0, "no reads are left");
        };
        rest(&mut watcher);
        for (path, text) in [
            (folder.join("beside.toml"), "title = 'b'"),
            (listed.join("new.toml"), "title = 'n'"),
            (listed.join("new.toml"), "title = 'N'"),
            (named.clone(), "title = 'u'"),
        ] {
            fs::write(&path, text).unwrap();
            assert!(watcher.poll().is_some(), "{path:?}");
            rest(&mut watcher);
        }
        // Changed metadata with the same content is no change.
        fs::set_permissions(&named, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(watcher.poll(), None);
        assert_eq!(watcher.reads_left, READS_AFTER_CHANGE - 1, "it was read");
        fs::remove_dir_all(&listed).unwrap();
        assert_eq!(watcher.poll().map(|snapshot| snapshot.errors.len()), Some(1));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(watcher.poll().map(|snapshot| snapshot.errors.len()), Some(2));
        rest(&mut watcher);
    }
}
