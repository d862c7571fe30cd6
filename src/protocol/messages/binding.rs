//! `POST /nicepay/v2/userAccountBinding` and its notification (`docs/PROTOCOL.md` §2.9, §2.3.1). Most of it is
//! *(assumed)*: the only stored copies of its page end after `dbProcessUrl`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::activation::{active_partner, check_pay_method};
use crate::diagnosis::Slug;
use crate::domain::{
    Binding, BindingFieldNames, BindingRequest, ClientUserKey, MerchantKey, Notification, Partner, Phone, ReferenceNo,
    UndocumentedBehavior,
};
use crate::protocol::code::Code;
use crate::protocol::fields::{
    Field, FieldRules, Form, MAX_LENGTH, RequestFields, Requirement, callback_url, date, http_url, refuse, row, time,
};
use crate::protocol::findings::Findings;
use crate::protocol::refusal::{Refusal, quoted};

/// In the order of the documents' table; the last three rows are not in it.
#[rustfmt::skip]
const TABLE: FieldRules = FieldRules { section: "2.9", rows: &[
    row(Field::TimeStamp,     Code::TIME_STAMP,         Requirement::Always, MAX_LENGTH),
    row(Field::ReferenceNo,   Code::REFERENCE_MISSING,  Requirement::Always, 40),
    row(Field::PayMethod,     Code::PAY_METHOD_MISSING, Requirement::Always, MAX_LENGTH),
    row(Field::MitraCd,       Code::ORDER_DATA,         Requirement::Always, MAX_LENGTH),
    row(Field::BillingNm,     Code::BILLING_NM,         Requirement::Always, 100),
    row(Field::BillingPhone,  Code::BILLING_PHONE,      Requirement::Always, 15),
    row(Field::BillingEmail,  Code::BILLING_EMAIL,      Requirement::Never,  40),
    row(Field::DbProcessUrl,  Code::DB_PROCESS_URL,     Requirement::Always, 255),
    row(Field::CallBackUrl,   Code::ORDER_DATA,         Requirement::Never,  255),
    row(Field::ClientUserKey, Code::ORDER_DATA,         Requirement::Never,  100),
    row(Field::UserIp,        Code::ORDER_DATA,         Requirement::Never,  15),
] };

/// Parses a request to bind an account. `partners` are the lenders that are active for the merchant. The merchantToken
/// has been verified.
///
/// # Errors
/// The code of what is missing, `9109`, `8003`, `9031`, `9108`
pub fn read_binding(
    fields: &RequestFields<'_>,
    partners: &[Partner],
    undocumented: &UndocumentedBehavior,
    findings: &mut Findings,
) -> Result<BindingRequest, Refusal> {
    TABLE.required(fields, findings)?;
    TABLE.value_types(fields)?;
    let text = |field| fields.text(field).unwrap_or_default();
    TABLE.lengths(fields, findings)?;
    TABLE.control_characters(fields, findings)?;
    FieldRules::time_stamp(fields, findings)?;
    let bad = |slug, reason: String| Refusal::new(Code::ORDER_DATA, slug, reason);
    let reference_no = ReferenceNo::new(text(Field::ReferenceNo))
        .map_err(|e| bad(Slug::REFERENCE_NO_FORMAT, format!("{e} (docs/PROTOCOL.md §2.9)")))?;
    let phone = Phone::new(text(Field::BillingPhone)).map_err(|_| {
        let got = quoted(text(Field::BillingPhone));
        bad(
            Slug::BILLING_PHONE_FORMAT,
            format!("billingPhone {got} is not a telephone number such as +62-82112345678 (docs/PROTOCOL.md §2.9)"),
        )
    })?;
    if let Some(url) = fields.text(Field::DbProcessUrl) {
        http_url(url).map_err(|reason| {
            let reason = format!("dbProcessUrl {} {reason} (docs/PROTOCOL.md §2.9)", quoted(url));
            bad(Slug::DB_PROCESS_URL_FORMAT, reason)
        })?;
    }
    if let Some(url) = fields.text(Field::CallBackUrl) {
        callback_url(url, &undocumented.callback_schemes).map_err(|reason| {
            let reason = format!("callBackUrl {} {reason} (docs/PROTOCOL.md §2.9)", quoted(url));
            bad(Slug::CALL_BACK_URL_FORMAT, reason)
        })?;
    }
    let client_user_key = match fields.text(Field::ClientUserKey).map(ClientUserKey::new) {
        None => None,
        Some(Ok(key)) => Some(key),
        Some(Err(e)) => {
            return refuse(Code::ORDER_DATA, Slug::CLIENT_USER_KEY_FORMAT, format!("{e} (docs/PROTOCOL.md §2.9)"));
        }
    };
    check_pay_method(text(Field::PayMethod), false)?;
    let partner = active_partner(text(Field::MitraCd), partners)?;
    if !partner.supports_user_tokens() {
        let reason = format!("{} does not link accounts; only Kredivo does (docs/PROTOCOL.md §1.2)", partner.name());
        return refuse(Code::ORDER_DATA, Slug::MITRA_CD_NO_TOKENS, reason);
    }
    Ok(BindingRequest {
        reference_no,
        billing_nm: text(Field::BillingNm).into(),
        billing_phone: text(Field::BillingPhone).into(),
        phone,
        billing_email: text(Field::BillingEmail).into(),
        client_user_key,
        db_process_url: text(Field::DbProcessUrl).into(),
        callback_url: fields.text(Field::CallBackUrl).map(Into::into),
    })
}

