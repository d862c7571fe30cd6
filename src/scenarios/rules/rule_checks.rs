//! Refuses rules that can be parsed but can never take effect, such as a PIN for a payment without a login.

use super::effects::{PaymentEffect, RulePace, ThenConfig};
use super::facts::Mode;
use super::outcome::Outcome;
use super::rule::Rule;
use crate::domain::{FormEdit, Variant};

impl Rule {
    /// # Errors
    /// A sentence that names the wrong key in backticks.
    pub(in crate::scenarios) fn check(&self, then: &ThenConfig) -> Result<(), String> {
        self.check_effects()?;
        self.check_answer()?;
        self.check_seamless(then)?;
        self.check_binding()?;
        self.check_variants()
    }

    fn is_seamless_only(&self) -> bool {
        self.when.modes.as_deref() == Some(&[Mode::Seamless])
    }

    /// Whether it names bindings; without `modes` it does not apply to them.
    pub(in crate::scenarios) fn includes_bindings(&self) -> bool {
        self.when.modes.as_ref().is_some_and(|modes| modes.contains(&Mode::Binding))
    }

    fn check_effects(&self) -> Result<(), String> {
        let affects_payments = self.payment.is_some()
            || self.pace.is_some()
            || self.login.is_some()
            || self.customer.is_some()
            || self.refund.is_some()
            || self.notify.is_some();
        match (affects_payments, self.answer.is_some()) {
            (false, false) => Err("`then` has no effect: write `outcome`, `notify`, `answer`, `customer`, `pin`, \
                 `otp`, `refund` or `pace`"
                .into()),
            (true, true) => Err("`answer` is about one call, the other effects are about a payment: \
                 write two rules"
                .into()),
            _ if self.pace.is_some_and(|pace| pace == RulePace::default()) => {
                Err("`pace` has no effect: write `notification`, `seamless` or `expires`".into())
            }
            _ => Ok(()),
        }
    }

    fn check_answer(&self) -> Result<(), String> {
        if self.answer.is_none() {
            return match self.when.operations {
                Some(_) => Err("`operation` needs a rule with `answer`".into()),
                None => Ok(()),
            };
        }
        let unknown = [
            (self.when.modes.is_some(), "modes"),
            (self.when.phone.is_some(), "phone"),
            (self.when.tenors.is_some(), "tenor"),
        ];
        match unknown.into_iter().find(|(is_set, _)| *is_set) {
            Some((_, key)) => {
                Err(format!("`{key}` is not known when a call is answered: leave it out of rules with `answer`"))
            }
            None => Ok(()),
        }
    }

    fn check_seamless(&self, then: &ThenConfig) -> Result<(), String> {
        let seamless = self.is_seamless_only();
        if (then.asks.is_some() || then.token.is_some()) && !seamless {
            return Err("`asks` and `token` need `modes = [\"seamless\"]`".into());
        }
        if self.login.is_some_and(|(pin, _)| pin.is_some()) && seamless {
            return Err("`pin` is not for seamless payments: the customer does not log in".into());
        }
        if self.customer.is_some() && seamless {
            return Err("`customer` is not for seamless payments: they settle without the customer".into());
        }
        Ok(())
    }

    fn check_binding(&self) -> Result<(), String> {
        if !self.includes_bindings() {
            return Ok(());
        }
        if matches!(&self.payment, Some(PaymentEffect { outcome: Outcome::Review { .. }, .. })) {
            return Err("`review` is not for bindings: use `approve`, `reject` or `abandon`".into());
        }
        if self.refund.is_some() {
            return Err("`refund` is not for bindings: they have no payment".into());
        }
        if self.pace.is_some_and(|pace| pace.seamless.is_some()) {
            return Err("`pace.seamless` is not for bindings: they have no payment".into());
        }
        if self.customer.is_some() {
            return Err("`customer` is not for bindings: use the control API to act as the customer".into());
        }
        if self.notify.iter().flatten().any(|notify| notify.plan.edits.contains(&FormEdit::Remove("tXid".into()))) {
            return Err("`missing-field` needs `field`: the notification of a binding has no tXid".into());
        }
        Ok(())
    }

    fn check_variants(&self) -> Result<(), String> {
        for variant in self.notify.iter().flatten().map(|notify| notify.plan.variant) {
            if variant == Variant::BeforeAnswer && !self.is_seamless_only() {
                return Err("`before-answer` can never happen without `modes = [\"seamless\"]`: other payments have \
                     no result when the registration is answered"
                    .into());
            }
            let needs_payment = matches!(
                variant,
                Variant::ChangedStatus
                    | Variant::Reversal
                    | Variant::ChangedAmount
                    | Variant::UnknownTxid
                    | Variant::OutOfOrder
            );
            if needs_payment && self.includes_bindings() {
                return Err(format!("`{}` is not for bindings: their notification lacks the field", variant.as_str()));
            }
        }
        Ok(())
    }
}
