//! `nicepay-sim sign RECIPE [NAME=VALUE…]`: computes a merchantToken.

use std::io::Read as _;

use serde_json::{Map, Value};

use super::recipe::{Wrong, assignment, keys, recipe_parser, usage};
use super::{Exit, complain, print};
use crate::protocol::{Field, Recipe, sign};

/// What to sign.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  nicepay-sim sign registration timeStamp=20260101120000 iMid=PAYLOANTES referenceNo=ord1 amt=25145\n  nicepay-sim sign registration --json < request.json"
)]
pub(super) struct Args {
    /// The kind of request to sign
    #[arg(value_name = "RECIPE", value_parser = recipe_parser(), ignore_case = true)]
    recipe: Recipe,
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

fn signed(args: &Args) -> Result<String, Wrong> {
    let recipe = args.recipe;
    let mut fields = if args.json { read_json().map_err(usage)? } else { Map::new() };
    for pair in &args.fields {
        let (field, value) = assignment(pair)?;
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
    let i_mid = if args.merchant_key.is_some() { String::new() } else { text(Field::IMid)? };
    let (key, _) = keys(args.merchant_key.as_deref(), &i_mid)?;
    let token = sign(parts.iter().map(String::as_str), &key);
    if !args.json {
        return Ok(token);
    }
    fields.insert(Field::MerchantToken.name().to_owned(), token.into());
    Ok(Value::Object(fields).to_string())
}

fn read_json() -> Result<Map<String, Value>, String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| format!("cannot read stdin: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("stdin is not a JSON object: {error}"))
}
