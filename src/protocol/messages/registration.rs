//! `POST /nicepay/direct/v2/registration`: parses and checks the request (`docs/PROTOCOL.md` §2.1).
//! Checkout's registration is the same but for a few fields (`docs/PROTOCOL.md` §2.8).

use super::activation::{USE_CHECKOUT, active_partner, check_pay_method};
use crate::diagnosis::Slug;
use crate::domain::{Amount, Channel, ClientUserKey, Evidence, Merchant, Partner, ReferenceNo, UndocumentedBehavior};
use crate::protocol::code::Code;
use crate::protocol::fields::{
    self, Field, FieldRules, MAX_LENGTH, RequestFields, Requirement, Row, ValueType, cart, http_url, parse_amount,
    refuse, row, timestamp,
};
use crate::protocol::findings::Findings;
use crate::protocol::refusal::{Refusal, quoted};

/// In the order of `docs/PROTOCOL.md` §2.1.1, which is the order of the checks. Codes: `docs/PROTOCOL.md` §4.9. Fields
/// with a check and a code of their own (a date, a number of months, …) have no documented length here: the message of
/// that check is more precise.
#[rustfmt::skip]
const TABLE: FieldRules = FieldRules { section: "2.1.1", rows: &[
    row(Field::TimeStamp,       Code::TIME_STAMP,         Requirement::Always, MAX_LENGTH),
    row(Field::PayMethod,       Code::PAY_METHOD_MISSING, Requirement::Always, MAX_LENGTH),
    row(Field::Currency,        Code::CURRENCY,           Requirement::Always, MAX_LENGTH),
    row(Field::Amt,             Code::AMT_MISSING,        Requirement::Always, 12),
    row(Field::ReferenceNo,     Code::REFERENCE_MISSING,  Requirement::Always, 40),
    row(Field::GoodsNm,         Code::GOODS,              Requirement::Always, 100),
    row(Field::BillingNm,       Code::BILLING_NM,         Requirement::Always, 100),
    row(Field::BillingPhone,    Code::BILLING_PHONE,      Requirement::Documented, 15),
    row(Field::BillingEmail,    Code::BILLING_EMAIL,      Requirement::Always, 40),
    row(Field::BillingAddr,     Code::ORDER_DATA,         Requirement::Always, 100),
    row(Field::BillingCity,     Code::BILLING_CITY,       Requirement::Always, 50),
    row(Field::BillingState,    Code::BILLING_STATE,      Requirement::Always, 50),
    row(Field::BillingPostCd,   Code::BILLING_POST,       Requirement::Always, 10),
    row(Field::BillingCountry,  Code::BILLING_COUNTRY,    Requirement::Always, 10),
    row(Field::DeliveryNm,      Code::ORDER_DATA,         Requirement::Always, 30),
    row(Field::DeliveryPhone,   Code::ORDER_DATA,         Requirement::Always, 15),
    row(Field::DeliveryAddr,    Code::ORDER_DATA,         Requirement::Always, 100),
    row(Field::DeliveryCity,    Code::ORDER_DATA,         Requirement::Always, 50),
    row(Field::DeliveryState,   Code::ORDER_DATA,         Requirement::Always, 50),
    row(Field::DeliveryPostCd,  Code::ORDER_DATA,         Requirement::Always, 10),
    row(Field::DeliveryCountry, Code::ORDER_DATA,         Requirement::Always, 10),
    row(Field::DbProcessUrl,    Code::DB_PROCESS_URL,     Requirement::Always, 255),
    row(Field::UserIp,          Code::USER_IP,            Requirement::Documented, 15),
    row(Field::CartData,        Code::ORDER_DATA,         Requirement::Always, MAX_LENGTH),
    row(Field::Sellers,         Code::ORDER_DATA,         Requirement::Documented, MAX_LENGTH),
    row(Field::InstmntType,     Code::INSTALMENT_TYPE,    Requirement::Always, MAX_LENGTH),
    row(Field::InstmntMon,      Code::MONTHS,             Requirement::Always, MAX_LENGTH),
    row(Field::MitraCd,         Code::ORDER_DATA,         Requirement::Always, MAX_LENGTH),
    row(Field::UserAgent,       Code::ORDER_DATA,         Requirement::Documented, MAX_LENGTH), // the published sample breaks the documented 100
    row(Field::CallBackUrl,     Code::ORDER_DATA,         Requirement::Never,  255),
    row(Field::Description,     Code::ORDER_DATA,         Requirement::Never,  100),
    row(Field::TokenizeUser,    Code::ORDER_DATA,         Requirement::Never,  MAX_LENGTH),
    row(Field::ClientUserKey,   Code::ORDER_DATA,         Requirement::Never,  100),
    row(Field::UserToken,       Code::ORDER_DATA,         Requirement::Never,  255),
    row(Field::PayValidDt,      Code::ORDER_DATA,         Requirement::Never,  8),
    row(Field::PayValidTm,      Code::ORDER_DATA,         Requirement::Never,  6),
    row(Field::ReqDt,           Code::ORDER_DATA,         Requirement::Never,  8),
    row(Field::ReqTm,           Code::ORDER_DATA,         Requirement::Never,  6),
    row(Field::ReqDomain,       Code::ORDER_DATA,         Requirement::Never,  100),
    row(Field::ReqServerIp,     Code::ORDER_DATA,         Requirement::Never,  15),
    row(Field::ReqClientVer,    Code::ORDER_DATA,         Requirement::Never,  50),
    row(Field::UserSessionId,   Code::ORDER_DATA,         Requirement::Never,  100),
    row(Field::RecurrOpt,       Code::ORDER_DATA,         Requirement::Never,  2),
    row(Field::Vat,             Code::ORDER_DATA,         Requirement::Never,  12),
    row(Field::Fee,             Code::ORDER_DATA,         Requirement::Never,  12),
    row(Field::NotaxAmt,        Code::ORDER_DATA,         Requirement::Never,  12),
] };

