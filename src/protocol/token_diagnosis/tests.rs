use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use proptest::prelude::*;

use super::hash::hmac;
use super::*;
use crate::protocol::merchant_token::{hex, sign};

const KEY: &str = "se/cr+et==";
const OTHER: &str = "0ther-key";
const TIME: &str = "20260101154500";
const I_MID: &str = "PAYLOANTES";
const REFERENCE: &str = "Ord 1";
const AMT: &str = "25145";

fn plain(parts: &[&str]) -> String {
    hex(&Sha256::digest(parts.concat().as_bytes()).into())
}

/// The token of a registration with another key.
fn with_key(key: &str) -> String {
    plain(&[TIME, I_MID, REFERENCE, AMT, key])
}

/// The token of a registration with another value.
fn with(field: Field, value: &str) -> String {
    let fields = [(Field::TimeStamp, TIME), (Field::IMid, I_MID), (Field::ReferenceNo, REFERENCE), (Field::Amt, AMT)];
    plain(
        &fields
            .map(|(name, sent)| if name == field { value } else { sent })
            .into_iter()
            .chain([KEY])
            .collect::<Vec<_>>(),
    )
}

fn diagnose_registration(token: &str) -> Diagnosis {
    let fields = RequestFields::pairs([
        (Field::TimeStamp, TIME),
        (Field::IMid, I_MID),
        (Field::ReferenceNo, REFERENCE),
        (Field::Amt, AMT),
        (Field::MerchantToken, token),
    ]);
    let (key, other) = (MerchantKey::new(KEY).unwrap(), MerchantKey::new(OTHER).unwrap());
    diagnose(Recipe::REGISTRATION, &fields, &key, &[other])
}

#[test]
fn names_the_mistake_and_never_the_key() {
    let good = with_key(KEY);
    let digest = Sha256::digest([TIME, I_MID, REFERENCE, AMT, KEY].concat());
    let fields = [TIME, I_MID, REFERENCE, AMT].concat();
    let joined = |separator: &str| plain(&[&[TIME, I_MID, REFERENCE, AMT, KEY].join(separator)]);
    #[rustfmt::skip]
    let mistakes = [
        (String::new(), "merchantToken/missing", "merchantToken is missing"),
        (format!("{good} "), "merchantToken/blank", "has blanks"),
        (good[..32].to_owned(), "merchantToken/other-hash", "MD5"),
        (good[..40].to_owned(), "merchantToken/other-hash", "SHA-1"),
        (BASE64.encode(digest), "merchantToken/encoding", "the right hash in Base64"),
        (BASE64.encode(&good), "merchantToken/encoding", "encoded as Base64 once more"),
        ("x".repeat(44), "merchantToken/encoding", "looks like Base64"),
        ("nonsense".into(), "merchantToken/length", "8 characters"),
        // The hash.
        (plain(&[&good]), "merchantToken/hashed-twice", "hashed twice"),
        (hex(&Sha256::digest(digest).into()), "merchantToken/hashed-twice", "hashed twice"),
        (plain(&[KEY, &fields]), "merchantToken/field-order", "before the fields"),
        (hex(&hmac(KEY.as_bytes(), fields.as_bytes())), "merchantToken/hmac", "HMAC"),
        (joined("|"), "merchantToken/separator", "\"|\""),
        (joined(","), "merchantToken/separator", "\",\""),
        (joined(":"), "merchantToken/separator", "\":\""),
        // The fields.
        (with(Field::Amt, "25145.00"), "merchantToken/amount-format", "amt \"25145.00\""),
        (with(Field::Amt, "25,145"), "merchantToken/amount-format", "amt \"25,145\""),
        (with(Field::TimeStamp, "20260101154501"), "merchantToken/timeStamp-differs", "20260101154501"),
        (with(Field::TimeStamp, "2026-01-01 15:45:00"), "merchantToken/timeStamp-differs", "2026-01-01 15:45:00"),
        (with(Field::TimeStamp, "20260101034500"), "merchantToken/12-hour-clock", "12-hour clock"),
        (with(Field::TimeStamp, "20260101084500"), "merchantToken/time-zone", "another time zone"),
        (with(Field::ReferenceNo, "ORD 1"), "merchantToken/referenceNo-differs", "\"ORD 1\""),
        (with(Field::ReferenceNo, "Ord%201"), "merchantToken/referenceNo-differs", "\"Ord%201\""),
        (with(Field::ReferenceNo, "Ord+1"), "merchantToken/referenceNo-differs", "\"Ord+1\""),
        (with(Field::IMid, "payloantes"), "merchantToken/field-differs", "iMid \"payloantes\""),
        (with(Field::TimeStamp, ""), "merchantToken/missing-timeStamp", "without timeStamp"),
        (with(Field::Amt, ""), "merchantToken/missing-amt", "without amt"),
        (plain(&[&fields]), "merchantToken/missing-key", "without the merchantKey"),
        (plain(&[I_MID, TIME, REFERENCE, AMT, KEY]), "merchantToken/field-order", "iMid+timeStamp"),
        (with(Field::Amt, "undefined"), "merchantToken/no-value", "timeStamp+iMid+referenceNo+\"undefined\""),
        (with(Field::ReferenceNo, "null"), "merchantToken/no-value", "\"null\"+amt"),
        (with(Field::TimeStamp, "None"), "merchantToken/no-value", "\"None\"+iMid"),
        (with(Field::IMid, "nil"), "merchantToken/no-value", "\"nil\""),
        (with(Field::Amt, "NaN"), "merchantToken/no-value", "\"NaN\""),
        (with(Field::ReferenceNo, "[object Object]"), "merchantToken/no-value", "\"[object Object]\""),
        (plain(&[TIME, I_MID, "undefined", "undefined", KEY]), "merchantToken/no-value", "\"undefined\"+\"undefined\""),
        // Another endpoint's fields, one of which has no value.
        (plain(&[TIME, I_MID, "undefined", KEY]), "merchantToken/no-value", "timeStamp+iMid+\"undefined\""),
        // The key.
        (with_key(OTHER), "merchantToken/other-key", "another merchant's"),
        (with_key("se/cr+et==\n"), "merchantToken/trailing-newline", "a line end"),
        (with_key("se/cr+et==\r"), "merchantToken/trailing-newline", "a carriage return"),
        (with_key(" se/cr+et=="), "merchantToken/trailing-newline", "a blank"),
        (with_key("se/cr+et==\t"), "merchantToken/trailing-newline", "a tab"),
        (with_key(r"se\/cr+et=="), "merchantToken/escaped-key", "slashes"),
        (with_key("undefined"), "merchantToken/no-value", "in place of the merchantKey"),
        (with_key("\"se/cr+et==\""), "merchantToken/changed-key", "quotes"),
        (with_key("se/cr+et"), "merchantToken/changed-key", "without the ="),
        (with_key("se/cr et=="), "merchantToken/changed-key", "each + became a blank"),
        (with_key("se%2Fcr%2Bet%3D%3D"), "merchantToken/changed-key", "percent-encoded"),
        (with_key("se%2fcr%2bet%3d%3d"), "merchantToken/changed-key", "percent-encoded"),
        (with_key("\u{feff}se/cr+et=="), "merchantToken/changed-key", "byte order mark"),
        (with_key("SE/CR+ET=="), "merchantToken/changed-key", "upper case"),
        (with_key("se/c"), "merchantToken/changed-key", "first 4 of 10 characters"),
        (with_key("+et=="), "merchantToken/changed-key", "last 5 of 10 characters"),
        (with_key("se/cr&#43;et=="), "merchantToken/changed-key", "HTML-escaped"),
        (with_key("se&#x2F;cr+et&#x3D;&#x3D;"), "merchantToken/changed-key", "HTML-escaped"),
        ("0".repeat(64), "merchantToken/unknown", "ours has 10 characters and ends with `==`"),
    ];
    for (token, slug, phrase) in &mistakes {
        let diagnosis = diagnose_registration(token);
        assert_eq!(diagnosis.slug.as_str(), *slug, "{}", diagnosis.sentence);
        assert!(diagnosis.sentence.contains(phrase), "{phrase}: {}", diagnosis.sentence);
        assert!(!diagnosis.sentence.contains("se/c") && !diagnosis.sentence.contains(OTHER), "{}", diagnosis.sentence);
    }
}

