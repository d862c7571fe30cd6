//! Plays a history on a simulator and on the model, and compares them after each step.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use nicepay_sim::testing::{Answer as Reply, Received, Receiver, Simulator};
use serde_json::{Value, json};

use crate::commands::{Command, History};
use crate::gateway::scenarios::Scenario;
use crate::gateway::state::{Gateway, Merchant};
use crate::gateway::{Body, Expected};
use crate::requests::{self, Action, MERCHANTS};
use crate::sha256;
use crate::time::{from_wib, rfc3339};
use crate::wire::{Answer, Client, Request};

/// What a history came to.
pub(crate) struct Played {
    pub(crate) steps: usize,
    /// The steps in words, and what differed in the last one.
    pub(crate) failure: Option<String>,
}

struct Play {
    sim: Simulator,
    client: Client,
    receiver: Receiver,
    status: Arc<AtomicU16>,
    inquired: Arc<Mutex<Vec<String>>>,
    received: usize,
    gateway: Gateway,
}

pub(crate) fn play(history: &History) -> Played {
    let mut play = Play::new(history);
    let mut story = Vec::new();
    for command in &history.commands {
        let Some(action) = command.action(&play.gateway) else { continue };
        let (told, wrong) = play.step(&action);
        story.push(format!("{}. {}\n{told}", story.len() + 1, brief(command)));
        if !wrong.is_empty() {
            let settings = history.settings.toml().replace('\n', "; ");
            let failure = format!("{}\nsettings: {settings}\nDIFFERENT:\n  {}", story.join("\n"), wrong.join("\n  "));
            return Played { steps: story.len(), failure: Some(failure) };
        }
    }
    Played { steps: story.len(), failure: None }
}

impl Play {
    fn new(history: &History) -> Self {
        let sim = Simulator::builder().settings(&history.settings.toml()).start();
        let receiver = sim.receiver();
        let status = Arc::new(AtomicU16::new(200));
        let inquired = Arc::new(Mutex::new(Vec::new()));
        receiver.answer_with(handler(sim.url(), Arc::clone(&status), Arc::clone(&inquired)));
        let mut client = Client::new(sim.url().trim_start_matches("http://"));
        let mut merchants = BTreeMap::new();
        for (i_mid, key) in MERCHANTS {
            let put = Request::api("PUT", &format!("merchants/{i_mid}"), &json!({ "merchantKey": key }));
            assert_eq!(client.send(&put).status, 201);
            let partners = ["KDVI", "AKLP", "IDNA"].map(str::to_owned).to_vec();
            merchants.insert(i_mid.to_owned(), Merchant { key: key.to_owned(), partners, duplicate_check: true });
        }
        let gateway = Gateway {
            settings: history.settings.clone(),
            base: sim.url().to_owned(),
            now: from_wib("20260101000000").unwrap(),
            merchants,
            orders: BTreeMap::new(),
            bindings: BTreeMap::new(),
            tokens: BTreeMap::new(),
            notices: BTreeMap::new(),
            next_key: 0,
            rules: Vec::new(),
            scenario: Rc::new(Scenario::named("approve")),
            own_scenarios: BTreeMap::new(),
            accounts: BTreeMap::new(),
            drawn: std::collections::BTreeSet::new(),
            receiver_status: 200,
            receiver_url: receiver.url().to_owned(),
            received: Vec::new(),
            inquired: Vec::new(),
            complaints: Vec::new(),
        };
        Self { sim, client, receiver, status, inquired, received: 0, gateway }
    }

    /// The step in words, and all that is different.
    fn step(&mut self, action: &Action) -> (String, Vec<String>) {
        let mut told = String::new();
        let mut wrong = Vec::new();
        let exchange = match action {
            Action::Receiver(status) => {
                self.status.store(*status, Ordering::Relaxed);
                self.gateway.receiver_status = *status;
                None
            }
            Action::Request(request) => {
                let answer = self.client.send(request);
                let expected = self.gateway.handle(request, &answer);
                Some((request.clone(), answer, expected))
            }
            Action::Call(call) => {
                let request = call.request(&self.gateway);
                let answer = self.client.send(&request);
                let expected = self.gateway.control(call, &answer);
                Some((request, answer, expected))
            }
        };
        if let Some((request, answer, expected)) = exchange {
            compare_answers(&request, &answer, &expected, &mut wrong);
            told = tell(&request, &answer, &expected, !wrong.is_empty());
        }
        self.sim.drain();
        self.gateway.advance(0);
        self.compare_state(&mut wrong);
        wrong.append(&mut self.gateway.complaints);
        (told, wrong)
    }

