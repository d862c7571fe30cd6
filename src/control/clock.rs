//! `GET /clock`

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::Control;
use crate::engine::Engine;

/// The clock as JSON.
pub(super) fn view(engine: &Engine) -> Value {
    json!({
        "now": engine.now(),
        "mode": if engine.clock().is_manual() { "manual" } else { "system" },
        "nextDueAt": engine.store().schedule.next_at(),
    })
}

pub(super) async fn show(control: web::Data<Control>) -> HttpResponse {
    super::view::ok(&view(&control.engine))
}
