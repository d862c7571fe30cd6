//! A body that is being written, spoilt and signed.

use serde_json::{Map, Value, json};

use super::{Action, MERCHANTS};
use crate::commands::{How, Spoil};
use crate::sha256;
use crate::wire::Request;

fn key_of(i_mid: &str) -> &'static str {
    MERCHANTS.iter().find(|(known, _)| *known == i_mid).map_or(MERCHANTS[0].1, |(_, key)| *key)
}

/// The text of a field as it is hashed.
pub(super) fn text(fields: &Map<String, Value>, name: &str) -> String {
    match fields.get(name) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// A body that is being written.
pub(super) struct Draft {
    pub(super) fields: Map<String, Value>,
    pub(super) recipe: Vec<&'static str>,
    pub(super) words: &'static str,
    /// Fields that a spoil can hit although the draft has none of them.
    pub(super) optional: &'static [&'static str],
}

impl Draft {
    pub(super) fn new(fields: Value, recipe: &[&'static str]) -> Self {
        let Value::Object(fields) = fields else { unreachable!("an object was written") };
        Self { fields, recipe: recipe.to_vec(), words: "", optional: &[] }
    }

    fn spoil(&mut self, which: usize, how: &How) {
        let names: Vec<String> =
            self.fields.keys().cloned().chain(self.optional.iter().map(|name| (*name).to_owned())).collect();
        let name = names[which % names.len()].clone();
        let old = text(&self.fields, &name);
        let value = match how {
            How::Absent => {
                self.fields.remove(&name);
                return;
            }
            How::Null => Value::Null,
            How::Empty => "".into(),
            How::Object => json!({ "a": "b" }),
            How::List => json!(["a"]),
            How::True => true.into(),
            How::Number(number) => (*number).into(),
            How::Text(text) => (*text).into(),
            How::Long(length) if old.starts_with("http") => {
                format!("{old}{}", "x".repeat(length.saturating_sub(old.len()))).into()
            }
            How::Long(length) => "7".repeat(*length).into(),
            How::Control => format!("{old}\u{7}").into(),
        };
        self.fields.insert(name, value);
    }

    /// The signed fields; `spoils` beyond those of fields are carried out by `request`.
    pub(super) fn signed(mut self, spoils: &[Spoil]) -> Map<String, Value> {
        let mut key = key_of(&text(&self.fields, "iMid"));
        for spoil in spoils {
            match spoil {
                Spoil::Field(which, how) => self.spoil(*which, how),
                Spoil::OtherMerchantsToken => key = MERCHANTS.iter().find(|(_, known)| *known != key).unwrap().1,
                Spoil::OtherRecipe => self.recipe.rotate_left(1),
                _ => {}
            }
        }
        if !self.fields.contains_key("merchantToken") {
            let values: String = self.recipe.iter().map(|name| text(&self.fields, name)).collect();
            let token = sha256::hex(&format!("{values}{}{key}", self.words));
            self.fields.insert("merchantToken".to_owned(), token.into());
        }
        let token = text(&self.fields, "merchantToken");
        for spoil in spoils {
            match spoil {
                Spoil::WrongToken => drop(self.fields.insert("merchantToken".to_owned(), "0".repeat(64).into())),
                Spoil::UpperCaseToken => {
                    drop(self.fields.insert("merchantToken".to_owned(), token.to_uppercase().into()));
                }
                Spoil::NoToken => drop(self.fields.remove("merchantToken")),
                _ => {}
            }
        }
        self.fields
    }

    pub(super) fn request(self, path: &str, spoils: &[Spoil]) -> Action {
        let body = Value::Object(self.signed(spoils)).to_string();
        let mut request = Request::new("POST", format!("/nicepay/{path}")).body(body.clone());
        for spoil in spoils {
            match spoil {
                Spoil::Truncated => request.body.truncate(request.body.len() / 2),
                Spoil::Array => request.body = format!("[{body}]").into(),
                Spoil::KeyTwice => request.body = format!("{{\"iMid\":\"x\",{}", body.trim_start_matches('{')).into(),
                Spoil::NotUtf8 => request.body.push(0xff),
                Spoil::EmptyBody => request.body.clear(),
                Spoil::ContentType(content_type) => request.content_type = content_type,
                _ => {}
            }
        }
        Action::Request(request)
    }
}
