//! `docs/reference/result-codes.md`

use std::fmt::Write as _;

use super::markdown::{cell, head, with_sections};
use crate::protocol::RESULT_CODES;

const INTRO: &str = "Every `resultCd` that the simulator answers, with its `resultMsg`. NICEPAY answers a refusal with \
HTTP 200 and one of these codes in the body. The header `X-Sim-Diagnosis` says more: see [Diagnoses](diagnoses.md).";

const BEFORE: &str = "The texts are NICEPAY's, typing errors included. *(assumed)* marks what no public source says; \
*(ours)* marks what NICEPAY does not have. A rule can answer with any code: see [Scenario format](scenario-format.md).";

pub(super) fn page() -> String {
    let mut codes: Vec<_> = RESULT_CODES.iter().collect();
    codes.sort_by_key(|(code, _)| code.cd);
    let mut page = head("Result codes", INTRO);
    let _ = write!(page, "\n{BEFORE}\n\n| Code | Meaning | `resultMsg` |\n|---|---|---|\n");
    for (code, meaning) in codes {
        let _ = writeln!(page, "| `{}` | {} | {} |", code.cd, cell(&with_sections(meaning)), cell(code.msg));
    }
    page
}
