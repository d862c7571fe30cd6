//! The first page: phone number and PIN.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Partner;
use super::browser::{Browser, Form};
use super::pages::{Notice, SignInPage, Wrong};
use super::respond::{elsewhere, notice, see_other, to_place, unreadable, visit};
use super::time::of_day_up_to_the_minute;
use super::visited::Visited;
use crate::clock::Timestamp;
use crate::engine::SignedIn;
use crate::ledger::{Phone, Stage};
use crate::page::page;
use crate::paths;

/// Shows the form, or sends the browser on to where it is.
pub(super) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::of(&request);
    let visited = match visit(&partner, &browser, paths::SIGN_IN) {
        Ok(visited) => visited,
        Err(instead) => return *instead,
    };
    if visited.is_expired() {
        return notice(&browser, Notice::LinkExpired, paths::SIGN_IN, Some(&visited));
    }
    if let Visited::Payment(transaction) = &visited {
        match transaction.stage() {
            // An old link of a payment that is paid.
            Stage::Approved { .. } => return notice(&browser, Notice::AlreadyPaid, paths::SIGN_IN, Some(&visited)),
            Stage::Cancelled { .. } => return notice(&browser, Notice::Refunded, paths::SIGN_IN, Some(&visited)),
            // Whoever went away may come back and pay.
            Stage::Abandoned { .. } => return form(&partner, &browser, None, None),
            _ => {}
        }
    }
    match visited.place(&browser) {
        // Whoever has spent every code gets another by signing in again.
        paths::OTP if visited.signs_in() && visited.is_code_over(partner.engine.now()) => {
            form(&partner, &browser, None, None)
        }
        paths::SIGN_IN => form(&partner, &browser, None, None),
        place => see_other(&browser.url(place), browser.cookies()),
    }
}

fn form(partner: &Partner, browser: &Browser, typed: Option<&str>, error: Option<(Wrong, String)>) -> HttpResponse {
    let visited = match visit(partner, browser, paths::SIGN_IN) {
        Ok(visited) => visited,
        Err(instead) => return *instead,
    };
    let phone = match (typed, &visited) {
        // What is shown again is cut: nobody's phone number is longer.
        (Some(typed), _) => typed.chars().take(40).collect(),
        // The merchant knows whose account it wants.
        (None, Visited::Binding(binding)) => binding.request.phone.as_str().to_owned(),
        (None, Visited::Payment(_)) => String::new(),
    };
    let (wrong, error) = error.unzip();
    let shown = SignInPage {
        frame: visited.frame(partner, browser, paths::SIGN_IN),
        phone: &phone,
        error,
        wrong: wrong.unwrap_or(Wrong::Neither),
        taken: visited.is_taken(browser),
    };
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
    let visited = match visit(&partner, &browser, paths::SIGN_IN) {
        Ok(visited) => visited,
        Err(instead) => return *instead,
    };
    let text = browser.text();
    let again = |wrong: Wrong, error: &str| form(&partner, &browser, Some(sent), Some((wrong, error.to_owned())));
    if visited.is_open() {
        if sent.is_empty() {
            return again(Wrong::Phone, text.phone_missing);
        }
        if pin.len() != 6 || !pin.bytes().all(|b| b.is_ascii_digit()) {
            return again(Wrong::Pin, text.pin_format);
        }
    }
    let Ok(phone) = Phone::new(sent) else {
        return if visited.is_open() {
            again(Wrong::Phone, text.unknown_phone)
        } else {
            elsewhere(&partner, &browser, crate::engine::Elsewhere::OtherStep)
        };
    };
    match partner.engine.sign_in(&browser.tk, &phone, pin) {
        Err(why) => elsewhere(&partner, &browser, why),
        Ok(SignedIn::Welcome(session)) => {
            let next = if visited.is_binding() { paths::OTP } else { paths::PLAN };
            see_other(&browser.url(next), vec![browser.session_cookie(&session)])
        }
        Ok(SignedIn::NoLimit) => to_place(&partner, &browser),
        Ok(SignedIn::NoSuchPhone) => again(Wrong::Phone, text.unknown_phone),
        Ok(SignedIn::Inactive) => again(Wrong::Phone, text.account_inactive(visited.is_binding())),
        Ok(SignedIn::NowLocked { until }) => {
            again(Wrong::Neither, &with_the_clock(&partner, &browser, text.locked_now(&until_when(&browser, until))))
        }
        Ok(SignedIn::WrongPin { left }) => again(Wrong::Pin, &text.wrong_pin(left)),
        Ok(SignedIn::Locked { until }) => again(Wrong::Neither, &locked(&partner, &browser, until)),
    }
}

/// A lock that passes says when; one for good is as good as an inactive account.
fn locked(partner: &Partner, browser: &Browser, until: Option<Timestamp>) -> String {
    match until {
        None => browser.text().account_locked_for_good(browser.lender),
        Some(until) => {
            let seconds = u64::try_from(until.duration_since(partner.engine.now()).as_secs()).unwrap_or(0);
            let minutes = seconds.div_ceil(60).max(1);
            with_the_clock(partner, browser, browser.text().account_locked(&until_when(browser, until), minutes))
        }
    }
}

fn until_when(browser: &Browser, until: Timestamp) -> String {
    of_day_up_to_the_minute(until, browser.language.lang)
}

/// Whoever is told to wait has to know when waiting does not help.
fn with_the_clock(partner: &Partner, browser: &Browser, sentence: String) -> String {
    match browser.standing_clock(partner) {
        None => sentence,
        Some(stands) => format!("{sentence} {stands}"),
    }
}
