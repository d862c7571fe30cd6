//! The API's own description: that it is the one in `docs/`, that it is whole, and that a running simulator answers what
//! it says.

use std::cell::RefCell;
use std::collections::BTreeSet;

use nicepay_sim::testing::{Login, Reply, Simulator};
use serde_json::{Map, Value, json};

use crate::common::process::Folder;
use crate::schema::Schema;
use crate::stream;

const GOLDEN: &str = include_str!("../../docs/openapi.json");
const VERBS: [&str; 5] = ["get", "put", "post", "patch", "delete"];
const KEY: &str = "a-merchant-key-of-my-own";

fn golden() -> Value {
    serde_json::from_str(GOLDEN).unwrap()
}

/// Every operation: its path, its verb and itself.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            all.push((path.clone(), verb.clone(), operation.clone()));
        }
    }
    all
}

/// Calls `look` with every object inside of `value`.
fn each_object(value: &Value, look: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| each_object(value, look)),
        Value::Object(fields) => {
            look(fields);
            fields.values().for_each(|value| each_object(value, look));
        }
        _ => {}
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The document by itself

#[test]
fn the_document_is_the_one_in_docs() {
    let sim = Simulator::start();
    let served = sim.http().get("/__sim/openapi.json");
    assert_eq!((served.status, served.header("content-type")), (200, Some("application/json")));
    assert!(
        served.body == GOLDEN,
        "the API has changed; look at what `git diff` says after this, and commit it:\n\
         cargo run -- openapi > docs/openapi.json"
    );
    assert_eq!(sim.http().send("HEAD", "/__sim/openapi.json", &[], "").status, 200);
}

#[test]
fn the_command_prints_what_is_served() {
    let printed = Folder::new().run(&["openapi"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    assert_eq!(printed.stdout, Simulator::start().http().get("/__sim/openapi.json").body);
    assert_eq!(Folder::new().run(&["openapi", "more"]).code, Some(2));
}

#[test]
fn every_reference_leads_somewhere() {
    let document = golden();
    let mut seen = 0;
    each_object(&document, &mut |fields| {
        if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
            seen += 1;
            let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leaves the document"));
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
    });
    assert!(seen > 100, "{seen}");
}

#[test]
fn every_operation_is_documented() {
    let document = golden();
    assert_eq!((&document["openapi"], &document["servers"][0]["url"]), (&json!("3.1.0"), &json!("/__sim/api")));
    let tags: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut ids = BTreeSet::new();
    for (path, verb, operation) in operations(&document) {
        let place = format!("{verb} {path}");
        for text in ["operationId", "summary", "description"] {
            assert!(operation[text].as_str().is_some_and(|text| !text.is_empty()), "{place} has no {text}");
        }
        assert!(ids.insert(operation["operationId"].to_string()), "{place}: its operationId is taken");
        assert!(tags.contains(&&operation["tags"][0]), "{place} has an unknown tag");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{place} never succeeds");
        assert_eq!(answers["default"]["$ref"], "#/components/responses/Problem", "{place}");
        let written: BTreeSet<_> = path.split(['{', '}']).skip(1).step_by(2).map(str::to_owned).collect();
        let none = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&none);
        let declared = parameters.iter().filter(|parameter| parameter["in"] == "path");
        let declared: BTreeSet<_> = declared.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(declared, written, "{place}");
    }
}

#[test]
fn every_schema_says_what_its_fields_are() {
    let document = golden();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].as_str().is_some_and(|text| !text.is_empty()), "{name} has no description");
        assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "{name}: two types have the same name");
        each_object(schema, &mut |fields| {
            assert_ne!(fields.get("additionalProperties"), Some(&json!(true)), "{name} takes anything");
            for (property, schema) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let described = schema["description"].as_str().is_some_and(|text| !text.is_empty());
                let is_kind = property == "type" && schema.get("const").is_some();
                assert!(described || is_kind, "{name}: {property} has no description");
                let means =
                    ["type", "$ref", "anyOf", "oneOf", "enum", "const"].iter().any(|word| schema.get(word).is_some());
                assert!(means, "{name}: {property} may be anything");
            }
        });
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// What is said of a request

