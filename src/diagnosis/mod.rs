//! Every diagnosis that `X-Sim-Diagnosis` or `X-Sim-Note` can have: its slug, its meaning and the remedy.
//! `docs/reference/diagnoses.md` is generated from these tables.

mod faults;
mod fields;
mod merchant_token;
mod messages;
mod orders;
mod pages;

use std::fmt;

/// The fixed name of a diagnosis, for programs. Slugs come only from the tables of this module, so each is documented.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Slug(&'static Entry);

/// The documentation of a diagnosis.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The slug as it is sent: `amt/format`. It never changes.
    pub text: &'static str,
    /// The section of `docs/PROTOCOL.md` with the rule.
    pub section: &'static str,
    /// A short title in English.
    pub title: &'static str,
    /// The same in Indonesian.
    pub title_id: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// All diagnoses, as the reference lists them: the heading of a family, and its diagnoses.
pub const FAMILIES: &[(&str, &[Slug])] = &[
    ("merchantToken", merchant_token::SLUGS),
    ("Reading the request", messages::SLUGS),
    ("Fields", fields::SLUGS),
    ("Orders, user tokens and cancels", orders::SLUGS),
    ("The lender's pages", pages::SLUGS),
    ("Faults set by a rule", faults::SLUGS),
];

/// What is documented of the diagnosis with this slug.
pub fn find(slug: &str) -> Option<&'static Entry> {
    FAMILIES.iter().flat_map(|(_, slugs)| *slugs).map(|known| known.entry()).find(|entry| entry.text == slug)
}

impl Slug {
    /// The slug as it is sent.
    pub const fn as_str(self) -> &'static str {
        self.0.text
    }

    /// The documentation.
    pub const fn entry(self) -> &'static Entry {
        self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A table: the comment is the meaning, then slug, section, title in English and Indonesian, remedy.
macro_rules! slugs {
    ($($(#[doc = $meaning:literal])+ $name:ident = $text:literal, $section:literal, $title:literal, $title_id:literal, $remedy:literal;)+) => {
        impl $crate::diagnosis::Slug {
            $($(#[doc = $meaning])+ pub const $name: Self = Self(&$crate::diagnosis::Entry {
                text: $text,
                section: $section,
                title: $title,
                title_id: $title_id,
                meaning: concat!($($meaning),+),
                remedy: $remedy,
            });)+
        }

        pub(super) const SLUGS: &[$crate::diagnosis::Slug] = &[$($crate::diagnosis::Slug::$name),+];
    };
}
use slugs;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn all() -> impl Iterator<Item = &'static Entry> {
        FAMILIES.iter().flat_map(|(_, slugs)| *slugs).map(|slug| slug.entry())
    }

    #[test]
    fn every_slug_and_anchor_is_there_once() {
        let mut seen = HashSet::new();
        for slug in FAMILIES.iter().flat_map(|(_, slugs)| *slugs) {
            assert!(seen.insert(slug.as_str().replace('/', "-")), "{slug}");
        }
    }

    #[test]
    fn entries_are_sentences_and_name_a_section_of_the_protocol() {
        let protocol = include_str!("../../docs/PROTOCOL.md");
        for entry in all() {
            assert!(entry.text.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty()), "{entry:?}");
            let sections = protocol.lines().filter(|line| line.starts_with('#'));
            let mut numbers = sections.filter_map(|line| line.split(' ').nth(1));
            assert!(numbers.any(|number| number.trim_end_matches('.') == entry.section), "{entry:?}");
            assert!(entry.meaning.trim().ends_with('.') && entry.remedy.ends_with('.'), "{entry:?}");
            for title in [entry.title, entry.title_id] {
                assert!(!title.is_empty() && title.len() <= 60 && !title.ends_with('.'), "{entry:?}");
            }
        }
    }
}