/// A registration, parsed and checked as far as that needs no store.
#[derive(Debug)]
pub struct Registration<'a> {
    /// The amount to pay.
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
    /// How it was registered.
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
    cart: cart::CartTotal,
}

impl<'a> Registration<'a> {
    /// Parses the fields of a direct registration. The merchantToken has been verified.
    ///
    /// # Errors
    /// The first row of `docs/PROTOCOL.md` §4.9 that applies.
    pub fn read(
        fields: &'a RequestFields<'_>,
        undocumented: &UndocumentedBehavior,
        findings: &mut Findings,
    ) -> Result<Self, Refusal> {
        let read = TABLE
            .required(fields, findings)
            .and_then(|()| Self::read_present(fields, undocumented, findings, Channel::Direct));
        read.map_err(|mut refusal| {
            // A field that is missing here may be optional in Checkout.
            if fields.text(Field::PayMethod) == Some("00") {
                let sentence = &refusal.diagnosis.sentence;
                refusal.diagnosis.sentence = format!("{sentence}; {USE_CHECKOUT}").into();
            }
            refusal
        })
    }

    /// Parses the fields of a Checkout registration (`docs/PROTOCOL.md` §2.8). The merchantToken has been verified.
    ///
    /// # Errors
    /// The first row of `docs/PROTOCOL.md` §4.9 that applies.
    pub fn read_checkout(
        fields: &'a RequestFields<'_>,
        undocumented: &UndocumentedBehavior,
        findings: &mut Findings,
    ) -> Result<Self, Refusal> {
        // Any other code than 00 is 06, or is refused later.
        let any_lender = fields.text(Field::PayMethod) == Some("00");
        TABLE.required_by(fields, findings, |row: &Row| match row.field {
            Field::MitraCd | Field::InstmntType | Field::InstmntMon if any_lender => Requirement::Never,
            // NICEPAY's own clients leave them out (`docs/PROTOCOL.md` §6.5).
            Field::BillingAddr
            | Field::DeliveryNm
            | Field::DeliveryPhone
            | Field::DeliveryAddr
            | Field::DeliveryCity
            | Field::DeliveryState
            | Field::DeliveryPostCd
            | Field::DeliveryCountry
                if any_lender =>
            {
                Requirement::Documented
            }
            _ => row.requirement,
        })?;
        if fields.text(Field::CallBackUrl).is_none() {
            return refuse(
                Code::CALLBACK_MISSING,
                Slug::FIELD_MISSING,
                format!("{}; Checkout needs it (docs/PROTOCOL.md §2.8)", fields.missing(Field::CallBackUrl)),
            );
        }
        if fields.value_type(Field::CallBackUrl) == Some(ValueType::Invalid) {
            return refuse(
                Code::CALLBACK_MISSING,
                Slug::FIELD_TYPE,
                "callBackUrl must be a string (docs/PROTOCOL.md §2.0)",
            );
        }
        Self::read_present(fields, undocumented, findings, Channel::Checkout { any_lender })
    }

