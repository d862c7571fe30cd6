//! `POST /nicepay/direct/v2/registration`: the request read into types, and the answer (§2.1). Checkout's registration is
//! the same but for a few fields (§2.8).

use super::cart;
use super::code::Code;
use super::field::Field;
use super::field_rules::{FieldRules, LONGEST, Needed, Row, refuse, row};
use super::refusal::{Diagnosis, Refusal, shown};
use super::request_fields::{RequestFields, Shape};
use super::timestamp;
use super::url::http_url;
use crate::domain::{Amount, Channel, ClientUserKey, Partner, Profile, ReferenceNo};

/// In the order of §2.1.1, which is the order of the checks. Codes: §4.9. What has a check and a code of its own (a date,
/// a number of months, …) has no documented size here: that check says it better.
#[rustfmt::skip]
const TABLE: FieldRules = FieldRules { section: "2.1.1", rows: &[
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
] };

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
    /// `mitraCd` as sent; none only where the customer of a Checkout chooses.
    pub mitra_cd: Option<&'a str>,
    /// `payMethod` as sent.
    pub pay_method: &'a str,
    /// Which way it came.
    pub channel: Channel,
    /// `callBackUrl` of a Checkout.
    pub callback_url: Option<&'a str>,
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
    pub fn read(sent: &'a RequestFields<'_>, profile: Profile) -> Result<Self, Refusal> {
        let there = TABLE.required(sent, profile);
        there.and_then(|()| Self::read_present(sent, profile, Channel::Direct)).map_err(|mut refusal| {
            // What is missing here is optional there.
            if sent.text(Field::PayMethod) == Some("00") {
                let said = &refusal.diagnosis.sentence;
                refusal.diagnosis.sentence = format!("{said}; {CHECKOUTS_OWN}").into();
            }
            refusal
        })
    }

    /// Reads what was sent to Checkout (§2.8). The merchantToken has been verified.
    ///
    /// # Errors
    /// The first row of §4.9 that applies.
    pub fn read_checkout(sent: &'a RequestFields<'_>, profile: Profile) -> Result<Self, Refusal> {
        // Anything but 00 is 06, or refused later for what it is.
        let any_lender = sent.text(Field::PayMethod) == Some("00");
        TABLE.required_if(sent, profile, |row: &Row| match row.field {
            Field::MitraCd | Field::InstmntType | Field::InstmntMon => !any_lender,
            _ => row.needed == Needed::Always || (row.needed == Needed::Strict && profile == Profile::Strict),
        })?;
        if sent.text(Field::CallBackUrl).is_none() {
            return refuse(Code::CALLBACK_MISSING, "field/missing", "callBackUrl is missing; Checkout needs it (2.8)");
        }
        if sent.shape(Field::CallBackUrl) == Some(Shape::Wrong) {
            return refuse(Code::CALLBACK_MISSING, "field/type", "callBackUrl must be a string (2.0)");
        }
        Self::read_present(sent, profile, Channel::Checkout { any_lender })
    }

    /// Reads what was sent, of which everything is there that must be.
    fn read_present(sent: &'a RequestFields<'_>, profile: Profile, channel: Channel) -> Result<Self, Refusal> {
        let mut notes = Vec::new();
        TABLE.shapes(sent)?;
        let text = |field| sent.text(field).unwrap_or_default();
        let amount = amount(text(Field::Amt))?;
        if text(Field::Amt).starts_with('0') {
            let reason = format!(
                "amt {} is {amount} from here on: in every message, and in the merchantToken of /payment (3.3)",
                shown(text(Field::Amt))
            );
            notes.push(Diagnosis::new("amt/leading-zeros", reason));
        }
        TABLE.lengths(sent, profile, &mut notes)?;
        FieldRules::time_stamp(sent, profile)?;
        if text(Field::Currency) != "IDR" {
            return refuse(
                Code::CURRENCY,
                "currency/unknown",
                format!("currency {} is not \"IDR\" (2.1.1)", shown(text(Field::Currency))),
            );
        }
        TABLE.control_characters(sent, profile, &mut notes)?;
        let reference_no = ReferenceNo::new(text(Field::ReferenceNo))
            .map_err(|e| Refusal::new(Code::ORDER_DATA, "referenceNo/format", format!("{e} (2.1.1)")))?;
        let db_process_url = text(Field::DbProcessUrl);
        http_url(db_process_url).map_err(|reason| {
            let reason = format!("dbProcessUrl {} {reason} (2.1.1)", shown(db_process_url));
            Refusal::new(Code::ORDER_DATA, "dbProcessUrl/format", reason)
        })?;
        let callback_url = callback_url(sent, profile, channel, &mut notes)?;
        let cart = cart::read(text(Field::CartData), profile)?;
        match sent.text(Field::Sellers) {
            Some(sellers) => cart::read_sellers(sellers, profile)?,
            None if text(Field::MitraCd) == Partner::Akulaku.mitra_cd() => {
                return refuse(Code::ORDER_DATA, "field/missing", "sellers is required by Akulaku (2.1.3)");
            }
            None => {}
        }
        let instmnt_type = instalment_type(sent.text(Field::InstmntType))?;
        let instmnt_mon = months(sent.text(Field::InstmntMon))?;
        let (tokenize_user, client_user_key) = tokenize(sent)?;
        Ok(Self {
            amount,
            reference_no,
            goods_nm: text(Field::GoodsNm),
            billing_nm: text(Field::BillingNm),
            billing_phone: text(Field::BillingPhone),
            description: sent.text(Field::Description),
            mitra_cd: sent.text(Field::MitraCd),
            pay_method: text(Field::PayMethod),
            channel,
            callback_url,
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

    /// Whether the payment method and the lender are active for a merchant that has `partners` (§2.1.7), and whether
    /// the lender can do what is wanted. Answers with the lender, where it is known already.
    ///
    /// # Errors
    /// `9108`, `8003`
    pub fn check_active(&self, partners: &[Partner]) -> Result<Option<Partner>, Refusal> {
        payloan(self.pay_method, self.channel != Channel::Direct)?;
        let partner = match self.mitra_cd {
            Some(mitra_cd) => Some(active_partner(mitra_cd, partners)?),
            // Whoever uses tokens has no choice.
            None if self.tokenize_user > 0 => Some(active_partner(Partner::Kredivo.mitra_cd(), partners)?),
            None if partners.is_empty() => {
                let reason = "every lender is switched off for this merchant (control API, merchants)";
                return refuse(Code::NOT_ACTIVATED, "mitraCd/inactive", reason);
            }
            None => None,
        };
        match partner {
            Some(partner) if self.tokenize_user > 0 && !partner.supports_user_tokens() => {
                let reason = format!("{} knows no user tokens: only Kredivo does (1.2)", partner.name());
                refuse(Code::ORDER_DATA, "tokenizeUser/partner", reason)
            }
            known => Ok(known),
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

const CHECKOUTS_OWN: &str = "payMethod 00 is Checkout's: POST /nicepay/redirect/v2/registration (2.8)";

/// Whether `payMethod` is Payloan's, or, at Checkout, leaves the choice to the customer.
pub(super) fn payloan(pay_method: &str, checkout: bool) -> Result<(), Refusal> {
    if pay_method == "06" || (checkout && pay_method == "00") {
        return Ok(());
    }
    if pay_method == "00" {
        return refuse(Code::NOT_ACTIVATED, "payMethod/inactive", CHECKOUTS_OWN);
    }
    let wanted = if checkout { "neither 06, Payloan, nor 00, Checkout's" } else { "not 06, Payloan" };
    let reason = format!("payMethod {} is {wanted} (4.5); no other is simulated", shown(pay_method));
    refuse(Code::NOT_ACTIVATED, "payMethod/inactive", reason)
}

/// The lender of a `mitraCd`, if it is one of `partners`.
pub(super) fn active_partner(mitra_cd: &str, partners: &[Partner]) -> Result<Partner, Refusal> {
    match Partner::from_mitra_cd(mitra_cd) {
        Some(partner) if partners.contains(&partner) => Ok(partner),
        Some(partner) => {
            let reason =
                format!("mitraCd {} is switched off for this merchant (control API, merchants)", partner.mitra_cd());
            refuse(Code::NOT_ACTIVATED, "mitraCd/inactive", reason)
        }
        None => {
            let known = Partner::ALL.map(Partner::mitra_cd).join(", ");
            let reason = format!("mitraCd {} is not a lender that is simulated: {known} (4.7)", shown(mitra_cd));
            refuse(Code::NOT_ACTIVATED, "mitraCd/unknown", reason)
        }
    }
}

/// `instmntType`; 1 where a Checkout says none *(assumed)*.
fn instalment_type(sent: Option<&str>) -> Result<u8, Refusal> {
    match sent {
        None | Some("1" | "01") => Ok(1),
        Some("2" | "02") => Ok(2),
        Some(other) => {
            let reason =
                format!("instmntType {} is neither 1 (customer charge) nor 2 (merchant charge) (4.4)", shown(other));
            refuse(Code::INSTALMENT_TYPE, "instmntType/unknown", reason)
        }
    }
}

/// `instmntMon`; 1 where a Checkout says none *(assumed)*.
fn months(sent: Option<&str>) -> Result<u8, Refusal> {
    let text = sent.unwrap_or("1");
    // Digits only: a parser of numbers takes a sign.
    match text.parse() {
        Ok(months @ 1..=24) if text.bytes().all(|b| b.is_ascii_digit()) => Ok(months),
        _ => {
            let reason = format!("instmntMon {} is not 1 to 24 (4.6)", shown(text));
            refuse(Code::MONTHS, "instmntMon/range", reason)
        }
    }
}

/// Rupiah: 1 to 12 digits, not all zeros (§3.3).
fn amount(text: &str) -> Result<Amount, Refusal> {
    let rule = "whole rupiah, 1 to 12 digits, without sign, blank, separator or decimals (3.3)";
    if text.is_empty() || text.len() > 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return refuse(Code::AMT_FORMAT, "amt/format", format!("amt {} must be {rule}", shown(text)));
    }
    match text.parse() {
        Ok(0) => refuse(Code::AMT_TOO_LOW, "amt/zero", "amt is zero (3.3)"),
        Ok(rupiah) => Ok(Amount::from_rupiah(rupiah)),
        Err(_) => refuse(Code::AMT_FORMAT, "amt/format", format!("amt {} must be {rule}", shown(text))),
    }
}

/// Reads `amt` of a request that refers to an order; the same rule (§3.3).
pub(super) fn amount_of(sent: &RequestFields<'_>) -> Result<Amount, Refusal> {
    match sent.text(Field::Amt) {
        None => refuse(Code::AMT_MISSING, "field/missing", "amt is missing"),
        Some(text) => amount(text),
    }
}

/// Checkout wants a `callBackUrl`. A direct registration has no business with it; clients send it all the same (A-02).
fn callback_url<'a>(
    sent: &'a RequestFields<'_>,
    profile: Profile,
    channel: Channel,
    notes: &mut Vec<Diagnosis>,
) -> Result<Option<&'a str>, Refusal> {
    let Some(url) = sent.text(Field::CallBackUrl) else { return Ok(None) };
    let direct = channel == Channel::Direct;
    if direct && profile == Profile::Strict {
        let reason = "the live sandbox refuses a Payloan registration with callBackUrl; send it to /payment (A-02)";
        return refuse(Code::ORDER_DATA, "callBackUrl/present", reason);
    }
    if let Err(reason) = http_url(url) {
        return refuse(Code::ORDER_DATA, "callBackUrl/format", format!("callBackUrl {} {reason} (2.1.1)", shown(url)));
    }
    if !direct {
        return Ok(Some(url));
    }
    notes.push(Diagnosis::new(
        "callBackUrl/ignored",
        "callBackUrl in a registration is not used; the live sandbox refuses it (A-02)",
    ));
    Ok(None)
}

fn tokenize(sent: &RequestFields<'_>) -> Result<(u8, Option<ClientUserKey>), Refusal> {
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

fn pay_valid(sent: &RequestFields<'_>, notes: &mut Vec<Diagnosis>) -> Option<jiff::Timestamp> {
    let (day, time) = (sent.text(Field::PayValidDt), sent.text(Field::PayValidTm));
    let instant = match (day, time) {
        (None, None) => return None,
        // Eight digits and six: fourteen that are cut elsewhere are a slip.
        (Some(day), Some(time)) if day.len() == 8 => timestamp::instant(&format!("{day}{time}")),
        _ => None,
    };
    if instant.is_none() {
        let [day, time] = [day, time].map(|text| shown(text.unwrap_or_default()));
        let reason = format!("payValidDt {day} and payValidTm {time} are no date and time; 24 hours hold (3.2)");
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
    /// `requestURL`: null in the samples; a switch fills it (A-05).
    pub request_url: Option<&'a str>,
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
                r#","payValidDt":null,"payValidTm":null,"requestURL":"#
            ),
            self.request_url,
        );
        put(r#","paymentExpDt":null,"paymentExpTm":null,"qrContent":null,"qrUrl":"#, None);
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
            prop_assert_eq!(amount(&rupiah.to_string()).unwrap(), Amount::from_rupiah(rupiah));
        }

        #[test]
        fn nothing_but_one_to_twelve_digits_is_an_amount(text in "\\PC{0,14}") {
            let digits = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            prop_assert_eq!(code(&text) != "9008", digits);
        }
    }
}
