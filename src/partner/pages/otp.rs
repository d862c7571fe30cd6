//! Step 3: the one-time password (OTP).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::error_page::{ErrorKind, error_page};
use crate::clock::Timestamp;
use crate::domain::Otp;
use crate::engine::{OtpResult, ResendResult};
use crate::page::{Lang, page, tenor};
use crate::partner::browser::{Browser, Form};
use crate::partner::frame::{Frame, Framed, Page, Purpose, Step};
use crate::partner::link_target::LinkTarget;
use crate::partner::receipt::PlanSummary;
use crate::partner::respond::{bad_form, find_target, see_other, step_error, to_current_page};
use crate::partner::time::{minutes_and_seconds, time_of_day};
use crate::partner::{Partner, text};
use crate::paths;

/// A time that the customer waits for, by the simulator's clock.
#[derive(Debug, Clone)]
struct Deadline {
    /// The time of day. Unlike a countdown it stays correct while the page is open.
    at: String,
    /// The seconds until then, for a countdown; none if the clock is stopped.
    countdown: Option<u64>,
}

impl Deadline {
    /// The countdown, as `1:05`.
    fn countdown_text(&self) -> String {
        minutes_and_seconds(self.countdown.unwrap_or_default())
    }
}

/// Whether the OTP is valid.
#[derive(Debug, Clone)]
enum OtpValidity {
    Until(Deadline),
    Expired,
    /// It was entered wrongly too often.
    UsedUp,
}

#[derive(Debug, Template)]
#[template(path = "partner/otp.html")]
struct OtpPage<'a> {
    frame: Frame<'a>,
    /// The phone number that got the OTP, masked.
    masked_phone: String,
    /// The length of this lender's OTPs.
    digits: u8,
    validity: OtpValidity,
    /// When a new OTP can be requested; none if it can be now, or never again.
    resend_from: Option<Deadline>,
    /// How many more OTPs can be requested.
    resends_left: u8,
    /// A note that the simulator's clock is stopped, if it is.
    clock_stopped: Option<String>,
    /// Why the OTP was not accepted, or why a new one could not be sent.
    error: Option<String>,
    /// Whether the error is about the OTP that was entered.
    is_wrong: bool,
    /// A success message, such as "A new code has been sent."
    success: Option<String>,
    /// What the OTP confirms; none for a binding, and where the plan is chosen later.
    plan: Option<PlanSummary>,
    /// The sign-in page, if this OTP is not valid and no other can be sent.
    signin_url: Option<String>,
}

impl OtpPage<'_> {
    /// The label of the field.
    fn label(&self) -> String {
        self.t(format!("{}-digit code", self.digits), format!("Kode {} angka", self.digits))
    }

    fn submit(&self) -> &'static str {
        if self.frame.is_link() {
            self.lang().t("Link account", "Hubungkan akun")
        } else if self.plan.is_none() {
            self.lang().t("Continue", "Lanjutkan")
        } else {
            self.lang().t("Confirm payment", "Konfirmasi pembayaran")
        }
    }

    fn resends(&self) -> String {
        text::resends_left(self.resends_left, self.lang())
    }
}

impl Framed for OtpPage<'_> {
    const STEP: Option<Step> = Some(Step::Otp);

    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// The message above the form.
#[derive(Default)]
struct FormMessage {
    error: Option<String>,
    /// Whether the error is about the OTP that was entered.
    is_wrong: bool,
    success: Option<String>,
}

impl FormMessage {
    fn error(text: impl Into<String>) -> Self {
        Self { error: Some(text.into()), ..Self::default() }
    }

    fn wrong(text: impl Into<String>) -> Self {
        Self { is_wrong: true, ..Self::error(text) }
    }
}

/// Shows the form.
pub(in crate::partner) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::from_request(&request);
    let resent = request.query_string().split('&').any(|pair| pair == "resent=1");
    let success = resent.then(|| browser.lang().t("A new code has been sent.", "Kode baru sudah dikirim.").to_owned());
    form(&partner, &browser, FormMessage { success, ..FormMessage::default() })
}

/// Seconds from now until `at`, rounded up.
fn seconds_until(at: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(at.duration_since(now).as_millis()).unwrap_or(0).div_ceil(1_000)
}

