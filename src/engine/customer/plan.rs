//! The choice of an instalment plan.

use std::sync::Arc;

use super::page_flow::PageFlowError;
use crate::domain::{EventKind, InstalmentPlan, PartnerStep, Phone, Stage, Transaction};
use crate::engine::Engine;
use crate::engine::transition::advance;

/// The result of choosing a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanChoice {
    /// Chosen. The customer confirms it next: with an OTP that was sent, or with the PIN.
    Chosen,
    /// The lender does not offer this tenor to this customer.
    NotOffered,
    /// The lender does not offer this tenor for this amount.
    OutOfRange,
    /// The limit does not cover the amount.
    LimitExceeded,
}

impl Engine {
    /// The customer chooses a tenor. Possible again on the page that confirms it (Back button).
    pub fn choose_plan(&self, link: &str, session: Option<&str>, months: u8) -> Result<PlanChoice, PageFlowError> {
        if let Some(binding) = self.store.bindings.find_by_link(link) {
            // A binding has no plan. Its time may be up, though.
            self.binding(binding);
            return Err(PageFlowError::WrongStep);
        }
        self.at_payment(link, |transaction| {
            let (phone, owner, sent_otp) = match transaction.stage() {
                Stage::AtPartner(PartnerStep::Plan { phone, session } | PartnerStep::Pin { phone, session, .. }) => {
                    (phone.clone(), Arc::clone(session), None)
                }
                Stage::AtPartner(PartnerStep::Otp { plan: Some(_), otp }) => match &otp.session {
                    Some(session) => (otp.phone.clone(), Arc::clone(session), Some(otp.clone())),
                    None => return Err(PageFlowError::WrongStep),
                },
                _ => return Err(PageFlowError::WrongStep),
            };
            if session != Some(&*owner) {
                return Err(PageFlowError::WrongSession);
            }
            let amount = transaction.amount;
            let offered = self.store.accounts.read(&transaction.i_mid, &phone, |shopper| {
                let limit = shopper.limits.iter().find(|limit| limit.months == months)?;
                Some(((limit.min..=limit.max).contains(&amount), shopper.can_pay(months, amount)))
            });
            match offered.flatten() {
                None => return Ok(PlanChoice::NotOffered),
                Some((false, _)) => return Ok(PlanChoice::OutOfRange),
                Some((true, false)) => return Ok(PlanChoice::LimitExceeded),
                Some((true, true)) => {}
            }
            let plan = self.plan_for(transaction, months);
            self.log_plan(transaction, plan);
            if self.is_pin_last(transaction) {
                advance(transaction, |stage| stage.move_to(PartnerStep::Pin { plan, phone, session: owner }));
                return Ok(PlanChoice::Chosen);
            }
            // A customer who comes back from the OTP page has an OTP already: it confirms the new choice.
            let otp = sent_otp.unwrap_or_else(|| {
                let (_, otp_override) = self.login_overrides(transaction, Some(&phone), Some(months));
                Box::new(self.send_otp(transaction, phone, Some(owner), 0, otp_override))
            });
            advance(transaction, |stage| stage.move_to(PartnerStep::Otp { plan: Some(plan), otp }));
            Ok(PlanChoice::Chosen)
        })
    }

    /// Whether the lender of a payment asks for the OTP before the plan, and for the PIN after it.
    pub(super) fn is_pin_last(&self, transaction: &Transaction) -> bool {
        self.catalog.terms(transaction.order.partner).pin_last
    }

    pub(super) fn log_plan(&self, transaction: &Transaction, plan: InstalmentPlan) {
        let (instmnt_mon, monthly, total) = (plan.months, plan.monthly(), plan.total());
        self.log(transaction, EventKind::PlanChosen { instmnt_mon, monthly, total });
    }

    pub(super) fn can_pay_any_tenor(&self, transaction: &Transaction, phone: &Phone) -> bool {
        let amount = transaction.amount;
        let can_pay = self.store.accounts.read(&transaction.i_mid, phone, |shopper| {
            shopper.limits.iter().any(|limit| shopper.can_pay(limit.months, amount))
        });
        can_pay == Some(true)
    }
}
