//! Finds out why a merchantToken is wrong: tries the known mistakes, and names the one that reproduces the token. No
//! sentence contains a key.

mod fields;
mod hash;
mod key;

use sha2::{Digest as _, Sha256};

use super::fields::{Field, RequestFields};
use super::merchant_token::{Recipe, part};
use super::refusal::{Diagnosis, quoted};
use crate::diagnosis::Slug;
use crate::domain::MerchantKey;

/// Longer fields than any documented one are not searched for mistakes: hashing them many times would take long.
const MAX_SEARCHED_BYTES: usize = 8_192;

/// Diagnoses the token of a request, which `recipe` and `key` do not verify. `others` are the keys of the other
/// merchants, to recognise a mix-up.
pub fn diagnose(recipe: Recipe, fields: &RequestFields<'_>, key: &MerchantKey, others: &[MerchantKey]) -> Diagnosis {
    let Some(token) = fields.text(Field::MerchantToken) else {
        let sentence = format!("{}; {}", fields.missing(Field::MerchantToken), expected_token(recipe));
        return Diagnosis::new(Slug::TOKEN_MISSING, sentence);
    };
    let check = TokenCheck { recipe, fields, key: key.expose(), token, digest: hash::read_hex(token) };
    check.missing_signed_field().or_else(|| check.whitespace()).or_else(|| check.not_a_digest()).unwrap_or_else(|| {
        let is_searched = check.parts().iter().map(|part| part.len()).sum::<usize>() <= MAX_SEARCHED_BYTES;
        is_searched.then(|| check.known_mistake(others)).flatten().unwrap_or_else(|| check.unknown())
    })
}

fn expected_token(recipe: Recipe) -> String {
    format!(
        "{} expects hex(SHA-256({}+merchantKey)), with the values as sent and without separators (docs/PROTOCOL.md §2.0)",
        recipe.name,
        terms(recipe, recipe.fields).join("+")
    )
}

/// Parts of a recipe for people: a name, or a literal in quotes.
fn terms(recipe: Recipe, fields: &[Field]) -> Vec<String> {
    let term =
        |field: &Field| recipe.literal(*field).map_or_else(|| field.name().to_owned(), |word| format!("{word:?}"));
    fields.iter().map(term).collect()
}

struct TokenCheck<'a> {
    recipe: Recipe,
    fields: &'a RequestFields<'a>,
    key: &'a str,
    token: &'a str,
    /// The token's bytes, where it is 64 hexadecimal digits.
    digest: Option<[u8; 32]>,
}

impl<'a> TokenCheck<'a> {
    fn part(&self, field: Field) -> &'a str {
        part(self.recipe, self.fields, field)
    }

    fn parts(&self) -> Vec<&'a str> {
        self.recipe.fields.iter().map(|field| self.part(*field)).collect()
    }

    /// The hash of the fields, to which a key can be added.
    fn hashed_fields(&self) -> Sha256 {
        self.parts().iter().fold(Sha256::new(), |hash, part| hash.chain_update(part.as_bytes()))
    }

    /// Whether the token is this hash.
    fn is(&self, hash: Sha256) -> bool {
        self.digest == Some(hash.finalize().into())
    }

    /// Whether the token is the hash of `parts`, and nothing else.
    fn is_hash_of<'p>(&self, parts: impl IntoIterator<Item = &'p str>) -> bool {
        self.is(parts.into_iter().fold(Sha256::new(), |hash, part| hash.chain_update(part.as_bytes())))
    }

    /// Whether the token is right where the fields are `parts`.
    fn matches<'p>(&self, parts: impl IntoIterator<Item = &'p str>) -> bool
    where
        'a: 'p,
    {
        self.is_hash_of(parts.into_iter().chain([self.key]))
    }

    fn diagnosis(&self, slug: Slug, mistake: &str) -> Diagnosis {
        Diagnosis::new(slug, format!("{mistake}; {}", expected_token(self.recipe)))
    }

    /// The more specific mistakes come first.
    fn known_mistake(&self, others: &[MerchantKey]) -> Option<Diagnosis> {
        self.amount_format()
            .or_else(|| self.time())
            .or_else(|| self.missing_field())
            .or_else(|| self.other_recipe(0))
            .or_else(|| self.field_order())
            .or_else(|| self.other_recipe(1))
            .or_else(|| self.other_text())
            .or_else(|| self.phone_form())
            .or_else(|| self.no_value())
            .or_else(|| self.other_key(others))
            .or_else(|| self.changed_key())
            .or_else(|| self.other_hash())
            .or_else(|| self.separator())
    }

    fn unknown(&self) -> Diagnosis {
        let padding = if self.key.ends_with("==") { " and ends with `==`" } else { "" };
        let sent = self.recipe.fields.iter().filter(|field| self.recipe.literal(**field).is_none());
        let sent: Vec<_> = sent.map(|field| format!("{}={}", field.name(), quoted(self.part(*field)))).collect();
        let sentence = format!(
            "no known mistake in the fields gives this token, so the merchantKey probably differs: ours has {} characters{padding}; {}; fields as received: {}",
            self.key.chars().count(),
            expected_token(self.recipe),
            sent.join(", ")
        );
        Diagnosis::new(Slug::TOKEN_UNKNOWN, sentence)
    }
}

#[cfg(test)]
mod tests;
