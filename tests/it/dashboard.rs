//! The dashboard, through sockets, as a browser without JavaScript meets it. Whatever page a test opens is held against
//! what holds for every page: see [`Page::of`].

mod buttons;
mod first_request;
mod hostile;
mod links;
mod list;
mod live;
mod refusals;
mod report;
mod reset;
mod rules;
mod selectors;
mod shown;

use std::collections::BTreeSet;

use nicepay_sim::testing::{Reply, Simulator};
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};

const API: &str = "/__sim/api";
const ACTIONS: &str = "/__sim/actions";
const KEY: &str = "a-merchant-key-that-nobody-may-ever-see";
/// Nobody is there.
const NOBODY: &str = "http://127.0.0.1:9/notify";
/// Pages that are there from the beginning.
const PAGES: [&str; 10] = [
    "/__sim/",
    "/__sim/bindings",
    "/__sim/inbox",
    "/__sim/inbox/suite-1",
    "/__sim/report",
    "/__sim/log",
    "/__sim/rules",
    "/__sim/shoppers",
    "/__sim/tokens",
    "/__sim/merchants",
];

fn select(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect()
}

/// A page that a browser has opened.
struct Page {
    path: String,
    status: u16,
    html: Html,
}

/// What a browser would send for a form and one of its buttons.
struct Filled {
    action: String,
    post: bool,
    fields: Vec<(String, String)>,
}

impl Page {
    fn open(sim: &Simulator, path: &str) -> Self {
        Self::in_language(sim, path, "en")
    }

    fn in_language(sim: &Simulator, path: &str, language: &str) -> Self {
        let page = Self::of(sim, path, &sim.http().send("GET", path, &[("accept-language", language)], ""));
        assert_eq!(page.status, 200, "{path}");
        page
    }

