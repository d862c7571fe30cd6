//! The one function that decides.

use std::sync::Arc;

use jiff::SignedDuration;
use serde::Deserialize;

use super::book::Book;
use super::story::{Reviews, Story};
use crate::ledger::{Phone, Reason, Verdict};

/// How a payment is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Without tokens.
    Normal,
    /// Issuing one.
    Tokenize,
    /// With one.
    Seamless,
}

/// What a decision can depend on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// How it is paid.
    pub mode: Mode,
    /// Who pays, once known.
    pub phone: Option<&'a Phone>,
}

/// What shall happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is paid.
    Approve,
    /// It is looked at; how that ends by itself, if it does.
    Review {
        /// How long it takes, and what is decided then.
        end: Option<(SignedDuration, Verdict)>,
    },
    /// It is refused.
    Reject(Reason),
    /// The customer goes away.
    Abandon,
}

/// An outcome, and the rule that ordered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// `reject#1`, `shopper/089900000004`, `approve/default`, …
    pub rule: Arc<str>,
    /// What shall happen.
    pub outcome: Outcome,
}

impl Story {
    /// Decides: the story's rules in order, then the magic shopper, then approval.
    pub fn decide(&self, facts: Facts<'_>, book: &Book) -> Decision {
        let mut decision = self
            .rules
            .iter()
            .find(|rule| {
                rule.phone.as_ref().is_none_or(|phone| Some(phone) == facts.phone)
                    && rule.modes.as_ref().is_none_or(|modes| modes.contains(&facts.mode))
            })
            .map(|rule| Decision { rule: Arc::clone(&rule.id), outcome: rule.outcome })
            .or_else(|| facts.phone.and_then(|phone| book.decision(phone)))
            .unwrap_or_else(|| Decision { rule: Arc::clone(&self.default_rule), outcome: Outcome::Approve });
        if let (Outcome::Review { end }, Reviews::ByHand) = (&mut decision.outcome, self.pace.reviews) {
            *end = None;
        }
        decision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn nobody_abandons_a_seamless_payment() {
        assert_eq!(decide("customer-abandons", Mode::Normal, "081291891818").1, Outcome::Abandon);
        assert_eq!(decide("customer-abandons", Mode::Seamless, "081291891818").1, Outcome::Approve);
    }
}
