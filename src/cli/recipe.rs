//! Shared by `sign` and `explain`: recipe, fields and key from the arguments.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::Exit;
use crate::config::{Config, Settings};
use crate::domain::MerchantKey;
use crate::protocol::{Field, Recipe};

/// The exit code and message of a wrong argument or setting.
pub(super) type CommandError = (Exit, String);

pub(super) fn usage_error(message: impl Into<String>) -> CommandError {
    (Exit::Usage, message.into())
}

/// Parses the name of a recipe in any letter case; `--help` lists the names.
pub(super) fn recipe_parser() -> impl TypedValueParser<Value = Recipe> {
    PossibleValuesParser::new(Recipe::ALL.iter().map(|recipe| recipe.name)).try_map(|name| {
        let is_named = |recipe: &&Recipe| recipe.name.eq_ignore_ascii_case(&name);
        Recipe::ALL.iter().find(is_named).copied().ok_or("unknown recipe")
    })
}

/// Parses `NAME=VALUE`.
pub(super) fn parse_assignment(pair: &str) -> Result<(Field, &str), CommandError> {
    let (name, value) = pair.split_once('=').ok_or_else(|| usage_error(format!("{pair:?} is not NAME=VALUE")))?;
    let field = Field::from_name(name).ok_or_else(|| usage_error(format!("NICEPAY has no field {name:?}")))?;
    Ok((field, value))
}

/// The key of the argument or else of the iMid in the settings, and the keys of the other merchants.
pub(super) fn merchant_keys(
    argument: Option<&str>,
    i_mid: &str,
) -> Result<(MerchantKey, Vec<MerchantKey>), CommandError> {
    let mut own = argument.map(MerchantKey::new).transpose().map_err(|error| usage_error(error.to_string()))?;
    let merchants = match Config::resolve(Settings::from_environment()) {
        Ok(config) => config.merchants,
        // With a key as an argument no settings are needed.
        Err(_) if own.is_some() => Vec::new(),
        Err(error) => return Err((Exit::Config, error.to_string())),
    };
    let mut others = Vec::new();
    // The last merchant with the same iMid counts.
    for merchant in merchants.into_iter().rev() {
        if own.is_none() && merchant.i_mid.as_str() == i_mid {
            own = Some(merchant.key);
        } else {
            others.push(merchant.key);
        }
    }
    let own = own.ok_or_else(|| usage_error(format!("no merchant {i_mid:?} is configured; use --merchant-key")))?;
    Ok((own, others))
}
