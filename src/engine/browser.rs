//! What the customer does on the partner's pages. The link says which payment (or which binding: `binding.rs`), the
//! session which browser signed in.

use std::sync::Arc;

use super::{ACCOUNT, Engine, GIVES_UP};
use crate::clock::Timestamp;
use crate::domain::{
    EventKind, IMid, Otp, OtpCheck, Partner, Phone, PinCheck, Plan, Reason, Stage, Step, TXid, Transaction,
};
use crate::scenarios::PinOverride;
use crate::store::Subject;

/// The form does not fit where the customer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFlowError {
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
    NowLocked {
        /// The end of the lock.
        until: Timestamp,
    },
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
    /// The lender does not sell this tenor for so small or so large an order.
    OutOfRange,
    /// The limit does not cover the amount.
    LimitExceeded,
}

/// What came of an entered OTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtpEntered {
    /// It is decided: look at the stage.
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
    /// It is no good any more, and no other can be sent: sign in again.
    StartOver {
        /// Whether it has expired, and was not wrong too often.
        late: bool,
    },
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

/// No PIN: those are digits.
pub(super) const WRONG: &str = "\0";

impl Engine {
    /// The payment behind a link, as it is now.
    pub fn visit(&self, link: &str) -> Option<Transaction> {
        self.transaction(self.store.transactions.of_link(link)?.as_str())
    }

    /// Changes the payment behind a link, after ending it if its time is up.
    fn at<R>(
        &self,
        link: &str,
        act: impl FnOnce(&mut Transaction) -> Result<R, PageFlowError>,
    ) -> Result<R, PageFlowError> {
        let t_xid: TXid = self.store.transactions.of_link(link).ok_or(PageFlowError::UnknownLink)?;
        let acted = self.store.transactions.update(t_xid.as_str(), |transaction| {
            self.expire_if_due(transaction);
            act(transaction)
        });
        acted.unwrap_or(Err(PageFlowError::UnknownLink))
    }

    /// The customer enters phone and PIN. Possible again at every step: it starts over.
    pub fn sign_in(&self, link: &str, phone: &Phone, pin: &str) -> Result<SignedIn, PageFlowError> {
        if let Some(binding) = self.store.bindings.of_link(link) {
            return self.sign_in_to_bind(binding, phone, pin);
        }
        self.at(link, |transaction| {
            let Some(partner) = transaction.order.partner else { return Err(PageFlowError::OtherStep) };
            if !transaction.stage().is_payable() || transaction.is_seamless() {
                return Err(PageFlowError::OtherStep);
            }
            let subject = Subject::from(&*transaction);
            let (fate, _) = self.at_partner(transaction, Some(phone), None);
            let pin = if fate == Some(PinOverride::Wrong) { WRONG } else { pin };
            let signed_in = self.check_login(&subject, &transaction.i_mid, partner, phone, pin);
            Ok(signed_in.map_or_else(|refused| refused, |login| self.let_in(transaction, phone, login)))
        })
    }

    /// Compares phone and PIN, and says what to show, or the number of the login's event.
    pub(super) fn check_login(
        &self,
        subject: &Subject,
        i_mid: &IMid,
        partner: Partner,
        phone: &Phone,
        pin: &str,
    ) -> Result<u64, SignedIn> {
        let now = self.now();
        let log = |kind| self.log(subject.clone(), kind);
        let failed = |reason| log(EventKind::LoginFailed { phone: phone.clone(), reason });
        let checked = self.store.accounts.update(i_mid, phone, |shopper| {
            // The others do not know the phone.
            if shopper.partner != partner {
                return None;
            }
            let (reason, answer) = match shopper.check_pin(pin, now) {
                PinCheck::Passed => return Some(Ok(log(EventKind::Login { phone: phone.clone() }))),
                PinCheck::Inactive => ("inactive", SignedIn::Inactive),
                PinCheck::Locked { until } => ("locked", SignedIn::Locked { until }),
                PinCheck::Wrong { left } => ("wrong-pin", SignedIn::WrongPin { left }),
                PinCheck::NowLocked { until } => ("wrong-pin", SignedIn::NowLocked { until }),
            };
            failed(reason);
            if let SignedIn::NowLocked { until } = answer {
                log(EventKind::Locked { phone: phone.clone(), until });
            }
            Some(Err(answer))
        });
        checked.flatten().unwrap_or_else(|| {
            failed("unknown-phone");
            Err(SignedIn::NoSuchPhone)
        })
    }

