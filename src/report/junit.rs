//! The report as JUnit XML, for CI: a suite for each group, a test for each check.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::catalog::Group;
use super::summary::{CheckResult, Report};
use super::verdict::State;

/// The report as JUnit XML. A failed check is a failure, a warning a test with output, and what was not exercised or
/// not visible is skipped.
pub(super) fn junit(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write_report(&mut text, report);
    text
}

fn write_report(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    let counts = counts(&report.checks.iter().collect::<Vec<_>>());
    writeln!(out, r#"<testsuites name="{}" {counts}>"#, escaped(&report.title()))?;
    for (group, checks) in report.groups() {
        write_group(out, report, group, &checks)?;
    }
    writeln!(out, "</testsuites>")
}

fn counts(checks: &[&CheckResult]) -> String {
    let count = |wanted: &[State]| checks.iter().filter(|check| wanted.contains(&check.state)).count();
    let (failures, skipped) = (count(&[State::Fail]), count(&[State::NotExercised, State::NotVisible]));
    format!(r#"tests="{}" failures="{failures}" errors="0" skipped="{skipped}" time="0""#, checks.len())
}

fn write_group(out: &mut String, report: &Report, group: Group, checks: &[&CheckResult]) -> std::fmt::Result {
    let title = escaped(group.title(report.lang));
    let at = report.summary.run.at.strftime("%Y-%m-%dT%H:%M:%S");
    writeln!(out, r#"  <testsuite name="{title}" {} timestamp="{at}">"#, counts(checks))?;
    writeln!(out, "    <properties>")?;
    for (name, value) in report.facts() {
        writeln!(out, r#"      <property name="{}" value="{}"/>"#, escaped(name), escaped(&value))?;
    }
    for limit in report.limits() {
        writeln!(out, r#"      <property name="incomplete" value="{}"/>"#, escaped(&limit))?;
    }
    writeln!(out, "    </properties>")?;
    for check in checks {
        let name = escaped(&format!("{} {}", check.id, check.title)).into_owned();
        write!(out, r#"    <testcase classname="nicepay-sim.{}" name="{name}" time="0""#, group.as_str())?;
        write_result(out, report, check)?;
    }
    writeln!(out, "  </testsuite>")
}

fn write_result(out: &mut String, report: &Report, check: &CheckResult) -> std::fmt::Result {
    let body = escaped(&body(report, check)).into_owned();
    match check.state {
        State::Pass => writeln!(out, "/>"),
        State::Fail => {
            let (kind, advice) = (check.severity.word(report.lang), escaped(check.advice));
            writeln!(out, ">\n      <failure type=\"{kind}\" message=\"{advice}\">{body}</failure>\n    </testcase>")
        }
        State::Warning => writeln!(out, ">\n      <system-out>{body}</system-out>\n    </testcase>"),
        State::NotVisible | State::NotExercised => {
            let (word, meaning) = (check.state.word(report.lang), check.state.meaning(report.lang));
            let message = format!("{word}: {meaning}");
            writeln!(out, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escaped(&message))
        }
    }
}

/// Reason, evidence and advice, in lines.
fn body(report: &Report, check: &CheckResult) -> String {
    let lang = report.lang;
    let mut text = format!("{}\n", check.reason);
    for evidence in check.shown_evidence() {
        let _ = writeln!(text, "- {}: {} ({})", evidence.state.word(lang), evidence.text, evidence.place(lang));
    }
    if let Some(more) = check.more_evidence(lang) {
        let _ = writeln!(text, "- {more}");
    }
    let (advice, example) = (lang.t("Advice", "Saran"), lang.t("Example", "Contoh"));
    let _ = writeln!(text, "{advice}: {}", check.advice);
    let _ = writeln!(text, "{example}: {}\n{}", check.example, check.clause_text(lang));
    text
}

/// A text inside an element or an attribute. XML 1.0 cannot have some characters at all: they become U+FFFD.
fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| is_xml(c) && !matches!(c, '&' | '<' | '>' | '"' | '\'' | '\r' | '\t');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            c if is_xml(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    Cow::Owned(out)
}

/// Whether XML 1.0 may have it.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_valid_xml() {
        let text = "]]></failure><b a=\"'\">&\u{0}\u{1b}\u{ffff}\u{fffe}\t\r\u{7f}\u{202e}\u{1f600}";
        let document = format!("<a b=\"{0}\">{0}</a>", escaped(text));
        let parsed = roxmltree::Document::parse(&document).unwrap();
        let shown: String = text.chars().map(|c| if is_xml(c) { c } else { '\u{fffd}' }).collect();
        assert_eq!(parsed.root_element().text(), Some(shown.as_str()));
        assert_eq!(parsed.root_element().attribute("b"), Some(shown.as_str()));
        assert_eq!(escaped("plain"), Cow::Borrowed("plain"));
    }
}
