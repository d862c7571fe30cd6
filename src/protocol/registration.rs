//! `POST /nicepay/direct/v2/registration`: the request read into types, and the answer (§2.1).

use super::cart;
use super::code::Code;
use super::field::Field;
use super::refusal::{Diagnosis, Refusal, shown};
use super::sent::{Sent, Shape};
use super::timestamp;
use super::url::http_url;
use crate::ledger::{Amount, ClientUserKey, Partner, Profile, ReferenceNo};

/// A field's row of the request table (§2.1.1): what its absence costs, when it must be there, how long it may be.
struct Row {
    field: Field,
    missing: Code,
    needed: Needed,
    size: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    Always,
    /// In the strict profile: real clients leave it out, the documents want it (§6.4.2).
    Strict,
    Never,
}

const fn row(field: Field, missing: Code, needed: Needed, size: usize) -> Row {
    Row { field, missing, needed, size }
}

/// In the order of §2.1.1, which is the order of the checks. Codes: §4.9. What has a check and a code of its own (a date,
/// a number of months, …) has no documented size here: that check says it better.
#[rustfmt::skip]
const TABLE: [Row; 46] = [
    row(Field::TimeStamp,       Code::TIME_STAMP,         Needed::Always, LONGEST),
    row(Field::PayMethod,       Code::PAY_METHOD_MISSING, Needed::Always, LONGEST),
    row(Field::Currency,        Code::CURRENCY,           Needed::Always, LONGEST),
    row(Field::Amt,             Code::AMT_MISSING,        Needed::Always, 12),
    row(Field::ReferenceNo,     Code::REFERENCE_MISSING,  Needed::Always, 40),
    row(Field::GoodsNm,         Code::GOODS,              Needed::Always, 100),
    row(Field::BillingNm,       Code::BILLING_NM,         Needed::Always, 100),
    row(Field::BillingPhone,    Code::BILLING_PHONE,      Needed::Strict, 15),
    row(Field::BillingEmail,    Code::BILLING_EMAIL,      Needed::Always, 40),
    row(Field::BillingAddr,     Code::ORDER_DATA,         Needed::Always, 100),
    row(Field::BillingCity,     Code::BILLING_CITY,       Needed::Always, 50),
    row(Field::BillingState,    Code::BILLING_STATE,      Needed::Always, 50),
    row(Field::BillingPostCd,   Code::BILLING_POST,       Needed::Always, 10),
    row(Field::BillingCountry,  Code::BILLING_COUNTRY,    Needed::Always, 10),
    row(Field::DeliveryNm,      Code::ORDER_DATA,         Needed::Always, 30),
    row(Field::DeliveryPhone,   Code::ORDER_DATA,         Needed::Always, 15),
    row(Field::DeliveryAddr,    Code::ORDER_DATA,         Needed::Always, 100),
    row(Field::DeliveryCity,    Code::ORDER_DATA,         Needed::Always, 50),
    row(Field::DeliveryState,   Code::ORDER_DATA,         Needed::Always, 50),
    row(Field::DeliveryPostCd,  Code::ORDER_DATA,         Needed::Always, 10),
    row(Field::DeliveryCountry, Code::ORDER_DATA,         Needed::Always, 10),
    row(Field::DbProcessUrl,    Code::DB_PROCESS_URL,     Needed::Always, 255),
    row(Field::UserIp,          Code::USER_IP,            Needed::Strict, 15),
    row(Field::CartData,        Code::ORDER_DATA,         Needed::Always, LONGEST),
    row(Field::Sellers,         Code::ORDER_DATA,         Needed::Strict, LONGEST),
    row(Field::InstmntType,     Code::INSTALMENT_TYPE,    Needed::Always, LONGEST),
    row(Field::InstmntMon,      Code::MONTHS,             Needed::Always, LONGEST),
    row(Field::MitraCd,         Code::ORDER_DATA,         Needed::Always, LONGEST),
    row(Field::UserAgent,       Code::ORDER_DATA,         Needed::Strict, LONGEST), // the published sample breaks the documented 100
    row(Field::CallBackUrl,     Code::ORDER_DATA,         Needed::Never,  255),
    row(Field::Description,     Code::ORDER_DATA,         Needed::Never,  100),
    row(Field::TokenizeUser,    Code::ORDER_DATA,         Needed::Never,  LONGEST),
    row(Field::ClientUserKey,   Code::ORDER_DATA,         Needed::Never,  100),
    row(Field::UserToken,       Code::ORDER_DATA,         Needed::Never,  255),
    row(Field::PayValidDt,      Code::ORDER_DATA,         Needed::Never,  8),
    row(Field::PayValidTm,      Code::ORDER_DATA,         Needed::Never,  6),
    row(Field::ReqDt,           Code::ORDER_DATA,         Needed::Never,  8),
    row(Field::ReqTm,           Code::ORDER_DATA,         Needed::Never,  6),
    row(Field::ReqDomain,       Code::ORDER_DATA,         Needed::Never,  100),
    row(Field::ReqServerIp,     Code::ORDER_DATA,         Needed::Never,  15),
    row(Field::ReqClientVer,    Code::ORDER_DATA,         Needed::Never,  50),
    row(Field::UserSessionId,   Code::ORDER_DATA,         Needed::Never,  100),
    row(Field::RecurrOpt,       Code::ORDER_DATA,         Needed::Never,  2),
    row(Field::Vat,             Code::ORDER_DATA,         Needed::Never,  12),
    row(Field::Fee,             Code::ORDER_DATA,         Needed::Never,  12),
    row(Field::NotaxAmt,        Code::ORDER_DATA,         Needed::Never,  12),
];

