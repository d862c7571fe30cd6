//! A browser without JavaScript at one link of Kredivo's pages.

use nicepay_sim::testing::{Buyer, Reply};

/// A customer's browser, and the secret of the link that it follows.
pub(crate) struct Visit {
    pub(crate) buyer: Buyer,
    pub(crate) tk: String,
}

impl Visit {
    pub(crate) fn url(&self, page: &str) -> String {
        format!("/kredivo/v2/{page}?tk={}", self.tk)
    }

    pub(crate) fn get(&mut self, page: &str) -> Reply {
        let url = self.url(page);
        self.buyer.get(&url)
    }

    pub(crate) fn post(&mut self, page: &str, fields: &[(&str, &str)]) -> Reply {
        let url = self.url(page);
        self.buyer.post(&url, fields)
    }

    pub(crate) fn sign_in(&mut self, phone: &str, pin: &str) -> Reply {
        self.post("signin", &[("phone", phone), ("pin", pin)])
    }

    pub(crate) fn otp(&mut self, otp: &str) -> Reply {
        self.post("otp", &[("otp", otp)])
    }

    pub(crate) fn in_english(&mut self) {
        let url = format!("{}&lang=en", self.url("signin"));
        // Whatever is there by now, the browser keeps the language.
        self.buyer.get(&url);
    }

    /// Asserts where a redirect leads.
    #[track_caller]
    pub(crate) fn leads_to(&self, reply: &Reply, page: &str) {
        assert_eq!((reply.status, reply.location()), (303, self.url(page).as_str()), "{}", reply.body);
    }
}