#[test]
fn a_key_can_be_decoded_or_in_another_letter_case() {
    let key = MerchantKey::new("AbCd+/8=").unwrap();
    let fields = [TIME, I_MID, REFERENCE, AMT].concat();
    for (hashed, phrase) in [
        (BASE64.decode("AbCd+/8=").unwrap(), "decoded from Base64"),
        (b"abcd+/8=".to_vec(), "lower case"),
        (b"AbCd-_8=".to_vec(), "URL form of Base64"),
    ] {
        let token = hex(&Sha256::new().chain_update(&fields).chain_update(hashed).finalize().into());
        let request = RequestFields::pairs([
            (Field::TimeStamp, TIME),
            (Field::IMid, I_MID),
            (Field::ReferenceNo, REFERENCE),
            (Field::Amt, AMT),
            (Field::MerchantToken, &token),
        ]);
        let diagnosis = diagnose(Recipe::REGISTRATION, &request, &key, &[]);
        assert_eq!(diagnosis.slug, Slug::TOKEN_CHANGED_KEY, "{}", diagnosis.sentence);
        assert!(diagnosis.sentence.contains(phrase), "{}", diagnosis.sentence);
    }
}

#[test]
fn an_absent_field_comes_first_with_the_name_that_was_sent() {
    let body = format!(
        r#"{{"timestamp":"{TIME}","iMid":"{I_MID}","referenceNo":"r","amt":"1","merchantToken":"{}"}}"#,
        "0".repeat(64)
    );
    let fields = RequestFields::json(body.as_bytes()).unwrap();
    let diagnosis = diagnose(Recipe::REGISTRATION, &fields, &MerchantKey::new(KEY).unwrap(), &[]);
    assert_eq!(diagnosis.slug, Slug::TOKEN_FIELD_ABSENT);
    let sentence = "timeStamp is missing: you sent \"timestamp\", but the field is called \"timeStamp\"; registration";
    assert!(diagnosis.sentence.starts_with(sentence), "{}", diagnosis.sentence);
}

proptest! {
    /// No known mistake produces a random token, whatever the request contains.
    #[test]
    fn a_random_token_matches_no_mistake(
        token in "[0-9a-f]{64}",
        values in proptest::collection::vec("\\PC{0,40}", Field::COUNT),
        recipe in 0..Recipe::ALL.len(),
    ) {
        let (key, other) = (MerchantKey::new("se/cr+et==").unwrap(), MerchantKey::new("0ther-key").unwrap());
        let fields = Field::ALL.iter().copied().zip(values.iter().map(String::as_str));
        let fields = RequestFields::pairs(fields.chain([(Field::MerchantToken, token.as_str())]));
        let slug = diagnose(Recipe::ALL[recipe], &fields, &key, &[other]).slug;
        prop_assert!([Slug::TOKEN_UNKNOWN, Slug::TOKEN_FIELD_ABSENT].contains(&slug), "{slug}");
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
    let key = MerchantKey::new("key-of-shop").unwrap();
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
