//! `docs/reference/diagnoses.md`

use std::fmt::Write as _;

use super::markdown::{block, head, with_sections};
use crate::diagnosis::{Entry, FAMILIES, Slug};

const INTRO: &str = "What each diagnosis means, and what to do about it. The simulator sends one with every refusal, in \
the header `X-Sim-Diagnosis`: first a slug, which never changes, then a sentence with the field and the value. The header \
`X-Sim-Note` has the same form; it stands on requests that are accepted here but may be refused by NICEPAY.";

const EXAMPLE: &str = "curl -sS -o /dev/null -D - http://127.0.0.1:8606/nicepay/direct/v2/inquiry -d '' \\\n  \
-H 'Content-Type: application/json' | grep -i x-sim-diagnosis";

const OUTPUT: &str = "x-sim-diagnosis: body/empty: …";

pub(super) fn page() -> String {
    let mut page = head("Diagnoses", INTRO);
    let _ = write!(page, "\n{}\n{}", block("bash", EXAMPLE), block("text", OUTPUT));
    page.push_str("\nThe dashboard shows the same diagnosis, and links to its entry here. The address of an entry never changes.\n");
    for (title, slugs) in FAMILIES {
        let _ = write!(page, "\n## {title}\n");
        for slug in *slugs {
            entry(*slug, &mut page);
        }
    }
    page
}

fn entry(slug: Slug, page: &mut String) {
    let Entry { text, section, title, title_id, meaning, remedy } = slug.entry();
    let section = with_sections(&format!("§{section}"));
    let page_of = crate::paths::diagnosis_page(text);
    let anchor = page_of.split_once('#').map_or("", |(_, anchor)| anchor);
    let _ = write!(
        page,
        "\n### <a id=\"{anchor}\"></a>`{text}`\n\n**{title}** · *{title_id}*\n\n{} {remedy} See {section}.\n",
        meaning.trim()
    );
}
