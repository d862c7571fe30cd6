//! `GET /__sim/rules`: the scenario in force, and rules that were added.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::frame::{Frame, Place};
use super::{Dashboard, query};
use crate::domain::Variant;
use crate::paths;

#[derive(Template)]
#[template(path = "dashboard/rules.html")]
struct RulesPage {
    frame: Frame,
    /// Whose scenario is shown; empty for all that have not their own.
    i_mid: String,
    merchants: Vec<String>,
    name: String,
    title: String,
    description: String,
    /// Whether it was put in force for this merchant alone.
    own: bool,
    told: Vec<Told>,
    available: Vec<String>,
    added: Vec<Added>,
    shoppers: Vec<String>,
}

/// A rule of the scenario.
struct Told {
    id: String,
    times: Option<u32>,
    reached: u32,
}

/// A rule that was added.
struct Added {
    id: String,
    left: Option<(u32, u32)>,
    written: String,
}

pub(super) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::of(&dashboard, &request, Place::Rules);
    let i_mid = query::merchant(control, &request);
    let rules = control.engine.rules();
    let (story, own) = rules.scenario(i_mid.as_ref());
    let told = story.rules.iter().map(|rule| Told {
        id: rule.id.to_string(),
        times: rule.times(),
        reached: rules.match_count(rule, i_mid.as_ref()),
    });
    let added = rules.added(None).into_iter().map(|added| Added {
        id: added.rule.id.to_string(),
        left: added.rule.times().map(|times| (times.saturating_sub(rules.match_count(&added.rule, None)), times)),
        written: format!("{:#}", added.source),
    });
    let page = RulesPage {
        merchants: query::merchants(control),
        name: story.name.to_string(),
        title: story.title.clone(),
        description: story.description.trim().to_owned(),
        own,
        told: told.collect(),
        available: rules.library().names().map(str::to_owned).collect(),
        added: added.collect(),
        shoppers: control.engine.catalog().shoppers().iter().map(|shopper| shopper.phone.local()).collect(),
        i_mid: i_mid.map(|i_mid| i_mid.to_string()).unwrap_or_default(),
        frame,
    };
    page.frame.answer(control, StatusCode::OK, &page)
}
