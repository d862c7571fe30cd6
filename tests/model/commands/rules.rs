//! Rules at random.

use proptest::prelude::*;
use proptest::sample::select;

use super::{PARTNERS, PHONES};
use crate::gateway::rules::{Fault, Plan, Then, When};
use crate::gateway::state::{Asks, Outcome};
use crate::time::{DAY, HOUR, MINUTE, SECOND};

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Approve),
        select(vec!["risk", "limit", "inactive", "ordered"]).prop_map(Outcome::Reject),
        Just(Outcome::Review(None)),
        (select(vec![10 * SECOND, 30 * SECOND, HOUR]), any::<bool>())
            .prop_map(|(after, approve)| Outcome::Review(Some((after, approve)))),
        Just(Outcome::Abandon),
    ]
}

pub(super) fn plan() -> impl Strategy<Value = Plan> {
    let variant = select(vec![
        "plain",
        "late",
        "lost",
        "duplicate",
        "wrong-token",
        "changed-status",
        "changed-amount",
        "missing-field",
        "reversal",
        "unknown-txid",
    ]);
    let of = prop_oneof![
        3 => Just(Vec::new()),
        1 => select(vec!["approve", "pending", "reject"]).prop_map(|kind| vec![kind]),
    ];
    let after = prop::option::weighted(0.3, select(vec![0, 10 * SECOND, MINUTE]));
    let times = prop::option::weighted(0.3, 1_u64..4);
    let every = prop::option::weighted(0.3, select(vec![0, 5 * SECOND, MINUTE]));
    (variant, of, after, times, every).prop_map(|(variant, of, after, times, every)| {
        let (after, times) = if variant == "lost" { (None, None) } else { (after, times) };
        let repeated = times.map_or(variant == "duplicate", |times| times > 1);
        Plan { variant, of, after, times, every: every.filter(|_| repeated) }
    })
}

fn then() -> impl Strategy<Value = Then> {
    let empty = Then::default;
    prop_oneof![
        6 => outcome().prop_map(move |outcome| Then { outcome: Some(outcome), ..empty() }),
        5 => prop::collection::vec(plan(), 1..3).prop_map(move |plans| Then { notify: Some(plans), ..empty() }),
        2 => select(vec![0, SECOND, MINUTE, HOUR]).prop_map(move |pace| Then { notification: Some(pace), ..empty() }),
        1 => select(vec![MINUTE, HOUR, 2 * DAY]).prop_map(move |pace| Then { expires: Some(pace), ..empty() }),
        1 => (1_u64..101, select(vec![0, MINUTE, HOUR]))
            .prop_map(move |refund| Then { refund: Some(refund), ..empty() }),
        2 => (outcome(), plan())
            .prop_map(move |(outcome, plan)| Then { outcome: Some(outcome), notify: Some(vec![plan]), ..empty() }),
    ]
}

/// What only seamless payments can have.
fn seamless() -> impl Strategy<Value = Then> {
    prop_oneof![
        select(vec![Asks::Otp, Asks::Login, Asks::Nothing])
            .prop_map(|asks| Then { asks: Some(asks), ..Then::default() }),
        select(vec!["unknown", "removed", "revoked", "other-merchant", "other-customer"])
            .prop_map(|token| Then { token: Some(token), ..Then::default() }),
        select(vec![0, 5 * SECOND, HOUR]).prop_map(|pace| Then { seamless: Some(pace), ..Then::default() }),
    ]
}

fn when() -> impl Strategy<Value = When> {
    let no = || When::default();
    prop_oneof![
        4 => Just(no()),
        1 => (0_usize..4).prop_map(move |n| When { reference_no: Some(format!("order-{n}")), ..no() }),
        1 => select(vec![(0, 20_000), (20_000, 3_000_000), (1_000_000, 999_999_999_999)])
            .prop_map(move |amt| When { amt: Some(amt), ..no() }),
        1 => select(PARTNERS.to_vec()).prop_map(move |partner| When { partner: Some(partner), ..no() }),
        1 => select(vec![vec!["normal"], vec!["tokenize", "seamless"], vec!["seamless"]])
            .prop_map(move |modes| When { modes: Some(modes), ..no() }),
        1 => select(PHONES.to_vec()).prop_map(move |phone| When { phone: Some(phone), ..no() }),
    ]
}

/// A rule for answers, or for payments.
pub(super) fn rule() -> impl Strategy<Value = (Option<u64>, When, Then)> {
    let operation =
        select(vec!["registration", "checkout", "inquiry", "cancel", "binding", "remove-token", "user-details"]);
    let fault = prop_oneof![
        Just(Fault::Code("9002")),
        Just(Fault::Code("9528")),
        Just(Fault::Status(503)),
        Just(Fault::Status(200)),
        Just(Fault::Reset),
        Just(Fault::Empty),
    ];
    let times = || prop::option::weighted(0.7, 1_u64..3);
    let binding = || When { modes: Some(vec!["binding"]), ..When::default() };
    prop_oneof![
        6 => (times(), when(), then()),
        1 => (times(), select(vec![Outcome::Reject("risk"), Outcome::Approve, Outcome::Abandon])).prop_map(move |(times, outcome)| {
            (times, binding(), Then { outcome: Some(outcome), ..Then::default() })
        }),
        1 => (times(), prop::option::of(Just(vec!["normal", "tokenize"])), any::<bool>(), select(vec![0, 10 * SECOND, HOUR]))
            .prop_map(|(times, modes, pays, after)| {
                let then = Then { customer: Some((pays, after)), ..Then::default() };
                (times, When { modes, ..When::default() }, then)
            }),
        1 => (times(), seamless()).prop_map(|(times, then)| {
            (times, When { modes: Some(vec!["seamless"]), ..When::default() }, then)
        }),
        2 => (times(), operation, fault).prop_map(|(times, operation, fault)| {
            let when = When { operation: Some(operation), ..When::default() };
            (times, when, Then { answer: Some(fault), ..Then::default() })
        }),
    ]
}
