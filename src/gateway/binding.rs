//! `POST /nicepay/v2/userAccountBinding` (§2.9), in any case.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Gateway;
use super::answer::{Answer, Asked, No, base_url, json};
use crate::domain::Partner;
use crate::engine::{BindAccount, Operation, Subject};
use crate::paths;
use crate::protocol::{Recipe, binding_answer, binding_refused, read_binding};

pub(super) async fn handle(gateway: web::Data<Gateway>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    gateway.exchange(Some(Operation::Binding), request, payload, answer).await
}

fn answer(gateway: &Gateway, asked: &Asked<'_>) -> Answer {
    let words = &gateway.assumed.binding;
    bind(gateway, asked)
        .unwrap_or_else(|no| gateway.refuse("userAccountBinding", no, |code| json(&binding_refused(code, words))))
}

fn bind(gateway: &Gateway, asked: &Asked<'_>) -> Result<Answer, No> {
    let (sent, note) = asked.json(gateway.profile)?;
    let refused = |refusal| No::to(refusal, &sent);
    let (merchant, stamped) =
        gateway.authenticate_either(Recipe::BINDING, Recipe::BINDING_STAMPED, &sent).map_err(refused)?;
    let (request, notes) = read_binding(&sent, gateway.profile, &merchant.partners).map_err(refused)?;
    let binding = gateway.engine.bind(BindAccount { i_mid: merchant.i_mid.clone(), request: Box::new(request) });
    let page = paths::partner_page(Partner::Kredivo.slug(), paths::SIGN_IN, &binding.link);
    let url = base_url(gateway, asked.request) + &page;
    Ok(Answer {
        body: json(&binding_answer(&binding, &url, &gateway.assumed.binding)),
        subject: Subject::from(&binding),
        rule: Some(binding.rule),
        notes: notes.into_iter().chain(note).chain(stamped).collect(),
        ..Answer::default()
    })
}
