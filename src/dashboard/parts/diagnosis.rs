//! A diagnosis on a page: its slug, its title in the language of the page, and the sentence of the response.

use crate::diagnosis;
use crate::page::Lang;

pub(in crate::dashboard) struct Diagnosis {
    pub(in crate::dashboard) slug: String,
    /// Empty for a slug without an entry in the reference.
    pub(in crate::dashboard) title: &'static str,
    /// The sentence that was sent. It is always English.
    pub(in crate::dashboard) sentence: String,
}

impl Diagnosis {
    /// Reads the text of `X-Sim-Diagnosis`: the slug, a colon, and the sentence.
    pub(in crate::dashboard) fn parse(text: &str, lang: Lang) -> Self {
        let (slug, sentence) = text.split_once(": ").unwrap_or((text, ""));
        Self::new(slug, sentence, lang)
    }

    pub(in crate::dashboard) fn new(slug: &str, sentence: &str, lang: Lang) -> Self {
        let title = diagnosis::find(slug).map_or("", |entry| lang.t(entry.title, entry.title_id));
        Self { slug: slug.to_owned(), title, sentence: sentence.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_in_the_language_of_the_page() {
        for (lang, title) in [(Lang::En, "No body"), (Lang::Id, "Body kosong")] {
            let diagnosis = Diagnosis::parse("body/empty: the request has no body", lang);
            assert_eq!((&*diagnosis.slug, diagnosis.title), ("body/empty", title));
            assert_eq!(diagnosis.sentence, "the request has no body");
        }
        assert_eq!(Diagnosis::parse("no/such-slug", Lang::Id).title, "");
    }
}
