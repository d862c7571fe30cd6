//! Asks the active rules: how a payment or a binding ends, and what else they change about it.

use std::sync::Arc;

use super::active_rules::ActiveCounters;
use super::rule_state::ActiveRules;
use crate::clock::SignedDuration;
use crate::domain::{
    Binding, EventKind, IMid, NotMatched, NotificationKind, NotificationPlan, Phone, ReferenceNo, RuleHits, TXid,
    Transaction,
};
use crate::endpoints::Endpoint;
use crate::engine::Engine;
use crate::engine::customer::LenderSession;
use crate::language::Lang;
use crate::scenarios::{
    AnswerFault, Customer, Decision, Facts, OtpOverride, PinOverride, RefundConfig, RuleCounters, RuleSet,
    UnmatchedRules,
};
use crate::store::Subject;

/// How many transactions have an explanation.
pub(in crate::engine) const MAX_EXPLANATIONS: usize = 100_000;

/// The notifications that replace a usual one, and the rule that asks for them.
pub(in crate::engine) type RulePlans = (Arc<str>, Vec<NotificationPlan>);

/// A fault in a response, as a rule asks for it.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What the call is about.
    pub subject: Subject,
    /// The rule.
    pub rule: Arc<str>,
    /// What is wrong with the response.
    pub answer: AnswerFault,
    /// A random number from 0 to 1, for what is random about the fault.
    pub draw: f64,
}

/// What is known of a call about a transaction, beside what the call itself contains.
pub fn facts_of_call(transaction: &Transaction) -> Facts<'_> {
    // Rules about responses cannot depend on mode, payer and tenor.
    Facts { mode: None, ..transaction.facts(None, None) }
}

impl Engine {
    pub(in crate::engine) fn active_rules(&self, i_mid: &IMid) -> ActiveRules {
        self.rules.active_rules(i_mid.as_str())
    }

