//! What `sign` and `explain` have in common: which recipe, which fields, whose key.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::Exit;
use crate::config::{Config, Settings};
use crate::domain::MerchantKey;
use crate::protocol::{Field, Recipe};

/// What is typed wrong, or set wrong.
pub(super) type Wrong = (Exit, String);

pub(super) fn usage(message: impl Into<String>) -> Wrong {
    (Exit::Usage, message.into())
}

/// Parses the name of a recipe in any letter case; `--help` lists the names.
pub(super) fn recipe_parser() -> impl TypedValueParser<Value = Recipe> {
    PossibleValuesParser::new(Recipe::ALL.iter().map(|recipe| recipe.name)).try_map(|name| {
        let is_named = |recipe: &&Recipe| recipe.name.eq_ignore_ascii_case(&name);
        Recipe::ALL.iter().find(is_named).copied().ok_or("unknown recipe")
    })
}

/// `NAME=VALUE`
pub(super) fn assignment(pair: &str) -> Result<(Field, &str), Wrong> {
    let (name, value) = pair.split_once('=').ok_or_else(|| usage(format!("{pair:?} is not NAME=VALUE")))?;
    let field = Field::from_name(name).ok_or_else(|| usage(format!("NICEPAY has no field {name:?}")))?;
    Ok((field, value))
}

/// The key that was typed, or that of the iMid among the configured merchants; and the keys of the others.
pub(super) fn keys(typed: Option<&str>, i_mid: &str) -> Result<(MerchantKey, Vec<MerchantKey>), Wrong> {
    let mut own = typed.map(MerchantKey::new).transpose().map_err(|error| usage(error.to_string()))?;
    let merchants = match Config::resolve(Settings::from_environment()) {
        Ok(config) => config.merchants,
        // Who brings the key needs no settings.
        Err(_) if own.is_some() => Vec::new(),
        Err(error) => return Err((Exit::Config, error.to_string())),
    };
    let mut others = Vec::new();
    // The last of the same name counts.
    for merchant in merchants.into_iter().rev() {
        if own.is_none() && merchant.i_mid.as_str() == i_mid {
            own = Some(merchant.key);
        } else {
            others.push(merchant.key);
        }
    }
    let own = own.ok_or_else(|| usage(format!("no merchant {i_mid:?} is configured; say --merchant-key")))?;
    Ok((own, others))
}
