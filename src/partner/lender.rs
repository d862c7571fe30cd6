//! The lenders. Each has its folder and its colours; the pages are the same.

pub(super) use crate::domain::Partner as Lender;
use crate::paths;

impl Lender {
    /// The lender whose folder contains a path.
    pub(super) fn from_path(path: &str) -> Option<Self> {
        paths::partner_of(path).and_then(Self::from_slug)
    }

    /// The lender with this slug.
    pub(super) fn from_slug(slug: &str) -> Option<Self> {
        Lender::ALL.into_iter().find(|lender| lender.slug() == slug)
    }

    /// An example for the phone field: a number that can sign in.
    pub(super) const fn example_phone(self) -> &'static str {
        match self {
            Self::Kredivo => "81291891818",
            Self::Akulaku => "87700000000",
            Self::Indodana => "838499610",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lender_has_its_folder() {
        assert_eq!(Lender::ALL.map(Lender::slug), paths::PARTNERS);
        for lender in Lender::ALL {
            assert_eq!(Lender::from_path(&paths::partner_page(lender.slug(), paths::OTP, "x")), Some(lender));
        }
        assert_eq!(Lender::from_path("/nicepay/kredivo"), None);
        assert_eq!(Lender::from_path(""), None);
    }
}
