//! The one function that decides: the rules in force for a merchant, asked in order.

use std::sync::Arc;

use super::answer::AnswerFault;
use super::conditions::Why;
use super::facts::{Facts, Mode};
use super::lender_catalog::LenderCatalog;
use super::outcome::{Decision, Outcome};
use super::rule::{Customer, OtpFate, PinFate, RefundConfig, Rule, RulePace};
use super::scenario::{Pace, Reviews, Scenario};
use crate::domain::{DecidedBy, NotificationKind, NotificationPlan};

/// What rules can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Payment,
    Pace,
    Partner,
    Customer,
    Refund,
    Notify,
    Answer,
}

const QUESTIONS: [Question; 7] = [
    Question::Payment,
    Question::Pace,
    Question::Partner,
    Question::Customer,
    Question::Refund,
    Question::Notify,
    Question::Answer,
];

impl Rule {
    fn speaks_to(&self, question: Question) -> bool {
        match question {
            Question::Payment => self.payment.is_some(),
            Question::Pace => self.pace.is_some(),
            Question::Partner => self.partner.is_some(),
            Question::Customer => self.customer.is_some(),
            Question::Refund => self.refund.is_some(),
            Question::Notify => self.notify.is_some(),
            Question::Answer => self.answer.is_some(),
        }
    }

    /// Whether rules before this one leave it nothing to decide; answers with the one that takes most.
    pub(super) fn hidden_by<'r>(&self, before: &'r [Arc<Rule>]) -> Option<&'r Rule> {
        // A rule that says nothing of how it is paid leaves bindings to others.
        let binds = self.when.modes.as_ref().is_some_and(|modes| modes.contains(&Mode::Binding));
        let takes = |question| {
            before.iter().find(|rule| {
                let all_kinds = |rule: &Rule| rule.notify.iter().flatten().all(|notify| notify.of.is_none());
                rule.takes_all()
                    && rule.speaks_to(question)
                    && !binds
                    && (question != Question::Notify || all_kinds(rule))
            })
        };
        let mut hiding = None;
        for question in QUESTIONS.into_iter().filter(|question| self.speaks_to(*question)) {
            hiding = Some(&**takes(question)?);
        }
        hiding
    }
}

/// How often something was there before, and how lucky it is. Told by whoever remembers.
pub trait RuleCounters {
    /// The how-manieth this is, of all that the conditions of a rule fit: 1, 2, … The same order gets the same number.
    fn ordinal(&mut self, rule: &Rule) -> u32;
    /// A number from 0 to 1.
    fn draw(&mut self, rule: &Rule) -> f64;
}

/// The rules in force for a merchant, the first to be asked first.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    rules: Vec<Arc<Rule>>,
    /// For each question, who speaks to it.
    speaking: [Vec<u32>; QUESTIONS.len()],
}

/// Why rules that were asked did not decide.
#[derive(Clone, Debug, Default)]
pub struct UnmatchedRules {
    rule_set: Option<Arc<RuleSet>>,
    /// For each rule that was asked, in order.
    why: Box<[Why]>,
}

/// A rule that did not decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Its id.
    pub rule: Arc<str>,
    /// Why not.
    pub because: String,
}

impl RuleSet {
    /// Rules that were `added` at run time, in the order in which they are asked, and then a scenario's.
    pub fn new(added: impl IntoIterator<Item = Arc<Rule>>, scenario: Arc<Scenario>) -> Self {
        let rules: Vec<_> = added.into_iter().chain(scenario.rules.iter().cloned()).collect();
        let speaking = QUESTIONS.map(|question| {
            let numbered = (0_u32..).zip(&rules);
            numbered.filter(|(_, rule)| rule.speaks_to(question)).map(|(number, _)| number).collect()
        });
        Self { scenario, rules, speaking }
    }

    fn speaking_to(&self, question: Question) -> impl Iterator<Item = &Arc<Rule>> {
        let numbers = &self.speaking[question as usize];
        numbers.iter().filter_map(|number| self.rules.get(*number as usize))
    }

