//! Finds out why a merchantToken is wrong: tries the known mistakes, and names the one that reproduces the token. No
//! sentence contains a key.

use sha2::{Digest, Sha256};

use super::fields::{Field, RequestFields, timestamp};
use super::merchant_token::{Recipe, hex, part, verifies_parts};
use super::refusal::{Diagnosis, quoted};
use crate::diagnosis::Slug;
use crate::domain::{MerchantKey, Phone};

/// Diagnoses the token of a request, which `recipe` and `key` do not verify. `others` are the keys of the other
/// merchants, to recognise a mix-up.
pub fn diagnose(recipe: Recipe, fields: &RequestFields<'_>, key: &MerchantKey, others: &[MerchantKey]) -> Diagnosis {
    let Some(token) = fields.text(Field::MerchantToken) else {
        return Diagnosis::new(Slug::TOKEN_MISSING, format!("merchantToken is missing; {}", expected_token(recipe)));
    };
    let check = TokenCheck { recipe, fields, key, token };
    check
        .whitespace()
        .or_else(|| check.not_a_digest())
        .or_else(|| check.amount_format())
        .or_else(|| check.time())
        .or_else(|| check.missing_field())
        .or_else(|| check.other_recipe(0))
        .or_else(|| check.field_order())
        .or_else(|| check.other_recipe(1))
        .or_else(|| check.text_case())
        .or_else(|| check.phone_form())
        .or_else(|| check.key_mistake(others))
        .unwrap_or_else(|| {
            let sentence = format!(
                "merchantToken matches no known mistake; {}; fields as received: {}",
                expected_token(recipe),
                recipe
                    .fields
                    .iter()
                    .filter(|f| recipe.literal(**f).is_none())
                    .map(|f| format!("{}={}", f.name(), quoted(fields.text(*f).unwrap_or_default())))
                    .collect::<Vec<_>>()
                    .join(", ")
            );
            Diagnosis::new(Slug::TOKEN_UNKNOWN, sentence)
        })
}

fn expected_token(recipe: Recipe) -> String {
    let fields: Vec<_> = recipe.fields.iter().map(|field| term(recipe, *field)).collect();
    format!(
        "{} expects hex(SHA-256({}+merchantKey)), with the values as sent and without separators (docs/PROTOCOL.md §2.0)",
        recipe.name,
        fields.join("+")
    )
}

/// A part of a recipe for people: a name, or a literal in quotes.
fn term(recipe: Recipe, field: Field) -> String {
    recipe.literal(field).map_or_else(|| field.name().to_owned(), |word| format!("{word:?}"))
}

struct TokenCheck<'a> {
    recipe: Recipe,
    fields: &'a RequestFields<'a>,
    key: &'a MerchantKey,
    token: &'a str,
}

