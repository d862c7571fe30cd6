//! The messages of one payment or binding, in the order of the log.

use super::arrow::{Arrow, Lane};
use super::builder::DiagramBuilder;
use crate::domain::{Entry, Notification};
use crate::language::Lang;

/// The messages of one payment or binding.
///
/// Every event that is a message has one arrow, or two where it is a request and its response. They are in the order of
/// the log, except for a notification: it is where it was sent, before the requests that the merchant sends until it
/// answers. An event that another one shows has no arrow: the exchange shows a registration, a refusal, an inquiry and
/// a cancel by the merchant, and the attempts show a notification. Arrows without an event are what must have happened
/// where the simulator cannot see it:
///
/// * once, before the customer first comes: the merchant redirects the browser;
/// * once, where the lender decides (or sends an OTP) and no customer came: NICEPAY asks it;
/// * after each `callback.sent`: the browser arrives at the merchant.
///
/// The first two are only drawn where the log still has the registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// The lender's name, once it is known.
    pub partner: Option<&'static str>,
    /// The language of names and labels.
    pub lang: Lang,
    /// In the order of the log.
    pub arrows: Vec<Arrow>,
}

impl Diagram {
    /// The diagram of entries of the log, oldest first. What is untrue in a notification is known where it is among
    /// `notifications`.
    pub fn new(partner: Option<&'static str>, entries: &[Entry], notifications: &[Notification], lang: Lang) -> Self {
        Self { partner, lang, arrows: DiagramBuilder::new(entries, notifications, lang).build() }
    }

    /// The name of a lane.
    pub fn name(&self, lane: Lane) -> &'static str {
        match lane {
            Lane::Customer => self.lang.t("Customer", "Pelanggan"),
            Lane::Merchant => "Merchant",
            Lane::Nicepay => "NICEPAY",
            Lane::Partner => self.partner.unwrap_or(self.lang.t("Lender", "Penyedia cicilan")),
        }
    }
}
