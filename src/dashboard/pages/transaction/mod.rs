//! `GET /__sim/transactions/{tXid}`: one transaction: its state, sequence diagram, and actions.

mod sentence;

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use self::sentence::sentence;
use super::problem::not_found;
use crate::control::{Control, transaction_view};
use crate::dashboard::Dashboard;
use crate::dashboard::parts::{
    Diagnosis, Field, Frame, Message, NotificationView, PageClock, Section, Selected, Sentence, Sequence, Time,
    TimelineEntry, due, fields, message, notification_views, timeline_entry,
};
use crate::diagram::Diagram;
use crate::domain::{DecidedBy, Entry, Evidence, Note, Partner, Stage, Transaction, UserToken, Variant};
use crate::page::Lang;
use crate::paths;
use crate::protocol::status_digit;

#[derive(Template)]
#[template(path = "dashboard/transaction.html")]
struct TransactionPage {
    frame: Frame,
    path: String,
    t_xid: String,
    sentence: Sentence,
    reference_no: String,
    i_mid: String,
    amount: String,
    lender: &'static str,
    stage: &'static str,
    status: (&'static str, &'static str),
    at: Time,
    /// None where it can no longer be paid.
    payable_until: Option<Time>,
    /// The lender's page on which the customer continues.
    partner_url: Option<String>,
    customer: Option<String>,
    token: Option<Token>,
    actions: Actions,
    shoppers: Vec<(String, String)>,
    rule: String,
    because: String,
    not_matched: Vec<(String, String)>,
    sequence: Sequence,
    message: Option<Message>,
    notifications: Vec<NotificationView>,
    notes: Vec<NoteView>,
    fields: Vec<Field>,
    timeline: Vec<TimelineEntry>,
}

/// What the live gateway would have refused or ignored in a request.
struct NoteView {
    endpoint: &'static str,
    result_cd: Option<&'static str>,
    evidence: &'static str,
    diagnosis: Diagnosis,
}

/// The actions that are possible now.
struct Actions {
    can_act_as_customer: bool,
    can_decide: bool,
    can_expire: bool,
    /// What can still be refunded, in rupiah.
    refund: Option<String>,
}

/// The user token that the transaction issued or used.
struct Token {
    value: String,
    i_mid: String,
    is_active: bool,
}

pub(in crate::dashboard) async fn show(
    dashboard: Data<Dashboard>,
    t_xid: Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let control = &dashboard.control;
    let frame = Frame::new(&dashboard, &request, Section::Transactions);
    let Some((transaction, entries)) = find(control, &t_xid) else {
        return not_found(control, frame, ("Transaction", "Transaksi"), &t_xid);
    };
    let frame = frame.listening_to(transaction.i_mid.as_str(), Some(transaction.reference_no.as_str()));
    let page = page(control, frame, &request, &transaction, &entries);
    page.frame.respond(StatusCode::OK, &page)
}

/// With masked merchantKeys.
fn find(control: &Control, t_xid: &str) -> Option<(Transaction, Vec<Entry>)> {
    let engine = &control.engine;
    Some((engine.shown(engine.transaction(t_xid)?), engine.shown(engine.entries_of_transaction(t_xid)?)))
}

fn page(
    control: &Control,
    frame: Frame,
    request: &HttpRequest,
    transaction: &Transaction,
    entries: &[Entry],
) -> TransactionPage {
    let view = transaction_view(control, transaction);
    let explanation = &view.explain;
    let not_matched = control.engine.shown(control.engine.not_matched(transaction, frame.lang()));
    let not_matched = not_matched.iter().map(|rule| (rule.rule.to_string(), rule.because.to_string()));
    let lender = transaction.order.partner;
    let path = frame.with_way_back(request.path());
    let selected = Selected::from_query(request.query_string());
    let told = control.engine.shown(control.engine.notifications(&transaction.notifications));
    let diagram = Diagram::new(lender.map(Partner::name), entries, &told, frame.lang());
    let clock = PageClock::of(&frame, control.engine.now());
    let mut sequence = Sequence::new(&diagram, due(&told, clock, frame.lang()), &path, selected);
    sequence.is_incomplete = entries.iter().all(|entry| entry.event.id != transaction.sequence);
    TransactionPage {
        sentence: sentence(&transaction.into(), &told, clock, frame.lang()),
        notifications: notification_views(&told, entries, &path, frame.lang()),
        path,
        t_xid: transaction.t_xid.to_string(),
        reference_no: transaction.reference_no.to_string(),
        i_mid: transaction.i_mid.to_string(),
        amount: transaction.amount.formatted(),
        lender: lender.map_or("", |lender| lender.name()),
        stage: transaction.stage().as_str(),
        status: status_digit(transaction.stage(), &control.undocumented),
        at: Time::full(transaction.registered_at),
        payable_until: transaction.stage().is_payable().then(|| Time::full(transaction.expires_at)),
        partner_url: view.transaction.partner_url.clone(),
        customer: view.transaction.customer().map(ToString::to_string),
        token: view.transaction.token().map(|user_token| token(control, transaction, user_token)),
        actions: actions(transaction),
        shoppers: shoppers(control, transaction, frame.lang()),
        rule: explanation.rule.to_string(),
        because: because(transaction.decided_by, explanation.because, frame.lang()),
        not_matched: not_matched.collect(),
        message: selected.and_then(|selected| message::find_in(control, entries, selected.event, frame.lang())),
        sequence,
        notes: transaction.notes.all().iter().map(|known| note(known, frame.lang())).collect(),
        fields: fields(&view.transaction, &[]),
        timeline: entries.iter().map(timeline_entry).collect(),
        frame,
    }
}

