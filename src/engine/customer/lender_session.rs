//! The customer's session at the lender. A payment and a binding share it: login, OTP, leaving, and the questions that
//! rules answer about them.

use std::sync::Arc;

use super::sign_in::SignInResult;
use crate::domain::{
    Binding, BindingStage, ClientUserKey, DecidedBy, IMid, Otp, Partner, PartnerStep, Phone, Reason, ReferenceNo,
    RuleHits, Stage, Tokenize, Transaction,
};
use crate::engine::transition::advance;
use crate::engine::{ACCOUNT, Engine, GIVES_UP};
use crate::scenarios::{Facts, Mode, OtpOverride};
use crate::store::Subject;

/// A payment or a binding whose customer is at the lender.
pub(in crate::engine) trait LenderSession {
    fn i_mid(&self) -> &IMid;
    fn reference_no(&self) -> &ReferenceNo;
    fn subject(&self) -> Subject;
    /// The counting rules that it matched.
    fn rule_hits_mut(&mut self) -> &mut RuleHits;
    /// The facts that rules are matched against, with this payer and tenor.
    fn facts<'a>(&'a self, phone: Option<&'a Phone>, months: Option<u8>) -> Facts<'a>;
    /// The payer and the tenor, as far as they are known now.
    fn payer(&self) -> (Option<&Phone>, Option<u8>);

    /// The lender whose login page is open; none where no login is possible.
    fn login_partner(&self) -> Option<Partner>;
    /// The OTP that the customer is asked for.
    fn otp_mut(&mut self) -> Option<&mut Otp>;
    /// The session of the browser that signed in.
    fn browser_session(&self) -> Option<&Arc<str>>;
    /// Whether the customer is on one of the lender's pages.
    fn is_at_partner(&self) -> bool;

    /// Goes on after a login; `login` is the number of its event.
    fn signed_in(
        &mut self,
        engine: &Engine,
        phone: &Phone,
        login: u64,
        otp_override: Option<OtpOverride>,
    ) -> SignInResult;
    /// Goes back to the login page.
    fn restart(&mut self);
    /// Goes on after the right OTP.
    fn otp_passed(&mut self, engine: &Engine, phone: &Phone);
    /// Ends it because the customer leaves.
    fn give_up(&mut self, engine: &Engine);
}

impl LenderSession for Transaction {
    fn i_mid(&self) -> &IMid {
        &self.i_mid
    }

    fn reference_no(&self) -> &ReferenceNo {
        &self.reference_no
    }

    fn subject(&self) -> Subject {
        self.into()
    }

    fn rule_hits_mut(&mut self) -> &mut RuleHits {
        &mut self.rule_hits
    }

    fn facts<'a>(&'a self, phone: Option<&'a Phone>, months: Option<u8>) -> Facts<'a> {
        let customer = match &self.tokenize {
            Tokenize::No => None,
            Tokenize::Issue { client_user_key } | Tokenize::Pay { client_user_key, .. } => Some(client_user_key),
            Tokenize::LogIn { client_user_key, .. } => client_user_key.as_ref(),
        };
        let mode = match self.tokenize {
            Tokenize::No => Mode::Normal,
            Tokenize::Issue { .. } => Mode::Tokenize,
            Tokenize::Pay { .. } | Tokenize::LogIn { .. } => Mode::Seamless,
        };
        Facts {
            operation: None,
            mode: Some(mode),
            i_mid: Some(self.i_mid.as_str()),
            reference_no: Some(self.reference_no.as_str()),
            t_xid: Some(self.t_xid.as_str()),
            amount: Some(self.amount),
            pay_method: Some(self.channel.pay_method()),
            partner: self.order.partner,
            customer: customer.map(ClientUserKey::as_str),
            phone,
            months,
        }
    }

    fn payer(&self) -> (Option<&Phone>, Option<u8>) {
        match self.stage() {
            Stage::UnderReview { plan, phone, .. }
            | Stage::Approved { plan, phone, .. }
            | Stage::Cancelled { plan, phone, .. } => (Some(phone), Some(plan.months)),
            Stage::Declined { phone, months, .. } => (Some(phone), Some(*months)),
            _ => match &self.tokenize {
                Tokenize::Pay { phone, .. } => (Some(phone), Some(self.order.instmnt_mon)),
                _ => (None, None),
            },
        }
    }

    fn login_partner(&self) -> Option<Partner> {
        self.order.partner.filter(|_| self.stage().is_payable() && !self.is_seamless())
    }

    fn otp_mut(&mut self) -> Option<&mut Otp> {
        Transaction::otp_mut(self)
    }