fn filled(path: &str) -> String {
    path.replace("{iMid}", "NOBODY")
        .replace("{phone}", "081291891818")
        .replace("{id}", "1")
        .replace("{tXid}", "none")
        .replace("{userToken}", "none")
        .replace("{name}", "none")
}

#[test]
fn every_verb_of_every_path_is_there_and_no_other() {
    let sim = Simulator::start();
    let document = golden();
    for (path, verbs) in document["paths"].as_object().unwrap() {
        // A wait that ends at once, and a stream that is refused: it would have no end.
        let call = format!("/__sim/api{}?timeout=0&after=x", filled(path));
        assert!(!call.contains('{'), "{call}: tell `filled` what stands there");
        for verb in VERBS {
            let json = [("content-type", "application/json")];
            let reply = sim.http().send(&verb.to_uppercase(), &call, &json, "{}");
            if verbs.get(verb).is_none() {
                assert_eq!(reply.status, 405, "{verb} {path}: {}", reply.body);
                let mut allowed: Vec<_> = reply.header("allow").unwrap().split(", ").map(str::to_lowercase).collect();
                let mut documented: Vec<_> = verbs.as_object().unwrap().keys().cloned().collect();
                allowed.sort();
                documented.sort();
                assert_eq!(allowed, documented, "{path}");
            } else {
                let is_there = reply.status != 405 && !reply.body.contains("urn:nicepay-sim:problem:path");
                assert!(is_there, "{verb} {path}: {}", reply.body);
            }
        }
    }
}

/// Request bodies: their call, and the schema of each.
fn bodies(document: &Value) -> Vec<(String, String, Value)> {
    let with_body = operations(document).into_iter().filter(|(.., operation)| operation.get("requestBody").is_some());
    let body = with_body.map(|(path, verb, operation)| {
        let reference = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let schema = document.pointer(&reference.as_str().unwrap()[1..]).unwrap().clone();
        (format!("/__sim/api{}", filled(&path)), verb.to_uppercase(), schema)
    });
    body.collect()
}

