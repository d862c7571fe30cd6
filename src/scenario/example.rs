//! Examples in a scenario's file: facts, and what is expected of the rules. `nicepay-sim check` tries them.

use std::collections::HashMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::book::Book;
use super::deck::{Deck, Tally};
use super::facts::{Facts, Mode, Operation};
use super::mistake::Mistake;
use super::outcome::{Decision, Outcome, TokenFate};
use super::rule::{OutcomeWord, Rule};
use super::story::Story;
use super::written::{OneOrMore, Scalar};
use crate::ledger::{Amount, Asks, NoticeKind, Partner, Phone, Reason, Variant};

/// An example, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ExampleWords {
    /// In a few words.
    #[serde(default)]
    pub says: String,
    /// What is so.
    #[serde(default)]
    pub given: Given,
    /// What is expected.
    pub expect: Expected,
}

/// What is so. What is left out is as for a normal payment of 25145 rupiah by Kredivo's usual shopper.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Given {
    /// The endpoint that is called.
    pub operation: Option<Operation>,
    /// How it is paid.
    pub mode: Option<Mode>,
    /// The merchant.
    pub i_mid: Option<String>,
    /// The merchant's number.
    pub reference_no: Option<String>,
    /// The transaction.
    #[serde(rename = "tXid")]
    pub t_xid: Option<String>,
    /// The amount in rupiah.
    pub amt: Option<u64>,
    /// `payMethod`
    pub pay_method: Option<Scalar>,
    /// The lender.
    pub mitra_cd: Option<Partner>,
    /// The customer, as the merchant names them.
    pub client_user_key: Option<String>,
    /// Who pays.
    pub phone: Option<Scalar>,
    /// The tenor in months.
    pub tenor: Option<u8>,
    /// Which of the notifications is asked for (approve).
    pub notification: Option<NoticeKind>,
    /// Which of equal ones this is: the first is 1.
    pub nth: Option<u32>,
    /// How lucky it is, 0 to 1: a rule with a chance above it applies (0.5).
    pub luck: Option<f64>,
}

/// What is expected. What is left out may be anything.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Expected {
    /// The rule that decides how the payment ends: its id, with or without the scenario's name.
    pub rule: Option<String>,
    /// How the payment ends.
    pub outcome: Option<OutcomeWord>,
    /// Why it is rejected.
    pub reason: Option<Reason>,
    /// What it asks of the customer.
    pub asks: Option<Asks>,
    /// What has become of the token.
    pub token: Option<TokenFate>,
    /// The fault of the answer in words (`status 503`), or `none`.
    pub answer: Option<String>,
    /// What is sent, by name; `plain` where nothing is unusual.
    pub notify: Option<OneOrMore<Variant>>,
}

/// An example, checked.
#[derive(Clone, Debug)]
pub(super) struct Example {
    words: ExampleWords,
    phone: Option<Phone>,
    place: Mistake,
}

impl Example {
    pub(super) fn compile(words: &ExampleWords, place: Mistake) -> Result<Self, String> {
        let Expected { rule, outcome, reason, asks, token, answer, notify } = &words.expect;
        let silent = rule.is_none()
            && outcome.is_none()
            && reason.is_none()
            && asks.is_none()
            && token.is_none()
            && answer.is_none()
            && notify.is_none();
        if silent {
            return Err("`expect` expects nothing".into());
        }
        if words.given.nth.is_some_and(|nth| !(1..=10_000).contains(&nth)) {
            return Err("`nth` is 1 to 10000".into());
        }
        if answer.is_some() != words.given.operation.is_some() {
            return Err("`answer` and `operation` belong together: one is expected of a call to the other".into());
        }
        let phone = words.given.phone.as_ref().map(|text| {
            Phone::new(text.as_str()).map_err(|_| format!("`phone` is not a telephone number: {:?}", text.as_str()))
        });
        Ok(Self { words: words.clone(), phone: phone.transpose()?, place })
    }

    fn failure(&self, deck: &Arc<Deck>, book: &Book) -> Option<String> {
        let given = &self.words.given;
        let partner = given.mitra_cd.unwrap_or(Partner::Kredivo);
        let facts = Facts {
            operation: given.operation,
            mode: if given.operation.is_none() { Some(given.mode.unwrap_or(Mode::Normal)) } else { None },
            i_mid: Some(given.i_mid.as_deref().unwrap_or("IONPAYTEST")),
            reference_no: Some(given.reference_no.as_deref().unwrap_or("example")),
            t_xid: given.t_xid.as_deref(),
            amount: Some(Amount::rupiah(given.amt.unwrap_or(25_145))),
            pay_method: Some(given.pay_method.as_ref().map_or("06", Scalar::as_str)),
            partner: Some(partner),
            customer: given.client_user_key.as_deref(),
            phone: self.phone.as_ref().or_else(|| book.usual_phone(partner)),
            months: Some(given.tenor.unwrap_or(1)),
        };
        let mut tally = Counting { luck: given.luck.unwrap_or(0.5), seen: HashMap::new() };
        let mut said = None;
        for _ in 0..given.nth.unwrap_or(1) {
            tally.begin();
            said = self.differs(deck, &facts, book, &mut tally);
        }
        said
    }

