//! What stands around NICEPAY's own pages: what `base.html` asks of each. Every visible word comes from [`Text`].

use super::text::Text;
use crate::page::{Common, Lang};

/// What `base.html` asks of a page.
pub(super) trait Page {
    /// The language of the page.
    fn lang(&self) -> Lang;

    /// The address of the page with its query; none where it cannot be shown again.
    fn here(&self) -> Option<String>;

    /// The address of the page in the other language.
    fn switch_url(&self) -> Option<String> {
        let here = self.here()?;
        let joint = if here.contains('?') { '&' } else { '?' };
        Some(format!("{here}{joint}lang={}", self.lang().other().code()))
    }

    /// The words of the page.
    fn t(&self) -> &'static Text {
        Text::of(self.lang())
    }

    /// The words around every page.
    fn c(&self) -> &'static Common {
        self.lang().common()
    }
}
