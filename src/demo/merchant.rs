//! What a good merchant does with NICEPAY, step by step. Each function is one occasion: somebody buys, a browser comes
//! back, a notification arrives, an account is linked or unlinked.
//!
//! No lock is held while anything is sent: the customer is looked up, NICEPAY is asked, the customer is looked up again.

use super::Demo;
use super::catalog::BUYER;
use super::chaos::Told;
use super::customers::{Details, LinkingStage, Step};
use super::nicepay::{Answer, Asked, Binding, Fields, Mode, Notification, Purchase, Standing};
use super::orders::{Effect, Order, Returned, Stage};
use super::wire::{Entry, Kind, Verdict, refused};
use crate::clock::Timestamp;
use crate::paths;

/// How a notification is answered: NICEPAY takes 200 for "understood", and repeats after everything else
/// (`docs/PROTOCOL.md` §2.3).
pub(super) type Reply = (u16, &'static str);

const TAKEN: Reply = (200, "OK");
const NOT_BELIEVED: Reply = (403, "merchantToken");
const NOT_OURS: Reply = (404, "unknown");
const WRONG_AMOUNT: Reply = (400, "amt");
const AGAIN: Reply = (503, "again");

/// What has to be known about an order to ask for it.
struct Known {
    t_xid: String,
    reference_no: String,
    amt: String,
}

impl Known {
    fn of(order: &Order) -> Self {
        Self { t_xid: order.t_xid.clone(), reference_no: order.reference_no.clone(), amt: order.amt() }
    }
}

/// Registers an order that is kept already, and says whether NICEPAY took it.
pub(super) async fn register(demo: &Demo, customer: &str, order: Order, user_ip: String, user_agent: String) -> bool {
    if let Some(told) = demo.simulator.order(order.chaos, demo.nicepay.i_mid(), &order.reference_no).await {
        keep_told(demo, customer, &order.reference_no, &told);
    }
    let purchase = Purchase {
        reference_no: &order.reference_no,
        line: order.product.line(order.quantity),
        buyer: &BUYER,
        months: order.months,
        mode: &order.mode,
        user_ip,
        user_agent,
        notify_url: demo.own_url(paths::DEMO_NOTIFICATION),
    };
    let asked = demo.nicepay.register(demo.now(), &purchase).await;
    let (stage, t_xid) = match &asked.answer {
        Ok(answer) if answer.taken() => (Stage::Waiting, answer.text("tXid").to_owned()),
        Ok(answer) => (refusal(answer), String::new()),
        // It may have been registered all the same. The referenceNo is spent: the customer begins anew.
        Err(trouble) => (Stage::Unanswered(trouble.to_string()), String::new()),
    };
    let taken = stage == Stage::Waiting;
    let mut entry = Entry::of(demo.now(), Kind::Registration, &order.reference_no, &asked);
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return };
        // 9920: the token cannot be used any more (§4.9). Who keeps it is refused again and again.
        if let (Mode::With { user_token }, Stage::Refused { code, .. }) = (&order.mode, &stage)
            && code == "9920"
            && customer.linked.as_ref().is_some_and(|linked| linked.user_token == *user_token)
        {
            customer.linked = None;
            entry.verdicts.push(Verdict::TokenForgotten);
        }
        customer.wire.push(entry);
        if let Some(order) = customer.order_mut(&order.reference_no) {
            (order.stage, order.t_xid) = (stage, t_xid);
        }
    });
    taken
}

/// The address at which a registered order is paid, for a browser that sees us at `base`.
pub(super) fn payment_url(demo: &Demo, customer: &str, reference_no: &str, base: &str) -> Option<String> {
    demo.customers(|customers| {
        let customer = customers.get_mut(customer)?;
        let order = customer.order_mut(reference_no)?;
        if order.t_xid.is_empty() {
            return None;
        }
        let callback = format!("{base}{}", paths::demo_return(reference_no));
        let amt = order.amt();
        let known = (order.t_xid.as_str(), order.reference_no.as_str(), amt.as_str());
        let url = demo.nicepay.payment_url(demo.now(), (base, &callback), known);
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        let entry = Entry::new(demo.now(), Kind::Redirect, reference_no, &format!("GET {path}"), query);
        customer.wire.push(entry.judged(vec![Verdict::Leaves]));
        Some(url)
    })
}

