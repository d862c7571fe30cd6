//! The built-in merchants, and those from the settings.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::domain::{ClientUserKey, IMid, Merchant, MerchantKey, MerchantName, Phone, TokenFixture, UserToken};

const PUBLISHED_I_MIDS: [&str; BUILT_IN_MERCHANTS] = [MerchantKey::PUBLISHED_I_MID, "PAYLOANTES"];
/// How many merchants are built in. They are the first of all.
pub const BUILT_IN_MERCHANTS: usize = 2;

/// The demo shop's iMid. It uses the published key.
#[cfg(feature = "demo")]
const DEMO_I_MID: &str = "TOKODEMO01";
#[cfg(feature = "demo")]
const DEMO_NAME: &str = "Teras Tumbuk";

/// The demo shop's merchant. It is added to the merchants when it is not one of them.
#[cfg(feature = "demo")]
pub(super) fn demo(merchants: &mut Vec<Merchant>) -> Result<Merchant, String> {
    // A merchant from the settings may have another key; the last one counts.
    let is_demo = |merchant: &Merchant| merchant.i_mid.as_str() == DEMO_I_MID;
    if !merchants.iter().any(is_demo) {
        merchants.push(merchant(&format!("{DEMO_I_MID}={}", MerchantKey::PUBLISHED))?);
    }
    let demo = merchants.iter_mut().rfind(|merchant| is_demo(merchant)).ok_or("no demo merchant")?;
    if demo.name.is_none() {
        demo.name = MerchantName::new(DEMO_NAME).ok();
    }
    Ok(demo.clone())
}

/// The token of the published samples. Its `clientUserKey` and `billingPhone` are those of sample 1, so that both samples
/// work as printed (`docs/PROTOCOL.md` §2.1.4, §2.1.5); its owner is the shopper of the sample of user-details (§2.11).
pub(super) fn published_token() -> Option<TokenFixture> {
    Some(TokenFixture {
        i_mid: IMid::new("PAYLOANTES").ok()?,
        user_token: UserToken::new("e0478456-6b50-460c-85e0-627a1e22d2e0").ok()?,
        client_user_key: ClientUserKey::new("gili.heriawan@nicepay.co.id").ok()?,
        phone: Phone::new("82155553300").ok()?,
        billing_phone: "12345678".into(),
    })
}

/// The text `IMID=KEY`. It is parsed after all settings are read, because an error of clap or serde would show the key.
#[derive(Clone)]
pub struct MerchantSetting(String);

impl fmt::Debug for MerchantSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl FromStr for MerchantSetting {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// Accepts one text or a list. A value of another type becomes an empty text, which is refused later without showing
/// it.
pub(super) fn deserialize_merchants<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<MerchantSetting>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
        Other(serde::de::IgnoredAny),
    }
    let all = match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
        OneOrMany::Other(_) => vec![String::new()],
    };
    Ok(Some(all.into_iter().map(MerchantSetting).collect()))
}

fn merchant(text: &str) -> Result<Merchant, String> {
    let (i_mid, key) = text.split_once('=').ok_or("a merchant must be IMID=KEY")?;
    let i_mid = IMid::new(i_mid).map_err(|e| e.to_string())?;
    let key = MerchantKey::new(key).map_err(|e| e.to_string())?;
    Ok(Merchant::new(i_mid, key))
}

/// The merchants with their names from the settings: the texts `IMID=NAME`.
///
/// # Errors
/// A text of another form, or a name for a merchant that does not exist.
pub(super) fn named(mut merchants: Vec<Merchant>, names: &[String]) -> Result<Vec<Merchant>, String> {
    for text in &joined(names) {
        let (i_mid, name) = text.split_once('=').ok_or_else(|| format!("{text:?} is not IMID=NAME"))?;
        let name = MerchantName::new(name.trim()).map_err(|error| error.to_string())?;
        let mut of_i_mid = merchants.iter_mut().filter(|merchant| merchant.i_mid.as_str() == i_mid).peekable();
        if of_i_mid.peek().is_none() {
            return Err(format!("there is no merchant {i_mid}: --merchant adds one"));
        }
        of_i_mid.for_each(|merchant| merchant.name = Some(name.clone()));
    }
    Ok(merchants)
}

/// The texts, as they were before they were divided at commas: a name may have one, and then a piece has no `=`.
fn joined(pieces: &[String]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for piece in pieces {
        match texts.last_mut() {
            Some(text) if !piece.contains('=') => text.extend([",", piece]),
            _ => texts.push(piece.clone()),
        }
    }
    texts
}

/// The published merchants, and those from the settings.
///
/// # Errors
/// A sentence that does not contain the key.
pub(super) fn merchants(set: &[MerchantSetting]) -> Result<Vec<Merchant>, String> {
    let published = PUBLISHED_I_MIDS.map(|i_mid| merchant(&format!("{i_mid}={}", MerchantKey::PUBLISHED)));
    published.into_iter().chain(set.iter().map(|MerchantSetting(text)| merchant(text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_contain_an_equals_sign_and_is_not_shown() {
        let set = |text: &str| [MerchantSetting(text.to_owned())];
        assert_eq!(merchants(&set("SHOP000001=a=key=b==")).unwrap()[2].key.expose(), "a=key=b==");
        assert!(!format!("{:?}", set("SHOP000001=secret-key")).contains("secret"));
        for wrong in ["SHOP000001", "SH OP=secret", "=secret", "SHOP="] {
            assert!(merchants(&set(wrong)).is_err_and(|error| !error.contains("secret")), "{wrong}");
        }
    }

    #[test]
    fn a_name_may_contain_commas() {
        // As the command line divides `IONPAYTEST=PT Toko, Tbk,PAYLOANTES=Budi`.
        let pieces = ["IONPAYTEST=PT Toko", " Tbk", "PAYLOANTES=Budi"].map(str::to_owned);
        let all = named(merchants(&[]).unwrap(), &pieces).unwrap();
        let names: Vec<_> = all.iter().map(|merchant| merchant.name.as_ref().map(ToString::to_string)).collect();
        assert_eq!(names, ["PT Toko, Tbk", "Budi"].map(|name| Some(name.to_owned())));
        assert!(named(merchants(&[]).unwrap(), &["Toko".to_owned()]).is_err(), "no iMid comes before it");
    }

    #[test]
    fn the_published_merchants_and_their_token_exist() {
        assert_eq!(merchants(&[]).unwrap().len(), 2);
        assert!(published_token().is_some());
    }
}
