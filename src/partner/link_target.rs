//! What a browser's link stands for: a payment, or a binding of an account. The pages are the same.

use super::Partner;
use super::browser::Browser;
use super::frame::{Frame, Purpose, WayBack};
use super::lender::Lender;
use crate::clock::Timestamp;
use crate::domain::{Binding, BindingStage, Otp, PartnerStep, Plan, Stage, Tokenize, Transaction};
use crate::engine::Engine;
use crate::paths;

/// What is behind a link, as it is now.
pub(super) enum LinkTarget {
    /// An order to pay.
    Payment(Box<Transaction>),
    /// An account to bind.
    Binding(Box<Binding>),
}

impl LinkTarget {
    pub(super) fn of(engine: &Engine, link: &str) -> Option<Self> {
        let payment = || engine.transaction_by_link(link).map(|transaction| Self::Payment(Box::new(transaction)));
        payment().or_else(|| engine.binding_by_link(link).map(|binding| Self::Binding(Box::new(binding))))
    }

    /// Whose pages it is on.
    pub(super) fn lender(&self) -> Lender {
        match self {
            // Who has a link to a lender's pages has chosen the lender.
            Self::Payment(transaction) => transaction.order.partner.unwrap_or(Lender::Kredivo),
            Self::Binding(_) => Lender::Kredivo,
        }
    }

    /// Whether nothing is paid here.
    pub(super) fn is_binding(&self) -> bool {
        matches!(self, Self::Binding(_))
    }

    /// Whether the customer can still do something.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Payment(transaction) => transaction.stage().is_payable(),
            Self::Binding(binding) => binding.stage.is_open(),
        }
    }

    /// Whether its time was up before anything was decided.
    pub(super) fn is_expired(&self) -> bool {
        match self {
            Self::Payment(transaction) => matches!(transaction.stage(), Stage::Expired { .. }),
            Self::Binding(binding) => matches!(binding.stage, BindingStage::Expired { .. }),
        }
    }

    /// Its stage, in a word.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Payment(transaction) => transaction.stage().as_str(),
            Self::Binding(binding) => binding.stage.as_str(),
        }
    }

    /// The OTP that is asked for, and what it would confirm where that is a plan.
    pub(super) fn otp(&self) -> Option<(&Otp, Option<&Plan>)> {
        match self {
            Self::Payment(transaction) => match transaction.stage() {
                Stage::AtPartner(PartnerStep::Otp { plan, otp }) => Some((otp, Some(plan))),
                _ => None,
            },
            Self::Binding(binding) => match &binding.stage {
                BindingStage::Otp(otp) => Some((otp, None)),
                _ => None,
            },
        }
    }

    /// Whether the OTP that is asked for is no good any more, and no other can be sent.
    pub(super) fn is_code_over(&self, now: Timestamp) -> bool {
        self.otp().is_some_and(|(otp, _)| {
            otp.resends >= Otp::MAX_RESENDS && (otp.tries >= Otp::MAX_TRIES || now >= otp.expires_at)
        })
    }

    /// Whether one signs in here: not where a token says who pays.
    pub(super) fn signs_in(&self) -> bool {
        !matches!(self, Self::Payment(transaction) if transaction.is_seamless())
    }

    /// The session of the browser that has signed in.
    fn owner(&self) -> Option<&str> {
        match (self.otp(), self) {
            (Some((otp, _)), _) => otp.session.as_deref(),
            (None, Self::Payment(transaction)) => match transaction.stage() {
                Stage::AtPartner(PartnerStep::Plan { session, .. }) => Some(&**session),
                _ => None,
            },
            (None, Self::Binding(_)) => None,
        }
    }

    /// Whether somebody has signed in, and not this browser.
    pub(super) fn is_taken(&self, browser: &Browser) -> bool {
        self.owner().is_some_and(|owner| browser.session.as_deref() != Some(owner))
    }

    /// The page on which the customer is, by how far it is and by who this browser is.
    pub(super) fn place(&self, browser: &Browser) -> &'static str {
        // A browser that has not signed in begins at the beginning, wherever another one is.
        if self.is_taken(browser) {
            return paths::SIGN_IN;
        }
        if self.otp().is_some() {
            return paths::OTP;
        }
        match self {
            Self::Payment(transaction) => match transaction.stage() {
                Stage::AtPartner(PartnerStep::Plan { .. }) => paths::PLAN,
                Stage::Registered | Stage::AtPartner(_) | Stage::Expired { .. } => paths::SIGN_IN,
                _ => paths::RESULT,
            },
            Self::Binding(binding) => match binding.stage {
                BindingStage::SignIn | BindingStage::Otp(_) | BindingStage::Expired { .. } => paths::SIGN_IN,
                _ => paths::RESULT,
            },
        }
    }

    /// Where the browser is handed back to the gateway.
    pub(super) fn return_url(&self, link: &str) -> String {
        match self {
            Self::Payment(_) => paths::page(paths::PAYMENT_RETURN, link),
            Self::Binding(_) => paths::page(paths::BINDING_RETURN, link),
        }
    }

    /// What the browser finds there.
    pub(super) fn way_back(&self) -> WayBack {
        match self {
            Self::Binding(binding) if binding.request.callback_url.is_none() => WayBack::Nicepay,
            Self::Payment(_) | Self::Binding(_) => WayBack::Shop,
        }
    }

    /// What every page of this visit shows.
    pub(super) fn frame<'a>(&'a self, partner: &'a Partner, browser: &'a Browser, here: &'static str) -> Frame<'a> {
        let (purpose, merchant, reference_no) = match self {
            Self::Payment(transaction) => {
                let (goods, amount) = (&*transaction.order.goods_nm, transaction.amount.formatted());
                let links = matches!(transaction.tokenize, Tokenize::Issue { .. });
                (Purpose::Pay { goods, amount, links }, &transaction.i_mid, &transaction.reference_no)
            }
            Self::Binding(binding) => (Purpose::Link, &binding.i_mid, &binding.request.reference_no),
        };
        Frame {
            lang: browser.language.lang,
            tk: &browser.tk,
            lender: browser.lender,
            purpose,
            merchant: merchant.as_str(),
            reference_no: reference_no.as_str(),
            way_back: self.way_back(),
            here,
            panel: partner.panel_of(browser.lender),
        }
    }
}
