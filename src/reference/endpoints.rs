//! `docs/reference/endpoints.md`

use std::fmt::Write as _;

use super::markdown::{cell, codes, head, with_sections};
use crate::endpoints::{Caller, Endpoint};
use crate::protocol::Recipe;

const INTRO: &str =
    "Every endpoint of NICEPAY that the simulator answers: its methods, its path, and how it is signed.";

const BEFORE: &str = "The merchantToken is the SHA-256 of the signed fields and the merchantKey: see \
`docs/PROTOCOL.md` §2.0. A rule names an endpoint by its `operation`: see [Scenario format](scenario-format.md).";

pub(super) fn page() -> String {
    let mut page = head("Endpoints", INTRO);
    let _ = write!(
        page,
        "\n{}\n\n| Method | Path | Purpose | Called by | Signed fields | `operation` | Protocol |\n|---|---|---|---|---|---|---|\n",
        with_sections(BEFORE)
    );
    for endpoint in Endpoint::ALL {
        let info = endpoint.info();
        let caller = match info.caller {
            Caller::Browser => "customer's browser",
            Caller::Server => "merchant's server",
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {caller} | {} | {} | {} |",
            endpoint.allow(),
            codes(info.paths.iter().copied()),
            cell(info.purpose.en),
            info.recipe.map_or_else(String::new, signed_fields),
            codes(endpoint.operation()),
            info.section.map_or_else(|| "simulator only".to_owned(), |section| with_sections(&format!("§{section}"))),
        );
    }
    page
}

fn signed_fields(recipe: Recipe) -> String {
    codes(recipe.fields.iter().map(|field| recipe.literal(*field).unwrap_or(field.name())))
}
