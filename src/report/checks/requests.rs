//! Checks of the requests that the merchant sends.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use crate::diagnosis::Slug;
use crate::domain::{self, EventKind, Note, TXid};
use crate::endpoints::{Caller, Endpoint};
use crate::report::history::{History, Request};
use crate::report::verdict::{Evidence, State};

/// So many equal requests in a row are a loop …
const LOOP_REQUESTS: usize = 6;
/// … if no more time lies between two of them.
const LOOP_PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// Diagnoses of what is the business of another check, or no mistake of the request.
const OF_OTHER_CHECKS: &[Slug] = &[
    Slug::REFERENCE_NO_DUPLICATE,
    Slug::AMT_FORMAT,
    Slug::CART_DATA_SUM,
    Slug::USER_TOKEN_UNKNOWN,
    Slug::USER_TOKEN_OTHER_MERCHANT,
    Slug::USER_TOKEN_OTHER_CUSTOMER,
    Slug::USER_TOKEN_INACTIVE,
    Slug::CANCEL_TOO_EARLY,
    Slug::CANCEL_TOO_LATE,
    Slug::CANCEL_TWICE,
    Slug::CANCEL_FULL_AFTER_PARTIAL,
    Slug::CANCEL_TOO_MUCH,
    Slug::CANCEL_NOT_ALL,
    Slug::TRANSACTION_UNPAID,
    Slug::TRANSACTION_PAID,
    Slug::TRANSACTION_EXPIRED,
    Slug::LIMIT_TRANSACTIONS,
    Slug::LIMIT_MEMORY,
];

fn is(request: &Request, slugs: &[Slug]) -> bool {
    slugs.iter().any(|slug| slug.as_str() == request.slug())
}

fn is_about_the_token(request: &Request) -> bool {
    request.slug().starts_with("merchantToken/")
}

fn refusal(history: &History, state: State, request: &Request) -> Evidence {
    let (endpoint, code) = (request.endpoint.info().name, request.result_cd.as_deref().unwrap_or("–"));
    let (slug, why) = request.diagnosis.as_ref().map_or(("", ""), |(slug, why)| (slug, why));
    let en = format!("{endpoint} was refused with {code} ({slug}): {why}");
    request.evidence(state, history.lang.t(en, format!("{endpoint} ditolak dengan {code} ({slug}): {why}")))
}

/// One piece of evidence for all requests that are right.
fn all_right(history: &History, right: &[&Request], en: &str, id: &str) -> Vec<Evidence> {
    let Some(last) = right.last() else { return Vec::new() };
    let count = right.len();
    let mut evidence = last.evidence(State::Pass, format!("{}: {count}.", history.lang.t(en, id)));
    // It is about all of them.
    (evidence.t_xid, evidence.reference_no) = (None, None);
    vec![evidence]
}

/// Splits the requests into wrong ones, which are evidence each, and right ones, which are evidence together.
fn judge<'h>(
    history: &'h History,
    requests: impl Iterator<Item = &'h Request>,
    is_wrong: impl Fn(&Request) -> bool,
    (en, id): (&str, &str),
) -> Vec<Evidence> {
    let (wrong, right): (Vec<_>, Vec<_>) =
        requests.filter(|request| is_wrong(request) || request.is_accepted()).partition(|request| is_wrong(request));
    let mut found: Vec<_> = wrong.into_iter().map(|request| refusal(history, State::Fail, request)).collect();
    found.extend(all_right(history, &right, en, id));
    found
}

pub(super) fn tokens(history: &History) -> Vec<Evidence> {
    let signed = history.requests.iter().filter(|request| request.endpoint.info().recipe.is_some());
    let words = ("Requests with the right merchantToken", "Permintaan dengan merchantToken yang benar");
    judge(history, signed, is_about_the_token, words)
}

pub(super) fn accepted(history: &History) -> Vec<Evidence> {
    let by_server = history.requests.iter().filter(|request| request.endpoint.info().caller == Caller::Server);
    let is_wrong = |request: &Request| {
        !request.is_faulted
            && request.diagnosis.is_some()
            && !request.is_accepted()
            && !is_about_the_token(request)
            && !is(request, OF_OTHER_CHECKS)
    };
    let words = ("Accepted requests", "Permintaan yang diterima");
    let mut found = judge(history, by_server, is_wrong, words);
    found.extend(history.notes.iter().filter_map(|(t_xid, note)| noted(history, t_xid, note)));
    found
}

