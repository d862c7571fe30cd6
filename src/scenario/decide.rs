//! The one function that decides.

use std::sync::Arc;

use super::book::Book;
use super::outcome::{Decision, Facts, Mode, Outcome};
use super::story::{Reviews, Story};

impl Story {
    /// Decides: the story's rules in order, then the magic shopper, then approval. A binding lends no money: only rules
    /// that name it apply to it.
    pub fn decide(&self, facts: Facts<'_>, book: &Book) -> Decision {
        let mut decision = self
            .rules
            .iter()
            .find(|rule| {
                rule.phone.as_ref().is_none_or(|phone| Some(phone) == facts.phone)
                    && rule.modes.as_ref().map_or(facts.mode != Mode::Binding, |modes| modes.contains(&facts.mode))
            })
            .map(|rule| rule.decision.clone())
            .or_else(|| facts.phone.filter(|_| facts.mode != Mode::Binding).and_then(|phone| book.decision(phone)))
            .unwrap_or_else(|| Decision::of(Arc::clone(&self.default_rule), Outcome::Approve));
        if let (Outcome::Review { end }, Reviews::ByHand) = (&mut decision.outcome, self.pace.reviews) {
            *end = None;
        }
        decision
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::ledger::{Phone, Reason, Verdict};

    fn decide(story: &str, mode: Mode, phone: &str) -> (String, Outcome) {
        let story = Story::built_in(story).unwrap().unwrap();
        let phone = Phone::new(phone).unwrap();
        let decision = story.decide(Facts { mode, phone: Some(&phone) }, &Book::built_in());
        (decision.rule.to_string(), decision.outcome)
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
        let ends = |story| match decide(story, Mode::Normal, "089900000001").1 {
            Outcome::Review { end } => end,
            other => panic!("{other:?}"),
        };
        assert_eq!(ends("approve"), Some((SignedDuration::from_secs(30), Verdict::Approve)));
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
}
