//! Mistakes in what was hashed: another value, a field too few, another order, another endpoint's fields.

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{TokenCheck, terms};
use crate::diagnosis::Slug;
use crate::domain::{Amount, Phone};
use crate::protocol::fields::{Field, timestamp};
use crate::protocol::merchant_token::{Recipe, part};
use crate::protocol::refusal::{Diagnosis, quoted};

/// What languages write for a variable without a value.
pub(super) const NO_VALUE: &[&str] =
    &["undefined", "null", "None", "nil", "NaN", "[object Object]", "NULL", "nan", "<nil>", "Array"];

impl TokenCheck<'_> {
    /// Whether the token is right where one field has another text.
    fn matches_with(&self, field: Field, text: &str) -> bool {
        self.recipe.fields.contains(&field)
            && self.matches(self.recipe.fields.iter().map(|f| if *f == field { text } else { self.part(*f) }))
    }

    fn computed_with(&self, slug: Slug, field: Field, hashed: &str) -> Diagnosis {
        let mistake = match self.recipe.literal(field) {
            None => {
                let (name, sent) = (field.name(), quoted(self.part(field)));
                format!("the token was computed with {name} {} but {sent} was sent", quoted(hashed))
            }
            Some(word) => format!("the token was computed with {} instead of {word:?}", quoted(hashed)),
        };
        self.diagnosis(slug, &mistake)
    }

    /// A field without a value cannot be the one that was hashed.
    pub(super) fn missing_signed_field(&self) -> Option<Diagnosis> {
        let field = self.recipe.fields.iter().find(|field| self.part(**field).is_empty())?;
        // The whole request may be one for another endpoint.
        let other = self.other_recipe(0);
        Some(other.unwrap_or_else(|| self.diagnosis(Slug::TOKEN_FIELD_ABSENT, &self.fields.missing(*field))))
    }

    pub(super) fn amount_format(&self) -> Option<Diagnosis> {
        if self.recipe.literal(Field::Amt).is_some() {
            return None;
        }
        let amt = self.part(Field::Amt);
        let whole = amt.split(['.', ',']).next().unwrap_or_default();
        let mut forms = vec![format!("{amt}.00"), format!("{amt}.0"), format!("{amt}00"), whole.to_owned()];
        if let Ok(number) = amt.parse::<u64>() {
            let dotted = Amount::from_rupiah(number).formatted();
            let dotted = dotted.trim_start_matches("Rp ").to_owned();
            forms.extend([
                dotted.replace('.', ","),
                format!("{dotted},00"),
                format!("{}.00", dotted.replace('.', ",")),
                format!("Rp {dotted}"),
                format!("Rp{dotted}"),
                dotted,
                number.to_string(),
            ]);
        }
        let form = forms.into_iter().find(|form| self.matches_with(Field::Amt, form))?;
        Some(self.computed_with(Slug::TOKEN_AMOUNT_FORMAT, Field::Amt, &form))
    }

    pub(super) fn time(&self) -> Option<Diagnosis> {
        let sent = self.part(Field::TimeStamp);
        // Sent in another format than hashed.
        let digits: String = sent.chars().filter(char::is_ascii_digit).take(14).collect();
        let Some(at) = timestamp::instant(sent) else {
            let is_hashed = digits.len() == 14 && self.matches_with(Field::TimeStamp, &digits);
            return is_hashed.then(|| self.computed_with(Slug::TOKEN_TIME_STAMP_DIFFERS, Field::TimeStamp, &digits));
        };
        let shifted = |seconds: i64| {
            let at = at.checked_add(SignedDuration::from_secs(seconds)).ok()?;
            let text = format!("{}{}", timestamp::date(at), timestamp::time(at));
            self.matches_with(Field::TimeStamp, &text).then_some(text)
        };
        let other_form = || time_forms(sent, at).into_iter().find(|form| self.matches_with(Field::TimeStamp, form));
        if let Some(text) = (-5..=5).find_map(shifted).or_else(other_form) {
            let mistake = format!(
                "the token was computed with timeStamp {text}, but {sent} was sent; use one timeStamp for both"
            );
            return Some(self.diagnosis(Slug::TOKEN_TIME_STAMP_DIFFERS, &mistake));
        }
        if let Some(text) = [-12, 12].into_iter().find_map(|hours| shifted(hours * 3_600)) {
            let mistake = format!(
                "the token was computed with timeStamp {text} of a 12-hour clock, but {sent} was sent; the hours are 00 to 23 (HH, not hh)"
            );
            return Some(self.diagnosis(Slug::TOKEN_TWELVE_HOUR_CLOCK, &mistake));
        }
        let text = (-14..=14).find_map(|hours| shifted(hours * 3_600))?;
        let mistake = format!("the token was computed with timeStamp {text} of another time zone, but {sent} was sent");
        Some(self.diagnosis(Slug::TOKEN_TIME_ZONE, &mistake))
    }

    pub(super) fn missing_field(&self) -> Option<Diagnosis> {
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
        let left_out = terms(self.recipe, &[*field]).concat();
        Some(self.diagnosis(slug, &format!("the token was computed without {left_out}")))
    }

    /// Another endpoint's recipe with this number of missing fields. A client that signs every request in the same way
    /// hashes nothing for a field that the endpoint does not have. One such field is plausible, two are not.
    pub(super) fn other_recipe(&self, missing_fields: usize) -> Option<Diagnosis> {
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

    pub(super) fn field_order(&self) -> Option<Diagnosis> {
        let mut order: Vec<Field> = self.recipe.fields.to_vec();
        let is_found = permute(&mut order, 0, &mut |order| self.matches(order.iter().map(|f| self.part(*f))));
        is_found.then(|| {
            let order = terms(self.recipe, &order).join("+");
            self.diagnosis(Slug::TOKEN_FIELD_ORDER, &format!("the fields were hashed in the order {order}"))
        })
    }

    /// A field in another letter case, or escaped for a URL or a page.
    pub(super) fn other_text(&self) -> Option<Diagnosis> {
        self.recipe.fields.iter().find_map(|field| {
            let form = text_forms(self.part(*field)).into_iter().find(|form| self.matches_with(*field, form))?;
            let slug = match field {
                Field::ReferenceNo => Slug::TOKEN_REFERENCE_NO_DIFFERS,
                Field::UserToken => Slug::TOKEN_USER_TOKEN_DIFFERS,
                Field::BillingPhone => Slug::TOKEN_BILLING_PHONE_DIFFERS,
                _ => Slug::TOKEN_FIELD_DIFFERS,
            };
            Some(self.computed_with(slug, *field, &form))
        })
    }

    /// The same telephone number in another form (`docs/PROTOCOL.md` §2.9: it is hashed exactly as sent).
    pub(super) fn phone_form(&self) -> Option<Diagnosis> {
        let local = Phone::new(self.part(Field::BillingPhone)).ok()?.local();
        let bare = local.trim_start_matches('0');
        let forms = [
            format!("+62{bare}"),
            format!("62{bare}"),
            format!("+62-{bare}"),
            format!("+62 {bare}"),
            bare.to_owned(),
            local.clone(),
        ];
        let form = forms.iter().find(|form| self.matches_with(Field::BillingPhone, form))?;
        Some(self.computed_with(Slug::TOKEN_BILLING_PHONE_DIFFERS, Field::BillingPhone, form))
    }

    /// A variable without a value was hashed in place of some fields, by this endpoint's recipe or by another.
    pub(super) fn no_value(&self) -> Option<Diagnosis> {
        let recipes = [self.recipe].into_iter().chain(Recipe::ALL.iter().copied());
        recipes.into_iter().find_map(|recipe| {
            // Which fields had no value, as bits. Those that the request does not have are certainly among them.
            let is_sent = |field: &Field| !part(recipe, self.fields, *field).is_empty();
            let sent = recipe.fields.iter().map(is_sent);
            let unsent = sent.enumerate().fold(0, |bits, (i, is_sent)| bits | u32::from(!is_sent) << i);
            (1..1_u32 << recipe.fields.len()).filter(|absent| absent & unsent == unsent).find_map(|absent| {
                let hashed = |word| {
                    let text = move |(i, field): (usize, &Field)| {
                        if absent & 1 << i == 0 { part(recipe, self.fields, *field) } else { word }
                    };
                    recipe.fields.iter().enumerate().map(text)
                };
                let word = NO_VALUE.iter().find(|word| self.matches(hashed(word)))?;
                let mut terms = terms(recipe, recipe.fields);
                for (_, term) in terms.iter_mut().enumerate().filter(|(i, _)| absent & 1 << i != 0) {
                    *term = format!("{word:?}");
                }
                let mistake = format!("the token was computed over {}: a variable had no value", terms.join("+"));
                Some(self.diagnosis(Slug::TOKEN_NO_VALUE, &mistake))
            })
        })
    }
}

