//! `nicepay-sim explain RECIPE [FILE] [NAME=VALUE…]`: explains why a request's merchantToken is wrong.

use std::io::Read as _;

use super::recipe::{CommandError, merchant_keys, parse_assignment, recipe_parser, usage_error};
use super::{Exit, print, print_error};
use crate::protocol::{Field, Recipe, RequestFields, diagnose, verifies};

/// The arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exits with 0 when the merchantToken is right, and with 1 when it is wrong.\n\nExamples:\n  nicepay-sim explain registration request.json\n  nicepay-sim explain payment - iMid=PAYLOANTES referenceNo=ord1 amt=25145 < form.txt"
)]
pub(super) struct Args {
    /// The kind of request
    #[arg(value_name = "RECIPE", value_parser = recipe_parser(), ignore_case = true)]
    recipe: Recipe,
    /// The request body, as JSON or a form; - reads stdin
    #[arg(value_name = "FILE", default_value = "-")]
    file: String,
    /// Fields that the body lacks; the token of a payment, for example, also covers fields of its registration
    #[arg(value_name = "NAME=VALUE")]
    fields: Vec<String>,
    /// The merchantKey; default: the key of the iMid in the settings
    #[arg(long, env = "NICEPAY_SIM_MERCHANT_KEY", value_name = "KEY", hide_env_values = true)]
    merchant_key: Option<String>,
}

pub(super) fn run(args: &Args) -> Exit {
    match explain(args) {
        Ok((exit, line)) => {
            print(&line);
            exit
        }
        Err((exit, message)) => {
            print_error(&message);
            exit
        }
    }
}

fn explain(args: &Args) -> Result<(Exit, String), CommandError> {
    let recipe = args.recipe;
    let body = read_body(&args.file)?;
    let text = String::from_utf8_lossy(&body);
    let body = if text.trim_start().starts_with('{') {
        RequestFields::json(text.as_bytes()).map_err(|refusal| usage_error(refusal.diagnosis.header()))?
    } else {
        RequestFields::form(text.trim_end_matches(['\r', '\n']))
    };
    let arguments = args.fields.iter().map(|pair| parse_assignment(pair)).collect::<Result<Vec<_>, _>>()?;
    let sent = Field::ALL.iter().filter_map(|field| body.text(*field).map(|text| (*field, text)));
    let sent = RequestFields::pairs(sent.chain(arguments));
    let (key, others) = merchant_keys(args.merchant_key.as_deref(), sent.text(Field::IMid).unwrap_or_default())?;
    let token = sent.text(Field::MerchantToken).unwrap_or_default();
    if verifies(recipe, &sent, &key, token) {
        return Ok((Exit::Clean, format!("the merchantToken is right for {}", recipe.name)));
    }
    let line = diagnose(recipe, &sent, &key, &others).header();
    Ok((Exit::Failed, key.mask(&line).unwrap_or(line)))
}

fn read_body(file: &str) -> Result<Vec<u8>, CommandError> {
    const MAX_BYTES: u64 = 1 << 20;
    let mut body = Vec::new();
    let read = if file == "-" {
        std::io::stdin().take(MAX_BYTES + 1).read_to_end(&mut body)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(MAX_BYTES + 1).read_to_end(&mut body))
    };
    let read = read.map_err(|error| usage_error(format!("cannot read {file:?}: {error}")))?;
    if read as u64 > MAX_BYTES {
        return Err(usage_error(format!("{file:?} is larger than {MAX_BYTES} bytes")));
    }
    Ok(body)
}
