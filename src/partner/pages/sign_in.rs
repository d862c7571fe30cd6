//! Step 1: phone number and PIN.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::error_page::{ErrorKind, error_page};
use crate::clock::Timestamp;
use crate::domain::{Phone, Stage};
use crate::engine::SignInResult;
use crate::page::page;
use crate::partner::browser::{Browser, Form};
use crate::partner::frame::{Frame, Framed, Page, Purpose, Step};
use crate::partner::link_target::LinkTarget;
use crate::partner::respond::{bad_form, find_target, see_other, step_error, to_current_page};
use crate::partner::time::time_rounded_up;
use crate::partner::{Partner, text};
use crate::paths;

/// The field that an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InvalidField {
    Phone,
    Pin,
    /// No field: the error is about the account, or there is none.
    None,
}

#[derive(Debug, Template)]
#[template(path = "partner/sign_in.html")]
struct SignInPage<'a> {
    frame: Frame<'a>,
    /// The phone number as it was entered, or as the merchant sent it.
    phone: &'a str,
    /// Why the last try failed.
    error: Option<String>,
    invalid: InvalidField,
    /// Whether another browser has signed in with the same link.
    is_used_by_another_browser: bool,
}

impl SignInPage<'_> {
    fn title(&self) -> &'static str {
        if self.frame.is_link() {
            self.lang().t("Link your account", "Hubungkan akun Anda")
        } else {
            self.lang().t("Sign in to pay", "Masuk untuk membayar")
        }
    }

    fn lead(&self) -> String {
        let frame = &self.frame;
        if frame.is_link() {
            let merchant = &frame.merchant;
            return self.t(
                format!("Sign in with the phone number and PIN of your simulated account to link it to {merchant}."),
                format!("Masuk dengan nomor HP dan PIN akun simulasi Anda untuk menghubungkannya ke {merchant}."),
            );
        }
        self.t(
            "Use the phone number and PIN of your simulated account.",
            "Gunakan nomor HP dan PIN akun simulasi Anda.",
        )
        .to_owned()
    }

    fn phone_hint(&self) -> String {
        let example = self.frame.lender.example_phone();
        self.t(format!("Example: {example}"), format!("Contoh: {example}"))
    }

    fn submit(&self) -> &'static str {
        if self.frame.is_link() {
            self.lang().t("Continue to OTP", "Lanjut ke OTP")
        } else {
            self.lang().t("Continue", "Lanjutkan")
        }
    }
}

impl Framed for SignInPage<'_> {
    const STEP: Option<Step> = Some(Step::SignIn);

    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

/// Shows the form, or redirects to the current step.
pub(in crate::partner) async fn show(partner: web::Data<Partner>, request: HttpRequest) -> HttpResponse {
    let browser = Browser::from_request(&request);
    let target = match find_target(&partner, &browser, paths::SIGN_IN) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    if target.is_expired() {
        return error_page(&browser, ErrorKind::LinkExpired, paths::SIGN_IN, Some(&target));
    }
    if let LinkTarget::Payment(transaction) = &target {
        match transaction.stage() {
            Stage::Approved { .. } => {
                return error_page(&browser, ErrorKind::AlreadyPaid, paths::SIGN_IN, Some(&target));
            }
            Stage::Cancelled { .. } => return error_page(&browser, ErrorKind::Refunded, paths::SIGN_IN, Some(&target)),
            // A customer who cancelled can come back and pay.
            Stage::Abandoned { .. } => return form(&partner, &browser, None, None),
            _ => {}
        }
    }
    match target.current_page(&browser) {
        // After the last OTP, the customer gets another by signing in again.
        paths::OTP if target.has_sign_in() && target.has_no_valid_otp(partner.engine.now()) => {
            form(&partner, &browser, None, None)
        }
        paths::SIGN_IN => form(&partner, &browser, None, None),
        current_page => see_other(&browser.url(current_page), browser.cookies()),
    }
}

fn form(
    partner: &Partner,
    browser: &Browser,
    entered: Option<&str>,
    error: Option<(InvalidField, String)>,
) -> HttpResponse {
    let target = match find_target(partner, browser, paths::SIGN_IN) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    let phone = match (entered, &target) {
        // Shown again, cut to the length of a phone number.
        (Some(entered), _) => partner.engine.masked(entered).chars().take(40).collect(),
        (None, LinkTarget::Binding(binding)) => binding.request.phone.as_str().to_owned(),
        // With a payment it sends any number: only that of an Indonesian mobile phone can sign in.
        (None, LinkTarget::Payment(transaction)) => Phone::new(&transaction.order.billing_phone)
            .ok()
            .filter(|phone| phone.as_str().starts_with('8'))
            .map(|phone| phone.as_str().to_owned())
            .unwrap_or_default(),
    };
    let (invalid, error) = error.unzip();
    let sign_in_page = SignInPage {
        frame: target.frame(partner, browser, paths::SIGN_IN),
        phone: &phone,
        error,
        invalid: invalid.unwrap_or(InvalidField::None),
        is_used_by_another_browser: target.is_used_by_another_browser(browser),
    };
    page(StatusCode::OK, &sign_in_page, browser.cookies())
}

