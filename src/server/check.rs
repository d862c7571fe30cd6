//! Checks scenario files without serving: reads them, and tries their examples.

use std::io;
use std::path::{Path, PathBuf};

use super::scenarios::{Files, Reading, cannot, listed, shown};
use crate::config::Config;
use crate::scenario::{Book, Library, Mistake, Source, Story};

/// What came of one file.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The file, or which built-in scenario it is.
    pub file: String,
    /// What it tells; none where it cannot be read, or is a lender's book.
    pub story: Option<Story>,
    /// What is wrong with it.
    pub mistakes: Vec<Mistake>,
}

/// Checks files and folders; where none are named, everything that a start with these settings would read.
pub fn check(config: &Config, named: &[PathBuf]) -> Vec<Checked> {
    let book = Book::built_in();
    if named.is_empty() {
        return everything(&Files::of(config).read(), &book);
    }
    let mut checked = Vec::new();
    let mut files = Vec::new();
    for path in named {
        match of_folder(path) {
            Ok(found) => files.extend(found),
            Err(mistake) => checked.push(Checked::unread(mistake)),
        }
    }
    // They may include one another, and what the settings' folder has.
    let together = Files { folder: config.scenarios.clone(), named: files.clone() }.read().readable();
    checked.extend(files.into_iter().map(|file| one(file, &together, &book)));
    checked
}

fn everything(reading: &Reading, book: &Book) -> Vec<Checked> {
    let library = reading.readable();
    let told = library.sources().map(|source| Checked::told(source, &library, book));
    told.chain(reading.mistakes.iter().cloned().map(Checked::unread)).collect()
}

/// The scenario files of a folder, or the one file.
fn of_folder(path: &Path) -> Result<Vec<PathBuf>, Mistake> {
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
fn one(path: PathBuf, together: &Library, book: &Book) -> Checked {
    let file = shown(&path);
    let reading = Files { folder: None, named: vec![path] }.read();
    let library = together.clone().with(reading.sources.iter().cloned());
    let source = reading.sources.iter().find(|source| *source.file == *file);
    let checked = source.map(|source| Checked::told(source, &library, book));
    let mut checked = checked.unwrap_or(Checked { file, story: None, mistakes: Vec::new() });
    checked.mistakes.splice(0..0, reading.mistakes);
    checked
}

impl Checked {
    fn unread(mistake: Mistake) -> Self {
        Self { file: mistake.file.clone(), story: None, mistakes: vec![mistake] }
    }

    fn told(source: &Source, library: &Library, book: &Book) -> Self {
        let file = source.file.to_string();
        match Story::from_source(source, library) {
            Ok(story) => Self { file, mistakes: story.try_examples(book), story: Some(story) },
            Err(mistake) => Self { file, story: None, mistakes: vec![mistake] },
        }
    }
}