#[test]
fn a_body_has_the_fields_that_are_documented_and_no_other() {
    let sim = Simulator::start();
    let all = bodies(&golden());
    assert!(all.len() > 8, "{}", all.len());
    for (call, verb, schema) in all {
        assert_eq!(schema["additionalProperties"], false, "{call}");
        let reply = sim.http().send(&verb, &call, &[("content-type", "application/json")], r#"{"zzz":1}"#);
        let problem = reply.json();
        let detail = problem["detail"].as_str().unwrap();
        let (_, expected) = detail.split_once("expected").unwrap_or_else(|| panic!("{call}: {detail}"));
        let expected: BTreeSet<_> = expected.split('`').skip(1).step_by(2).collect();
        let documented: BTreeSet<_> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(documented, expected, "{verb} {call}");
    }
}

#[test]
fn a_word_of_a_body_is_one_of_those_documented() {
    let sim = Simulator::start();
    let mut seen = 0;
    for (call, verb, schema) in bodies(&golden()) {
        for (field, schema) in schema["properties"].as_object().unwrap() {
            let Some(words) = schema["enum"].as_array() else { continue };
            let body = if field == "do" { json!({ "do": "zzz" }) } else { json!({ "do": "reject", field: "zzz" }) };
            let reply = sim.http().send(&verb, &call, &[("content-type", "application/json")], body.to_string());
            let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
            assert_eq!(reply.json()["detail"], format!("{field} must be one of {}", words.join(", ")), "{call}");
            seen += 1;
        }
    }
    assert!(seen >= 4, "{seen}");
}

// ---------------------------------------------------------------------------------------------------------------------
// What is said of an answer

/// Forbids what a schema does not name: answers may gain fields, but not without documentation.
fn close(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    let is_object = fields.contains_key("properties");
    for word in ["oneOf", "anyOf", "allOf"] {
        for branch in fields.get_mut(word).and_then(Value::as_array_mut).into_iter().flatten() {
            each_property(branch);
            if is_object {
                open(branch);
            }
        }
    }
    close_inside(fields);
    if is_object && !fields.contains_key("additionalProperties") {
        fields.insert("unevaluatedProperties".to_owned(), false.into());
    }
}

/// What is inside a branch is closed, but not the branch: it does not know the fields of the others.
fn each_property(branch: &mut Value) {
    if let Some(fields) = branch.as_object_mut() {
        close_inside(fields);
    }
}

/// A type that another one adds fields to stands in it as it is, and not closed.
fn open(branch: &mut Value) {
    if let Some(Value::String(reference)) = branch.get_mut("$ref") {
        *reference = reference.replace("/schemas/", "/open/");
    }
}

fn close_inside(fields: &mut Map<String, Value>) {
    fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten().for_each(|(_, one)| close(one));
    for word in ["items", "additionalProperties"] {
        if let Some(inner) = fields.get_mut(word) {
            close(inner);
        }
    }
}

/// Says how `value` differs from `schema`, which stands in `document`.
fn differences(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut root = schema.clone();
    root["components"] = document["components"].clone();
    for schema in root["components"]["schemas"].as_object_mut().unwrap().values_mut() {
        close(schema);
    }
    let mut open = root["components"]["schemas"].clone();
    for schema in open.as_object_mut().unwrap().values_mut() {
        schema.as_object_mut().unwrap().remove("unevaluatedProperties");
    }
    root["components"]["open"] = open;
    Schema::new(root).differences(value)
}

#[test]
fn examples_are_what_they_are_examples_of() {
    let document = golden();
    let mut seen = 0;
    for (path, verb, operation) in operations(&document) {
        each_object(&operation, &mut |content| {
            let Some(schema) = content.get("schema") else { return };
            let examples = content.get("examples").and_then(Value::as_object).into_iter().flatten();
            let examples = examples.map(|(_, example)| {
                let pointer = &example["$ref"].as_str().unwrap()[1..];
                document.pointer(pointer).unwrap()["value"].clone()
            });
            for example in examples.chain(content.get("example").cloned()) {
                let wrong = differences(&document, schema, &example);
                assert!(wrong.is_empty(), "{verb} {path}: {example}\n{}", wrong.join("\n"));
                seen += 1;
            }
        });
    }
    assert!(seen > 60, "{seen}");
}

/// A client that looks up every answer in the document.
struct Reader<'s> {
    sim: &'s Simulator,
    document: Value,
    succeeded: RefCell<BTreeSet<String>>,
}

impl<'s> Reader<'s> {
    fn new(sim: &'s Simulator) -> Self {
        Self { sim, document: golden(), succeeded: RefCell::default() }
    }

    fn operation(&self, verb: &str, call: &str) -> Value {
        let path = call.split('?').next().unwrap();
        let fits = |template: &str| {
            let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
            template.len() == path.len()
                && template.iter().zip(path).all(|(one, other)| one.starts_with('{') || *one == other)
        };
        let all = operations(&self.document).into_iter();
        let mut fitting: Vec<_> = all.filter(|(path, method, _)| method == verb && fits(path)).collect();
        // A path that is written out comes before one with a parameter.
        fitting.sort_by_key(|(path, ..)| path.matches('{').count());
        fitting.into_iter().next().unwrap_or_else(|| panic!("{verb} {call} is not documented")).2
    }

    /// Calls, and holds the answer against its schema.
    #[track_caller]
    fn call(&self, verb: &str, call: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let json = [("content-type", "application/json")];
        let reply = self.sim.http().send(&verb.to_uppercase(), &format!("/__sim/api{call}"), &json, body);
        let operation = self.operation(verb, call);
        let documented = &operation["responses"][reply.status.to_string()];
        assert!(!documented.is_null(), "{verb} {call} answers {}: {}", reply.status, reply.body);
        if let Some(media) = documented.get("content") {
            let media_type = reply.header("content-type").unwrap();
            let schema = &media[media_type]["schema"];
            assert!(!schema.is_null(), "{verb} {call} answers {media_type}");
            let answered = if media_type.contains("json") { reply.json() } else { json!(reply.body) };
            let wrong = differences(&self.document, schema, &answered);
            assert!(wrong.is_empty(), "{verb} {call}: {}\n{}", reply.body, wrong.join("\n"));
        } else {
            assert_eq!(reply.body, "", "{verb} {call}");
        }
        if reply.status < 300 {
            self.succeeded.borrow_mut().insert(operation["operationId"].as_str().unwrap().to_owned());
        }
        reply
    }

