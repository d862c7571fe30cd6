//! `GET /transactions[/{tXid}]`

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::problem::Problem;
use super::read::Query;
use super::{Control, view};
use crate::ledger::Transaction;
use crate::protocol::status_digit;
use crate::store::Filter;

/// Transactions of one answer unless `limit` says otherwise.
const LIMIT: usize = 100;
/// And at most.
const MOST: usize = 10_000;
/// Events in one timeline.
const TIMELINE: usize = 1_000;

/// The matching ones in the order of their registration; `after` a tXid for the next ones.
pub(super) async fn list(control: web::Data<Control>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Query::of(&request);
    let limit = query.number("limit", LIMIT)?.min(MOST);
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
    store.transactions.each(|transaction| {
        let takes = transaction.sequence > after
            && i_mid.is_none_or(|wanted| transaction.i_mid.as_str() == wanted)
            && reference_no.is_none_or(|wanted| transaction.reference_no.as_str() == wanted)
            && status.is_none_or(|wanted| {
                status_digit(transaction.stage(), &control.assumed).0 == wanted || transaction.stage().word() == wanted
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
        .map(|transaction| view::transaction(&transaction, &control.assumed))
        .collect();
    Ok(view::ok(&transactions))
}

pub(super) async fn show(control: web::Data<Control>, t_xid: web::Path<String>) -> Result<HttpResponse, Problem> {
    let Some(transaction) = control.engine.transaction(&t_xid) else {
        return Err(Problem::not_found("transaction", &t_xid));
    };
    let filter = Filter { t_xid: Some(t_xid.as_str().into()), ..Filter::default() };
    let mut shown = view::transaction(&transaction, &control.assumed);
    shown.insert("explain".into(), explain(&control, &transaction));
    let timeline: Vec<Value> =
        control.engine.store().log.read(&filter, TIMELINE).iter().map(|event| json!(event)).collect();
    shown.insert("timeline".into(), timeline.into());
    Ok(view::ok(&shown))
}

/// Which rule decided last, and why the ones before it did not.
fn explain(control: &Control, transaction: &Transaction) -> Value {
    let rule = &*transaction.rule;
    let not_matched = control.engine.not_matched(transaction);
    let because = match rule.split_once('/') {
        Some(("control", _)) => "somebody ordered it through the control API",
        Some(("customer", _)) => "the customer did so on the lender's page",
        Some(("partner", _)) => "the account at the lender: its state, its limit, or the end of the token",
        Some(("shopper", _)) => "no rule speaks of it, and this is what happens with this shopper",
        Some((_, "default")) => "no rule speaks of it, and nothing is special about the shopper",
        _ => "it is the first rule that speaks of it and fits",
    };
    json!({ "rule": rule, "because": because, "notMatched": not_matched })
}
