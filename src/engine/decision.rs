//! Asking the rules in force: what they say of an order, a binding, or a call.

use std::sync::Arc;

use super::Engine;
use super::rules::{ActiveCounters, InForce};
use crate::clock::SignedDuration;
use crate::domain::{
    Binding, ClientUserKey, EventKind, IMid, NotMatched, NotificationKind, NotificationPlan, Phone, ReferenceNo,
    RuleHits, Stage, TXid, Tokenize, Transaction,
};
use crate::scenarios::{
    AnswerFault, Customer, Decision, Facts, Mode, Operation, OtpOverride, PinOverride, RefundConfig, RuleCounters,
    SkippedRule, UnmatchedRules,
};
use crate::store::Subject;

/// Orders whose explanation is kept.
pub(super) const MOST_EXPLAINED: usize = 100_000;

/// What is sent in the place of one notification, and the rule that has it so.
pub(super) type RulePlans = (Arc<str>, Vec<NotificationPlan>);

/// A fault that was ordered.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Whose call it is.
    pub subject: Subject,
    /// The rule.
    pub rule: Arc<str>,
    /// What is wrong with the answer.
    pub answer: AnswerFault,
    /// A number from 0 to 1, for what chance decides of it.
    pub draw: f64,
}

/// What is known of a call about a transaction, beside what the call says itself.
pub fn facts_of_call(transaction: &Transaction) -> Facts<'_> {
    // Rules about answers do not know how, by whom and how long it is paid.
    Facts { mode: None, ..facts(transaction, None, None) }
}

/// What the rules say of a transaction now.
pub(super) fn facts<'a>(transaction: &'a Transaction, phone: Option<&'a Phone>, months: Option<u8>) -> Facts<'a> {
    let customer = match &transaction.tokenize {
        Tokenize::No => None,
        Tokenize::Issue { client_user_key } | Tokenize::Pay { client_user_key, .. } => Some(client_user_key),
        Tokenize::LogIn { client_user_key, .. } => client_user_key.as_ref(),
    };
    Facts {
        operation: None,
        mode: Some(super::mode(transaction)),
        i_mid: Some(transaction.i_mid.as_str()),
        reference_no: Some(transaction.reference_no.as_str()),
        t_xid: Some(transaction.t_xid.as_str()),
        amount: Some(transaction.amount),
        pay_method: Some(transaction.channel.pay_method()),
        partner: transaction.order.partner,
        customer: customer.map(ClientUserKey::as_str),
        phone,
        months,
    }
}

/// Who pays, and with which tenor, as far as the stage knows.
fn known(transaction: &Transaction) -> (Option<&Phone>, Option<u8>) {
    match transaction.stage() {
        Stage::UnderReview { plan, phone, .. }
        | Stage::Approved { plan, phone, .. }
        | Stage::Cancelled { plan, phone, .. } => (Some(phone), Some(plan.months)),
        _ => match &transaction.tokenize {
            Tokenize::Pay { phone, .. } => (Some(phone), Some(transaction.order.instmnt_mon)),
            _ => (None, None),
        },
    }
}

fn facts_of_binding<'a>(binding: &'a Binding, phone: &'a Phone) -> Facts<'a> {
    Facts {
        mode: Some(Mode::Binding),
        i_mid: Some(binding.i_mid.as_str()),
        reference_no: Some(binding.request.reference_no.as_str()),
        phone: Some(phone),
        ..Facts::default()
    }
}

impl Engine {
    pub(super) fn in_force(&self, i_mid: &IMid) -> InForce {
        self.rules.in_force(i_mid.as_str())
    }

