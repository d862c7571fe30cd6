//! The third page: the one-time password.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::Partner;
use super::browser::{Browser, Form};
use super::frame::{Frame, Framed, Page, Purpose, Step};
use super::link_target::LinkTarget;
use super::notice::{Notice, notice};
use super::receipt::in_short;
use super::respond::{elsewhere, see_other, to_place, unreadable, visit};
use super::text::{Text, minutes_and_seconds};
use super::time::of_day;
use crate::clock::Timestamp;
use crate::domain::Otp;
use crate::engine::{OtpResult, ResendResult};
use crate::page::page;
use crate::paths;

/// An instant that the customer waits for, by the simulator's clock.
#[derive(Debug, Clone)]
struct Awaited {
    /// As a time of day: it stays true, however long the page is looked at.
    at: String,
    /// The seconds until then, for a countdown; none where the clock stands.
    countdown: Option<u64>,
}

impl Awaited {
    /// The time until then, as a clock shows it.
    fn clock(&self) -> String {
        minutes_and_seconds(self.countdown.unwrap_or_default())
    }
}

/// How long a code is good for.
#[derive(Debug, Clone)]
enum CodeLife {
    /// Until then.
    Until(Awaited),
    /// No longer: it came too late.
    Over,
    /// No longer: it was entered wrongly too often.
    UsedUp,
}

/// The last step: the one-time password.
#[derive(Debug, Template)]
#[template(path = "partner/otp.html")]
struct OtpPage<'a> {
    /// What every page of the visit shows.
    frame: Frame<'a>,
    /// Where the code went, mostly hidden.
    masked_phone: String,
    /// The length of an OTP, as the lender has them.
    digits: u8,
    /// How long the code is good for.
    life: CodeLife,
    /// When a new code may be asked for; none where it may be now, or never again.
    resend_from: Option<Awaited>,
    /// How many more codes may be asked for.
    resends_left: u8,
    /// That the simulator's clock stands, where it does.
    clock_stands: Option<String>,
    /// Why the last code did not work, or another could not be sent.
    error: Option<String>,
    /// Whether that is about the code that was entered.
    wrong: bool,
    /// Good news, such as "a new code has been sent".
    notice: Option<String>,
    /// What is being agreed to; none where nothing is paid.
    plan: Option<Agreed>,
    /// The sign-in page, once this code is no good and no other can be sent.
    signin_url: Option<String>,
}

/// What the OTP confirms.
#[derive(Debug, Clone)]
struct Agreed {
    /// The tenor: `3 months`.
    tenor: String,
    /// The payments: `3 × Rp 8.634`.
    instalments: String,
    /// Their sum.
    total: String,
}

impl OtpPage<'_> {
    /// What the field asks for: `4-digit code`.
    fn label(&self) -> String {
        self.t().otp_label(self.digits)
    }

    fn submit(&self) -> &'static str {
        if self.frame.is_link() { self.t().link_otp_submit } else { self.t().otp_submit }
    }

    /// How many more codes may be asked for, in words.
    fn resends(&self) -> String {
        self.t().resends_left(self.resends_left)
    }
}

impl Framed for OtpPage<'_> {
    const STEP: Option<Step> = Some(Step::Otp);

    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

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

/// What to do about a code that is no good any more: ask for another, as `asked` says, where one can be sent.
fn no_good(visited: &LinkTarget, text: &Text, asked: &'static str) -> &'static str {
    let last = visited.otp().is_some_and(|(otp, _)| otp.resends >= Otp::MAX_RESENDS);
    if last { text.otp_over } else { asked }
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
        _ if otp.tries >= Otp::MAX_TRIES => CodeLife::UsedUp,
        Some(end) => CodeLife::Until(end),
        None => CodeLife::Over,
    };
    let resends_left = Otp::MAX_RESENDS.saturating_sub(otp.resends);
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
            total: plan.total().formatted(),
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
        Ok(OtpResult::Passed) => to_place(&partner, &browser),
        Ok(OtpResult::Wrong { left }) => form(&partner, &browser, Said::wrong(text.otp_wrong(left))),
        Ok(OtpResult::Expired) => form(&partner, &browser, Said::wrong(no_good(&visited, text, text.otp_expired))),
        Ok(OtpResult::UsedUp) => form(&partner, &browser, Said::wrong(no_good(&visited, text, text.otp_used_up))),
        Ok(OtpResult::StartOver { late }) => {
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
        Ok(ResendResult::Sent) => see_other(&format!("{}&resent=1", browser.url(paths::OTP)), browser.cookies()),
        Ok(ResendResult::UsedUp) => form(&partner, &browser, Said::error(browser.text().resend_used_up)),
        Ok(ResendResult::TooEarly) => {
            let wait = visited.otp().map(|(otp, _)| seconds_until(otp.resend_at(), partner.engine.now()));
            let seconds = wait.unwrap_or(1).max(1);
            form(&partner, &browser, Said::error(browser.text().resend_too_early(seconds)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Lang;
    use crate::partner::frame::sample::{frame, has, is_about_linking};
    use crate::partner::lender::Lender;

    #[test]
    fn linking_an_account_ends_with_an_otp() {
        let page = OtpPage {
            frame: frame(Lang::En, Lender::Kredivo, Purpose::Link, paths::OTP),
            masked_phone: "0812••••1818".to_owned(),
            digits: 4,
            life: CodeLife::Until(Awaited { at: "00:02:00 WIB".to_owned(), countdown: Some(120) }),
            resend_from: None,
            resends_left: 3,
            clock_stands: None,
            error: None,
            wrong: false,
            notice: None,
            plan: None,
            signin_url: None,
        };
        let html = page.render().unwrap();
        has(&html, &["class=\"now\" aria-current=\"step\"", "Link account</button>"]);
        is_about_linking(&html);
    }
}
