//! `GET /__sim/report`: the integration report on one merchant, or on all.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::control::integration_report;
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Section, query};
use crate::paths;
use crate::report::{Format, Report};

#[derive(Template)]
#[template(path = "dashboard/report.html")]
struct ReportPage {
    frame: Frame,
    i_mid: String,
    merchants: Vec<String>,
    report: Report,
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let mut frame = Frame::new(&dashboard, &request, Section::Report);
    let (i_mid, lang) = (query::merchant(control, &request), frame.lang());
    if let Some(i_mid) = &i_mid {
        frame.live_query = format!("iMid={i_mid}");
    }
    let name = i_mid.as_ref().map(ToString::to_string).unwrap_or_default();
    let reader = control.clone();
    let make = move || integration_report(&reader.engine, reader.profile, i_mid.as_ref(), lang);
    let Some(report) = control.one_report(make).await else { return HttpResponse::InternalServerError().finish() };
    let page = ReportPage { i_mid: name, merchants: query::merchants(control), report, frame };
    page.frame.respond(StatusCode::OK, &page)
}

impl ReportPage {
    /// The address of the report as a file.
    fn download(&self, format: &str) -> String {
        let lang = self.frame.lang().code();
        let fields = [("iMid", self.i_mid.as_str()), ("format", format), ("lang", lang), ("download", "1")];
        query::link(&format!("{}/report", paths::API), &fields)
    }
}
