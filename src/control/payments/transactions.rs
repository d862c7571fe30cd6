//! `GET /transactions[/{tXid}]`: payments.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use crate::control::api::{ApiOperation, ApiResponse, Parameter, Problem, ProblemKind, Query, response};
use crate::control::{Control, view};
use crate::domain::Transaction;
use crate::language::Lang;
use crate::protocol::status_digit;
use crate::store::Filter;

const LIST: &[Parameter] = &[
    Parameter::text("iMid", "Only transactions of this merchant."),
    Parameter::text("referenceNo", "Only transactions with this order number."),
    Parameter::text("status", "Only transactions with this `status` digit of an inquiry, or in this stage."),
    Parameter::integer("limit", "The maximum number of transactions; the oldest ones are returned.", 100, Some(10_000)),
    Parameter::text("after", "A `tXid`: only transactions that were registered after it."),
];
/// The path parameter of every call for one transaction.
pub(super) const T_XID: &[Parameter] = &[Parameter::path("tXid", "NICEPAY's number of a transaction.")];
const MAX_TIMELINE_EVENTS: usize = 1_000;

pub(super) fn operations() -> Vec<ApiOperation> {
    vec![
        ApiOperation {
            method: Method::GET,
            path: "/transactions",
            handler: web::to(list),
            id: "listTransactions",
            tag: "transactions",
            summary: "Lists transactions",
            description: "The transactions that match, in the order of their registration.",
            parameters: LIST,
            body: None,
            responses: vec![ApiResponse::json::<Vec<view::Transaction>>(
                StatusCode::OK,
                "The transactions.",
                json!([view::Transaction::example()]),
            )],
            problems: &[ProblemKind::NOT_FOUND, ProblemKind::BAD_VALUE],
        },
        ApiOperation {
            method: Method::GET,
            path: "/transactions/{tXid}",
            handler: web::to(show),
            id: "getTransaction",
            tag: "transactions",
            summary: "Shows a transaction",
            description: "With the rule that decided it, the reason, and its timeline: all its events.",
            parameters: T_XID,
            body: None,
            responses: vec![ApiResponse::json::<view::TransactionWithTimeline>(
                StatusCode::OK,
                "The transaction.",
                view::TransactionWithTimeline::example(),
            )],
            problems: &[ProblemKind::NOT_FOUND],
        },
    ]
}

async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::from_request(&request, LIST);
    let limit = query.integer("limit")?;
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
        let matches = transaction.sequence > after
            && i_mid.is_none_or(|value| transaction.i_mid.as_str() == value)
            && reference_no.is_none_or(|value| transaction.reference_no.as_str() == value)
            && status.is_none_or(|value| {
                status_digit(transaction.stage(), &control.undocumented).0 == value
                    || transaction.stage().as_str() == value
            });
        if matches {
            found.push((transaction.sequence, transaction.t_xid.clone()));
        }
    });
    found.sort_unstable_by_key(|(sequence, _)| *sequence);
    found.truncate(limit);
    found.shrink_to_fit();
    let reader = control.clone();
    let transactions = found.into_iter().filter_map(move |(_, t_xid)| {
        let transaction = reader.engine.transaction(t_xid.as_str())?;
        Some(view::Transaction::new(&reader.engine.shown(transaction), &reader.undocumented))
    });
    Ok(response::list(transactions))
}

async fn show(control: web::Data<Control>, t_xid: web::Path<String>) -> Result<HttpResponse, Problem> {
    let Some(transaction) = control.engine.transaction(&t_xid) else {
        return Err(Problem::not_found("transaction", &t_xid));
    };
    let filter = Filter { t_xid: Some(t_xid.as_str().into()), ..Filter::default() };
    let events = control.engine.store().log.read(&filter, MAX_TIMELINE_EVENTS);
    let mask = control.engine.key_mask();
    let timeline = events.iter().map(|entry| view::Event::from_entry(entry).masked(&mask)).collect();
    let transaction = control.engine.shown(transaction);
    Ok(response::ok(&view::TransactionWithTimeline { timeline, ..transaction_view(&control, &transaction) }))
}

/// A transaction as the API returns it, with an empty timeline. Its texts are masked already.
pub fn transaction_view(control: &Control, transaction: &Transaction) -> view::TransactionWithTimeline {
    view::TransactionWithTimeline {
        transaction: view::Transaction::new(transaction, &control.undocumented),
        explain: view::Explanation::new(
            transaction,
            control.engine.shown(control.engine.not_matched(transaction, Lang::En)),
        ),
        timeline: Vec::new(),
    }
}