    /// The operations whose answers rules speak of, a bit each: for the others nobody has to collect facts.
    pub fn operations_spoken_of(&self) -> u32 {
        let all =
            |rule: &Arc<Rule>| rule.when.operations.as_ref().map_or(u32::MAX, |all| all.iter().map(|o| o.bit()).sum());
        self.speaking_to(Question::Answer).fold(0, |bits, rule| bits | all(rule))
    }

    /// The first rule that speaks to a question and applies, and why the ones before it do not.
    fn ask(
        &self,
        question: Question,
        also: impl Fn(&Rule) -> bool,
        facts: &Facts<'_>,
        counters: &mut impl RuleCounters,
    ) -> (Option<&Arc<Rule>>, Vec<Why>) {
        let mut why = Vec::with_capacity(self.speaking[question as usize].len());
        for rule in self.speaking_to(question).filter(|rule| also(rule)) {
            match rule.refuses(facts, counters) {
                None => return (Some(rule), why),
                Some(reason) => why.push(reason),
            }
        }
        (None, why)
    }

    /// Decides how a payment ends: by a rule, then by the magic shopper, then by approval. A binding lends no money:
    /// only rules that name it apply to it.
    pub fn decide(
        self: &Arc<Self>,
        facts: &Facts<'_>,
        catalog: &LenderCatalog,
        counters: &mut impl RuleCounters,
    ) -> (Decision, UnmatchedRules) {
        let (rule, why) = self.ask(Question::Payment, |_| true, facts, counters);
        let by_rule = rule.and_then(|rule| {
            let payment = rule.payment.as_ref()?;
            let (decided_by, rule) = (rule.decided_by(), Arc::clone(&rule.id));
            Some(Decision { decided_by, rule, outcome: payment.outcome, asks: payment.asks, token: payment.token })
        });
        let shopper =
            || facts.phone.filter(|_| facts.mode != Some(Mode::Binding)).and_then(|phone| catalog.decision(phone));
        let mut decision = by_rule.or_else(shopper).unwrap_or_else(|| {
            Decision::new(DecidedBy::Default, Arc::clone(&self.scenario.default_rule), Outcome::Approve)
        });
        if let (Outcome::Review { end }, Reviews::ByHand) = (&mut decision.outcome, self.scenario.pace.reviews) {
            *end = None;
        }
        let considered = if why.is_empty() {
            UnmatchedRules::default()
        } else {
            UnmatchedRules { rule_set: Some(Arc::clone(self)), why: why.into() }
        };
        (decision, considered)
    }

