//! The search for the mistake behind a wrong merchantToken.

use super::check_diagnosis;
use crate::domain::MerchantKey;
use crate::protocol::{Field, Recipe, RequestFields, diagnose, verifies};

/// A key without characters that JSON or a form would escape.
const KEY: &str = "fuzzed-merchant-key-0123456789";

/// The first line is the name of a recipe, and the rest a body, as `nicepay-sim explain` reads it.
pub(super) fn doctor(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (name, body) = text.split_once('\n').unwrap_or(("", &text));
    let named = Recipe::ALL.iter().find(|recipe| recipe.name == name);
    let recipe = named.copied().unwrap_or(Recipe::ALL[body.len() % Recipe::ALL.len()]);
    let fields = if body.trim_start().starts_with('{') {
        match RequestFields::json(body.as_bytes()) {
            Ok(fields) => fields,
            Err(refusal) => return check_diagnosis(&refusal.diagnosis),
        }
    } else {
        RequestFields::form(body)
    };
    let [Ok(key), Ok(other)] = [KEY, "another-merchants-key"].map(MerchantKey::new) else { panic!("no keys") };
    let token = fields.text(Field::MerchantToken).unwrap_or_default();
    if verifies(recipe, &fields, &key, token) {
        return;
    }
    let diagnosis = diagnose(recipe, &fields, &key, &[other]);
    check_diagnosis(&diagnosis);
    // Whoever sends the key gets it masked later.
    assert!(
        text.contains("fuzzed") || text.contains(['\\', '%']) || !diagnosis.header().contains(KEY),
        "{diagnosis:?}"
    );
}