    pub(super) fn counters_for<'a>(
        &'a self,
        i_mid: &'a IMid,
        reference_no: &'a str,
        counted: &'a mut RuleHits,
    ) -> ActiveCounters<'a> {
        ActiveCounters {
            rules: &self.rules,
            entropy: self.entropy,
            i_mid: Some(i_mid),
            reference_no,
            counted: Some(counted),
        }
    }

    /// SeamlessChallenge something of the rules about a transaction; what they count is counted for it once.
    fn consult<R>(
        &self,
        transaction: &mut Transaction,
        phone: Option<&Phone>,
        months: Option<u8>,
        ask: impl FnOnce(&InForce, &Facts<'_>, &mut ActiveCounters<'_>) -> R,
    ) -> R {
        let mut counted = std::mem::take(&mut transaction.counted);
        let in_force = self.in_force(&transaction.i_mid);
        let mut counters = self.counters_for(&transaction.i_mid, transaction.reference_no.as_str(), &mut counted);
        let answer = ask(&in_force, &facts(transaction, phone, months), &mut counters);
        transaction.counted = counted;
        answer
    }

    /// How a payment ends, as the rules have it.
    pub(super) fn decide_for(&self, transaction: &mut Transaction, phone: &Phone, months: Option<u8>) -> Decision {
        let (decision, considered) = self.consult(transaction, Some(phone), months, |in_force, facts, counters| {
            in_force.rule_set.decide(facts, &self.catalog, counters)
        });
        self.keep_explanation(&transaction.t_xid, considered);
        decision
    }

    pub(super) fn keep_explanation(&self, t_xid: &TXid, considered: UnmatchedRules) {
        // Where no rule was asked there is nothing to explain, and nothing to pay for it.
        if !considered.is_empty() || self.explanations.has(t_xid) {
            self.explanations.keep(t_xid, considered);
        }
    }

    /// How long until a merchant is told of what has just become true.
    pub(super) fn notification_delay(&self, transaction: &mut Transaction) -> SignedDuration {
        self.ask_known(transaction, |in_force, facts, counters| in_force.rule_set.pace(facts, counters).notification)
    }

    /// How long until a seamless payment settles.
    pub(super) fn seamless_delay(&self, transaction: &mut Transaction) -> SignedDuration {
        self.ask_known(transaction, |in_force, facts, counters| in_force.rule_set.pace(facts, counters).seamless)
    }

    /// What is sent in the place of one notification, and the rule that has it so.
    pub(super) fn plans(&self, transaction: &mut Transaction, kind: NotificationKind) -> Option<RulePlans> {
        self.ask_known(transaction, |in_force, facts, counters| in_force.rule_set.notify(kind, facts, counters))
    }

    /// How long an unpaid order lives, where a rule says.
    pub(super) fn life(&self, transaction: &mut Transaction) -> Option<SignedDuration> {
        self.ask_known(transaction, |in_force, facts, counters| in_force.rule_set.pace(facts, counters).expires)
    }

    /// What becomes of the PIN and of the first one-time password.
    pub(super) fn at_partner(
        &self,
        transaction: &mut Transaction,
        phone: Option<&Phone>,
        months: Option<u8>,
    ) -> (Option<PinOverride>, Option<OtpOverride>) {
        self.consult(transaction, phone, months, |in_force, facts, counters| in_force.rule_set.partner(facts, counters))
    }

    /// The same of a binding.
    pub(super) fn binding_at_partner(
        &self,
        binding: &mut Binding,
        phone: &Phone,
    ) -> (Option<PinOverride>, Option<OtpOverride>) {
        self.consult_binding(binding, phone, |in_force, facts, counters| in_force.rule_set.partner(facts, counters))
    }

    /// What goes back once it is paid, and the rule that has it so.
    pub(super) fn refund_of(&self, transaction: &mut Transaction) -> Option<(Arc<str>, RefundConfig)> {
        self.ask_known(transaction, |in_force, facts, counters| in_force.rule_set.refund(facts, counters))
    }

    /// What the customer does when nobody is at the browser, and the rule that has it so.
    pub(super) fn customer_of(&self, transaction: &mut Transaction) -> Option<(Arc<str>, Customer)> {
        self.ask_known(transaction, |in_force, facts, counters| in_force.rule_set.customer(facts, counters))
    }

    fn ask_known<R>(
        &self,
        transaction: &mut Transaction,
        ask: impl FnOnce(&InForce, &Facts<'_>, &mut ActiveCounters<'_>) -> R,
    ) -> R {
        let (phone, months) = known(transaction);
        let phone = phone.cloned();
        self.consult(transaction, phone.as_ref(), months, ask)
    }

    /// How a binding ends, as the rules have it.
    pub(super) fn decide_binding(&self, binding: &mut Binding, phone: &Phone) -> Decision {
        self.consult_binding(binding, phone, |in_force, facts, counters| {
            in_force.rule_set.decide(facts, &self.catalog, counters).0
        })
    }

    /// How long its link lives, where a rule says.
    pub(super) fn life_of_binding(&self, binding: &mut Binding, phone: &Phone) -> Option<SignedDuration> {
        self.consult_binding(binding, phone, |in_force, facts, counters| {
            in_force.rule_set.pace(facts, counters).expires
        })
    }

    /// The same of how its merchant is told: how long until then, and what is sent.
    pub(super) fn notification_plans_of_binding(
        &self,
        binding: &mut Binding,
        phone: &Phone,
    ) -> (SignedDuration, Option<RulePlans>) {
        self.consult_binding(binding, phone, |in_force, facts, counters| {
            (
                in_force.rule_set.pace(facts, counters).notification,
                in_force.rule_set.notify(NotificationKind::Binding, facts, counters),
            )
        })
    }

    fn consult_binding<R>(
        &self,
        binding: &mut Binding,
        phone: &Phone,
        ask: impl FnOnce(&InForce, &Facts<'_>, &mut ActiveCounters<'_>) -> R,
    ) -> R {
        let mut counted = std::mem::take(&mut binding.counted);
        let in_force = self.in_force(&binding.i_mid);
        let mut counters = self.counters_for(&binding.i_mid, binding.request.reference_no.as_str(), &mut counted);
        let answer = ask(&in_force, &facts_of_binding(binding, phone), &mut counters);
        binding.counted = counted;
        answer
    }

    /// Whether a call of an operation has to be looked at before it is answered.
    pub fn may_order_faults(&self, operation: Operation) -> bool {
        self.rules.speak_of(operation)
    }

    /// What is wrong with the answer to a call, if a rule has it so.
    pub fn fault(&self, facts: &Facts<'_>) -> Option<Fault> {
        let i_mid = facts.i_mid.and_then(|text| IMid::new(text).ok());
        let in_force = self.rules.in_force(facts.i_mid.unwrap_or_default());
        let mut counters = ActiveCounters {
            rules: &self.rules,
            entropy: self.entropy,
            i_mid: i_mid.as_ref(),
            reference_no: facts.reference_no.unwrap_or_default(),
            counted: None,
        };
        let (rule, answer) = in_force.rule_set.answer(facts, &mut counters)?;
        let draw =
            in_force.rule_set.rules().iter().find(|known| known.id == rule).map_or(0.0, |rule| counters.draw(rule));
        let reference_no = facts.reference_no.and_then(|text| ReferenceNo::new(text).ok());
        let t_xid = facts.t_xid.and_then(|t_xid| self.store.transactions.read(t_xid, |t| t.t_xid.clone()));
        let subject = Subject { i_mid, t_xid, reference_no };
        let kind = EventKind::RuleHit { rule: Arc::clone(&rule), not_matched: Vec::new().into() };
        self.store.log.append(self.now(), subject.clone(), kind);
        Some(Fault { subject, rule, answer, draw })
    }

    /// Why rules that were asked about a transaction did not decide.
    pub fn not_matched(&self, transaction: &Transaction) -> Box<[NotMatched]> {
        let (phone, months) = known(transaction);
        self.explained(transaction, phone, months)
    }

    /// The same while it is being decided: who pays is known, and not yet part of the stage.
    pub(super) fn not_matched_now(&self, transaction: &Transaction, phone: &Phone, months: u8) -> Box<[NotMatched]> {
        self.explained(transaction, Some(phone), Some(months))
    }

    fn explained(&self, transaction: &Transaction, phone: Option<&Phone>, months: Option<u8>) -> Box<[NotMatched]> {
        let passed = |considered: &UnmatchedRules| considered.explain(&facts(transaction, phone, months));
        let passed = self.explanations.read(&transaction.t_xid, passed).unwrap_or_default();
        passed.into_iter().map(|SkippedRule { rule, reason }| NotMatched { rule, because: reason.into() }).collect()
    }
}
