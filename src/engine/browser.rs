//! What the customer does on the partner's pages. The link says which payment, the session which browser signed in.

use std::sync::Arc;

use super::Engine;
use crate::clock::Timestamp;
use crate::ledger::{
    EventKind, IMid, Otp, OtpCheck, Phone, PinCheck, Plan, Reason, Shopper, Stage, Step, TXid, Transaction,
};

/// The form does not fit where the customer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// No payment has this link.
    UnknownLink,
    /// The customer is at another step, or done: show that.
    OtherStep,
    /// Another browser signed in, or this one never did.
    OtherSession,
}

/// What came of a phone number and a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// Come in; the browser is to keep this.
    Welcome(Arc<str>),
    /// Nobody has this number.
    NoSuchPhone,
    /// Not this PIN.
    WrongPin {
        /// Tries left.
        left: u8,
    },
    /// That was one wrong PIN too many.
    NowLocked,
    /// Locked before.
    Locked {
        /// Until when; none when for good.
        until: Option<Timestamp>,
    },
    /// The account cannot be used.
    Inactive,
    /// No tenor covers the amount: the payment is declined.
    NoLimit,
}

/// What came of choosing a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanChosen {
    /// An OTP is on its way.
    OtpSent,
    /// The lender does not offer this tenor to this customer.
    NotOffered,
    /// The limit does not cover the amount.
    LimitExceeded,
}

/// What came of an entered OTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtpEntered {
    /// The payment is decided: look at its stage.
    Concluded,
    /// Not this one.
    Wrong {
        /// Tries left.
        left: u8,
    },
    /// It is too late for it.
    Expired,
    /// Three wrong ones: another must be sent.
    UsedUp,
    /// Three wrong ones, and no more can be sent: sign in again.
    StartOver,
}

/// What came of asking for another OTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resent {
    /// It was sent.
    Sent,
    /// Not yet.
    TooEarly,
    /// Not any more.
    UsedUp,
}

impl Engine {
    /// The payment behind a link, as it is now.
    pub fn visit(&self, link: &str) -> Option<Transaction> {
        self.transaction(self.store.transactions.of_link(link)?.as_str())
    }

    /// A shopper, as a merchant's namespace has them.
    pub fn shopper(&self, i_mid: &IMid, phone: &Phone) -> Option<Shopper> {
        self.store.accounts.read(i_mid, phone, Shopper::clone)
    }

    /// Makes or changes a shopper, in one namespace or in all that have not their own.
    pub fn put_shopper(&self, i_mid: Option<&IMid>, shopper: Shopper) {
        self.store.accounts.put(i_mid, shopper);
    }

    /// Changes the payment behind a link, after ending it if its time is up.
    fn at<R>(&self, link: &str, act: impl FnOnce(&mut Transaction) -> Result<R, Elsewhere>) -> Result<R, Elsewhere> {
        let t_xid: TXid = self.store.transactions.of_link(link).ok_or(Elsewhere::UnknownLink)?;
        let acted = self.store.transactions.update(t_xid.as_str(), |transaction| {
            self.expire_if_due(transaction);
            act(transaction)
        });
        acted.unwrap_or(Err(Elsewhere::UnknownLink))
    }

    /// The customer enters phone and PIN. Possible again at every step: it starts over.
    pub fn sign_in(&self, link: &str, phone: &Phone, pin: &str) -> Result<SignedIn, Elsewhere> {
        self.at(link, |transaction| {
            if !transaction.stage().is_payable() || transaction.is_seamless() {
                return Err(Elsewhere::OtherStep);
            }
            let now = self.now();
            let checked = self.store.accounts.update(&transaction.i_mid, phone, |shopper| shopper.check_pin(pin, now));
            let failed = |reason| EventKind::LoginFailed { phone: phone.clone(), reason };
            let answer = match checked {
                None => {
                    self.log(transaction, failed("unknown-phone"));
                    SignedIn::NoSuchPhone
                }
                Some(PinCheck::Inactive) => {
                    self.log(transaction, failed("inactive"));
                    SignedIn::Inactive
                }
                Some(PinCheck::Locked { until }) => {
                    self.log(transaction, failed("locked"));
                    SignedIn::Locked { until }
                }
                Some(PinCheck::Wrong { left }) => {
                    self.log(transaction, failed("wrong-pin"));
                    SignedIn::WrongPin { left }
                }
                Some(PinCheck::NowLocked { until }) => {
                    self.log(transaction, failed("wrong-pin"));
                    self.log(transaction, EventKind::Locked { phone: phone.clone(), until });
                    SignedIn::NowLocked
                }
                Some(PinCheck::Passed) => self.let_in(transaction, phone),
            };
            Ok(answer)
        })
    }

    fn let_in(&self, transaction: &mut Transaction, phone: &Phone) -> SignedIn {
        let number = self.log(transaction, EventKind::Login { phone: phone.clone() });
        let amount = transaction.amount;
        let can_pay = self
            .store
            .accounts
            .read(&transaction.i_mid, phone, |s| s.limits.iter().any(|limit| s.can_pay(limit.months, amount)));
        if can_pay != Some(true) {
            transaction.rule = "partner/account".into();
            self.decline(transaction, Reason::Limit);
            return SignedIn::NoLimit;
        }
        let t_xid = transaction.t_xid.as_str();
        let session: Arc<str> = self.entropy.hex(&[t_xid, "session", &number.to_string()]).into();
        let step = Step::Plan { phone: phone.clone(), session: Arc::clone(&session) };
        // Payable was checked by the caller, so both moves are allowed.
        let _ = transaction.advance(|stage| stage.open()?.step(step));
        SignedIn::Welcome(session)
    }

