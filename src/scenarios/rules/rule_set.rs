//! The active rules of a merchant, and the decision that they make. Rules are matched only here.

use std::sync::Arc;

use super::answer_fault::AnswerFault;
use super::conditions::Mismatch;
use super::effects::{Customer, OtpOverride, PinOverride, RefundConfig, RulePace};
use super::facts::{Facts, Mode};
use super::outcome::{Decision, Outcome};
use super::rule::Rule;
use crate::domain::{DecidedBy, NotMatched, NotificationKind, NotificationPlan, SendMoment};
use crate::language::Lang;
use crate::scenarios::lender_catalog::LenderCatalog;
use crate::scenarios::scenario::{Pace, ReviewMode, Scenario};

/// The kinds of effects. For each of them, the first rule that has the effect and applies decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EffectKind {
    Payment,
    Pace,
    Login,
    Customer,
    Refund,
    Notify,
    Answer,
}

impl EffectKind {
    const ALL: [Self; 7] =
        [Self::Payment, Self::Pace, Self::Login, Self::Customer, Self::Refund, Self::Notify, Self::Answer];
}

impl Rule {
    fn has_effect(&self, kind: EffectKind) -> bool {
        match kind {
            EffectKind::Payment => self.payment.is_some(),
            EffectKind::Pace => self.pace.is_some(),
            EffectKind::Login => self.login.is_some(),
            EffectKind::Customer => self.customer.is_some(),
            EffectKind::Refund => self.refund.is_some(),
            EffectKind::Notify => self.notify.is_some(),
            EffectKind::Answer => self.answer.is_some(),
        }
    }

    /// The rule among `earlier` that keeps this one from ever applying, if there is one.
    pub(in crate::scenarios) fn shadowed_by<'r>(&self, earlier: &'r [Arc<Rule>]) -> Option<&'r Rule> {
        // A rule without `modes` does not apply to bindings, so it cannot shadow a rule that does.
        if self.includes_bindings() {
            return None;
        }
        let for_all_kinds = |rule: &Rule| rule.notify.iter().flatten().all(|notify| notify.kinds.is_none());
        let shadows = |rule: &&Arc<Rule>, kind| {
            rule.always_applies() && rule.has_effect(kind) && (kind != EffectKind::Notify || for_all_kinds(rule))
        };
        let mut shadowing = None;
        for kind in EffectKind::ALL.into_iter().filter(|kind| self.has_effect(*kind)) {
            shadowing = Some(&**earlier.iter().find(|rule| shadows(rule, kind))?);
        }
        shadowing
    }
}

/// Counters and random draws of rules. The engine remembers them; the example runner simulates them.
pub trait RuleCounters {
    /// The position of this payment or call among all that match the rule's conditions: 1, 2, … The same payment always
    /// gets the same number.
    fn ordinal(&mut self, rule: &Rule) -> u32;
    /// A random number from 0 to 1.
    fn draw(&mut self, rule: &Rule) -> f64;
}

/// The active rules of a merchant, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// The active scenario.
    pub scenario: Arc<Scenario>,
    rules: Vec<Arc<Rule>>,
    /// For each kind of effect, the indexes of the rules that have it: a request only looks at those.
    by_effect: [Vec<u32>; EffectKind::ALL.len()],
}

/// The rules that were asked for an outcome and did not apply, with the reasons. They become sentences
/// only in [`UnmatchedRules::explain`].
#[derive(Clone, Debug, Default)]
pub struct UnmatchedRules {
    rule_set: Option<Arc<RuleSet>>,
    /// For each rule that was asked, in order.
    mismatches: Box<[Mismatch]>,
}

impl UnmatchedRules {
    /// About how many bytes they take in memory, with their part of a rule set that is no longer in force.
    pub fn memory_size(&self) -> usize {
        size_of::<Self>() + self.mismatches.len() * (size_of::<Mismatch>() + size_of::<Arc<Rule>>())
    }
}

