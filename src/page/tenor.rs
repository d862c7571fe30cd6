//! The name of a tenor.

use super::Lang;

/// A tenor as customers read it: `30 days` for one month, else `3 months`.
pub fn tenor(months: u8, lang: Lang) -> String {
    match months {
        1 => lang.t("30 days", "30 hari").to_owned(),
        _ => format!("{months} {}", lang.t("months", "bulan")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_month_is_30_days() {
        assert_eq!((tenor(1, Lang::En), tenor(12, Lang::Id)), ("30 days".to_owned(), "12 bulan".to_owned()));
    }
}
