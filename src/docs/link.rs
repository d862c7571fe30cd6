//! Resolves the links of documents that are served below `/__sim/`.

use super::documents::{ASSETS, Document};
use crate::paths;

/// The address of the link `to` in the document at `from`; none if its target is not served, such as a source file.
pub(super) fn resolve_link(from: &str, to: &str) -> Option<String> {
    // A scheme, an address on this host or an anchor on the same page stay as they are.
    let has_scheme = to.split_once(':').is_some_and(|(scheme, _)| scheme.bytes().all(|b| b.is_ascii_alphabetic()));
    if has_scheme || to.starts_with(['/', '#']) {
        return Some(to.to_owned());
    }
    let (file, anchor) = to.find('#').map_or((to, ""), |at| to.split_at(at));
    let path = join_path(from, file);
    if path == "docs/openapi.json" {
        return Some(paths::OPENAPI.to_owned());
    }
    if let Some(document) = Document::find(&path) {
        return Some(document.html_url() + anchor);
    }
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    Some(format!("{}/{}", paths::DEVELOPER, asset.path))
}

/// The path in the repository that the relative path `to` means in the document at `from`.
fn join_path(from: &str, to: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_served_documents() {
        for (from, to, leads_to) in [
            ("README.md", "docs/PROTOCOL.md#42-x", Some("/__sim/docs/PROTOCOL.html#42-x")),
            ("docs/guides/x.md", "../../README.md", Some("/__sim/README.html")),
            ("docs/guides/x.md", "../reference/events.md", Some("/__sim/docs/reference/events.html")),
            ("docs/PROTOCOL.md", "pictures/demo.png", Some("/__sim/docs/pictures/demo.png")),
            ("README.md", "docs/openapi.json", Some("/__sim/openapi.json")),
            ("README.md", "#start", Some("#start")),
            ("README.md", "https://rustup.rs", Some("https://rustup.rs")),
            ("README.md", "src/demo/nicepay", None),
            ("docs/x.md", "../LICENSE-MIT", None),
        ] {
            assert_eq!(resolve_link(from, to).as_deref(), leads_to, "{from}: {to}");
        }
    }
}