    fn compare_state(&mut self, wrong: &mut Vec<String>) {
        let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for name in ["tokens", "transactions", "bindings", "notifications", "rules"] {
            let path = if name == "rules" { name.to_owned() } else { format!("{name}?limit=1000") };
            let Value::Array(list) = self.client.get(&path) else { unreachable!("{name} is no list") };
            lists.insert(name, list);
        }
        let rules: Vec<_> = lists["rules"].iter().map(|rule| (rule["id"].clone(), rule["left"].as_u64())).collect();
        let (counted, others): (Vec<_>, Vec<_>) = self.gateway.rules.iter().partition(|rule| rule.times.is_some());
        let own: Vec<_> =
            counted.into_iter().chain(others).map(|rule| (Value::from(rule.id.as_str()), rule.left())).collect();
        if rules != own {
            wrong.push(format!("rules and what is left of them: {rules:?}, expected {own:?}"));
        }
        for (i_mid, _) in MERCHANTS {
            let of = |name: &&'static str| {
                let list = lists[*name].iter().filter(|entry| entry["iMid"] == i_mid).cloned().collect();
                (*name, Value::Array(list))
            };
            let shown = ["tokens", "transactions", "bindings", "notifications"].iter().map(of).collect();
            wrong.extend(self.gateway.compare(i_mid, &shown));
        }
        self.compare_received(wrong);
        let mut clock = self.client.get("clock");
        // What is due has a name exactly when something is due.
        let next = clock.as_object_mut().and_then(|clock| clock.remove("next")).unwrap_or_default();
        if next.is_null() != clock["nextDueAt"].is_null() {
            wrong.push(format!("{next} is next, due at {}", clock["nextDueAt"]));
        }
        let due = self.gateway.next_due_at().map(rfc3339);
        let expected = json!({ "now": rfc3339(self.gateway.now), "mode": "manual", "nextDueAt": due });
        if clock != expected {
            wrong.push(format!("the clock is {clock}, expected {expected}"));
        }
    }

    /// What the merchant's server received in this step, in any order.
    fn compare_received(&mut self, wrong: &mut Vec<String>) {
        let all = self.receiver.received();
        let new = &all[self.received..];
        let head = |request: &Received| request.head.lines().next().unwrap_or_default().to_owned();
        let mut actual: Vec<String> =
            new.iter().map(|request| format!("{}\n{}", head(request), request.body)).collect();
        for request in new {
            if !request.head.contains("\r\nUser-Agent: Jakarta Commons-HttpClient/3.1\r\n") {
                wrong.push(format!("a notification of somebody else: {:?}", request.head));
            }
        }
        self.received = all.len();
        let mut expected = Vec::new();
        for key in std::mem::take(&mut self.gateway.received) {
            let notice = &self.gateway.notices[&key];
            let path =
                notice.url.split_once("//").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
            let full = |body: &str| format!("POST /{path} HTTP/1.1\n{}", self.gateway.body_of(notice, body));
            // What is drawn by chance is taken from what came.
            let bodies = new.iter().map(|request| request.body.as_str());
            let drawn = bodies.clone().find(|body| actual.contains(&full(body))).unwrap_or_default();
            expected.push(full(drawn));
        }
        actual.sort();
        expected.sort();
        if actual != expected {
            wrong.push(format!("the receiver got {actual:#?}, expected {expected:#?}"));
        }
        let mut inquired = std::mem::take(&mut *self.inquired.lock().unwrap());
        let mut answers: Vec<String> = std::mem::take(&mut self.gateway.inquired);
        inquired.sort();
        answers.sort();
        if inquired != answers {
            wrong.push(format!("inquiries from inside the handler were answered {inquired:#?}, expected {answers:#?}"));
        }
    }
}

/// A command without what it leaves open.
fn brief(command: &Command) -> String {
    let text = format!("{command:?}");
    let parts: Vec<&str> = text.split(", ").filter(|part| !part.ends_with(": None")).collect();
    parts.join(", ")
}

