//! `POST /nicepay/redirect/v2/registration` (§2.8): an order for NICEPAY's own page.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, base_url, json};
use super::registration::{answered, take};
use crate::engine::Operation;
use crate::paths;
use crate::protocol::{CheckoutAnswer, Recipe, Registration};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(Some(Operation::Checkout), request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    register(gateway, asked)
        .unwrap_or_else(|no| gateway.refuse("checkout", no, |code| json(&CheckoutAnswer::refused(code))))
}

fn register(gateway: &Gateway, asked: &Asked<'_>) -> Result<Answer, No> {
    let (sent, note) = asked.json(gateway.profile)?;
    let refused = |refusal| No::to(refusal, &sent);
    let merchant = gateway.authenticate(Recipe::REGISTRATION, &sent).map_err(refused)?;
    let mut order = Registration::read_checkout(&sent, gateway.profile).map_err(refused)?;
    order.notes.extend(note);
    let registered = take(gateway, &sent, &merchant, &mut order)?;
    let page = base_url(gateway, asked.request) + paths::CHECKOUT_PAGE;
    let body = json(&CheckoutAnswer::of(&sent, &order, registered.t_xid.as_str(), registered.at, page));
    Ok(answered(body, order, registered, &merchant))
}
