//! Merchants, as they are set and as they come built in.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::domain::{ClientUserKey, IMid, Merchant, MerchantKey, Phone, TokenFixture, UserToken};

/// The key that NICEPAY publishes for its sandbox; both published merchants have it (`docs/PROTOCOL.md` §5.1).
const PUBLISHED_KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
const PUBLISHED: [&str; 2] = ["IONPAYTEST", "PAYLOANTES"];

/// Who the demo shop is at NICEPAY: a merchant like any other, with the published key.
#[cfg(feature = "demo")]
const DEMO: &str = "TOKODEMO01";

/// The demo shop's merchant among those that were set, or added to them.
#[cfg(feature = "demo")]
pub(super) fn demo(merchants: &mut Vec<Merchant>) -> Result<Merchant, String> {
    // Whoever set it has chosen its key; the last one that was set is in force.
    if let Some(set) = merchants.iter().rev().find(|known| known.i_mid.as_str() == DEMO) {
        return Ok(set.clone());
    }
    let demo = merchant(&format!("{DEMO}={PUBLISHED_KEY}"))?;
    merchants.push(demo.clone());
    Ok(demo)
}

/// The token of the published samples, owned by sample 1's customer, so that both work as printed (`docs/PROTOCOL.md`
/// §2.1.4, §2.1.5).
pub(super) fn published_token() -> Option<TokenFixture> {
    Some(TokenFixture {
        i_mid: IMid::new("PAYLOANTES").ok()?,
        user_token: UserToken::new("e0478456-6b50-460c-85e0-627a1e22d2e0").ok()?,
        client_user_key: ClientUserKey::new("gili.heriawan@nicepay.co.id").ok()?,
        phone: Phone::new("81513114262").ok()?,
        billing_phone: "12345678".into(),
    })
}

/// `IMID=KEY` as it was written. It is not looked at before everything is read: an error that shows what was written
/// would show a key.
#[derive(Clone)]
pub struct WrittenMerchant(String);

impl fmt::Debug for WrittenMerchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl FromStr for WrittenMerchant {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// Takes one or many, and anything else too, which is refused later with words that show nothing.
pub(super) fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<WrittenMerchant>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        One(String),
        Many(Vec<String>),
        Else(serde::de::IgnoredAny),
    }
    let all = match Written::deserialize(deserializer)? {
        Written::One(one) => vec![one],
        Written::Many(many) => many,
        Written::Else(_) => vec![String::new()],
    };
    Ok(Some(all.into_iter().map(WrittenMerchant).collect()))
}

fn merchant(text: &str) -> Result<Merchant, String> {
    let (i_mid, key) = text.split_once('=').ok_or("a merchant is written IMID=KEY")?;
    let i_mid = IMid::new(i_mid).map_err(|e| e.to_string())?;
    let key = MerchantKey::new(key).map_err(|e| e.to_string())?;
    Ok(Merchant::new(i_mid, key))
}

/// The published merchants, and those that were set.
///
/// # Errors
/// What is wrong with one, without its key.
pub(super) fn merchants(set: &[WrittenMerchant]) -> Result<Vec<Merchant>, String> {
    let published = PUBLISHED.map(|i_mid| merchant(&format!("{i_mid}={PUBLISHED_KEY}")));
    published.into_iter().chain(set.iter().map(|WrittenMerchant(text)| merchant(text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_contain_an_equals_sign_and_is_not_shown() {
        let set = |text: &str| [WrittenMerchant(text.to_owned())];
        assert_eq!(merchants(&set("SHOP000001=a=b==")).unwrap()[2].key.expose(), "a=b==");
        assert!(!format!("{:?}", set("SHOP000001=secret")).contains("secret"));
        for wrong in ["SHOP000001", "SH OP=secret", "=secret", "SHOP="] {
            assert!(merchants(&set(wrong)).is_err_and(|error| !error.contains("secret")), "{wrong}");
        }
    }

    #[test]
    fn the_published_merchants_and_their_token_are_there() {
        assert_eq!(merchants(&[]).unwrap().len(), 2);
        assert!(published_token().is_some());
    }
}
