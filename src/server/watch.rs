//! Looks at the scenario files while the simulator runs, and has them read again when they change.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::scenarios::{Files, Reading, Stamp};
use crate::engine::Engine;

/// Between two looks, by the wall clock: a simulator whose time stands still has an author who does not.
const EVERY: Duration = Duration::from_millis(500);
/// After a change they are read at this many looks, changed or not: a file system may give two changes, one shortly after
/// the other, the same time.
const AGAIN: u8 = 6;

/// What is known of the files.
#[derive(Debug)]
pub(super) struct Watch {
    files: Files,
    stamps: Vec<(PathBuf, Option<Stamp>)>,
    last: Reading,
    again: u8,
}

impl Watch {
    /// Reads the files for the first time.
    pub(super) fn new(files: Files) -> Self {
        let last = files.read();
        // A change between the reading and this is found by reading again.
        let stamps = files.stamps(&last);
        Self { files, stamps, last, again: AGAIN }
    }

    /// What was read last.
    pub(super) fn reading(&self) -> &Reading {
        &self.last
    }

    /// Reads the files again, if they look otherwise; answers with what is in them, if it is something else.
    fn look(&mut self) -> Option<&Reading> {
        let stamps = self.files.stamps(&self.last);
        if stamps != self.stamps {
            (self.stamps, self.again) = (stamps, AGAIN);
        }
        self.again = self.again.checked_sub(1)?;
        let reading = self.files.read();
        if reading == self.last {
            return None;
        }
        (self.last, self.again) = (reading, AGAIN);
        Some(&self.last)
    }
}

/// Looks until the simulator stops.
pub(super) async fn run(mut watch: Watch, engine: Arc<Engine>, stopping: CancellationToken) {
    if watch.files.is_empty() {
        return;
    }
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let engine = Arc::clone(&engine);
        // A folder may be on a network: nobody is to wait for it.
        let looked = tokio::task::spawn_blocking(move || {
            if let Some(reading) = watch.look() {
                take_over(&engine, reading);
            }
            watch
        });
        match looked.await {
            Ok(back) => watch = back,
            Err(error) => {
                tracing::error!(%error, "this is a bug: scenario files are not looked at any longer");
                return;
            }
        }
    }
}

fn take_over(engine: &Engine, reading: &Reading) {
    let reloaded = match reading.library() {
        Ok(library) => engine.reload_scenarios(library),
        Err(errors) => {
            engine.refuse_scenarios(errors.clone());
            Err(errors)
        }
    };
    match reloaded {
        Ok(replaced) => {
            tracing::info!(files = reading.sources.len(), "scenario files read again");
            for scenario in replaced {
                tracing::info!(scenario = %scenario.name, file = %scenario.file(), "scenario replaced");
            }
        }
        Err(errors) => {
            for error in errors {
                tracing::warn!("scenario files refused, what was in force stays: {error}");
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
    fn after_a_while_only_what_looks_otherwise_is_read_again() {
        let folder = std::env::temp_dir().join(format!("nicepay-sim-watch-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (named, listed) = (folder.join("named.toml"), folder.join("folder"));
        fs::create_dir_all(&listed).unwrap();
        fs::write(&named, "title = 't'\ninclude = ['beside']").unwrap();
        let mut watch = Watch::new(Files { folder: Some(listed.clone()), named: vec![named.clone()] });
        let rest = |watch: &mut Watch| {
            for _ in 0..20 {
                assert_eq!(watch.look(), None);
            }
            assert_eq!(watch.again, 0, "it has stopped reading");
        };
        rest(&mut watch);
        for (path, text) in [
            (folder.join("beside.toml"), "title = 'b'"),
            (listed.join("new.toml"), "title = 'n'"),
            (listed.join("new.toml"), "title = 'N'"),
            (named.clone(), "title = 'u'"),
        ] {
            fs::write(&path, text).unwrap();
            assert!(watch.look().is_some(), "{path:?}");
            rest(&mut watch);
        }
        // What looks otherwise and is the same changes nothing.
        fs::set_permissions(&named, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(watch.look(), None);
        assert_eq!(watch.again, AGAIN - 1, "it was read");
        fs::remove_dir_all(&listed).unwrap();
        assert_eq!(watch.look().map(|reading| reading.errors.len()), Some(1));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(watch.look().map(|reading| reading.errors.len()), Some(2));
        rest(&mut watch);
    }
}
