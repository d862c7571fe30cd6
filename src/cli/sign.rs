//! `nicepay-sim sign RECIPE [NAME=VALUE…]`: computes a merchantToken.

use std::io::Read as _;

use serde_json::{Map, Value};

use super::{Exit, complain, print};
use crate::config::{Config, Settings};
use crate::ledger::MerchantKey;
use crate::protocol::{Field, Recipe, sign};

/// What to sign.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  nicepay-sim sign registration timeStamp=20260101120000 iMid=PAYLOANTES referenceNo=ord1 amt=25145\n  nicepay-sim sign registration --json < request.json"
)]
pub(super) struct Args {
    /// registration, payment, inquiry, notification, cancel, confirmAkulaku, userAccountBinding, remove-token,
    /// user-details or checkMid
    #[arg(value_name = "RECIPE")]
    recipe: String,
    /// The fields that the recipe hashes
    #[arg(value_name = "NAME=VALUE")]
    fields: Vec<String>,
    /// Read a JSON object from stdin, and print it with its merchantToken filled in
    #[arg(long)]
    json: bool,
    /// The key; by default that of the iMid among the configured merchants
    #[arg(long, env = "NICEPAY_SIM_MERCHANT_KEY", value_name = "KEY", hide_env_values = true)]
    merchant_key: Option<String>,
}

pub(super) fn run(args: &Args) -> Exit {
    match signed(args) {
        Ok(line) => {
            print(&line);
            Exit::Clean
        }
        Err((exit, message)) => {
            complain(&message);
            exit
        }
    }
}

fn signed(args: &Args) -> Result<String, (Exit, String)> {
    let usage = |message: String| (Exit::Usage, message);
    let recipe = Recipe::ALL.iter().find(|recipe| recipe.name.eq_ignore_ascii_case(&args.recipe)).ok_or_else(|| {
        let known: Vec<_> = Recipe::ALL.iter().map(|recipe| recipe.name).collect();
        usage(format!("{:?} is none of {}", args.recipe, known.join(", ")))
    })?;
    let mut fields = if args.json { read_json().map_err(usage)? } else { Map::new() };
    for pair in &args.fields {
        let (name, value) = pair.split_once('=').ok_or_else(|| usage(format!("{pair:?} is not NAME=VALUE")))?;
        let field = Field::from_name(name).ok_or_else(|| usage(format!("NICEPAY has no field {name:?}")))?;
        fields.insert(field.name().to_owned(), value.into());
    }
    if let Some((field, word)) = recipe.words.iter().find(|(field, _)| fields.contains_key(field.name())) {
        return Err(usage(format!("{} hashes {word:?}, it does not take {}", recipe.name, field.name())));
    }
    let text = |field: Field| match fields.get(field.name()) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(usage(format!("{} needs the field {}", recipe.name, field.name()))),
    };
    let part = |field: &Field| recipe.word(*field).map_or_else(|| text(*field), |word| Ok(word.to_owned()));
    let parts = recipe.fields.iter().map(part).collect::<Result<Vec<_>, _>>()?;
    let key = match &args.merchant_key {
        Some(key) => MerchantKey::new(key).map_err(|error| usage(error.to_string()))?,
        None => configured_key(&text(Field::IMid)?)?,
    };
    let token = sign(parts.iter().map(String::as_str), &key);
    if !args.json {
        return Ok(token);
    }
    fields.insert(Field::MerchantToken.name().to_owned(), token.into());
    Ok(Value::Object(fields).to_string())
}

fn configured_key(i_mid: &str) -> Result<MerchantKey, (Exit, String)> {
    let config = Config::resolve(Settings::from_environment()).map_err(|error| (Exit::Config, error.to_string()))?;
    let merchant = config.merchants.into_iter().rev().find(|merchant| merchant.i_mid.as_str() == i_mid);
    let unknown = || (Exit::Usage, format!("no merchant {i_mid:?} is configured; say --merchant-key"));
    merchant.map(|merchant| merchant.key).ok_or_else(unknown)
}

fn read_json() -> Result<Map<String, Value>, String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| format!("cannot read stdin: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("stdin is not a JSON object: {error}"))
}