impl<'a> TokenCheck<'a> {
    fn part(&self, field: Field) -> &'a str {
        part(self.recipe, self.fields, field)
    }

    fn parts(&self) -> Vec<&'a str> {
        self.recipe.fields.iter().map(|field| self.part(*field)).collect()
    }

    fn matches<'p>(&self, parts: impl IntoIterator<Item = &'p str>) -> bool {
        verifies_parts(parts, self.key, self.token)
    }

    fn diagnosis(&self, slug: Slug, mistake: &str) -> Diagnosis {
        Diagnosis::new(slug, format!("{mistake}; {}", expected_token(self.recipe)))
    }

    /// Whether the token is right where one field has another text.
    fn matches_with(&self, field: Field, text: &str) -> bool {
        self.recipe.fields.contains(&field)
            && self.matches(self.recipe.fields.iter().map(|f| if *f == field { text } else { self.part(*f) }))
    }

    fn whitespace(&self) -> Option<Diagnosis> {
        let trimmed = self.token.trim();
        if trimmed != self.token && verifies_parts(self.parts(), self.key, trimmed) {
            return Some(
                self.diagnosis(Slug::TOKEN_BLANK, "the token is correct, but has blanks or a line end around it"),
            );
        }
        let key = self.key.expose();
        for (end, name) in [("\n", "a line end"), ("\r\n", "a line end (CR LF)"), (" ", "a blank")] {
            if self.is_hash_of([&self.parts().concat(), key, end]) {
                return Some(
                    self.diagnosis(Slug::TOKEN_TRAILING_NEWLINE, &format!("{name} was hashed after the merchantKey")),
                );
            }
        }
        None
    }

    fn is_hash_of<'p>(&self, parts: impl IntoIterator<Item = &'p str>) -> bool {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.as_bytes());
        }
        hex(&hash.finalize().into()).eq_ignore_ascii_case(self.token)
    }

    fn not_a_digest(&self) -> Option<Diagnosis> {
        let is_hex = self.token.bytes().all(|b| b.is_ascii_hexdigit());
        match self.token.len() {
            64 if is_hex => None,
            32 | 40 | 96 | 128 if is_hex => {
                let name = match self.token.len() {
                    32 => "MD5",
                    40 => "SHA-1",
                    96 => "SHA-384",
                    _ => "SHA-512",
                };
                Some(
                    self.diagnosis(
                        Slug::TOKEN_OTHER_HASH,
                        &format!("the token has the length of {name}, not of SHA-256"),
                    ),
                )
            }
            44 => Some(
                self.diagnosis(Slug::TOKEN_ENCODING, "the token looks like Base64, not like 64 hexadecimal digits"),
            ),
            length => Some(self.diagnosis(
                Slug::TOKEN_LENGTH,
                &format!("the token has {length} characters, not 64 hexadecimal digits"),
            )),
        }
    }

    fn amount_format(&self) -> Option<Diagnosis> {
        if self.recipe.literal(Field::Amt).is_some() {
            return None;
        }
        let amt = self.part(Field::Amt);
        let whole = amt.split(['.', ',']).next().unwrap_or_default();
        let mut forms = vec![format!("{amt}.00"), format!("{amt}.0"), format!("{amt}00"), whole.to_owned()];
        if let Ok(number) = amt.parse::<u64>() {
            let dotted = crate::domain::Amount::from_rupiah(number).formatted();
            let dotted = dotted.trim_start_matches("Rp ").to_owned();
            forms.extend([
                dotted.replace('.', ","),
                format!("{dotted},00"),
                format!("Rp {dotted}"),
                dotted,
                number.to_string(),
            ]);
        }
        let form = forms.into_iter().find(|form| self.matches_with(Field::Amt, form))?;
        Some(self.diagnosis(
            Slug::TOKEN_AMOUNT_FORMAT,
            &format!("the token was computed with amt {} but amt {} was sent", quoted(&form), quoted(amt)),
        ))
    }

    fn time(&self) -> Option<Diagnosis> {
        let sent = self.part(Field::TimeStamp);
        let at = timestamp::instant(sent)?;
        let shifted = |seconds: i64| {
            let at = at.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()?;
            let text = format!("{}{}", timestamp::date(at), timestamp::time(at));
            self.matches_with(Field::TimeStamp, &text).then_some(text)
        };
        if let Some(text) = (-5..=5).find_map(shifted) {
            let mistake = format!(
                "the token was computed with timeStamp {text}, but {sent} was sent; use one timeStamp for both"
            );
            return Some(self.diagnosis(Slug::TOKEN_TIME_STAMP_DIFFERS, &mistake));
        }
        let text = (-14..=14).find_map(|hours| shifted(hours * 3_600))?;
        let mistake = format!("the token was computed with timeStamp {text} of another time zone, but {sent} was sent");
        Some(self.diagnosis(Slug::TOKEN_TIME_ZONE, &mistake))
    }

    fn missing_field(&self) -> Option<Diagnosis> {
        if self.is_hash_of(self.parts()) {
            return Some(self.diagnosis(Slug::TOKEN_MISSING_KEY, "the token was computed without the merchantKey"));
        }
        let words = self.recipe.literals;
        if !words.is_empty()
            && self.matches(
                self.recipe.fields.iter().filter(|f| self.recipe.literal(**f).is_none()).map(|f| self.part(*f)),
            )
        {
            let words: Vec<_> = words.iter().map(|(_, word)| *word).collect();
            let mistake = format!("the token was computed without the texts {}", words.join(" and "));
            return Some(self.diagnosis(Slug::TOKEN_MISSING_FIELD, &mistake));
        }
        let missing = |left_out: &Field| {
            self.matches(self.recipe.fields.iter().filter(|f| *f != left_out).map(|f| self.part(*f)))
        };
        let field = self.recipe.fields.iter().find(|field| missing(field))?;
        let slug = match field {
            Field::TimeStamp => Slug::TOKEN_MISSING_TIME_STAMP,
            Field::IMid => Slug::TOKEN_MISSING_I_MID,
            Field::ReferenceNo => Slug::TOKEN_MISSING_REFERENCE_NO,
            Field::Amt => Slug::TOKEN_MISSING_AMT,
            Field::TXid => Slug::TOKEN_MISSING_T_XID,
            _ => Slug::TOKEN_MISSING_FIELD,
        };
        Some(self.diagnosis(slug, &format!("the token was computed without {}", term(self.recipe, *field))))
    }

    /// Another endpoint's recipe with this number of missing fields. A client that signs every request in the same way
    /// hashes nothing for a field that the endpoint does not have. One such field is plausible, two are not.
    fn other_recipe(&self, missing_fields: usize) -> Option<Diagnosis> {
        let absent = |other: &Recipe| -> Vec<Field> {
            let sent = |f: &Field| other.literal(*f).or_else(|| self.fields.text(*f)).is_some();
            other.fields.iter().copied().filter(|f| !sent(f)).collect()
        };
        let other = Recipe::ALL.iter().find(|other| {
            (other.fields, other.literals) != (self.recipe.fields, self.recipe.literals)
                && absent(other).len() == missing_fields
                && self.matches(other.fields.iter().map(|f| part(**other, self.fields, *f)))
        })?;
        let mistake = match absent(other).first() {
            None => format!("the token is that of {}", other.name),
            Some(field) => format!("the token is that of {}, with an empty {}", other.name, field.name()),
        };
        Some(self.diagnosis(Slug::TOKEN_OTHER_RECIPE, &mistake))
    }

    fn field_order(&self) -> Option<Diagnosis> {
        let mut order: Vec<Field> = self.recipe.fields.to_vec();
        let is_found = permute(&mut order, 0, &mut |order| self.matches(order.iter().map(|f| self.part(*f))));
        is_found.then(|| {
            let names: Vec<_> = order.iter().map(|f| term(self.recipe, *f)).collect();
            self.diagnosis(Slug::TOKEN_FIELD_ORDER, &format!("the fields were hashed in the order {}", names.join("+")))
        })
    }

    /// The referenceNo or the userToken in another letter case or without hyphens.
    fn text_case(&self) -> Option<Diagnosis> {
        let slugs = [
            (Field::ReferenceNo, Slug::TOKEN_REFERENCE_NO_DIFFERS),
            (Field::UserToken, Slug::TOKEN_USER_TOKEN_DIFFERS),
        ];
        slugs.into_iter().find_map(|(field, slug)| {
            let right = self.part(field);
            let forms = [right.to_lowercase(), right.to_uppercase(), right.trim().to_owned(), right.replace('-', "")];
            let form = forms.iter().find(|form| self.matches_with(field, form))?;
            let mistake = match self.recipe.literal(field) {
                None => {
                    let name = field.name();
                    format!("the token was computed with {name} {} but {} was sent", quoted(form), quoted(right))
                }
                Some(word) => format!("the token was computed with {} instead of {word:?}", quoted(form)),
            };
            Some(self.diagnosis(slug, &mistake))
        })
    }

    /// The same telephone number in another form (`docs/PROTOCOL.md` §2.9: it is hashed exactly as sent).
    fn phone_form(&self) -> Option<Diagnosis> {
        let sent = self.part(Field::BillingPhone);
        let local = Phone::new(sent).ok()?.local();
        let bare = local.trim_start_matches('0');
        let forms = [
            format!("+62{bare}"),
            format!("62{bare}"),
            format!("+62-{bare}"),
            format!("+62 {bare}"),
            bare.to_owned(),
            sent.replace('+', "%2B"),
            local,
        ];
        let form = forms.iter().find(|form| self.matches_with(Field::BillingPhone, form))?;
        let mistake =
            format!("the token was computed with billingPhone {} but {} was sent", quoted(form), quoted(sent));
        Some(self.diagnosis(Slug::TOKEN_BILLING_PHONE_DIFFERS, &mistake))
    }

    fn key_mistake(&self, others: &[MerchantKey]) -> Option<Diagnosis> {
        let parts = self.parts();
        // The fields may be long and the merchants many: the fields are hashed once.
        let hashed = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part.as_bytes()));
        let fits = |other: &MerchantKey| {
            let digest = hashed.clone().chain_update(other.expose().as_bytes()).finalize();
            hex(&digest.into()).eq_ignore_ascii_case(self.token)
        };
        if others.iter().any(fits) {
            return Some(
                self.diagnosis(Slug::TOKEN_OTHER_KEY, "the token was computed with another merchant's merchantKey"),
            );
        }
        let key = self.key.expose();
        let fields = parts.concat();
        let escaped = key.replace('/', "\\/");
        if self.is_hash_of([&fields, escaped.as_str()]) {
            return Some(
                self.diagnosis(Slug::TOKEN_ESCAPED_KEY, r"the merchantKey was hashed with its slashes escaped as \/"),
            );
        }
        if self.is_hash_of([key, &fields]) {
            return Some(self.diagnosis(Slug::TOKEN_FIELD_ORDER, "the merchantKey was hashed before the fields"));
        }
        if [(key, fields.as_str()), (key, &[fields.as_str(), key].concat())]
            .iter()
            .any(|(key, text)| hex(&hmac(key.as_bytes(), text.as_bytes())).eq_ignore_ascii_case(self.token))
        {
            return Some(self.diagnosis(Slug::TOKEN_HMAC, "the token is an HMAC-SHA-256; use a plain SHA-256"));
        }
        for separator in ["|", "&", ",", ";", ":", "-", "+", " "] {
            let joined = [&parts.join(separator), separator, key].concat();
            if self.is_hash_of([joined.as_str()]) || self.is_hash_of([&parts.join(separator), key]) {
                return Some(
                    self.diagnosis(Slug::TOKEN_SEPARATOR, &format!("the fields were joined with {separator:?}")),
                );
            }
        }
        None
    }
}

