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
    /// A text in this language. Every text stands where it is used, in both languages.
    pub fn t<T>(self, en: T, id: T) -> T {
        match self {
            Self::En => en,
            Self::Id => id,
        }
    }

    /// The language tag: `id` or `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }

    /// The language with this tag.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "id" => Some(Self::Id),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The other language.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Id => Self::En,
            Self::En => Self::Id,
        }
    }
}