    /// Parses the fields after the required ones were checked.
    fn read_present(
        fields: &'a RequestFields<'_>,
        undocumented: &UndocumentedBehavior,
        findings: &mut Findings,
        channel: Channel,
    ) -> Result<Self, Refusal> {
        TABLE.value_types(fields)?;
        let text = |field| fields.text(field).unwrap_or_default();
        let amount = parse_amount(text(Field::Amt))?;
        if text(Field::Amt).starts_with('0') {
            let reason = format!(
                "amt {} is read as {amount}: later messages and the merchantToken of /payment use that (docs/PROTOCOL.md §3.3)",
                quoted(text(Field::Amt))
            );
            findings.advise(Slug::AMT_LEADING_ZEROS, Evidence::Assumed, reason);
        }
        TABLE.lengths(fields, findings)?;
        FieldRules::time_stamp(fields, findings)?;
        if text(Field::Currency) != "IDR" {
            return refuse(
                Code::CURRENCY,
                Slug::CURRENCY_UNKNOWN,
                format!("currency {} is not \"IDR\" (docs/PROTOCOL.md §2.1.1)", quoted(text(Field::Currency))),
            );
        }
        TABLE.control_characters(fields, findings)?;
        let reference_no = ReferenceNo::new(text(Field::ReferenceNo)).map_err(|e| {
            Refusal::new(Code::ORDER_DATA, Slug::REFERENCE_NO_FORMAT, format!("{e} (docs/PROTOCOL.md §2.1.1)"))
        })?;
        let db_process_url = text(Field::DbProcessUrl);
        http_url(db_process_url).map_err(|reason| {
            let reason = format!("dbProcessUrl {} {reason} (docs/PROTOCOL.md §2.1.1)", quoted(db_process_url));
            Refusal::new(Code::ORDER_DATA, Slug::DB_PROCESS_URL_FORMAT, reason)
        })?;
        let callback_url = callback_url(fields, channel, undocumented, findings)?;
        let cart = cart::read(text(Field::CartData), findings)?;
        match fields.text(Field::Sellers) {
            Some(sellers) => cart::read_sellers(sellers, findings)?,
            None if text(Field::MitraCd) == Partner::Akulaku.mitra_cd() => {
                return refuse(
                    Code::ORDER_DATA,
                    Slug::FIELD_MISSING,
                    "sellers is required by Akulaku (docs/PROTOCOL.md §2.1.3)",
                );
            }
            None => {}
        }
        let instmnt_type = instalment_type(fields.text(Field::InstmntType))?;
        let instmnt_mon = months(fields.text(Field::InstmntMon))?;
        let (tokenize_user, client_user_key) = tokenize(fields)?;
        Ok(Self {
            amount,
            reference_no,
            goods_nm: text(Field::GoodsNm),
            billing_nm: text(Field::BillingNm),
            billing_phone: text(Field::BillingPhone),
            description: fields.text(Field::Description),
            mitra_cd: fields.text(Field::MitraCd),
            pay_method: text(Field::PayMethod),
            channel,
            callback_url,
            instmnt_mon,
            instmnt_type,
            db_process_url,
            tokenize_user,
            client_user_key,
            user_token: fields.text(Field::UserToken),
            pay_valid: pay_valid(fields, findings),
            cart,
        })
    }