    /// Reads a page, and holds it against what holds for every page.
    fn of(sim: &Simulator, path: &str, reply: &Reply) -> Self {
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{path}: {name} of {}", reply.body);
        }
        let policy = reply.header("content-security-policy").unwrap();
        let policy: BTreeSet<_> = policy.split(';').map(str::trim).collect();
        let wanted = [
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "img-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "connect-src 'self'",
            "worker-src 'self'",
        ];
        assert_eq!(policy, BTreeSet::from(wanted), "{path}");
        let html = Html::parse_document(&reply.body);
        let page = Self { path: path.to_owned(), status: reply.status, html };
        page.has_only_what_is_ours(sim);
        page.is_well_made();
        page
    }

    fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        self.html.select(&select(selector)).collect()
    }

    fn tested(&self, testid: &str) -> Vec<ElementRef<'_>> {
        self.all(&format!("[data-testid={testid}]"))
    }

    /// The text of the one element that a test calls so; none where there is none.
    fn maybe(&self, testid: &str) -> Option<String> {
        let found = self.tested(testid);
        assert!(found.len() <= 1, "{}: {} are called {testid}", self.path, found.len());
        found.first().map(|element| text(*element))
    }

    #[track_caller]
    fn says(&self, testid: &str) -> String {
        self.maybe(testid).unwrap_or_else(|| panic!("{}: nothing is called {testid}: {}", self.path, self.text()))
    }

    fn text(&self) -> String {
        text(self.all("body")[0])
    }

    /// No element and no attribute that we did not write, and no way out of the simulator.
    fn has_only_what_is_ours(&self, sim: &Simulator) {
        for script in self.all("script") {
            let source = script.attr("src").unwrap_or_default();
            assert!(source.starts_with("/__sim/assets/") && text(script).is_empty(), "{}: {source}", self.path);
        }
        for element in self.all("*") {
            let name = element.value().name();
            let known = [
                "html", "head", "meta", "title", "link", "script", "body", "a", "header", "footer", "nav", "main",
                "section", "div", "p", "span", "bdi", "code", "strong", "time", "h1", "h2", "h3", "ul", "ol", "li",
                "dl", "dt", "dd", "pre", "details", "summary", "form", "fieldset", "legend", "label", "input",
                "select", "option", "textarea", "button", "dialog", "kbd", "mark",
            ];
            assert!(known.contains(&name), "{}: a <{name}>: {}", self.path, element.html());
            for (attribute, value) in element.value().attrs() {
                let known = [
                    "lang",
                    "hreflang",
                    "charset",
                    "name",
                    "content",
                    "rel",
                    "href",
                    "src",
                    "type",
                    "datetime",
                    "checked",
                    "class",
                    "id",
                    "for",
                    "role",
                    "tabindex",
                    "title",
                    "download",
                    "open",
                    "hidden",
                    "method",
                    "action",
                    "value",
                    "selected",
                    "required",
                    "placeholder",
                    "inputmode",
                    "autocomplete",
                    "spellcheck",
                    "rows",
                    "checked",
                ];
                let ours =
                    known.contains(&attribute) || attribute.starts_with("data-") || attribute.starts_with("aria-");
                assert!(ours, "{}: {attribute}={value:?}", self.path);
                if ["href", "src", "action"].contains(&attribute) {
                    let inside = value.starts_with(['/', '#']) && !value.starts_with("//")
                        || value.strip_prefix(sim.url()).is_some_and(|path| path.starts_with('/'));
                    assert!(inside, "{}: {value} leaves the simulator", self.path);
                }
            }
        }
    }

    /// Numbers once, fields with names, forms that say where to go on, what is said about others is there.
    fn is_well_made(&self) {
        let mut ids = BTreeSet::new();
        for element in self.all("[id]") {
            assert!(ids.insert(element.attr("id").unwrap()), "{}: {:?} twice", self.path, element.attr("id"));
        }
        for by in self.all("[aria-labelledby]").iter().flat_map(|e| e.attr("aria-labelledby").unwrap().split(' ')) {
            assert!(ids.contains(by), "{}: {by} is nobody's id", self.path);
        }
        for list in self.all("[data-keyed]") {
            let keys: Vec<_> = list.select(&select("[data-key]")).map(|item| item.attr("data-key").unwrap()).collect();
            assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{}: {keys:?}", self.path);
        }
        for field in
            self.all("input, select, textarea").into_iter().filter(|field| field.attr("type") != Some("hidden"))
        {
            let mut labels = field.ancestors().filter_map(ElementRef::wrap).filter(|e| e.value().name() == "label");
            let label = labels.next().map(|label| label.select(&select("span")).map(text).collect::<String>());
            assert!(
                label.is_some_and(|label| !label.trim().is_empty()),
                "{}: {} has no label",
                self.path,
                field.html()
            );
        }
        for button in self.all("button") {
            assert!(!text(button).trim().is_empty(), "{}: {} has no name", self.path, button.html());
            // A script makes copy buttons work, and only then they are seen.
            let copies = ["data-copy", "data-copy-from"].iter().any(|name| button.attr(name).is_some());
            assert!(copies || form_of(button).is_some(), "{}: {} does nothing", self.path, button.html());
        }
        for form in self.all("form[method=post]") {
            assert!(form.attr("action").unwrap().starts_with("/__sim/actions/"), "{}: {}", self.path, form.html());
            let hidden = |name: &str| form.select(&select(&format!("input[type=hidden][name={name}]"))).count();
            assert_eq!((hidden("_back"), hidden("_done")), (1, 1), "{}: {}", self.path, form.html());
        }
        assert_eq!(self.all("h1").len(), 1, "{}", self.path);
    }

    /// Where links lead, without what only the browser reads.
    fn links(&self) -> BTreeSet<String> {
        let links = self.all("a[href], link[href], script[src]");
        let links = links.iter().filter_map(|link| link.attr("href").or(link.attr("src")));
        links.map(|link| link.split('#').next().unwrap().to_owned()).filter(|link| !link.is_empty()).collect()
    }

    /// What a browser sends when one clicks the first button of that name.
    fn form(&self, button: &str) -> Filled {
        self.form_where(button, |_| true)
    }

    /// The same of a button in whose form something stands.
    #[track_caller]
    fn form_where(&self, button: &str, fits: impl Fn(&str) -> bool) -> Filled {
        let found = self.tested(button).into_iter().find(|found| fits(&form_of(*found).unwrap().html()));
        let Some(found) = found else { panic!("{}: no button {button}: {}", self.path, self.text()) };
        Filled::by(found)
    }

    /// What can be chosen in the field that a test calls so.
    fn options(&self, testid: &str) -> Vec<String> {
        self.all(&format!("[data-testid={testid}] option")).into_iter().map(value_of).collect()
    }
}

fn value_of(option: ElementRef<'_>) -> String {
    option.attr("value").map_or_else(|| text(option), str::to_owned)
}

fn form_of(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    element.ancestors().filter_map(ElementRef::wrap).find(|element| element.value().name() == "form")
}

impl Filled {
    /// The form of a button, as it stands on the page.
    fn by(button: ElementRef<'_>) -> Self {
        let form = form_of(button).unwrap();
        let mut fields = Vec::new();
        for field in form.select(&select("input[name], select[name], textarea[name]")) {
            let value = match field.value().name() {
                "select" => {
                    let options: Vec<_> = field.select(&select("option")).collect();
                    let chosen = options.iter().find(|option| option.attr("selected").is_some()).or(options.first());
                    chosen.map(|option| value_of(*option)).unwrap_or_default()
                }
                "textarea" => text(field),
                _ => field.attr("value").unwrap_or_default().to_owned(),
            };
            fields.push((field.attr("name").unwrap().to_owned(), value));
        }
        if let Some(name) = button.attr("name") {
            fields.push((name.to_owned(), button.attr("value").unwrap_or_default().to_owned()));
        }
        let (action, method) = (form.attr("action").unwrap(), form.attr("method").unwrap());
        Self { action: action.to_owned(), post: method == "post", fields }
    }

