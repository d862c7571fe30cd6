//! `docs/reference/endpoints.md`

use std::fmt::Write as _;

use super::markdown::{block, cell, codes, head, with_sections};
use crate::endpoints::{Caller, Endpoint};
use crate::protocol::Recipe;

const INTRO: &str = "Every endpoint of NICEPAY that the simulator serves, what it is for, and what its merchantToken \
covers. [The protocol](../PROTOCOL.md) describes each with its fields.";

const EXAMPLE: &str = "nicepay-sim sign registration timeStamp=20210913090977 iMid=PAYLOANTES \\\n  \
referenceNo=ord20210913090977 amt=25145";

const OUTPUT: &str = "596129570572f2ce4f6b459a09c8c1aaf36910ed6f3feb5a6da0a7086233714a";

pub(super) fn page() -> String {
    let mut page = head("Endpoints", INTRO);
    page.push_str("\n| Method | Path | Purpose | Described in |\n|---|---|---|---|\n");
    for endpoint in Endpoint::ALL {
        let info = endpoint.info();
        let paths = codes(info.paths.iter().copied());
        let section = info
            .section
            .map_or_else(|| "the simulator's own".to_owned(), |section| with_sections(&format!("§{section}")));
        let who = match info.caller {
            Caller::Browser => " (the customer's browser)",
            Caller::Server => "",
        };
        let _ = writeln!(page, "| {} | {paths} | {}{who} | {section} |", endpoint.allow(), cell(info.purpose.en));
    }
    page.push_str(
        "\n## Signatures\n\nA merchantToken is the SHA-256 of these values, one after the other as they were sent, and then \
         of the merchantKey, as 64 hexadecimal digits. `operation` is the endpoint's name in the rules of a scenario.\n\n\
         | Endpoint | `operation` | Signed values |\n|---|---|---|\n",
    );
    for endpoint in Endpoint::ALL {
        let Some(recipe) = endpoint.info().recipe else { continue };
        let operation = endpoint.operation().map_or_else(|| "–".to_owned(), |name| format!("`{name}`"));
        let _ = writeln!(page, "| {} | {operation} | {} |", endpoint.info().label, signed(recipe));
    }
    let _ = write!(page, "\n`nicepay-sim sign` computes one:\n\n{}\n{}", block("sh", EXAMPLE), block("text", OUTPUT));
    page
}

fn signed(recipe: Recipe) -> String {
    let part = |field| match recipe.literal(field) {
        Some(word) => format!("the text `{word}`"),
        None => format!("`{}`", field.name()),
    };
    recipe.fields.iter().map(|field| part(*field)).collect::<Vec<_>>().join(", ")
}
