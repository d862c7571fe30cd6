//! A customer who uses the lenders' pages through plain HTTP.

use super::http::{Http, Reply};
use crate::endpoints::Endpoint;
use crate::paths;

/// A customer with a browser of their own, which keeps cookies.
#[derive(Debug)]
pub struct Buyer {
    http: Http,
    cookies: Vec<(String, String)>,
    /// The lender of the payment that was opened last.
    lender: &'static str,
}

/// The customer's login, and the customer's choices.
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    /// The phone number.
    pub phone: &'a str,
    /// The PIN.
    pub pin: &'a str,
    /// The tenor, in months.
    pub months: &'a str,
    /// The one-time password.
    pub otp: &'a str,
}

impl Default for Login<'_> {
    /// The published shopper with all tenors, who chooses 30 days (`docs/PROTOCOL.md` §5.4).
    fn default() -> Self {
        Self { phone: "081291891818", pin: "414141", months: "1", otp: "4567" }
    }
}

impl Buyer {
    pub(super) fn new(http: Http) -> Self {
        Self { http, cookies: Vec::new(), lender: paths::PARTNERS[0] }
    }

    fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&mut self, reply: Reply) -> Reply {
        for (_, cookie) in reply.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.retain(|(known, _)| known != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        reply
    }

    /// Opens a page, without following redirects.
    #[track_caller]
    pub fn get(&mut self, url: &str) -> Reply {
        let reply = self.http.send("GET", url, &[("cookie", &self.cookie_header())], "");
        self.keep_cookies(reply)
    }

    /// Sends a form, without following redirects.
    #[track_caller]
    pub fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Reply {
        let reply = self.http.post_form(url, fields, &[("cookie", &self.cookie_header())]);
        self.keep_cookies(reply)
    }

    /// Follows redirects to pages of the simulator.
    #[track_caller]
    pub fn follow(&mut self, mut reply: Reply) -> Reply {
        while matches!(reply.status, 302 | 303) {
            let location = reply.location().to_owned();
            if !location.starts_with('/') && !location.starts_with(self.http.base()) {
                break;
            }
            reply = self.get(&location);
        }
        reply
    }

    /// Opens a payment; returns the secret of the lender's link.
    ///
    /// # Panics
    /// When the payment does not lead to a lender.
    #[track_caller]
    pub fn open(&mut self, payment_url: &str) -> String {
        let opened = self.get(payment_url);
        self.arrive(opened.location())
    }

    /// Takes the URL of a lender's page from a redirect or a response; returns the secret in it.
    ///
    /// # Panics
    /// When the URL is not one of a lender's page.
    #[track_caller]
    pub fn arrive(&mut self, address: &str) -> String {
        let path = address.strip_prefix(self.http.base()).unwrap_or(address);
        let tk = path.split_once("tk=").map(|(_, rest)| rest.split('&').next().unwrap_or_default());
        match (paths::partner_of(path), tk) {
            (Some(lender), Some(tk)) => {
                self.lender = lender;
                tk.to_owned()
            }
            _ => panic!("this does not lead to a lender: {address}"),
        }
    }

    fn page(&self, page: &str, tk: &str) -> String {
        paths::partner_page(self.lender, page, tk)
    }

    /// Signs in.
    #[track_caller]
    pub fn sign_in(&mut self, tk: &str, login: Login<'_>) -> Reply {
        self.post(&self.page(paths::SIGN_IN, tk), &[("phone", login.phone), ("pin", login.pin)])
    }

    /// Chooses a tenor, and agrees to it where the lender wants that.
    #[track_caller]
    pub fn choose(&mut self, tk: &str, months: &str) -> Reply {
        self.post(&self.page(paths::PLAN, tk), &[("instmntMon", months), ("consent", "1")])
    }

    /// Enters a one-time password.
    #[track_caller]
    pub fn enter_otp(&mut self, tk: &str, otp: &str) -> Reply {
        self.post(&self.page(paths::OTP, tk), &[("otp", otp)])
    }

    /// Enters the PIN once more, which confirms a payment at Indodana.
    #[track_caller]
    pub fn confirm(&mut self, tk: &str, pin: &str) -> Reply {
        self.post(&self.page(paths::PIN, tk), &[("pin", pin)])
    }

    /// Goes through the lender's pages in its own order, until the last one or until a form is refused. Returns the answer
    /// to the last form.
    #[track_caller]
    pub fn walk(&mut self, tk: &str, login: Login<'_>) -> Reply {
        let mut reply = self.sign_in(tk, login);
        loop {
            let page = reply.header("location").and_then(|location| location.split('?').next()).unwrap_or_default();
            reply = if page.ends_with(paths::PLAN) {
                self.choose(tk, login.months)
            } else if page.ends_with(paths::OTP) {
                self.enter_otp(tk, login.otp)
            } else if page.ends_with(paths::PIN) {
                self.confirm(tk, login.pin)
            } else {
                return reply;
            };
        }
    }

    /// Opens the link of the lender's last page: the response is a redirect to the shop, or a form that is sent there.
    #[track_caller]
    pub fn return_page(&mut self, tk: &str) -> Reply {
        self.get(&paths::page(Endpoint::PaymentReturn.path(), tk))
    }

    /// Returns from the lender's last page to the shop; the result is the URL in the shop.
    ///
    /// # Panics
    /// When the response is a form and not a redirect: see [`return_page`](Self::return_page).
    #[track_caller]
    pub fn return_to_shop(&mut self, tk: &str) -> String {
        self.return_page(tk).location().to_owned()
    }

    /// Pays as `login` and returns to the shop; the result is the URL in the shop.
    #[track_caller]
    pub fn pay_as(&mut self, payment_url: &str, login: Login<'_>) -> String {
        let tk = self.open(payment_url);
        self.walk(&tk, login);
        self.return_to_shop(&tk)
    }

    /// Pays as the published shopper with all tenors.
    #[track_caller]
    pub fn pay(&mut self, payment_url: &str) -> String {
        self.pay_as(payment_url, Login::default())
    }
}
