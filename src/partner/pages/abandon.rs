//! `POST …/v2/cancel`: the customer returns to the shop without paying.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::partner::Partner;
use crate::partner::browser::{Browser, Form};
use crate::partner::respond::{bad_form, find_target, step_error, to_current_page};
use crate::paths;

pub(in crate::partner) async fn submit(
    partner: web::Data<Partner>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let browser = Browser::from_request(&request);
    if let Err(reason) = Form::read(&partner, &request, payload).await {
        return bad_form(&browser, reason, paths::SIGN_IN);
    }
    if let Err(instead) = find_target(&partner, &browser, paths::SIGN_IN) {
        return *instead;
    }
    match partner.engine.give_up(&browser.tk, browser.session.as_deref()) {
        Err(why) => step_error(&partner, &browser, why),
        Ok(()) => to_current_page(&partner, &browser),
    }
}
