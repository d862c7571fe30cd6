//! The shop's pages, one in each file. They work without JavaScript; `static/demo.js` only refreshes them.

pub(super) mod account;
pub(super) mod assets;
pub(super) mod checkout;
mod closing;
pub(super) mod error_page;
mod exchange_panel;
mod form;
pub(super) mod home;
pub(super) mod order;
mod outlook;
pub(super) mod product;
mod redirect;
pub(super) mod start_over;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use jiff::Timestamp;

use super::Demo;
use super::browser::Browser;
use super::customers::{Customer, Step};
use super::nicepay::in_jakarta;
use crate::page::{Lang, live_page};

/// The frame of every page.
struct Frame {
    lang: Lang,
    /// The page's address, to which `lang=` is appended.
    url: String,
    done: Vec<Step>,
    is_linked: bool,
    /// Whether the simulator's clock is stopped, so that notifications wait.
    is_clock_stopped: bool,
    /// Changes with the customer's data: then the script refreshes the page.
    revision: u64,
    /// Whether the browser comes from before a reset.
    was_reset: bool,
}

/// A step of the guide.
struct GuideStep {
    testid: &'static str,
    name: &'static str,
    hint: &'static str,
    href: &'static str,
    done: bool,
}

impl Frame {
    fn new(demo: &Demo, browser: &Browser, customer: Option<&Customer>) -> Self {
        Self {
            lang: browser.language.lang,
            url: browser.url.clone(),
            done: customer.map(|customer| customer.done.clone()).unwrap_or_default(),
            is_linked: customer.is_some_and(|customer| customer.linked.is_some()),
            is_clock_stopped: demo.clock.is_manual(),
            revision: customer.map_or(0, |customer| customer.log.revision()),
            was_reset: browser.is_forgotten,
        }
    }

    /// The frame for the browser's customer, if there is one.
    fn of_browser(demo: &Demo, browser: &Browser) -> Self {
        demo.customers(|customers| {
            Self::new(demo, browser, browser.customer.as_ref().and_then(|name| customers.get(name)))
        })
    }

    /// A text in the language of the page.
    fn t<T>(&self, en: T, id: T) -> T {
        self.lang.t(en, id)
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    /// The four steps of the guide.
    fn steps(&self) -> [GuideStep; 4] {
        Step::ALL.map(|step| {
            let (testid, href, (en, id)) = match step {
                Step::BuyAndLink => (
                    "step-buy-and-link",
                    "/demo/checkout?product=set-seduh",
                    (
                        ["Buy and link", "Pay with Kredivo and select “Link my Kredivo account”."],
                        ["Beli dan hubungkan", "Bayar dengan Kredivo dan pilih “Hubungkan akun Kredivo saya”."],
                    ),
                ),
                Step::OneClick => (
                    "step-one-click",
                    "/demo/products/kopi-gayo",
                    (
                        ["Buy in one click", "No login, no PIN, no OTP."],
                        ["Beli satu klik", "Tanpa login, PIN, dan OTP."],
                    ),
                ),
                Step::Link => (
                    "step-link",
                    "/demo/account",
                    (["Link without buying", "On the account page."], ["Hubungkan tanpa membeli", "Di halaman akun."]),
                ),
                Step::Unlink => (
                    "step-unlink",
                    "/demo/account",
                    (["Unlink", "The token becomes invalid."], ["Putuskan akun", "Token tidak berlaku lagi."]),
                ),
            };
            let [name, hint] = self.t(en, id);
            GuideStep { testid, name, hint, href, done: self.done.contains(&step) }
        })
    }

    fn steps_done(&self) -> usize {
        self.done.len()
    }

    /// The guide in one line, for a phone: `Step 3 of 4: Unlink`.
    fn guide_line(&self) -> String {
        match (1..).zip(self.steps()).find(|(_, step)| !step.done) {
            Some((number, step)) => {
                self.t(format!("Step {number} of 4: {}", step.name), format!("Langkah {number} dari 4: {}", step.name))
            }
            None => self.t("Demo: 4 of 4 steps done", "Demo: 4 dari 4 langkah selesai").to_owned(),
        }
    }
}

/// A page that the script can refresh.
fn respond(browser: &Browser, page: &impl Template) -> HttpResponse {
    live_page(StatusCode::OK, page, browser.cookies())
}

/// `14:05:09`, in WIB.
fn time_of_day(at: Timestamp) -> String {
    in_jakarta(at).strftime("%H:%M:%S").to_string()
}
