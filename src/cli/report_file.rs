//! What `exec` and `audit` have in common: the files that a report is written to, and what a failed check means.

use std::path::PathBuf;

use crate::control::render_report;
use crate::engine::Engine;
use crate::language::Lang;
use crate::report::{Baseline, FailOn, Format, Report};

/// The arguments about the report.
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// Writes the report; the ending of the file is its format: .html, .md, .json, or .xml for JUnit (repeatable)
    #[arg(long, value_name = "FILE")]
    report: Vec<PathBuf>,
    /// The language of the report
    #[arg(long, value_name = "LANG", default_value = "en", value_parser = ["en", "id"])]
    report_lang: String,
    /// Which checks make the exit code 10: those that fail, or also those that warn. `audit` starts with `fail`; `exec` passes
    /// the exit code of CMD through, and looks at the checks only with this flag, and when CMD ended with 0
    #[arg(long, value_name = "STATE", value_parser = FailOn::NAMES)]
    fail_on: Option<String>,
    /// An earlier report as JSON: what was as bad there does not make the exit code 10
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

/// What is to be done with a report.
pub(super) struct ReportPlan {
    files: Vec<(PathBuf, Format)>,
    pub(super) lang: Lang,
    /// None: no check changes the exit code.
    pub(super) fail_on: Option<FailOn>,
    baseline: Baseline,
}

impl ReportArgs {
    /// Reads what can be wrong before anything runs.
    pub(super) fn read(&self) -> Result<ReportPlan, String> {
        let format = |file: &PathBuf| Format::of_file(file).map(|format| (file.clone(), format));
        let files = self.report.iter().map(format).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        let baseline = self.baseline.as_ref().map(|file| {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            Baseline::from_json(&text).map_err(|error| format!("{}: {error}", file.display()))
        });
        Ok(ReportPlan {
            files,
            lang: Lang::from_code(&self.report_lang).unwrap_or(Lang::En),
            fail_on: self.fail_on.as_deref().and_then(FailOn::from_name),
            baseline: baseline.transpose()?.unwrap_or_default(),
        })
    }
}

impl ReportPlan {
    /// Whether somebody wants to see a report.
    pub(super) fn is_wanted(&self) -> bool {
        !self.files.is_empty() || self.fail_on.is_some()
    }

    /// The checks that make the exit code 10; none where no check changes it.
    pub(super) fn failures(&self, report: &Report) -> Vec<&'static str> {
        self.fail_on.map_or_else(Vec::new, |fail_on| report.failures(fail_on, &self.baseline))
    }

    /// Writes the files; returns a line for each, and whether all could be written.
    pub(super) fn write(&self, engine: &Engine, report: &Report) -> (Vec<String>, bool) {
        let mut is_written = true;
        let write = |(file, format): &(PathBuf, Format)| {
            let text = render_report(engine, report, *format).map_err(|error| error.to_string());
            let written = text.and_then(|text| std::fs::write(file, text).map_err(|error| error.to_string()));
            let file = file.display();
            match written {
                Ok(()) => format!("report: {file}"),
                Err(error) => {
                    is_written = false;
                    format!("{file}: {error}")
                }
            }
        };
        (self.files.iter().map(write).collect(), is_written)
    }
}
