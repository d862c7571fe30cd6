//! Every document, compiled in: the one list that the contents, the routes and `llms.txt` are made from.

use pulldown_cmark::Event;

use crate::page::Lang;
use crate::paths;

/// A document.
#[derive(Debug)]
pub struct Page {
    /// Its path in the repository: `docs/guides/time.md`.
    pub path: &'static str,
    /// Its text.
    pub markdown: &'static str,
}

/// Documents that belong together.
#[derive(Debug)]
pub struct Section {
    /// The heading in English and in Indonesian.
    pub title: (&'static str, &'static str),
    /// The documents, in the order of reading.
    pub pages: &'static [Page],
}

/// A file that documents show or link to.
#[derive(Debug)]
pub struct Asset {
    /// Its path in the repository.
    pub path: &'static str,
    /// `image/png`, …
    pub media: &'static str,
    /// Its bytes.
    pub content: &'static [u8],
}

macro_rules! pages {
    ($($path:literal),+ $(,)?) => {
        &[$(Page { path: $path, markdown: include_str!(concat!("../../", $path)) }),+]
    };
}

macro_rules! assets {
    ($($path:literal $media:literal),+ $(,)?) => {
        &[$(Asset { path: $path, media: $media, content: include_bytes!(concat!("../../", $path)) }),+]
    };
}

/// Every document, as the contents show them.
pub const SECTIONS: &[Section] = &[
    Section {
        title: ("Start", "Mulai"),
        pages: pages![
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
        pages: pages![
            "docs/guides/tokenize.md",
            "docs/guides/binding.md",
            "docs/guides/refused.md",
            "docs/guides/scenarios.md",
            "docs/guides/notifications-and-failures.md",
            "docs/guides/time.md",
            "docs/guides/waiting-and-verifying.md",
            "docs/guides/parallel-suites.md",
            "docs/guides/browser-tests.md",
            "docs/guides/rust.md",
            "docs/guides/dashboard.md",
            "docs/guides/demo.md",
        ],
    },
    Section {
        title: ("Concepts", "Konsep"),
        pages: pages![
            "docs/concepts/flows.md",
            "docs/concepts/fidelity.md",
            "docs/concepts/what-decides.md",
            "docs/concepts/security.md",
            "docs/concepts/architecture.md",
        ],
    },
    Section {
        title: ("Reference", "Referensi"),
        pages: pages![
            "docs/reference/endpoints.md",
            "docs/reference/control-api.md",
            "docs/reference/events.md",
            "docs/reference/settings.md",
            "docs/reference/commands.md",
            "docs/reference/scenario-format.md",
            "docs/reference/scenarios.md",
            "docs/reference/result-codes.md",
            "docs/reference/diagnoses.md",
            "docs/PROTOCOL.md",
        ],
    },
    Section {
        title: ("Changing the simulator", "Mengubah simulator"),
        pages: pages!["docs/ARCHITECTURE.md", "docs/DECISIONS.md"],
    },
];

/// Pictures, and what else documents link to.
pub const ASSETS: &[Asset] = assets![
    "docs/scenario.schema.json" "application/schema+json",
    "docs/pictures/dashboard.png" "image/png",
    "docs/pictures/demo-order.png" "image/png",
    "docs/pictures/demo.png" "image/png",
    "docs/pictures/diagram.png" "image/png",
    "docs/pictures/kredivo.png" "image/png",
];

impl Page {
    /// All of them.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        SECTIONS.iter().flat_map(|section| section.pages)
    }

    /// The document with that path in the repository.
    pub fn at(path: &str) -> Option<&'static Self> {
        Self::all().find(|page| page.path == path)
    }

    /// What stands in its first heading.
    pub fn title(&self) -> &'static str {
        self.markdown.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(self.path)
    }

    /// The first sentence below its first heading, in one line.
    pub fn summary(&self) -> String {
        let below = self.markdown.split_once('\n').map_or("", |(_, below)| below.trim_start());
        let paragraph = below.split("\n\n").next().unwrap_or_default();
        let line = plain(paragraph).split_whitespace().collect::<Vec<_>>().join(" ");
        match line.split_once(". ") {
            Some((sentence, _)) => format!("{sentence}."),
            None => line,
        }
    }

    /// The language that it is written in.
    pub fn lang(&self) -> Lang {
        if self.path.ends_with(".id.md") { Lang::Id } else { Lang::En }
    }

    /// The same document in the other language.
    pub fn translation(&self) -> Option<&'static Self> {
        match self.path.strip_suffix(".id.md") {
            Some(name) => Self::at(&format!("{name}.md")),
            None => Self::at(&format!("{}.id.md", self.path.strip_suffix(".md")?)),
        }
    }

    /// Where it is served as Markdown: as it lies in the repository, so that relative links lead to the right place.
    pub fn markdown_url(&self) -> String {
        format!("{}/{}", paths::DEVELOPER, self.path)
    }

    /// Where it is served as HTML.
    pub fn html_url(&self) -> String {
        format!("{}/{}.html", paths::DEVELOPER, self.path.strip_suffix(".md").unwrap_or(self.path))
    }
}

/// A paragraph without its marks: the text of a link is what is left of it.
fn plain(markdown: &str) -> String {
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
        let pages = Page::all().map(|page| page.path);
        let listed: BTreeSet<_> = pages.chain(ASSETS.iter().map(|asset| asset.path)).map(str::to_owned).collect();
        assert_eq!(there, listed, "src/docs/pages.rs has to list what is in docs/");
    }

    #[test]
    fn every_page_has_a_title_and_a_summary() {
        for page in Page::all() {
            assert!(page.markdown.starts_with("# "), "{} begins with its title", page.path);
            let summary = page.summary();
            assert!(summary.len() > 20 && !summary.starts_with(['#', '|', '`']), "{}: {summary:?}", page.path);
        }
    }
}
