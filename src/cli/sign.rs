//! `nicepay-sim sign RECIPE [NAME=VALUE…]`: computes a merchantToken.

use std::io::Read as _;

use serde_json::{Map, Value};

use super::recipe::{CommandError, merchant_keys, parse_assignment, recipe_parser, usage_error};
use super::{Exit, print, print_error};
use crate::protocol::{Field, Recipe, sign};

/// The arguments of `sign`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  nicepay-sim sign registration timeStamp=20260101120000 iMid=PAYLOANTES referenceNo=ord1 amt=25145\n  nicepay-sim sign registration --json < request.json"
)]
pub(super) struct Args {
    /// The kind of request to sign
    #[arg(value_name = "RECIPE", value_parser = recipe_parser(), ignore_case = true)]
    recipe: Recipe,
    /// Fields that the recipe hashes
    #[arg(value_name = "NAME=VALUE")]
    fields: Vec<String>,
    /// Read a JSON object from stdin and print it with its merchantToken
    #[arg(long)]
    json: bool,
    /// The merchantKey; default: the key of the iMid in the settings
    #[arg(long, env = "NICEPAY_SIM_MERCHANT_KEY", value_name = "KEY", hide_env_values = true)]
    merchant_key: Option<String>,
}

pub(super) fn run(args: &Args) -> Exit {
    match sign_fields(args) {
        Ok(line) => {
            print(&line);
            Exit::Clean
        }
        Err((exit, message)) => {
            print_error(&message);
            exit
        }
    }
}

fn sign_fields(args: &Args) -> Result<String, CommandError> {
    let recipe = args.recipe;
    let mut fields = if args.json { read_json().map_err(usage_error)? } else { Map::new() };
    for pair in &args.fields {
        let (field, value) = parse_assignment(pair)?;
        fields.insert(field.name().to_owned(), value.into());
    }
    if let Some((field, literal)) = recipe.literals.iter().find(|(field, _)| fields.contains_key(field.name())) {
        return Err(usage_error(format!("{} always hashes {literal:?}: leave out {}", recipe.name, field.name())));
    }
    let text = |field: Field| match fields.get(field.name()) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(usage_error(format!("{} needs the field {}", recipe.name, field.name()))),
    };
    let part = |field: &Field| recipe.literal(*field).map_or_else(|| text(*field), |literal| Ok(literal.to_owned()));
    let parts = recipe.fields.iter().map(part).collect::<Result<Vec<_>, _>>()?;
    let i_mid = if args.merchant_key.is_some() { String::new() } else { text(Field::IMid)? };
    let (key, _) = merchant_keys(args.merchant_key.as_deref(), &i_mid)?;
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
