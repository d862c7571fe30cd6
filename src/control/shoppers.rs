//! `GET, PUT /shoppers[/{phone}]`: the lenders' accounts. With `?iMid=` as one merchant's namespace has them.

use std::cell::Cell;
use std::collections::BTreeMap;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::operation::{Answer, Body, Operation, Parameter};
use super::problem::{Kind, Problem};
use super::read::Query;
use super::{Control, read, view};
use crate::domain::{AccountState, Amount, IMid, Limit, Partner, Phone, Product, SeamlessChallenge, Shopper};

const I_MID: Parameter = Parameter::text(
    "iMid",
    "As this merchant's namespace has it; unless said, as those have it for which nobody has set it.",
);
const LIST: &[Parameter] = &[I_MID];
const ONE: &[Parameter] = &[Parameter::path("phone", "A phone number, in any of its forms."), I_MID];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::GET,
            path: "/shoppers",
            handler: web::to(list),
            id: "listShoppers",
            tag: "shoppers",
            summary: "Lists the lenders' accounts",
            description: "With PIN, one-time password, limits and debts: they are the testers' tools.",
            parameters: LIST,
            body: None,
            answers: vec![Answer::json::<Vec<view::Shopper>>(
                StatusCode::OK,
                "The accounts.",
                json!([view::Shopper::example()]),
            )],
            problems: &[Kind::NOT_FOUND, Kind::BAD_VALUE],
        },
        Operation {
            method: Method::GET,
            path: "/shoppers/{phone}",
            handler: web::to(show),
            id: "getShopper",
            tag: "shoppers",
            summary: "Shows an account",
            description: "With PIN, one-time password, limits and debts.",
            parameters: ONE,
            body: None,
            answers: vec![Answer::json::<view::Shopper>(StatusCode::OK, "The account.", view::Shopper::example())],
            problems: &[Kind::NOT_FOUND, Kind::BAD_VALUE],
        },
        Operation {
            method: Method::PUT,
            path: "/shoppers/{phone}",
            handler: web::to(put),
            id: "putShopper",
            tag: "shoppers",
            summary: "Adds or changes an account",
            description: "What is not said stays; of a new one it is as for any full account. With iMid it is set for that merchant and \
                          is its own from then on; without, for all merchants for which nobody has set it, whatever they are owed.",
            parameters: ONE,
            body: Some(Body::json::<Put>(json!({ "pin": "123456", "limits": { "30_days": 500_000 }, "owes": "0" }))),
            answers: vec![
                Answer::json::<view::Shopper>(StatusCode::OK, "It was changed.", view::Shopper::example()),
                Answer::json::<view::Shopper>(StatusCode::CREATED, "It was added.", view::Shopper::example()),
            ],
            problems: &[Kind::NOT_FOUND, Kind::BAD_VALUE],
        },
    ]
}

/// What to change of an account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "PutShopper")]
struct Put {
    /// Whose customer a new one is; Kredivo's unless said.
    partner: Option<Partner>,
    /// The name on the account, 1 to 100 characters.
    name: Option<String>,
    /// The PIN to sign in with, 6 digits; ends a lock.
    pin: Option<String>,
    /// The one-time password that is "sent": 4 digits at Kredivo, 6 at the others.
    otp: Option<String>,
    /// Whether the lender lets the customer in.
    state: Option<AccountState>,
    /// The tenors on offer, in months; their limits are the lender's usual ones.
    tenors: Option<Vec<Months>>,
    /// Limits by the lender's name of a tenor, as `{"30_days": {"total": "1000"}}` or `{"30_days": 1000}`; a tenor that is
    /// not on offer is then.
    limits: Option<BTreeMap<String, NewLimit>>,
    /// Whether a payment with a token asks for a one-time password.
    seamless_otp: Option<bool>,
    /// Whether a payment with a token asks to sign in.
    seamless_login: Option<bool>,
    /// Whether the first one-time password of a payment has expired when it arrives.
    first_otp_expired: Option<bool>,
    /// Open principal, in rupiah.
    owes: Option<read::Whole>,
}

/// A limit in rupiah, as GET shows it or as a plain number.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected rupiah, as a whole number, a string, or {\"total\": …}")]
enum NewLimit {
    /// As a number.
    Number(u64),
    /// As a string of digits.
    Text(String),
    /// As GET shows it.
    Shown {
        /// What may be owed in all.
        total: Box<NewLimit>,
    },
}

