//! The integration report in its four formats: the same result in each, whatever a merchant has sent.

use nicepay_sim::testing::{Reply, Simulator};
use pulldown_cmark::{Event, Options, Parser, Tag};
use scraper::{Html, Selector};
use serde_json::{Value, json};

use crate::common::scene::Scene;

const REPORT: &str = "/__sim/api/report";
const FORMATS: [(&str, &str, &str); 4] = [
    ("json", "application/json", "json"),
    ("md", "text/markdown; charset=utf-8", "md"),
    ("html", "text/html; charset=utf-8", "html"),
    ("junit", "application/xml", "xml"),
];
/// What nobody would send who means well: markup of each format.
const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "]]></failure><b x='1'>&amp;",
    "a|b\\|c | d",
    "**x** [y](http://evil.test) `z` #1",
    "\u{202e}evil\u{2066} @everyone",
    "\"><svg onload=alert(1)>{{ 1 }}",
];

fn report(sim: &Simulator, query: &str) -> Reply {
    let reply = sim.http().get(&format!("{REPORT}{query}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.body);
    reply
}

/// Without what changes with each version of the program.
fn snapshot(reply: &Reply) -> String {
    reply.body.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn count_of_checks(sim: &Simulator) -> usize {
    report(sim, "").json()["checks"].as_array().unwrap().len()
}

fn state<'r>(report: &'r Value, id: &str) -> &'r str {
    let check = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == id);
    check.unwrap_or_else(|| panic!("no {id}: {report}"))["state"].as_str().unwrap()
}

/// A merchant that answers 200 to everything, never asks for the status, and signs one request wrongly.
fn careless() -> Scene {
    let scene = Scene::new();
    let paid = scene.begin("ORD-1");
    scene.sim.buyer().pay(&paid.payment);
    scene.sim.advance("2s");
    scene.sim.notify(&paid.answer.t_xid(), &json!({ "variant": "wrong-token" }));
    scene.sim.drain();
    scene.shop.cancel(&paid.answer, "2", "145");
    scene.shop.register(&scene.order("ORD-1"));
    scene.shop.register(&scene.order("ORD-2").with("merchantToken", "0".repeat(64)));
    scene
}

#[test]
fn a_careless_merchant_as_json() {
    let scene = careless();
    let report = report(&scene.sim, "");
    insta::assert_snapshot!(snapshot(&report));
    let report = report.json();
    for (id, expected) in [
        ("NP-01", "fail"),
        ("NP-03", "fail"),
        ("NP-09", "pass"),
        ("NP-10", "warning"),
        ("NP-21", "warning"),
        ("NP-33", "pass"),
        ("NP-36", "pass"),
        ("NP-32", "not-exercised"),
    ] {
        assert_eq!(state(&report, id), expected, "{id}");
    }
    assert_eq!(report["summary"]["state"], "fail");
}

#[test]
fn a_careless_merchant_as_markdown() {
    let scene = careless();
    insta::assert_snapshot!("markdown", snapshot(&report(&scene.sim, "?format=md")));
    insta::assert_snapshot!("markdown_indonesian", snapshot(&report(&scene.sim, "?format=md&lang=id")));
}

#[test]
fn a_careless_merchant_as_html() {
    let scene = careless();
    let page = report(&scene.sim, "?format=html");
    insta::assert_snapshot!(snapshot(&page));
    assert_eq!(
        page.header("content-security-policy"),
        Some("sandbox; default-src 'none'; style-src 'unsafe-inline'"),
        "it runs nothing and loads nothing"
    );
    let html = Html::parse_document(&page.body);
    let all = |selector: &str| html.select(&Selector::parse(selector).unwrap()).collect::<Vec<_>>();
    assert_eq!(html.errors, [""; 0]);
    assert_eq!(
        (all("[data-testid=check]").len(), all("[data-testid=drawing] svg").len()),
        (count_of_checks(&scene.sim), 1)
    );
    assert!(all("script, link, img, iframe, [src], [style]").is_empty(), "no external parts");
    let mut ids: Vec<_> = all("[id]").iter().map(|element| element.attr("id").unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "each id once");
    for link in all("a[href]") {
        let target = link.attr("href").unwrap().strip_prefix('#').unwrap();
        assert!(ids.contains(&target), "#{target}");
    }
    for labelled in all("[aria-labelledby]") {
        assert!(
            labelled.attr("aria-labelledby").unwrap().split(' ').all(|id| ids.contains(&id)),
            "{}",
            labelled.html()
        );
    }
}

