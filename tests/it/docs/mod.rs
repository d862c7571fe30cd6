//! README and `docs/`: every code block does what the page says, every link leads somewhere, and all of it is served.
//! What the info string of a block means is written in `docs/ARCHITECTURE.md`.

mod blocks;
mod checks;
mod compare;
mod links;
mod names;
mod programs;
mod served;
mod shell;
mod texts;
pub(crate) mod yaml;

use std::fs;
use std::path::{Path, PathBuf};

use blocks::{Block, Document};

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder whose name ends so.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|of_file| of_file == extension) {
            found.push(path);
        }
    }
    found
}

/// The paths of all documents.
fn paths() -> Vec<String> {
    let mut found: Vec<_> = ["README.md", "README.id.md"].map(|name| root().join(name)).into();
    found.retain(|path| path.exists());
    found.extend(files(&root().join("docs"), "md"));
    found.iter().map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()).collect()
}

/// Reads a document.
fn document(path: &str) -> Document {
    Document::new(path, &fs::read_to_string(root().join(path)).unwrap())
}

/// What is wrong with a block, and where.
fn wrong(document: &Document, block: &Block, why: &str) -> String {
    format!("{}:{}: {why}", document.path, block.line)
}

/// Every block of every page. With `DOCS_PAGE=docs/guides/time.md` only those of that page.
#[test]
fn every_block_does_what_its_page_says() {
    let only = std::env::var("DOCS_PAGE").ok();
    let documents: Vec<_> = paths()
        .iter()
        .filter(|path| only.as_ref().is_none_or(|only| only == *path))
        .map(|path| document(path))
        .collect();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let tests: Vec<_> = documents.iter().map(|document| (document, scope.spawn(|| test(document)))).collect();
        tests
            .into_iter()
            .flat_map(|(document, test)| {
                test.join().unwrap_or_else(|panic| {
                    let said = panic.downcast_ref::<String>().map(String::as_str);
                    vec![format!(
                        "{}: {}",
                        document.path,
                        said.or(panic.downcast_ref::<&str>().copied()).unwrap_or("?")
                    )]
                })
            })
            .collect()
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

/// What is wrong with the blocks of a page.
fn test(document: &Document) -> Vec<String> {
    let mut wrong = texts::test(document);
    wrong.extend(programs::test(document));
    wrong.extend(shell::test(document));
    wrong.extend(yaml::test(document));
    wrong
}

#[test]
fn every_check_is_on_one_page() {
    let pages: Vec<_> = paths().iter().filter(|path| !path.ends_with(".id.md")).map(|path| document(path)).collect();
    for (name, _) in checks::CHECKS {
        let count = pages.iter().flat_map(|page| &page.checks).filter(|check| check == name).count();
        assert_eq!(count, 1, "pages with <!-- check: {name} -->");
    }
}