/// Why this rule decided, in the language of the page. `english` is the control API's sentence.
fn because(decided_by: DecidedBy, english: &str, lang: Lang) -> String {
    let indonesian = match decided_by {
        DecidedBy::Command => "ditentukan lewat control API",
        DecidedBy::Customer => "dilakukan pelanggan di halaman penyedia cicilan",
        DecidedBy::Account => "ditentukan akun di penyedia cicilan: status, limit, atau tokennya",
        DecidedBy::MagicShopper => "tidak ada aturan yang berlaku; ini hasil untuk akun uji ini",
        DecidedBy::Default => "tidak ada aturan yang berlaku, dan akun uji ini tidak istimewa",
        DecidedBy::TransactionRule | DecidedBy::OneShotRule | DecidedBy::AddedRule | DecidedBy::ScenarioRule => {
            "aturan pertama yang cocok"
        }
    };
    lang.t(english, indonesian).to_owned()
}

fn note(note: &Note, lang: Lang) -> NoteView {
    let evidence = match note.evidence {
        Evidence::SeenLive => lang.t("seen live", "terlihat di live"),
        Evidence::Documented => lang.t("documented", "tertulis di dokumen"),
        Evidence::Assumed => lang.t("assumed", "perkiraan"),
        Evidence::Simulator => lang.t("limit of the simulator", "keterbatasan simulator"),
    };
    let diagnosis = Diagnosis::new(note.slug, &note.detail, lang);
    NoteView { endpoint: note.endpoint, result_cd: note.result_cd, evidence, diagnosis }
}

fn token(control: &Control, transaction: &Transaction, user_token: &UserToken) -> Token {
    let record = control.engine.store().tokens.get(&transaction.i_mid, user_token);
    Token {
        value: user_token.to_string(),
        i_mid: transaction.i_mid.to_string(),
        is_active: record.is_some_and(|record| record.is_active),
    }
}

fn actions(transaction: &Transaction) -> Actions {
    let stage = transaction.stage();
    let refund = match stage {
        Stage::Approved { plan, refunded, .. } => {
            Some(plan.principal.as_rupiah().saturating_sub(refunded.as_rupiah()).to_string())
        }
        _ => None,
    };
    Actions {
        can_act_as_customer: stage.is_payable(),
        can_decide: matches!(stage, Stage::UnderReview { .. }),
        can_expire: !stage.is_final() || matches!(stage, Stage::Abandoned { .. }),
        refund,
    }
}

/// The accounts that can pay: phone, and what happens with each.
fn shoppers(control: &Control, transaction: &Transaction, lang: Lang) -> Vec<(String, String)> {
    let catalog = control.engine.catalog();
    let all = control.engine.store().accounts.list(Some(&transaction.i_mid));
    let fit =
        all.into_iter().filter(|shopper| transaction.order.partner.is_none_or(|lender| lender == shopper.partner));
    let named = fit.map(|shopper| {
        let outcome = catalog.description(&shopper.phone).map_or("", |(id, en)| lang.t(en, id));
        (shopper.phone.local(), outcome.to_owned())
    });
    named.collect()
}

impl TransactionPage {
    /// The rules behind what is unusual in its notifications, each once.
    fn rules_behind(&self) -> BTreeSet<&str> {
        let unusual = self.notifications.iter().filter(|notification| notification.variant.is_some());
        unusual.filter_map(|notification| notification.rule.as_deref()).collect()
    }

    /// The address of the diagram as a file.
    fn download(&self, format: &str) -> String {
        format!(
            "{}/transactions/{}/diagram?format={format}&lang={}&download=1",
            paths::API,
            self.t_xid,
            self.frame.lang().code()
        )
    }
}