#[test]
fn a_careless_merchant_as_junit() {
    let scene = careless();
    let report = report(&scene.sim, "?format=junit");
    insta::assert_snapshot!(snapshot(&report));
    let document = roxmltree::Document::parse(&report.body).unwrap();
    let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!((count("testsuite"), count("testcase")), (5, count_of_checks(&scene.sim)));
    let root = document.root_element();
    for (attribute, element) in [("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")] {
        assert_eq!(root.attribute(attribute).unwrap(), count(element).to_string(), "{attribute}");
    }
}

#[test]
fn every_format_has_the_same_result() {
    let scene = careless();
    for lang in ["en", "id"] {
        let json = report(&scene.sim, &format!("?lang={lang}")).json();
        let [markdown, html, junit] =
            ["md", "html", "junit"].map(|format| report(&scene.sim, &format!("?format={format}&lang={lang}")).body);
        let html = Html::parse_document(&html);
        let junit = roxmltree::Document::parse(&junit).unwrap();
        for check in json["checks"].as_array().unwrap() {
            let (id, title, state) =
                (check["id"].as_str().unwrap(), check["title"].as_str().unwrap(), check["state"].as_str().unwrap());
            let selector = Selector::parse(&format!("#{id}")).unwrap();
            let shown = html.select(&selector).next().unwrap_or_else(|| panic!("{id}"));
            assert_eq!(shown.attr("data-state"), Some(state), "{id}");
            assert!(shown.text().collect::<String>().contains(title), "{id}");
            let case =
                junit.descendants().find(|node| node.attribute("name") == Some(&format!("{id} {title}"))).unwrap();
            let expected = match state {
                "fail" => Some("failure"),
                "warning" => Some("system-out"),
                "pass" => None,
                _ => Some("skipped"),
            };
            assert_eq!(case.first_element_child().map(|node| node.tag_name().name()), expected, "{id}");
            let rows: Vec<_> = markdown.lines().filter(|line| line.starts_with(&format!("| {id} {title} |"))).collect();
            assert_eq!(rows.len(), 1, "{id}");
        }
    }
}

#[test]
fn without_traffic_nothing_passes() {
    let sim = Simulator::start();
    let json = report(&sim, "?iMid=IONPAYTEST").json();
    let summary = &json["summary"];
    assert_eq!((&summary["state"], &summary["pass"]), (&json!("not-exercised"), &json!(0)));
    let checks = count_of_checks(&sim);
    assert_eq!((&summary["notExercised"], summary.get("events")), (&json!(checks), None));
    let states = json["checks"].as_array().unwrap().iter().map(|check| check["state"].as_str().unwrap());
    assert!(states.into_iter().all(|state| state == "not-exercised"));
    for (format, says) in [
        ("md", "**NOT EXERCISED**: Nothing was judged: there is no result."),
        ("html", "Nothing was judged: there is no result."),
        ("junit", &format!("tests=\"{checks}\" failures=\"0\" errors=\"0\" skipped=\"{checks}\"")),
    ] {
        let text = report(&sim, &format!("?format={format}")).body;
        assert!(text.contains(says), "{text}");
    }
    assert!(report(&sim, "?format=html").body.contains("No request arrived."));
}

#[test]
fn what_merchants_write_means_nothing() {
    let scene = Scene::new();
    scene.mailbox.answer(500);
    for (i, hostile) in HOSTILE.into_iter().enumerate() {
        let reference_no = format!("{i}{hostile}");
        assert!(reference_no.chars().count() <= 40);
        let paid = scene.begin(&reference_no);
        scene.sim.buyer().pay(&paid.payment);
    }
    scene.sim.advance("2s");
    let json = report(&scene.sim, "").json();
    assert_eq!(state(&json, "NP-09"), "fail");
    for (i, hostile) in HOSTILE.into_iter().enumerate() {
        let evidence = json["checks"][8]["evidence"].as_array().unwrap();
        assert!(evidence.iter().any(|evidence| evidence["referenceNo"] == format!("{i}{hostile}")), "{hostile}");
    }
    let html = report(&scene.sim, "?format=html").body;
    assert!(html.contains("&#60;script&#62;alert(1)"), "it is there as text");
    let html = Html::parse_document(&html);
    for element in html.tree.nodes().filter_map(|node| node.value().as_element()) {
        let known = [
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "header",
            "main",
            "section",
            "article",
            "div",
            "p",
            "span",
            "bdi",
            "b",
            "code",
            "h1",
            "h2",
            "h3",
            "ol",
            "ul",
            "li",
            "dl",
            "dt",
            "dd",
            "a",
            "figure",
            "figcaption",
            "svg",
            "desc",
            "rect",
            "line",
            "text",
            "g",
            "path",
        ];
        assert!(known.contains(&element.name()), "a <{}>", element.name());
        assert!(element.attrs().all(|(name, _)| !name.starts_with("on")), "{element:?}");
    }
    let junit = report(&scene.sim, "?format=junit").body;
    let junit = roxmltree::Document::parse(&junit).unwrap_or_else(|error| panic!("{error}"));
    assert!(junit.descendants().all(|node| node.tag_name().name() != "b"));
    let markdown = report(&scene.sim, "?format=md").body;
    assert!(!markdown.contains(" @everyone"), "nobody is called");
    let mut cells = Vec::new();
    for event in Parser::new_ext(&markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => panic!("{html}"),
            Event::Start(Tag::Link { dest_url, .. }) => panic!("a link to {dest_url}"),
            Event::Start(Tag::TableRow) => cells.push(0),
            Event::Start(Tag::TableCell) => cells.iter_mut().last().into_iter().for_each(|cells| *cells += 1),
            _ => {}
        }
    }
    assert_eq!(cells, vec![4; count_of_checks(&scene.sim)]);
}

