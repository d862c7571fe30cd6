//! The target of a payment link: a payment, or an account binding. The pages are the same for both.

use super::Partner;
use super::browser::Browser;
use super::frame::{Frame, Purpose, ReturnTo};
use super::lender::Lender;
use crate::clock::Timestamp;
use crate::domain::{Binding, BindingStage, IMid, InstalmentPlan, Otp, PartnerStep, Stage, Tokenize, Transaction};
use crate::endpoints::Endpoint;
use crate::engine::Engine;
use crate::paths;

/// The payment or the binding of a link, as it is now.
pub(super) enum LinkTarget {
    /// An order to pay.
    Payment(Box<Transaction>),
    /// An account to bind.
    Binding(Box<Binding>),
}

impl LinkTarget {
    /// As it is shown: with merchantKeys masked.
    pub(super) fn find(engine: &Engine, link: &str) -> Option<Self> {
        let payment =
            || engine.transaction_by_link(link).map(|transaction| Self::Payment(Box::new(engine.shown(transaction))));
        payment().or_else(|| engine.binding_by_link(link).map(|binding| Self::Binding(Box::new(engine.shown(binding)))))
    }

    /// The lender whose pages show it.
    pub(super) fn lender(&self) -> Lender {
        match self {
            // A link to a lender's pages exists only after a lender was chosen.
            Self::Payment(transaction) => transaction.order.partner.unwrap_or(Lender::Kredivo),
            Self::Binding(_) => Lender::Kredivo,
        }
    }

    /// The merchant that asks for it.
    pub(super) fn i_mid(&self) -> &IMid {
        match self {
            Self::Payment(transaction) => &transaction.i_mid,
            Self::Binding(binding) => &binding.i_mid,
        }
    }

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

    pub(super) fn is_expired(&self) -> bool {
        match self {
            Self::Payment(transaction) => matches!(transaction.stage(), Stage::Expired { .. }),
            Self::Binding(binding) => matches!(binding.stage, BindingStage::Expired { .. }),
        }
    }

    pub(super) fn stage_name(&self) -> &'static str {
        match self {
            Self::Payment(transaction) => transaction.stage().as_str(),
            Self::Binding(binding) => binding.stage.as_str(),
        }
    }

    /// The OTP that the customer has to enter, and the plan that it confirms, for a payment.
    pub(super) fn otp(&self) -> Option<(&Otp, Option<&InstalmentPlan>)> {
        match self {
            Self::Payment(transaction) => match transaction.stage() {
                Stage::AtPartner(PartnerStep::Otp { plan, otp }) => Some((otp, plan.as_ref())),
                _ => None,
            },
            Self::Binding(binding) => match &binding.stage {
                BindingStage::Otp(otp) => Some((otp, None)),
                _ => None,
            },
        }
    }

    /// Whether the OTP has expired or was entered wrongly too often, and no other can be sent.
    pub(super) fn has_no_valid_otp(&self, now: Timestamp) -> bool {
        self.otp().is_some_and(|(otp, _)| {
            otp.resends >= Otp::MAX_RESENDS && (otp.wrong_tries >= Otp::MAX_WRONG_TRIES || now >= otp.expires_at)
        })
    }

    /// Whether the customer signs in: not for a payment with a user token.
    pub(super) fn has_sign_in(&self) -> bool {
        !matches!(self, Self::Payment(transaction) if transaction.is_seamless())
    }

    /// The session of the browser that has signed in.
    fn session(&self) -> Option<&str> {
        match (self.otp(), self) {
            (Some((otp, _)), _) => otp.session.as_deref(),
            (None, Self::Payment(transaction)) => match transaction.stage() {
                Stage::AtPartner(PartnerStep::Plan { session, .. } | PartnerStep::Pin { session, .. }) => {
                    Some(&**session)
                }
                _ => None,
            },
            (None, Self::Binding(_)) => None,
        }
    }

    /// Whether another browser has signed in.
    pub(super) fn is_used_by_another_browser(&self, browser: &Browser) -> bool {
        self.session().is_some_and(|session| browser.session.as_deref() != Some(session))
    }

    /// The page for this browser: depends on the stage, and on whether this browser has signed in.
    pub(super) fn current_page(&self, browser: &Browser) -> &'static str {
        if self.is_used_by_another_browser(browser) {
            return paths::SIGN_IN;
        }
        if self.otp().is_some() {
            return paths::OTP;
        }
        match self {
            Self::Payment(transaction) => match transaction.stage() {
                Stage::AtPartner(PartnerStep::Plan { .. }) => paths::PLAN,
                Stage::AtPartner(PartnerStep::Pin { .. }) => paths::PIN,
                Stage::Registered | Stage::AtPartner(_) | Stage::Expired { .. } => paths::SIGN_IN,
                _ => paths::RESULT,
            },
            Self::Binding(binding) => match binding.stage {
                BindingStage::SignIn | BindingStage::Otp(_) | BindingStage::Expired { .. } => paths::SIGN_IN,
                _ => paths::RESULT,
            },
        }
    }

    /// The address at the gateway to which the browser returns.
    pub(super) fn return_url(&self, link: &str) -> String {
        match self {
            Self::Payment(_) => paths::page(Endpoint::PaymentReturn.path(), link),
            Self::Binding(_) => paths::page(Endpoint::BindingReturn.path(), link),
        }
    }

    pub(super) fn return_to(&self) -> ReturnTo {
        match self {
            Self::Binding(binding) if binding.request.callback_url.is_none() => ReturnTo::Nicepay,
            Self::Payment(_) | Self::Binding(_) => ReturnTo::Shop,
        }
    }

    pub(super) fn frame<'a>(&'a self, partner: &'a Partner, browser: &'a Browser, here: &'static str) -> Frame<'a> {
        let (purpose, merchant, reference_no) = match self {
            Self::Payment(transaction) => {
                let (goods, amount) = (&*transaction.order.goods_nm, transaction.amount.formatted());
                let links_account = matches!(transaction.tokenize, Tokenize::Issue { .. });
                (Purpose::Pay { goods, amount, links_account }, &transaction.i_mid, &transaction.reference_no)
            }
            Self::Binding(binding) => (Purpose::Link, &binding.i_mid, &binding.request.reference_no),
        };
        Frame {
            lang: browser.language.lang,
            tk: &browser.tk,
            lender: browser.lender,
            purpose,
            merchant: partner.engine.shown_name(merchant),
            reference_no: reference_no.as_str(),
            return_to: self.return_to(),
            here,
            steps: partner.engine.catalog().terms(Some(browser.lender)).steps(),
            panel: partner.panel_of(browser.lender),
        }
    }
}
