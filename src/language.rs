//! The languages of every text that people read.

/// A language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lang {
    /// Bahasa Indonesia, the default of pages.
    Id,
    /// English.
    En,
}

impl Lang {
    /// Chooses the text in this language. Texts are written where they are used, in both languages.
    pub fn t<T>(self, en: T, id: T) -> T {
        match self {
            Self::En => en,
            Self::Id => id,
        }
    }

    /// The language's own name.
    pub fn name(self) -> &'static str {
        self.t("English", "Bahasa Indonesia")
    }

    /// The language tag: `id` or `en`.
    pub fn code(self) -> &'static str {
        self.t("en", "id")
    }

    /// The other language, which the language switch offers.
    #[must_use]
    pub fn other(self) -> Self {
        self.t(Self::Id, Self::En)
    }

    /// The language with this tag.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "id" => Some(Self::Id),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}