    /// How fast things go.
    pub fn pace(&self, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> Pace {
        let ordered = self.ask(Question::Pace, |_| true, facts, counters).0.and_then(|rule| rule.pace);
        let RulePace { notification, seamless, expires } = ordered.unwrap_or_default();
        let usual = self.scenario.pace;
        Pace {
            notification: notification.map_or(usual.notification, |span| span.0),
            seamless: seamless.map_or(usual.seamless, |span| span.0),
            expires: expires.map(|span| span.0),
            ..usual
        }
    }

    /// What becomes of the PIN and of the first one-time password.
    pub fn partner(&self, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> (Option<PinFate>, Option<OtpFate>) {
        self.ask(Question::Partner, |_| true, facts, counters).0.and_then(|rule| rule.partner).unwrap_or_default()
    }

    /// What goes back once it is paid, and the rule that has it so.
    pub fn refund(&self, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> Option<(Arc<str>, RefundConfig)> {
        let rule = self.ask(Question::Refund, |_| true, facts, counters).0?;
        Some((Arc::clone(&rule.id), rule.refund?))
    }

    /// What the customer does when nobody is at the browser, and the rule that has it so.
    pub fn customer(&self, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> Option<(Arc<str>, Customer)> {
        let rule = self.ask(Question::Customer, |_| true, facts, counters).0?;
        Some((Arc::clone(&rule.id), rule.customer.clone()?))
    }

    /// What is sent in the place of the one notification of an event, and the rule that has it so.
    pub fn notify(
        &self,
        kind: NotificationKind,
        facts: &Facts<'_>,
        counters: &mut impl RuleCounters,
    ) -> Option<(Arc<str>, Vec<NotificationPlan>)> {
        let of_kind = |rule: &Rule| rule.notify.iter().flatten().any(|notify| notify.speaks_of(kind));
        let rule = self.ask(Question::Notify, of_kind, facts, counters).0?;
        let all = rule.notify.iter().flatten().filter(|notify| notify.speaks_of(kind));
        Some((Arc::clone(&rule.id), all.map(|notify| notify.plan.clone()).collect()))
    }

    /// What is wrong with the answer to a call, and the rule that has it so.
    pub fn answer(&self, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> Option<(Arc<str>, AnswerFault)> {
        let rule = self.ask(Question::Answer, |_| true, facts, counters).0?;
        Some((Arc::clone(&rule.id), rule.answer.clone()?))
    }

    /// What decides where the rule with this id does.
    pub fn decided_by(&self, rule: &str) -> DecidedBy {
        let known = self.rules.iter().find(|known| *known.id == *rule);
        known.map_or(DecidedBy::ScenarioRule, |rule| rule.decided_by())
    }

    /// The rules, the first to be asked first.
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }
}

impl super::rule::NotificationRule {
    fn speaks_of(&self, kind: NotificationKind) -> bool {
        self.of.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }
}

impl Rule {
    /// Why it does not apply, if it does not. RuleHits only when everything else fits.
    fn refuses(&self, facts: &Facts<'_>, counters: &mut impl RuleCounters) -> Option<Why> {
        if let Some(why) = self.when.fails(facts) {
            return Some(why);
        }
        if self.chance.is_some_and(|chance| counters.draw(self) >= chance) {
            return Some(Why::Chance);
        }
        if !self.counts() {
            return None;
        }
        let ordinal = counters.ordinal(self);
        if self.when.nth.as_ref().is_some_and(|nth| !nth.contains(&ordinal)) {
            return Some(Why::Nth);
        }
        self.times.is_some_and(|times| ordinal > times).then_some(Why::UsedUp)
    }
}

impl UnmatchedRules {
    /// Whether no rule was asked in vain.
    pub fn is_empty(&self) -> bool {
        self.why.is_empty()
    }

    /// The rules that were asked, and why they did not decide, in words.
    pub fn passed(&self, facts: &Facts<'_>) -> Vec<Passed> {
        let Some(rule_set) = &self.rule_set else { return Vec::new() };
        let asked = rule_set.speaking_to(Question::Payment).zip(&self.why);
        asked
            .map(|(rule, why)| Passed {
                rule: Arc::clone(&rule.id),
                because: rule.when.because(*why, facts, rule.times),
            })
            .collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashMap;

    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Amount, Phone, Reason, ReviewOutcome};

    /// Counts calls, and has always the same luck.
    #[derive(Default)]
    pub struct Counter {
        pub luck: f64,
        seen: HashMap<Arc<str>, u32>,
    }

    impl RuleCounters for Counter {
        fn ordinal(&mut self, rule: &Rule) -> u32 {
            let seen = self.seen.entry(Arc::clone(&rule.id)).or_default();
            *seen += 1;
            *seen
        }

        fn draw(&mut self, _: &Rule) -> f64 {
            self.luck
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
    fn a_storys_rule_beats_the_magic_shopper_which_beats_the_default() {
        assert_eq!(decide("approve", Mode::Normal, "081291891818"), ("approve/default".into(), Outcome::Approve));
        let (rule, outcome) = decide("approve", Mode::Normal, "089900000004");
        assert_eq!((rule.as_str(), outcome), ("shopper/089900000004", Outcome::Reject(Reason::Risk)));
        let (rule, outcome) = decide("reject", Mode::Normal, "089900000003");
        assert_eq!((rule.as_str(), outcome), ("reject/everything", Outcome::Reject(Reason::Risk)));
    }

    #[test]
    fn instant_leaves_reviews_to_people() {
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
    fn nobody_abandons_a_seamless_payment() {
        assert_eq!(decide("customer-abandons", Mode::Normal, "081291891818").1, Outcome::Abandon);
        assert_eq!(decide("customer-abandons", Mode::Seamless, "081291891818").1, Outcome::Approve);
    }

    #[test]
    fn each_condition_holds_or_says_why_not() {
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
        for (fits, fails, because) in [
            ("modes = 'tokenize'", "modes = ['normal', 'seamless']", "mode is \"tokenize\", not normal or seamless"),
            ("iMid = 'SHOP'", "iMid = 'OTHER'", "iMid is \"SHOP\", not OTHER"),
            (
                "referenceNo = 'order-*'",
                "referenceNo = 'bill-*'",
                "referenceNo is \"order-17\", which is not like bill-*",
            ),
            ("tXid = 'T1'", "tXid = 'T2'", "tXid is \"T1\", not T2"),
            ("amt = 25145", "amt = { from = 30000 }", "amt is 25145, not 30000 or more"),
            ("amt = { from = 1, to = 25145 }", "amt = { from = 1, to = 2 }", "amt is 25145, not 1 to 2"),
            ("payMethod = '06'", "payMethod = '00'", "payMethod is \"06\", not 00"),
            ("mitraCd = 'KDVI'", "mitraCd = ['AKLP', 'IDNA']", "mitraCd is \"KDVI\", not AKLP or IDNA"),
            ("clientUserKey = 'customer-7'", "clientUserKey = 'x'", "clientUserKey is \"customer-7\", not x"),
            ("phone = '+62 812 9189 1818'", "phone = '089900000001'", "phone is 081291891818, not 089900000001"),
            ("tenor = [3, 6]", "tenor = 12", "tenor is 3, not 12"),
            ("nth = 1", "nth = 2", "it is not number 2 in its row"),
        ] {
            let rule =
                |when: &str| rule_set(&format!("[[rule]]\n[rule.when]\n{when}\n[rule.then]\noutcome = 'reject'"));
            let (rule_id, _) = ask(&rule(fits), &facts, &mut Counter::default());
            assert_eq!(rule_id, "mine#1", "{fits}");
            let (decision, considered) =
                rule(fails).decide(&facts, &LenderCatalog::built_in(), &mut Counter::default());
            assert_eq!(&*decision.rule, "mine/default", "{fails}");
            let passed = considered.passed(&facts);
            assert_eq!((passed.len(), passed[0].because.as_str()), (1, because));
            // What is not known does not fit.
            assert_eq!(
                ask(&rule(fits), &Facts::default(), &mut Counter::default()).0 == "mine#1",
                fits == "nth = 1",
                "{fits}"
            );
        }
    }

    #[test]
    fn each_question_is_answered_by_the_first_rule_that_speaks_to_it() {
        let rule_set = rule_set(
            "[[rule]]\nid = 'twice'\n[rule.then]\nnotify = 'duplicate'\n\
             [[rule]]\nid = 'once'\ntimes = 1\n[rule.then]\noutcome = 'reject'\n\
             [[rule]]\nid = 'slow'\n[rule.then]\npace = { notification = '1m' }\nnotify = 'lost'",
        );
        let (facts, mut counters) = (Facts { mode: Some(Mode::Normal), ..Facts::default() }, Counter::default());
        assert_eq!(ask(&rule_set, &facts, &mut counters).0, "mine/once");
        assert_eq!(ask(&rule_set, &facts, &mut counters).0, "mine/default", "it was for one time only");
        let (rule, plans) = rule_set.notify(NotificationKind::Approve, &facts, &mut counters).unwrap();
        assert_eq!((&*rule, plans.len(), plans[0].times), ("mine/twice", 1, 2));
        assert_eq!(rule_set.pace(&facts, &mut counters).notification, SignedDuration::from_mins(1));
        assert_eq!(rule_set.customer(&facts, &mut counters), None);
        assert_eq!(rule_set.operations_spoken_of(), 0);
    }

    proptest! {
        #[test]
        fn chance_decides_as_often_as_it_says(luck in 0.0..1.0_f64, chance in 0.01..1.0_f64) {
            let rule_set = rule_set(&format!("[[rule]]\nchance = {chance:.6}\n[rule.then]\noutcome = 'reject'"));
            let facts = Facts { mode: Some(Mode::Normal), ..Facts::default() };
            let mut counters = Counter { luck, ..Counter::default() };
            let chance: f64 = format!("{chance:.6}").parse().unwrap();
            prop_assert_eq!(ask(&rule_set, &facts, &mut counters).0 == "mine#1", luck < chance);
        }
    }
}
