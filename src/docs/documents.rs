//! The list of all documents, compiled in. The table of contents, the routes and `llms.txt` are made from it.

use pulldown_cmark::Event;

use crate::page::Lang;
use crate::paths;

/// A document.
#[derive(Debug)]
pub struct Document {
    /// Its path in the repository: `docs/guides/time.md`.
    pub path: &'static str,
    /// Its text.
    pub markdown: &'static str,
}

/// A section of the table of contents.
#[derive(Debug)]
pub struct Section {
    /// The heading in English and in Indonesian.
    pub title: (&'static str, &'static str),
    /// The documents, in the order of reading.
    pub documents: &'static [Document],
}

/// A file that documents show or link to, such as a picture.
#[derive(Debug)]
pub struct Asset {
    /// Its path in the repository.
    pub path: &'static str,
    /// The media type, such as `image/png`.
    pub media_type: &'static str,
    /// Its bytes.
    pub content: &'static [u8],
}

macro_rules! documents {
    ($($path:literal),+ $(,)?) => {
        &[$(Document { path: $path, markdown: include_str!(concat!("../../", $path)) }),+]
    };
}

macro_rules! assets {
    ($($path:literal $media:literal),+ $(,)?) => {
        &[$(Asset { path: $path, media_type: $media, content: include_bytes!(concat!("../../", $path)) }),+]
    };
}

/// Every document, in the order of the table of contents.
pub const SECTIONS: &[Section] = &[
    Section {
        title: ("Start", "Mulai"),
        documents: documents![
            "README.md",
            "README.id.md",
            "docs/README.md",
            "docs/start/first-steps.md",
            "docs/start/connect.md",
            "docs/start/shoppers.md",
        ],
    },
    Section {
        title: ("Guides", "Panduan"),
        documents: documents![
            "docs/guides/exec.md",
            "docs/guides/php.md",
            "docs/guides/laravel.md",
            "docs/guides/woocommerce.md",
            "docs/guides/node.md",
            "docs/guides/python.md",
            "docs/guides/java.md",
            "docs/guides/ruby.md",
            "docs/guides/go.md",
            "docs/guides/https.md",
            "docs/guides/tokenize.md",
            "docs/guides/binding.md",
            "docs/guides/refused.md",
            "docs/guides/scenarios.md",
            "docs/guides/audit.md",
            "docs/guides/notifications-and-failures.md",
            "docs/guides/time.md",
            "docs/guides/waiting-and-verifying.md",
            "docs/guides/report.md",
            "docs/guides/parallel-suites.md",
            "docs/guides/ci.md",
            "docs/guides/docker.md",
            "docs/guides/browser-tests.md",
            "docs/guides/playwright.md",
            "docs/guides/rust.md",
            "docs/guides/dashboard.md",
            "docs/guides/demo.md",
        ],
    },
    Section {
        title: ("Concepts", "Konsep"),
        documents: documents![
            "docs/concepts/flows.md",
            "docs/concepts/fidelity.md",
            "docs/concepts/what-decides.md",
            "docs/concepts/security.md",
            "docs/concepts/reliability.md",
            "docs/concepts/architecture.md",
        ],
    },
    Section {
        title: ("Reference", "Referensi"),
        documents: documents![
            "docs/reference/endpoints.md",
            "docs/reference/control-api.md",
            "docs/reference/events.md",
            "docs/reference/settings.md",
            "docs/reference/commands.md",
            "docs/reference/scenario-format.md",
            "docs/reference/scenarios.md",
            "docs/reference/result-codes.md",
            "docs/reference/diagnoses.md",
            "docs/reference/audit-mutants.md",
            "docs/reference/selectors.md",
            "docs/PROTOCOL.md",
        ],
    },
    Section {
        title: ("Sample reports", "Contoh laporan"),
        documents: documents![
            "docs/samples/report-python.md",
            "docs/samples/report-node.md",
            "docs/samples/report-php.md",
            "docs/samples/report-demo.md",
            "docs/samples/report-mistake.md",
        ],
    },
    Section {
        title: ("Changing the simulator", "Mengubah simulator"),
        documents: documents!["docs/ARCHITECTURE.md", "docs/DECISIONS.md", "docs/RELEASING.md"],
    },
];

/// The pictures and other files that documents link to.
pub const ASSETS: &[Asset] = assets![
    "docs/scenario.schema.json" "application/schema+json",
    "docs/pictures/dashboard.png" "image/png",
    "docs/pictures/demo-order.png" "image/png",
    "docs/pictures/demo.png" "image/png",
    "docs/pictures/diagram.png" "image/png",
    "docs/pictures/kredivo.png" "image/png",
];

impl Document {
    /// All documents.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        SECTIONS.iter().flat_map(|section| section.documents)
    }

    /// The document with this path in the repository.
    pub fn find(path: &str) -> Option<&'static Self> {
        Self::all().find(|document| document.path == path)
    }

    /// The text of its first heading.
    pub fn title(&self) -> &'static str {
        self.markdown.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(self.path)
    }

    /// The first sentence below its first heading, in one line.
    pub fn summary(&self) -> String {
        let below = self.markdown.split_once('\n').map_or("", |(_, below)| below.trim_start());
        let paragraph = below.split("\n\n").next().unwrap_or_default();
        let line = plain_text(paragraph).split_whitespace().collect::<Vec<_>>().join(" ");
        match line.split_once(". ") {
            Some((sentence, _)) => format!("{sentence}."),
            None => line,
        }
    }

    /// The language of the document.
    pub fn lang(&self) -> Lang {
        if self.path.ends_with(".id.md") { Lang::Id } else { Lang::En }
    }

    /// The same document in the other language.
    pub fn translation(&self) -> Option<&'static Self> {
        match self.path.strip_suffix(".id.md") {
            Some(name) => Self::find(&format!("{name}.md")),
            None => Self::find(&format!("{}.id.md", self.path.strip_suffix(".md")?)),
        }
    }

    /// The address of its Markdown. It has the same path as in the repository, so that relative links work.
    pub fn markdown_url(&self) -> String {
        format!("{}/{}", paths::DEVELOPER, self.path)
    }

    /// The address of its HTML.
    pub fn html_url(&self) -> String {
        format!("{}/{}.html", paths::DEVELOPER, self.path.strip_suffix(".md").unwrap_or(self.path))
    }
}

/// The text of a paragraph without Markdown; of a link, its text.
fn plain_text(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for event in pulldown_cmark::Parser::new(markdown) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn collect(root: &Path, folder: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                collect(root, &path, found);
            } else {
                found.insert(path);
            }
        }
    }

    #[test]
    fn every_file_of_the_documents_is_listed() {
        let mut there = BTreeSet::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        collect(root, "docs", &mut there);
        for name in ["README.md", "README.id.md"] {
            if root.join(name).exists() {
                there.insert(name.to_owned());
            }
        }
        // It is served as /__sim/openapi.json.
        there.remove("docs/openapi.json");
        let documents = Document::all().map(|document| document.path);
        let listed: BTreeSet<_> = documents.chain(ASSETS.iter().map(|asset| asset.path)).map(str::to_owned).collect();
        assert_eq!(there, listed, "src/docs/documents.rs has to list what is in docs/");
    }

    #[test]
    fn every_document_has_a_title_and_a_summary() {
        for document in Document::all() {
            assert!(document.markdown.starts_with("# "), "{} begins with its title", document.path);
            let summary = document.summary();
            assert!(summary.len() > 20 && !summary.starts_with(['#', '|', '`']), "{}: {summary:?}", document.path);
        }
    }
}
