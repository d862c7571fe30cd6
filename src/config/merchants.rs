//! Merchants, as they are set and as they come built in.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::ledger::{ClientUserKey, IMid, Merchant, MerchantKey, Phone, TokenFixture, UserToken};

/// The key that NICEPAY publishes for its sandbox; both published merchants have it (`docs/PROTOCOL.md` §5.1).
const PUBLISHED_KEY: &str = "33F49GnCMS1mFYlGXisbUDzVf2ATWCl9k3R++d5hDd3Frmuos/XLx8XhXpe+LDYAbpGKZYSwtlyyLOtS/8aD7A==";
const PUBLISHED: [&str; 2] = ["IONPAYTEST", "PAYLOANTES"];

/// The token of the published samples, owned by sample 1's customer, so that both work as printed (`docs/PROTOCOL.md`
/// §2.1.4, §2.1.5).
pub(super) fn published_token() -> Option<TokenFixture> {
    Some(TokenFixture {
        i_mid: IMid::new("PAYLOANTES").ok()?,
        user_token: UserToken::new("e0478456-6b50-460c-85e0-627a1e22d2e0").ok()?,
        client_user_key: ClientUserKey::new("gili.heriawan@nicepay.co.id").ok()?,
        phone: Phone::new("81513114262").ok()?,
    })
}

/// `IMID=KEY`
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct MerchantSetting(Merchant);

impl fmt::Debug for MerchantSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=***", self.0.i_mid)
    }
}

impl FromStr for MerchantSetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // What follows the = is a secret: it does not appear in the error.
        let (i_mid, key) = text.split_once('=').ok_or("a merchant is written IMID=KEY")?;
        let i_mid = IMid::new(i_mid).map_err(|e| e.to_string())?;
        let key = MerchantKey::new(key).map_err(|e| e.to_string())?;
        Ok(Self(Merchant::new(i_mid, key)))
    }
}

impl TryFrom<String> for MerchantSetting {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The published merchants, and those that were set.
pub(super) fn merchants(set: Vec<MerchantSetting>) -> Vec<Merchant> {
    let published = PUBLISHED
        .iter()
        .filter_map(|i_mid| Some(Merchant::new(IMid::new(i_mid).ok()?, MerchantKey::new(PUBLISHED_KEY).ok()?)));
    published.chain(set.into_iter().map(|MerchantSetting(merchant)| merchant)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_contain_an_equals_sign_and_is_not_shown() {
        let setting: MerchantSetting = "SHOP000001=a=b==".parse().unwrap();
        assert_eq!(setting.0.key.expose(), "a=b==");
        assert_eq!(format!("{setting:?}"), "SHOP000001=***");
        assert!("SHOP000001".parse::<MerchantSetting>().is_err());
        assert!("SH OP=secret".parse::<MerchantSetting>().is_err_and(|e| !e.contains("secret")));
    }

    #[test]
    fn the_published_merchants_are_there() {
        assert_eq!(merchants(vec![]).len(), 2);
        assert!(published_token().is_some());
    }
}