#[test]
fn a_report_is_on_one_merchant_or_on_all() {
    let scene = careless();
    let other = scene.sim.new_shop("MYSHOP0001", "a-key-of-my-own");
    other.register(&other.order("THEIRS", 25_145));
    let payments = |query: &str| report(&scene.sim, query).json()["summary"]["payments"].clone();
    assert_eq!((payments(""), payments("?iMid=MYSHOP0001"), payments("?iMid=")), (json!(2), json!(1), json!(2)));
    let theirs = report(&scene.sim, "?iMid=MYSHOP0001").json();
    assert_eq!((&theirs["summary"]["iMid"], &theirs["summary"]["fail"]), (&json!("MYSHOP0001"), &json!(0)));
    // What a reset hides is gone, and was not dropped.
    scene.sim.http().post_json("/__sim/api/reset", &json!({ "iMid": "MYSHOP0001" }));
    let theirs = report(&scene.sim, "?iMid=MYSHOP0001").json();
    assert_eq!((&theirs["summary"]["payments"], theirs["summary"].get("eventsDroppedUpto")), (&json!(0), None));
}

#[test]
fn a_wrong_parameter_is_refused() {
    let sim = Simulator::start();
    for (query, status, detail) in [
        ("?format=pdf", 422, "format is one of json, md, html, junit"),
        ("?lang=fr", 422, "lang is one of en, id"),
        ("?download=yes", 422, "download is one of 0, 1"),
        ("?iMid=NOBODY", 404, "there is no merchant \"NOBODY\""),
        ("?iMid=no%20iMid", 422, "IMid must be 1 to 20 ASCII letters or digits"),
    ] {
        let reply = sim.http().get(&format!("{REPORT}{query}"));
        assert_eq!((reply.status, &reply.json()["detail"]), (status, &json!(detail)), "{query}");
    }
    assert_eq!(sim.http().post_json(REPORT, &json!({})).status, 405);
}

#[test]
fn a_report_is_served_as_what_it_is() {
    let sim = Simulator::start();
    for (format, media_type, ending) in FORMATS {
        for (download, place) in [("", "inline"), ("&download=1", "attachment")] {
            let reply = report(&sim, &format!("?format={format}{download}"));
            assert_eq!(reply.header("content-type"), Some(media_type), "{format}");
            let disposition = format!("{place}; filename=\"integration-report.{ending}\"");
            assert_eq!(reply.header("content-disposition"), Some(disposition.as_str()));
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        }
    }
    assert_eq!(report(&sim, "").body, report(&sim, "?format=json&lang=en&iMid=").body);
}

#[test]
fn a_log_that_was_too_short_is_said_at_the_top() {
    // Of 24 events the log keeps 12; of all exchanges the bytes of the last ones.
    for (settings, upto) in [("max-events = 12", true), ("max-event-bytes = 4096", true), ("max-events = 10000", false)]
    {
        let sim = Simulator::builder().settings(settings).start();
        let shop = sim.shop();
        (0..8).for_each(|i| drop(shop.register(&shop.order(&format!("ORD-{i}"), 25_145))));
        let dropped = report(&sim, "").json()["summary"]["eventsDroppedUpto"].clone();
        assert_eq!(dropped.is_u64(), upto, "{settings}: {dropped}");
        for (format, mark) in [
            ("md", "> **Incomplete.** The log was too short"),
            ("html", "data-testid=\"limit\">The log was too short"),
            ("junit", "name=\"incomplete\""),
        ] {
            assert_eq!(report(&sim, &format!("?format={format}")).body.contains(mark), upto, "{settings} {format}");
        }
    }
}
