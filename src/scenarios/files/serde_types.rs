//! Value types that scenario files and the control API share. Their errors list what is allowed.

use std::fmt;
use std::marker::PhantomData;

use jiff::SignedDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::clock;
use crate::domain::Phone;

/// A duration of zero or more: `30s`, `2h 30m`, `1d` or `PT30S`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DurationText(pub SignedDuration);

impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match clock::parse_duration(&text) {
            Ok(duration) if !duration.is_negative() => Ok(Self(duration)),
            Ok(_) => Err(D::Error::custom(format!("{text:?} is negative: use a duration of 0s or more"))),
            Err(wrong) => Err(D::Error::custom(wrong)),
        }
    }
}

impl JsonSchema for DurationText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A duration of 0s or more, such as 30s, 2h 30m or 1d, or in ISO 8601: PT30S.",
            "examples": ["30s", "2h 30m", "PT30S"],
        })
    }
}

/// A text. A file may write it as a number, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextOrNumber(Box<str>);

impl TextOrNumber {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses the value as a phone number.
    pub(in crate::scenarios) fn phone(&self) -> Result<Phone, String> {
        Phone::new(&self.0).map_err(|_| format!("`phone` is not a phone number: {:?}", self.0))
    }
}

impl<'de> Deserialize<'de> for TextOrNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = TextOrNumber;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a whole number")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<TextOrNumber, E> {
                if text.len() > 4_000 {
                    return Err(E::custom("a text is at most 4,000 bytes"));
                }
                Ok(TextOrNumber(text.into()))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<TextOrNumber, E> {
                Ok(TextOrNumber(number.to_string().into()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<TextOrNumber, E> {
                Ok(TextOrNumber(number.to_string().into()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for TextOrNumber {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TextOrNumber".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "description": "A text, or a whole number." })
    }
}

/// Parses a variant of an enum by its serde name; the error lists the names that exist.
pub(in crate::scenarios) fn parse_keyword<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    T::deserialize(StrDeserializer::<serde::de::value::Error>::new(text)).map_err(|error| error.to_string())
}

/// A value that is written as a table, or as a name alone.
pub(in crate::scenarios) trait NameOrTable: DeserializeOwned {
    /// The enum of the names.
    type Name: JsonSchema;
    /// The value that a name alone means.
    fn from_name(name: &str) -> Result<Self, String>;
}

/// One value, or a list of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOrMore<T>(pub Vec<T>);

impl<T> Default for OneOrMore<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("OneOrMore_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({
            "description": "One value, or a list.",
            "anyOf": [one, { "type": "array", "items": one }],
        })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Vec<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one value or a list of them")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
                Ok(vec![T::deserialize(StrDeserializer::new(text))?])
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Vec<T>, E> {
                Ok(vec![T::deserialize(serde::de::value::U64Deserializer::new(number))?])
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Vec<T>, E> {
                Ok(vec![T::deserialize(serde::de::value::I64Deserializer::new(number))?])
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
                Ok(vec![T::deserialize(MapAccessDeserializer::new(map))?])
            }
            fn visit_seq<A: SeqAccess<'de>>(self, all: A) -> Result<Vec<T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(all))
            }
        }
        deserializer.deserialize_any(Either(PhantomData)).map(Self)
    }
}

/// Deserializes a [`NameOrTable`]. An untagged enum could not say what is wrong inside the table.
#[derive(Clone, Debug)]
pub struct NameOr<T>(pub T);

impl<T: JsonSchema + NameOrTable> JsonSchema for NameOr<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("NameOr_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (name, table) = (generator.subschema_for::<T::Name>(), generator.subschema_for::<T>());
        json_schema!({ "description": "A name, or a table with parameters.", "anyOf": [name, table] })
    }
}

impl<'de, T: NameOrTable> Deserialize<'de> for NameOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: NameOrTable> Visitor<'de> for Either<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or a table")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
                T::from_name(name).map_err(E::custom)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(Either(PhantomData)).map(Self)
    }
}
