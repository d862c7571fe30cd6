//! `GET, PUT /shoppers[/{phone}]`: the test accounts at the lenders. Each merchant has its own copy of an account.

use std::cell::Cell;
use std::collections::BTreeMap;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::control::api::{
    ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, Query, RequestBody, WholeNumber, request, response,
};
use crate::control::{Control, view};
use crate::domain::{AccountState, Amount, CreditLimit, Partner, Phone, Product, SeamlessChallenge, Shopper, object};

const I_MID: Parameter = Parameter::text(
    "iMid",
    "The account in this merchant's namespace. Default: for all merchants without their own copy of it.",
);
const LIST: &[Parameter] = &[
    I_MID,
    Parameter::integer("limit", "The maximum number of shoppers.", 1_000, Some(10_000)),
    Parameter::text("after", "A phone number: only shoppers after it."),
];
const ONE: &[Parameter] = &[Parameter::path("phone", "A phone number: `081…`, `62…` or `+62…`."), I_MID];

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/shoppers",
            handler: web::to(list),
            id: "listShoppers",
            tag: "shoppers",
            summary: "Lists the lenders' accounts",
            description: "With PIN, one-time password, limits and debts, for testers.",
            parameters: LIST,
            body: None,
            responses: vec![ApiResponse::json::<Vec<view::Shopper>>(
                StatusCode::OK,
                "The accounts.",
                json!([view::Shopper::example()]),
            )],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::GET,
            path: "/shoppers/{phone}",
            handler: web::to(show),
            id: "getShopper",
            tag: "shoppers",
            summary: "Shows an account",
            description: "With PIN, one-time password, limits and debts.",
            parameters: ONE,
            body: None,
            responses: vec![ApiResponse::json::<view::Shopper>(
                StatusCode::OK,
                "The account.",
                view::Shopper::example(),
            )],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::PUT,
            path: "/shoppers/{phone}",
            handler: web::to(put),
            id: "putShopper",
            tag: "shoppers",
            summary: "Adds or changes an account",
            description: "Missing fields keep their values; a new account gets the lender's defaults. With `iMid`, the \
                          account is set for this merchant, which then has its own copy. Without it, the account is \
                          set for all merchants without their own copy.",
            parameters: ONE,
            body: Some(RequestBody::json::<PutShopper>(
                json!({ "pin": "123456", "limits": { "30_days": 500_000 }, "owes": "0" }),
            )),
            responses: vec![
                ApiResponse::json::<view::Shopper>(
                    StatusCode::OK,
                    "The account was changed.",
                    view::Shopper::example(),
                ),
                ApiResponse::json::<view::Shopper>(
                    StatusCode::CREATED,
                    "The account was added.",
                    view::Shopper::example(),
                ),
            ],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
    ]
}

/// The fields of an account to set.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PutShopper {
    /// The lender of a new account. Default: Kredivo.
    partner: Option<Partner>,
    /// The name on the account, 1 to 100 characters.
    name: Option<String>,
    /// The PIN to sign in with, 6 digits. Setting it unlocks the account.
    pin: Option<String>,
    /// The one-time password that is "sent": 4 digits at Kredivo, 6 at the other lenders.
    otp: Option<String>,
    /// Whether the lender accepts a sign-in.
    state: Option<AccountState>,
    /// The offered tenors, in months. Their limits are the lender's defaults.
    tenors: Option<Vec<Months>>,
    /// The limits by the lender's name of the tenor: `{"30_days": {"total": "1000"}}` or `{"30_days": 1000}`. A tenor
    /// with a limit is offered.
    limits: Option<BTreeMap<String, NewLimit>>,
    /// Whether a payment with a token asks for a one-time password.
    seamless_otp: Option<bool>,
    /// Whether a payment with a token asks for a sign-in.
    seamless_login: Option<bool>,
    /// Whether the first one-time password of a payment is already expired.
    first_otp_expired: Option<bool>,
    /// The open principal, in rupiah.
    owes: Option<WholeNumber>,
}

/// A limit in rupiah.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected rupiah, as a whole number, a string, or {\"total\": …}")]
enum NewLimit {
    /// As a number.
    Number(u64),
    /// As a string of digits.
    Text(String),
    /// As in a response.
    Object(#[serde(deserialize_with = "object")] TotalLimit),
}

/// A limit as in a response.
#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
struct TotalLimit {
    /// The maximum total debt.
    total: Box<NewLimit>,
}

impl NewLimit {
    fn rupiah(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::Object(limit) => limit.total.rupiah(),
        }
    }
}

/// A tenor, as number or string.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a number of months, also as a string")]
enum Months {
    /// As a number.
    Number(u8),
    /// As a string of digits.
    Text(String),
}

async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, LIST);
    let i_mid = query.existing_merchant(&control)?;
    let shoppers = control.engine.store().accounts.list(i_mid.as_ref());
    let shoppers =
        query.page(shoppers, "shopper", |shopper, after| Phone::new(after).as_ref() == Ok(&shopper.phone))?;
    let shoppers = control.engine.shown(shoppers);
    Ok(response::ok(&shoppers.iter().map(view::Shopper::new).collect::<Vec<_>>()))
}

fn find(control: &Control, request: &HttpRequest, phone: &Phone) -> Result<Option<Shopper>, Problem> {
    let i_mid = Query::from_request(request, ONE).existing_merchant(control)?;
    Ok(control.engine.store().accounts.find(i_mid.as_ref(), phone))
}

async fn show(
    control: web::Data<Control>,
    phone: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    match find(&control, &request, &request::phone(&phone)?)? {
        Some(shopper) => Ok(response::ok(&view::Shopper::new(&control.engine.shown(shopper)))),
        None => Err(Problem::not_found("shopper", &phone)),
    }
}

