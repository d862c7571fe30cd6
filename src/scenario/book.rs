//! The lender's book: what it sells, and whom it knows. Read from `scenarios/kredivo.toml`, which is built in.

use std::collections::HashMap;

use serde::Deserialize;

use super::decide::{Decision, Outcome};
use super::story::Then;
use crate::ledger::{AccountState, Amount, Limit, Phone, Product, Shopper};

const KREDIVO: &str = include_str!("../../scenarios/kredivo.toml");

/// Products and accounts of the lender.
#[derive(Clone, Debug)]
pub struct Book {
    products: Vec<Product>,
    shoppers: Vec<Shopper>,
    outcomes: HashMap<Phone, Decision>,
    stories: HashMap<Phone, (String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "product")]
    products: Vec<Product>,
    #[serde(rename = "shopper")]
    shoppers: Vec<FileShopper>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileShopper {
    phone: String,
    name: String,
    pin: String,
    otp: String,
    /// What a tester is told, in Indonesian and in English.
    says: Says,
    /// The tenors on offer; all where absent.
    months: Option<Vec<u8>>,
    #[serde(default)]
    state: AccountState,
    #[serde(default)]
    owes: u64,
    #[serde(default)]
    first_otp_expired: bool,
    #[serde(default)]
    seamless_otp: bool,
    then: Option<Then>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    id: String,
    en: String,
}

impl Book {
    /// The book that is built in.
    ///
    /// # Panics
    /// When `scenarios/kredivo.toml` is wrong, which a unit test rules out.
    pub fn built_in() -> Self {
        match Self::read(KREDIVO) {
            Ok(book) => book,
            Err(e) => unreachable!("scenarios/kredivo.toml: {e}"),
        }
    }

    fn read(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut book =
            Self { products: file.products, shoppers: Vec::new(), outcomes: HashMap::new(), stories: HashMap::new() };
        for entry in file.shoppers {
            let phone = Phone::new(&entry.phone).map_err(|e| e.to_string())?;
            let offered =
                |product: &&Product| entry.months.as_ref().is_none_or(|months| months.contains(&product.months));
            let limits = book.products.iter().filter(offered);
            let limits = limits.map(|p| Limit { months: p.months, total: Amount::rupiah(p.limit) }).collect();
            if let Some(then) = &entry.then {
                let outcome: Outcome = then.outcome()?;
                book.outcomes.insert(phone.clone(), Decision { rule: format!("shopper/{phone}").into(), outcome });
            }
            book.stories.insert(phone.clone(), (entry.says.id, entry.says.en));
            book.shoppers.push(Shopper {
                phone,
                name: entry.name.into(),
                pin: entry.pin.into(),
                otp: entry.otp.into(),
                state: entry.state,
                limits,
                owes: Amount::rupiah(entry.owes),
                first_otp_expired: entry.first_otp_expired,
                seamless_otp: entry.seamless_otp,
                wrong_pins: 0,
                locked_until: None,
            });
        }
        Ok(book)
    }

    /// What the lender sells, shortest tenor first.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The product of a tenor.
    pub fn product(&self, months: u8) -> Option<&Product> {
        self.products.iter().find(|product| product.months == months)
    }

    /// The accounts, as every namespace starts with them.
    pub fn shoppers(&self) -> &[Shopper] {
        &self.shoppers
    }

    /// What a shopper's number orders, if it orders something.
    pub(super) fn decision(&self, phone: &Phone) -> Option<Decision> {
        self.outcomes.get(phone).cloned()
    }

    /// What happens with a shopper, for testers: in Indonesian and in English.
    pub fn says(&self, phone: &Phone) -> Option<(&str, &str)> {
        self.stories.get(phone).map(|(id, en)| (id.as_str(), en.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_book_is_right() {
        let book = Book::read(KREDIVO).unwrap();
        assert_eq!(book.shoppers().len(), 11);
        let published = Phone::new("81513114262").unwrap();
        let shopper = book.shoppers().iter().find(|shopper| shopper.phone == published).unwrap();
        assert!(shopper.can_pay(1, Amount::rupiah(3_500_000)) && shopper.remaining(3).is_none(), "30 days only");
    }
}
