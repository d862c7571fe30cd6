//! The third page: the one-time password.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Partner;
use super::browser::{Browser, Form};
use super::pages::{Agreed, Awaited, CodeLife, Notice, OtpPage};
use super::receipt::in_short;
use super::respond::{elsewhere, notice, see_other, to_place, unreadable, visit};
use super::text::Text;
use super::time::of_day;
use super::visited::Visited;
use crate::clock::Timestamp;
use crate::engine::{OtpEntered, Resent};
use crate::ledger::Otp;
use crate::page::page;
use crate::paths;

/// What the page says beside the form.
#[derive(Default)]
struct Said {
    error: Option<String>,
    /// Whether the error is about what was entered.
    wrong: bool,
    good_news: Option<String>,
}

impl Said {
    fn error(text: impl Into<String>) -> Self {
        Self { error: Some(text.into()), ..Self::default() }
    }

    fn wrong(text: impl Into<String>) -> Self {
        Self { wrong: true, ..Self::error(text) }
    }
}

/// Shows the form.
pub(super) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::of(&request);
    let resent = request.query_string().split('&').any(|pair| pair == "resent=1");
    let good_news = resent.then(|| browser.text().otp_resent.to_owned());
    form(&partner, &browser, Said { good_news, ..Said::default() })
}

/// Seconds from now until `at`, started ones counted whole.
fn seconds_until(at: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(at.duration_since(now).as_millis()).unwrap_or(0).div_ceil(1_000)
}

/// What to do about a code that came too late: ask for another, where one can be sent.
fn expired(partner: &Partner, visited: &Visited, text: &Text) -> &'static str {
    if visited.is_code_over(partner.engine.now()) { text.otp_over } else { text.otp_expired }
}

fn form(partner: &Partner, browser: &Browser, said: Said) -> HttpResponse {
    let visited = match visit(partner, browser, paths::OTP) {
        Ok(visited) => visited,
        Err(instead) => return *instead,
    };
    let (Some((otp, plan)), paths::OTP) = (visited.otp(), visited.place(browser)) else {
        return to_place(partner, browser);
    };
    let now = partner.engine.now();
    let clock_stands = browser.standing_clock(partner);
    let awaited = |at: Timestamp| {
        let seconds = seconds_until(at, now);
        // A countdown of ours would run, and that clock would not.
        let countdown = clock_stands.is_none().then_some(seconds);
        (seconds > 0).then(|| Awaited { at: of_day(at, browser.language.lang), countdown })
    };
    let life = match awaited(otp.expires_at) {
        _ if otp.tries >= Otp::TRIES => CodeLife::UsedUp,
        Some(end) => CodeLife::Until(end),
        None => CodeLife::Over,
    };
    let resends_left = Otp::RESENDS.saturating_sub(otp.resends);
    let shown = OtpPage {
        frame: visited.frame(partner, browser, paths::OTP),
        masked_phone: otp.phone.masked(),
        digits: browser.lender.otp_digits(),
        life,
        resend_from: if resends_left > 0 { awaited(otp.resend_at()) } else { None },
        resends_left,
        clock_stands,
        error: said.error,
        wrong: said.wrong,
        notice: said.good_news,
        plan: plan.map(|plan| Agreed {
            tenor: browser.text().tenor(plan.months),
            instalments: in_short(plan),
            total: plan.total().for_people(),
        }),
        // Whoever did not sign in cannot do so again.
        signin_url: (visited.is_code_over(now) && visited.signs_in()).then(|| browser.url(paths::SIGN_IN)),
    };
    page(StatusCode::OK, &shown, browser.cookies())
}

/// Takes the OTP.
pub(super) async fn submit(partner: web::Data<Partner>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let browser = Browser::of(&request);
    let fields = match Form::read(&partner, &request, payload).await {
        Ok(fields) => fields,
        Err(reason) => return unreadable(&browser, reason, paths::OTP),
    };
    let visited = match visit(&partner, &browser, paths::OTP) {
        Ok(visited) => visited,
        Err(instead) => return *instead,
    };
    let text = browser.text();
    let entered = fields.field("otp");
    // An empty field is no try.
    if entered.is_empty() && visited.otp().is_some() && visited.place(&browser) == paths::OTP {
        return form(&partner, &browser, Said::wrong(text.otp_missing));
    }
    match partner.engine.enter_otp(&browser.tk, browser.session.as_deref(), entered) {
        Err(why) => elsewhere(&partner, &browser, why),
        Ok(OtpEntered::Concluded) => to_place(&partner, &browser),
        Ok(OtpEntered::Wrong { left }) => form(&partner, &browser, Said::wrong(text.otp_wrong(left))),
        Ok(OtpEntered::Expired) => form(&partner, &browser, Said::wrong(expired(&partner, &visited, text))),
        Ok(OtpEntered::UsedUp) => form(&partner, &browser, Said::wrong(text.otp_used_up)),
        Ok(OtpEntered::StartOver) => {
            let late =
                visited.otp().is_some_and(|(otp, _)| otp.tries < Otp::TRIES && partner.engine.now() >= otp.expires_at);
            let why = if late { Notice::CodesExpired } else { Notice::CodesUsedUp };
            notice(&browser, why, paths::SIGN_IN, None)
        }
    }
}

/// Sends another.
pub(super) async fn resend(partner: web::Data<Partner>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let browser = Browser::of(&request);
    if let Err(reason) = Form::read(&partner, &request, payload).await {
        return unreadable(&browser, reason, paths::OTP);
    }
    let visited = match visit(&partner, &browser, paths::OTP) {
        Ok(visited) => visited,
        Err(instead) => return *instead,
    };
    match partner.engine.resend_otp(&browser.tk, browser.session.as_deref()) {
        Err(why) => elsewhere(&partner, &browser, why),
        Ok(Resent::Sent) => see_other(&format!("{}&resent=1", browser.url(paths::OTP)), browser.cookies()),
        Ok(Resent::UsedUp) => form(&partner, &browser, Said::error(browser.text().resend_used_up)),
        Ok(Resent::TooEarly) => {
            let wait = visited.otp().map(|(otp, _)| seconds_until(otp.resend_at(), partner.engine.now()));
            let seconds = wait.unwrap_or(1).max(1);
            form(&partner, &browser, Said::error(browser.text().resend_too_early(seconds)))
        }
    }
}
