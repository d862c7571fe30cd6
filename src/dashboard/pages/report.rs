//! `GET /__sim/report`: the integration report on one merchant, or on all.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::audit::{DrillResult, Ending, Running};
use crate::control::integration_report;
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Section, Time, query};
use crate::paths;
use crate::report::{Format, Report};

#[derive(Template)]
#[template(path = "dashboard/report.html")]
struct ReportPage {
    frame: Frame,
    i_mid: String,
    merchants: Vec<String>,
    report: Report,
    audit: Option<Running>,
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Report);
    let (i_mid, lang) = (query::merchant(control, &request), frame.lang());
    let frame = match &i_mid {
        Some(i_mid) => frame.listening_to(control.engine.shown(i_mid.clone()).as_str(), None),
        None => frame,
    };
    let name = i_mid.as_ref().map(ToString::to_string).unwrap_or_default();
    let reader = control.clone();
    let make = move || integration_report(&reader.engine, reader.profile, i_mid.as_ref(), lang);
    let Some(report) = control.one_report(make).await else { return HttpResponse::InternalServerError().finish() };
    let page = ReportPage {
        i_mid: name,
        merchants: query::merchants(control),
        report,
        audit: control.audits.current(),
        frame,
    };
    page.frame.respond(StatusCode::OK, &page)
}

impl ReportPage {
    /// How far the audit is.
    fn progress(&self) -> Option<String> {
        let Running { i_mid, drill, drills, total, ending, .. } = self.audit.as_ref()?;
        let (done, lang) = (drills.len(), self.frame.lang());
        Some(match ending {
            None => {
                let name = drill.map_or("", |drill| drill.name);
                lang.t(
                    format!("The audit of {i_mid} is running: {done} of {total} drills are done. {name}"),
                    format!("Audit {i_mid} sedang berjalan: {done} dari {total} latihan selesai. {name}"),
                )
            }
            Some(Ending::Complete) => lang.t(
                format!("The audit of {i_mid} has ended: {total} drills."),
                format!("Audit {i_mid} selesai: {total} latihan."),
            ),
            Some(Ending::Interrupted) => lang.t(
                format!("The audit of {i_mid} was interrupted after {done} of {total} drills."),
                format!("Audit {i_mid} terhenti setelah {done} dari {total} latihan."),
            ),
            Some(Ending::GivenUp(reason)) => lang.t(
                format!("The audit of {i_mid} was given up after {done} of {total} drills: {reason}."),
                format!("Audit {i_mid} dihentikan setelah {done} dari {total} latihan: {reason}."),
            ),
        })
    }

    /// What did not go as it should.
    fn audit_problems(&self) -> Vec<String> {
        let Some(audit) = &self.audit else { return Vec::new() };
        let of_drill = |result: &DrillResult| {
            let name = result.drill.name;
            let all = result.error.iter().chain(&result.notes);
            all.map(|text| format!("{name}: {text}")).collect::<Vec<_>>()
        };
        audit.drills.iter().flat_map(of_drill).chain(audit.probe_problem.clone()).collect()
    }

    /// The simulator's time in the report.
    fn at(&self) -> Time {
        Time::full(self.report.summary.run.at)
    }

    /// The address of the report as a file.
    fn download(&self, format: &str) -> String {
        let lang = self.frame.lang().code();
        let fields = [("iMid", self.i_mid.as_str()), ("format", format), ("lang", lang), ("download", "1")];
        query::link(&format!("{}/report", paths::API), &fields)
    }
}