    /// Whether the payment method and the lender are active for a merchant (`docs/PROTOCOL.md` §2.1.7), and whether the
    /// lender supports the request. Returns the lender, where it is known already.
    ///
    /// # Errors
    /// `9108`, `8003`
    pub fn check_active(&self, merchant: &Merchant, findings: &mut Findings) -> Result<Option<Partner>, Refusal> {
        check_pay_method(self.pay_method, self.channel != Channel::Direct)?;
        let partner = self.active_partner(&merchant.partners, findings)?;
        if partner == Some(Partner::Indodana) && merchant.i_mid.as_str() == "IONPAYTEST" {
            let reason = "NICEPAY's test merchant IONPAYTEST cannot use Indodana (IDNA): the live sandbox refuses it; use PAYLOANTES (docs/PROTOCOL.md §2.1.7)";
            findings.add(Code::NOT_ACTIVATED, Slug::MITRA_CD_INACTIVE, Evidence::SeenLive, reason)?;
        }
        match partner {
            Some(partner) if self.tokenize_user > 0 && !partner.supports_user_tokens() => {
                let reason = format!(
                    "{} does not support user tokens; only Kredivo does (docs/PROTOCOL.md §1.2)",
                    partner.name()
                );
                refuse(Code::ORDER_DATA, Slug::TOKENIZE_USER_PARTNER, reason)
            }
            known => Ok(known),
        }
    }

    /// The lender of `mitraCd`. With `payMethod` 00 that is only a choice made in advance: one that is not simulated is
    /// ignored.
    fn active_partner(&self, partners: &[Partner], findings: &mut Findings) -> Result<Option<Partner>, Refusal> {
        if let Some(mitra_cd) = self.mitra_cd {
            match active_partner(mitra_cd, partners) {
                Ok(partner) => return Ok(Some(partner)),
                Err(Refusal { diagnosis, .. })
                    if self.channel == (Channel::Checkout { any_lender: true })
                        && diagnosis.slug == Slug::MITRA_CD_UNKNOWN =>
                {
                    let reason = format!("{}; with payMethod 00 it is ignored", diagnosis.sentence);
                    findings.advise(diagnosis.slug, Evidence::Assumed, reason);
                }
                Err(refusal) => return Err(refusal),
            }
        }
        // Only Kredivo supports tokens, so there is no choice.
        if self.tokenize_user > 0 {
            return active_partner(Partner::Kredivo.mitra_cd(), partners).map(Some);
        }
        if partners.is_empty() {
            let reason = "every lender is switched off for this merchant (control API, merchants)";
            return refuse(Code::NOT_ACTIVATED, Slug::MITRA_CD_INACTIVE, reason);
        }
        Ok(None)
    }

    /// Checks that the cart adds up to `amt`.
    ///
    /// # Errors
    /// `1002`, `9907`
    pub fn check_cart(&self) -> Result<(), Refusal> {
        self.cart.check(self.amount)
    }
}

/// `instmntType`; 1 where Checkout leaves it out *(assumed)*.
fn instalment_type(text: Option<&str>) -> Result<u8, Refusal> {
    match text {
        None | Some("1" | "01") => Ok(1),
        Some("2" | "02") => Ok(2),
        Some(other) => {
            let reason = format!(
                "instmntType {} is neither 1 (customer charge) nor 2 (merchant charge) (docs/PROTOCOL.md §4.4)",
                quoted(other)
            );
            refuse(Code::INSTALMENT_TYPE, Slug::INSTMNT_TYPE_UNKNOWN, reason)
        }
    }
}

