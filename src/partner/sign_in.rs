//! The first page: phone number and PIN.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Partner;
use super::browser::{Browser, Form};
use super::frame::{Frame, Framed, Page, Purpose, Step};
use super::link_target::LinkTarget;
use super::notice::{Notice, notice};
use super::respond::{elsewhere, see_other, to_place, unreadable, visit};
use super::time::of_day_up_to_the_minute;
use crate::clock::Timestamp;
use crate::domain::{Phone, Stage};
use crate::engine::SignInResult;
use crate::page::page;
use crate::paths;

/// Which field the message at the first page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// The phone number.
    Phone,
    /// The PIN.
    Pin,
    /// The account, whatever is typed; or there is no message.
    Neither,
}

/// Step 1: phone number and PIN.
#[derive(Debug, Template)]
#[template(path = "partner/signin.html")]
struct SignInPage<'a> {
    /// What every page of the visit shows.
    frame: Frame<'a>,
    /// The phone number as it was typed, kept after an error; or one that is known beforehand.
    phone: &'a str,
    /// Why the last try did not work.
    error: Option<String>,
    /// Which field that is about.
    wrong: Wrong,
    /// Whether somebody has signed in by the same link, and not this browser.
    taken: bool,
}

impl SignInPage<'_> {
    fn title(&self) -> &'static str {
        if self.frame.is_link() { self.t().link_sign_in_title } else { self.t().sign_in_title }
    }

    fn lead(&self) -> String {
        let frame = &self.frame;
        if frame.is_link() { self.t().link_sign_in_lead(frame.merchant) } else { self.t().sign_in_lead.to_owned() }
    }

    fn phone_hint(&self) -> String {
        self.t().phone_hint(self.frame.lender)
    }

    fn submit(&self) -> &'static str {
        if self.frame.is_link() { self.t().link_sign_in_submit } else { self.t().sign_in_submit }
    }
}

impl Framed for SignInPage<'_> {
    const STEP: Option<Step> = Some(Step::SignIn);

    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

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
    if let LinkTarget::Payment(transaction) = &visited {
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
        (None, LinkTarget::Binding(binding)) => binding.request.phone.as_str().to_owned(),
        (None, LinkTarget::Payment(_)) => String::new(),
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
            elsewhere(&partner, &browser, crate::engine::PageFlowError::WrongStep)
        };
    };
    match partner.engine.sign_in(&browser.tk, &phone, pin) {
        Err(why) => elsewhere(&partner, &browser, why),
        Ok(SignInResult::Success(session)) => {
            let next = if visited.is_binding() { paths::OTP } else { paths::PLAN };
            see_other(&browser.url(next), vec![browser.session_cookie(&session)])
        }
        Ok(SignInResult::NoLimit) => to_place(&partner, &browser),
        Ok(SignInResult::NoSuchPhone) => again(Wrong::Phone, text.unknown_phone),
        Ok(SignInResult::Inactive) => again(Wrong::Phone, text.account_inactive(visited.is_binding())),
        Ok(SignInResult::NowLocked { until }) => {
            again(Wrong::Neither, &with_the_clock(&partner, &browser, text.locked_now(&until_when(&browser, until))))
        }
        Ok(SignInResult::WrongPin { left }) => again(Wrong::Pin, &text.wrong_pin(left)),
        Ok(SignInResult::Locked { until }) => again(Wrong::Neither, &locked(&partner, &browser, until)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Lang;
    use crate::partner::frame::sample::{frame, has, is_about_linking};
    use crate::partner::lender::Lender;

    #[test]
    fn linking_an_account_begins_with_a_login() {
        let page = SignInPage {
            frame: frame(Lang::En, Lender::Kredivo, Purpose::Link, paths::SIGN_IN),
            phone: "81291891818",
            error: None,
            wrong: Wrong::Neither,
            taken: false,
        };
        let html = page.render().unwrap();
        has(&html, &["Link your account", "to link it to &#60;SHOP&#62;.", "value=\"81291891818\"", "Continue to OTP"]);
        is_about_linking(&html);
    }

    #[test]
    fn every_lender_has_its_folder_its_name_and_its_looks() {
        let sheet = include_str!("../../static/partner.css");
        for lender in Lender::ALL {
            let purpose = Purpose::Pay { goods: "", amount: "Rp 25.145".to_owned(), links: false };
            let frame = frame(Lang::Id, lender, purpose, paths::SIGN_IN);
            let html =
                SignInPage { frame, phone: "", error: None, wrong: Wrong::Neither, taken: false }.render().unwrap();
            let slug = lender.slug();
            has(
                &html,
                &[
                    &format!("– {} (simulasi)</title>", lender.name()),
                    &format!("<body data-skin=\"{slug}\">"),
                    &format!("action=\"/{slug}/v2/signin?tk=abc\""),
                    &format!("action=\"/{slug}/v2/cancel?tk=abc\""),
                    &format!("href=\"/{slug}/v2/signin?tk=abc&amp;lang=en\""),
                    &format!("href=\"/{slug}/assets/partner.css\""),
                ],
            );
            // Once in the light and once in the dark.
            assert_eq!(sheet.matches(&format!("body[data-skin=\"{slug}\"] {{")).count(), 2);
        }
    }
}