impl RuleSet {
    /// The rules that were `added` at run time, then those of the scenario.
    pub fn new(added: impl IntoIterator<Item = Arc<Rule>>, scenario: Arc<Scenario>) -> Self {
        let rules: Vec<_> = added.into_iter().chain(scenario.rules.iter().cloned()).collect();
        let by_effect = EffectKind::ALL.map(|kind| {
            let indexed = (0_u32..).zip(&rules);
            indexed.filter(|(_, rule)| rule.has_effect(kind)).map(|(index, _)| index).collect()
        });
        Self { scenario, rules, by_effect }
    }

    fn rules_with(&self, kind: EffectKind) -> impl Iterator<Item = &Arc<Rule>> {
        let indexes = &self.by_effect[kind as usize];
        indexes.iter().filter_map(|index| self.rules.get(*index as usize))
    }

    /// The first rule that has an effect and applies, and why the rules before it do not.
    fn first_match(
        &self,
        kind: EffectKind,
        is_candidate: impl Fn(&Rule) -> bool,
        facts: &Facts<'_>,
        counters: &mut impl RuleCounters,
    ) -> (Option<&Arc<Rule>>, Vec<Mismatch>) {
        let mut mismatches = Vec::with_capacity(self.by_effect[kind as usize].len());
        for rule in self.rules_with(kind).filter(|rule| is_candidate(rule)) {
            match rule.mismatch(facts, counters) {
                None => return (Some(rule), mismatches),
                Some(mismatch) => mismatches.push(mismatch),
            }
        }
        (None, mismatches)
    }