async fn put(
    control: web::Data<Control>,
    phone: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let phone = request::phone(&phone)?;
    let put: PutShopper = request::json(&control, &request, payload).await?;
    let i_mid = Query::from_request(&request, ONE).existing_merchant(&control)?;
    let is_new = Cell::new(false);
    let changed = control.engine.put_shopper(i_mid.as_ref(), &phone, |known| {
        let shopper = match known {
            Some(known) if put.partner.is_some_and(|partner| partner != known.partner) => {
                let lender = known.partner.name();
                return Err(Problem::bad_value(format!("{phone} is a customer of {lender}: use another phone")));
            }
            Some(known) => known,
            None => {
                is_new.set(true);
                new_shopper(&control, phone.clone(), put.partner.unwrap_or(Partner::Kredivo))
            }
        };
        apply(&control, shopper, &put)
    });
    let status = if is_new.get() { StatusCode::CREATED } else { StatusCode::OK };
    Ok(response::json(status, &view::Shopper::new(&control.engine.shown(changed?))))
}

fn apply(control: &Control, mut shopper: Shopper, put: &PutShopper) -> Result<Shopper, Problem> {
    if let Some(pin) = &put.pin {
        check_digits("pin", pin, 6)?;
        (shopper.pin, shopper.wrong_pins, shopper.locked_until) = (pin.as_str().into(), 0, None);
    }
    if let Some(otp) = &put.otp {
        check_digits("otp", otp, shopper.partner.otp_digits().into())?;
        shopper.otp = otp.as_str().into();
    }
    if let Some(name) = &put.name {
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(Problem::bad_value("name must be 1 to 100 characters without control characters"));
        }
        shopper.name = name.as_str().into();
    }
    if let Some(state) = put.state {
        (shopper.state, shopper.wrong_pins, shopper.locked_until) = (state, 0, None);
    }
    if let Some(tenors) = &put.tenors {
        shopper.limits =
            tenors.iter().map(|months| full_limit(control, shopper.partner, months)).collect::<Result<_, _>>()?;
        // A tenor named twice is kept once.
        shopper.limits.sort_by_key(|limit| limit.months);
        shopper.limits.dedup_by_key(|limit| limit.months);
    }
    for (payment_type, new_limit) in put.limits.iter().flatten() {
        set_limit(control, &mut shopper, payment_type, new_limit)?;
    }
    let (otp, login) = (shopper.seamless == SeamlessChallenge::Otp, shopper.seamless == SeamlessChallenge::Login);
    shopper.seamless = match (put.seamless_otp.unwrap_or(otp), put.seamless_login.unwrap_or(login)) {
        (false, false) => SeamlessChallenge::Nothing,
        (true, false) => SeamlessChallenge::Otp,
        (false, true) => SeamlessChallenge::Login,
        (true, true) => return Err(Problem::bad_value("seamlessOtp and seamlessLogin exclude each other")),
    };
    shopper.first_otp_expired = put.first_otp_expired.unwrap_or(shopper.first_otp_expired);
    if let Some(owes) = &put.owes {
        shopper.owes = Amount::from_rupiah(owes.0);
    }
    Ok(shopper)
}

fn new_shopper(control: &Control, phone: Phone, partner: Partner) -> Shopper {
    let catalog = control.engine.catalog();
    // The lender's default password, so that testers need not look it up.
    let default_shopper =
        catalog.default_phone(partner).and_then(|phone| catalog.shoppers().iter().find(|known| known.phone == *phone));
    Shopper {
        name: phone.local().into(),
        phone,
        partner,
        pin: "123456".into(),
        otp: default_shopper.map(|shopper| shopper.otp.clone()).unwrap_or_default(),
        state: AccountState::Active,
        limits: catalog.products(partner).iter().map(Product::full_limit).collect(),
        owes: Amount::ZERO,
        first_otp_expired: false,
        seamless: SeamlessChallenge::Nothing,
        wrong_pins: 0,
        locked_until: None,
    }
}

fn set_limit(
    control: &Control,
    shopper: &mut Shopper,
    payment_type: &str,
    new_limit: &NewLimit,
) -> Result<(), Problem> {
    let products = control.engine.catalog().products(shopper.partner);
    let product = products.iter().find(|product| Product::payment_type(product.months) == payment_type);
    let known: Vec<_> = products.iter().map(|product| Product::payment_type(product.months)).collect();
    let product = product.ok_or_else(|| Problem::bad_value(format!("limits are possible for {}", known.join(", "))))?;
    let total = new_limit.rupiah().ok_or_else(|| Problem::bad_value("a limit must be a whole number of rupiah"))?;
    let total = Amount::from_rupiah(total);
    match shopper.limits.iter_mut().find(|limit| limit.months == product.months) {
        Some(limit) => limit.total = total,
        None => shopper.limits.push(CreditLimit { total, ..product.full_limit() }),
    }
    shopper.limits.sort_by_key(|limit| limit.months);
    Ok(())
}

fn check_digits(name: &str, text: &str, count: usize) -> Result<(), Problem> {
    let is_valid = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if is_valid { Ok(()) } else { Err(Problem::bad_value(format!("{name} must be {count} digits"))) }
}

fn full_limit(control: &Control, partner: Partner, months: &Months) -> Result<CreditLimit, Problem> {
    let number = match months {
        Months::Number(number) => Some(*number),
        Months::Text(text) => text.parse().ok(),
    };
    let catalog = control.engine.catalog();
    let product = number.and_then(|months| catalog.product(partner, months)).ok_or_else(|| {
        let offered: Vec<_> = catalog.products(partner).iter().map(|product| product.months.to_string()).collect();
        Problem::bad_value(format!("{} offers these tenors, in months: {}", partner.name(), offered.join(", ")))
    })?;
    Ok(product.full_limit())
}
