//! `GET, PUT /shoppers[/{phone}]`: the lender's accounts. With `?iMid=` as one merchant's namespace has them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::problem::Problem;
use super::read::Query;
use super::{Control, read, view};
use crate::ledger::{AccountState, Amount, Limit, Phone, Shopper};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Put {
    name: Option<String>,
    pin: Option<String>,
    otp: Option<String>,
    state: Option<AccountState>,
    /// The tenors on offer; their limits are the book's.
    tenors: Option<Vec<Months>>,
    /// Open principal, in rupiah.
    #[serde(default, deserialize_with = "read::number")]
    owes: Option<u64>,
}

/// A tenor, as number or string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Months {
    Number(u8),
    Text(String),
}

pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let i_mid = Query::of(&request).i_mid()?;
    let shoppers = control.engine.store().accounts.list(i_mid.as_ref());
    Ok(view::ok(&shoppers.iter().map(view::shopper).collect::<Vec<_>>()))
}

fn find(control: &Control, request: &HttpRequest, phone: &Phone) -> Result<Option<Shopper>, Problem> {
    let i_mid = Query::of(request).i_mid()?;
    let all = control.engine.store().accounts.list(i_mid.as_ref());
    Ok(all.into_iter().find(|shopper| shopper.phone == *phone))
}

pub(super) async fn show(
    control: web::Data<Control>,
    phone: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    match find(&control, &request, &read::phone(&phone)?)? {
        Some(shopper) => Ok(view::ok(&view::shopper(&shopper))),
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
    let i_mid = Query::of(&request).i_mid()?;
    let known = find(&control, &request, &phone)?;
    let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let mut shopper = known.unwrap_or_else(|| new_shopper(&control, phone));
    if let Some(pin) = put.pin {
        digits("pin", &pin, 6)?;
        (shopper.pin, shopper.wrong_pins, shopper.locked_until) = (pin.into(), 0, None);
    }
    if let Some(otp) = put.otp {
        digits("otp", &otp, 4)?;
        shopper.otp = otp.into();
    }
    if let Some(name) = put.name {
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err(Problem::bad_value("name is 1 to 100 characters without control characters"));
        }
        shopper.name = name.into();
    }
    if let Some(state) = put.state {
        (shopper.state, shopper.wrong_pins, shopper.locked_until) = (state, 0, None);
    }
    if let Some(tenors) = put.tenors {
        shopper.limits = tenors.iter().map(|months| limit(&control, months)).collect::<Result<_, _>>()?;
    }
    if let Some(owes) = put.owes {
        shopper.owes = Amount::rupiah(owes);
    }
    let shown = view::shopper(&shopper);
    control.engine.put_shopper(i_mid.as_ref(), shopper);
    Ok(view::answer(status, &shown))
}

fn new_shopper(control: &Control, phone: Phone) -> Shopper {
    let products = control.engine.book().products();
    Shopper {
        name: phone.local().into(),
        phone,
        pin: "123456".into(),
        otp: "4567".into(),
        state: AccountState::Active,
        limits: products.iter().map(|p| Limit { months: p.months, total: Amount::rupiah(p.limit) }).collect(),
        owes: Amount::ZERO,
        first_otp_expired: false,
        seamless_otp: false,
        wrong_pins: 0,
        locked_until: None,
    }
}

fn digits(name: &str, text: &str, count: usize) -> Result<(), Problem> {
    let fits = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if fits { Ok(()) } else { Err(Problem::bad_value(format!("{name} is {count} digits"))) }
}

fn limit(control: &Control, months: &Months) -> Result<Limit, Problem> {
    let number = match months {
        Months::Number(number) => Some(*number),
        Months::Text(text) => text.parse().ok(),
    };
    let product = number.and_then(|months| control.engine.book().product(months));
    let product = product.ok_or_else(|| Problem::bad_value("the partner sells 1, 3, 6 and 12 months"))?;
    Ok(Limit { months: product.months, total: Amount::rupiah(product.limit) })
}