/// No field is longer, in either profile (§6.4.5a).
const LONGEST: usize = 4_000;

/// A registration, read and checked as far as that needs no memory.
#[derive(Debug)]
pub struct Registration<'a> {
    /// What is to be paid.
    pub amount: Amount,
    /// The merchant's number.
    pub reference_no: ReferenceNo,
    /// `goodsNm`
    pub goods_nm: &'a str,
    /// `billingNm`
    pub billing_nm: &'a str,
    /// `billingPhone`, or nothing.
    pub billing_phone: &'a str,
    /// `description`
    pub description: Option<&'a str>,
    /// The lender; none where it is not one that is simulated.
    pub partner: Option<Partner>,
    /// `mitraCd` as sent.
    pub mitra_cd: &'a str,
    /// `payMethod` as sent.
    pub pay_method: &'a str,
    /// 1 to 24.
    pub instmnt_mon: u8,
    /// 1 or 2.
    pub instmnt_type: u8,
    /// An absolute http or https URL.
    pub db_process_url: &'a str,
    /// `tokenizeUser`: 0, 1 or 2.
    pub tokenize_user: u8,
    /// `clientUserKey`
    pub client_user_key: Option<ClientUserKey>,
    /// `userToken` as sent.
    pub user_token: Option<&'a str>,
    /// `payValidDt` and `payValidTm`, where both are there and valid.
    pub pay_valid: Option<jiff::Timestamp>,
    cart: cart::Total,
    /// What is accepted here and would be refused elsewhere.
    pub notes: Vec<Diagnosis>,
}

