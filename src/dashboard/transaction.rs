//! `GET /__sim/transactions/{tXid}`: one transaction: where it stands, who said what, and buttons.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde_json::Value;

use super::Dashboard;
use super::facts::{Fact, facts};
use super::frame::{Frame, Place, gone, instant};
use super::message::{self, Message};
use super::notices::{Told, told};
use super::sequence::{Selected, Sequence};
use super::time::{Moment, moment};
use crate::control::{Control, described_transaction, diagram};
use crate::domain::{Entry, Stage, Transaction, UserToken, Variant};
use crate::paths;
use crate::protocol::status_digit;

#[derive(Template)]
#[template(path = "dashboard/transaction.html")]
struct TransactionPage {
    frame: Frame,
    path: String,
    t_xid: String,
    reference_no: String,
    i_mid: String,
    amount: String,
    lender: &'static str,
    stage: &'static str,
    status: (&'static str, &'static str),
    at: String,
    expires_at: String,
    /// Where the customer's browser can go on at the lender.
    partner_url: Option<String>,
    customer: Option<String>,
    token: Option<Token>,
    can: Can,
    shoppers: Vec<(String, String)>,
    rule: String,
    because: String,
    not_matched: Vec<(String, String)>,
    sequence: Sequence,
    message: Option<Message>,
    notices: Vec<Told>,
    facts: Vec<Fact>,
    timeline: Vec<Moment>,
}

/// What can be done with it now.
struct Can {
    play: bool,
    decide: bool,
    expire: bool,
    /// What is left to give back, in rupiah.
    give_back: Option<String>,
}

/// A user token that it has to do with.
struct Token {
    value: String,
    i_mid: String,
    active: bool,
}

pub(super) async fn show(dashboard: Data<Dashboard>, t_xid: Path<String>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::of(&dashboard, &request, Place::Transactions);
    let Some((transaction, entries)) = look(control, &t_xid) else {
        return gone(control, frame, ("Tidak ada transaksi", "There is no transaction"), &t_xid);
    };
    let frame = frame.about(transaction.i_mid.as_str(), transaction.reference_no.as_str());
    let page = page(control, frame, &request, &transaction, &entries);
    page.frame.answer(control, StatusCode::OK, &page)
}

fn look(control: &Control, t_xid: &str) -> Option<(Transaction, Vec<Entry>)> {
    Some((control.engine.transaction(t_xid)?, control.engine.entries_of_transaction(t_xid)?))
}

fn page(
    control: &Control,
    frame: Frame,
    request: &HttpRequest,
    transaction: &Transaction,
    entries: &[Entry],
) -> TransactionPage {
    let described = described_transaction(control, transaction);
    let explain = &described["explain"];
    let text = |name: &str| explain[name].as_str().unwrap_or_default().to_owned();
    let not_matched = explain["notMatched"].as_array().into_iter().flatten();
    let not_matched = not_matched.map(|passed| {
        let text = |name: &str| passed[name].as_str().unwrap_or_default().to_owned();
        (text("rule"), text("because"))
    });
    let lender = transaction.order.partner;
    let path = request.path().to_owned();
    let selected = Selected::of(request.query_string());
    let diagram = diagram(&control.engine, lender, entries);
    let mut sequence = Sequence::of(&diagram, &path, selected, frame.lang());
    sequence.forgotten = entries.iter().all(|entry| entry.event.id != transaction.sequence);
    TransactionPage {
        path,
        t_xid: transaction.t_xid.to_string(),
        reference_no: transaction.reference_no.to_string(),
        i_mid: transaction.i_mid.to_string(),
        amount: transaction.amount.for_people(),
        lender: lender.map_or("", |lender| lender.name()),
        stage: transaction.stage().word(),
        status: status_digit(transaction.stage(), &control.assumed),
        at: instant(transaction.registered_at),
        expires_at: instant(transaction.expires_at),
        partner_url: described["partnerUrl"].as_str().map(str::to_owned),
        customer: described["clientUserKey"].as_str().map(str::to_owned),
        token: token(control, transaction, &described),
        can: can(transaction),
        shoppers: shoppers(control, transaction),
        rule: text("rule"),
        because: text("because"),
        not_matched: not_matched.collect(),
        message: selected.and_then(|selected| message::open_one_of(control, entries, selected.event)),
        sequence,
        notices: told(control, &transaction.notifications),
        facts: facts(&described, &["explain", "timeline"]),
        timeline: entries.iter().map(moment).collect(),
        frame,
    }
}

fn token(control: &Control, transaction: &Transaction, described: &Value) -> Option<Token> {
    let token = described["userToken"].as_str()?;
    let known =
        UserToken::new(token).ok().and_then(|token| control.engine.store().tokens.get(&transaction.i_mid, &token));
    Some(Token {
        value: token.to_owned(),
        i_mid: transaction.i_mid.to_string(),
        active: known.is_some_and(|known| known.active),
    })
}

fn can(transaction: &Transaction) -> Can {
    let stage = transaction.stage();
    let give_back = match stage {
        Stage::Approved { plan, refunded, .. } => {
            Some(plan.principal.as_rupiah().saturating_sub(refunded.as_rupiah()).to_string())
        }
        _ => None,
    };
    Can {
        play: stage.is_payable(),
        decide: matches!(stage, Stage::UnderReview { .. }),
        expire: !stage.is_final() || matches!(stage, Stage::Abandoned { .. }),
        give_back,
    }
}

/// Whom the customer can be played as: phone, and what is special about them.
fn shoppers(control: &Control, transaction: &Transaction) -> Vec<(String, String)> {
    let book = control.engine.catalog();
    let all = control.engine.store().accounts.list(Some(&transaction.i_mid));
    let fit =
        all.into_iter().filter(|shopper| transaction.order.partner.is_none_or(|lender| lender == shopper.partner));
    let named = fit.map(|shopper| {
        let says = book.description(&shopper.phone).map_or("", |(_, en)| en);
        (shopper.phone.local(), says.to_owned())
    });
    named.collect()
}

impl TransactionPage {
    /// Where the diagram can be had as a file.
    fn download(&self, format: &str) -> String {
        format!("{}/transactions/{}/diagram?format={format}&download=1", paths::API, self.t_xid)
    }
}