/// A request that was accepted here and that NICEPAY would refuse.
fn noted(history: &History, t_xid: &TXid, note: &Note) -> Option<Evidence> {
    let code = note.result_cd.filter(|_| OF_OTHER_CHECKS.iter().all(|slug| slug.as_str() != note.slug))?;
    let state = match note.evidence {
        domain::Evidence::SeenLive | domain::Evidence::Documented => State::Fail,
        domain::Evidence::Assumed => State::Warning,
        domain::Evidence::Simulator => return None,
    };
    let (endpoint, slug, detail) = (note.endpoint, note.slug, &note.detail);
    let en = format!("{endpoint} was accepted here, but NICEPAY refuses it with {code} ({slug}): {detail}");
    let id = format!("{endpoint} diterima di sini, tetapi NICEPAY menolaknya dengan {code} ({slug}): {detail}");
    let payment = history.payments.iter().find(|payment| payment.t_xid == *t_xid);
    let events: Vec<_> = payment.and_then(|payment| payment.events.first()).map(|event| event.id).into_iter().collect();
    let reference_no = payment.and_then(|payment| payment.reference_no.clone());
    Some(Evidence { state, text: history.lang.t(en, id), events, t_xid: Some(t_xid.clone()), reference_no })
}

/// Requests that register a payment.
fn registrations(history: &History) -> impl Iterator<Item = &Request> {
    history.requests.iter().filter(|request| matches!(request.endpoint, Endpoint::Registration | Endpoint::Checkout))
}

pub(super) fn reference_once(history: &History) -> Vec<Evidence> {
    let mut seen: BTreeMap<_, u64> = BTreeMap::new();
    let (mut found, mut right) = (Vec::new(), Vec::new());
    for request in registrations(history) {
        let reference = (request.field("iMid"), request.field("referenceNo"));
        if is(request, &[Slug::REFERENCE_NO_DUPLICATE]) {
            found.push(refusal(history, State::Fail, request));
        } else if request.is_accepted() {
            if let Some(first) = seen.insert(reference, request.event) {
                let name = reference.1;
                let en = format!("Two payments have the referenceNo {name}.");
                let text = history.lang.t(en, format!("Dua pembayaran memakai referenceNo {name}."));
                let mut evidence = request.evidence(State::Fail, text);
                evidence.events.insert(0, first);
                found.push(evidence);
            } else {
                right.push(request);
            }
        }
    }
    if right.len() > 1 {
        let (en, id) = ("Payments with a referenceNo of their own", "Pembayaran dengan referenceNo yang berbeda");
        found.extend(all_right(history, &right, en, id));
    }
    found
}

pub(super) fn whole_amounts(history: &History) -> Vec<Evidence> {
    let with_amount = history
        .requests
        .iter()
        .filter(|request| request.endpoint.info().caller == Caller::Server && request.fields.contains_key("amt"));
    let slugs = [Slug::AMT_FORMAT, Slug::TOKEN_AMOUNT_FORMAT];
    judge(history, with_amount, |request| is(request, &slugs), ("Amounts in whole rupiah", "Jumlah dalam rupiah bulat"))
}

pub(super) fn cart_sums(history: &History) -> Vec<Evidence> {
    let words = ("Carts that add up to the amount", "Keranjang yang sesuai dengan jumlah pembayaran");
    judge(history, registrations(history), |request| is(request, &[Slug::CART_DATA_SUM]), words)
}

/// Who the customer is, when the merchant's own key is left aside: iMid, e-mail address, telephone number.
type Person<'h> = (&'h str, &'h str, &'h str);

fn person(request: &Request) -> Option<Person<'_>> {
    let (i_mid, email, phone) = (request.field("iMid"), request.field("billingEmail"), request.field("billingPhone"));
    (!email.is_empty() || !phone.is_empty()).then_some((i_mid, email, phone))
}

