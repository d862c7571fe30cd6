//! The report as one HTML file without external parts: for the browser, for print and for an attachment.

use askama::Template;

use super::summary::{CheckResult, Report};
use super::verdict::{Evidence, State};
use crate::domain::TXid;
use crate::language::Lang;

/// The most payments that are drawn.
const MAX_DRAWINGS: usize = 12;

/// The sequence diagram of a payment.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// The payment.
    pub t_xid: TXid,
    /// The merchant's name for it.
    pub reference_no: String,
    /// The diagram as an SVG document.
    pub svg: String,
}

#[derive(Template)]
#[template(path = "report/report.html")]
struct Page<'r> {
    report: &'r Report,
    drawings: Vec<Drawing>,
}

impl Page<'_> {
    fn lang(&self) -> Lang {
        self.report.lang
    }

    /// The number of the drawing that shows the payment of this evidence.
    fn drawing_of(&self, evidence: &Evidence) -> Option<usize> {
        let t_xid = evidence.t_xid.as_ref()?;
        self.drawings.iter().position(|drawing| drawing.t_xid == *t_xid)
    }
}

/// Splits a text of the catalog at its backticks: every second part is code.
pub fn with_code(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`').enumerate().map(|(i, part)| (i % 2 == 1, part))
}

/// The report as HTML.
pub(super) fn html(report: &Report, drawings: &[Drawing]) -> askama::Result<String> {
    let drawings = drawings
        .iter()
        .enumerate()
        .map(|(i, drawing)| Drawing { svg: with_own_ids(&drawing.svg, i), ..drawing.clone() });
    Page { report, drawings: drawings.collect() }.render()
}

/// In one page, the ids of several drawings have to differ. Texts from outside cannot look like these: their quotes are
/// escaped.
fn with_own_ids(svg: &str, number: usize) -> String {
    svg.replacen("aria-labelledby=\"title about\"", &format!("aria-labelledby=\"title-{number} about-{number}\""), 1)
        .replacen("<title id=\"title\">", &format!("<title id=\"title-{number}\">"), 1)
        .replacen("<desc id=\"about\">", &format!("<desc id=\"about-{number}\">"), 1)
}

impl Report {
    /// The payments to draw: those that the evidence of failed checks names, and then those of warnings.
    pub fn payments_to_draw(&self) -> Vec<&TXid> {
        let mut found = Vec::new();
        for state in [State::Fail, State::Warning] {
            let checks = self.checks.iter().filter(|check| check.state == state);
            let evidence = checks.flat_map(CheckResult::shown_evidence).filter(|evidence| evidence.state == state);
            for t_xid in evidence.filter_map(|evidence| evidence.t_xid.as_ref()) {
                if found.len() < MAX_DRAWINGS && !found.contains(&t_xid) {
                    found.push(t_xid);
                }
            }
        }
        found
    }
}
