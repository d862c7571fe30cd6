//! Blocks that are not run: files, data, drawings.

use std::fs;

use nicepay_sim::testing::Simulator;
use serde_json::Value;

use super::blocks::{Block, Document};
use super::{programs, root, wrong};
use crate::common::process::Folder;

/// Info strings that another file of these tests takes care of.
const ELSEWHERE: [&str; 11] =
    ["bash", "sh", "yaml", "yaml,steps", "rust", "js", "py", "php", "js,check", "py,check", "php,check"];
/// What a Mermaid diagram can begin with.
const DIAGRAMS: [&str; 4] = ["sequenceDiagram", "flowchart ", "stateDiagram-v2", "classDiagram"];

/// What is wrong with the blocks of a page that are not run, and with info strings that nobody knows.
pub(super) fn test(document: &Document) -> Vec<String> {
    let sim = std::sync::LazyLock::new(Simulator::start);
    let of = |block: &Block| match block.info.as_str() {
        _ if block.output_of.is_some() => Ok(()),
        "text" => Ok(()),
        "json" => json(&sim, &block.text),
        "toml" => toml(&sim, &block.text),
        "mermaid" => mermaid(&block.text),
        "rust" | "rust,no_run" | "rust,should_panic" => doctest(document),
        "rust,check" => syn::parse_file(&block.text).map(drop).map_err(|error| error.to_string()),
        known if ELSEWHERE.contains(&known) || programs::is_run(known) => Ok(()),
        other => Err(format!("{other:?} is no info string that is tested: see docs/ARCHITECTURE.md")),
    };
    document.blocks.iter().filter_map(|block| of(block).err().map(|why| wrong(document, block, &why))).collect()
}

/// Parses; what looks like the body of a verification can be one.
fn json(sim: &Simulator, text: &str) -> Result<(), String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if value.get("expect").is_none() {
        return Ok(());
    }
    let answer = sim.http().post_json("/__sim/api/verify", &value);
    if [200, 409].contains(&answer.status) { Ok(()) } else { Err(answer.body) }
}

/// A scenario file, a manifest of Cargo, or a file of settings.
fn toml(sim: &Simulator, text: &str) -> Result<(), String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
    if table.contains_key("dependencies") || table.contains_key("dev-dependencies") {
        return Ok(());
    }
    let folder = Folder::new();
    let checked = if table.contains_key("title") {
        sim.http().put_json("/__sim/api/scenario", &serde_json::json!({ "toml": text }));
        folder.run(&["check", &folder.write("scenario.toml", text)])
    } else {
        // Where it runs, the program reads its settings.
        folder.write("nicepay-sim.toml", text);
        folder.run(&["check"])
    };
    if checked.code == Some(0) { Ok(()) } else { Err(checked.stderr) }
}

fn mermaid(text: &str) -> Result<(), String> {
    let known = DIAGRAMS.iter().any(|diagram| text.trim_start().starts_with(diagram));
    if known { Ok(()) } else { Err(format!("a diagram begins with one of {DIAGRAMS:?}")) }
}

/// Rust is compiled and run as a doctest of the library, which has to include the page.
fn doctest(document: &Document) -> Result<(), String> {
    let library = fs::read_to_string(root().join("src/testing/mod.rs")).unwrap();
    let included = library.contains(&format!("include_str!(\"../../{}\")", document.path));
    if included { Ok(()) } else { Err("the page is not included in src/testing/mod.rs".to_owned()) }
}
