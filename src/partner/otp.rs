//! The third page: the one-time password.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Partner;
use super::browser::{Browser, Form};
use super::pages::{Notice, OtpPage};
use super::respond::{elsewhere, notice, see_other, to_place, unreadable, visit};
use crate::clock::Timestamp;
use crate::engine::{OtpEntered, Resent};
use crate::ledger::{Otp, Plan};
use crate::page::page;
use crate::paths;

/// What the page says beside the form.
#[derive(Default)]
struct Said {
    error: Option<String>,
    good_news: Option<String>,
}

impl Said {
    fn error(text: impl Into<String>) -> Self {
        Self { error: Some(text.into()), good_news: None }
    }
}

/// Shows the form.
pub(super) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::of(&request);
    let resent = request.query_string().split('&').any(|pair| pair == "resent=1");
    let good_news = resent.then(|| browser.text().otp_resent.to_owned());
    form(&partner, &browser, Said { error: None, good_news })
}

/// Seconds from now until `at`, started ones counted whole.
fn seconds_until(at: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(at.duration_since(now).as_millis()).unwrap_or(0).div_ceil(1_000)
}

/// A plan in a few signs: `3 × Rp 8.634`.
pub(super) fn in_short(plan: &Plan) -> String {
    format!("{} × {}", plan.months, plan.monthly().for_people())
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
    let used_up = otp.tries >= Otp::TRIES;
    let shown = OtpPage {
        frame: visited.frame(partner, browser, paths::OTP),
        masked_phone: otp.phone.masked(),
        digits: browser.lender.otp_digits(),
        expires_in: if used_up { 0 } else { seconds_until(otp.expires_at, now) },
        resend_in: seconds_until(otp.resend_at(), now),
        resends_left: Otp::RESENDS.saturating_sub(otp.resends),
        error: said.error,
        notice: said.good_news,
        plan: plan.map(in_short),
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
        return form(&partner, &browser, Said::error(text.otp_missing));
    }
    match partner.engine.enter_otp(&browser.tk, browser.session.as_deref(), entered) {
        Err(why) => elsewhere(&partner, &browser, why),
        Ok(OtpEntered::Concluded) => to_place(&partner, &browser),
        Ok(OtpEntered::Wrong { left }) => form(&partner, &browser, Said::error(text.otp_wrong(left))),
        Ok(OtpEntered::Expired) => form(&partner, &browser, Said::error(text.otp_expired)),
        Ok(OtpEntered::UsedUp) => form(&partner, &browser, Said::error(text.otp_used_up)),
        Ok(OtpEntered::StartOver) => notice(&browser, Notice::SessionEnded, paths::SIGN_IN, None),
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