impl NewLimit {
    fn rupiah(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::Shown { total } => total.rupiah(),
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

pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let i_mid = namespace(&control, &request, LIST)?;
    let shoppers = control.engine.store().accounts.list(i_mid.as_ref());
    Ok(view::ok(&shoppers.iter().map(view::Shopper::of).collect::<Vec<_>>()))
}

/// The namespace that is meant; none for all for which nobody has set it.
fn namespace(
    control: &Control,
    request: &HttpRequest,
    declared: &'static [Parameter],
) -> Result<Option<IMid>, Problem> {
    let i_mid = Query::of(request, declared).i_mid()?;
    match i_mid {
        Some(i_mid) if control.engine.merchant(i_mid.as_str()).is_none() => {
            Err(Problem::not_found("merchant", i_mid.as_str()))
        }
        known => Ok(known),
    }
}

fn find(control: &Control, request: &HttpRequest, phone: &Phone) -> Result<Option<Shopper>, Problem> {
    let i_mid = namespace(control, request, ONE)?;
    Ok(control.engine.store().accounts.find(i_mid.as_ref(), phone))
}

pub(super) async fn show(
    control: web::Data<Control>,
    phone: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    match find(&control, &request, &read::phone(&phone)?)? {
        Some(shopper) => Ok(view::ok(&view::Shopper::of(&shopper))),
        None => Err(Problem::not_found("shopper", &phone)),
    }
}

/// Makes or changes an account; what is not said stays, or is as for any full account.
pub(super) async fn put(
    control: web::Data<Control>,
    phone: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let phone = read::phone(&phone)?;
    let put: Put = read::json(&control, &request, payload).await?;
    let i_mid = namespace(&control, &request, ONE)?;
    let is_new = Cell::new(false);
    let changed = control.engine.put_shopper(i_mid.as_ref(), &phone, |known| {
        let shopper = match known {
            Some(known) if put.partner.is_some_and(|partner| partner != known.partner) => {
                let lender = known.partner.name();
                return Err(Problem::bad_value(format!("{phone} is {lender}'s customer: take another phone")));
            }
            Some(known) => known,
            None => {
                is_new.set(true);
                new_shopper(&control, phone.clone(), put.partner.unwrap_or(Partner::Kredivo))
            }
        };
        changed(&control, shopper, &put)
    });
    let status = if is_new.get() { StatusCode::CREATED } else { StatusCode::OK };
    Ok(view::answer(status, &view::Shopper::of(&changed?)))
}

fn changed(control: &Control, mut shopper: Shopper, put: &Put) -> Result<Shopper, Problem> {
    if let Some(pin) = &put.pin {
        digits("pin", pin, 6)?;
        (shopper.pin, shopper.wrong_pins, shopper.locked_until) = (pin.as_str().into(), 0, None);
    }
    if let Some(otp) = &put.otp {
        digits("otp", otp, shopper.partner.otp_digits().into())?;
        shopper.otp = otp.as_str().into();
    }
    if let Some(name) = &put.name {
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(Problem::bad_value("name is 1 to 100 characters without control characters"));
        }
        shopper.name = name.as_str().into();
    }
    if let Some(state) = put.state {
        (shopper.state, shopper.wrong_pins, shopper.locked_until) = (state, 0, None);
    }
    if let Some(tenors) = &put.tenors {
        shopper.limits =
            tenors.iter().map(|months| limit(control, shopper.partner, months)).collect::<Result<_, _>>()?;
        // Said twice is said once.
        shopper.limits.sort_by_key(|limit| limit.months);
        shopper.limits.dedup_by_key(|limit| limit.months);
    }
    for (payment_type, wanted) in put.limits.iter().flatten() {
        set_limit(control, &mut shopper, payment_type, wanted)?;
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
        shopper.owes = Amount::rupiah(owes.0);
    }
    Ok(shopper)
}

fn new_shopper(control: &Control, phone: Phone, partner: Partner) -> Shopper {
    let book = control.engine.catalog();
    // The lender's usual password, so that nobody has to look it up.
    let usual =
        book.default_phone(partner).and_then(|usual| book.shoppers().iter().find(|known| known.phone == *usual));
    Shopper {
        name: phone.local().into(),
        phone,
        partner,
        pin: "123456".into(),
        otp: usual.map(|usual| usual.otp.clone()).unwrap_or_default(),
        state: AccountState::Active,
        limits: book.products(partner).iter().map(Product::full_limit).collect(),
        owes: Amount::ZERO,
        first_otp_expired: false,
        seamless: SeamlessChallenge::Nothing,
        wrong_pins: 0,
        locked_until: None,
    }
}

fn set_limit(control: &Control, shopper: &mut Shopper, payment_type: &str, wanted: &NewLimit) -> Result<(), Problem> {
    let products = control.engine.catalog().products(shopper.partner);
    let product = products.iter().find(|product| Product::payment_type(product.months) == payment_type);
    let known: Vec<_> = products.iter().map(|product| Product::payment_type(product.months)).collect();
    let product = product.ok_or_else(|| Problem::bad_value(format!("limits are for {}", known.join(", "))))?;
    let total = wanted.rupiah().ok_or_else(|| Problem::bad_value("a limit is a whole number of rupiah"))?;
    let total = Amount::rupiah(total);
    match shopper.limits.iter_mut().find(|limit| limit.months == product.months) {
        Some(limit) => limit.total = total,
        None => shopper.limits.push(Limit { total, ..product.full_limit() }),
    }
    shopper.limits.sort_by_key(|limit| limit.months);
    Ok(())
}

fn digits(name: &str, text: &str, count: usize) -> Result<(), Problem> {
    let fits = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if fits { Ok(()) } else { Err(Problem::bad_value(format!("{name} is {count} digits"))) }
}

fn limit(control: &Control, partner: Partner, months: &Months) -> Result<Limit, Problem> {
    let number = match months {
        Months::Number(number) => Some(*number),
        Months::Text(text) => text.parse().ok(),
    };
    let book = control.engine.catalog();
    let product = number.and_then(|months| book.product(partner, months)).ok_or_else(|| {
        let sold: Vec<_> = book.products(partner).iter().map(|product| product.months.to_string()).collect();
        Problem::bad_value(format!("{} sells these tenors, in months: {}", partner.name(), sold.join(", ")))
    })?;
    Ok(product.full_limit())
}