    #[track_caller]
    fn get(&self, call: &str) -> Value {
        let reply = self.call("get", call, &Value::Null);
        assert_eq!(reply.status, 200, "{call}: {}", reply.body);
        reply.json()
    }

    #[track_caller]
    fn does(&self, verb: &str, call: &str, body: &Value, status: u16) -> Reply {
        let reply = self.call(verb, call, body);
        assert_eq!(reply.status, status, "{verb} {call}: {}", reply.body);
        reply
    }

    /// Reads a stream, and holds the next events of it against their schema.
    #[track_caller]
    fn stream(&self, query: &str, events: usize) -> Vec<stream::Told> {
        let mut reader = stream::Reader::open(self.sim, query, "");
        let operation = self.operation("get", "/events/stream");
        let (media, content) = operation["responses"][reader.status.to_string()]["content"]
            .as_object()
            .and_then(|content| content.iter().next())
            .unwrap_or_else(|| panic!("{query} answers {}", reader.status));
        assert!(reader.headers.contains(&format!("content-type: {media}\n")), "{}", reader.headers);
        let schema = self.document.pointer(&content["schema"]["$ref"].as_str().unwrap()[1..]).unwrap();
        let told: Vec<_> = (0..events).map(|_| reader.next()).collect();
        for told in &told {
            let wrong = differences(&self.document, &schema["contentSchema"], &told.data);
            assert!(wrong.is_empty(), "{told:?}\n{}", wrong.join("\n"));
        }
        self.succeeded.borrow_mut().insert(operation["operationId"].as_str().unwrap().to_owned());
        told
    }

    /// Looks at everything there is.
    fn look(&self) {
        for list in ["/info", "/merchants", "/transactions", "/bindings", "/notifications", "/shoppers", "/tokens"] {
            self.get(list);
        }
        self.get("/clock");
        self.get("/events");
        for transaction in self.get("/transactions?limit=1000").as_array().unwrap() {
            self.get(&format!("/transactions/{}", transaction["tXid"].as_str().unwrap()));
        }
    }
}

/// Merchants, shoppers and tokens: made, looked at, removed.
fn walk_settings(api: &Reader<'_>) {
    api.does("put", "/merchants/MYSHOP0001", &json!({ "merchantKey": KEY }), 201);
    api.does("put", "/merchants/MYSHOP0001", &json!({ "duplicateCheck": false, "partners": ["KDVI"] }), 200);
    api.get("/merchants/MYSHOP0001");
    api.does("put", "/shoppers/081234567890", &json!({ "limits": { "30_days": "5" }, "owes": 1 }), 201);
    api.does("put", "/shoppers/081234567890?iMid=MYSHOP0001", &json!({ "tenors": [1, "3"] }), 200);
    api.get("/shoppers/081234567890?iMid=MYSHOP0001");
    api.get("/shoppers?iMid=MYSHOP0001");
    let token = json!({ "iMid": "MYSHOP0001", "clientUserKey": "c", "userToken": "t" });
    api.does("post", "/tokens", &token, 201);
    api.does("post", "/tokens", &token, 409);
    api.does("delete", "/tokens/t?iMid=MYSHOP0001", &Value::Null, 204);
    api.get("/tokens?iMid=MYSHOP0001&clientUserKey=c");
    api.does("delete", "/merchants/MYSHOP0001", &Value::Null, 204);
}

