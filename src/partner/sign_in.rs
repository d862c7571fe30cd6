//! The first page: phone number and PIN.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Partner;
use super::browser::{Browser, Form};
use super::pages::{Notice, SignInPage};
use super::respond::{elsewhere, frame, notice, place, see_other, to_place, unreadable, visit};
use crate::clock::Timestamp;
use crate::engine::SignedIn;
use crate::ledger::{Phone, Stage};
use crate::page::page;
use crate::paths;

/// Shows the form, or sends the browser on to where it is.
pub(super) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::of(&request);
    let transaction = match visit(&partner, &browser, paths::SIGN_IN) {
        Ok(transaction) => transaction,
        Err(instead) => return *instead,
    };
    match transaction.stage() {
        Stage::Expired { .. } => notice(&browser, Notice::LinkExpired, paths::SIGN_IN, true),
        // An old link of a payment that is paid.
        Stage::Approved { .. } => notice(&browser, Notice::AlreadyPaid, paths::SIGN_IN, true),
        Stage::UnderReview { .. } | Stage::Declined { .. } => to_place(&partner, &browser),
        // Whoever went away may come back and pay.
        Stage::Abandoned { .. } => form(&partner, &browser, "", None),
        Stage::Registered | Stage::AtPartner(_) => match place(&transaction, &browser) {
            paths::SIGN_IN => form(&partner, &browser, "", None),
            place => see_other(&browser.url(place), browser.cookies()),
        },
    }
}

fn form(partner: &Partner, browser: &Browser, phone: &str, error: Option<String>) -> HttpResponse {
    let transaction = match visit(partner, browser, paths::SIGN_IN) {
        Ok(transaction) => transaction,
        Err(instead) => return *instead,
    };
    // What is shown again is cut: nobody's phone number is longer.
    let kept: String = phone.chars().take(40).collect();
    let shown = SignInPage { frame: frame(partner, browser, &transaction, paths::SIGN_IN), phone: &kept, error };
    page(StatusCode::OK, &shown, browser.cookies())
}

/// Signs in.
pub(super) async fn submit(partner: web::Data<Partner>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let browser = Browser::of(&request);
    let fields = match Form::read(&partner, &request, payload).await {
        Ok(fields) => fields,
        Err(reason) => return unreadable(&browser, reason, paths::SIGN_IN),
    };
    let (sent, pin) = (fields.field("phone"), fields.field("pin"));
    if let Err(instead) = visit(&partner, &browser, paths::SIGN_IN) {
        return *instead;
    }
    let text = browser.text();
    let again = |error: &str| form(&partner, &browser, sent, Some(error.to_owned()));
    if partner.engine.visit(&browser.tk).is_some_and(|t| t.stage().is_payable()) {
        if sent.is_empty() {
            return again(text.phone_missing);
        }
        if pin.len() != 6 || !pin.bytes().all(|b| b.is_ascii_digit()) {
            return again(text.pin_format);
        }
    }
    let Ok(phone) = Phone::new(sent) else {
        return if partner.engine.visit(&browser.tk).is_some_and(|t| t.stage().is_payable()) {
            again(text.unknown_phone)
        } else {
            elsewhere(&partner, &browser, crate::engine::Elsewhere::OtherStep)
        };
    };
    match partner.engine.sign_in(&browser.tk, &phone, pin) {
        Err(why) => elsewhere(&partner, &browser, why),
        Ok(SignedIn::Welcome(session)) => see_other(&browser.url(paths::PLAN), vec![browser.session_cookie(&session)]),
        Ok(SignedIn::NoLimit) => to_place(&partner, &browser),
        Ok(SignedIn::NoSuchPhone) => again(text.unknown_phone),
        Ok(SignedIn::Inactive) => again(text.account_inactive(false)),
        Ok(SignedIn::NowLocked) => again(text.locked_now),
        Ok(SignedIn::WrongPin { left }) => again(&text.wrong_pin(left)),
        Ok(SignedIn::Locked { until }) => again(&locked(&browser, until, partner.engine.now())),
    }
}

/// A lock that passes says when; one for good is as good as an inactive account.
fn locked(browser: &Browser, until: Option<Timestamp>, now: Timestamp) -> String {
    match until {
        None => browser.text().account_locked_for_good.to_owned(),
        Some(until) => {
            let seconds = u64::try_from(until.duration_since(now).as_secs()).unwrap_or(0);
            browser.text().account_locked(seconds.div_ceil(60).max(1))
        }
    }
}
