//! `nicepay-sim explain RECIPE [FILE] [NAME=VALUE…]`: says why a request's merchantToken is wrong.

use std::io::Read as _;

use super::recipe::{Wrong, assignment, keys, recipe_parser, usage};
use super::{Exit, complain, print};
use crate::protocol::{Field, Recipe, RequestFields, diagnose, verifies};

/// What to explain.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Ends with 0 when the merchantToken is right, and with 1 when it is wrong.\n\nExamples:\n  nicepay-sim explain registration request.json\n  nicepay-sim explain payment - iMid=PAYLOANTES referenceNo=ord1 amt=25145 < form.txt"
)]
pub(super) struct Args {
    /// The kind of request
    #[arg(value_name = "RECIPE", value_parser = recipe_parser(), ignore_case = true)]
    recipe: Recipe,
    /// A request's body, JSON or a form; - is stdin
    #[arg(value_name = "FILE", default_value = "-")]
    file: String,
    /// Fields that the body lacks: a payment's token, for one, is over those of its registration
    #[arg(value_name = "NAME=VALUE")]
    fields: Vec<String>,
    /// The key; by default that of the iMid among the configured merchants
    #[arg(long, env = "NICEPAY_SIM_MERCHANT_KEY", value_name = "KEY", hide_env_values = true)]
    merchant_key: Option<String>,
}

pub(super) fn run(args: &Args) -> Exit {
    match explained(args) {
        Ok((exit, line)) => {
            print(&line);
            exit
        }
        Err((exit, message)) => {
            complain(&message);
            exit
        }
    }
}

fn explained(args: &Args) -> Result<(Exit, String), Wrong> {
    let recipe = args.recipe;
    let body = read(&args.file)?;
    let text = String::from_utf8_lossy(&body);
    let body = if text.trim_start().starts_with('{') {
        RequestFields::json(text.as_bytes()).map_err(|refusal| usage(refusal.diagnosis.header()))?
    } else {
        RequestFields::form(text.trim_end_matches(['\r', '\n']))
    };
    let typed = args.fields.iter().map(|pair| assignment(pair)).collect::<Result<Vec<_>, _>>()?;
    let sent = Field::ALL.iter().filter_map(|field| body.text(*field).map(|text| (*field, text)));
    let sent = RequestFields::pairs(sent.chain(typed));
    let (key, others) = keys(args.merchant_key.as_deref(), sent.text(Field::IMid).unwrap_or_default())?;
    let token = sent.text(Field::MerchantToken).unwrap_or_default();
    if verifies(recipe, &sent, &key, token) {
        return Ok((Exit::Clean, format!("the merchantToken is right for {}", recipe.name)));
    }
    let line = diagnose(recipe, &sent, &key, &others).header();
    Ok((Exit::Failed, key.mask(&line).unwrap_or(line)))
}

fn read(file: &str) -> Result<Vec<u8>, Wrong> {
    /// No request is longer.
    const MOST: u64 = 1 << 20;
    let mut body = Vec::new();
    let read = if file == "-" {
        std::io::stdin().take(MOST + 1).read_to_end(&mut body)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(MOST + 1).read_to_end(&mut body))
    };
    let read = read.map_err(|error| usage(format!("cannot read {file:?}: {error}")))?;
    if read as u64 > MOST {
        return Err(usage(format!("{file:?} is larger than {MOST} bytes")));
    }
    Ok(body)
}
