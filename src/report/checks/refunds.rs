//! Checks of cancels and refunds.

use std::collections::BTreeMap;

use crate::diagnosis::Slug;
use crate::endpoints::Endpoint;
use crate::report::history::{History, Request};
use crate::report::verdict::{Evidence, State};

/// `cancelType` of a refund of all (`docs/PROTOCOL.md` §4.8).
const FULL: &str = "1";
/// `cancelType` of a refund of a part.
const PARTIAL: &str = "2";

fn is(request: &Request, slug: Slug) -> bool {
    request.slug() == slug.as_str()
}

fn refunded<'h>(history: &'h History, cancel_type: &'h str) -> impl Iterator<Item = Evidence> + 'h {
    let accepted = history.to(Endpoint::Cancel).filter(|request| request.is_accepted());
    accepted.filter(move |request| request.field("cancelType") == cancel_type).map(|request| {
        let (amt, name) = (request.field("amt"), request.field("referenceNo"));
        let en = format!("A refund of {amt} for {name} was accepted.");
        let id = format!("Pengembalian dana {amt} untuk {name} diterima.");
        request.evidence(State::Pass, history.lang.t(en, id))
    })
}

pub(super) fn full(history: &History) -> Vec<Evidence> {
    refunded(history, FULL).collect()
}

pub(super) fn partial(history: &History) -> Vec<Evidence> {
    let words = ("A part was refunded as if it were all.", "Sebagian dana dikembalikan seolah-olah seluruhnya.");
    let is_wrong =
        |request: &&Request| is(request, Slug::CANCEL_NOT_ALL) || is(request, Slug::CANCEL_FULL_AFTER_PARTIAL);
    let wrong = history.to(Endpoint::Cancel).filter(is_wrong).map(|request| refusal(history, request, words));
    wrong.chain(refunded(history, PARTIAL)).collect()
}

fn refusal(history: &History, request: &Request, (en, id): (&str, &str)) -> Evidence {
    let why = request.diagnosis.as_ref().map_or("", |(_, why)| why);
    request.evidence(State::Fail, format!("{} {why}", history.lang.t(en, id)))
}

pub(super) fn once(history: &History) -> Vec<Evidence> {
    let mut found = Vec::new();
    for request in history.to(Endpoint::Cancel) {
        if is(request, Slug::CANCEL_TWICE) {
            let words = (
                "A refund was sent again after all was refunded.",
                "Pengembalian dana dikirim lagi setelah semua dana dikembalikan.",
            );
            found.push(refusal(history, request, words));
        } else if request.is_accepted() {
            let (en, id) = ("A refund was sent once.", "Pengembalian dana dikirim satu kali.");
            found.push(request.evidence(State::Pass, history.lang.t(en, id).to_owned()));
        }
    }
    found
}

pub(super) fn repeated_later(history: &History) -> Vec<Evidence> {
    let mut early: BTreeMap<&str, &Request> = BTreeMap::new();
    for request in history.to(Endpoint::Cancel).filter(|request| is(request, Slug::CANCEL_TOO_EARLY)) {
        early.entry(request.field("tXid")).or_insert(request);
    }
    let judge = |first: &Request| {
        let accepted = history.to(Endpoint::Cancel).find(|request| {
            request.event > first.event && request.is_accepted() && request.field("tXid") == first.field("tXid")
        });
        let (state, en, id) = match accepted {
            Some(_) => (
                State::Pass,
                "A refund that came too early (9302) was repeated later and accepted.",
                "Pengembalian dana yang terlalu dini (9302) diulang kemudian dan diterima.",
            ),
            None => (
                State::Fail,
                "A refund that came too early (9302) was not repeated.",
                "Pengembalian dana yang terlalu dini (9302) tidak diulang.",
            ),
        };
        let mut evidence = first.evidence(state, history.lang.t(en, id).to_owned());
        evidence.events.extend(accepted.map(|request| request.event));
        evidence
    };
    early.into_values().map(judge).collect()
}

pub(super) fn not_too_much(history: &History) -> Vec<Evidence> {
    let mut found = Vec::new();
    for request in history.to(Endpoint::Cancel) {
        if is(request, Slug::CANCEL_TOO_MUCH) {
            let words = ("The amount of a refund was wrong.", "Jumlah pengembalian dana salah.");
            found.push(refusal(history, request, words));
        } else if request.is_accepted() {
            let (en, id) = ("A refund was within what was left.", "Pengembalian dana tidak melebihi sisa pembayaran.");
            found.push(request.evidence(State::Pass, history.lang.t(en, id).to_owned()));
        }
    }
    found
}
