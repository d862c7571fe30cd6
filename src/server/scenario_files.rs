//! Finds and reads scenario files.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::config::Config;
use crate::platform::{self, FileIdentity};
use crate::scenarios::{LenderCatalog, Library, MAX_SCENARIO_BYTES, ScenarioError, Source};

/// The paths of scenario files.
#[derive(Clone, Debug, Default)]
pub(super) struct ScenarioFiles {
    /// `--scenarios`
    pub(super) folder: Option<PathBuf>,
    /// The file of `--scenario`, and files that a command names. They take precedence over those of the folder.
    pub(super) named: Vec<PathBuf>,
}

/// The content of the scenario files at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ScenarioSnapshot {
    /// The files of the folder, then the named ones and the files next to them that they include.
    pub(super) sources: Vec<Source>,
    /// The errors of files that cannot be read.
    pub(super) errors: Vec<ScenarioError>,
    /// Every path next to a named file that was tried, whether or not it exists.
    looked_for: BTreeSet<PathBuf>,
    folder: Option<String>,
}

/// The metadata that shows whether a file has changed, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileMetadata {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Changes when a file with an older time replaces this one.
    identity: FileIdentity,
}

impl ScenarioFiles {
    pub(super) fn from_config(config: &Config) -> Self {
        Self { folder: config.scenarios.clone(), named: file_path(&config.scenario).into_iter().collect() }
    }

    /// Whether there are no files, so that nothing can change.
    pub(super) fn is_empty(&self) -> bool {
        self.folder.is_none() && self.named.is_empty()
    }

    pub(super) fn read(&self) -> ScenarioSnapshot {
        let mut snapshot =
            ScenarioSnapshot { folder: self.folder.as_deref().map(display), ..ScenarioSnapshot::default() };
        if let Some(folder) = &self.folder {
            match list_folder(folder) {
                Ok(files) => files.iter().for_each(|file| snapshot.add(file)),
                Err(error) => snapshot.errors.push(unreadable(folder, &error)),
            }
        }
        let mut read = HashSet::new();
        let mut to_read: Vec<_> = self.named.iter().rev().cloned().collect();
        while let Some(path) = to_read.pop().filter(|_| read.len() < MAX_INCLUDED_FILES) {
            if !read.insert(path.clone()) {
                continue;
            }
            snapshot.add(&path);
            let siblings =
                snapshot.sources.last().filter(|source| *source.file == *display(&path)).map(Source::includes);
            for path in siblings.into_iter().flatten().filter_map(|name| sibling(&path, &name)) {
                if path.exists() {
                    to_read.push(path.clone());
                }
                snapshot.looked_for.insert(path);
            }
            snapshot.looked_for.insert(path);
        }
        snapshot
    }

    /// The current metadata of all files.
    pub(super) fn metadata(&self, last: &ScenarioSnapshot) -> Vec<(PathBuf, Option<FileMetadata>)> {
        let mut files = self.folder.as_deref().and_then(|folder| list_folder(folder).ok()).unwrap_or_default();
        // The folder's own metadata changes when a file is added or removed.
        files.extend(self.folder.clone());
        files.extend(last.looked_for.iter().cloned());
        files.into_iter().map(|file| (metadata(&file), file)).map(|(metadata, file)| (file, metadata)).collect()
    }
}

/// Files that the named ones include, at most.
const MAX_INCLUDED_FILES: usize = 1_000;

impl ScenarioSnapshot {
    fn add(&mut self, path: &Path) {
        match read_source(path) {
            Ok(source) if LenderCatalog::is_catalog_file(&source.name, &source.text) => {}
            Ok(source) => self.sources.push(source),
            Err(error) => self.errors.push(error),
        }
    }

    /// The built-in scenarios and these, which take precedence.
    ///
    /// # Errors
    /// The errors of the files that cannot be read.
    pub(super) fn library(&self) -> Result<Library, Vec<ScenarioError>> {
        if self.errors.is_empty() { Ok(self.readable()) } else { Err(self.errors.clone()) }
    }

    /// The same, without the files that cannot be read.
    pub(super) fn readable(&self) -> Library {
        Library::built_in().with_sources(self.sources.iter().cloned()).with_folder(self.folder.as_deref())
    }
}

/// The path in `--scenario`, when it is a file and not a name.
pub(super) fn file_path(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    is_toml(path).then(|| path.to_owned())
}

/// The scenario name of a file.
pub(super) fn scenario_name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The `.toml` files of a folder, without hidden files (editors write some) and folders.
pub(super) fn list_folder(folder: &Path) -> io::Result<Vec<PathBuf>> {
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

/// The path of an included file next to the file that includes it.
fn sibling(path: &Path, include: &str) -> Option<PathBuf> {
    let name = include.strip_suffix(".toml").unwrap_or(include);
    let is_plain = !name.is_empty() && !name.starts_with('.') && !name.contains('/');
    is_plain.then(|| path.with_file_name(format!("{name}.toml")))
}

fn read_source(path: &Path) -> Result<Source, ScenarioError> {
    let bytes = read_limited(path).map_err(|error| unreadable(path, &error))?;
    Source::from_bytes(&scenario_name(path), &display(path), bytes)
}

/// Reads a regular file, up to the limit. Opening a pipe would wait for its writer.
fn read_limited(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let max = u64::try_from(MAX_SCENARIO_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    if metadata.len() > max {
        return Err(io::Error::other(format!("it has {} bytes; the maximum is {max}", metadata.len())));
    }
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> ScenarioError {
    ScenarioError::in_file(&display(path), format!("cannot be read: {error}"))
}

pub(super) fn display(path: &Path) -> String {
    path.display().to_string()
}

fn metadata(path: &Path) -> Option<FileMetadata> {
    let metadata = fs::metadata(path).ok()?;
    Some(FileMetadata {
        bytes: metadata.len(),
        modified: metadata.modified().ok(),
        identity: platform::file_identity(&metadata),
    })
}
