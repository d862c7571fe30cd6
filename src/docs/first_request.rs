//! The first request of an application, in each language: the examples of `docs/start/connect.md`.

use super::documents::Document;

/// The document with the examples.
const PATH: &str = "docs/start/connect.md";
/// What the examples have in place of the simulator's address.
const ADDRESS: &str = "http://127.0.0.1:8606";
/// The hosts of the `dbProcessUrl`s in the examples.
const RECEIVERS: [&str; 2] =
    ["http://127.0.0.1:3000/nicepay/notification", "http://127.0.0.1:8000/nicepay/notification"];
/// The headings of the examples.
const LANGUAGES: [&str; 4] = ["curl", "PHP", "Node", "Python"];

/// A registration in each language, with its name: it calls the simulator at `base_url` and is notified at
/// `db_process_url`.
pub fn first_requests(base_url: &str, db_process_url: &str) -> Vec<(&'static str, String)> {
    let text = Document::find(PATH).map_or("", |document| document.markdown);
    let examples = LANGUAGES.iter().filter_map(|language| {
        let code = RECEIVERS
            .iter()
            .fold(code_below(text, language)?.to_owned(), |code, receiver| code.replace(receiver, db_process_url));
        Some((*language, code.replace(ADDRESS, base_url)))
    });
    examples.collect()
}

/// The first code block below a heading.
fn code_below<'t>(text: &'t str, heading: &str) -> Option<&'t str> {
    let (_, below) = text.split_once(&format!("\n### {heading}\n"))?;
    let (_, block) = below.split_once("```")?;
    let (_, code) = block.split_once('\n')?;
    code.split_once("\n```").map(|(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_calls_this_simulator() {
        let requests = first_requests("http://sim.test:1", "http://sim.test:1/__sim/inbox");
        assert_eq!(requests.iter().map(|(language, _)| *language).collect::<Vec<_>>(), LANGUAGES);
        for (language, code) in requests {
            assert!(code.contains("http://sim.test:1/__sim/inbox"), "{language}: {code}");
            assert!(!code.contains("127.0.0.1:") && !code.contains("```"), "{language}: {code}");
        }
    }
}