    /// Fills a field, which must be there.
    #[track_caller]
    fn with(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(known, _)| known == name);
        let Some((_, field)) = field else { panic!("{} has no field {name}", self.action) };
        value.clone_into(field);
        self
    }

    fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }

    fn send(&self, sim: &Simulator) -> Reply {
        self.send_as(sim, "en")
    }

    fn send_as(&self, sim: &Simulator, language: &str) -> Reply {
        assert!(self.post);
        post(sim, &self.action, &[("accept-language", language)], self.encoded())
    }
}

/// Posts a form as a page of the simulator does.
fn post(sim: &Simulator, action: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers: Vec<_> = [form, ("origin", sim.url())].into_iter().chain(headers.iter().copied()).collect();
    sim.http().send("POST", action, &headers, body)
}

/// Presses a button and follows it to the page that it comes back to.
#[track_caller]
fn press(sim: &Simulator, form: &Filled) -> Page {
    let reply = form.send(sim);
    assert_eq!(reply.status, 303, "{}: {}", form.action, reply.body);
    let location = reply.location().to_owned();
    let (back, done) = (form.field("_back"), form.field("_done"));
    // Behind the key stand the events of a move of the clock.
    let (before, after) = location.split_once(&format!("done={done}")).unwrap();
    let rest = after.find(['&', '#']).map_or("", |at| &after[at..]);
    let came_from = format!("{}{rest}", before.trim_end_matches(['?', '&']));
    assert_eq!(came_from, back, "{}", form.action);
    let here = location.split('#').next().unwrap();
    let [id, en] = ["id", "en"].map(|language| Page::in_language(sim, here, language));
    let said = [id.says("done"), en.says("done")];
    assert!(said[0] != said[1] && said.iter().all(|said| said.len() > 10), "{said:?}");
    // It is said once: what the page links to itself with says nothing of it.
    assert!(!en.all("[href*='done='], [value*='done=']").iter().any(|_| true), "{here}");
    en
}

fn buyer(sim: &Simulator, t_xid: &str, act: &Value) {
    let played = sim.http().post_json(&format!("{API}/transactions/{t_xid}/buyer"), act);
    assert_eq!(played.status, 200, "{}", played.body);
}

fn register(sim: &Simulator, reference_no: &str) -> String {
    let shop = sim.shop();
    shop.register(&shop.order(reference_no, 25_145)).t_xid()
}

/// A simulator in which something of everything has happened, in a fixed order.
fn lively() -> (Simulator, Vec<String>) {
    let sim = Simulator::start();
    let shop = sim.shop();
    let mut t_xids = Vec::new();
    for act in ["approve", "review", "reject", "abandon"] {
        let t_xid = register(&sim, act);
        buyer(&sim, &t_xid, &json!({ "do": act }));
        t_xids.push(t_xid);
    }
    sim.advance("2s");
    t_xids.push(register(&sim, "open"));
    let tokenized = shop.register(&shop.order("token", 30_000).tokenize("customer-7")).t_xid();
    buyer(&sim, &tokenized, &json!({ "do": "approve" }));
    t_xids.push(tokenized);
    sim.notify(&t_xids[0], &json!({ "variant": "changed-status" }));
    sim.drain();
    sim.rule(&json!({ "id": "reject-next", "times": 1, "then": { "outcome": "reject" } }));
    shop.register(&shop.order("forged", 25_145).with("merchantToken", "0".repeat(64)));
    shop.bind(shop.binding("binding-1", "+62-81291891818"));
    shop.bind(shop.binding("binding-2", "+62-81291891818"));
    let bound = sim.http().post_json(&format!("{API}/bindings/1/buyer"), &json!({ "do": "bind" }));
    assert_eq!(bound.status, 200, "{}", bound.body);
    (sim, t_xids)
}