/// The response. `url` is where the browser goes; a setting has the names of its fields.
pub fn binding_response(binding: &Binding, url: &str, names: &BindingFieldNames) -> impl Serialize + use<> {
    let mut response = envelope(Code::SUCCESS, names);
    for (name, value) in [
        ("referenceNo", binding.request.reference_no.as_str()),
        ("payMethod", "06"),
        ("mitraCd", Partner::Kredivo.mitra_cd()),
    ] {
        response[name] = value.into();
    }
    response["clientUserKey"] = binding.request.client_user_key.as_ref().map(ClientUserKey::as_str).into();
    for name in &names.url_fields {
        response[name.as_str()] = url.into();
    }
    response
}

/// A refusal: every other key is null *(assumed, `docs/PROTOCOL.md` §2.0)*.
pub fn binding_refusal(code: Code, names: &BindingFieldNames) -> impl Serialize + use<> {
    envelope(code, names)
}

fn envelope(code: Code, names: &BindingFieldNames) -> Map<String, Value> {
    let mut response = Map::new();
    response.insert("resultCd".to_owned(), code.cd.into());
    response.insert("resultMsg".to_owned(), code.msg.into());
    let keys = ["referenceNo", "payMethod", "mitraCd", "clientUserKey"].into_iter();
    for name in keys.chain(names.url_fields.iter().map(String::as_str)) {
        response.insert(name.to_owned(), Value::Null);
    }
    response
}

/// The encoded form. Settings choose its fields, their names and what its token covers
/// (`docs/PROTOCOL.md` A-17).
pub fn binding_notification(
    binding: &Binding,
    notification: &Notification,
    key: &MerchantKey,
    undocumented: &UndocumentedBehavior,
) -> String {
    let (request, names) = (&binding.request, &undocumented.binding);
    let value_of = |name: &str| -> String {
        match name {
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
        names.notification_token.iter().map(|name| (name.as_str(), value_of(name))).collect();
    let covered: Vec<_> = covered.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut form = Form::default();
    for (name, form_name) in &names.notification {
        let text = value_of(name);
        // A customer whom the merchant did not name stays unnamed.
        let omits = undocumented.empty_fields_omitted && name != "merchantToken" || name == "clientUserKey";
        let is_omitted = omits && text.is_empty();
        form.push(name, form_name, text, !is_omitted);
    }
    form.into_body(&covered, key, notification.rule_plan.as_deref())
}
