//! `GET /info`, and whether we are alive and ready.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::{Control, view};
use crate::paths;

/// Scheme and host under which this request reached us, or `--public-url`.
pub(super) fn base_url(control: &Control, request: &HttpRequest) -> String {
    let host = request.headers().get(actix_web::http::header::HOST).and_then(|host| host.to_str().ok());
    paths::base_url(control.public_url.as_deref(), host)
}

pub(super) async fn show(control: web::Data<Control>, request: HttpRequest) -> HttpResponse {
    let engine = &control.engine;
    let base = base_url(&control, &request);
    view::ok(&json!({
        "name": "nicepay-sim",
        "version": env!("CARGO_PKG_VERSION"),
        "urls": {
            "base": base,
            "nicepay": format!("{base}{}", paths::GATEWAY),
            "registration": format!("{base}{}", paths::REGISTRATION),
            "payment": format!("{base}{}", paths::PAYMENT),
            "inquiry": format!("{base}{}", paths::INQUIRY),
            "cancel": format!("{base}{}", paths::CANCEL),
            "checkout": format!("{base}{}", paths::CHECKOUT),
            "binding": format!("{base}{}", paths::BINDING),
            "userDetails": format!("{base}{}", paths::USER_DETAILS),
            "checkoutPage": format!("{base}{}", paths::CHECKOUT_PAGE),
            "confirmAkulaku": format!("{base}{}", paths::CONFIRM_AKULAKU),
            "checkMid": format!("{base}{}", paths::CHECK_MID),
            "removeToken": format!("{base}{}", paths::REMOVE_TOKEN),
            "api": format!("{base}{}", paths::API),
        },
        "clock": super::clock::view(engine),
        "seed": engine.seed(),
        "profile": control.profile,
        "scenario": {
            "name": &*engine.story().name,
            "title": engine.story().title,
            "description": engine.story().description.trim(),
        },
        "notifyOn": engine.notify_on(),
        "merchants": engine.merchants().iter().map(|merchant| merchant.i_mid.clone()).collect::<Vec<_>>(),
        "transactions": engine.store().transactions.len(),
        "waiting": control.waiters.taken(),
        "streams": control.streams.taken(),
        "limits": control.shown_limits,
    }))
}

pub(super) async fn livez() -> HttpResponse {
    view::ok(&json!({ "status": "alive" }))
}

pub(super) async fn readyz(control: web::Data<Control>) -> HttpResponse {
    if control.stopping.is_cancelled() {
        return view::answer(actix_web::http::StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "stopping" }));
    }
    view::ok(&json!({ "status": "ready" }))
}