/// Tries every order until one is accepted, and leaves that in `order`.
fn permute(order: &mut Vec<Field>, from: usize, is_accepted: &mut dyn FnMut(&[Field]) -> bool) -> bool {
    if from == order.len() {
        return is_accepted(order);
    }
    for i in from..order.len() {
        order.swap(from, i);
        if permute(order, from + 1, is_accepted) {
            return true;
        }
        order.swap(from, i);
    }
    false
}

/// RFC 2104 with SHA-256; only to recognise a mistake.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::sign;

    #[test]
    fn names_the_mistake_and_never_the_key() {
        let key = MerchantKey::new("se/cr+et==").unwrap();
        let other = MerchantKey::new("0ther").unwrap();
        let (ts, mid, reference, amt) = ("20260101120000", "PAYLOANTES", "Ord1", "25145");
        let plain = |parts: &[&str]| hex(&Sha256::digest(parts.concat().as_bytes()).into());
        let good = sign([ts, mid, reference, amt], &key);
        #[rustfmt::skip]
        let mistakes = [
            (String::new(), Slug::TOKEN_MISSING),
            (format!("{good} "), Slug::TOKEN_BLANK),
            (plain(&[ts, mid, reference, amt, key.expose(), "\n"]), Slug::TOKEN_TRAILING_NEWLINE),
            (good[..32].to_owned(), Slug::TOKEN_OTHER_HASH),
            ("x".repeat(44), Slug::TOKEN_ENCODING),
            ("nonsense".into(), Slug::TOKEN_LENGTH),
            (sign([ts, mid, reference, "25145.00"], &key), Slug::TOKEN_AMOUNT_FORMAT),
            (sign([ts, mid, reference, "25,145"], &key), Slug::TOKEN_AMOUNT_FORMAT),
            (sign(["20260101120001", mid, reference, amt], &key), Slug::TOKEN_TIME_STAMP_DIFFERS),
            (sign(["20260101050000", mid, reference, amt], &key), Slug::TOKEN_TIME_ZONE),
            (plain(&[ts, mid, reference, amt]), Slug::TOKEN_MISSING_KEY),
            (sign([mid, reference, amt], &key), Slug::TOKEN_MISSING_TIME_STAMP),
            (sign([ts, mid, reference], &key), Slug::TOKEN_MISSING_AMT),
            (sign([mid, ts, reference, amt], &key), Slug::TOKEN_FIELD_ORDER),
            (plain(&[key.expose(), ts, mid, reference, amt]), Slug::TOKEN_FIELD_ORDER),
            (sign([ts, mid, "ORD1", amt], &key), Slug::TOKEN_REFERENCE_NO_DIFFERS),
            (sign([ts, mid, reference, amt], &other), Slug::TOKEN_OTHER_KEY),
            (plain(&[ts, mid, reference, amt, r"se\/cr+et=="]), Slug::TOKEN_ESCAPED_KEY),
            (hex(&hmac(key.expose().as_bytes(), [ts, mid, reference, amt].concat().as_bytes())), Slug::TOKEN_HMAC),
            (plain(&[ts, "|", mid, "|", reference, "|", amt, "|", key.expose()]), Slug::TOKEN_SEPARATOR),
            ("0".repeat(64), Slug::TOKEN_UNKNOWN),
        ];
        for (token, slug) in &mistakes {
            let fields = RequestFields::pairs([
                (Field::TimeStamp, ts),
                (Field::IMid, mid),
                (Field::ReferenceNo, reference),
                (Field::Amt, amt),
                (Field::MerchantToken, token),
            ]);
            let diagnosis = diagnose(Recipe::REGISTRATION, &fields, &key, std::slice::from_ref(&other));
            assert_eq!(diagnosis.slug, *slug, "{}", diagnosis.sentence);
            assert!(
                !diagnosis.sentence.contains("se/cr") && !diagnosis.sentence.contains("0ther"),
                "{}",
                diagnosis.sentence
            );
        }
    }

    proptest! {
        /// No known mistake produces a random token, whatever the request contains.
        #[test]
        fn a_random_token_matches_no_mistake(
            token in "[0-9a-f]{64}",
            values in proptest::collection::vec("\\PC{0,40}", Field::COUNT),
            recipe in 0..Recipe::ALL.len(),
        ) {
            let (key, other) = (MerchantKey::new("se/cr+et==").unwrap(), MerchantKey::new("0ther").unwrap());
            let fields = Field::ALL.iter().copied().zip(values.iter().map(String::as_str));
            let fields = RequestFields::pairs(fields.chain([(Field::MerchantToken, token.as_str())]));
            prop_assert_eq!(diagnose(Recipe::ALL[recipe], &fields, &key, &[other]).slug, Slug::TOKEN_UNKNOWN);
        }

        /// The right token of one endpoint is recognised as such at the others.
        #[test]
        fn a_token_of_another_endpoint_has_that_diagnosis(from in 0..Recipe::ALL.len(), to in 0..Recipe::ALL.len()) {
            let (from, to) = (Recipe::ALL[from], Recipe::ALL[to]);
            prop_assume!((from.fields, from.literals) != (to.fields, to.literals));
            let key = MerchantKey::new("se/cr+et==").unwrap();
            let values: Vec<String> = Field::ALL.iter().map(|field| format!("{}-value", field.name())).collect();
            let fields: Vec<_> = Field::ALL.iter().copied().zip(values.iter().map(String::as_str)).collect();
            let parts = from.fields.iter().map(|f| from.literal(*f).unwrap_or(&values[*f as usize]));
            let token = sign(parts, &key);
            let fields = RequestFields::pairs(fields.into_iter().chain([(Field::MerchantToken, token.as_str())]));
            let diagnosis = diagnose(to, &fields, &key, &[]);
            prop_assert!(
                [Slug::TOKEN_OTHER_RECIPE, Slug::TOKEN_MISSING_TIME_STAMP].contains(&diagnosis.slug),
                "{} at {}: {}", from.name, to.name, diagnosis.sentence
            );
        }
    }

    #[test]
    fn another_endpoints_recipe_is_recognised() {
        let key = MerchantKey::new("k").unwrap();
        let token = sign(["PAYLOANTES", "T1", "5"], &key);
        let fields = RequestFields::pairs([
            (Field::TimeStamp, "20260101120000"),
            (Field::IMid, "PAYLOANTES"),
            (Field::TXid, "T1"),
            (Field::ReferenceNo, "r"),
            (Field::Amt, "5"),
            (Field::MerchantToken, &token),
        ]);
        let diagnosis = diagnose(Recipe::INQUIRY, &fields, &key, &[]);
        assert_eq!(diagnosis.slug, Slug::TOKEN_OTHER_RECIPE);
        assert!(diagnosis.sentence.contains("that of notification"), "{}", diagnosis.sentence);
    }

    /// RFC 4231, test case 2.
    #[test]
    fn the_hmac_is_the_standards() {
        let digest = hex(&hmac(b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