/// The browser is back. It brings no proof (`docs/PROTOCOL.md` §2.4), so the shop asks; and even "paid" packs nothing
/// as long as the notification can be on its way.
pub(super) async fn returned(demo: &Demo, customer: &str, reference_no: &str, fields: &Fields) {
    let result_cd: String = fields.text("resultCd").chars().take(8).collect();
    let known = demo.customers(|customers| {
        let customer = customers.get_mut(customer)?;
        let order = customer.order_mut(reference_no).filter(|order| order.is_registered())?;
        let known = Known::of(order);
        order.returned = Some(Returned { result_cd: result_cd.clone(), status: String::new() });
        let line = format!("GET {}", paths::demo_return(reference_no));
        let entry = Entry::new(demo.now(), Kind::Callback, reference_no, &line, &written(fields));
        customer.wire.push(entry.answered(303, "").judged(vec![Verdict::Claims(result_cd)]));
        Some(known)
    });
    if let Some(known) = known {
        look(demo, customer, &known).await;
    }
}

/// SeamlessChallenge where an order stands because somebody wants to know, and shows it.
pub(super) async fn check(demo: &Demo, customer: &str, reference_no: &str) {
    let known = demo.customers(|customers| {
        customers.get(customer)?.order(reference_no).filter(|order| order.is_registered()).map(Known::of)
    });
    if let Some(known) = known {
        look(demo, customer, &known).await;
    }
}

async fn look(demo: &Demo, customer: &str, known: &Known) {
    let (asked, standing) = inquire(demo, known).await;
    let mut entry = inquiry_entry(demo, known, &asked, standing.as_ref());
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return };
        let order = customer.order_mut(&known.reference_no);
        let fulfilled = order.is_some_and(|order| look_at(order, &asked, standing.as_ref(), demo.now()));
        if fulfilled {
            entry.verdicts.push(Verdict::Effect(Effect::Fulfilled));
            if customer.order(&known.reference_no).is_some_and(Order::is_seamless) {
                customer.has_done(Step::OneClick);
            }
        }
        customer.wire.push(entry);
    });
}

/// Makes of an order what an inquiry says of it; answers whether it is packed for that.
fn look_at(order: &mut Order, asked: &Asked, standing: Option<&Standing>, now: Timestamp) -> bool {
    match (&asked.answer, standing) {
        (_, Some(standing)) => {
            if let Some(returned) = &mut order.returned {
                returned.status.clone_from(&standing.status);
            }
            return order.looked_at(standing, now) == Effect::Fulfilled;
        }
        // Nobody knows the transaction (9528), or us (9011, 9010): it will not be paid.
        (Ok(answer), None) if !answer.taken() && !matches!(order.stage, Stage::Paid { .. } | Stage::Refunded) => {
            order.stage = if answer.text("resultCd") == "9528" { Stage::Unknown } else { refusal(answer) };
        }
        _ => {}
    }
    false
}

async fn inquire(demo: &Demo, known: &Known) -> (Asked, Option<Standing>) {
    let asked = demo.nicepay.inquire(demo.now(), &known.t_xid, &known.reference_no, &known.amt).await;
    let standing = asked.taken().and_then(|answer| Standing::of(answer, &known.t_xid, &known.reference_no, &known.amt));
    (asked, standing)
}

fn inquiry_entry(demo: &Demo, known: &Known, asked: &Asked, standing: Option<&Standing>) -> Entry {
    let entry = Entry::of(demo.now(), Kind::Inquiry, &known.reference_no, asked);
    match standing {
        Some(standing) => entry.judged(vec![Verdict::Says(standing.status.clone())]),
        None if asked.taken().is_some() => entry.judged(vec![Verdict::DoesNotFit]),
        None => entry,
    }
}

