//! `docs/reference/events.md`

use std::fmt::Write as _;

use serde_json::Value;

use super::control_api::{self, document};
use super::markdown::{block, head};
use super::schema::{Schemas, fields, meaning};

const INTRO: &str = "Every type of event in the simulator's log, with its fields. Read the log with `GET /events`, wait \
for an event with `GET /events/wait`, and assert what happened with `POST /verify`: see [Control API](control-api.md).";

const EXAMPLE: &str = "curl -sS -X POST http://127.0.0.1:8606/__sim/api/clock/advance \\\n  \
-H 'Content-Type: application/json' -d '{\"by\": \"1h\"}' > /dev/null\n\
curl -sS 'http://127.0.0.1:8606/__sim/api/events?type=clock.moved'; echo";

const OUTPUT: &str = r#"[{"id": … ,"at":"2026-11-24T10:45:48.67Z","type":"clock.moved","from":"2026-11-24T09:45:48.67Z","to":"2026-11-24T10:45:48.67Z"}]"#;

pub(super) fn page() -> String {
    let document = document();
    let Some(types) = document["components"]["schemas"].as_object() else { return String::new() };
    let event = &types["Event"];
    let schemas = control_api::linked_schemas(&document, types, "control-api.md");
    let mut page = head("Events", INTRO);
    let _ = write!(page, "\n{}\n{}", block("bash", EXAMPLE), block("json", OUTPUT));
    let mut common = event.clone();
    if let Some(properties) = common["properties"].as_object_mut() {
        properties.remove("type");
    }
    let _ = write!(
        page,
        "\n## Fields of every event\n\n| Field | Meaning |\n|---|---|\n| `type` | What happened: one of the following. |\n"
    );
    for (name, field) in fields(&common) {
        let _ = writeln!(page, "| `{name}` | {} |", meaning(field));
    }
    let mut area = "";
    for one in event["oneOf"].as_array().into_iter().flatten() {
        let name = one["title"].as_str().unwrap_or_default();
        let prefix = name.split('.').next().unwrap_or_default();
        if prefix != area {
            area = prefix;
            let _ = write!(page, "\n## {area}.*\n");
        }
        let _ = write!(page, "\n### {name}\n\n{}\n", meaning(one));
        page.push_str(&own_fields(&schemas, one));
    }
    page
}

fn own_fields(schemas: &Schemas<'_>, event: &Value) -> String {
    let mut own = event.clone();
    if let Some(properties) = own["properties"].as_object_mut() {
        properties.shift_remove("type");
    }
    own["required"] = Value::Null;
    let table = schemas.table(&own);
    if table.is_empty() { table } else { format!("\n{table}") }
}