/// Scenarios and rules.
fn walk_rules(api: &Reader<'_>) {
    api.does("put", "/merchants/RULED", &json!({ "merchantKey": KEY }), 201);
    api.does("put", "/scenario?iMid=RULED", &json!({ "name": "reject" }), 200);
    api.does("put", "/scenario", &json!({ "name": "no such" }), 422);
    api.get("/scenario?iMid=RULED");
    let rule = json!({ "id": "first", "times": 1, "when": { "iMid": "RULED" }, "then": { "outcome": "reject" } });
    api.does("post", "/rules", &rule, 201);
    api.does("post", "/rules", &rule, 409);
    api.does("post", "/rules", &json!({ "when": { "iMid": "NOBODY" }, "then": { "outcome": "reject" } }), 404);
    api.get("/rules");
    api.get("/rules/first");
    api.does("put", "/rules/first", &json!({ "then": { "outcome": "review" } }), 200);
    api.does("put", "/rules/first", &json!({ "id": "second", "then": { "outcome": "review" } }), 422);
    api.does("put", "/rules/none", &json!({ "then": { "outcome": "review" } }), 404);
    api.does("delete", "/rules?used=true", &Value::Null, 200);
    api.does("delete", "/rules/first", &Value::Null, 204);
    api.does("delete", "/rules?iMid=RULED", &Value::Null, 200);
    api.does("delete", "/merchants/RULED", &Value::Null, 204);
}

/// Payments that end in every way, and the notifications of them.
fn walk_payments(api: &Reader<'_>, sim: &Simulator) {
    let (shop, receiver) = (sim.shop(), sim.receiver());
    let register = |name: &str| shop.register(&shop.order(name, 25_145).tokenize("c").notify(receiver.url())).t_xid();
    let at = |t_xid: &str, what: &str| format!("/transactions/{t_xid}/{what}");
    for act in ["pay", "approve", "review", "reject", "abandon"] {
        let t_xid = register(act);
        api.does("post", &at(&t_xid, "buyer"), &json!({ "do": act, "instmntMon": "1" }), 200);
    }
    let t_xid = register("cancelled");
    api.does("post", &at(&t_xid, "cancel"), &Value::Null, 409);
    api.does("post", &at(&t_xid, "buyer"), &Value::Null, 200);
    api.does("post", &at(&t_xid, "cancel"), &json!({ "amt": 145 }), 200);
    api.does("post", &at(&t_xid, "cancel"), &json!({ "amt": 99_999 }), 409);
    api.look();
    for (query, status) in [("", 200), ("?format=svg", 200), ("?format=mermaid&download=1", 200), ("?format=x", 422)] {
        api.does("get", &at(&t_xid, &["diagram", query].concat()), &Value::Null, status);
    }
    api.does("post", &at(&t_xid, "cancel"), &Value::Null, 200);
    let t_xid = register("decided");
    api.does("post", &at(&t_xid, "buyer"), &json!({ "do": "review" }), 200);
    api.does("post", &at(&t_xid, "partner"), &json!({ "do": "approve" }), 200);
    api.does("post", &at(&register("expired"), "partner"), &json!({ "do": "expire" }), 200);
    receiver.answer(500);
    register("left alone");
    api.does("post", "/clock/advance", &json!({ "to": "next" }), 200);
    api.does("post", "/clock/advance", &json!({ "by": "2d" }), 200);
    receiver.answer(200);
    api.look();
    api.does("post", "/notifications/1/resend", &Value::Null, 202);
    api.does("post", "/notifications/1/send", &json!({ "fields": { "status": "8" }, "sign": false }), 200);
    api.does("post", "/notifications/1/send", &json!({ "fields": {}, "body": "" }), 422);
    api.does("get", "/notifications/1/body", &Value::Null, 200);
    api.does("get", &at(&t_xid, "evidence"), &Value::Null, 200);
    api.does("get", &at(&t_xid, "har"), &Value::Null, 200);
    let exchange = sim.events("exchange.recorded")[0]["id"].clone();
    api.does("get", &format!("/events/{exchange}/script"), &Value::Null, 200);
    let registration = sim.events("transaction.registered")[0]["id"].clone();
    api.does("get", &format!("/events/{registration}/script"), &Value::Null, 422);
    api.does("post", "/notifications/1/deliver", &Value::Null, 409);
    api.does("post", &at(&t_xid, "notify"), &json!({ "variant": "wrong-content-type" }), 202);
    let held = api.does("post", &at(&t_xid, "notify"), &json!({ "after": "1h" }), 202);
    let held = held.json();
    let id = held["notifications"][0].as_str().unwrap();
    api.does("post", &format!("/notifications/{id}/send"), &json!({}), 409);
    api.does("get", &format!("/notifications/{id}/body"), &Value::Null, 409);
    api.does("post", &format!("/notifications/{id}/deliver"), &Value::Null, 202);
    let withdrawn = register("withdrawn");
    api.does("post", &at(&withdrawn, "buyer"), &Value::Null, 200);
    api.does("post", &at(&withdrawn, "notify"), &json!({ "variant": "lost" }), 202);
    api.does("post", &at(&withdrawn, "notify"), &json!({ "variant": "lost" }), 409);
    api.does("post", &at(&register("nothing to tell"), "notify"), &json!({}), 409);
    api.does("post", "/clock/advance", &json!({ "by": "PT0S" }), 200);
}

