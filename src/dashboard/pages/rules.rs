//! `GET /__sim/rules`: the active scenario and the added rules.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Section, query};
use crate::domain::Variant;
use crate::paths;

#[derive(Template)]
#[template(path = "dashboard/rules.html")]
struct RulesPage {
    frame: Frame,
    /// The merchant whose scenario is shown; empty for the shared scenario.
    i_mid: String,
    merchants: Vec<String>,
    name: String,
    title: String,
    description: String,
    /// Whether the merchant has a scenario of its own.
    has_own_scenario: bool,
    scenario_rules: Vec<ScenarioRule>,
    available: Vec<String>,
    added: Vec<AddedRule>,
    shoppers: Vec<String>,
}

/// A rule of the active scenario.
struct ScenarioRule {
    id: String,
    /// How often it applies at most.
    times: Option<u32>,
    used: u32,
}

/// A rule that was added at run time.
struct AddedRule {
    id: String,
    /// How often it still applies, and how often in all.
    left: Option<(u32, u32)>,
    json: String,
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Rules);
    let i_mid = query::merchant(control, &request);
    let (rules, mask) = (control.engine.rules(), control.engine.key_mask());
    let shown = |text: &str| mask.masked(text).into_owned();
    let (scenario, has_own_scenario) = rules.scenario(i_mid.as_ref());
    let scenario_rules = scenario.rules.iter().map(|rule| ScenarioRule {
        id: shown(&rule.id),
        times: rule.times(),
        used: rules.match_count(rule, i_mid.as_ref()),
    });
    let added = rules.added(None).into_iter().map(|added| AddedRule {
        id: shown(&added.rule.id),
        left: added.rule.times().map(|times| (times.saturating_sub(rules.match_count(&added.rule, None)), times)),
        json: shown(&format!("{:#}", added.source)),
    });
    let page = RulesPage {
        merchants: query::merchants(control),
        name: shown(&scenario.name),
        title: shown(&scenario.title),
        description: shown(scenario.description.trim()),
        has_own_scenario,
        scenario_rules: scenario_rules.collect(),
        available: rules.library().names().map(shown).collect(),
        added: added.collect(),
        shoppers: control.engine.catalog().shoppers().iter().map(|shopper| shopper.phone.local()).collect(),
        i_mid: i_mid.map(|i_mid| i_mid.to_string()).unwrap_or_default(),
        frame,
    };
    page.frame.respond(StatusCode::OK, &page)
}
