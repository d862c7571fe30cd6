//! `GET /transactions[/{tXid}]`

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::operation::{Answer, Operation, Parameter};
use super::problem::{Kind, Problem};
use super::read::Query;
use super::{Control, view};
use crate::domain::Transaction;
use crate::protocol::status_digit;
use crate::store::Filter;

const LIST: &[Parameter] = &[
    Parameter::text("iMid", "Only this merchant's."),
    Parameter::text("referenceNo", "Only with this number of the merchant's."),
    Parameter::text("status", "Only with this digit of an inquiry, or at this stage."),
    Parameter::whole("limit", "So many of the oldest, at most.", 100, Some(10_000)),
    Parameter::text("after", "A tXid: only what was registered after it."),
];
/// Of every call about one transaction.
pub(super) const ONE: &[Parameter] = &[Parameter::path("tXid", "NICEPAY's number of a transaction.")];
/// Events in one timeline.
const TIMELINE: usize = 1_000;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::GET,
            path: "/transactions",
            handler: web::to(list),
            id: "listTransactions",
            tag: "transactions",
            summary: "Lists transactions",
            description: "The matching ones in the order of their registration.",
            parameters: LIST,
            body: None,
            answers: vec![Answer::json::<Vec<view::Transaction>>(
                StatusCode::OK,
                "The transactions.",
                json!([view::Transaction::example()]),
            )],
            problems: &[Kind::NOT_FOUND, Kind::BAD_VALUE],
        },
        Operation {
            method: Method::GET,
            path: "/transactions/{tXid}",
            handler: web::to(show),
            id: "getTransaction",
            tag: "transactions",
            summary: "Shows a transaction",
            description: "With why it was decided so, and its timeline: everything that happened to it.",
            parameters: ONE,
            body: None,
            answers: vec![Answer::json::<view::Timelined>(
                StatusCode::OK,
                "The transaction.",
                view::Timelined::example(),
            )],
            problems: &[Kind::NOT_FOUND],
        },
    ]
}

/// The matching ones in the order of their registration; `after` a tXid for the next ones.
pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request, LIST);
    let limit = query.number("limit")?;
    let store = control.engine.store();
    let after = match query.get("after") {
        None => 0,
        Some(t_xid) => {
            let sequence = store.transactions.read(t_xid, |transaction| transaction.sequence);
            sequence.ok_or_else(|| Problem::not_found("transaction", t_xid))?
        }
    };
    let (i_mid, reference_no, status) = (query.get("iMid"), query.get("referenceNo"), query.get("status"));
    let mut found = Vec::new();
    store.transactions.for_each(|transaction| {
        let takes = transaction.sequence > after
            && i_mid.is_none_or(|wanted| transaction.i_mid.as_str() == wanted)
            && reference_no.is_none_or(|wanted| transaction.reference_no.as_str() == wanted)
            && status.is_none_or(|wanted| {
                status_digit(transaction.stage(), &control.assumed).0 == wanted
                    || transaction.stage().as_str() == wanted
            });
        if takes {
            found.push((transaction.sequence, transaction.t_xid.clone()));
        }
    });
    found.sort_unstable_by_key(|(sequence, _)| *sequence);
    found.truncate(limit);
    let transactions: Vec<_> = found
        .iter()
        .filter_map(|(_, t_xid)| control.engine.transaction(t_xid.as_str()))
        .map(|transaction| view::Transaction::of(&transaction, &control.assumed))
        .collect();
    Ok(view::ok(&transactions))
}

pub(super) async fn show(control: web::Data<Control>, t_xid: web::Path<String>) -> Result<HttpResponse, Problem> {
    let Some(transaction) = control.engine.transaction(&t_xid) else {
        return Err(Problem::not_found("transaction", &t_xid));
    };
    let filter = Filter { t_xid: Some(t_xid.as_str().into()), ..Filter::default() };
    let events = control.engine.store().log.read(&filter, TIMELINE);
    Ok(view::ok(&view::Timelined {
        transaction: view::Transaction::of(&transaction, &control.assumed),
        explain: view::Explanation::new(
            transaction.decided_by,
            &transaction.rule,
            control.engine.not_matched(&transaction),
        ),
        timeline: events.iter().map(view::Event::of).collect(),
    }))
}

/// What the API shows of a transaction, with why it was decided so and without its timeline.
pub fn described(control: &Control, transaction: &Transaction) -> Value {
    json!(view::Timelined {
        transaction: view::Transaction::of(transaction, &control.assumed),
        explain: view::Explanation::new(
            transaction.decided_by,
            &transaction.rule,
            control.engine.not_matched(transaction)
        ),
        timeline: Vec::new(),
    })
}