/// The same time in the formats of programming languages.
fn time_forms(sent: &str, at: Timestamp) -> Vec<String> {
    let [year, month, day, hour, minute, second] =
        [0..4, 4..6, 6..8, 8..10, 10..12, 12..14].map(|range| sent.get(range).unwrap_or_default());
    vec![
        format!("{year}-{month}-{day} {hour}:{minute}:{second}"),
        format!("{year}-{month}-{day}T{hour}:{minute}:{second}"),
        format!("{year}-{month}-{day}T{hour}:{minute}:{second}+07:00"),
        format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"),
        at.to_string(),
        at.as_second().to_string(),
        at.as_millisecond().to_string(),
        // The letters of months and minutes mixed up.
        format!("{year}{minute}{day}{hour}{minute}{second}"),
        format!("{year}{month}{day}{hour}{month}{second}"),
        format!("{year}{minute}{day}{hour}{month}{second}"),
        sent[..sent.len().min(12)].to_owned(),
        sent[..sent.len().min(8)].to_owned(),
    ]
}

/// Other ways to write a text.
fn text_forms(text: &str) -> Vec<String> {
    let encoded = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    // `encodeURIComponent` and the like leave these as they are.
    let in_url = [("%2D", "-"), ("%5F", "_"), ("%2E", "."), ("%7E", "~")]
        .iter()
        .fold(encoded, |text, (escaped, plain)| text.replace(escaped, plain));
    vec![
        text.to_lowercase(),
        text.to_uppercase(),
        text.trim().to_owned(),
        text.replace('-', ""),
        in_url.replace("%20", "+"),
        in_url.to_lowercase(),
        in_url,
        text.replace('+', "%2B"),
        text.replace('+', " "),
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
        text.replace('/', "\\/"),
        format!("\"{text}\""),
        format!("'{text}'"),
    ]
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
