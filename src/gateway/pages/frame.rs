//! The frame of NICEPAY's own pages: what `base.html` needs from a page.

use crate::page::Lang;

/// What `base.html` needs from a page.
pub(super) trait Page {
    fn lang(&self) -> Lang;

    /// The address of the page with its query; none if it cannot be shown again.
    fn here(&self) -> Option<String>;

    /// The address of the page in the other language.
    fn switch_url(&self) -> Option<String> {
        let here = self.here()?;
        let joint = if here.contains('?') { '&' } else { '?' };
        Some(format!("{here}{joint}lang={}", self.lang().other().code()))
    }

    /// A text in the language of the page.
    fn t<T>(&self, en: T, id: T) -> T {
        self.lang().t(en, id)
    }
}
