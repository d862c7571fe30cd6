//! Checks scenario files without serving: reads them, and tries their examples.

use std::io;
use std::path::{Path, PathBuf};

use super::scenarios::{Files, Reading, cannot, listed, shown};
use crate::config::Config;
use crate::scenarios::{LenderCatalog, Library, Scenario, ScenarioError, Source};

/// What came of one file.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The file, or which built-in scenario it is.
    pub file: String,
    /// What it tells; none where it cannot be read, or is a lender's catalog.
    pub scenario: Option<Scenario>,
    /// What is wrong with it.
    pub errors: Vec<ScenarioError>,
}

/// Checks files and folders; where none are named, everything that a start with these settings would read.
pub fn check(config: &Config, named: &[PathBuf]) -> Vec<Checked> {
    let catalog = LenderCatalog::built_in();
    if named.is_empty() {
        return everything(&Files::of(config).read(), &catalog);
    }
    let mut checked = Vec::new();
    let mut files = Vec::new();
    for path in named {
        match of_folder(path) {
            Ok(found) => files.extend(found),
            Err(error) => checked.push(Checked::unread(error)),
        }
    }
    // They may include one another, and what the settings' folder has.
    let together = Files { folder: config.scenarios.clone(), named: files.clone() }.read().readable();
    checked.extend(files.into_iter().map(|file| one(file, &together, &catalog)));
    checked
}

fn everything(reading: &Reading, catalog: &LenderCatalog) -> Vec<Checked> {
    let library = reading.readable();
    let told = library.sources().map(|source| Checked::told(source, &library, catalog));
    told.chain(reading.errors.iter().cloned().map(Checked::unread)).collect()
}

/// The scenario files of a folder, or the one file.
fn of_folder(path: &Path) -> Result<Vec<PathBuf>, ScenarioError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let files = listed(path).map_err(|error| cannot(path, &error))?;
    if files.is_empty() {
        return Err(cannot(path, &io::Error::other("there is no .toml file in this folder")));
    }
    Ok(files)
}

/// Checks one file. What it includes is looked for beside it first.
fn one(path: PathBuf, together: &Library, catalog: &LenderCatalog) -> Checked {
    let file = shown(&path);
    let reading = Files { folder: None, named: vec![path] }.read();
    let library = together.clone().with_sources(reading.sources.iter().cloned());
    let source = reading.sources.iter().find(|source| *source.file == *file);
    let checked = source.map(|source| Checked::told(source, &library, catalog));
    let mut checked = checked.unwrap_or(Checked { file, scenario: None, errors: Vec::new() });
    checked.errors.splice(0..0, reading.errors);
    checked
}

impl Checked {
    fn unread(error: ScenarioError) -> Self {
        Self { file: error.file.clone(), scenario: None, errors: vec![error] }
    }

    fn told(source: &Source, library: &Library, catalog: &LenderCatalog) -> Self {
        let file = source.file.to_string();
        match Scenario::from_source(source, library) {
            Ok(scenario) => Self { file, errors: scenario.run_examples(catalog), scenario: Some(scenario) },
            Err(error) => Self { file, scenario: None, errors: vec![error] },
        }
    }
}
