//! A rule as a sentence for people: "next payment `next*` → reject".

mod effects;
mod subject;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;

use super::rule::Rule;
use crate::language::Lang;

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The text.
    pub text: String,
    /// Whether the text is a value of the rule, such as a pattern: who wrote the rule chose it.
    pub is_value: bool,
}

/// A rule as a sentence. As a text, values stand between backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence(pub Vec<Phrase>);

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|phrase| {
            if phrase.is_value { write!(f, "`{}`", phrase.text) } else { f.write_str(&phrase.text) }
        })
    }
}

impl Rule {
    /// The rule as a sentence: when it applies, an arrow, what happens.
    pub fn sentence(&self, lang: Lang) -> Sentence {
        let mut writer = Writer { lang, phrases: Vec::new(), has_effect: false };
        writer.subject(self);
        writer.words(" → ");
        writer.effects(self);
        Sentence(writer.phrases)
    }
}

/// Collects the phrases of one sentence.
struct Writer {
    lang: Lang,
    phrases: Vec<Phrase>,
    /// Whether the sentence names an effect already.
    has_effect: bool,
}

impl Writer {
    /// Begins an effect.
    fn next_effect(&mut self) {
        if std::mem::replace(&mut self.has_effect, true) {
            self.words("; ");
        }
    }

    fn words(&mut self, words: impl AsRef<str>) {
        let words = words.as_ref();
        match self.phrases.last_mut() {
            Some(last) if !last.is_value => last.text.push_str(words),
            _ => self.phrases.push(Phrase { text: words.to_owned(), is_value: false }),
        }
    }

    /// Words in the language of the sentence.
    fn t(&mut self, en: impl AsRef<str>, id: impl AsRef<str>) {
        match self.lang {
            Lang::En => self.words(en),
            Lang::Id => self.words(id),
        }
    }

    fn value(&mut self, text: impl Into<String>) {
        self.phrases.push(Phrase { text: text.into(), is_value: true });
    }

    fn duration(&self, duration: SignedDuration) -> String {
        self.lang.duration(duration.unsigned_abs())
    }

    fn real_time(&self, duration: Duration) -> String {
        self.lang.duration(duration)
    }

    /// `1, 3 or 6`
    fn either<T>(&self, values: &[T], text: impl Fn(&T) -> String) -> String {
        let texts: Vec<_> = values.iter().map(text).collect();
        match texts.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [most @ .., last] => format!("{} {} {last}", most.join(", "), self.lang.t("or", "atau")),
        }
    }
}
