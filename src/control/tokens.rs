//! `GET, POST /tokens`, `DELETE /tokens/{userToken}`

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::operation::{Answer, Body, Operation, Parameter};
use super::problem::{Kind, Problem};
use super::read::Query;
use super::{Control, read, view};
use crate::domain::{ClientUserKey, IMid, Partner, UserToken};

const LIST: &[Parameter] = &[
    Parameter::text("iMid", "Only this merchant's."),
    Parameter::text("clientUserKey", "Only this customer's of the merchant."),
    Parameter::whole("limit", "So many of the oldest, at most.", 1_000, Some(10_000)),
];
const ONE: &[Parameter] = &[
    Parameter::path("userToken", "A user token."),
    Parameter::text("iMid", "Whose, where two merchants have the same."),
];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::GET,
            path: "/tokens",
            handler: web::to(list),
            id: "listTokens",
            tag: "tokens",
            summary: "Lists user tokens",
            description: "In the order in which they were issued; also those that no longer pay.",
            parameters: LIST,
            body: None,
            answers: vec![Answer::json::<Vec<view::Token>>(
                StatusCode::OK,
                "The tokens.",
                json!([view::Token::example()]),
            )],
            problems: &[Kind::BAD_VALUE],
        },
        Operation {
            method: Method::POST,
            path: "/tokens",
            handler: web::to(issue),
            id: "issueToken",
            tag: "tokens",
            summary: "Issues a user token",
            description: "For a test's set-up. Only Kredivo knows tokens.",
            parameters: &[],
            body: Some(Body::json::<Issue>(json!({ "iMid": "PAYLOANTES", "clientUserKey": "customer-7" }))),
            answers: vec![Answer::json::<view::Token>(StatusCode::CREATED, "It was issued.", view::Token::example())],
            problems: &[Kind::NOT_FOUND, Kind::TOKEN_EXISTS, Kind::BAD_VALUE],
        },
        Operation {
            method: Method::DELETE,
            path: "/tokens/{userToken}",
            handler: web::to(revoke),
            id: "revokeToken",
            tag: "tokens",
            summary: "Revokes a user token",
            description: "As the customer would, in the lender's app. It stays in the list, inactive.",
            parameters: ONE,
            body: None,
            answers: vec![Answer::empty("It pays no longer.")],
            problems: &[Kind::NOT_FOUND, Kind::BAD_VALUE],
        },
    ]
}

/// The token to issue.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "IssueToken")]
struct Issue {
    /// The merchant that may pay with it.
    i_mid: String,
    /// The merchant's customer, 1 to 4,000 characters.
    client_user_key: String,
    /// The account at the lender; Kredivo's usual shopper unless said.
    phone: Option<String>,
    /// The very token that is wanted, 1 to 255 characters; a random UUID unless said.
    user_token: Option<String>,
}

pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, LIST);
    let (i_mid, customer) = (query.get("iMid"), query.get("clientUserKey"));
    let tokens = control.engine.store().tokens.list(query.number("limit")?, |token| {
        i_mid.is_none_or(|wanted| token.grant.i_mid.as_str() == wanted)
            && customer.is_none_or(|wanted| token.grant.client_user_key.as_str() == wanted)
    });
    Ok(view::ok(&tokens.iter().map(view::Token::of).collect::<Vec<_>>()))
}

pub(super) async fn issue(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let wanted: Issue = read::json(&control, &request, payload).await?;
    let bad = |error: crate::domain::IdError| Problem::bad_value(error.to_string());
    let i_mid = IMid::new(&wanted.i_mid).map_err(bad)?;
    let client_user_key = ClientUserKey::new(&wanted.client_user_key).map_err(bad)?;
    let usual = || control.engine.catalog().default_phone(Partner::Kredivo).cloned();
    let phone = match wanted.phone.as_deref() {
        Some(text) => read::phone(text)?,
        None => usual().ok_or_else(|| Problem::bad_value("phone is missing"))?,
    };
    if control.engine.merchant(i_mid.as_str()).is_none() {
        return Err(Problem::not_found("merchant", i_mid.as_str()));
    }
    match control.engine.shopper(&i_mid, &phone) {
        Some(shopper) if shopper.partner.knows_tokens() => {}
        Some(shopper) => {
            let lender = shopper.partner.name();
            return Err(Problem::bad_value(format!("{phone} is {lender}'s customer, and only Kredivo knows tokens")));
        }
        None => return Err(Problem::bad_value(format!("no lender knows a shopper {phone}"))),
    }
    let user_token = wanted.user_token.map(|text| UserToken::new(&text).map_err(bad)).transpose()?;
    match control.engine.issue_token(&i_mid, &client_user_key, &phone, user_token) {
        Some(token) => Ok(view::answer(StatusCode::CREATED, &view::Token::of(&token))),
        None => Err(Problem::new(Kind::TOKEN_EXISTS, Kind::TOKEN_EXISTS.meaning)),
    }
}

/// Revokes a token as the customer would, in the lender's app. `?iMid=` where two merchants have the same.
pub(super) async fn revoke(
    control: web::Data<Control>,
    user_token: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let i_mid = Query::of(&request, ONE).i_mid()?;
    let token = UserToken::new(&user_token).map_err(|_| Problem::not_found("token", &user_token))?;
    let mut found = control.engine.store().tokens.of_text(&token);
    found.retain(|known| i_mid.as_ref().is_none_or(|i_mid| known.grant.i_mid == *i_mid));
    match found.as_slice() {
        [] => Err(Problem::not_found("token", &user_token)),
        [one] => {
            control.engine.revoke_token(&one.grant.i_mid, &token);
            Ok(HttpResponse::NoContent().finish())
        }
        _ => Err(Problem::bad_value("more than one merchant has this token: say ?iMid=")),
    }
}
