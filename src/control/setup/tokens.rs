//! `GET, POST /tokens`, `DELETE /tokens/{userToken}`: user tokens.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::control::api::{
    ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, Query, RequestBody, request, response,
};
use crate::control::{Control, view};
use crate::domain::{ClientUserKey, IMid, IdError, Partner, UserToken};

const LIST: &[Parameter] = &[
    Parameter::text("iMid", "Only tokens of this merchant."),
    Parameter::text("clientUserKey", "Only tokens of this customer of the merchant."),
    Parameter::integer("limit", "The maximum number of tokens; the oldest ones are returned.", 1_000, Some(10_000)),
    Parameter::text("after", "A user token: only tokens that were issued after it."),
];
const ONE: &[Parameter] = &[
    Parameter::path("userToken", "A user token."),
    Parameter::text("iMid", "The merchant, if more than one has this token."),
];

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/tokens",
            handler: web::to(list),
            id: "listTokens",
            tag: "tokens",
            summary: "Lists user tokens",
            description: "In the order of issue, including inactive tokens.",
            parameters: LIST,
            body: None,
            responses: vec![ApiResponse::json::<Vec<view::Token>>(
                StatusCode::OK,
                "The tokens.",
                json!([view::Token::example()]),
            )],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::POST,
            path: "/tokens",
            handler: web::to(issue),
            id: "issueToken",
            tag: "tokens",
            summary: "Issues a user token",
            description: "To prepare a test. Only Kredivo has user tokens.",
            parameters: &[],
            body: Some(RequestBody::json::<IssueToken>(json!({ "iMid": "PAYLOANTES", "clientUserKey": "customer-7" }))),
            responses: vec![ApiResponse::json::<view::Token>(
                StatusCode::CREATED,
                "The token was issued.",
                view::Token::example(),
            )],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::TOKEN_EXISTS, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::DELETE,
            path: "/tokens/{userToken}",
            handler: web::to(revoke),
            id: "revokeToken",
            tag: "tokens",
            summary: "Revokes a user token",
            description: "Like the customer in the lender's app. The token stays in the list as inactive.",
            parameters: ONE,
            body: None,
            responses: vec![ApiResponse::empty("The token is inactive.")],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
    ]
}

/// The token to issue.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct IssueToken {
    /// The merchant that may pay with it.
    i_mid: String,
    /// The merchant's customer, 1 to 4,000 characters.
    client_user_key: String,
    /// The account at the lender. Default: Kredivo's default shopper.
    phone: Option<String>,
    /// The token, 1 to 255 characters. Default: a random UUID.
    user_token: Option<String>,
}

async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, LIST);
    let (i_mid, customer) = (query.get("iMid"), query.get("clientUserKey"));
    let after = query.get("after").map(|text| issued_number(&control, text, i_mid)).transpose()?;
    let tokens = control.engine.store().tokens.list(query.integer("limit")?, |token| {
        after.is_none_or(|after| token.number > after)
            && i_mid.is_none_or(|value| token.grant.i_mid.as_str() == value)
            && customer.is_none_or(|value| token.grant.client_user_key.as_str() == value)
    });
    let tokens = control.engine.shown(tokens);
    Ok(response::list(tokens.into_iter().map(|token| view::Token::new(&token))))
}

/// The position of a token in the order of issue.
fn issued_number(control: &Control, text: &str, i_mid: Option<&str>) -> Result<u64, Problem> {
    let tokens = UserToken::new(text).map(|text| control.engine.store().tokens.find_by_text(&text)).unwrap_or_default();
    let mut own = tokens.iter().filter(|token| i_mid.is_none_or(|i_mid| token.grant.i_mid.as_str() == i_mid));
    own.next().map(|token| token.number).ok_or_else(|| Problem::not_found("token", text))
}

async fn issue(
    control: web::Data<Control>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let body: IssueToken = request::json(&control, &request, payload).await?;
    let bad_value = |error: IdError| Problem::bad_value(error.to_string());
    let i_mid = IMid::new(&body.i_mid).map_err(bad_value)?;
    let client_user_key = ClientUserKey::new(&body.client_user_key).map_err(bad_value)?;
    let default_phone = || control.engine.catalog().default_phone(Partner::Kredivo).cloned();
    let phone = match body.phone.as_deref() {
        Some(text) => request::phone(text)?,
        None => default_phone().ok_or_else(|| Problem::bad_value("phone is missing"))?,
    };
    if control.engine.merchant(i_mid.as_str()).is_none() {
        return Err(Problem::not_found("merchant", i_mid.as_str()));
    }
    match control.engine.shopper(&i_mid, &phone) {
        Some(shopper) if shopper.partner.supports_user_tokens() => {}
        Some(shopper) => {
            let lender = shopper.partner.name();
            return Err(Problem::bad_value(format!("{phone} is a customer of {lender}; only Kredivo has user tokens")));
        }
        None => return Err(Problem::bad_value(format!("no lender has a shopper {phone}"))),
    }
    let user_token = body.user_token.map(|text| UserToken::new(&text).map_err(bad_value)).transpose()?;
    match control.engine.issue_token(&i_mid, &client_user_key, &phone, user_token) {
        Some(token) => Ok(response::json(StatusCode::CREATED, &view::Token::new(&control.engine.shown(token)))),
        None => Err(Problem::new(ProblemKind::TOKEN_EXISTS, ProblemKind::TOKEN_EXISTS.meaning)),
    }
}

async fn revoke(
    control: web::Data<Control>,
    user_token: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let i_mid = Query::from_request(&request, ONE).i_mid()?;
    let token = UserToken::new(&user_token).map_err(|_| Problem::not_found("token", &user_token))?;
    let mut found = control.engine.store().tokens.find_by_text(&token);
    found.retain(|known| i_mid.as_ref().is_none_or(|i_mid| known.grant.i_mid == *i_mid));
    match found.as_slice() {
        [] => Err(Problem::not_found("token", &user_token)),
        [one] => {
            control.engine.revoke_token(&one.grant.i_mid, &token);
            Ok(HttpResponse::NoContent().finish())
        }
        _ => Err(Problem::bad_value("more than one merchant has this token: add ?iMid=")),
    }
}