/// A browser, step by step, by GET and by POST, with wrong PINs; a token that pays; a token that does not.
fn walk_browsers(api: &Reader<'_>, sim: &Simulator) {
    let shop = sim.shop();
    let order = shop.order("browser", 25_145).tokenize("c");
    let registered = shop.register(&order);
    let mut browser = sim.buyer();
    let tk = browser.open(&shop.payment_url(&order, &registered, "http://shop.test/thanks"));
    api.look();
    browser.sign_in(&tk, Login { pin: "000000", ..Login::default() });
    browser.sign_in(&tk, Login::default());
    api.look();
    browser.choose(&tk, "1");
    browser.enter_otp(&tk, "0000");
    api.look();
    browser.enter_otp(&tk, "4567");
    browser.return_to_shop(&tk);
    shop.inquire(&order, &registered);
    let mut indodana = shop.order("indodana", 1_000_000).with("mitraCd", "IDNA");
    indodana = indodana.with("instmntMon", "3");
    let registered = shop.register(&indodana);
    browser.open(&shop.payment_url(&indodana, &registered, "http://shop.test/thanks"));
    let played =
        api.does("post", &format!("/transactions/{}/buyer", registered.t_xid()), &json!({ "do": "approve" }), 200);
    assert!(played.json()["callbackFields"].is_object(), "{}", played.body);
    let token = api.get("/tokens?clientUserKey=c")[0]["userToken"].as_str().unwrap().to_owned();
    shop.register(&shop.order("seamless", 25_145).seamless(&token));
    api.does("post", "/clock/advance", &json!({ "by": "1h" }), 200);
    shop.register(&shop.order("refused", 25_145).with("amt", "nothing"));
    shop.remove_token(&token);
    api.look();
}

/// Account bindings, open, bound and failed.
fn walk_bindings(api: &Reader<'_>, sim: &Simulator) {
    let shop = sim.shop();
    for name in ["bind", "reject", "abandon", "open"] {
        shop.bind(shop.binding(name, "081291891818"));
    }
    for (id, act) in [("1", "bind"), ("2", "reject"), ("3", "abandon")] {
        api.does("post", &format!("/bindings/{id}/buyer"), &json!({ "do": act }), 200);
        api.get(&format!("/bindings/{id}"));
    }
    api.get("/bindings/4");
    api.does("get", "/bindings/1/diagram?format=mermaid", &Value::Null, 200);
    api.does("get", "/bindings/9/diagram", &Value::Null, 404);
    api.does("post", "/bindings/1/buyer", &Value::Null, 409);
}

/// The built-in inbox: filled, read and emptied.
fn walk_inbox(api: &Reader<'_>, sim: &Simulator) {
    for name in ["", "/suite-1"] {
        let shop = sim.shop();
        let order = shop.order(&format!("inbox{name}"), 25_145).notify(&format!("{}/__sim/inbox{name}", sim.url()));
        let t_xid = shop.register(&order).t_xid();
        api.does("post", &format!("/transactions/{t_xid}/buyer"), &Value::Null, 200);
    }
    sim.http().send("POST", "/__sim/inbox", &[], "merchantToken=wrong");
    api.does("post", "/clock/advance", &json!({ "by": "2s" }), 200);
    assert_eq!(api.get("/inbox").as_array().unwrap().len(), 3);
    api.get("/inbox/suite-1");
    api.does("delete", "/inbox/suite-1", &Value::Null, 204);
    api.does("delete", "/inbox", &Value::Null, 204);
}

