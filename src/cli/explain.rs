//! `nicepay-sim explain RECIPE [FILE] [NAME=VALUE…]`: explains why a request's merchantToken is wrong.

use std::io::{IsTerminal as _, Read as _};

use super::recipe::{CommandError, merchant_keys, parse_assignment, recipe_parser, usage_error};
use super::{Exit, print, print_error};
use crate::domain::KeyMask;
use crate::protocol::{Field, Recipe, RequestFields, diagnose, verifies};

/// The arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "nicepay-sim explain [OPTIONS] <RECIPE> [FILE] [NAME=VALUE]...",
    after_help = "Exits with 0 when the merchantToken is right, and with 1 when it is wrong.\n\nExamples:\n  nicepay-sim explain registration request.json\n  nicepay-sim explain notification notification.txt\n  nicepay-sim explain payment form.txt iMid=PAYLOANTES referenceNo=ord1 amt=25145"
)]
pub(super) struct Args {
    /// The kind of request
    #[arg(value_name = "RECIPE", value_parser = recipe_parser(), ignore_case = true)]
    recipe: Recipe,
    /// FILE is the request body, as JSON or a form; without it, or with -, stdin is read. NAME=VALUE is a field that
    /// the body lacks: the token of a payment, for example, also covers fields of its registration
    #[arg(value_name = "FILE | NAME=VALUE")]
    body: Vec<String>,
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
    let (assignments, files): (Vec<_>, Vec<_>) = args.body.iter().partition(|argument| is_assignment(argument));
    let body = match files[..] {
        [] if !assignments.is_empty() && std::io::stdin().is_terminal() => Vec::new(),
        [] => read_body("-")?,
        [file] => read_body(file)?,
        [_, second, ..] => return Err(usage_error(format!("{second:?} is neither the only FILE nor NAME=VALUE"))),
    };
    let text = String::from_utf8_lossy(&body);
    let body = if text.trim_start().starts_with('{') {
        RequestFields::json(text.as_bytes()).map_err(|refusal| usage_error(refusal.diagnosis.header()))?
    } else {
        RequestFields::form(text.trim_end_matches(['\r', '\n']))
    };
    let assigned = assignments.iter().map(|pair| parse_assignment(pair)).collect::<Result<Vec<_>, _>>()?;
    let in_body = Field::ALL.iter().filter_map(|field| body.text(*field).map(|text| (*field, text)));
    // A notification has no iMid, but its tXid begins with it.
    let i_mid = body.text(Field::TXid).filter(|_| recipe == Recipe::NOTIFICATION).and_then(i_mid_of);
    let i_mid = i_mid.map(|i_mid| (Field::IMid, i_mid));
    let sent = body.with(i_mid.into_iter().chain(in_body).chain(assigned));
    let (key, others) = merchant_keys(args.merchant_key.as_deref(), sent.text(Field::IMid).unwrap_or_default())?;
    let token = sent.text(Field::MerchantToken).unwrap_or_default();
    if verifies(recipe, &sent, &key, token) {
        return Ok((Exit::Clean, format!("the merchantToken is right for {}", recipe.name)));
    }
    let line = diagnose(recipe, &sent, &key, &others).header();
    Ok((Exit::Failed, KeyMask::of(others.iter().chain([&key])).masked(&line).into_owned()))
}

/// Whether an argument is a field, not a file: `./amt=1.json` is a file.
fn is_assignment(argument: &str) -> bool {
    argument.split_once('=').is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

/// The iMid in a tXid: what stands before the payMethod, the time and the number (`docs/PROTOCOL.md` §3.1).
fn i_mid_of(t_xid: &str) -> Option<&str> {
    t_xid.get(..t_xid.len().checked_sub("06yyyyMMddHHmmss0000".len())?)
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
