//! What the audit prints: a line for each drill, and what was found.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::audit::{DrillResult, Ending, Outcome, Plan};
use crate::language::Lang;
use crate::report::{CheckResult, Report, State};

/// How much evidence of a check is printed.
const MAX_EVIDENCE: usize = 3;

/// The first line.
pub(super) fn head(plan: &Plan, address: SocketAddr) -> String {
    let (i_mid, drills) = (plan.i_mid.as_str(), plan.drills.len());
    let drills = if drills == 1 { "1 drill".to_owned() } else { format!("{drills} drills") };
    format!("audit of {i_mid}, {drills}; the simulator is at http://{address}")
}

/// The line of a drill. What did not go as it should is below it.
pub(super) fn line(result: &DrillResult) -> String {
    let order = result.reference_no.as_ref().map_or_else(String::new, |reference_no| format!("  {reference_no}"));
    let state = if result.error.is_none() { "done" } else { "error" };
    let (name, seconds) = (result.drill.name, result.took.as_secs_f64());
    let mut line = format!("{state:<6} {name:<28} {seconds:>5.1} s{order}");
    for text in result.error.iter().chain(&result.notes) {
        let _ = write!(line, "\n       {text}");
    }
    line
}

/// What was found. `failures` are the checks that make the exit code 10.
pub(super) fn summary(report: &Report, outcome: &Outcome, failures: &[&str]) -> String {
    let mut text = format!("\n{}\n{}\n", report.verdict(), report.coverage());
    for limit in report.limits() {
        let _ = writeln!(text, "{limit}");
    }
    let t = |en, id| report.lang.t(en, id);
    if let Ending::GivenUp(reason) = &outcome.ending {
        let _ = writeln!(text, "{}: {reason}.", t("Not all drills were run", "Tidak semua drill dijalankan"));
    }
    if let Some(problem) = &outcome.probe_problem {
        let _ = writeln!(text, "{}: {problem}.", t("The probe did not always work", "Probe tidak selalu berhasil"));
    }
    for state in [State::Fail, State::Warning] {
        for check in report.checks.iter().filter(|check| check.state == state) {
            push(&mut text, check, failures, report.lang);
        }
    }
    text.trim_end().to_owned()
}

fn push(text: &mut String, check: &CheckResult, failures: &[&str], lang: Lang) {
    let is_known = check.state == State::Fail && !failures.contains(&check.id);
    let known = if is_known { lang.t(" (as in the baseline)", " (seperti di baseline)") } else { "" };
    let _ = writeln!(text, "\n{:<8} {} {}{known}", check.state.as_str(), check.id, check.title);
    let of_state = check.evidence.iter().filter(|evidence| evidence.state == check.state);
    for evidence in of_state.take(MAX_EVIDENCE) {
        let _ = writeln!(text, "         {}", evidence.text);
    }
    let _ =
        writeln!(text, "         {}: {}", lang.t("What to do", "Yang perlu dilakukan"), check.advice.replace('`', ""));
    let _ = writeln!(text, "         {}: {}", lang.t("An example", "Contoh"), check.example);
}