    /// The first thing that is not as expected.
    fn differs(&self, deck: &Arc<Deck>, facts: &Facts<'_>, book: &Book, tally: &mut Counting) -> Option<String> {
        let expected = &self.words.expect;
        let differ = |what: &str, wanted: String, is: String| {
            (wanted != is).then(|| format!("`{what}` is {is}, expected was {wanted}"))
        };
        if let Some(wanted) = &expected.answer {
            let is = deck.answer(facts, tally).map_or_else(|| "none".to_owned(), |(_, fault)| fault.words());
            return differ("answer", wanted.clone(), is);
        }
        let (Decision { rule, outcome, asks, token }, _) = deck.decide(facts, book, tally);
        let (word, reason) = match outcome {
            Outcome::Approve => (OutcomeWord::Approve, None),
            Outcome::Review { .. } => (OutcomeWord::Review, None),
            Outcome::Reject(reason) => (OutcomeWord::Reject, Some(reason)),
            Outcome::Abandon => (OutcomeWord::Abandon, None),
        };
        let shown = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
        let rule_differs = expected.rule.as_ref().and_then(|wanted| {
            let whole = format!("{}/{wanted}", deck.story.name);
            (**wanted != *rule && *whole != *rule).then(|| format!("`rule` is {rule}, expected was {wanted}"))
        });
        let notify_differs = || {
            let kind = self.words.given.notification.unwrap_or(NoticeKind::Approve);
            let wanted = expected.notify.as_ref()?;
            let is = deck.notify(kind, facts, tally).map_or_else(
                || vec![Variant::Plain.word()],
                |(_, all)| all.iter().map(|sending| sending.variant.word()).collect(),
            );
            let wanted: Vec<_> = wanted.0.iter().map(|variant| variant.word()).collect();
            differ("notify", wanted.join(", "), is.join(", "))
        };
        rule_differs
            .or_else(|| expected.outcome.and_then(|wanted| differ("outcome", shown(&wanted), shown(&word))))
            .or_else(|| {
                let is = reason.map_or("none", Reason::word);
                expected.reason.and_then(|wanted| differ("reason", wanted.word().to_owned(), is.to_owned()))
            })
            .or_else(|| expected.asks.and_then(|wanted| differ("asks", shown(&Some(wanted)), shown(&asks))))
            .or_else(|| expected.token.and_then(|wanted| differ("token", shown(&Some(wanted)), shown(&token))))
            .or_else(notify_differs)
    }
}

/// Counts one order after the other.
struct Counting {
    luck: f64,
    /// How many there were, and whether the present one is among them.
    seen: HashMap<Arc<str>, (u32, bool)>,
}

impl Counting {
    fn begin(&mut self) {
        for (_, counted) in self.seen.values_mut() {
            *counted = false;
        }
    }
}

impl Tally for Counting {
    fn ordinal(&mut self, rule: &Rule) -> u32 {
        let (seen, counted) = self.seen.entry(Arc::clone(&rule.id)).or_default();
        if !*counted {
            (*seen, *counted) = (*seen + 1, true);
        }
        *seen
    }

    fn draw(&mut self, _: &Rule) -> f64 {
        self.luck
    }
}

impl Story {
    /// Tries the examples, and answers with those that do not hold.
    pub fn try_examples(&self, book: &Book) -> Vec<Mistake> {
        let deck = Arc::new(Deck::new([], Arc::new(self.clone())));
        let failed = self.examples.iter().filter_map(|example| {
            let said = example.failure(&deck, book)?;
            let says = &example.words.says;
            let message = if says.is_empty() { said } else { format!("{says}: {said}") };
            Some(Mistake { message, ..example.place.clone() })
        });
        failed.collect()
    }

    /// How many examples there are.
    pub fn examples(&self) -> usize {
        self.examples.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_that_does_not_hold_is_told_with_its_place() {
        let text = "title = 't'\n[[rule]]\nid = 'first'\ntimes = 1\n[rule.then]\noutcome = 'reject'\nnotify = 'duplicate'\n\
            [[example]]\nsays = 'the first'\nexpect = { rule = 'first', outcome = 'reject', notify = 'duplicate' }\n\
            [[example]]\nsays = 'the second'\ngiven = { nth = 2 }\nexpect = { outcome = 'reject' }\n\
            [[example]]\nexpect = { notify = ['plain'] }\n\
            [[rule]]\n[rule.when]\noperation = 'inquiry'\n[rule.then]\nanswer = { status = 503 }\n\
            [[example]]\ngiven = { operation = 'inquiry' }\nexpect = { answer = 'status 503' }\n\
            [[example]]\ngiven = { operation = 'cancel' }\nexpect = { answer = 'none' }\n";
        let story = Story::read("mine", text).unwrap();
        let said: Vec<_> = story.try_examples(&Book::built_in()).iter().map(|m| (m.line, m.message.clone())).collect();
        assert_eq!(
            said,
            [
                (11, "the second: `outcome` is approve, expected was reject".to_owned()),
                (15, "`notify` is duplicate, expected was plain".to_owned()),
            ]
        );
        let nothing = Story::read("mine", "title = 't'\n[[example]]\nexpect = {}").unwrap_err();
        assert!(nothing.message.contains("expects nothing"), "{nothing}");
    }
}