#[test]
fn every_page_and_every_link_of_it_answers_in_both_languages() {
    let (sim, t_xids) = lively();
    let mut seen = BTreeSet::new();
    let mut ahead: Vec<String> = PAGES.map(str::to_owned).into();
    ahead.extend(t_xids.iter().map(|t_xid| format!("/__sim/transactions/{t_xid}")));
    let mut pages = 0;
    while let Some(path) = ahead.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        assert!(!path.split('?').next().unwrap().contains("//"), "{path}");
        let reply = sim.http().get(&path);
        // The lender's pages live on one link for one customer; they are another room's.
        assert!(reply.status == 200 || path.contains("/kredivo/") && reply.status == 303, "{path}: {}", reply.status);
        // The documents have no script and one language each; `docs::served` and `docs::links` test them.
        let is_dashboard = path.starts_with("/__sim/") && !path.starts_with("/__sim/docs");
        let ours = is_dashboard && reply.header("content-type").unwrap().starts_with("text/html");
        if ours && !path.contains("lang=") {
            let [id, en] = ["id", "en"].map(|language| Page::in_language(&sim, &path, language));
            for (page, language) in [(&id, "id"), (&en, "en")] {
                assert_eq!(page.all("html")[0].attr("lang"), Some(language), "{path}");
                ahead.extend(page.links());
            }
            let headings = [&id, &en].map(|page| page.all("h2").into_iter().map(text).collect::<Vec<_>>());
            assert_ne!(id.text(), en.text(), "{path}");
            assert_eq!(headings[0].len(), headings[1].len(), "{path}");
            pages += 1;
        }
    }
    assert!(pages > 40, "{pages}: {seen:?}");
    for wanted in ["/__sim/bindings/1", "/__sim/bindings/2", "/__sim/events/1", "/__sim/openapi.json", "/"] {
        assert!(seen.contains(wanted), "{wanted} is not linked to");
    }
}

#[test]
fn the_language_is_switched_and_kept() {
    let sim = Simulator::start();
    register(&sim, "order");
    let path = "/__sim/?referenceNo=o%26r&status=3";
    let page = Page::in_language(&sim, path, "en");
    let switch = page.tested("lang-switch")[0].attr("href").unwrap();
    assert_eq!(switch, "/__sim/?referenceNo=o%26r&status=3&lang=id");
    let mut browser = sim.buyer();
    assert!(browser.get(switch).body.contains("<html lang=\"id\">"));
    for path in PAGES {
        assert!(browser.get(path).body.contains("<html lang=\"id\">"), "{path}");
    }
    for unknown in ["xx", "", "id%22", "%00"] {
        Page::open(&sim, &format!("/__sim/?lang={unknown}"));
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The list

/// The numbers of the listed orders, as they stand.
fn listed(page: &Page) -> Vec<String> {
    page.all("[data-testid=transaction] .what bdi").into_iter().map(text).collect()
}

#[test]
fn an_empty_list_says_how_to_fill_it() {
    let sim = Simulator::start();
    let page = Page::open(&sim, "/__sim/");
    assert!(page.says("empty").contains("No transactions yet"));
    assert_eq!(page.says("count").trim(), "0");
    register(&sim, "order");
    let page = Page::open(&sim, "/__sim/?q=other");
    assert!(page.says("empty").contains("No matches"));
    assert_eq!(page.says("count").trim(), "0 matching, 1 in total");
    assert_eq!(sim.http().get("/__sim").status, 200, "without the last stroke, too");
}

#[test]
fn the_newest_come_first_and_older_ones_follow_without_gaps() {
    let sim = Simulator::start();
    let all: Vec<String> = (0..123).map(|i| format!("order-{i:03}")).collect();
    for reference_no in &all {
        register(&sim, reference_no);
    }
    let mut path = "/__sim/?iMid=PAYLOANTES&referenceNo=order-".to_owned();
    let mut seen = Vec::new();
    for (rows, says) in [(50, "newest 50 of 123"), (50, "50 older of 124"), (23, "23 older of 125")] {
        let page = Page::open(&sim, &path);
        let here = listed(&page);
        assert_eq!(here.len(), rows, "{path}");
        assert!(page.says("count").contains(says), "{}", page.says("count"));
        assert_eq!(page.tested("newest").len(), usize::from(!seen.is_empty()), "there is a way back");
        seen.extend(here);
        let older = page.tested("older");
        assert_eq!(older.len(), usize::from(rows == 50));
        if let Some(older) = older.first() {
            older.attr("href").unwrap().clone_into(&mut path);
            // What comes in meanwhile moves nothing.
            register(&sim, &format!("order-while-{}", seen.len()));
        }
    }
    let expected: Vec<_> = all.iter().rev().cloned().collect();
    assert_eq!(seen, expected);
    let first = Page::open(&sim, "/__sim/");
    assert_eq!(
        &listed(&first)[..3],
        ["order-while-100", "order-while-050", "order-122"].map(|n| n.replace("050", "50"))
    );
    assert!(first.says("count").contains("newest 50 of 125"), "{}", first.says("count"));
    // Exactly one page has no other.
    sim.http().post_json(&format!("{API}/reset"), &json!({}));
    (0..50).for_each(|i| drop(register(&sim, &format!("full-{i}"))));
    let full = Page::open(&sim, "/__sim/");
    assert_eq!((listed(&full).len(), full.tested("older").len(), full.says("count").trim()), (50, 0, "50"));
}