    /// The customer chooses a tenor. Possible again while the OTP is asked for (Back button).
    pub fn choose_plan(&self, link: &str, session: Option<&str>, months: u8) -> Result<PlanChosen, Elsewhere> {
        self.at(link, |transaction| {
            // Whoever comes back from the OTP to choose again has used what they have used.
            let (phone, owner, used) = match transaction.stage() {
                Stage::AtPartner(Step::Plan { phone, session }) => (phone.clone(), Arc::clone(session), (0, 0)),
                Stage::AtPartner(Step::Otp(otp)) => match &otp.session {
                    Some(session) => (otp.phone.clone(), Arc::clone(session), (otp.tries, otp.resends)),
                    None => return Err(Elsewhere::OtherStep),
                },
                _ => return Err(Elsewhere::OtherStep),
            };
            if session != Some(&*owner) {
                return Err(Elsewhere::OtherSession);
            }
            let amount = transaction.amount;
            let offered = self
                .store
                .accounts
                .read(&transaction.i_mid, &phone, |shopper| shopper.remaining(months).map(|left| left >= amount));
            match offered.flatten() {
                None => return Ok(PlanChosen::NotOffered),
                Some(false) => return Ok(PlanChosen::LimitExceeded),
                Some(true) => {}
            }
            let plan = self.plan_for(months, amount);
            self.log_plan(transaction, plan);
            let otp = self.send_otp(transaction, phone, plan, Some(owner), used.1);
            let otp = Otp { tries: used.0, ..otp };
            // The transaction is at the partner, so this step is allowed.
            let _ = transaction.advance(|stage| stage.step(Step::Otp(Box::new(otp))));
            Ok(PlanChosen::OtpSent)
        })
    }

    pub(super) fn log_plan(&self, transaction: &Transaction, plan: Plan) {
        let (instmnt_mon, monthly, total) = (plan.months, plan.monthly(), plan.total());
        self.log(transaction, EventKind::PlanChosen { instmnt_mon, monthly, total });
    }

    /// The OTP that is asked for, if this browser may answer.
    fn otp_of<'t>(transaction: &'t mut Transaction, session: Option<&str>) -> Result<&'t mut Otp, Elsewhere> {
        let Stage::AtPartner(Step::Otp(otp)) = transaction.stage_mut() else { return Err(Elsewhere::OtherStep) };
        if otp.session.is_some() && otp.session.as_deref() != session {
            return Err(Elsewhere::OtherSession);
        }
        Ok(otp)
    }

    /// The customer enters the OTP.
    pub fn enter_otp(&self, link: &str, session: Option<&str>, entered: &str) -> Result<OtpEntered, Elsewhere> {
        self.at(link, |transaction| {
            let now = self.now();
            let otp = Self::otp_of(transaction, session)?;
            let (check, phone, plan) = (otp.check(entered, now), otp.phone.clone(), otp.plan);
            let start_over = check == OtpCheck::UsedUp && otp.resends >= Otp::RESENDS && otp.session.is_some();
            let failed = |reason| self.log(transaction, EventKind::OtpFailed { reason });
            match check {
                OtpCheck::Passed => {
                    self.log(transaction, EventKind::OtpPassed {});
                    self.conclude(transaction, &phone, plan);
                    Ok(OtpEntered::Concluded)
                }
                OtpCheck::Wrong { left } => {
                    failed("wrong");
                    Ok(OtpEntered::Wrong { left })
                }
                OtpCheck::Expired => {
                    failed("expired");
                    Ok(OtpEntered::Expired)
                }
                OtpCheck::UsedUp => {
                    failed("used-up");
                    if !start_over {
                        return Ok(OtpEntered::UsedUp);
                    }
                    let _ = transaction.advance(|stage| stage.step(Step::SignIn));
                    Ok(OtpEntered::StartOver)
                }
            }
        })
    }

    /// The customer asks for another OTP.
    pub fn resend_otp(&self, link: &str, session: Option<&str>) -> Result<Resent, Elsewhere> {
        self.at(link, |transaction| {
            let now = self.now();
            let otp = Self::otp_of(transaction, session)?.clone();
            if otp.resends >= Otp::RESENDS {
                return Ok(Resent::UsedUp);
            }
            if now < otp.resend_at() {
                return Ok(Resent::TooEarly);
            }
            let next = self.send_otp(transaction, otp.phone, otp.plan, otp.session, otp.resends + 1);
            // The transaction is at the partner, so this step is allowed.
            let _ = transaction.advance(|stage| stage.step(Step::Otp(Box::new(next))));
            Ok(Resent::Sent)
        })
    }

    /// The customer goes back to the shop without paying.
    pub fn give_up(&self, link: &str, session: Option<&str>) -> Result<(), Elsewhere> {
        self.at(link, |transaction| {
            let Stage::AtPartner(step) = transaction.stage() else { return Err(Elsewhere::OtherStep) };
            let owner = match step {
                Step::SignIn => None,
                Step::Plan { session, .. } => Some(session),
                Step::Otp(otp) => otp.session.as_ref(),
            };
            if owner.is_some_and(|owner| Some(&**owner) != session) {
                return Err(Elsewhere::OtherSession);
            }
            transaction.rule = "customer/gives-up".into();
            self.abandon(transaction);
            Ok(())
        })
    }
}