impl<'a> Registration<'a> {
    /// Reads what was sent. The merchantToken has been verified.
    ///
    /// # Errors
    /// The first row of §4.9 that applies.
    pub fn read(sent: &'a Sent<'_>, profile: Profile) -> Result<Self, Refusal> {
        let mut notes = Vec::new();
        required(sent, profile)?;
        shapes(sent)?;
        let text = |field| sent.text(field).unwrap_or_default();
        let amount = amount(text(Field::Amt))?;
        lengths(sent, profile, &mut notes)?;
        if profile == Profile::Strict {
            let stamp = text(Field::TimeStamp);
            if stamp.len() != 14 || !stamp.bytes().all(|b| b.is_ascii_digit()) {
                return refuse(
                    Code::TIME_STAMP,
                    "timeStamp/format",
                    format!("timeStamp {} is not 14 digits (A-31)", shown(stamp)),
                );
            }
        }
        if text(Field::Currency) != "IDR" {
            return refuse(
                Code::CURRENCY,
                "currency/unknown",
                format!("currency {} is not \"IDR\" (2.1.1)", shown(text(Field::Currency))),
            );
        }
        control_characters(sent, profile, &mut notes)?;
        let reference_no = ReferenceNo::new(text(Field::ReferenceNo))
            .map_err(|e| Refusal::new(Code::ORDER_DATA, "referenceNo/format", format!("{e} (2.1.1)")))?;
        let db_process_url = text(Field::DbProcessUrl);
        http_url(db_process_url).map_err(|reason| {
            let reason = format!("dbProcessUrl {} {reason} (2.1.1)", shown(db_process_url));
            Refusal::new(Code::ORDER_DATA, "dbProcessUrl/format", reason)
        })?;
        callback_url(sent, profile, &mut notes)?;
        let cart = cart::read(text(Field::CartData), profile)?;
        if let Some(sellers) = sent.text(Field::Sellers) {
            cart::read_sellers(sellers, profile)?;
        }
        let instmnt_type = match text(Field::InstmntType) {
            "1" | "01" => 1,
            "2" | "02" => 2,
            other => {
                let reason = format!(
                    "instmntType {} is neither 1 (customer charge) nor 2 (merchant charge) (4.4)",
                    shown(other)
                );
                return refuse(Code::INSTALMENT_TYPE, "instmntType/unknown", reason);
            }
        };
        let months = text(Field::InstmntMon);
        // Digits only: a parser of numbers takes a sign.
        let (Some(instmnt_mon @ 1..=24), true) = (months.parse().ok(), months.bytes().all(|b| b.is_ascii_digit()))
        else {
            let reason = format!("instmntMon {} is not 1 to 24 (4.6)", shown(months));
            return refuse(Code::MONTHS, "instmntMon/range", reason);
        };
        let (tokenize_user, client_user_key) = tokenize(sent)?;
        Ok(Self {
            amount,
            reference_no,
            goods_nm: text(Field::GoodsNm),
            billing_nm: text(Field::BillingNm),
            billing_phone: text(Field::BillingPhone),
            description: sent.text(Field::Description),
            partner: Partner::from_mitra_cd(text(Field::MitraCd)),
            mitra_cd: text(Field::MitraCd),
            pay_method: text(Field::PayMethod),
            instmnt_mon,
            instmnt_type,
            db_process_url,
            tokenize_user,
            client_user_key,
            user_token: sent.text(Field::UserToken),
            pay_valid: pay_valid(sent, &mut notes),
            cart,
            notes,
        })
    }

    /// Whether the payment method and the lender are active for a merchant that has `partners` (§2.1.7).
    ///
    /// # Errors
    /// `9108`
    pub fn check_active(&self, partners: &[Partner]) -> Result<Partner, Refusal> {
        if self.pay_method != "06" {
            let reason =
                format!("payMethod {} is not 06, Payloan (4.5); no other is simulated", shown(self.pay_method));
            return refuse(Code::NOT_ACTIVATED, "payMethod/inactive", reason);
        }
        match self.partner {
            Some(partner) if partners.contains(&partner) => Ok(partner),
            Some(partner) => {
                let reason = format!(
                    "mitraCd {} is switched off for this merchant (control API, merchants)",
                    partner.mitra_cd()
                );
                refuse(Code::NOT_ACTIVATED, "mitraCd/inactive", reason)
            }
            None => {
                let reason = format!("mitraCd {} is not a lender that is simulated: KDVI (4.7)", shown(self.mitra_cd));
                refuse(Code::NOT_ACTIVATED, "mitraCd/unknown", reason)
            }
        }
    }