/// Checks phone number and PIN, and starts a session.
pub(in crate::partner) async fn submit(
    partner: web::Data<Partner>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let browser = Browser::from_request(&request);
    let fields = match Form::read(&partner, &request, payload).await {
        Ok(fields) => fields,
        Err(reason) => return bad_form(&browser, reason, paths::SIGN_IN),
    };
    let (sent, pin) = (fields.field("phone"), fields.field("pin"));
    let target = match find_target(&partner, &browser, paths::SIGN_IN) {
        Ok(target) => target,
        Err(instead) => return *instead,
    };
    let lang = browser.lang();
    let again =
        |invalid: InvalidField, error: &str| form(&partner, &browser, Some(sent), Some((invalid, error.to_owned())));
    if target.is_open() {
        if sent.is_empty() {
            return again(InvalidField::Phone, lang.t("Enter your phone number.", "Masukkan nomor HP Anda."));
        }
        if !is_pin(pin) {
            return again(InvalidField::Pin, text::pin_format(lang));
        }
    }
    let Ok(phone) = Phone::new(sent) else {
        return if target.is_open() {
            again(InvalidField::Phone, lang.t("This phone number is not registered.", "Nomor HP ini belum terdaftar."))
        } else {
            step_error(&partner, &browser, crate::engine::PageFlowError::WrongStep)
        };
    };
    match partner.engine.sign_in(&browser.tk, &phone, pin) {
        Err(why) => step_error(&partner, &browser, why),
        Ok(SignInResult::Success(session)) => {
            let otp_first = target.is_binding() || target.frame(&partner, &browser, paths::SIGN_IN).is_pin_last();
            let next = if otp_first { paths::OTP } else { paths::PLAN };
            see_other(&browser.url(next), vec![browser.session_cookie(&session)])
        }
        Ok(SignInResult::NoLimit) => to_current_page(&partner, &browser),
        Ok(SignInResult::NoSuchPhone) => {
            again(InvalidField::Phone, lang.t("This phone number is not registered.", "Nomor HP ini belum terdaftar."))
        }
        Ok(SignInResult::Inactive) => again(InvalidField::Phone, text::account_inactive(target.is_binding(), lang)),
        Ok(SignInResult::NowLocked { until }) => {
            again(InvalidField::None, &account_now_locked(&partner, &browser, until))
        }
        Ok(SignInResult::WrongPin { left }) => again(InvalidField::Pin, &text::wrong_pin(left, lang)),
        Ok(SignInResult::Locked { until }) => again(InvalidField::None, &account_locked(&partner, &browser, until)),
    }
}

/// Whether a text can be a PIN.
pub(super) fn is_pin(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The message for an account that a wrong PIN has locked.
pub(super) fn account_now_locked(partner: &Partner, browser: &Browser, until: Timestamp) -> String {
    let sentence = text::account_now_locked(&time_rounded_up(until, browser.lang()), browser.lang());
    with_clock_note(partner, browser, sentence)
}

/// The message for a locked account. Without a time, it stays locked.
pub(super) fn account_locked(partner: &Partner, browser: &Browser, until: Option<Timestamp>) -> String {
    match until {
        None => {
            let lender = browser.lender.name();
            browser
                .lang()
                .t(format!("This account is locked. Contact {lender}."), format!("Akun ini dikunci. Hubungi {lender}."))
        }
        Some(until) => {
            let seconds = u64::try_from(until.duration_since(partner.engine.now()).as_secs()).unwrap_or(0);
            let minutes = seconds.div_ceil(60).max(1);
            let until = time_rounded_up(until, browser.lang());
            with_clock_note(partner, browser, text::account_locked(&until, minutes, browser.lang()))
        }
    }
}

/// Adds the note about a stopped clock.
fn with_clock_note(partner: &Partner, browser: &Browser, sentence: String) -> String {
    match browser.stopped_clock_note(partner) {
        None => sentence,
        Some(note) => format!("{sentence} {note}"),
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
            invalid: InvalidField::None,
            is_used_by_another_browser: false,
        };
        let html = page.render().unwrap();
        has(&html, &["Link your account", "to link it to &#60;SHOP&#62;.", "value=\"81291891818\"", "Continue to OTP"]);
        is_about_linking(&html);
    }

    #[test]
    fn every_lender_has_its_folder_its_name_and_its_looks() {
        let sheet = include_str!("../../../static/partner.css");
        for lender in Lender::ALL {
            let purpose = Purpose::Pay { goods: "", amount: "Rp 25.145".to_owned(), links_account: false };
            let frame = frame(Lang::Id, lender, purpose, paths::SIGN_IN);
            let html = SignInPage {
                frame,
                phone: "",
                error: None,
                invalid: InvalidField::None,
                is_used_by_another_browser: false,
            }
            .render()
            .unwrap();
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
