//! `GET /__sim/rules`: the added rules, forms for them, and the scenarios. `?edit=ID` and `?copy=ID` fill in a form with an
//! added rule.

mod form;
mod presets;
mod scenarios;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use self::form::{OUTCOMES, REASONS, RuleForm, VERDICTS};
use self::presets::{Preset, presets};
use self::scenarios::{ScenarioGroup, groups};
use crate::control::mask_texts;
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{Frame, Section, query};
use crate::domain::{KeyMask, Partner, Variant};
use crate::endpoints::{Caller, Endpoint};
use crate::engine::AddedRule as Added;
use crate::page::Lang;
use crate::paths;

/// The maximum length of a value in a sentence, in characters.
const MAX_VALUE: usize = 80;

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
    scenario_rules: Vec<RuleView>,
    groups: Vec<ScenarioGroup>,
    added: Vec<RuleView>,
    presets: Vec<Preset>,
    form: RuleForm,
    /// The rule of the address, which does not exist.
    missing: Option<String>,
    shoppers: Vec<String>,
    /// The variants of a notification; a plain one needs no rule.
    variants: Vec<&'static str>,
    /// The choices of a request, as JSON with a text.
    operations: Vec<(String, String)>,
    answers: Vec<(String, String)>,
}

impl RulesPage {
    /// Whether there are rules that cannot apply any more.
    fn has_used(&self) -> bool {
        self.added.iter().any(|rule| rule.is_used_up)
    }
}

/// A part of a sentence, and whether it is a value.
struct Phrase {
    text: String,
    is_value: bool,
}

/// A rule as a sentence.
struct RuleView {
    id: String,
    sentence: Vec<Phrase>,
    /// How often it applied, and how often it may.
    used: Option<(u32, u32)>,
    is_used_up: bool,
    /// The rule as it was written; empty for a rule of a scenario.
    json: String,
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Rules);
    let i_mid = query::merchant(control, &request);
    let (rules, mask) = (control.engine.rules(), control.engine.key_mask());
    let shown = |text: &str| mask.masked(text).into_owned();
    let lang = frame.lang();
    let (scenario, has_own_scenario) = rules.scenario(i_mid.as_ref());
    let scenario_rules = scenario.rules.iter().map(|rule| RuleView {
        id: shown(&rule.id),
        sentence: sentence(rule, lang, &mask),
        used: rule.times().map(|times| (rules.match_count(rule, i_mid.as_ref()).min(times), times)),
        is_used_up: rules.is_used_up(rule, i_mid.as_ref()),
        json: String::new(),
    });
    let added = rules.added(None).into_iter().map(|added| RuleView {
        id: shown(&added.rule.id),
        sentence: sentence(&added.rule, lang, &mask),
        used: added.rule.times().map(|times| (rules.match_count(&added.rule, None).min(times), times)),
        is_used_up: rules.is_used_up(&added.rule, None),
        json: shown(&format!("{:#}", added.source)),
    });
    let (form, missing) = wanted_form(&dashboard, &request, &mask);
    let page = RulesPage {
        merchants: query::merchants(control),
        name: shown(&scenario.name),
        title: shown(&scenario.title),
        description: shown(scenario.description.trim()),
        has_own_scenario,
        scenario_rules: scenario_rules.collect(),
        groups: groups(control, &scenario, lang),
        added: added.collect(),
        presets: presets(lang),
        form,
        missing,
        shoppers: control.engine.catalog().shoppers().iter().map(|shopper| shopper.phone.local()).collect(),
        variants: Variant::ALL.iter().filter(|one| **one != Variant::Plain).map(|one| one.as_str()).collect(),
        operations: form::operations(lang),
        answers: form::answers(lang),
        i_mid: i_mid.map(|i_mid| i_mid.to_string()).unwrap_or_default(),
        frame,
    };
    page.frame.respond(StatusCode::OK, &page)
}

/// The form that the address asks for; else an empty one, with the id of the rule that does not exist.
fn wanted_form(dashboard: &Dashboard, request: &HttpRequest, mask: &KeyMask) -> (RuleForm, Option<String>) {
    // The name is looked up as it was sent: a masked one finds no rule.
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let wanted = query.into_iter().find(|(name, _)| name == "edit" || name == "copy");
    let Some((what, id)) = wanted else { return (RuleForm::default(), None) };
    match dashboard.control.engine.rules().find_added(&id) {
        Some(Added { rule, mut source, .. }) => {
            mask_texts(&mut source, mask);
            let id = (what == "edit").then(|| mask.masked(&rule.id).into_owned());
            (RuleForm::of_rule(id, source), None)
        }
        None => (RuleForm::default(), Some(cut(mask.masked(&id).into_owned()))),
    }
}

fn sentence(rule: &crate::engine::Rule, lang: Lang, mask: &KeyMask) -> Vec<Phrase> {
    let phrases = rule.sentence(lang).0.into_iter().map(|phrase| {
        // A key is masked before the text is cut: half a key would not be recognized.
        let text = mask.masked(&phrase.text).into_owned();
        Phrase { text: if phrase.is_value { cut(text) } else { text }, is_value: phrase.is_value }
    });
    phrases.collect()
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_VALUE) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_between_two_characters() {
        assert_eq!(cut("é".repeat(MAX_VALUE)).chars().count(), MAX_VALUE);
        assert_eq!(cut("é".repeat(10_000)).chars().count(), MAX_VALUE + 1);
    }
}