    /// What a browser keeps after the login of that number.
    pub(super) fn session(&self, of: &str, login: u64) -> Arc<str> {
        self.entropy.hex(&[of, "session", &login.to_string()]).into()
    }

    fn let_in(&self, transaction: &mut Transaction, phone: &Phone, login: u64) -> SignedIn {
        let amount = transaction.amount;
        let can_pay = self
            .store
            .accounts
            .read(&transaction.i_mid, phone, |s| s.limits.iter().any(|limit| s.can_pay(limit.months, amount)));
        if can_pay != Some(true) {
            transaction.rule = ACCOUNT.into();
            self.decline(transaction, Reason::Limit);
            return SignedIn::NoLimit;
        }
        let session = self.session(transaction.t_xid.as_str(), login);
        let step = Step::Plan { phone: phone.clone(), session: Arc::clone(&session) };
        // Payable was checked by the caller, so both moves are allowed.
        let _ = transaction.advance(|stage| stage.open()?.step(step));
        SignedIn::Welcome(session)
    }

    /// The customer chooses a tenor. Possible again while the OTP is asked for (Back button).
    pub fn choose_plan(&self, link: &str, session: Option<&str>, months: u8) -> Result<PlanChosen, PageFlowError> {
        if let Some(binding) = self.store.bindings.of_link(link) {
            // Nothing is paid, so there is no plan; its time may be up, though.
            self.binding(binding);
            return Err(PageFlowError::OtherStep);
        }
        self.at(link, |transaction| {
            let (phone, owner, sent) = match transaction.stage() {
                Stage::AtPartner(Step::Plan { phone, session }) => (phone.clone(), Arc::clone(session), None),
                Stage::AtPartner(Step::Otp { otp, .. }) => match &otp.session {
                    Some(session) => (otp.phone.clone(), Arc::clone(session), Some(otp.clone())),
                    None => return Err(PageFlowError::OtherStep),
                },
                _ => return Err(PageFlowError::OtherStep),
            };
            if session != Some(&*owner) {
                return Err(PageFlowError::OtherSession);
            }
            let amount = transaction.amount;
            let offered = self.store.accounts.read(&transaction.i_mid, &phone, |shopper| {
                let limit = shopper.limits.iter().find(|limit| limit.months == months)?;
                Some(((limit.least..=limit.most).contains(&amount), shopper.can_pay(months, amount)))
            });
            match offered.flatten() {
                None => return Ok(PlanChosen::NotOffered),
                Some((false, _)) => return Ok(PlanChosen::OutOfRange),
                Some((true, false)) => return Ok(PlanChosen::LimitExceeded),
                Some((true, true)) => {}
            }
            let plan = self.plan_for(transaction, months);
            self.log_plan(transaction, plan);
            // Whoever comes back from the OTP to choose again has been sent one: it confirms whatever is chosen.
            let otp = sent.unwrap_or_else(|| {
                let (_, ordered) = self.at_partner(transaction, Some(&phone), Some(months));
                Box::new(self.send_otp(&*transaction, &transaction.i_mid, phone, Some(owner), 0, ordered))
            });
            // The transaction is at the partner, so this step is allowed.
            let _ = transaction.advance(|stage| stage.step(Step::Otp { plan, otp }));
            Ok(PlanChosen::OtpSent)
        })
    }

    pub(super) fn log_plan(&self, transaction: &Transaction, plan: Plan) {
        let (instmnt_mon, monthly, total) = (plan.months, plan.monthly(), plan.total());
        self.log(transaction, EventKind::PlanChosen { instmnt_mon, monthly, total });
    }

