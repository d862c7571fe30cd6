//! Node: a file is loaded first that leads connections to NICEPAY's hosts to the proxy. Later versions read the proxy
//! variables too when they are told to.

use std::io;

use super::{Environment, Setup, quoted};
use crate::cli::exec::folder::{self, Folder};
use crate::endpoints::HOSTS;

const VARIABLE: &str = "NODE_OPTIONS";
const PRELOAD: &str = include_str!("node_preload.cjs");

pub(super) fn set(setup: &Setup<'_>, folder: &Folder, environment: &mut Environment) -> io::Result<()> {
    let preload = folder.write("node-preload.cjs", preload(setup).as_bytes())?;
    let before = setup.inherited.get(VARIABLE).unwrap_or_default();
    let ours = format!("--require {}", quoted(&preload.display().to_string()));
    environment.set("NODE_USE_ENV_PROXY", "1");
    environment.set(VARIABLE, [without_ours(before).as_str(), &ours].join(" ").trim_start().to_owned());
    Ok(())
}

fn preload(setup: &Setup<'_>) -> String {
    let proxy = setup.addresses.proxy;
    let values = [
        ("PROXY_HOST", serde_json::json!(proxy.ip().to_string())),
        ("PROXY_PORT", serde_json::json!(proxy.port())),
        ("NICEPAY_HOSTS", serde_json::json!(HOSTS)),
    ];
    values.into_iter().fold(PRELOAD.to_owned(), |text, (name, value)| text.replace(name, &value.to_string()))
}

/// The options without the file of an `exec` around this one.
fn without_ours(options: &str) -> String {
    let mut kept = options.to_owned();
    while let Some((from, to)) = ours(&kept) {
        kept.replace_range(from..to, "");
    }
    kept.trim().to_owned()
}

/// Where `--require FILE` with a file of ours stands.
fn ours(options: &str) -> Option<(usize, usize)> {
    const FLAG: &str = "--require ";
    options.match_indices(FLAG).find_map(|(from, _)| {
        let rest = &options[from + FLAG.len()..];
        let length = match rest.strip_prefix('"') {
            Some(inside) => inside.find('"').map_or(rest.len(), |at| at + 2),
            None => rest.find(' ').unwrap_or(rest.len()),
        };
        folder::is_ours(rest[..length].trim_matches('"')).then_some((from, from + FLAG.len() + length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_file_of_an_outer_exec_is_taken_out() {
        for (before, after) in [
            ("--require /tmp/nicepay-sim-exec-1-0/node-preload.cjs", ""),
            ("--require \"/my tmp/nicepay-sim-exec-1-0/node-preload.cjs\" --trace-warnings", "--trace-warnings"),
            ("--require ./mine.cjs --max-old-space-size=64", "--require ./mine.cjs --max-old-space-size=64"),
        ] {
            assert_eq!(without_ours(before), after);
        }
    }
}
