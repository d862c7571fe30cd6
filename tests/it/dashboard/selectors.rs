//! The selectors are a contract: `docs/reference/selectors.md` lists them, and every page keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use nicepay_sim::testing::{Answer, Buyer, Login, Simulator};
use scraper::Html;
use serde_json::json;

use super::{API, NOBODY, PAGES, lively, post, register, select};

/// What somebody can press, fill in, open or go to.
const CONTROLS: &str = "button, input:not([type=hidden]), select, textarea, summary, nav a, a.button, a.card, a.skip, \
                        a.switch, a[download], a[data-open], a[href^='/__sim/?q='], a[href^='/__sim/?rule=']";

/// What a list of pages has.
#[derive(Default)]
struct Seen {
    /// Each `data-testid`, and a page that has it.
    testids: BTreeMap<String, String>,
    wrong: Vec<String>,
}

impl Seen {
    fn look_at(&mut self, path: &str, html: &Html) {
        let mut ids = BTreeSet::new();
        for element in html.select(&select("[id]")) {
            let id = element.attr("id").unwrap();
            if !ids.insert(id.to_owned()) {
                self.wrong.push(format!("{path}: the id {id} stands there twice"));
            }
        }
        for element in html.select(&select("[data-testid]")) {
            self.testids.entry(element.attr("data-testid").unwrap().to_owned()).or_insert_with(|| path.to_owned());
        }
        for element in html.select(&select(CONTROLS)) {
            if element.attr("data-testid").is_none_or(str::is_empty) {
                self.wrong.push(format!("{path}: {}", element.html().chars().take(160).collect::<String>()));
            }
        }
    }

