//! `GET, PUT /shoppers[/{phone}]`: the lenders' accounts. With `?iMid=` as one merchant's namespace has them.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::problem::Problem;
use super::read::Query;
use super::{Control, read, view};
use crate::ledger::{AccountState, Amount, Asks, IMid, Limit, Partner, Phone, Product, Shopper};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Put {
    /// Whose customer; Kredivo's unless said.
    partner: Option<Partner>,
    name: Option<String>,
    pin: Option<String>,
    otp: Option<String>,
    state: Option<AccountState>,
    /// The tenors on offer; their limits are the book's.
    tenors: Option<Vec<Months>>,
    /// Limits by payment type, as `{"30_days": {"total": "1000"}}` or `{"30_days": 1000}`; a tenor that is not on offer
    /// is then.
    limits: Option<BTreeMap<String, NewLimit>>,
    seamless_otp: Option<bool>,
    seamless_login: Option<bool>,
    first_otp_expired: Option<bool>,
    /// Open principal, in rupiah.
    #[serde(default, deserialize_with = "read::number")]
    owes: Option<u64>,
}

/// A limit, as GET shows it or as a plain number.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected rupiah, as a whole number, a string, or {\"total\": …}")]
enum NewLimit {
    Number(u64),
    Text(String),
    Shown { total: Box<NewLimit> },
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
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a number of months, also as a string")]
enum Months {
    Number(u8),
    Text(String),
}

pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let i_mid = namespace(&control, &request)?;
    let shoppers = control.engine.store().accounts.list(i_mid.as_ref());
    Ok(view::ok(&shoppers.iter().map(view::shopper).collect::<Vec<_>>()))
}

/// The namespace that is meant; none for all that have not their own.
fn namespace(control: &Control, request: &HttpRequest) -> Result<Option<IMid>, Problem> {
    let i_mid = Query::of(request).i_mid()?;
    match i_mid {
        Some(i_mid) if control.engine.merchant(i_mid.as_str()).is_none() => {
            Err(Problem::not_found("merchant", i_mid.as_str()))
        }
        known => Ok(known),
    }
}

fn find(control: &Control, request: &HttpRequest, phone: &Phone) -> Result<Option<Shopper>, Problem> {
    let i_mid = namespace(control, request)?;
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
    let i_mid = namespace(&control, &request)?;
    let mut status = StatusCode::OK;
    let put = control.engine.put_shopper(i_mid.as_ref(), &phone, |known| {
        let shopper = match known {
            Some(known) if put.partner.is_some_and(|partner| partner != known.partner) => {
                let lender = known.partner.name();
                return Err(Problem::bad_value(format!("{phone} is {lender}'s customer: take another phone")));
            }
            Some(known) => known,
            None => {
                status = StatusCode::CREATED;
                new_shopper(&control, phone.clone(), put.partner.unwrap_or(Partner::Kredivo))
            }
        };
        changed(&control, shopper, put)
    });
    Ok(view::answer(status, &view::shopper(&put?)))
}

fn changed(control: &Control, mut shopper: Shopper, put: Put) -> Result<Shopper, Problem> {
    if let Some(pin) = put.pin {
        digits("pin", &pin, 6)?;
        (shopper.pin, shopper.wrong_pins, shopper.locked_until) = (pin.into(), 0, None);
    }
    if let Some(otp) = put.otp {
        digits("otp", &otp, shopper.partner.otp_digits().into())?;
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
        shopper.limits =
            tenors.iter().map(|months| limit(control, shopper.partner, months)).collect::<Result<_, _>>()?;
    }
    for (payment_type, wanted) in put.limits.unwrap_or_default() {
        set_limit(control, &mut shopper, &payment_type, &wanted)?;
    }
    let (otp, login) = (shopper.seamless == Asks::Otp, shopper.seamless == Asks::Login);
    shopper.seamless = match (put.seamless_otp.unwrap_or(otp), put.seamless_login.unwrap_or(login)) {
        (false, false) => Asks::Nothing,
        (true, false) => Asks::Otp,
        (false, true) => Asks::Login,
        (true, true) => return Err(Problem::bad_value("seamlessOtp and seamlessLogin exclude each other")),
    };
    shopper.first_otp_expired = put.first_otp_expired.unwrap_or(shopper.first_otp_expired);
    if let Some(owes) = put.owes {
        shopper.owes = Amount::rupiah(owes);
    }
    Ok(shopper)
}

fn new_shopper(control: &Control, phone: Phone, partner: Partner) -> Shopper {
    let book = control.engine.book();
    // The lender's usual password, so that nobody has to look it up.
    let usual = book.usual_phone(partner).and_then(|usual| book.shoppers().iter().find(|known| known.phone == *usual));
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
        seamless: Asks::Nothing,
        wrong_pins: 0,
        locked_until: None,
    }
}

fn set_limit(control: &Control, shopper: &mut Shopper, payment_type: &str, wanted: &NewLimit) -> Result<(), Problem> {
    let products = control.engine.book().products(shopper.partner);
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
    let book = control.engine.book();
    let product = number.and_then(|months| book.product(partner, months)).ok_or_else(|| {
        let sold: Vec<_> = book.products(partner).iter().map(|product| product.months.to_string()).collect();
        Problem::bad_value(format!("{} sells these tenors, in months: {}", partner.name(), sold.join(", ")))
    })?;
    Ok(product.full_limit())
}
