//! Every link of a document leads somewhere: in the repository, and as it is served.

use std::collections::BTreeMap;

use nicepay_sim::testing::Simulator;
use pulldown_cmark::{Event, Options, Parser, Tag};
use scraper::{Html, Selector};

use super::{paths, root};

/// Links of a document that stay in the repository.
fn relative(text: &str) -> Vec<String> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    let links = events.filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    links.filter(|link| !link.contains("://") && !link.starts_with(['#', '/'])).collect()
}

#[test]
fn every_file_that_a_page_links_to_exists() {
    for path in paths() {
        let file = root().join(&path);
        let text = std::fs::read_to_string(&file).unwrap();
        for link in relative(&text) {
            let to = file.parent().unwrap().join(link.split('#').next().unwrap());
            assert!(to.exists(), "{path} links to {link}");
        }
    }
}

/// Anchors and served links: pages are asked for as a browser would.
#[test]
fn every_link_of_a_served_page_leads_to_something_that_is_there() {
    let sim = Simulator::start();
    let mut pages: BTreeMap<String, Html> = BTreeMap::new();
    for path in paths() {
        let url = format!("/__sim/{}.html", path.strip_suffix(".md").unwrap());
        let answer = sim.http().get(&url);
        assert_eq!(answer.status, 200, "{url}");
        pages.insert(url, Html::parse_document(&answer.body));
    }
    let links = Selector::parse("a[href], img[src], link[href]").unwrap();
    let mut wrong = Vec::new();
    for (url, page) in &pages {
        for element in page.select(&links) {
            let to = element.attr("href").or(element.attr("src")).unwrap();
            if to.contains("://") {
                continue;
            }
            let (file, anchor) = to.split_once('#').unwrap_or((to, ""));
            let file = if file.is_empty() { url } else { file };
            assert!(file.starts_with('/'), "{url}: {to}");
            let target = pages.get(file);
            if target.is_none() && sim.http().get(file).status != 200 {
                wrong.push(format!("{url}: {to} is not there"));
            }
            let has_anchor = |page: &Html| {
                page.tree
                    .nodes()
                    .any(|node| node.value().as_element().is_some_and(|element| element.id() == Some(anchor)))
            };
            if !anchor.is_empty() && target.is_some_and(|page| !has_anchor(page)) {
                wrong.push(format!("{url}: {to} has no such anchor"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
