//! The customer goes back to the shop without paying.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Partner;
use super::browser::{Browser, Form};
use super::respond::{elsewhere, to_place, unreadable, visit};
use crate::paths;

/// Takes the wish.
pub(super) async fn submit(partner: web::Data<Partner>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let browser = Browser::of(&request);
    if let Err(reason) = Form::read(&partner, &request, payload).await {
        return unreadable(&browser, reason, paths::SIGN_IN);
    }
    if let Err(instead) = visit(&partner, &browser, paths::SIGN_IN) {
        return *instead;
    }
    match partner.engine.give_up(&browser.tk, browser.session.as_deref()) {
        Err(why) => elsewhere(&partner, &browser, why),
        Ok(()) => to_place(&partner, &browser),
    }
}
