//! `POST /nicepay/v2/userAccountBinding` and its notification (§2.9, §2.3.1). Most of it is *(assumed)*: the only stored
//! copies of its page end after `dbProcessUrl`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::code::Code;
use super::field::Field;
use super::field_rules::{FieldRules, LONGEST, Needed, refuse, row};
use super::form::Form;
use super::refusal::{Diagnosis, Refusal, shown};
use super::registration::{active_partner, payloan};
use super::request_fields::RequestFields;
use super::timestamp::{date, time};
use super::url::http_url;
use crate::domain::{
    Binding, BindingFieldNames, BindingRequest, ClientUserKey, MerchantKey, Notification, Partner, Phone, Profile,
    ReferenceNo,
};

/// In the order of the documents' table; the last three rows are ours.
#[rustfmt::skip]
const TABLE: FieldRules = FieldRules { section: "2.9", rows: &[
    row(Field::TimeStamp,     Code::TIME_STAMP,         Needed::Always, LONGEST),
    row(Field::ReferenceNo,   Code::REFERENCE_MISSING,  Needed::Always, 40),
    row(Field::PayMethod,     Code::PAY_METHOD_MISSING, Needed::Always, LONGEST),
    row(Field::MitraCd,       Code::ORDER_DATA,         Needed::Always, LONGEST),
    row(Field::BillingNm,     Code::BILLING_NM,         Needed::Always, 100),
    row(Field::BillingPhone,  Code::BILLING_PHONE,      Needed::Always, 15),
    row(Field::BillingEmail,  Code::BILLING_EMAIL,      Needed::Never,  40),
    row(Field::DbProcessUrl,  Code::DB_PROCESS_URL,     Needed::Always, 255),
    row(Field::CallBackUrl,   Code::ORDER_DATA,         Needed::Never,  255),
    row(Field::ClientUserKey, Code::ORDER_DATA,         Needed::Never,  100),
    row(Field::UserIp,        Code::ORDER_DATA,         Needed::Never,  15),
] };

/// Reads a request to bind an account, of a merchant that has `partners`. The merchantToken has been verified.
///
/// # Errors
/// The code of what is missing, `9109`, `8003`, `9031`, `9108`
pub fn read_binding(
    sent: &RequestFields<'_>,
    profile: Profile,
    partners: &[Partner],
) -> Result<(BindingRequest, Vec<Diagnosis>), Refusal> {
    let mut notes = Vec::new();
    TABLE.required(sent, profile)?;
    TABLE.shapes(sent)?;
    let text = |field| sent.text(field).unwrap_or_default();
    TABLE.lengths(sent, profile, &mut notes)?;
    TABLE.control_characters(sent, profile, &mut notes)?;
    FieldRules::time_stamp(sent, profile)?;
    let bad = |slug, reason: String| Refusal::new(Code::ORDER_DATA, slug, reason);
    let reference_no =
        ReferenceNo::new(text(Field::ReferenceNo)).map_err(|e| bad("referenceNo/format", format!("{e} (2.9)")))?;
    let phone = Phone::new(text(Field::BillingPhone)).map_err(|_| {
        let got = shown(text(Field::BillingPhone));
        bad("billingPhone/format", format!("billingPhone {got} is no telephone number such as +62-82112345678 (2.9)"))
    })?;
    for field in [Field::DbProcessUrl, Field::CallBackUrl] {
        let Some(url) = sent.text(field) else { continue };
        http_url(url).map_err(|reason| {
            let slug = if field == Field::CallBackUrl { "callBackUrl/format" } else { "dbProcessUrl/format" };
            bad(slug, format!("{} {} {reason} (2.9)", field.name(), shown(url)))
        })?;
    }
    let client_user_key = match sent.text(Field::ClientUserKey).map(ClientUserKey::new) {
        None => None,
        Some(Ok(key)) => Some(key),
        Some(Err(e)) => return refuse(Code::ORDER_DATA, "clientUserKey/format", format!("{e} (2.9)")),
    };
    payloan(text(Field::PayMethod), false)?;
    let partner = active_partner(text(Field::MitraCd), partners)?;
    if !partner.supports_user_tokens() {
        let reason = format!("{} binds no accounts: only Kredivo does (1.2)", partner.name());
        return refuse(Code::ORDER_DATA, "mitraCd/no-tokens", reason);
    }
    let request = BindingRequest {
        reference_no,
        billing_nm: text(Field::BillingNm).into(),
        billing_phone: text(Field::BillingPhone).into(),
        phone,
        billing_email: text(Field::BillingEmail).into(),
        client_user_key,
        db_process_url: text(Field::DbProcessUrl).into(),
        callback_url: sent.text(Field::CallBackUrl).map(Into::into),
    };
    Ok((request, notes))
}