    /// Whether the cart is worth `amt`.
    ///
    /// # Errors
    /// `1002`, `9907`
    pub fn check_cart(&self) -> Result<(), Refusal> {
        self.cart.check(self.amount)
    }
}

fn refuse<T>(code: Code, slug: &'static str, reason: impl Into<Box<str>>) -> Result<T, Refusal> {
    Err(Refusal::new(code, slug, reason))
}

fn required(sent: &Sent<'_>, profile: Profile) -> Result<(), Refusal> {
    for row in &TABLE {
        let needed = row.needed == Needed::Always || (row.needed == Needed::Strict && profile == Profile::Strict);
        if needed && sent.text(row.field).is_none() {
            let name = row.field.name();
            let strict = if row.needed == Needed::Strict { " by the strict profile" } else { "" };
            let reason = format!("{name} is missing (absent, null or empty); it is required{strict} (2.1.1)");
            return refuse(row.missing, "field/missing", reason);
        }
    }
    Ok(())
}

/// Objects, arrays and booleans where a text or a number belongs.
fn shapes(sent: &Sent<'_>) -> Result<(), Refusal> {
    for Row { field, missing, .. } in &TABLE {
        let (field, missing) = (*field, *missing);
        if sent.shape(field) != Some(Shape::Wrong) {
            continue;
        }
        let code = match field {
            Field::Amt => Code::AMT_FORMAT,
            Field::CartData => Code::CART_FORMAT,
            Field::Sellers => Code::SELLERS_FORMAT,
            _ => missing,
        };
        let hint = if matches!(field, Field::CartData | Field::Sellers) { ": JSON inside a string" } else { "" };
        let reason = format!(
            "{} must be a string{hint}, not {} (2.0)",
            field.name(),
            shown(sent.text(field).unwrap_or_default())
        );
        return refuse(code, "field/type", reason);
    }
    Ok(())
}

/// Rupiah: 1 to 12 digits, not all zeros (§3.3).
fn amount(text: &str) -> Result<Amount, Refusal> {
    let rule = "whole rupiah, 1 to 12 digits, without sign, blank, separator or decimals (3.3)";
    if text.is_empty() || text.len() > 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return refuse(Code::AMT_FORMAT, "amt/format", format!("amt {} must be {rule}", shown(text)));
    }
    match text.parse() {
        Ok(0) => refuse(Code::AMT_TOO_LOW, "amt/zero", "amt is zero (3.3)"),
        Ok(rupiah) => Ok(Amount::rupiah(rupiah)),
        Err(_) => refuse(Code::AMT_FORMAT, "amt/format", format!("amt {} must be {rule}", shown(text))),
    }
}

/// Reads `amt` of a request that refers to an order; the same rule (§3.3).
pub(super) fn amount_of(sent: &Sent<'_>) -> Result<Amount, Refusal> {
    match sent.text(Field::Amt) {
        None => refuse(Code::AMT_MISSING, "field/missing", "amt is missing"),
        Some(text) => amount(text),
    }
}

fn longer_than(text: &str, size: usize) -> bool {
    text.len() > size && text.chars().count() > size
}

fn lengths(sent: &Sent<'_>, profile: Profile, notes: &mut Vec<Diagnosis>) -> Result<(), Refusal> {
    for row in &TABLE {
        let (name, text) = (row.field.name(), sent.text(row.field).unwrap_or_default());
        if !longer_than(text, row.size) {
            continue;
        }
        if row.field == Field::ReferenceNo {
            let reason = format!("referenceNo {} is longer than 40 characters (2.1.1)", shown(text));
            return refuse(Code::REFERENCE_LENGTH, "referenceNo/length", reason);
        }
        let reason = format!("{name} has {} characters, documented are {} (2.1.1)", text.chars().count(), row.size);
        if profile == Profile::Strict || longer_than(text, LONGEST) {
            return refuse(Code::ORDER_DATA, "field/length", reason);
        }
        notes.push(Diagnosis::new("field/length", reason));
    }
    Ok(())
}