    pub(in crate::engine) fn counters_for<'a>(
        &'a self,
        i_mid: &'a IMid,
        reference_no: &'a str,
        rule_hits: &'a mut RuleHits,
    ) -> ActiveCounters<'a> {
        ActiveCounters {
            rules: &self.rules,
            entropy: self.entropy,
            i_mid: Some(i_mid),
            reference_no,
            rule_hits: Some(rule_hits),
        }
    }

    /// Asks the active rules about a payment or binding. Each rule counts it at most once.
    fn ask_rules<R>(
        &self,
        session: &mut dyn LenderSession,
        phone: Option<&Phone>,
        months: Option<u8>,
        ask: impl FnOnce(&Arc<RuleSet>, &Facts<'_>, &mut ActiveCounters<'_>) -> R,
    ) -> R {
        let mut rule_hits = std::mem::take(session.rule_hits_mut());
        let rule_set = self.active_rules(session.i_mid()).rule_set;
        let mut counters = self.counters_for(session.i_mid(), session.reference_no().as_str(), &mut rule_hits);
        let result = ask(&rule_set, &session.facts(phone, months), &mut counters);
        *session.rule_hits_mut() = rule_hits;
        result
    }

    /// The same, with the payer and the tenor that are known now.
    fn ask_rules_with_payer<R>(
        &self,
        session: &mut dyn LenderSession,
        ask: impl FnOnce(&Arc<RuleSet>, &Facts<'_>, &mut ActiveCounters<'_>) -> R,
    ) -> R {
        let (phone, months) = session.payer();
        let phone = phone.cloned();
        self.ask_rules(session, phone.as_ref(), months, ask)
    }

    /// How a payment ends.
    pub(in crate::engine) fn decide_payment(
        &self,
        transaction: &mut Transaction,
        phone: &Phone,
        months: Option<u8>,
    ) -> Decision {
        let (decision, unmatched) = self.ask_rules(transaction, Some(phone), months, |rule_set, facts, counters| {
            rule_set.decide(facts, &self.catalog, counters)
        });
        self.keep_explanation(&transaction.t_xid, unmatched);
        decision
    }

    /// How a binding ends.
    pub(in crate::engine) fn decide_binding(&self, binding: &mut Binding, phone: &Phone) -> Decision {
        self.ask_rules(binding, Some(phone), None, |rule_set, facts, counters| {
            rule_set.decide(facts, &self.catalog, counters).0
        })
    }

    pub(in crate::engine) fn keep_explanation(&self, t_xid: &TXid, unmatched: UnmatchedRules) {
        // Where no rule was asked there is nothing to explain, which saves the time.
        if !unmatched.is_empty() || self.explanations.contains(t_xid) {
            self.explanations.insert(t_xid, unmatched);
        }
    }

    /// The delay of a notification about an event that has just happened.
    pub(in crate::engine) fn notification_delay(&self, session: &mut dyn LenderSession) -> SignedDuration {
        self.ask_rules_with_payer(session, |rule_set, facts, counters| rule_set.pace(facts, counters).notification)
    }

    /// The delay until a seamless payment settles.
    pub(in crate::engine) fn seamless_delay(&self, transaction: &mut Transaction) -> SignedDuration {
        self.ask_rules_with_payer(transaction, |rule_set, facts, counters| rule_set.pace(facts, counters).seamless)
    }

    /// The time until an unpaid order or an unfinished binding expires, where a rule sets it.
    pub(in crate::engine) fn lifetime(&self, session: &mut dyn LenderSession) -> Option<SignedDuration> {
        self.ask_rules_with_payer(session, |rule_set, facts, counters| rule_set.pace(facts, counters).expires)
    }

    /// The notifications that replace a usual one, and the rule that asks for them.
    pub(in crate::engine) fn notification_plans(
        &self,
        session: &mut dyn LenderSession,
        kind: NotificationKind,
    ) -> Option<RulePlans> {
        self.ask_rules_with_payer(session, |rule_set, facts, counters| {
            rule_set.notification_plans(kind, facts, counters)
        })
    }

    /// What happens to the PIN and to the first one-time password.
    pub(in crate::engine) fn login_overrides(
        &self,
        session: &mut dyn LenderSession,
        phone: Option<&Phone>,
        months: Option<u8>,
    ) -> (Option<PinOverride>, Option<OtpOverride>) {
        self.ask_rules(session, phone, months, |rule_set, facts, counters| rule_set.login_overrides(facts, counters))
    }

    /// What is refunded once it is paid, and the rule that asks for it.
    pub(in crate::engine) fn refund_by_rules(&self, transaction: &mut Transaction) -> Option<(Arc<str>, RefundConfig)> {
        self.ask_rules_with_payer(transaction, |rule_set, facts, counters| rule_set.refund(facts, counters))
    }

    /// What the customer does without a browser, and the rule that asks for it.
    pub(in crate::engine) fn customer_by_rules(&self, transaction: &mut Transaction) -> Option<(Arc<str>, Customer)> {
        self.ask_rules_with_payer(transaction, |rule_set, facts, counters| rule_set.customer(facts, counters))
    }

    /// Whether any rule could make responses to an operation faulty.
    pub fn has_response_faults(&self, operation: Endpoint) -> bool {
        self.rules.has_faults_for(operation)
    }

    /// What is wrong with the response to a call, if a rule asks for it.
    pub fn response_fault(&self, facts: &Facts<'_>) -> Option<Fault> {
        let i_mid = facts.i_mid.and_then(|text| IMid::new(text).ok());
        let rule_set = self.rules.active_rules(facts.i_mid.unwrap_or_default()).rule_set;
        let mut counters = ActiveCounters {
            rules: &self.rules,
            entropy: self.entropy,
            i_mid: i_mid.as_ref(),
            reference_no: facts.reference_no.unwrap_or_default(),
            rule_hits: None,
        };
        let (rule, answer) = rule_set.answer_fault(facts, &mut counters)?;
        let draw = rule_set.rules().iter().find(|known| known.id == rule).map_or(0.0, |rule| counters.draw(rule));
        let reference_no = facts.reference_no.and_then(|text| ReferenceNo::new(text).ok());
        let t_xid = facts.t_xid.and_then(|t_xid| self.store.transactions.read(t_xid, |t| t.t_xid.clone()));
        let subject = Subject { i_mid, t_xid, reference_no };
        self.log(subject.clone(), EventKind::RuleHit { rule: Arc::clone(&rule), not_matched: Box::default() });
        Some(Fault { subject, rule, answer, draw })
    }

    /// Why the rules before the deciding one did not match a transaction, in sentences of this language.
    pub fn not_matched(&self, transaction: &Transaction, lang: Lang) -> Box<[NotMatched]> {
        let (phone, months) = transaction.payer();
        self.explain(transaction, phone, months, lang)
    }

    /// The same in English while it is being decided: the payer is not part of the stage yet.
    pub(in crate::engine) fn not_matched_for(
        &self,
        transaction: &Transaction,
        phone: &Phone,
        months: u8,
    ) -> Box<[NotMatched]> {
        self.explain(transaction, Some(phone), Some(months), Lang::En)
    }

    fn explain(
        &self,
        transaction: &Transaction,
        phone: Option<&Phone>,
        months: Option<u8>,
        lang: Lang,
    ) -> Box<[NotMatched]> {
        let explain = |unmatched: &UnmatchedRules| unmatched.explain(&transaction.facts(phone, months), lang);
        self.explanations.read(&transaction.t_xid, explain).unwrap_or_default().into()
    }
}
