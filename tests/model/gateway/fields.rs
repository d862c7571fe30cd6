//! The fields of a request as they were sent, and the refusals (`docs/PROTOCOL.md` §2.0, §4.9).

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

/// A refusal: a code and its text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal(pub(crate) &'static str, pub(crate) String);

/// The text of a code that has one text.
pub(crate) fn text_of(code: &str) -> &'static str {
    match code {
        "0000" => "SUCCESS",
        "1002" => "Socket error",
        "8003" => "Order registration data error.",
        "8061" => "Full canceled error.",
        "9001" => "Failed to register your order. Please check your HTTP Message.",
        "9002" | "9302" => "Server is busy. Please kindly try again in few minutes.",
        "9008" => "Invalid Request Amount. Amount should only number and do not includes decimal.",
        "9009" => "Reference Number already exist. Please generate unique [referenceNo].",
        "9010" => "Invalid Merchant Token. Contact NICEPay for further information.",
        "9011" => "Invalid MID, Merchant is not registered. Contact NICEPay for further information.",
        "9012" | "9108" => "This Payment method is currently not activated. Contact Nicepay for further information.",
        "9029" => "Installment is not available for defined month",
        "9030" => "Transaction Fail. Please check information.",
        "9031" => "Date/Time check.",
        "9109" => "Reference Number Maximum Length Exceed. [referenceNo] should have maximum 40 characters length.",
        "9115" => "Invalid Amount: too low. Please increase amount.",
        "9118" => "Invalid Installment Type.",
        "9126" => "Transaction already approved.",
        "9129" => "Transaction failed: Expired transaction. Please make new transaction.",
        "9301" => "Invalid Cancel Type.",
        "9312" => "No cancellation amount or cancellation amount includes the letter.",
        "9314" => "Can not cancel your request transaction number.",
        "9319" => "The amount you entered is larger than the amount you want to cancel.",
        "9320" => "Can not cancel the entire data already partially canceled.",
        "9321" => "Please fill in the requested amount greater than zero.",
        "9334" => "Cancellation period exceeds(limit 90 days).",
        "9502" => "Transaction not allowed.",
        "9528" => "Transaction not found.",
        "9907" => {
            "Invalid Cart Data. Amount is different with Cart Data total amount. Please make sure [amt] = sum of [amt] in \
             [cartData]"
        }
        "9920" => "Invalid user_token",
        other => panic!("the model has no text for {other}"),
    }
}

/// A refusal with the code's text.
pub(crate) fn refusal(code: &'static str) -> Refusal {
    let undefined = |name: &str, key: &str| {
        format!("Undefined: {name}. Please check your request parameter and make sure [{key}] is defined.")
    };
    let text = match code {
        "9007" => undefined("Amount", "amt"),
        "9013" => undefined("Currency Code", "currencyCode"),
        "9014" => undefined("Reference No", "referenceNo"),
        "9015" => undefined("Goods Name", "goodsNm"),
        "9016" => undefined("Buyer Name", "billingNm"),
        "9017" => undefined("Buyer Phone Number", "billingPhone"),
        "9018" => undefined("Buyer Email Address", "billingEmail"),
        "9019" => undefined("Callback URL", "callbackUrl"),
        "9020" => undefined("Debit Process URL", "dbProcessUrl"),
        "9024" => undefined("Customer IP Address", "userIP"),
        "9025" => undefined("Buyer City", "billingCity"),
        "9026" => undefined("Buyer State", "billingState"),
        "9027" => undefined("Buyer Postal Code", "billingPostCd"),
        "9028" => undefined("Buyer Country", "billingCountry"),
        other => text_of(other).to_owned(),
    };
    Refusal(code, text)
}

pub(crate) fn format_error(field: &str) -> Refusal {
    Refusal("P380", format!("format error [{field}]"))
}

/// The success keys of an endpoint, all null but code and text.
pub(crate) fn refused(keys: &[&str], Refusal(code, text): &Refusal) -> String {
    let mut body = Map::new();
    for key in keys {
        body.insert((*key).to_owned(), Value::Null);
    }
    body.insert("resultCd".to_owned(), (*code).into());
    body.insert("resultMsg".to_owned(), text.as_str().into());
    Value::Object(body).to_string()
}

/// What a field's value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sent {
    /// Absent, null or empty.
    Missing,
    Text(String),
    /// An object, an array or a boolean where a scalar belongs.
    Structure,
}

/// The fields of a body.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields: Vec<(String, Value)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if fields.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom("a key twice"));
                    }
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

