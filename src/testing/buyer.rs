//! A customer who walks the partner's pages with plain HTTP.

use super::http::{Http, Reply};
use crate::paths;

/// A customer at a browser of their own: it keeps cookies.
#[derive(Debug)]
pub struct Buyer {
    http: Http,
    cookies: Vec<(String, String)>,
}

/// Who signs in, and what they choose.
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
    /// The published shopper who may use every tenor, with 30 days (`docs/PROTOCOL.md` §5.4).
    fn default() -> Self {
        Self { phone: "081291891818", pin: "414141", months: "1", otp: "4567" }
    }
}

impl Buyer {
    pub(super) fn new(http: Http) -> Self {
        Self { http, cookies: Vec::new() }
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
    pub fn get(&mut self, url: &str) -> Reply {
        let reply = self.http.send("GET", url, &[("cookie", &self.cookie_header())], "");
        self.keep_cookies(reply)
    }

    /// Sends a form, without following redirects.
    pub fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Reply {
        let reply = self.http.post_form(url, fields, &[("cookie", &self.cookie_header())]);
        self.keep_cookies(reply)
    }

    /// Follows redirects as long as they stay on the simulator.
    pub fn follow(&mut self, mut reply: Reply) -> Reply {
        while matches!(reply.status, 302 | 303) && reply.location().starts_with('/') {
            let location = reply.location().to_owned();
            reply = self.get(&location);
        }
        reply
    }

    /// Opens a payment, and answers with the secret of the partner's link.
    ///
    /// # Panics
    /// When the payment does not lead to the partner.
    pub fn open(&mut self, payment_url: &str) -> String {
        let opened = self.get(payment_url);
        match opened.location().split_once("tk=") {
            Some((_, tk)) => tk.to_owned(),
            None => panic!("the payment did not lead to the partner: {}", opened.location()),
        }
    }

    /// Signs in.
    pub fn sign_in(&mut self, tk: &str, login: Login<'_>) -> Reply {
        self.post(&paths::page(paths::SIGN_IN, tk), &[("phone", login.phone), ("pin", login.pin)])
    }

    /// Chooses a tenor.
    pub fn choose(&mut self, tk: &str, months: &str) -> Reply {
        self.post(&paths::page(paths::PLAN, tk), &[("instmntMon", months)])
    }

    /// Enters a one-time password.
    pub fn enter_otp(&mut self, tk: &str, otp: &str) -> Reply {
        self.post(&paths::page(paths::OTP, tk), &[("otp", otp)])
    }

    /// Goes from the partner's last page back to the shop; answers with where that is.
    pub fn return_to_shop(&mut self, tk: &str) -> String {
        self.get(&paths::page(paths::PAYMENT_RETURN, tk)).location().to_owned()
    }

    /// Walks all pages as `login`, and back to the shop; answers with the URL on which the browser lands there.
    pub fn pay_as(&mut self, payment_url: &str, login: Login<'_>) -> String {
        let tk = self.open(payment_url);
        self.sign_in(&tk, login);
        self.choose(&tk, login.months);
        self.enter_otp(&tk, login.otp);
        self.return_to_shop(&tk)
    }

    /// Walks all pages as the published shopper with all tenors.
    pub fn pay(&mut self, payment_url: &str) -> String {
        self.pay_as(payment_url, Login::default())
    }
}
