//! The testers' panel below every form: the accounts that can sign in, and the outcome of each.

use super::lender::Lender;
use crate::domain::Shopper;
use crate::engine::Engine;
use crate::page::Lang;

/// One account in the testers' panel.
#[derive(Debug, Clone)]
pub struct PanelShopper {
    /// The account's lender.
    pub lender: Lender,
    /// The phone number to sign in with.
    pub phone: String,
    /// Whether it is the lender's default shopper.
    pub is_default: bool,
    /// The account's PIN.
    pub pin: String,
    /// The account's OTP; empty if the account never needs one.
    pub otp: String,
    /// What happens to a payment of this account, in Indonesian.
    pub outcome_id: String,
    /// What happens to a payment of this account, in English.
    pub outcome_en: String,
}

impl PanelShopper {
    /// The outcome of a payment, in the language of the page.
    pub(super) fn outcome(&self, lang: Lang) -> &str {
        lang.t(&self.outcome_en, &self.outcome_id)
    }
}

/// The accounts of all lenders, for the testers' panel: the default shoppers first.
pub fn panel(engine: &Engine) -> Vec<PanelShopper> {
    let is_default = |shopper: &Shopper| engine.catalog().default_phone(shopper.partner) == Some(&shopper.phone);
    let mut panel: Vec<_> = engine
        .catalog()
        .shoppers()
        .iter()
        .map(|shopper| {
            let (id, en) = engine.catalog().description(&shopper.phone).unwrap_or_default();
            PanelShopper {
                lender: shopper.partner,
                phone: shopper.phone.local(),
                is_default: is_default(shopper),
                pin: shopper.pin.to_string(),
                otp: shopper.listed_otp().to_owned(),
                outcome_id: with_nonbreaking_spaces(id),
                outcome_en: with_nonbreaking_spaces(en),
            }
        })
        .collect();
    panel.sort_by_key(|shopper| !shopper.is_default);
    panel
}

/// A text in which a number and its unit stay on one line.
fn with_nonbreaking_spaces(text: &str) -> String {
    let mut before = ' ';
    let bound = |c| {
        let bound = if c == ' ' && before.is_ascii_digit() { '\u{a0}' } else { c };
        before = c;
        bound
    };
    text.chars().map(bound).collect()
}