    /// The customer enters the OTP.
    pub fn enter_otp(&self, link: &str, session: Option<&str>, entered: &str) -> Result<OtpEntered, PageFlowError> {
        if let Some(binding) = self.store.bindings.of_link(link) {
            return self.enter_otp_to_bind(binding, session, entered);
        }
        self.at(link, |transaction| {
            let subject = Subject::from(&*transaction);
            let Stage::AtPartner(Step::Otp { plan, otp }) = transaction.stage_mut() else {
                return Err(PageFlowError::OtherStep);
            };
            let (plan, phone) = (*plan, otp.phone.clone());
            let answer = self.check_otp(subject, otp, session, entered)?;
            match answer {
                OtpEntered::Concluded => self.complete_payment(transaction, &phone, plan),
                OtpEntered::StartOver { .. } => {
                    let _ = transaction.advance(|stage| stage.step(Step::SignIn));
                }
                OtpEntered::Wrong { .. } | OtpEntered::Expired | OtpEntered::UsedUp => {}
            }
            Ok(answer)
        })
    }

    /// Compares what this browser entered; nothing is concluded yet.
    pub(super) fn check_otp(
        &self,
        subject: Subject,
        otp: &mut Otp,
        session: Option<&str>,
        entered: &str,
    ) -> Result<OtpEntered, PageFlowError> {
        if otp.session.is_some() && otp.session.as_deref() != session {
            return Err(PageFlowError::OtherSession);
        }
        let check = otp.check(entered, self.now());
        let no_more = otp.resends >= Otp::RESENDS && otp.session.is_some();
        let (event, answer) = match check {
            OtpCheck::Passed => (EventKind::OtpPassed {}, OtpEntered::Concluded),
            OtpCheck::Wrong { left } => (EventKind::OtpFailed { reason: "wrong" }, OtpEntered::Wrong { left }),
            OtpCheck::Expired if no_more => {
                (EventKind::OtpFailed { reason: "expired" }, OtpEntered::StartOver { late: true })
            }
            OtpCheck::Expired => (EventKind::OtpFailed { reason: "expired" }, OtpEntered::Expired),
            OtpCheck::UsedUp if no_more => {
                (EventKind::OtpFailed { reason: "used-up" }, OtpEntered::StartOver { late: false })
            }
            OtpCheck::UsedUp => (EventKind::OtpFailed { reason: "used-up" }, OtpEntered::UsedUp),
        };
        self.log(subject, event);
        Ok(answer)
    }

    /// The customer asks for another OTP.
    pub fn resend_otp(&self, link: &str, session: Option<&str>) -> Result<Resent, PageFlowError> {
        if let Some(binding) = self.store.bindings.of_link(link) {
            return self.resend_otp_to_bind(binding, session);
        }
        self.at(link, |transaction| {
            let (subject, i_mid) = (Subject::from(&*transaction), transaction.i_mid.clone());
            let Stage::AtPartner(Step::Otp { otp, .. }) = transaction.stage_mut() else {
                return Err(PageFlowError::OtherStep);
            };
            self.send_again(subject, &i_mid, otp, session)
        })
    }

    /// Puts a fresh OTP in the place of one, if it is time.
    pub(super) fn send_again(
        &self,
        subject: Subject,
        i_mid: &IMid,
        otp: &mut Otp,
        session: Option<&str>,
    ) -> Result<Resent, PageFlowError> {
        if otp.session.is_some() && otp.session.as_deref() != session {
            return Err(PageFlowError::OtherSession);
        }
        if otp.resends >= Otp::RESENDS {
            return Ok(Resent::UsedUp);
        }
        if self.now() < otp.resend_at() {
            return Ok(Resent::TooEarly);
        }
        *otp = self.send_otp(subject, i_mid, otp.phone.clone(), otp.session.clone(), otp.resends + 1, None);
        Ok(Resent::Sent)
    }

    /// The customer goes back to the shop without paying.
    pub fn give_up(&self, link: &str, session: Option<&str>) -> Result<(), PageFlowError> {
        if let Some(binding) = self.store.bindings.of_link(link) {
            return self.give_up_binding(binding, session);
        }
        self.at(link, |transaction| {
            let Stage::AtPartner(step) = transaction.stage() else { return Err(PageFlowError::OtherStep) };
            let owner = match step {
                Step::SignIn => None,
                Step::Plan { session, .. } => Some(session),
                Step::Otp { otp, .. } => otp.session.as_ref(),
            };
            if owner.is_some_and(|owner| Some(&**owner) != session) {
                return Err(PageFlowError::OtherSession);
            }
            transaction.rule = GIVES_UP.into();
            self.abandon(transaction);
            Ok(())
        })
    }
}
