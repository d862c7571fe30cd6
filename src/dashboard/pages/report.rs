//! `GET /__sim/report`: the integration report on one merchant, or on all.

use std::collections::{BTreeSet, HashMap};

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::audit::{DrillResult, Ending, Running};
use crate::control::{Control, integration_report};
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Section, Time, query};
use crate::domain::EventKind;
use crate::paths;
use crate::report::{CheckResult, Format, Report};

#[derive(Template)]
#[template(path = "dashboard/report.html")]
struct ReportPage {
    frame: Frame,
    i_mid: String,
    merchants: Vec<String>,
    report: Report,
    /// The events that evidence names and that are arrows in a diagram, each with its address.
    arrows: HashMap<u64, String>,
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
        arrows: arrows(control, &report),
        report,
        audit: control.audits.current(),
        frame,
    };
    page.frame.respond(StatusCode::OK, &page)
}

/// The arrows of the shown evidence.
fn arrows(control: &Control, report: &Report) -> HashMap<u64, String> {
    let shown = report.checks.iter().flat_map(CheckResult::shown_evidence).flat_map(|evidence| &evidence.events);
    let shown: BTreeSet<u64> = shown.copied().collect();
    shown.into_iter().filter_map(|event| Some((event, arrow(control, event)?))).collect()
}

/// The address of an event in the diagram of its transaction; none for an event that is no arrow of one.
fn arrow(control: &Control, id: u64) -> Option<String> {
    let (log, mut found) = (control.engine.store().log, None);
    log.visit(id.checked_sub(1)?, 1, |event| {
        let is_arrow = matches!(event.kind, EventKind::Exchanged(_) | EventKind::NotificationAttempted { .. });
        found = event.t_xid.clone().filter(|_| event.id == id && is_arrow);
    });
    let t_xid = found?;
    // The diagram stands on a page that has the transaction.
    control.engine.store().transactions.read(t_xid.as_str(), |_| ())?;
    Some(query::arrow(&paths::transaction_page(t_xid.as_str()), id))
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

    /// The address of an event that evidence names: of its arrow in the diagram of its payment, where it has one.
    fn arrow(&self, event: u64) -> String {
        let of = self.arrows.get(&event).cloned();
        of.unwrap_or_else(|| format!("{}/events/{event}", paths::DEVELOPER))
    }

    /// The address of the report as a file.
    fn download(&self, format: &str) -> String {
        let lang = self.frame.lang().code();
        let fields = [("iMid", self.i_mid.as_str()), ("format", format), ("lang", lang), ("download", "1")];
        query::link(&format!("{}/report", paths::API), &fields)
    }
}