/// Waiting for events, a stream of all of them, and assertions.
fn walk_events(api: &Reader<'_>) {
    let approved = api.get("/events/wait?type=transaction.approved");
    let missed = api.does("get", "/events/wait?type=transaction.approved&amt=0&timeout=0", &Value::Null, 404);
    assert!(missed.json()["nearestMisses"][0]["differs"].is_array(), "{}", missed.body);
    let last = api.get("/events?limit=10000").as_array().unwrap().len();
    api.stream("?after=0", last);
    let once = json!({ "type": "transaction.approved", "tXid": approved["tXid"], "times": { "atLeast": "1" } });
    api.does("post", "/verify", &json!({ "expect": [once], "after": "0", "inOrder": true }), 200);
    let never = json!({ "where": { "phone": "0800", "instmntMon": 1 }, "type": "transaction.approved" });
    let explained = api.does("post", "/verify", &json!({ "drain": false, "expect": [never] }), 409);
    assert!(explained.json()["misses"][0]["nearest"][0]["differs"].is_array(), "{}", explained.body);
    api.does("post", "/verify", &json!({ "expect": [] }), 422);
    api.does("post", "/verify", &Value::Null, 400);
}

/// The integration report in each format.
fn walk_report(api: &Reader<'_>) {
    let report = api.get("/report?iMid=IONPAYTEST&lang=id");
    assert_eq!(report["summary"]["iMid"], "IONPAYTEST");
    assert_ne!(api.get("/report")["summary"]["requests"], 0);
    for (query, status) in
        [("?format=md", 200), ("?format=html&download=1", 200), ("?format=junit", 200), ("?format=x", 422)]
    {
        api.does("get", &format!("/report{query}"), &Value::Null, status);
    }
    api.does("get", "/report?iMid=NOBODY", &Value::Null, 404);
}

/// An audit of a merchant whose orders register nothing.
fn walk_audits(api: &Reader<'_>, sim: &Simulator) {
    let receiver = sim.receiver();
    api.does("get", "/audits/current", &Value::Null, 404);
    let plan = json!({ "iMid": "IONPAYTEST", "order": receiver.url(), "only": ["NP-10"] });
    assert_eq!(api.does("post", "/audits", &plan, 202).json()["total"], 1);
    api.does("post", "/audits", &plan, 409);
    assert_eq!(api.get("/audits/current")["state"], "running");
    api.does("post", "/audits", &json!({ "iMid": "NOBODY", "order": receiver.url() }), 404);
    api.does("post", "/audits", &json!({ "iMid": "IONPAYTEST", "order": "true" }), 422);
}

/// Every way to say no that a client can bring about without waiting.
fn walk_problems(api: &Reader<'_>) {
    for path in ["/merchants/NOBODY", "/transactions/none", "/bindings/99", "/shoppers/0800000000"] {
        api.does("get", path, &Value::Null, 404);
    }
    for list in ["/transactions", "/bindings", "/notifications", "/inbox", "/events"] {
        api.does("get", &format!("{list}?limit=x"), &Value::Null, 422);
    }
    api.does("get", "/transactions?after=none", &Value::Null, 404);
    api.does("get", "/shoppers?iMid=NOBODY", &Value::Null, 404);
    api.does("get", "/shoppers?iMid=no%20iMid", &Value::Null, 422);
    api.does("get", "/events/wait?timeout=soon", &Value::Null, 422);
    api.does("get", "/events/stream?after=soon", &Value::Null, 422);
    for (verb, call, body) in [
        ("delete", "/merchants/NOBODY", Value::Null),
        ("delete", "/tokens/none", Value::Null),
        ("post", "/reset", json!({ "iMid": "NOBODY" })),
        ("post", "/samples", json!({ "iMid": "NOBODY" })),
        ("post", "/tokens", json!({ "iMid": "NOBODY", "clientUserKey": "c" })),
        ("post", "/transactions/none/buyer", Value::Null),
        ("post", "/transactions/none/partner", json!({ "do": "approve" })),
        ("post", "/transactions/none/cancel", Value::Null),
        ("post", "/bindings/99/buyer", Value::Null),
        ("post", "/notifications/99/resend", Value::Null),
        ("post", "/notifications/99/send", json!({})),
        ("post", "/notifications/99/deliver", Value::Null),
    ] {
        api.does(verb, call, &body, 404);
    }
    api.does("post", "/clock", &Value::Null, 422);
    api.does("post", "/clock/advance", &json!({ "by": "-1s" }), 422);
    api.does("post", "/clock/advance", &Value::Null, 422);
    api.does("post", "/clock/advance", &json!({ "by": "1s", "to": "next" }), 422);
    api.does("post", "/clock/advance", &json!({ "to": "next", "due": "2020-01-01T00:00:00Z" }), 409);
}

