//! Scenario files: read from disk.

use std::path::Path;

use crate::scenario::{Library, MOST_BYTES, Mistake, Source};

/// Reads one file.
///
/// # Errors
/// [`Mistake`], also for a file that cannot be read.
pub(super) fn source(path: &Path) -> Result<Source, Mistake> {
    let file = path.display().to_string();
    let cannot = |why: &dyn std::fmt::Display| Mistake::whole(&file, format!("cannot be read: {why}"));
    let bytes = std::fs::metadata(path).map_err(|error| cannot(&error))?.len();
    if bytes > u64::try_from(MOST_BYTES).unwrap_or(u64::MAX) {
        return Err(cannot(&format!("it has {bytes} bytes; a scenario has at most {MOST_BYTES}")));
    }
    let bytes = std::fs::read(path).map_err(|error| cannot(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        cannot(&format!("it is not UTF-8, from byte {at} on"))
    })?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Source { name: stem.into(), file, text })
}

/// The built-in scenarios, and those of a folder, which win.
///
/// # Errors
/// The first [`Mistake`].
pub(super) fn library(folder: Option<&Path>) -> Result<Library, Mistake> {
    let library = Library::built_in();
    let Some(folder) = folder else { return Ok(library) };
    let cannot =
        |error: std::io::Error| Mistake::whole(&folder.display().to_string(), format!("cannot be read: {error}"));
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>())
        .map_err(cannot)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let sources = files.iter().map(|path| source(path)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<_> = sources.iter().map(|source| source.name.clone()).collect();
    let library = library.with(sources);
    for name in names {
        library.story(&name)?;
    }
    Ok(library)
}
