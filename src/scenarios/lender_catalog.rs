//! The lenders' catalog: what each sells, and whom it knows. Read from a file a lender in `scenarios/`, which are built in.

use std::collections::HashMap;

use serde::Deserialize;

use super::outcome::Decision;
use super::rule::ThenConfig;
use crate::domain::{AccountState, Amount, DecidedBy, Partner, Phone, Product, SeamlessChallenge, Shopper};

const BUILT_IN: [(Partner, &str); 3] = [
    (Partner::Kredivo, include_str!("../../scenarios/kredivo.toml")),
    (Partner::Akulaku, include_str!("../../scenarios/akulaku.toml")),
    (Partner::Indodana, include_str!("../../scenarios/indodana.toml")),
];

/// Products and accounts of the lenders.
#[derive(Clone, Debug, Default)]
pub struct LenderCatalog {
    products: HashMap<Partner, Vec<Product>>,
    usual: HashMap<Partner, Phone>,
    shoppers: Vec<Shopper>,
    outcomes: HashMap<Phone, Decision>,
    scenarios: HashMap<Phone, (String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The shopper who plays when nobody says which.
    usual: String,
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
    seamless: SeamlessChallenge,
    then: Option<ThenConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    id: String,
    en: String,
}

impl LenderCatalog {
    /// The catalog that is built in.
    ///
    /// # Panics
    /// When a file is wrong, which a unit test rules out.
    pub fn built_in() -> Self {
        let mut catalog = Self::default();
        for (partner, text) in BUILT_IN {
            if let Err(e) = catalog.read(partner, text) {
                unreachable!("scenarios/{}.toml: {e}", partner.slug());
            }
        }
        catalog
    }

    /// Reads one lender's file.
    fn read(&mut self, partner: Partner, text: &str) -> Result<(), String> {
        let catalog = self;
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        catalog.usual.insert(partner, Phone::new(&file.usual).map_err(|e| e.to_string())?);
        for entry in file.shoppers {
            let phone = Phone::new(&entry.phone).map_err(|e| e.to_string())?;
            if catalog.scenarios.contains_key(&phone) {
                return Err(format!("{phone} is another lender's customer, too"));
            }
            let offered =
                |product: &&Product| entry.months.as_ref().is_none_or(|months| months.contains(&product.months));
            let limits = file.products.iter().filter(offered).map(Product::full_limit).collect();
            if let Some(then) = &entry.then {
                let Some(payment) = then.payment()? else { return Err(format!("{phone}: `outcome` is missing")) };
                catalog.outcomes.insert(
                    phone.clone(),
                    Decision::new(DecidedBy::MagicShopper, format!("shopper/{phone}").into(), payment.outcome),
                );
            }
            catalog.scenarios.insert(phone.clone(), (entry.says.id, entry.says.en));
            catalog.shoppers.push(Shopper {
                phone,
                partner,
                name: entry.name.into(),
                pin: entry.pin.into(),
                otp: entry.otp.into(),
                state: entry.state,
                limits,
                owes: Amount::from_rupiah(entry.owes),
                first_otp_expired: entry.first_otp_expired,
                seamless: entry.seamless,
                wrong_pins: 0,
                locked_until: None,
            });
        }
        catalog.products.insert(partner, file.products);
        Ok(())
    }

    /// Whether a file is a lender's catalog and no scenario: a copy of our own folder has them, too.
    pub fn is_one(name: &str, text: &str) -> bool {
        BUILT_IN.iter().any(|(partner, _)| partner.slug() == name)
            && toml::from_str::<toml::Table>(text).is_ok_and(|file| file.contains_key("usual"))
    }

    /// What a lender sells, shortest tenor first.
    pub fn products(&self, partner: Partner) -> &[Product] {
        self.products.get(&partner).map_or(&[], Vec::as_slice)
    }

    /// The product of a tenor.
    pub fn product(&self, partner: Partner, months: u8) -> Option<&Product> {
        self.products(partner).iter().find(|product| product.months == months)
    }

    /// The shopper of a lender who plays when nobody says which.
    pub fn usual_phone(&self, partner: Partner) -> Option<&Phone> {
        self.usual.get(&partner)
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
        self.scenarios.get(phone).map(|(id, en)| (id.as_str(), en.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_books_are_right() {
        let mut catalog = LenderCatalog::default();
        for (partner, text) in BUILT_IN {
            assert!(LenderCatalog::is_one(partner.slug(), text) && !LenderCatalog::is_one("mine", text));
            catalog.read(partner, text).unwrap();
            let usual = catalog.usual_phone(partner).unwrap();
            let shopper = catalog.shoppers().iter().find(|shopper| shopper.phone == *usual).unwrap();
            assert_eq!((shopper.partner, shopper.otp.len()), (partner, usize::from(partner.otp_digits())));
            assert_eq!(shopper.limits.len(), catalog.products(partner).len(), "the usual one has every tenor");
        }
        assert_eq!(catalog.shoppers().iter().filter(|shopper| shopper.partner == Partner::Kredivo).count(), 12);
        let published = Phone::new("81513114262").unwrap();
        let shopper = catalog.shoppers().iter().find(|shopper| shopper.phone == published).unwrap();
        assert!(shopper.can_pay(1, Amount::from_rupiah(3_500_000)) && shopper.remaining(3).is_none(), "30 days only");
    }
}
