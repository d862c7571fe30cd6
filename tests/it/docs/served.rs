//! The documents over HTTP.

use std::fs;

use nicepay_sim::testing::Simulator;
use scraper::{Html, Selector};

use super::{paths, root};

#[test]
fn every_page_is_served_as_html_and_as_it_is_written() {
    let sim = Simulator::start();
    for path in paths() {
        let markdown = sim.http().get(&format!("/__sim/{path}"));
        assert_eq!((markdown.status, markdown.header("content-type")), (200, Some("text/markdown; charset=utf-8")));
        assert!(markdown.body == fs::read_to_string(root().join(&path)).unwrap(), "{path}");

        let html = sim.http().get(&format!("/__sim/{}.html", path.strip_suffix(".md").unwrap()));
        assert_eq!((html.status, html.header("content-type")), (200, Some("text/html; charset=utf-8")));
        let policy = html.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let page = Html::parse_document(&html.body);
        let count = |css: &str| page.select(&Selector::parse(css).unwrap()).count();
        assert_eq!((count("h1"), count("main"), count("script"), count("[style]")), (1, 1, 0, 0), "{path}");
        let language = if path.ends_with(".id.md") { "html[lang=id]" } else { "html[lang=en]" };
        assert_eq!(count(language), 1, "{path}");
        assert_eq!(count("[aria-current=page]"), 1, "{path} is marked in the contents");
    }
}

#[test]
fn the_contents_and_the_index_for_programs_have_every_page() {
    let sim = Simulator::start();
    let contents = sim.http().get("/__sim/docs/?lang=en");
    assert!(contents.body.contains("<h1>Documentation</h1>"), "{}", contents.body);
    let indonesian = sim.http().get("/__sim/docs?lang=id");
    assert!(indonesian.body.contains("<h1>Dokumentasi</h1>"), "{}", indonesian.body);
    let index = sim.http().get("/__sim/llms.txt");
    assert_eq!((index.status, index.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert!(index.body.starts_with("# nicepay-sim\n\n> nicepay-sim is "), "{}", index.body);
    for path in paths() {
        let line = format!("](/__sim/{path}): ");
        assert_eq!(index.body.lines().filter(|one| one.starts_with("- [") && one.contains(&line)).count(), 1, "{path}");
        let link = format!("href=\"/__sim/{}.html\"", path.strip_suffix(".md").unwrap());
        assert!(contents.body.contains(&link), "{path}");
    }
}

#[test]
fn pictures_and_the_schema_are_served_and_a_probe_gets_no_body() {
    let sim = Simulator::start();
    let picture = sim.http().get("/__sim/docs/pictures/diagram.png");
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
    let schema = sim.http().get("/__sim/docs/scenario.schema.json");
    assert_eq!(schema.json()["title"], "A scenario of nicepay-sim");
    for path in
        ["/__sim/docs/", "/__sim/README.html", "/__sim/README.md", "/__sim/llms.txt", "/__sim/docs/PROTOCOL.html"]
    {
        let probe = sim.http().send("HEAD", path, &[], "");
        assert_eq!((probe.status, probe.body.as_str()), (200, ""), "{path}");
    }
}

#[test]
fn what_is_no_document_is_not_found() {
    let sim = Simulator::start();
    for path in [
        "/__sim/docs/nothing.html",
        "/__sim/docs/nothing.md",
        "/__sim/docs/../Cargo.toml",
        "/__sim/docs/%2e%2e/Cargo.toml",
        "/__sim/docs/guides/",
        "/__sim/docs/pictures/%3Cscript%3E.png",
        "/__sim/README",
        "/__sim/README.txt",
    ] {
        let answer = sim.http().get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("<script"), "{path}");
    }
    let page = sim.http().get("/__sim/docs/nothing.html?lang=en");
    assert!(page.body.contains("<h1 data-testid=\"problem\">Not found</h1>"), "{}", page.body);
    assert!(page.body.contains("href=\"/__sim/docs/\""), "{}", page.body);
    let written = sim.http().send("POST", "/__sim/docs/", &[("content-type", "text/plain")], "x");
    assert!([404, 405].contains(&written.status), "{}", written.status);
}

#[test]
fn pages_that_show_a_diagnosis_link_to_it() {
    let sim = Simulator::start();
    let shop = sim.shop();
    shop.register(&shop.order("order-1", 25_145).with("amt", "1.5"));
    let link = "<a href=\"/__sim/docs/reference/diagnoses.html#amt-format\"><code>amt/format</code></a>";
    let refused = sim.events("transaction.refused");
    let id = &refused[0]["id"];
    let page = sim.http().get(&format!("/__sim/events/{id}"));
    assert!(page.body.contains(link), "{}", page.body);
    let reference = sim.http().get("/__sim/docs/reference/diagnoses.html");
    assert!(reference.body.contains("<a id=\"amt-format\"></a><code>amt/format</code></h3>"));
    for path in ["/__sim/", "/"] {
        assert!(sim.http().get(path).body.contains("href=\"/__sim/docs/\""), "{path} leads to the documents");
    }
}

/// What the headers of the simulator name is in the reference: the slug, a colon, a sentence.
#[test]
fn the_reference_has_the_diagnoses_that_are_sent() {
    let sim = Simulator::start();
    let reference = fs::read_to_string(root().join("docs/reference/diagnoses.md")).unwrap();
    for (path, slug) in [
        ("/nicepay/nothing", "path/not-simulated"),
        ("/direct/v2/registration", "path/without-nicepay"),
        ("/kredivo/v2/signin?tk=nobodys", "page/unknown-link"),
    ] {
        assert_eq!(sim.http().get(path).diagnosis(), slug);
        assert!(reference.contains(&format!("\n### <a id=\"{}\"></a>`{slug}`\n", slug.replace('/', "-"))), "{slug}");
    }
}
