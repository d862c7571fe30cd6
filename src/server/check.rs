//! Checks scenario files without starting the server: reads them and runs their examples.

use std::io;
use std::path::{Path, PathBuf};

use super::scenario_files::{ScenarioFiles, ScenarioSnapshot, display, list_folder, unreadable};
use crate::config::Config;
use crate::scenarios::{LenderCatalog, Library, Scenario, ScenarioError, Source};

/// The result of one file.
#[derive(Clone, Debug)]
pub struct CheckedFile {
    /// The path, or the name of a built-in scenario.
    pub file: String,
    /// The scenario; `None` when the file is wrong, or is a lender catalog.
    pub scenario: Option<Scenario>,
    /// The errors of the file and of its examples.
    pub errors: Vec<ScenarioError>,
}

/// Checks files and folders. Without any, checks all that a start with these settings would read.
pub fn check(config: &Config, named: &[PathBuf]) -> Vec<CheckedFile> {
    let catalog = LenderCatalog::built_in();
    if named.is_empty() {
        return check_all(&ScenarioFiles::from_config(config).read(), &catalog);
    }
    let mut checked = Vec::new();
    let mut files = Vec::new();
    for path in named {
        match files_in(path) {
            Ok(found) => files.extend(found),
            Err(error) => checked.push(CheckedFile::unreadable(error)),
        }
    }
    // The files may include one another, and those of the `--scenarios` folder.
    let library = ScenarioFiles { folder: config.scenarios.clone(), named: files.clone() }.read().readable();
    checked.extend(files.into_iter().map(|file| check_file(file, &library, &catalog)));
    checked
}

fn check_all(snapshot: &ScenarioSnapshot, catalog: &LenderCatalog) -> Vec<CheckedFile> {
    let library = snapshot.readable();
    let checked = library.sources().map(|source| CheckedFile::new(source, &library, catalog));
    checked.chain(snapshot.errors.iter().cloned().map(CheckedFile::unreadable)).collect()
}

/// The scenario files of a folder, or the one file.
fn files_in(path: &Path) -> Result<Vec<PathBuf>, ScenarioError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let files = list_folder(path).map_err(|error| unreadable(path, &error))?;
    if files.is_empty() {
        return Err(unreadable(path, &io::Error::other("there is no .toml file in this folder")));
    }
    Ok(files)
}

/// Checks one file. Files next to it take precedence when it includes them.
fn check_file(path: PathBuf, all_files: &Library, catalog: &LenderCatalog) -> CheckedFile {
    let file = display(&path);
    let snapshot = ScenarioFiles { folder: None, named: vec![path] }.read();
    let library = all_files.clone().with_sources(snapshot.sources.iter().cloned());
    let source = snapshot.sources.iter().find(|source| *source.file == *file);
    let checked = source.map(|source| CheckedFile::new(source, &library, catalog));
    let mut checked = checked.unwrap_or(CheckedFile { file, scenario: None, errors: Vec::new() });
    checked.errors.splice(0..0, snapshot.errors);
    checked
}

impl CheckedFile {
    fn unreadable(error: ScenarioError) -> Self {
        Self { file: error.file.clone(), scenario: None, errors: vec![error] }
    }

    fn new(source: &Source, library: &Library, catalog: &LenderCatalog) -> Self {
        let file = source.file.to_string();
        match Scenario::from_source(source, library) {
            Ok(scenario) => Self { file, errors: scenario.run_examples(catalog), scenario: Some(scenario) },
            Err(error) => Self { file, scenario: None, errors: vec![error] },
        }
    }
}