/// The message for an OTP that is no longer valid: `ask_for_another` if a new one can be sent.
fn no_longer_valid(target: &LinkTarget, lang: Lang, ask_for_another: &'static str) -> &'static str {
    let last = target.otp().is_some_and(|(otp, _)| otp.resends >= Otp::MAX_RESENDS);
    if last {
        lang.t(
            "The code is no longer valid, and no more can be sent. Cancel, and start again from the shop.",
            "Kode OTP tidak berlaku lagi dan tidak dapat dikirim ulang. Batalkan, lalu mulai lagi dari toko.",
        )
    } else {
        ask_for_another
    }
}

fn form(partner: &Partner, browser: &Browser, message: FormMessage) -> HttpResponse {
    let target = match find_target(partner, browser, paths::OTP) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    let (Some((otp, plan)), paths::OTP) = (target.otp(), target.current_page(browser)) else {
        return to_current_page(partner, browser);
    };
    let now = partner.engine.now();
    let clock_stopped = browser.stopped_clock_note(partner);
    let deadline = |at: Timestamp| {
        let seconds = seconds_until(at, now);
        // The countdown in the browser would run while the clock is stopped.
        let countdown = clock_stopped.is_none().then_some(seconds);
        (seconds > 0).then(|| Deadline { at: time_of_day(at, browser.lang()), countdown })
    };
    let validity = match deadline(otp.expires_at) {
        _ if otp.wrong_tries >= Otp::MAX_WRONG_TRIES => OtpValidity::UsedUp,
        Some(end) => OtpValidity::Until(end),
        None => OtpValidity::Expired,
    };
    let resends_left = Otp::MAX_RESENDS.saturating_sub(otp.resends);
    let otp_page = OtpPage {
        frame: target.frame(partner, browser, paths::OTP),
        masked_phone: otp.phone.masked(),
        digits: browser.lender.otp_digits(),
        validity,
        resend_from: if resends_left > 0 { deadline(otp.resend_at()) } else { None },
        resends_left,
        clock_stopped,
        error: message.error,
        is_wrong: message.is_wrong,
        success: message.success,
        plan: plan.map(|plan| PlanSummary::new(plan, tenor(plan.months, browser.lang()))),
        // A payment with a user token has no sign-in.
        signin_url: (target.has_no_valid_otp(now) && target.has_sign_in()).then(|| browser.url(paths::SIGN_IN)),
    };
    page(StatusCode::OK, &otp_page, browser.cookies())
}

/// Checks the OTP.
pub(in crate::partner) async fn submit(
    partner: web::Data<Partner>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let browser = Browser::from_request(&request);
    let fields = match Form::read(&partner, &request, payload).await {
        Ok(fields) => fields,
        Err(reason) => return bad_form(&browser, reason, paths::OTP),
    };
    let target = match find_target(&partner, &browser, paths::OTP) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    let lang = browser.lang();
    let entered = fields.field("otp");
    // An empty field does not count as a try.
    if entered.is_empty() && target.otp().is_some() && target.current_page(&browser) == paths::OTP {
        return form(&partner, &browser, FormMessage::wrong(lang.t("Enter the OTP code.", "Masukkan kode OTP.")));
    }
    match partner.engine.enter_otp(&browser.tk, browser.session.as_deref(), entered) {
        Err(why) => step_error(&partner, &browser, why),
        Ok(OtpResult::Passed) => to_current_page(&partner, &browser),
        Ok(OtpResult::Wrong { left }) => form(&partner, &browser, FormMessage::wrong(text::wrong_otp(left, lang))),
        Ok(OtpResult::Expired) => form(
            &partner,
            &browser,
            FormMessage::wrong(no_longer_valid(
                &target,
                lang,
                lang.t(
                    "The code has expired. Ask for a new one.",
                    "Masa berlaku kode OTP sudah habis. Minta kode baru.",
                ),
            )),
        ),
        Ok(OtpResult::UsedUp) => form(
            &partner,
            &browser,
            FormMessage::wrong(no_longer_valid(
                &target,
                lang,
                lang.t("Too many wrong codes. Ask for a new one.", "Kode OTP salah terlalu sering. Minta kode baru."),
            )),
        ),
        Ok(OtpResult::StartOver { late }) => {
            let why = if late { ErrorKind::CodesExpired } else { ErrorKind::CodesUsedUp };
            error_page(&browser, why, paths::SIGN_IN, None)
        }
    }
}

/// Sends a new OTP.
pub(in crate::partner) async fn resend(
    partner: web::Data<Partner>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let browser = Browser::from_request(&request);
    if let Err(reason) = Form::read(&partner, &request, payload).await {
        return bad_form(&browser, reason, paths::OTP);
    }
    let target = match find_target(&partner, &browser, paths::OTP) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    match partner.engine.resend_otp(&browser.tk, browser.session.as_deref()) {
        Err(why) => step_error(&partner, &browser, why),
        Ok(ResendResult::Sent) => see_other(&format!("{}&resent=1", browser.url(paths::OTP)), browser.cookies()),
        Ok(ResendResult::UsedUp) => form(
            &partner,
            &browser,
            FormMessage::error(browser.lang().t("No more codes can be sent.", "Kode tidak dapat dikirim ulang lagi.")),
        ),
        Ok(ResendResult::TooEarly) => {
            let wait = target.otp().map(|(otp, _)| seconds_until(otp.resend_at(), partner.engine.now()));
            let seconds = wait.unwrap_or(1).max(1);
            form(&partner, &browser, FormMessage::error(text::resend_too_early(seconds, browser.lang())))
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
            validity: OtpValidity::Until(Deadline { at: "00:02:00 WIB".to_owned(), countdown: Some(120) }),
            resend_from: None,
            resends_left: 3,
            clock_stopped: None,
            error: None,
            is_wrong: false,
            success: None,
            plan: None,
            signin_url: None,
        };
        let html = page.render().unwrap();
        has(&html, &["class=\"now\" aria-current=\"step\"", "Link account</button>"]);
        is_about_linking(&html);
    }
}
