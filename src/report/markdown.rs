//! The report as Markdown, for CI and pull requests: the result first, then what to do.

use std::fmt::Write as _;

use super::summary::{CheckResult, Report};
use super::verdict::State;

/// The report as Markdown.
pub(super) fn markdown(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write_report(&mut text, report);
    text
}

fn write_report(out: &mut String, report: &Report) -> std::fmt::Result {
    let lang = report.lang;
    writeln!(out, "# {}\n", escaped(&report.title()))?;
    let state = report.summary.state.word(lang).to_uppercase();
    writeln!(out, "**{state}**: {} {}", report.verdict(), report.coverage())?;
    for limit in report.limits() {
        writeln!(out, "\n> **{}** {limit}", lang.t("Incomplete.", "Tidak lengkap."))?;
    }
    write_first_steps(out, report)?;
    write_table(out, report)?;
    write_evidence(out, report)?;
    writeln!(out, "\n## {}\n", lang.t("About this report", "Tentang laporan ini"))?;
    for (name, value) in report.facts() {
        writeln!(out, "* {name}: {}", escaped(&value))?;
    }
    writeln!(out)?;
    for state in State::ALL {
        writeln!(out, "* **{}**: {}", state.word(lang), state.meaning(lang))?;
    }
    writeln!(out, "\n{}", report.disclaimer())
}

fn write_first_steps(out: &mut String, report: &Report) -> std::fmt::Result {
    let lang = report.lang;
    writeln!(out, "\n## {}\n", lang.t("What to do first", "Langkah pertama"))?;
    let steps = report.first_steps();
    if steps.is_empty() {
        return writeln!(out, "{}", report.next_step());
    }
    for (number, check) in (1..).zip(steps) {
        let (severity, clause) = (check.severity.word(lang), check.clause_text(lang));
        writeln!(out, "{number}. **{} {}** ({severity}; {clause})", check.id, check.title)?;
        if let Some(evidence) = check.evidence.first() {
            let place = escaped(&evidence.place(lang));
            writeln!(out, "\n   {}: {} ({place})", lang.t("Seen", "Terlihat"), escaped(&evidence.text))?;
        }
        writeln!(out, "\n   {}\n\n   {}", check.reason, check.advice)?;
        writeln!(out, "\n   {}: `{}`\n", lang.t("Example", "Contoh"), check.example)?;
    }
    report.then_warnings().map_or(Ok(()), |text| writeln!(out, "{text}"))
}

fn write_table(out: &mut String, report: &Report) -> std::fmt::Result {
    let lang = report.lang;
    writeln!(out, "\n## {}\n", lang.t("All checks", "Semua pemeriksaan"))?;
    let head = lang.t("| Check | State | Severity | Clause |", "| Pemeriksaan | Hasil | Tingkat | Acuan |");
    writeln!(out, "{head}\n|---|---|---|---|")?;
    for check in &report.checks {
        let state = check.state.word(lang);
        let state = if check.state >= State::Warning { format!("**{state}**") } else { state.to_owned() };
        let (severity, clause) = (check.severity.word(lang), check.clause_text(lang));
        writeln!(out, "| {} {} | {state} | {severity} | {clause} |", check.id, check.title)?;
    }
    Ok(())
}

fn write_evidence(out: &mut String, report: &Report) -> std::fmt::Result {
    let lang = report.lang;
    let mut judged: Vec<&CheckResult> = report.checks.iter().filter(|check| !check.evidence.is_empty()).collect();
    if judged.is_empty() {
        return Ok(());
    }
    judged.sort_by_key(|check| std::cmp::Reverse(check.state));
    writeln!(out, "\n## {}", lang.t("Evidence", "Bukti"))?;
    for check in judged {
        writeln!(out, "\n### {} {}: {}\n", check.id, check.title, check.state.word(lang))?;
        for evidence in check.shown_evidence() {
            let (state, text) = (evidence.state.word(lang), escaped(&evidence.text));
            writeln!(out, "* {state}: {text} ({})", escaped(&evidence.place(lang)))?;
        }
        if let Some(more) = check.more_evidence(lang) {
            writeln!(out, "* {more}")?;
        }
    }
    Ok(())
}

/// A text from outside, in one line and without meaning for Markdown or HTML. It mentions nobody: an `@` that does not
/// stand inside a word is followed by a space without width.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' if !in_word => out.push_str("@\u{200b}"),
            c if c.is_ascii_punctuation()
                && !matches!(c, '.' | ',' | ':' | ';' | '/' | '@' | '%' | '-' | '\'' | '"' | '?' | '=') =>
            {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() || is_invisible(c) => out.push(' '),
            c => out.push(c),
        }
        in_word = c.is_alphanumeric();
    }
    out
}

/// Characters that turn the direction of writing, or end a line.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_outside_means_nothing() {
        for (text, expected) in [
            ("a|b", r"a\|b"),
            ("<script>", "&lt;script&gt;"),
            ("*a* _b_ `c` [d](e) #1", r"\*a\* \_b\_ \`c\` \[d\]\(e\) \#1"),
            ("a\nb\u{0}c\u{202e}d", "a b c d"),
            ("@team, siti@example.com", "@\u{200b}team, siti@example.com"),
            ("{{ 1 }} ~~x~~ !y \\", r"\{\{ 1 \}\} \~\~x\~\~ \!y \\"),
            ("&amp; 25.145", "&amp;amp; 25.145"),
        ] {
            assert_eq!(escaped(text), expected, "{text:?}");
        }
    }
}