/// NICEPAY tells us something about a payment.
///
/// 1. Is it about an order of ours, and signed with our key?
/// 2. Is the amount ours?
/// 3. Was it confirmed before? Then it is a repeat: 200, and nothing else.
/// 4. What does the inquiry say? That is done, and once.
/// 5. Does a user token come with it? It is kept when Kredivo vouches for it.
pub(super) async fn notified(demo: &Demo, fields: Fields) -> Reply {
    let notification = Notification::new(fields.clone());
    let reference_no = notification.reference_no();
    // Whose it is. Nothing is remembered of what names no order of ours.
    let known = demo.customers(|customers| {
        let name = customers.owner(reference_no)?.to_owned();
        let order = customers.get(&name)?.order(reference_no)?;
        Some((name, Known::of(order), order.has_confirmed(notification.status())))
    });
    let Some((customer, known, seen)) = known else { return NOT_OURS };
    let line = format!("POST {}", paths::DEMO_NOTIFICATION);
    let no = keep(demo, &customer, Entry::new(demo.now(), Kind::Notification, reference_no, &line, &written(&fields)));
    let conclude = |reply, verdicts| conclude(demo, &customer, no, reply, verdicts);

    if notification.check_payment(&demo.nicepay).is_err() {
        return conclude(NOT_BELIEVED, vec![Verdict::TokenWrong]);
    }
    if known.t_xid.is_empty() {
        // It overtook the answer to our registration: by the next attempt we know the tXid.
        return conclude(AGAIN, vec![Verdict::TokenFits, Verdict::AskedAgain]);
    }
    if notification.t_xid() != known.t_xid {
        return conclude(NOT_OURS, vec![Verdict::TokenFits, Verdict::NotOurs]);
    }
    if notification.amt() != known.amt {
        return conclude(WRONG_AMOUNT, vec![Verdict::TokenFits, Verdict::AmountWrong]);
    }
    if seen {
        return conclude(TAKEN, vec![Verdict::TokenFits, Verdict::SeenBefore]);
    }

    let (asked, standing) = inquire(demo, &known).await;
    keep(demo, &customer, inquiry_entry(demo, &known, &asked, standing.as_ref()));
    let Some(standing) = standing else {
        // Without an inquiry nothing is decided. NICEPAY will come again.
        let why = if asked.taken().is_some() { Verdict::DoesNotFit } else { refused(&asked) };
        return conclude(AGAIN, vec![Verdict::TokenFits, why, Verdict::AskedAgain]);
    };

    let mut verdicts = vec![Verdict::TokenFits, Verdict::Says(standing.status.clone())];
    let claimed = notification.status();
    let done = demo.customers(|customers| {
        let customer = customers.get_mut(&customer)?;
        let order = customer.order_mut(reference_no)?;
        let effect = order.notified(claimed, &standing, demo.now());
        let (links, seamless) = (order.links(), order.is_seamless());
        if effect == Effect::Fulfilled && seamless {
            customer.has_done(Step::OneClick);
        }
        Some((effect, seamless, links && customer.client_user_key == notification.client_user_key()))
    });
    let Some((effect, seamless, links)) = done else { return conclude(TAKEN, verdicts) };
    if claimed != standing.status {
        verdicts.push(match (effect, claimed) {
            (Effect::AlreadyFulfilled, "3") => Verdict::OutOfDate,
            _ => Verdict::Forged { claimed: claimed.chars().take(8).collect(), real: standing.status.clone() },
        });
    }
    verdicts.push(Verdict::Effect(effect));
    if seamless && effect == Effect::Fulfilled {
        // What may be spent is less now: the next click has to know.
        look_at_account(demo, &customer).await;
    }
    if links && effect == Effect::Fulfilled && !notification.user_token().is_empty() {
        verdicts.push(keep_token(demo, &customer, reference_no, notification.user_token(), Step::BuyAndLink).await);
    }
    conclude(TAKEN, verdicts)
}

/// Keeps a user token, if Kredivo knows it as ours. The merchantToken does not cover it, so it could be anybody's.
async fn keep_token(demo: &Demo, customer: &str, about: &str, user_token: &str, step: Step) -> Verdict {
    let asked = demo.nicepay.user_details(demo.now(), user_token).await;
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return Verdict::TokenNotKept };
        customer.wire.push(Entry::of(demo.now(), Kind::UserDetails, about, &asked));
        let Some(answer) = asked.taken() else { return Verdict::TokenNotKept };
        customer.link(user_token, answer, demo.now());
        customer.has_done(step);
        Verdict::TokenKept
    })
}