/// `instmntMon`; 1 where Checkout leaves it out *(assumed)*.
fn months(text: Option<&str>) -> Result<u8, Refusal> {
    let text = text.unwrap_or("1");
    // Digits only: `parse` accepts a sign.
    match text.parse() {
        Ok(months @ 1..=24) if text.bytes().all(|b| b.is_ascii_digit()) => Ok(months),
        _ => {
            let reason = format!("instmntMon {} is not 1 to 24 (docs/PROTOCOL.md §4.6)", quoted(text));
            refuse(Code::MONTHS, Slug::INSTMNT_MON_RANGE, reason)
        }
    }
}

/// Checkout needs a `callBackUrl`. A direct registration does not use it, but some clients send it
/// (`docs/PROTOCOL.md` A-02).
fn callback_url<'a>(
    fields: &'a RequestFields<'_>,
    channel: Channel,
    undocumented: &UndocumentedBehavior,
    findings: &mut Findings,
) -> Result<Option<&'a str>, Refusal> {
    let Some(url) = fields.text(Field::CallBackUrl) else { return Ok(None) };
    if let Err(reason) = fields::callback_url(url, &undocumented.callback_schemes) {
        return refuse(
            Code::ORDER_DATA,
            Slug::CALL_BACK_URL_FORMAT,
            format!("callBackUrl {} {reason} (docs/PROTOCOL.md §2.1.1)", quoted(url)),
        );
    }
    if channel != Channel::Direct {
        return Ok(Some(url));
    }
    let reason = "callBackUrl is not used in a direct registration, and the live sandbox refuses it; send it to /payment (docs/PROTOCOL.md A-02)";
    findings.add(Code::ORDER_DATA, Slug::CALL_BACK_URL_PRESENT, Evidence::SeenLive, reason)?;
    Ok(None)
}

fn tokenize(fields: &RequestFields<'_>) -> Result<(u8, Option<ClientUserKey>), Refusal> {
    let mode = match fields.text(Field::TokenizeUser) {
        None | Some("0") => 0,
        Some("1") => 1,
        Some("2") => 2,
        Some(other) => {
            let reason = format!(
                "tokenizeUser {} is neither 1 (tokenize) nor 2 (seamless) nor empty (docs/PROTOCOL.md A-07)",
                quoted(other)
            );
            return refuse(Code::ORDER_DATA, Slug::TOKENIZE_USER_UNKNOWN, reason);
        }
    };
    let client_user_key = match fields.text(Field::ClientUserKey).map(ClientUserKey::new) {
        None => None,
        Some(Ok(key)) => Some(key),
        Some(Err(e)) => {
            return refuse(Code::ORDER_DATA, Slug::CLIENT_USER_KEY_FORMAT, format!("{e} (docs/PROTOCOL.md §2.1.1)"));
        }
    };
    if mode == 1 && client_user_key.is_none() {
        return refuse(
            Code::ORDER_DATA,
            Slug::CLIENT_USER_KEY_MISSING,
            "clientUserKey is required with tokenizeUser 1 (docs/PROTOCOL.md A-09)",
        );
    }
    if mode == 2 && fields.text(Field::UserToken).is_none() {
        return refuse(
            Code::ORDER_DATA,
            Slug::USER_TOKEN_MISSING,
            "userToken is required with tokenizeUser 2 (docs/PROTOCOL.md §2.1.1)",
        );
    }
    Ok((mode, client_user_key))
}

fn pay_valid(fields: &RequestFields<'_>, findings: &mut Findings) -> Option<jiff::Timestamp> {
    let (day, time) = (fields.text(Field::PayValidDt), fields.text(Field::PayValidTm));
    let instant = match (day, time) {
        (None, None) => return None,
        // Eight digits and six: other lengths are a mistake, even with fourteen digits in all.
        (Some(day), Some(time)) if day.len() == 8 => timestamp::instant(&format!("{day}{time}")),
        _ => None,
    };
    if instant.is_none() {
        let [day, time] = [day, time].map(|text| quoted(text.unwrap_or_default()));
        let reason = format!(
            "payValidDt {day} and payValidTm {time} are not a date and a time; the default of 24 hours applies (docs/PROTOCOL.md §3.2)"
        );
        findings.advise(Slug::PAY_VALID_DT_FORMAT, Evidence::Assumed, reason);
    }
    instant
}
