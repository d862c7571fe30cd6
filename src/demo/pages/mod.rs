//! The shop's pages, one a file. Each works without JavaScript; `static/demo.js` only looks again by itself.

pub(super) mod account;
pub(super) mod assets;
mod behind;
pub(super) mod checkout;
mod form;
pub(super) mod home;
mod leave;
pub(super) mod notice;
pub(super) mod order;
pub(super) mod product;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use jiff::Timestamp;

use super::Demo;
use super::browser::Browser;
use super::customers::{Customer, Step};
use super::nicepay::in_jakarta;
use crate::page::{Lang, live_page};

/// What stands around every page.
struct Frame {
    lang: Lang,
    /// The page's own address, to which `lang=` is appended.
    here: String,
    done: Vec<Step>,
    linked: bool,
    /// The simulator's clock stands: nothing happens by itself.
    clock_stands: bool,
    /// Of what is shown of the customer; the script looks again when it has changed.
    revision: u64,
}

impl Frame {
    fn of(demo: &Demo, browser: &Browser, customer: Option<&Customer>) -> Self {
        Self {
            lang: browser.language.lang,
            here: browser.here.clone(),
            done: customer.map(|customer| customer.done.clone()).unwrap_or_default(),
            linked: customer.is_some_and(|customer| customer.linked.is_some()),
            clock_stands: demo.clock.is_manual(),
            revision: customer.map_or(0, |customer| customer.wire.revision()),
        }
    }

    /// A text in the language of the page.
    fn t<T>(&self, en: T, id: T) -> T {
        self.lang.t(en, id)
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    /// The guide's four steps: name, what to do, where, and whether it is done.
    fn steps(&self) -> [(&'static str, &str, &str, &str, bool); 4] {
        let done = |step| self.done.contains(&step);
        Step::ALL.map(|step| match step {
            Step::BuyAndLink => (
                "step-buy-and-link",
                self.t("Buy and link", "Beli dan tautkan"),
                self.t("Pay with Kredivo; tick “link my account”.", "Bayar dengan Kredivo, centang “tautkan akun”."),
                "/demo/checkout?product=set-seduh",
                done(step),
            ),
            Step::OneClick => (
                "step-one-click",
                self.t("Buy in one click", "Beli sekali klik"),
                self.t("No page, no PIN, no OTP.", "Tanpa halaman, tanpa PIN, tanpa OTP."),
                "/demo/products/kopi-gayo",
                done(step),
            ),
            Step::Link => (
                "step-link",
                self.t("Link without buying", "Tautkan tanpa membeli"),
                self.t("From the account page.", "Dari halaman akun."),
                "/demo/account",
                done(step),
            ),
            Step::Unlink => (
                "step-unlink",
                self.t("Unlink", "Lepas tautan"),
                self.t("The token is of no use any more.", "Token tidak berlaku lagi."),
                "/demo/account",
                done(step),
            ),
        })
    }

    fn steps_done(&self) -> usize {
        self.done.len()
    }
}

/// Somebody's page, which a script may look at again.
fn show(browser: &Browser, page: &impl Template) -> HttpResponse {
    live_page(StatusCode::OK, page, browser.cookies(), std::convert::identity)
}

/// `14:05:09`, in Jakarta's time.
fn time_of_day(at: Timestamp) -> String {
    in_jakarta(at).strftime("%H:%M:%S").to_string()
}

/// A tenor's name.
fn tenor(months: u8, lang: Lang) -> String {
    match (months, lang) {
        (1, Lang::Id) => "30 hari".to_owned(),
        (1, Lang::En) => "30 days".to_owned(),
        (_, Lang::Id) => format!("{months} bulan"),
        (_, Lang::En) => format!("{months} months"),
    }
}