/// Begins to link an account without buying; answers with where the browser has to go.
pub(super) async fn link(demo: &Demo, customer: &str, phone: &str, base: &str) -> Result<String, Asked> {
    let (reference_no, key) = demo.customers(|customers| {
        let reference_no = demo.reference_no(customers);
        let key = customers.get(customer).map(|customer| customer.client_user_key.clone()).unwrap_or_default();
        customers.keep_linking(customer, reference_no.clone());
        (reference_no, key)
    });
    let binding = Binding {
        reference_no: &reference_no,
        buyer: &BUYER,
        phone,
        client_user_key: &key,
        notify_url: demo.own_url(paths::DEMO_BINDING),
        callback_url: format!("{base}{}", paths::demo_linked(&reference_no)),
    };
    let asked = demo.nicepay.bind(demo.now(), &binding).await;
    keep(demo, customer, Entry::of(demo.now(), Kind::Binding, &reference_no, &asked));
    let address = asked.taken().map(|answer| answer.text("redirectUrl").to_owned());
    // Only an address of the web: whatever else an answer may hold is not given to a browser.
    if let Some(address) = address.filter(|address| address.starts_with("http://") || address.starts_with("https://")) {
        let (path, query) = address.split_once('?').unwrap_or((&address, ""));
        let entry = Entry::new(demo.now(), Kind::Redirect, &reference_no, &format!("GET {path}"), query);
        keep(demo, customer, entry.judged(vec![Verdict::Leaves]));
        return Ok(address);
    }
    set_linking(demo, customer, &reference_no, LinkingStage::Failed);
    Err(asked)
}

/// The browser is back from linking. The token comes by notification; this only says that one is to be expected.
pub(super) fn linking_returned(demo: &Demo, customer: &str, reference_no: &str, fields: &Fields) {
    let result_cd: String = fields.text("resultCd").chars().take(8).collect();
    let line = format!("GET {}", paths::demo_linked(reference_no));
    let entry = Entry::new(demo.now(), Kind::Callback, reference_no, &line, &written(fields));
    let stage = if result_cd == "0000" { LinkingStage::Back } else { LinkingStage::Failed };
    keep(demo, customer, entry.answered(303, "").judged(vec![Verdict::Claims(result_cd)]));
    set_linking(demo, customer, reference_no, stage);
}

fn set_linking(demo: &Demo, customer: &str, reference_no: &str, stage: LinkingStage) {
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return };
        // What is done stays done, whoever presses Back.
        if let Some(linking) = customer.linking_mut(reference_no).filter(|it| it.stage != LinkingStage::Done) {
            linking.stage = stage;
        }
    });
}

/// NICEPAY tells us that an account was linked (`docs/PROTOCOL.md` §2.3.1). There is no inquiry for that: what vouches for
/// the token is `user-details`.
pub(super) async fn linked(demo: &Demo, fields: Fields) -> Reply {
    let notification = Notification::new(fields.clone());
    let reference_no = notification.reference_no();
    let known = demo.customers(|customers| {
        let name = customers.owner(reference_no)?.to_owned();
        let customer = customers.get(&name)?;
        let linking = customer.linkings.iter().find(|linking| linking.reference_no == reference_no)?;
        Some((name, linking.stage == LinkingStage::Done, customer.client_user_key.clone()))
    });
    let Some((customer, seen, key)) = known else { return NOT_OURS };
    let line = format!("POST {}", paths::DEMO_BINDING);
    let no = keep(demo, &customer, Entry::new(demo.now(), Kind::Notification, reference_no, &line, &written(&fields)));
    let (reply, verdicts) = if notification.check_binding(&demo.nicepay).is_err() {
        (NOT_BELIEVED, vec![Verdict::TokenWrong])
    } else if notification.client_user_key() != key {
        (NOT_OURS, vec![Verdict::TokenFits, Verdict::NotOurs])
    } else if seen {
        (TAKEN, vec![Verdict::TokenFits, Verdict::SeenBefore])
    } else {
        match keep_token(demo, &customer, reference_no, notification.user_token(), Step::Link).await {
            Verdict::TokenKept => {
                set_linking(demo, &customer, reference_no, LinkingStage::Done);
                (TAKEN, vec![Verdict::TokenFits, Verdict::TokenKept])
            }
            other => (AGAIN, vec![Verdict::TokenFits, other, Verdict::AskedAgain]),
        }
    };
    conclude(demo, &customer, no, reply, verdicts)
}

