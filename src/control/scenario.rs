//! `GET, PUT /scenario[?iMid=]`: the scenario in force, for one merchant or for all that have not their own.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use super::read::Query;
use super::{Control, read, view};
use crate::ledger::IMid;
use crate::scenario::{Mistake, Source, Story};

/// What a scenario that came as text is called where nobody says.
const UNNAMED: &str = "inline";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    /// A scenario's name: a built-in one, or one of the folder of --scenarios. With `toml`: what it is to be called.
    name: Option<String>,
    /// A scenario file's text.
    toml: Option<String>,
}

pub(super) async fn show(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let i_mid = merchant(&control, &request)?;
    Ok(view::ok(&shown(&control, i_mid.as_ref())))
}

pub(super) async fn put(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let i_mid = merchant(&control, &request)?;
    let story = match read::json(&control, &request, payload).await? {
        Put { name: None, toml: None } => {
            return Err(Problem::bad_value("say which: {\"name\": \"reject\"}, or {\"toml\": \"title = …\"}"));
        }
        Put { name: Some(name), toml: None } => control.engine.rules().library().story(&name),
        Put { name, toml: Some(text) } => {
            let name = name.unwrap_or_else(|| UNNAMED.to_owned());
            let source = Source { name: name.as_str().into(), file: name, text };
            Story::from_source(&source, &control.engine.rules().library())
        }
    };
    control.engine.tell_story(i_mid.as_ref(), story.map_err(refused)?);
    Ok(view::ok(&shown(&control, i_mid.as_ref())))
}

/// The merchant of the query, who has to exist.
fn merchant(control: &Control, request: &HttpRequest) -> Result<Option<IMid>, Problem> {
    let i_mid = Query::of(request).i_mid()?;
    if let Some(i_mid) = &i_mid
        && control.engine.merchant(i_mid.as_str()).is_none()
    {
        return Err(Problem::not_found("merchant", i_mid.as_str()));
    }
    Ok(i_mid)
}

fn refused(mistake: Mistake) -> Problem {
    let detail = mistake.to_string();
    let Mistake { file, line, column, message, text } = mistake;
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "scenario", detail)
        .with("file", file.into())
        .with("line", line.into())
        .with("column", column.into())
        .with("message", message.into())
        .with("text", text.into())
}

fn shown(control: &Control, i_mid: Option<&IMid>) -> Value {
    let rules = control.engine.rules();
    let (story, own) = rules.story(i_mid);
    let of_story = story
        .rules
        .iter()
        .map(|rule| json!({ "id": rule.id, "times": rule.times(), "reached": rules.reached(rule, i_mid) }));
    json!({
        "iMid": i_mid,
        "own": own,
        "name": story.name,
        "title": story.title,
        "description": story.description.trim(),
        "rules": of_story.collect::<Vec<_>>(),
        "available": rules.library().names().collect::<Vec<_>>(),
    })
}