    /// Reads a page and all that it leads to, in a browser.
    fn crawl(&mut self, browser: &mut Buyer, begin: Vec<String>, is_wanted: impl Fn(&str) -> bool) -> usize {
        let (mut known, mut ahead) = (BTreeSet::new(), begin);
        while let Some(path) = ahead.pop() {
            let path = path.split('#').next().unwrap().to_owned();
            if !is_wanted(&path) || !known.insert(path.clone()) {
                continue;
            }
            let reply = browser.get(&path);
            if reply.status != 200 || !reply.header("content-type").unwrap().starts_with("text/html") {
                continue;
            }
            let html = Html::parse_document(&reply.body);
            self.look_at(&path, &html);
            ahead.extend(html.select(&select("a[href]")).map(|link| link.attr("href").unwrap().to_owned()));
        }
        known.len()
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The `data-testid`s that the document lists; `…` stands for any text.
fn listed() -> BTreeSet<String> {
    let document = read("docs/reference/selectors.md");
    let mut listed = BTreeSet::new();
    for section in document.split("\n## ").skip(1) {
        // In the last sections, the page stands first.
        let column = usize::from(!section.contains("| `data-testid` | What it is |")) + 1;
        for row in section.lines().filter(|line| line.starts_with("| ")).skip(1) {
            let cell = row.split('|').nth(column).unwrap();
            listed.extend(cell.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    listed
}

fn fits(pattern: &str, testid: &str) -> bool {
    pattern.strip_suffix('…').map_or(pattern == testid, |begin| testid.starts_with(begin))
}

/// A simulator that has something of everything on its pages.
fn full() -> (Simulator, Vec<String>) {
    let (sim, _) = lively();
    let shop = sim.shop();
    let inbox = format!("{}/__sim/inbox", sim.url());
    let order = shop.order("inbox", 25_145).notify(&inbox);
    let paid = shop.register(&order).t_xid();
    sim.notify_next("changed-status");
    sim.http().post_json(&format!("{API}/transactions/{paid}/buyer"), &json!({ "do": "approve" }));
    sim.advance("2s");
    post(&sim, "/__sim/inbox", &[], "tXid=x&amt=1&merchantToken=y&iMid=PAYLOANTES");
    let retried = shop.register(&shop.order("retried", 25_145).notify(NOBODY)).t_xid();
    sim.http().post_json(&format!("{API}/transactions/{retried}/buyer"), &json!({ "do": "approve" }));
    let talkative = sim.receiver();
    talkative.answer_with(|_| Answer { body: r#"{"data": {"stored": true}}"#.to_owned(), ..Answer::status(200) });
    let told = shop.register(&shop.order("told", 25_145).notify(talkative.url())).t_xid();
    sim.http().post_json(&format!("{API}/transactions/{told}/buyer"), &json!({ "do": "approve" }));
    sim.advance("2s");
    sim.rule(&json!({ "id": "used", "times": 1, "then": { "outcome": "reject" } }));
    register(&sim, "declined-by-rule");
    register(&sim, "waits");
    shop.register(&shop.order("refused", 25_145).with("amt", "1.5"));
    shop.inquire(&order, &shop.register(&shop.order("unlike", 1)));
    for number in 0..60 {
        register(&sim, &format!("many-{number}"));
    }
    let begin = PAGES.map(str::to_owned).into_iter().chain([
        "/".to_owned(),
        "/__sim/?q=nothing".to_owned(),
        "/__sim/?rule=used&status=8".to_owned(),
        "/__sim/rules?edit=used".to_owned(),
        "/__sim/rules?edit=nobody".to_owned(),
        "/__sim/?done=reset".to_owned(),
        format!("/__sim/transactions/{paid}"),
        format!("/__sim/transactions/{retried}"),
        format!("/__sim/transactions/{told}"),
    ]);
    let begin = begin.collect();
    (sim, begin)
}

/// A customer who has gone through the demo shop.
fn shopping(seen: &mut Seen) -> Simulator {
    let sim = Simulator::builder().demo().start();
    let mut customer = sim.buyer();
    customer.get("/demo/?lang=en");
    let pages = |customer: &mut Buyer, seen: &mut Seen, begin: &str| {
        let is_demo = |path: &str| path.starts_with("/demo/") && !path.contains("lang=");
        seen.crawl(customer, vec![begin.to_owned()], is_demo)
    };
    assert!(pages(&mut customer, seen, "/demo/") > 4);
    let bought = customer.post("/demo/orders", &[("product", "set-seduh"), ("link", "1")]);
    let back = customer.pay_as(bought.location(), Login { months: "12", ..Login::default() });
    customer.get(&back);
    pages(&mut customer, seen, "/demo/account");
    sim.advance("2s");
    pages(&mut customer, seen, "/demo/account");
    customer.get("/demo/orders/nobody");
    seen.crawl(&mut customer, vec!["/demo/checkout?product=set-seduh".to_owned()], |path| path.starts_with("/demo/"));
    sim
}

#[test]
fn every_control_has_a_selector_and_the_document_lists_it() {
    let mut seen = Seen::default();
    let empty = Simulator::builder().demo().start();
    seen.crawl(&mut empty.buyer(), vec!["/".to_owned(), "/__sim/".to_owned()], |path| {
        path == "/" || path.starts_with("/__sim/") && !path.starts_with("/__sim/docs")
    });
    let (sim, begin) = full();
    let is_ours = |path: &str| {
        path == "/"
            || path.starts_with("/__sim/")
                && !["/__sim/docs", "/__sim/api"].iter().any(|out| path.starts_with(out))
                && !path.contains("lang=")
    };
    let pages = seen.crawl(&mut sim.buyer(), begin, is_ours);
    assert!(pages > 100, "{pages}");
    let missing = sim.http().send("GET", "/__sim/transactions/nobody", &[("accept", "text/html")], "");
    seen.look_at("a page that is not there", &Html::parse_document(&missing.body));
    shopping(&mut seen);
    assert!(seen.wrong.is_empty(), "{:#?}", seen.wrong);

    let listed = listed();
    assert!(listed.len() > 250, "{}", listed.len());
    let unlisted: Vec<_> =
        seen.testids.iter().filter(|(testid, _)| !listed.iter().any(|pattern| fits(pattern, testid))).collect();
    assert!(unlisted.is_empty(), "docs/reference/selectors.md does not list {unlisted:#?}");
    // What only a rare page has stands in its template.
    let templates: String =
        ["dashboard", "demo", "page"].iter().flat_map(|of| sources(&format!("templates/{of}"))).collect();
    let is_used = |pattern: &&String| {
        seen.testids.keys().any(|testid| fits(pattern, testid)) || templates.contains(&format!("\"{pattern}\""))
    };
    let unused: Vec<_> = listed.iter().filter(|pattern| !is_used(pattern)).collect();
    assert!(unused.is_empty(), "docs/reference/selectors.md lists what no page has: {unused:#?}");
}

/// The files of a folder.
fn sources(folder: &str) -> Vec<String> {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

#[test]
fn rows_say_what_they_are_about() {
    let (sim, _) = full();
    let shown = sim.http().get(&format!("{API}/transactions?limit=100")).json();
    let stages: BTreeMap<_, _> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|of| (of["tXid"].as_str().unwrap(), of["stage"]["stage"].as_str().or(of["stage"].as_str()).unwrap()))
        .collect();
    for path in ["/", "/__sim/", "/__sim/?outcome=approved", "/__sim/?outcome=declined"] {
        let html = Html::parse_document(&sim.http().get(path).body);
        let rows: Vec<_> = html.select(&select("[data-testid=transaction]")).collect();
        assert!(!rows.is_empty(), "{path}");
        for row in rows {
            let (t_xid, stage) = (row.attr("data-txid").unwrap(), row.attr("data-stage").unwrap());
            assert_eq!(stages.get(t_xid), Some(&stage), "{path}: {t_xid}");
            assert_eq!(row.attr("data-delivery").is_some(), path != "/", "{path}");
        }
    }
    let html = Html::parse_document(&sim.http().get("/__sim/bindings").body);
    let bindings: Vec<_> = html.select(&select("[data-testid=binding]")).collect();
    let of = |name: &str| bindings.iter().map(|row| row.attr(name).unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(of("data-binding"), ["2", "1"]);
    assert!(of("data-stage").iter().all(|stage| !stage.is_empty()));
}