/// Unlinks: first at NICEPAY, then here. Answers with the call, if that failed.
pub(super) async fn unlink(demo: &Demo, customer: &str) -> Result<(), Asked> {
    let Some(user_token) = user_token(demo, customer) else { return Ok(()) };
    let asked = demo.nicepay.remove_token(demo.now(), &user_token).await;
    let mut entry = Entry::of(demo.now(), Kind::RemoveToken, "", &asked);
    // 9920: NICEPAY does not know it, or no longer. Then it is of no use here either.
    let gone = asked.taken().is_some() || asked.answer.as_ref().is_ok_and(|answer| answer.text("resultCd") == "9920");
    if gone {
        entry.verdicts.push(Verdict::TokenForgotten);
    }
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return };
        customer.wire.push(entry);
        if gone && customer.linked.as_ref().is_some_and(|linked| linked.user_token == user_token) {
            customer.linked = None;
        }
        if asked.taken().is_some() {
            customer.has_done(Step::Unlink);
        }
    });
    if gone { Ok(()) } else { Err(asked) }
}

/// SeamlessChallenge again what may be spent.
pub(super) async fn look_at_account(demo: &Demo, customer: &str) {
    let Some(user_token) = user_token(demo, customer) else { return };
    let asked = demo.nicepay.user_details(demo.now(), &user_token).await;
    let mut entry = Entry::of(demo.now(), Kind::UserDetails, "", &asked);
    demo.customers(|customers| {
        let Some(customer) = customers.get_mut(customer) else { return };
        // It may have been linked anew meanwhile.
        let linked = customer.linked.as_mut().filter(|linked| linked.user_token == user_token);
        match (&asked.answer, linked) {
            (Ok(answer), Some(linked)) if answer.taken() => linked.details = Some(Details::of(answer, demo.now())),
            (Ok(answer), Some(_)) if answer.text("resultCd") == "9920" => {
                customer.linked = None;
                entry.verdicts.push(Verdict::TokenForgotten);
            }
            _ => {}
        }
        customer.wire.push(entry);
    });
}

/// The sales engineer decides a review.
pub(super) async fn decide(demo: &Demo, customer: &str, reference_no: &str, approve: bool) {
    let t_xid = demo.customers(|customers| Some(customers.get(customer)?.order(reference_no)?.t_xid.clone()));
    if let Some(t_xid) = t_xid.filter(|t_xid| !t_xid.is_empty()) {
        let told = demo.simulator.decide(&t_xid, approve).await;
        keep_told(demo, customer, reference_no, &told);
    }
}

fn user_token(demo: &Demo, customer: &str) -> Option<String> {
    demo.customers(|customers| Some(customers.get(customer)?.linked.as_ref()?.user_token.clone()))
}

fn keep(demo: &Demo, customer: &str, entry: Entry) -> u64 {
    demo.customers(|customers| customers.get_mut(customer).map_or(0, |customer| customer.wire.push(entry)))
}

/// Answers a notification that was kept as number `no`.
fn conclude(demo: &Demo, customer: &str, no: u64, reply: Reply, verdicts: Vec<Verdict>) -> Reply {
    demo.customers(|customers| {
        if let Some(customer) = customers.get_mut(customer) {
            customer.wire.conclude(no, reply.0, reply.1, verdicts);
        }
    });
    reply
}

/// What an order is that NICEPAY says no to.
fn refusal(answer: &Answer) -> Stage {
    let (code, message) = (answer.text("resultCd").to_owned(), answer.text("resultMsg").to_owned());
    Stage::Refused { code, message, why: answer.diagnosis.clone() }
}

fn keep_told(demo: &Demo, customer: &str, reference_no: &str, told: &Told) {
    let entry = Entry::new(demo.now(), Kind::Rule, reference_no, &told.line, &told.sent);
    let verdict = if told.worked() { Verdict::InForce } else { Verdict::NoAnswer("control API".to_owned()) };
    let entry = match &told.answer {
        Ok((status, body)) => entry.answered(*status, body),
        Err(_) => entry,
    };
    keep(demo, customer, entry.judged(vec![verdict]));
}

/// Fields as they are written on the wire.
fn written(fields: &Fields) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields.all()).finish()
}