/// No documented type has control characters (§0). Free text with a line end in it happens; identifiers and URLs with
/// one are an attack or a bug.
fn control_characters(sent: &Sent<'_>, profile: Profile, notes: &mut Vec<Diagnosis>) -> Result<(), Refusal> {
    // `cartData` and `sellers` are JSON, in which white space is free.
    let rows = TABLE.iter().filter(|row| !matches!(row.field, Field::CartData | Field::Sellers));
    for row in rows {
        let text = sent.text(row.field).unwrap_or_default();
        // What stands in the body as it is has no control character but, perhaps, this one.
        let bytes = text.as_bytes();
        let found = bytes.contains(&0x7f) || (sent.was_escaped(row.field) && bytes.iter().any(|b| *b < 0x20));
        if !found {
            continue;
        }
        let reason = format!("{} {} contains control characters (2.1.1)", row.field.name(), shown(text));
        let free_text = matches!(
            row.field,
            Field::GoodsNm
                | Field::BillingNm
                | Field::BillingAddr
                | Field::DeliveryNm
                | Field::DeliveryAddr
                | Field::Description
                | Field::UserAgent
        );
        if profile == Profile::Strict || !free_text {
            return refuse(Code::ORDER_DATA, "field/control-character", reason);
        }
        notes.push(Diagnosis::new("field/control-character", reason));
    }
    Ok(())
}

/// A registration has no business with `callBackUrl`; clients send it all the same (A-02).
fn callback_url(sent: &Sent<'_>, profile: Profile, notes: &mut Vec<Diagnosis>) -> Result<(), Refusal> {
    let Some(url) = sent.text(Field::CallBackUrl) else { return Ok(()) };
    if profile == Profile::Strict {
        let reason = "the live sandbox refuses a Payloan registration with callBackUrl; send it to /payment (A-02)";
        return refuse(Code::ORDER_DATA, "callBackUrl/present", reason);
    }
    if let Err(reason) = http_url(url) {
        return refuse(Code::ORDER_DATA, "callBackUrl/format", format!("callBackUrl {} {reason} (2.1.1)", shown(url)));
    }
    notes.push(Diagnosis::new(
        "callBackUrl/ignored",
        "callBackUrl in a registration is not used; the live sandbox refuses it (A-02)",
    ));
    Ok(())
}

fn tokenize(sent: &Sent<'_>) -> Result<(u8, Option<ClientUserKey>), Refusal> {
    let mode = match sent.text(Field::TokenizeUser) {
        None | Some("0") => 0,
        Some("1") => 1,
        Some("2") => 2,
        Some(other) => {
            let reason =
                format!("tokenizeUser {} is neither 1 (tokenize) nor 2 (seamless) nor empty (A-07)", shown(other));
            return refuse(Code::ORDER_DATA, "tokenizeUser/unknown", reason);
        }
    };
    let client_user_key = match sent.text(Field::ClientUserKey).map(ClientUserKey::new) {
        None => None,
        Some(Ok(key)) => Some(key),
        Some(Err(e)) => return refuse(Code::ORDER_DATA, "clientUserKey/format", format!("{e} (2.1.1)")),
    };
    if mode == 1 && client_user_key.is_none() {
        return refuse(
            Code::ORDER_DATA,
            "clientUserKey/missing",
            "clientUserKey is required with tokenizeUser 1 (A-09)",
        );
    }
    if mode == 2 && sent.text(Field::UserToken).is_none() {
        return refuse(Code::ORDER_DATA, "userToken/missing", "userToken is required with tokenizeUser 2 (2.1.1)");
    }
    Ok((mode, client_user_key))
}

fn pay_valid(sent: &Sent<'_>, notes: &mut Vec<Diagnosis>) -> Option<jiff::Timestamp> {
    let (day, time) = (sent.text(Field::PayValidDt)?, sent.text(Field::PayValidTm)?);
    let instant = timestamp::instant(&format!("{day}{time}"));
    if instant.is_none() {
        let reason = format!(
            "payValidDt {} and payValidTm {} are no date and time; 24 hours hold (3.2)",
            shown(day),
            shown(time)
        );
        notes.push(Diagnosis::new("payValidDt/format", reason));
    }
    instant
}