impl Fields {
    /// `9001` for whatever is not one object.
    pub(crate) fn of_json(body: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(body).map_err(|_| refusal("9001"))
    }

    /// The fields of a form or of a query.
    pub(crate) fn of_form(text: &str) -> Self {
        let mut fields = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // §2.2: a callback URL that is not encoded is taken as it is.
            let verbatim = name == "callBackUrl" && value.contains("://");
            let value = if verbatim { value.to_owned() } else { decode(value) };
            fields.push((decode(name), Value::String(value)));
        }
        Self(fields)
    }

    pub(crate) fn sent(&self, name: &str) -> Sent {
        match self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value) {
            None | Some(Value::Null) => Sent::Missing,
            Some(Value::String(text)) if text.is_empty() => Sent::Missing,
            Some(Value::String(text)) => Sent::Text(text.clone()),
            Some(Value::Number(number)) => Sent::Text(number.to_string()),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Sent::Structure,
        }
    }

    /// The text as it is hashed: of what is no scalar, its JSON.
    pub(crate) fn hashed(&self, name: &str) -> String {
        match self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// The text, empty for what is missing.
    pub(crate) fn text(&self, name: &str) -> String {
        match self.sent(name) {
            Sent::Text(text) => text,
            Sent::Missing | Sent::Structure => String::new(),
        }
    }

    pub(crate) fn given(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }
}

/// Undoes what a form's encoding does.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        let hex = bytes.get(i + 1..i + 3).and_then(|two| std::str::from_utf8(two).ok());
        match (bytes[i], hex.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                i += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        i += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A form's encoding.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out = format!("{out}%{byte:02X}"),
        }
    }
    out
}

/// A form of pairs.
pub(crate) fn form(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

/// What the checks of one endpoint know about a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) max: usize,
    pub(crate) need: Need,
    /// The answer when it is missing, or of the wrong type.
    pub(crate) code: &'static str,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Need {
    Always,
    Strict,
    Optional,
}

/// What control characters mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Identifier,
    Free,
    Url,
    /// White space is free in it.
    Json,
}

impl Spec {
    pub(crate) const fn new(name: &'static str, max: usize, need: Need, code: &'static str, kind: Kind) -> Self {
        Self { name, max, need, code, kind }
    }
}

/// Which of the required fields is missing first.
pub(crate) fn missing(specs: &[Spec], fields: &Fields, strict: bool) -> Result<(), Refusal> {
    for spec in specs {
        let needed = spec.need == Need::Always || (strict && spec.need == Need::Strict);
        if needed && fields.sent(spec.name) == Sent::Missing {
            return Err(refusal(spec.code));
        }
    }
    Ok(())
}

/// An object, an array or a boolean in place of a scalar.
pub(crate) fn types(specs: &[Spec], fields: &Fields) -> Result<(), Refusal> {
    let wrong = specs.iter().find(|spec| fields.sent(spec.name) == Sent::Structure);
    match wrong.map(|spec| (spec.name, spec.code)) {
        None => Ok(()),
        Some(("amt", _)) => Err(refusal("9008")),
        Some((name @ ("cartData" | "sellers"), _)) => Err(format_error(name)),
        Some((_, code)) => Err(refusal(code)),
    }
}

pub(crate) fn lengths(specs: &[Spec], fields: &Fields, strict: bool) -> Result<(), Refusal> {
    for spec in specs {
        let length = fields.text(spec.name).chars().count();
        if spec.name == "referenceNo" && length > spec.max {
            return Err(refusal("9109"));
        }
        if length > 4_000 || (strict && length > spec.max) {
            return Err(refusal("8003"));
        }
    }
    Ok(())
}

pub(crate) fn control_characters(specs: &[Spec], fields: &Fields, strict: bool) -> Result<(), Refusal> {
    let refused = specs.iter().any(|spec| {
        let minds = match spec.kind {
            Kind::Identifier | Kind::Url => true,
            Kind::Free => strict,
            Kind::Json => false,
        };
        minds && fields.text(spec.name).chars().any(char::is_control)
    });
    if refused { Err(refusal("8003")) } else { Ok(()) }
}

pub(crate) fn urls(specs: &[Spec], fields: &Fields) -> Result<(), Refusal> {
    let urls = specs.iter().filter(|spec| spec.kind == Kind::Url).filter_map(|spec| fields.given(spec.name));
    if urls.into_iter().all(|url| is_url(&url)) { Ok(()) } else { Err(refusal("8003")) }
}

/// An absolute http or https URL with a host.
pub(crate) fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !host.starts_with(':') && !text.contains(' ') && !text.chars().any(char::is_control)
    })
}
