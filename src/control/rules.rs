//! `GET, POST, DELETE /rules[/{id}]`: rules added at run time, which come before the scenario's.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use super::read::Query;
use super::{Control, read, view};
use crate::engine::{Added, NotAdded};
use crate::scenario::RuleWords;

/// The rules in the order in which they are asked.
pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let i_mid = Query::of(&request).i_mid()?;
    let added = control.engine.rules().added(i_mid.as_ref());
    Ok(view::ok(&added.iter().map(|added| shown(&control, added)).collect::<Vec<_>>()))
}

pub(super) async fn show(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let all = control.engine.rules().added(None);
    let found = all.iter().find(|added| *added.rule.id == **id);
    found.map(|added| view::ok(&shown(&control, added))).ok_or_else(|| Problem::not_found("rule", &id))
}

pub(super) async fn add(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let written: Value = read::json(&control, &request, payload).await?;
    let words = RuleWords::deserialize(&written)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "bad-json", error.to_string()))?;
    let named = words.when.i_mid.as_deref();
    if let Some(unknown) = named.filter(|i_mid| control.engine.merchant(i_mid).is_none()) {
        return Err(Problem::not_found("merchant", unknown));
    }
    let added = control.engine.add_rule(&words, written).map_err(|error| match error {
        NotAdded::Wrong(why) => Problem::bad_value(why),
        NotAdded::Taken(id) => {
            Problem::new(StatusCode::CONFLICT, "rule-exists", format!("there is a rule {id:?} already"))
        }
        NotAdded::Full(most) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "rules",
            format!("there are {most} rules, and may not be more"),
        ),
    })?;
    Ok(view::answer(StatusCode::CREATED, &shown(&control, &added)))
}

pub(super) async fn remove(control: web::Data<Control>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    if control.engine.remove_rule(&id) {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Problem::not_found("rule", &id))
}

/// Removes those that name a merchant, or all.
pub(super) async fn remove_all(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let removed = control.engine.remove_rules(Query::of(&request).i_mid()?.as_ref());
    Ok(view::ok(&json!({ "removed": removed })))
}

fn shown(control: &Control, added: &Added) -> Value {
    let rule = &added.rule;
    let reached = control.engine.rules().reached(rule, None);
    let mut view = json!({ "id": rule.id, "iMid": rule.i_mid() });
    if let Some(times) = rule.times() {
        view["times"] = times.into();
        view["left"] = times.saturating_sub(reached).into();
    }
    view["rule"] = added.written.clone();
    view
}