/// A merchant's server: it checks the merchantToken, asks for the status, and answers as it was told.
fn handler(
    url: &str,
    status: Arc<AtomicU16>,
    inquired: Arc<Mutex<Vec<String>>>,
) -> impl FnMut(&Received) -> Reply + Send + 'static {
    let mut client = Client::new(url.trim_start_matches("http://"));
    move |received| {
        let fields: BTreeMap<String, String> = received.fields().into_iter().collect();
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let (t_xid, amt, reference_no) = (field("tXid"), field("amt"), field("referenceNo"));
        let merchant = MERCHANTS.iter().find(|(i_mid, _)| t_xid.starts_with(i_mid));
        if let Some((i_mid, key)) = merchant
            && field("merchantToken") == sha256::hex(&format!("{i_mid}{t_xid}{amt}{key}"))
            && !t_xid[i_mid.len() + 2..].starts_with("1999")
        {
            let answer = client.send(&requests::inquiry(i_mid, key, &t_xid, &reference_no, &amt));
            let body = if answer.status < 400 { answer.body } else { String::new() };
            inquired.lock().unwrap().push(format!("{} {body}", answer.status));
        }
        Reply::status(status.load(Ordering::Relaxed))
    }
}

fn compare_answers(request: &Request, answer: &Answer, expected: &Expected, wrong: &mut Vec<String>) {
    let mut check = |what: &str, same: bool| {
        if !same {
            wrong.push(format!("the {what} of the answer"));
        }
    };
    check("status", answer.status == expected.status);
    match &expected.body {
        Body::Text(text) => check("body", answer.body == *text),
        Body::Json(value) => check("body", answer.json() == *value),
        Body::Problem(kind) => {
            check("kind of problem", answer.json()["type"] == format!("urn:nicepay-sim:problem:{kind}"));
        }
        Body::Location(url) => check("Location", answer.header("location") == Some(url)),
        Body::Form(url, fields) => check("form", form_of(&answer.body) == (url.clone(), fields.clone())),
        Body::Count(name, count) => check("list", answer.json()[*name].as_array().is_some_and(|l| l.len() == *count)),
        Body::Anything => {}
    }
    if request.target.starts_with("/nicepay/") {
        check("diagnosis", answer.header("x-sim-diagnosis").is_some() == expected.refused);
        if matches!(&expected.body, Body::Text(text) if !text.is_empty()) {
            check("Content-Type", answer.header("content-type") == Some("application/json;charset=UTF-8"));
        }
    }
}

/// Where the form of a page leads, and its fields.
fn form_of(page: &str) -> (String, Vec<(String, String)>) {
    let attribute = |tag: &str, name: &str| {
        let value = tag.split_once(&format!("{name}=\"")).map_or("", |(_, rest)| rest.split('"').next().unwrap_or(""));
        value.replace("&#34;", "\"").replace("&#38;", "&").replace("&#39;", "'").replace("&amp;", "&")
    };
    let form =
        page.split_once("<form").map_or("", |(_, rest)| rest.split_once("</form>").map_or(rest, |(form, _)| form));
    let inputs = form.split("<input").skip(1).map(|tag| tag.split('>').next().unwrap_or_default());
    let fields = inputs.map(|tag| (attribute(tag, "name"), attribute(tag, "value"))).collect();
    (attribute(form, "action"), fields)
}

/// An exchange in words; in full where it went wrong.
fn tell(request: &Request, answer: &Answer, expected: &Expected, wrong: bool) -> String {
    let short = |text: &str| {
        if wrong || text.chars().count() < 160 {
            text.to_owned()
        } else {
            text.chars().take(160).chain("…".chars()).collect()
        }
    };
    let Request { method, target, content_type, body } = request;
    let place = answer.header("location").map_or(String::new(), |url| format!(" Location: {url}"));
    let why = answer.header("x-sim-diagnosis").map_or(String::new(), |text| format!(" [{text}]"));
    let mut told = format!(
        "   {method} {target} {}\n   simulator: {}{place} {}{why}",
        short(&String::from_utf8_lossy(body)),
        answer.status,
        short(&answer.body)
    );
    if wrong {
        let body = match &expected.body {
            Body::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        told = format!(
            "{told}\n   model:     {} {body}{} ({content_type})",
            expected.status,
            if expected.refused { " refused" } else { "" }
        );
    }
    told
}
