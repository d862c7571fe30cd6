//! `GET /__sim/`: the transactions and the refused requests, the newest first.

mod filter;
mod rows;
mod search;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use self::filter::{ListFilter, REFUSED_LIVE, UNUSUAL};
use self::rows::{Found, RefusedRow, Row};
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{DeliveryState, FirstRequest, Frame, Section, first_request, query};
use crate::paths;

/// The status digits of an inquiry, and their meaning (`docs/PROTOCOL.md` §4.1).
const STATUSES: [(&str, &str); 7] =
    [("9", "init"), ("3", "unpaid"), ("0", "paid"), ("8", "fail"), ("1", "void"), ("2", "refund"), ("4", "expired")];
/// The stages of a transaction.
pub(in crate::dashboard) const STAGES: [&str; 8] =
    ["registered", "at-partner", "under-review", "approved", "declined", "abandoned", "expired", "cancelled"];
/// The longest search that the page repeats, in characters.
const MAX_REPEATED: usize = 64;

#[derive(Template)]
#[template(path = "dashboard/transactions.html")]
struct TransactionsPage {
    frame: Frame,
    filter: ListFilter,
    merchants: Vec<String>,
    found: Found,
    /// How many transactions and refused requests there are.
    all: usize,
    /// The address of the next page.
    older: Option<String>,
    /// What a link to a page appends, so that the page leads back to this list.
    from: String,
    /// The newest refused request, above the list.
    last_refused: Option<RefusedRow>,
    /// For a simulator without transactions.
    requests: Vec<FirstRequest>,
}

impl TransactionsPage {
    /// How many rows are shown, and of how many.
    fn count(&self) -> String {
        let (shown, matching, all) = (self.found.rows.len(), self.found.matching, self.all);
        let rows = if self.found.has_newer {
            self.frame.t(format!("{shown} older of {matching}"), format!("{shown} lebih lama dari {matching}"))
        } else {
            self.frame.count(shown, matching)
        };
        if self.filter.is_empty() {
            return rows;
        }
        self.frame.t(format!("{rows} matching, {all} in total"), format!("{rows} yang cocok, total {all}"))
    }

    /// What a rule has touched.
    fn touched(&self) -> String {
        let count = self.found.transactions;
        let transactions = if count == 1 { "transaction" } else { "transactions" };
        self.frame.t(format!("touched {count} {transactions}"), format!("memengaruhi {count} transaksi"))
    }

    /// The search, as far as the page repeats it.
    fn searched(&self) -> String {
        let mut text: String = self.filter.q.chars().take(MAX_REPEATED).collect();
        if text.len() < self.filter.q.len() {
            text.push('…');
        }
        text
    }

    /// The choices of the filter for delivery: value and text.
    fn deliveries(&self) -> Vec<(&'static str, &'static str)> {
        let text = |(en, id)| self.frame.t(en, id);
        let states = DeliveryState::ALL.map(|state| (state.as_str(), text(state.label())));
        let unusual = (UNUSUAL, self.frame.t("unusual on purpose", "sengaja dibuat menyimpang"));
        states.into_iter().chain([unusual]).collect()
    }
}

pub(in crate::dashboard) async fn show(dashboard: Data<Dashboard>, request: HttpRequest) -> HttpResponse {
    let control = &dashboard.control;
    let filter = ListFilter::from_request(control, &request);
    let section = if filter.kind == "refused" { Section::Refused } else { Section::Transactions };
    let frame = Frame::new(&dashboard, &request, section);
    let found = rows::find(control, &filter, frame.lang());
    // Who looks for something else does not need it, and in the list of refused requests it is the first.
    let is_told = filter.kind != "refused" && filter.is_about_all() && filter.before.is_none();
    let last_refused = if is_told { rows::last_refused(control, &filter, frame.lang()) } else { None };
    let store = control.engine.store();
    let all = store.transactions.len() + store.log.refused();
    let page = TransactionsPage {
        merchants: query::merchants(control),
        requests: if all == 0 { first_request::requests(control, &request) } else { Vec::new() },
        all,
        older: found.next.map(|next| filter.page_before(Some(next))),
        from: filter.from(),
        last_refused,
        frame,
        filter,
        found,
    };
    page.frame.respond(StatusCode::OK, &page)
}