    fn browser_session(&self) -> Option<&Arc<str>> {
        match self.stage() {
            Stage::AtPartner(PartnerStep::Plan { session, .. } | PartnerStep::Pin { session, .. }) => Some(session),
            Stage::AtPartner(PartnerStep::Otp { otp, .. }) => otp.session.as_ref(),
            _ => None,
        }
    }

    fn is_at_partner(&self) -> bool {
        matches!(self.stage(), Stage::AtPartner(_))
    }

    fn signed_in(
        &mut self,
        engine: &Engine,
        phone: &Phone,
        login: u64,
        otp_override: Option<OtpOverride>,
    ) -> SignInResult {
        if !engine.can_pay_any_tenor(self, phone) {
            self.set_decided_by(DecidedBy::Account, ACCOUNT.into());
            let months = self.order.instmnt_mon;
            engine.decline(self, phone, months, Reason::Limit);
            return SignInResult::NoLimit;
        }
        let session = engine.new_browser_session(self.t_xid.as_str(), login);
        let step = if engine.is_pin_last(self) {
            let otp = engine.send_otp(self, phone.clone(), Some(Arc::clone(&session)), 0, otp_override);
            PartnerStep::Otp { plan: None, otp: Box::new(otp) }
        } else {
            PartnerStep::Plan { phone: phone.clone(), session: Arc::clone(&session) }
        };
        advance(self, |stage| stage.open()?.move_to(step));
        SignInResult::Success(session)
    }

    fn restart(&mut self) {
        advance(self, |stage| stage.move_to(PartnerStep::SignIn));
    }

    fn otp_passed(&mut self, engine: &Engine, phone: &Phone) {
        let Stage::AtPartner(PartnerStep::Otp { plan, otp }) = self.stage() else { return };
        match (*plan, otp.session.clone()) {
            (Some(plan), _) => engine.complete_payment(self, phone, plan),
            (None, Some(session)) => {
                let step = PartnerStep::Plan { phone: phone.clone(), session };
                advance(self, |stage| stage.move_to(step));
            }
            // Without a login there is a plan.
            (None, None) => {}
        }
    }

    fn give_up(&mut self, engine: &Engine) {
        self.set_decided_by(DecidedBy::Customer, GIVES_UP.into());
        engine.abandon(self);
    }
}

impl LenderSession for Binding {
    fn i_mid(&self) -> &IMid {
        &self.i_mid
    }

    fn reference_no(&self) -> &ReferenceNo {
        &self.request.reference_no
    }

    fn subject(&self) -> Subject {
        self.into()
    }

    fn rule_hits_mut(&mut self) -> &mut RuleHits {
        &mut self.rule_hits
    }

    fn facts<'a>(&'a self, phone: Option<&'a Phone>, _: Option<u8>) -> Facts<'a> {
        Facts {
            mode: Some(Mode::Binding),
            i_mid: Some(self.i_mid.as_str()),
            reference_no: Some(self.request.reference_no.as_str()),
            phone,
            ..Facts::default()
        }
    }

    fn payer(&self) -> (Option<&Phone>, Option<u8>) {
        match &self.stage {
            BindingStage::Bound { phone, .. } => (Some(phone), None),
            _ => (Some(&self.request.phone), None),
        }
    }

    fn login_partner(&self) -> Option<Partner> {
        // The only lender with user tokens.
        self.stage.is_open().then_some(Partner::Kredivo)
    }

    fn otp_mut(&mut self) -> Option<&mut Otp> {
        match &mut self.stage {
            BindingStage::Otp(otp) => Some(otp),
            _ => None,
        }
    }

    fn browser_session(&self) -> Option<&Arc<str>> {
        match &self.stage {
            BindingStage::Otp(otp) => otp.session.as_ref(),
            _ => None,
        }
    }

    fn is_at_partner(&self) -> bool {
        self.stage.is_open()
    }

    fn signed_in(
        &mut self,
        engine: &Engine,
        phone: &Phone,
        login: u64,
        otp_override: Option<OtpOverride>,
    ) -> SignInResult {
        let session = engine.new_browser_session(&self.link, login);
        let otp = engine.send_otp(self, phone.clone(), Some(Arc::clone(&session)), 0, otp_override);
        self.stage = BindingStage::Otp(Box::new(otp));
        SignInResult::Success(session)
    }

    fn restart(&mut self) {
        self.stage = BindingStage::SignIn;
    }

    fn otp_passed(&mut self, engine: &Engine, phone: &Phone) {
        engine.complete_binding_login(self, phone);
    }

    fn give_up(&mut self, engine: &Engine) {
        self.rule = GIVES_UP.into();
        engine.abandon_binding(self);
    }
}