#[test]
fn every_answer_is_as_documented() {
    let sim = Simulator::start();
    let api = Reader::new(&sim);
    api.look();
    walk_settings(&api);
    walk_rules(&api);
    walk_payments(&api, &sim);
    walk_browsers(&api, &sim);
    walk_bindings(&api, &sim);
    walk_inbox(&api, &sim);
    walk_events(&api);
    walk_report(&api);
    walk_problems(&api);
    api.does("post", "/clock", &json!({ "set": "2027-01-01T00:00:00Z" }), 200);
    api.does("post", "/clock", &json!({ "freeze": true }), 200);
    api.look();
    api.does("post", "/reset", &json!({}), 204);
    api.does("post", "/samples", &json!({}), 201);
    // At the end: it has the clock.
    walk_audits(&api, &sim);
    let all = operations(&api.document);
    let all: BTreeSet<_> = all.iter().map(|(.., operation)| operation["operationId"].as_str().unwrap()).collect();
    let succeeded = api.succeeded.borrow();
    let missing: Vec<_> = all.into_iter().filter(|id| !succeeded.contains(*id)).collect();
    assert!(missing.is_empty(), "the walk leaves out {missing:?}");
}

#[test]
fn what_a_full_simulator_answers_is_as_documented() {
    let sim = Simulator::builder().settings("max-events = 4").start();
    let (api, shop) = (Reader::new(&sim), sim.shop());
    (0..4).for_each(|i| drop(shop.register(&shop.order(&format!("order-{i}"), 25_145))));
    let told = api.stream("?after=0", 5);
    assert_eq!(told[0].event, "overrun");
    let none = json!({ "expect": [{ "type": "transaction.refused", "times": 0 }] });
    assert_eq!(api.does("post", "/verify", &none, 200).json()["incomplete"], true);
    let one = json!({ "expect": [{ "type": "transaction.refused" }] });
    assert_eq!(api.does("post", "/verify", &one, 409).json()["incomplete"], true);
    let sim = Simulator::builder().settings("max-streams = 1").start();
    let _open = stream::Reader::open(&sim, "", "");
    Reader::new(&sim).does("get", "/events/stream", &Value::Null, 503);
}

#[test]
fn an_answer_with_an_unknown_field_is_found() {
    let document = golden();
    let closed = |name: &str, value: Value| {
        differences(&document, &json!({ "$ref": format!("#/components/schemas/{name}") }), &value)
    };
    let mut clock = json!({ "now": "2026-01-01T00:00:00Z", "mode": "manual", "nextDueAt": null, "next": null });
    assert_eq!(closed("Clock", clock.clone()), [""; 0]);
    clock["more"] = json!(1);
    assert!(!closed("Clock", clock.clone()).is_empty());
    clock["now"] = json!("yesterday");
    assert_eq!(closed("Clock", clock).len(), 2);
    let mut event = json!({ "id": 1, "at": "2026-01-01T00:00:00Z", "type": "rule.hit", "rule": "x" });
    assert_eq!(closed("Event", event.clone()), [""; 0]);
    event["amt"] = json!("1");
    assert!(!closed("Event", event.clone()).is_empty(), "another type's field");
    let mut near = json!({ "id": 1, "at": "2026-01-01T00:00:00Z", "type": "rule.hit", "rule": "x", "differs": [] });
    assert_eq!(closed("NearMiss", near.clone()), [""; 0]);
    near["amt"] = json!("1");
    assert_eq!(closed("NearMiss", near).len(), 1);
}
