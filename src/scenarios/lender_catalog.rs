//! The lender catalog: products and shoppers of each lender, from the built-in files `scenarios/<lender>.toml`.

use std::collections::HashMap;

use serde::Deserialize;

use super::files::DurationText;
use super::rules::{Decision, ThenConfig};
use crate::domain::{
    AccountState, Amount, DecidedBy, LenderStep, LenderTerms, Partner, Phone, Product, SeamlessChallenge, Shopper,
};

const BUILT_IN: [(Partner, &str); 3] = [
    (Partner::Kredivo, include_str!("../../scenarios/kredivo.toml")),
    (Partner::Akulaku, include_str!("../../scenarios/akulaku.toml")),
    (Partner::Indodana, include_str!("../../scenarios/indodana.toml")),
];

/// Terms, products and shoppers of all lenders.
#[derive(Clone, Debug, Default)]
pub struct LenderCatalog {
    terms: HashMap<Partner, LenderTerms>,
    products: HashMap<Partner, Vec<Product>>,
    default_phones: HashMap<Partner, Phone>,
    shoppers: Vec<Shopper>,
    decisions: HashMap<Phone, Decision>,
    descriptions: HashMap<Phone, (String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogConfig {
    /// The phone number of the default shopper.
    #[serde(rename = "usual")]
    default_phone: String,
    terms: TermsConfig,
    #[serde(rename = "product")]
    products: Vec<Product>,
    #[serde(rename = "shopper")]
    shoppers: Vec<ShopperConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TermsConfig {
    /// The steps of the lender's pages, in order.
    steps: Vec<LenderStep>,
    expiry: DurationText,
    refund_window: Option<DurationText>,
    void_window: DurationText,
}

impl TermsConfig {
    fn compile(self) -> Result<LenderTerms, String> {
        let pin_last = self.steps == LenderStep::PIN_LAST;
        if !pin_last && self.steps != LenderStep::USUAL {
            return Err("these steps are not in one of the orders that the pages have".to_owned());
        }
        Ok(LenderTerms {
            pin_last,
            expiry: self.expiry.0,
            refund_window: self.refund_window.map(|window| window.0),
            void_window: self.void_window.0,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ShopperConfig {
    phone: String,
    name: String,
    pin: String,
    otp: String,
    /// What happens with this shopper, for testers.
    #[serde(rename = "says")]
    description: Texts,
    /// The tenors that the shopper can choose. Default: all.
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
struct Texts {
    id: String,
    en: String,
}

impl LenderCatalog {
    /// The built-in catalog.
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

    /// Adds one lender's file.
    fn read(&mut self, partner: Partner, text: &str) -> Result<(), String> {
        let file: CatalogConfig = toml::from_str(text).map_err(|e| e.to_string())?;
        self.default_phones.insert(partner, Phone::new(&file.default_phone).map_err(|e| e.to_string())?);
        for entry in file.shoppers {
            let phone = Phone::new(&entry.phone).map_err(|e| e.to_string())?;
            if self.descriptions.contains_key(&phone) {
                return Err(format!("{phone} is already a shopper"));
            }
            let offered =
                |product: &&Product| entry.months.as_ref().is_none_or(|months| months.contains(&product.months));
            let limits = file.products.iter().filter(offered).map(Product::full_limit).collect();
            if let Some(then) = &entry.then {
                let Some(payment) = then.payment()? else { return Err(format!("{phone}: `outcome` is missing")) };
                self.decisions.insert(
                    phone.clone(),
                    Decision::new(DecidedBy::MagicShopper, format!("shopper/{phone}").into(), payment.outcome),
                );
            }
            self.descriptions.insert(phone.clone(), (entry.description.id, entry.description.en));
            self.shoppers.push(Shopper {
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
        self.terms.insert(partner, file.terms.compile()?);
        self.products.insert(partner, file.products);
        Ok(())
    }

    /// Whether a file is a lender's catalog and not a scenario: a copy of the folder `scenarios/` contains both.
    pub fn is_catalog_file(name: &str, text: &str) -> bool {
        BUILT_IN.iter().any(|(partner, _)| partner.slug() == name)
            && toml::from_str::<toml::Table>(text).is_ok_and(|file| file.contains_key("usual"))
    }

    /// What differs by lender; the usual where no lender is chosen yet.
    pub fn terms(&self, partner: Option<Partner>) -> &LenderTerms {
        partner.and_then(|partner| self.terms.get(&partner)).unwrap_or(&LenderTerms::USUAL)
    }

    /// The products of a lender, shortest tenor first.
    pub fn products(&self, partner: Partner) -> &[Product] {
        self.products.get(&partner).map_or(&[], Vec::as_slice)
    }

    /// The product with a tenor of so many months.
    pub fn product(&self, partner: Partner, months: u8) -> Option<&Product> {
        self.products(partner).iter().find(|product| product.months == months)
    }

    /// The phone number of a lender's default shopper.
    pub fn default_phone(&self, partner: Partner) -> Option<&Phone> {
        self.default_phones.get(&partner)
    }

    /// The shoppers with which every merchant starts.
    pub fn shoppers(&self) -> &[Shopper] {
        &self.shoppers
    }

    /// The outcome that a magic shopper's phone number decides.
    pub(super) fn decision(&self, phone: &Phone) -> Option<Decision> {
        self.decisions.get(phone).cloned()
    }

    /// What happens with a shopper, for testers: in Indonesian and in English.
    pub fn description(&self, phone: &Phone) -> Option<(&str, &str)> {
        self.descriptions.get(phone).map(|(id, en)| (id.as_str(), en.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogs_are_valid() {
        let mut catalog = LenderCatalog::default();
        for (partner, text) in BUILT_IN {
            assert!(
                LenderCatalog::is_catalog_file(partner.slug(), text) && !LenderCatalog::is_catalog_file("mine", text)
            );
            catalog.read(partner, text).unwrap();
            let default = catalog.default_phone(partner).unwrap();
            let shopper = catalog.shoppers().iter().find(|shopper| shopper.phone == *default).unwrap();
            assert_eq!((shopper.partner, shopper.otp.len()), (partner, usize::from(partner.otp_digits())));
            assert_eq!(shopper.limits.len(), catalog.products(partner).len(), "the default shopper has every tenor");
        }
        assert_eq!(catalog.shoppers().iter().filter(|shopper| shopper.partner == Partner::Kredivo).count(), 13);
        let published = Phone::new("81513114262").unwrap();
        let shopper = catalog.shoppers().iter().find(|shopper| shopper.phone == published).unwrap();
        assert!(shopper.can_pay(1, Amount::from_rupiah(3_500_000)) && shopper.remaining(3).is_none(), "30 days only");
    }
}
