//! Scenario files: where they are, and reading them.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::scenarios::{LenderCatalog, Library, MAX_SCENARIO_BYTES, ScenarioError, Source};

/// Where scenario files are.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    /// `--scenarios`
    pub(super) folder: Option<PathBuf>,
    /// `--scenario`, and whatever else is named by its path. They win over the folder's.
    pub(super) named: Vec<PathBuf>,
}

/// What was in them at one look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// The folder's, then the named ones and what they include from beside them.
    pub(super) sources: Vec<Source>,
    /// What is wrong with those that cannot be read.
    pub(super) errors: Vec<ScenarioError>,
    /// Every path that was looked for beside a named file, whether or not there is one.
    looked_for: BTreeSet<PathBuf>,
    folder: Option<String>,
}

/// What tells that a file has changed, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    /// Changes with permissions, and when another file with an old time takes the place.
    changed: (i64, i64),
}

impl Files {
    pub(super) fn of(config: &Config) -> Self {
        Self { folder: config.scenarios.clone(), named: path(&config.scenario).into_iter().collect() }
    }

    /// Whether there is anything that could change.
    pub(super) fn is_empty(&self) -> bool {
        self.folder.is_none() && self.named.is_empty()
    }

    pub(super) fn read(&self) -> Reading {
        let mut reading = Reading { folder: self.folder.as_deref().map(shown), ..Reading::default() };
        if let Some(folder) = &self.folder {
            match listed(folder) {
                Ok(files) => files.iter().for_each(|file| reading.add(file)),
                Err(error) => reading.errors.push(cannot(folder, &error)),
            }
        }
        let mut read = HashSet::new();
        let mut to_read: Vec<_> = self.named.iter().rev().cloned().collect();
        while let Some(path) = to_read.pop().filter(|_| read.len() < MOST_BESIDE) {
            if !read.insert(path.clone()) {
                continue;
            }
            reading.add(&path);
            let beside = reading.sources.last().filter(|source| *source.file == *shown(&path)).map(Source::includes);
            for path in beside.into_iter().flatten().filter_map(|name| beside_of(&path, &name)) {
                if path.exists() {
                    to_read.push(path.clone());
                }
                reading.looked_for.insert(path);
            }
            reading.looked_for.insert(path);
        }
        reading
    }

    /// How the files are now.
    pub(super) fn stamps(&self, last: &Reading) -> Vec<(PathBuf, Option<Stamp>)> {
        let mut files = self.folder.as_deref().and_then(|folder| listed(folder).ok()).unwrap_or_default();
        // The folder itself changes when a file comes or goes, or it does.
        files.extend(self.folder.clone());
        files.extend(last.looked_for.iter().cloned());
        files.into_iter().map(|file| (stamp(&file), file)).map(|(stamp, file)| (file, stamp)).collect()
    }
}

/// Files that a named one includes from beside it, at most.
const MOST_BESIDE: usize = 1_000;

impl Reading {
    fn add(&mut self, path: &Path) {
        match source(path) {
            Ok(source) if LenderCatalog::is_catalog_file(&source.name, &source.text) => {}
            Ok(source) => self.sources.push(source),
            Err(error) => self.errors.push(error),
        }
    }

    /// The built-in scenarios, and these, which win.
    ///
    /// # Errors
    /// What could not be read.
    pub(super) fn library(&self) -> Result<Library, Vec<ScenarioError>> {
        if self.errors.is_empty() { Ok(self.readable()) } else { Err(self.errors.clone()) }
    }

    /// The same, of what could be read.
    pub(super) fn readable(&self) -> Library {
        Library::built_in().with_sources(self.sources.iter().cloned()).with_folder(self.folder.as_deref())
    }
}

/// What `--scenario` names, where it is a file.
pub(super) fn path(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    is_toml(path).then(|| path.to_owned())
}

/// The name of a file's scenario.
pub(super) fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The scenario files of a folder. What editors leave behind begins with a dot, and a folder is no file, whatever its
/// name.
pub(super) fn listed(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if is_toml(&path) && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_toml(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|extension| extension == "toml")
}

/// Where a file would be that another one includes.
fn beside_of(path: &Path, include: &str) -> Option<PathBuf> {
    let name = include.strip_suffix(".toml").unwrap_or(include);
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains('/');
    plain.then(|| path.with_file_name(format!("{name}.toml")))
}

/// Reads one file.
///
/// # Errors
/// [`ScenarioError`], also for a file that cannot be read.
fn source(path: &Path) -> Result<Source, ScenarioError> {
    let bytes = bytes(path).map_err(|error| cannot(path, &error))?;
    Source::from_bytes(&name(path), &shown(path), bytes)
}

/// A file's bytes, and hardly more than may be. Only files: whoever opens a pipe waits for its writer.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let about = fs::metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let most = u64::try_from(MAX_SCENARIO_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    if about.len() > most {
        // Its size is all that is said of it.
        return Err(io::Error::other(format!("it has {} bytes; a scenario has at most {most}", about.len())));
    }
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn cannot(path: &Path, error: &io::Error) -> ScenarioError {
    ScenarioError::in_file(&shown(path), format!("cannot be read: {error}"))
}

pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = fs::metadata(path).ok()?;
    Some(Stamp {
        inode: about.ino(),
        bytes: about.len(),
        modified: (about.mtime(), about.mtime_nsec()),
        changed: (about.ctime(), about.ctime_nsec()),
    })
}