    fn first_with(&self, kind: EffectKind, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> Option<&Arc<Rule>> {
        self.first_match(kind, |_| true, facts, counters).0
    }

    /// Decides how a payment or binding ends: by a rule, else by the magic shopper, else by approval. Magic shoppers do
    /// not decide bindings: a binding lends no money.
    pub fn decide(
        self: &Arc<Self>,
        facts: &Facts<'_>,
        catalog: &LenderCatalog,
        counters: &mut impl RuleCounters,
    ) -> (Decision, UnmatchedRules) {
        let (rule, mismatches) = self.first_match(EffectKind::Payment, |_| true, facts, counters);
        let by_rule = rule.and_then(|rule| {
            let payment = rule.payment.as_ref()?;
            let (decided_by, rule) = (rule.decided_by(), Arc::clone(&rule.id));
            Some(Decision { decided_by, rule, outcome: payment.outcome, asks: payment.asks, token: payment.token })
        });
        let by_shopper =
            || facts.phone.filter(|_| facts.mode != Some(Mode::Binding)).and_then(|phone| catalog.decision(phone));
        let mut decision = by_rule.or_else(by_shopper).unwrap_or_else(|| {
            Decision::new(DecidedBy::Default, Arc::clone(&self.scenario.default_rule), Outcome::Approve)
        });
        if let (Outcome::Review { end }, ReviewMode::Manual) = (&mut decision.outcome, self.scenario.pace.reviews) {
            *end = None;
        }
        let unmatched = if mismatches.is_empty() {
            UnmatchedRules::default()
        } else {
            UnmatchedRules { rule_set: Some(Arc::clone(self)), mismatches: mismatches.into() }
        };
        (decision, unmatched)
    }

    /// The delays: those of a rule, else those of the scenario.
    pub fn pace(&self, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> Pace {
        let by_rule = self.first_with(EffectKind::Pace, facts, counters).and_then(|rule| rule.pace);
        let RulePace { notification, seamless, expires } = by_rule.unwrap_or_default();
        let default = self.scenario.pace;
        Pace {
            notification: notification.map_or(default.notification, |duration| duration.0),
            seamless: seamless.map_or(default.seamless, |duration| duration.0),
            expires: expires.map(|duration| duration.0),
            ..default
        }
    }

    /// The overrides of the PIN and of the first one-time password.
    pub fn login_overrides(
        &self,
        facts: &Facts<'_>,
        counters: &mut impl RuleCounters,
    ) -> (Option<PinOverride>, Option<OtpOverride>) {
        self.first_with(EffectKind::Login, facts, counters).and_then(|rule| rule.login).unwrap_or_default()
    }

    /// The refund after the payment, and the rule that makes it.
    pub fn refund(&self, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> Option<(Arc<str>, RefundConfig)> {
        let rule = self.first_with(EffectKind::Refund, facts, counters)?;
        Some((Arc::clone(&rule.id), rule.refund?))
    }

    /// What the simulated customer does, and the rule that sets it.
    pub fn customer(&self, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> Option<(Arc<str>, Customer)> {
        let rule = self.first_with(EffectKind::Customer, facts, counters)?;
        Some((Arc::clone(&rule.id), rule.customer.clone()?))
    }

    /// The notifications that replace the normal one of an event, and the rule that sends them.
    pub fn notification_plans(
        &self,
        kind: NotificationKind,
        facts: &Facts<'_>,
        counters: &mut impl RuleCounters,
    ) -> Option<(Arc<str>, Vec<NotificationPlan>)> {
        let applies = |rule: &Rule| rule.notify.iter().flatten().any(|notify| notify.applies_to(kind));
        let rule = self.first_match(EffectKind::Notify, applies, facts, counters).0?;
        let effects = rule.notify.iter().flatten().filter(|notify| notify.applies_to(kind));
        Some((Arc::clone(&rule.id), effects.map(|notify| notify.plan.clone()).collect()))
    }

    /// Whether a rule may send a notification before the response to the registration.
    pub fn notifies_before_answer(&self) -> bool {
        let effects = self.rules.iter().flat_map(|rule| rule.notify.iter().flatten());
        effects.into_iter().any(|notify| notify.plan.moment == SendMoment::BeforeAnswer)
    }

    /// The fault of the response to a call, and the rule that makes it.
    pub fn answer_fault(&self, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> Option<(Arc<str>, AnswerFault)> {
        let rule = self.first_with(EffectKind::Answer, facts, counters)?;
        Some((Arc::clone(&rule.id), rule.answer.clone()?))
    }

    /// The kind of decider that the rule with this id is.
    pub fn decided_by(&self, rule: &str) -> DecidedBy {
        let known = self.rules.iter().find(|known| *known.id == *rule);
        known.map_or(DecidedBy::ScenarioRule, |rule| rule.decided_by())
    }

    /// The rules, in the order in which they are asked.
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }
}

impl UnmatchedRules {
    /// Whether every rule that was asked applied.
    pub fn is_empty(&self) -> bool {
        self.mismatches.is_empty()
    }

    /// The rules that did not apply, with the reasons as sentences.
    pub fn explain(&self, facts: &Facts<'_>, lang: Lang) -> Vec<NotMatched> {
        let Some(rule_set) = &self.rule_set else { return Vec::new() };
        let asked = rule_set.rules_with(EffectKind::Payment).zip(&self.mismatches);
        asked
            .map(|(rule, mismatch)| NotMatched {
                rule: Arc::clone(&rule.id),
                because: rule.when.explain(*mismatch, facts, rule.times, lang).into(),
            })
            .collect()
    }
}

#[cfg(test)]
pub(in crate::scenarios) mod tests {
    use std::collections::HashMap;

    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Amount, Phone, Reason, ReviewOutcome};

    /// Counts calls; every draw has the same value.
    #[derive(Default)]
    pub struct Counter {
        pub draw: f64,
        seen: HashMap<Arc<str>, u32>,
    }

    impl RuleCounters for Counter {
        fn ordinal(&mut self, rule: &Rule) -> u32 {
            let seen = self.seen.entry(Arc::clone(&rule.id)).or_default();
            *seen += 1;
            *seen
        }

        fn draw(&mut self, _: &Rule) -> f64 {
            self.draw
        }
    }

    fn rule_set(rules: &str) -> Arc<RuleSet> {
        Arc::new(RuleSet::new([], Arc::new(Scenario::read("mine", &format!("title = 't'\n{rules}")).unwrap())))
    }

    fn built_in(name: &str) -> Arc<RuleSet> {
        Arc::new(RuleSet::new([], Arc::new(Scenario::built_in(name).unwrap().unwrap())))
    }

    fn ask(rule_set: &Arc<RuleSet>, facts: &Facts<'_>, counters: &mut Counter) -> (String, Outcome) {
        let (decision, _) = rule_set.decide(facts, &LenderCatalog::built_in(), counters);
        (decision.rule.to_string(), decision.outcome)
    }

    fn decide(scenario: &str, mode: Mode, phone: &str) -> (String, Outcome) {
        let phone = Phone::new(phone).unwrap();
        let facts = Facts { mode: Some(mode), phone: Some(&phone), ..Facts::default() };
        ask(&built_in(scenario), &facts, &mut Counter::default())
    }

    #[test]
    fn a_rule_takes_precedence_over_the_magic_shopper_and_that_over_the_default() {
        assert_eq!(decide("approve", Mode::Normal, "081291891818"), ("approve/default".into(), Outcome::Approve));
        let (rule, outcome) = decide("approve", Mode::Normal, "089900000004");
        assert_eq!((rule.as_str(), outcome), ("shopper/089900000004", Outcome::Reject(Reason::Risk)));
        let (rule, outcome) = decide("reject", Mode::Normal, "089900000003");
        assert_eq!((rule.as_str(), outcome), ("reject/everything", Outcome::Reject(Reason::Risk)));
    }

    #[test]
    fn in_instant_reviews_wait_for_a_decision() {
        let ends = |scenario| match decide(scenario, Mode::Normal, "089900000001").1 {
            Outcome::Review { end } => end,
            other => panic!("{other:?}"),
        };
        assert_eq!(ends("approve"), Some((SignedDuration::from_secs(30), ReviewOutcome::Approve)));
        assert_eq!(ends("instant"), None);
    }

    #[test]
    fn only_rules_that_name_bindings_decide_about_them() {
        assert_eq!(decide("reject", Mode::Binding, "081291891818").1, Outcome::Approve);
        assert_eq!(decide("approve", Mode::Binding, "089900000004").1, Outcome::Approve);
        assert_eq!(decide("binding-rejected", Mode::Binding, "081291891818").1, Outcome::Reject(Reason::Risk));
        assert_eq!(decide("binding-rejected", Mode::Normal, "081291891818").1, Outcome::Approve);
    }

    #[test]
    fn a_seamless_payment_is_never_abandoned() {
        assert_eq!(decide("customer-abandons", Mode::Normal, "081291891818").1, Outcome::Abandon);
        assert_eq!(decide("customer-abandons", Mode::Seamless, "081291891818").1, Outcome::Approve);
    }

    #[test]
    fn each_condition_holds_or_explains_why_not() {
        let phone = Phone::new("081291891818").unwrap();
        let facts = Facts {
            mode: Some(Mode::Tokenize),
            i_mid: Some("SHOP"),
            reference_no: Some("order-17"),
            t_xid: Some("T1"),
            amount: Some(Amount::from_rupiah(25_145)),
            pay_method: Some("06"),
            partner: Some(crate::domain::Partner::Kredivo),
            customer: Some("customer-7"),
            phone: Some(&phone),
            months: Some(3),
            ..Facts::default()
        };
        for (fits, fails, reason) in [
            ("modes = 'tokenize'", "modes = ['normal', 'seamless']", "mode is \"tokenize\", not normal or seamless"),
            ("iMid = 'SHOP'", "iMid = 'OTHER'", "iMid is \"SHOP\", not OTHER"),
            (
                "referenceNo = 'order-*'",
                "referenceNo = 'bill-*'",
                "referenceNo is \"order-17\", which does not match bill-*",
            ),
            ("tXid = 'T1'", "tXid = 'T2'", "tXid is \"T1\", not T2"),
            ("amt = 25145", "amt = { from = 30000 }", "amt is 25145, not 30000 or more"),
            ("amt = { from = 1, to = 25145 }", "amt = { from = 1, to = 2 }", "amt is 25145, not 1 to 2"),
            ("payMethod = '06'", "payMethod = '00'", "payMethod is \"06\", not 00"),
            ("mitraCd = 'KDVI'", "mitraCd = ['AKLP', 'IDNA']", "mitraCd is \"KDVI\", not AKLP or IDNA"),
            ("clientUserKey = 'customer-7'", "clientUserKey = 'x'", "clientUserKey is \"customer-7\", not x"),
            ("phone = '+62 812 9189 1818'", "phone = '089900000001'", "phone is 081291891818, not 089900000001"),
            ("tenor = [3, 6]", "tenor = 12", "tenor is 3, not 12"),
            ("nth = 1", "nth = 2", "it is not number 2"),
        ] {
            let rule =
                |when: &str| rule_set(&format!("[[rule]]\n[rule.when]\n{when}\n[rule.then]\noutcome = 'reject'"));
            let (rule_id, _) = ask(&rule(fits), &facts, &mut Counter::default());
            assert_eq!(rule_id, "mine#1", "{fits}");
            let (decision, unmatched) = rule(fails).decide(&facts, &LenderCatalog::built_in(), &mut Counter::default());
            assert_eq!(&*decision.rule, "mine/default", "{fails}");
            let not_matched = unmatched.explain(&facts, Lang::En);
            assert_eq!((not_matched.len(), &*not_matched[0].because), (1, reason));
            // A condition on a fact that is not known does not hold.
            assert_eq!(
                ask(&rule(fits), &Facts::default(), &mut Counter::default()).0 == "mine#1",
                fits == "nth = 1",
                "{fits}"
            );
        }
    }

    #[test]
    fn a_mismatch_is_explained_in_indonesian_too() {
        let rule_set = rule_set("[[rule]]\n[rule.when]\namt = { from = 30000 }\n[rule.then]\noutcome = 'reject'");
        let amount = Some(Amount::from_rupiah(25_145));
        let facts = Facts { mode: Some(Mode::Normal), amount, ..Facts::default() };
        let (_, unmatched) = rule_set.decide(&facts, &LenderCatalog::built_in(), &mut Counter::default());
        assert_eq!(&*unmatched.explain(&facts, Lang::Id)[0].because, "amt adalah 25145, bukan 30000 atau lebih");
    }

    #[test]
    fn the_first_rule_with_an_effect_decides_it() {
        let rule_set = rule_set(
            "[[rule]]\nid = 'twice'\n[rule.then]\nnotify = 'duplicate'\n\
             [[rule]]\nid = 'once'\ntimes = 1\n[rule.then]\noutcome = 'reject'\n\
             [[rule]]\nid = 'slow'\n[rule.then]\npace = { notification = '1m' }\nnotify = 'lost'",
        );
        let (facts, mut counters) = (Facts { mode: Some(Mode::Normal), ..Facts::default() }, Counter::default());
        assert_eq!(ask(&rule_set, &facts, &mut counters).0, "mine/once");
        assert_eq!(ask(&rule_set, &facts, &mut counters).0, "mine/default", "its one time is used up");
        let (rule, plans) = rule_set.notification_plans(NotificationKind::Approve, &facts, &mut counters).unwrap();
        assert_eq!((&*rule, plans.len(), plans[0].times), ("mine/twice", 1, 2));
        assert_eq!(rule_set.pace(&facts, &mut counters).notification, SignedDuration::from_mins(1));
        assert_eq!(rule_set.customer(&facts, &mut counters), None);
        assert!(rule_set.rules().iter().all(|rule| rule.operations_with_answer() == 0));
    }

    proptest! {
        #[test]
        fn a_rule_applies_when_the_draw_is_below_its_chance(draw in 0.0..1.0_f64, chance in 0.01..1.0_f64) {
            let rule_set = rule_set(&format!("[[rule]]\nchance = {chance:.6}\n[rule.then]\noutcome = 'reject'"));
            let facts = Facts { mode: Some(Mode::Normal), ..Facts::default() };
            let mut counters = Counter { draw, ..Counter::default() };
            let chance: f64 = format!("{chance:.6}").parse().unwrap();
            prop_assert_eq!(ask(&rule_set, &facts, &mut counters).0 == "mine#1", draw < chance);
        }
    }
}