pub(super) fn stable_customer_key(history: &History) -> Vec<Evidence> {
    let mut keys: BTreeMap<_, Vec<(&str, &Request)>> = BTreeMap::new();
    for request in registrations(history).filter(|request| request.is_accepted()) {
        let key = request.field("clientUserKey");
        if let Some(person) = person(request).filter(|_| !key.is_empty()) {
            keys.entry(person).or_default().push((key, request));
        }
    }
    let several = keys.values().filter(|all| all.len() > 1);
    let judge = |all: &Vec<(&str, &Request)>| {
        let different: BTreeSet<_> = all.iter().map(|(key, _)| *key).collect();
        let [(_, first), .., (_, last)] = all.as_slice() else { return None };
        let (count, keys) = (all.len(), different.len());
        let (state, text) = if keys == 1 {
            let en = format!("{count} payments of one customer had the same clientUserKey.");
            (
                State::Pass,
                history.lang.t(en, format!("{count} pembayaran satu pelanggan memakai clientUserKey yang sama.")),
            )
        } else {
            let en = format!("{count} payments with the same e-mail address and phone had {keys} clientUserKeys.");
            let id = format!("{count} pembayaran dengan e-mail dan telepon yang sama memakai {keys} clientUserKey.");
            (State::Fail, history.lang.t(en, id))
        };
        let mut evidence = last.evidence(state, text);
        evidence.events.insert(0, first.event);
        Some(evidence)
    };
    several.filter_map(judge).collect()
}

pub(super) fn own_token(history: &History) -> Vec<Evidence> {
    // Who got each token: by its issue, and by the registration of that payment.
    let mut owners: BTreeMap<&str, (&str, Option<Person<'_>>)> = BTreeMap::new();
    for event in &history.token_events {
        if let EventKind::TokenIssued { user_token, client_user_key, .. } = &event.kind {
            let registration =
                registrations(history).find(|request| request.t_xid == event.t_xid && request.is_accepted());
            owners.insert(user_token.as_str(), (client_user_key.as_str(), registration.and_then(person)));
        }
    }
    let mut found = Vec::new();
    for request in registrations(history).filter(|request| !request.field("userToken").is_empty()) {
        if is(request, &[Slug::USER_TOKEN_OTHER_CUSTOMER, Slug::USER_TOKEN_OTHER_MERCHANT]) {
            found.push(refusal(history, State::Fail, request));
            continue;
        }
        let Some((owner, owner_person)) = owners.get(request.field("userToken")) else { continue };
        let key = request.field("clientUserKey");
        let is_own = if key.is_empty() {
            owner_person.is_none_or(|owner| person(request) == Some(owner))
        } else {
            key == *owner
        };
        let (state, text) = if is_own {
            let en = format!("The userToken of {owner} paid for {owner}.");
            (State::Pass, history.lang.t(en, format!("userToken milik {owner} dipakai untuk {owner}.")))
        } else {
            let other = if key.is_empty() { request.field("billingEmail") } else { key };
            let en = format!("The userToken of {owner} was used for {other}.");
            (State::Fail, history.lang.t(en, format!("userToken milik {owner} dipakai untuk {other}.")))
        };
        found.push(request.evidence(state, text));
    }
    found
}

pub(super) fn no_tight_loops(history: &History) -> Vec<Evidence> {
    let mut runs: BTreeMap<_, Vec<&Request>> = BTreeMap::new();
    let mut found = Vec::new();
    let requests: Vec<_> =
        history.requests.iter().filter(|request| request.endpoint.info().caller == Caller::Server).collect();
    for request in &requests {
        let endpoint = request.endpoint.info().name;
        // What changes with every request does not make it another one.
        let fields = request.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = fields.filter(|(name, _)| !matches!(*name, "timeStamp" | "merchantToken")).collect();
        let run = runs.entry((endpoint, fields)).or_default();
        if run.last().is_some_and(|last| has_reason(history, last, request)) {
            run.clear();
        }
        run.push(request);
        if run.len() == LOOP_REQUESTS {
            let en = format!("The same {endpoint} was sent {LOOP_REQUESTS} times, less than a second apart.");
            let id = format!("{endpoint} yang sama dikirim {LOOP_REQUESTS} kali dengan jeda kurang dari satu detik.");
            let mut evidence = request.evidence(State::Fail, history.lang.t(en, id));
            evidence.events = run.iter().map(|request| request.event).collect();
            found.push(evidence);
        }
    }
    if found.is_empty() && requests.len() > 1 {
        let (en, id) = ("Requests, none of them in a loop", "Permintaan, tanpa pengulangan beruntun");
        found.extend(all_right(history, &requests, en, id));
    }
    found
}

/// Whether a request is repeated for a reason: time has passed, or a notification came.
fn has_reason(history: &History, last: &Request, request: &Request) -> bool {
    let is_between = |event: u64| last.event <= event && event < request.event;
    let payment = history.payments.iter().find(|payment| Some(&payment.t_xid) == request.t_xid.as_ref());
    request.at.duration_since(last.at) > LOOP_PAUSE
        || payment.is_some_and(|payment| payment.notices.iter().any(|notice| is_between(notice.sent_after)))
}