/// The answer (§2.1.6). What is not here is always null for Payloan.
#[derive(Debug, Default)]
pub struct RegistrationAnswer<'a> {
    /// `resultCd`
    pub result_cd: &'a str,
    /// `resultMsg`
    pub result_msg: &'a str,
    /// `tXid`
    pub t_xid: Option<&'a str>,
    /// `referenceNo`
    pub reference_no: Option<&'a str>,
    /// `payMethod`
    pub pay_method: Option<&'a str>,
    /// `amt`
    pub amt: Option<&'a str>,
    /// `mitraCd`
    pub mitra_cd: Option<&'a str>,
    /// `clientUserKey`: only where the request's was not empty *(assumed from the two samples)*.
    pub client_user_key: Option<&'a str>,
    /// `userToken`: only where the request's was not empty *(assumed from the two samples)*.
    pub user_token: Option<&'a str>,
}

impl RegistrationAnswer<'_> {
    /// A refusal: every other key is null *(assumed, §2.0)*.
    pub fn refused(code: Code) -> Self {
        Self { result_cd: code.cd, result_msg: code.msg, ..Self::default() }
    }

    /// The JSON, with its keys in the documented order. The long runs of nulls are written in one go: this is the one
    /// answer that load tests ask for.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(640);
        let mut put = |before: &str, value: Option<&str>| {
            out.extend_from_slice(before.as_bytes());
            // Text into memory: neither can fail.
            let _ = serde_json::to_writer(&mut out, &value);
        };
        put(r#"{"resultCd":"#, Some(self.result_cd));
        put(r#","resultMsg":"#, Some(self.result_msg));
        put(r#","tXid":"#, self.t_xid);
        put(r#","referenceNo":"#, self.reference_no);
        put(r#","payMethod":"#, self.pay_method);
        put(r#","amt":"#, self.amt);
        put(
            r#","transDt":null,"transTm":null,"description":null,"bankCd":null,"vacctNo":null,"mitraCd":"#,
            self.mitra_cd,
        );
        put(
            concat!(
                r#","payNo":null,"currency":null,"goodsNm":null,"billingNm":null,"vacctValidDt":null,"vacctValidTm":null"#,
                r#","payValidDt":null,"payValidTm":null,"requestURL":null,"paymentExpDt":null,"paymentExpTm":null"#,
                r#","qrContent":null,"qrUrl":"#
            ),
            None,
        );
        if self.client_user_key.is_some() {
            put(r#","clientUserKey":"#, self.client_user_key);
        }
        if self.user_token.is_some() {
            put(r#","userToken":"#, self.user_token);
        }
        out.push(b'}');
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> &'static str {
        amount(text).map_or_else(|refusal| refusal.code.cd, |_| "0000")
    }

    #[test]
    fn amounts_that_people_try() {
        for (text, expected) in [
            ("25145", "0000"),
            ("1", "0000"),
            ("999999999999", "0000"),
            ("000000025145", "0000"),
            ("0", "9115"),
            ("000", "9115"),
            ("-1", "9008"),
            ("+1", "9008"),
            ("1.5", "9008"),
            ("1e3", "9008"),
            ("1000000000000", "9008"),
            (" 25145", "9008"),
            ("25,145", "9008"),
            ("\u{661}\u{662}", "9008"),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_is_what_its_digits_say(rupiah in 1_u64..=999_999_999_999) {
            prop_assert_eq!(amount(&rupiah.to_string()).unwrap(), Amount::rupiah(rupiah));
        }

        #[test]
        fn nothing_but_one_to_twelve_digits_is_an_amount(text in "\\PC{0,14}") {
            let digits = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            prop_assert_eq!(code(&text) != "9008", digits);
        }
    }
}
