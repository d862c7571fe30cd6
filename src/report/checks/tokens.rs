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

/// When each token was issued, and when it ended.
fn lives(history: &History) -> BTreeMap<&str, (u64, Option<(u64, bool)>)> {
    let mut lives: BTreeMap<&str, (u64, Option<(u64, bool)>)> = BTreeMap::new();
    for event in &history.token_events {
        match &event.kind {
            EventKind::TokenIssued { user_token, .. } => {
                lives.insert(user_token.as_str(), (event.id, None));
            }
            EventKind::TokenRemoved { user_token } => {
                lives.entry(user_token.as_str()).or_insert((0, None)).1 = Some((event.id, true));
            }
            EventKind::TokenRevoked { user_token } => {
                lives.entry(user_token.as_str()).or_insert((0, None)).1 = Some((event.id, false));
            }
            _ => {}
        }
    }
    lives
}

pub(super) fn reused(history: &History) -> Vec<Evidence> {
    let lives = lives(history);
    let judge = |request: &Request| {
        let is_known = lives.get(request.field("userToken")).is_some_and(|(issued, _)| *issued < request.event);
        let (state, text) = if request.is_accepted() {
            let (en, id) = ("A stored userToken paid.", "userToken yang tersimpan dipakai untuk membayar.");
            (State::Pass, history.lang.t(en, id))
        } else if request.slug() == Slug::USER_TOKEN_UNKNOWN.as_str() && !is_known {
            let (en, id) =
                ("A userToken was used that was never issued.", "userToken yang dipakai tidak pernah diterbitkan.");
            (State::Fail, history.lang.t(en, id))
        } else {
            return None;
        };
        Some(history.evidence(state, text.to_owned(), request))
    };
    seamless(history).filter_map(judge).collect()
}

pub(super) fn not_used_after_end(history: &History) -> Vec<Evidence> {
    let mut found = Vec::new();
    for (token, (_, end)) in lives(history) {
        let Some((ended, by_merchant)) = end else { continue };
        let used: Vec<_> =
            seamless(history).filter(|request| request.field("userToken") == token && request.event > ended).collect();
        // A merchant learns from the first refusal that the customer has revoked the token.
        let allowed = usize::from(!by_merchant);
        if let Some(wrong) = used.get(allowed) {
            let (en, id) = if by_merchant {
                ("A userToken was used after the shop had removed it.", "userToken dipakai setelah dihapus oleh toko.")
            } else {
                (
                    "A userToken was used again although NICEPAY had refused it.",
                    "userToken dipakai lagi walaupun sudah ditolak NICEPAY.",
                )
            };
            let mut evidence = history.evidence(State::Fail, history.lang.t(en, id).to_owned(), wrong);
            evidence.events.insert(0, ended);
            found.push(evidence);
        } else if let Some(later) = history.to(Endpoint::Registration).find(|request| request.event > ended) {
            let (en, id) =
                ("A userToken ended and was not used any more.", "userToken berakhir dan tidak dipakai lagi.");
            let mut evidence = history.evidence(State::Pass, history.lang.t(en, id).to_owned(), later);
            evidence.events.insert(0, ended);
            found.push(evidence);
        }
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
        let mut evidence = history.evidence(state, history.lang.t(en, id), refused);
        evidence.events.extend(next.map(|request| request.event));
        evidence
    };
    seamless(history).filter(|request| is_unusable(request)).map(judge).collect()
}

pub(super) fn seamless_confirmed(history: &History) -> Vec<Evidence> {
    let seamless = history.payments.iter().filter(|payment| payment.is_seamless());
    seamless.filter_map(|payment| inquiry_after_approval(history, payment)).collect()
}
