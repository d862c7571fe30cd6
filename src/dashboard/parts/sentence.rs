//! A sentence with times in it.

use super::time::Time;
use crate::domain::{KeyMask, MaskKeys};

#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::dashboard) struct Sentence {
    words: Vec<Words>,
}

/// A part of a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::dashboard) enum Words {
    Text(String),
    Time(Time),
}

impl Sentence {
    pub(in crate::dashboard) fn of(text: impl Into<String>) -> Self {
        Self { words: vec![Words::Text(text.into())] }
    }

    /// A sentence about when something is due.
    pub(in crate::dashboard) fn with_time(before: impl Into<String>, time: Time, after: impl Into<String>) -> Self {
        let mut sentence = Self::of(before);
        sentence.say_time(time);
        sentence.say(after);
        sentence
    }

    pub(in crate::dashboard) fn say(&mut self, text: impl Into<String>) {
        self.words.push(Words::Text(text.into()));
    }

    pub(in crate::dashboard) fn say_time(&mut self, time: Time) {
        self.words.push(Words::Time(time));
    }

    /// Its parts, for a template.
    pub(in crate::dashboard) fn words(&self) -> &[Words] {
        &self.words
    }

    #[cfg(test)]
    pub(in crate::dashboard) fn text(&self) -> String {
        let text = |words: &Words| match words {
            Words::Text(text) => text.clone(),
            Words::Time(time) => time.text(),
        };
        self.words.iter().map(text).collect()
    }
}

impl MaskKeys for Sentence {
    fn mask_keys(&mut self, mask: &KeyMask) {
        for words in &mut self.words {
            if let Words::Text(text) = words {
                text.mask_keys(mask);
            }
        }
    }
}