/// The answer: `url` is where the browser goes; under which names it stands is a setting.
pub fn binding_answer(binding: &Binding, url: &str, words: &BindingFieldNames) -> impl Serialize + use<> {
    let mut answer = frame(Code::SUCCESS, words);
    for (name, value) in [
        ("referenceNo", binding.request.reference_no.as_str()),
        ("payMethod", "06"),
        ("mitraCd", Partner::Kredivo.mitra_cd()),
    ] {
        answer[name] = value.into();
    }
    answer["clientUserKey"] = binding.request.client_user_key.as_ref().map(ClientUserKey::as_str).into();
    for name in &words.url_fields {
        answer[name.as_str()] = url.into();
    }
    answer
}

/// A refusal: every other key is null *(assumed, §2.0)*.
pub fn binding_refused(code: Code, words: &BindingFieldNames) -> impl Serialize + use<> {
    frame(code, words)
}

fn frame(code: Code, words: &BindingFieldNames) -> Map<String, Value> {
    let mut answer = Map::new();
    answer.insert("resultCd".to_owned(), code.cd.into());
    answer.insert("resultMsg".to_owned(), code.msg.into());
    let names = ["referenceNo", "payMethod", "mitraCd", "clientUserKey"].into_iter();
    for name in names.chain(words.url_fields.iter().map(String::as_str)) {
        answer.insert(name.to_owned(), Value::Null);
    }
    answer
}

/// The form's text. Which fields it has, what they are called and what its token covers are settings.
pub fn binding_notification(
    binding: &Binding,
    notification: &Notification,
    key: &MerchantKey,
    words: &BindingFieldNames,
) -> String {
    let request = &binding.request;
    let value = |ours: &str| -> String {
        match ours {
            "iMid" => binding.i_mid.to_string(),
            "referenceNo" => request.reference_no.to_string(),
            "payMethod" => "06".to_owned(),
            "mitraCd" => Partner::Kredivo.mitra_cd().to_owned(),
            "billingNm" => request.billing_nm.to_string(),
            "billingPhone" => request.billing_phone.to_string(),
            "billingEmail" => request.billing_email.to_string(),
            "clientUserKey" => request.client_user_key.as_ref().map(ToString::to_string).unwrap_or_default(),
            "userToken" => notification.user_token.as_ref().map(ToString::to_string).unwrap_or_default(),
            "tokenStatus" | "accountStatus" => "1".to_owned(),
            "resultCd" => Code::SUCCESS.cd.to_owned(),
            "resultMsg" => Code::SUCCESS.msg.to_owned(),
            "timeStamp" => date(notification.decided_at) + &time(notification.decided_at),
            // The settings allow no other name.
            _ => String::new(),
        }
    };
    let covered: Vec<(&str, String)> =
        words.notification_token.iter().map(|ours| (ours.as_str(), value(ours))).collect();
    let covered: Vec<_> = covered.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut form = Form::default();
    for (ours, theirs) in &words.notification {
        let text = value(ours);
        // A customer whom the merchant did not name stays unnamed.
        let unnamed = text.is_empty() && ours == "clientUserKey";
        form.put(ours, theirs, text, !unnamed);
    }
    form.finish(&covered, key, notification.rule_plan.as_deref())
}
