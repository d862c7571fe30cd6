//! Checks of user tokens.

use std::collections::BTreeMap;

use super::notifications::inquiry_after_approval;
use crate::diagnosis::Slug;
use crate::domain::EventKind;
use crate::endpoints::Endpoint;
use crate::report::history::{History, Request};
use crate::report::verdict::{Evidence, State};

/// Diagnoses of a token that does not pay (`docs/PROTOCOL.md` §1.6).
const UNUSABLE: &[Slug] = &[Slug::USER_TOKEN_INACTIVE, Slug::USER_TOKEN_UNKNOWN];

fn is_unusable(request: &Request) -> bool {
    UNUSABLE.iter().any(|slug| slug.as_str() == request.slug())
}

/// Registrations that pay with a token.
fn seamless(history: &History) -> impl Iterator<Item = &Request> {
    history
        .to(Endpoint::Registration)
        .filter(|request| request.field("tokenizeUser") == "2" && !request.field("userToken").is_empty())
}

/// The life of a user token, in numbers of events.
#[derive(Default)]
struct Life<'h> {
    customer: &'h str,
    issued: u64,
    removed: Option<u64>,
    revoked: Option<u64>,
}

impl Life<'_> {
    /// Whether it could pay at this event.
    fn is_active_at(&self, event: u64) -> bool {
        self.issued < event && self.removed.or(self.revoked).is_none_or(|ended| event < ended)
    }
}

fn lives(history: &History) -> BTreeMap<&str, Life<'_>> {
    let mut lives: BTreeMap<&str, Life<'_>> = BTreeMap::new();
    for event in &history.token_events {
        match &event.kind {
            EventKind::TokenIssued { user_token, client_user_key, .. } => {
                let life = Life { customer: client_user_key.as_str(), issued: event.id, ..Life::default() };
                lives.insert(user_token.as_str(), life);
            }
            EventKind::TokenRemoved { user_token } => {
                lives.entry(user_token.as_str()).or_default().removed = Some(event.id);
            }
            EventKind::TokenRevoked { user_token } => {
                lives.entry(user_token.as_str()).or_default().revoked = Some(event.id);
            }
            _ => {}
        }
    }
    lives
}

pub(super) fn reused(history: &History) -> Vec<Evidence> {
    let lives = lives(history);
    let judge = |request: &Request| {
        let (token, customer) = (request.field("userToken"), request.field("clientUserKey"));
        let has_token = || lives.values().any(|life| life.customer == customer && life.is_active_at(request.event));
        let (state, en, id) = if request.field("tokenizeUser") == "2" {
            if request.is_accepted() {
                (State::Pass, "A stored userToken paid.", "userToken yang tersimpan dipakai untuk membayar.")
            } else if request.slug() == Slug::USER_TOKEN_UNKNOWN.as_str() && !lives.contains_key(token) {
                let (en, id) =
                    ("A userToken was used that was never issued.", "userToken yang dipakai tidak pernah diterbitkan.");
                (State::Fail, en, id)
            } else {
                return None;
            }
        } else if request.is_accepted() && !request.is_of_drill && has_token() {
            let en = "A customer with an active userToken was asked to link the account again.";
            (State::Warning, en, "Pelanggan yang userToken-nya masih aktif diminta menghubungkan akun lagi.")
        } else {
            return None;
        };
        Some(request.evidence(state, history.lang.t(en, id).to_owned()))
    };
    let with_customer = |request: &&Request| matches!(request.field("tokenizeUser"), "1" | "2");
    history.to(Endpoint::Registration).filter(with_customer).filter_map(judge).collect()
}

pub(super) fn not_used_after_end(history: &History) -> Vec<Evidence> {
    let mut found = Vec::new();
    for (token, life) in lives(history) {
        let Some(ended) = life.removed.or(life.revoked) else { continue };
        let used: Vec<_> =
            seamless(history).filter(|request| request.field("userToken") == token && request.event > ended).collect();
        // A merchant learns from the first refusal that the customer has revoked the token.
        let allowed = usize::from(life.removed.is_none());
        let (request, state, en, id) = if let Some(wrong) = used.get(allowed) {
            let (en, id) = if life.removed.is_some() {
                ("A userToken was used after the shop had removed it.", "userToken dipakai setelah dihapus oleh toko.")
            } else {
                (
                    "A userToken was used again although NICEPAY had refused it.",
                    "userToken dipakai lagi walaupun sudah ditolak NICEPAY.",
                )
            };
            (*wrong, State::Fail, en, id)
        } else if let Some(later) = history.to(Endpoint::Registration).find(|request| request.event > ended) {
            let en = "A userToken ended and was not used any more.";
            (later, State::Pass, en, "userToken berakhir dan tidak dipakai lagi.")
        } else {
            continue;
        };
        let mut evidence = request.evidence(state, history.lang.t(en, id).to_owned());
        evidence.events.insert(0, ended);
        found.push(evidence);
    }
    found
}

pub(super) fn back_to_linking(history: &History) -> Vec<Evidence> {
    let judge = |refused: &Request| {
        let customer = |request: &Request| {
            let key = request.field("clientUserKey").to_owned();
            if key.is_empty() { request.field("billingEmail").to_owned() } else { key }
        };
        let is_next = |request: &&Request| {
            request.event > refused.event
                && (customer(request) == customer(refused)
                    || request.field("billingEmail") == refused.field("billingEmail"))
        };
        let links = |request: &Request| request.endpoint == Endpoint::Binding || request.field("tokenizeUser") == "1";
        let mut later = history
            .requests
            .iter()
            .filter(|request| matches!(request.endpoint, Endpoint::Registration | Endpoint::Binding));
        let next = later.find(is_next);
        let code = refused.result_cd.as_deref().unwrap_or("9920").to_owned();
        let (state, en, id) = match next {
            Some(next) if links(next) => (
                State::Pass,
                format!("After {code} the customer was asked to link the account again."),
                format!("Setelah {code}, pelanggan diminta menghubungkan akun lagi."),
            ),
            Some(_) => (
                State::Fail,
                format!("After {code} the next request did not link the account."),
                format!("Setelah {code}, permintaan berikutnya tidak menghubungkan akun."),
            ),
            None => (
                State::Warning,
                format!("After {code} nothing followed for this customer."),
                format!("Setelah {code}, tidak ada kelanjutan untuk pelanggan ini."),
            ),
        };
        let mut evidence = refused.evidence(state, history.lang.t(en, id));
        evidence.events.extend(next.map(|request| request.event));
        evidence
    };
    seamless(history).filter(|request| is_unusable(request)).map(judge).collect()
}

pub(super) fn seamless_confirmed(history: &History) -> Vec<Evidence> {
    let seamless = history.payments.iter().filter(|payment| payment.is_seamless());
    seamless.filter_map(|payment| inquiry_after_approval(history, payment)).collect()
}
