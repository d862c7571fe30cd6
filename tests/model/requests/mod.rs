//! Turns a command into a request or a call, with what the model knows at that moment.

mod draft;
mod order;

use serde_json::{Value, json};

use self::draft::{Draft, text};
use self::order::registration;
use crate::commands::{Command, MONTHS, PARTNERS, PHONES, Spoil, USERS};
use crate::gateway::Call;
use crate::gateway::fields::encode;
use crate::gateway::rules::Rule;
use crate::gateway::state::{Gateway, Key, Stage};
use crate::sha256;
use crate::wire::Request;

pub(crate) const MERCHANTS: [(&str, &str); 2] =
    [("MODELSHOP1", "the-key-of-the-first-shop"), ("MODELSHOP2", "the+key/of==the second shop")];

/// What is done.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Request(Request),
    Call(Box<Call>),
    Receiver(u16),
}

/// The nth of these, modulo their number.
fn nth<T>(keys: impl Iterator<Item = T>, which: usize) -> Option<T> {
    let mut all: Vec<T> = keys.collect();
    let count = all.len();
    (count > 0).then(|| all.swap_remove(which % count))
}

/// Where notifications go: the receiver, the built-in inbox, nobody, a public host.
fn url(gateway: &Gateway, which: usize) -> String {
    match which % 5 {
        1 => format!("{}/__sim/inbox", gateway.base),
        2 => "http://127.0.0.1:9/notify".to_owned(),
        3 => "http://merchant.com/notify".to_owned(),
        _ => gateway.receiver_url.clone(),
    }
}

fn callback(which: usize) -> &'static str {
    [
        "http://shop.test/thanks",
        "http://shop.test/thanks?order=1",
        "https://shop.test",
        "http://shop.test/a%20b",
        "http://shop.test/#end",
    ][which % 5]
}

/// The inquiry that a merchant sends from inside its notification handler.
pub(crate) fn inquiry(i_mid: &str, key: &str, t_xid: &str, reference_no: &str, amt: &str) -> Request {
    let token = sha256::hex(&format!("{TIME_STAMP}{i_mid}{reference_no}{amt}{key}"));
    let body = json!({
        "timeStamp": TIME_STAMP, "iMid": i_mid, "tXid": t_xid, "referenceNo": reference_no, "amt": amt,
        "merchantToken": token,
    });
    Request::new("POST", "/nicepay/direct/v2/inquiry").body(body.to_string())
}

const TIME_STAMP: &str = "20260101120000";

fn some_order(gateway: &Gateway, which: usize) -> Option<Key> {
    // The newest first: they are the ones that something still happens to.
    nth(gateway.orders.keys().rev().copied(), which)
}

/// Mostly one that was paid.
fn some_paid(gateway: &Gateway, which: usize) -> Option<Key> {
    let paid = gateway
        .orders
        .iter()
        .rev()
        .filter(|(_, order)| matches!(order.stage, Stage::Approved { .. } | Stage::Cancelled { .. }));
    let paid = nth(paid.map(|(key, _)| *key), which);
    paid.filter(|_| which % 6 != 5).or_else(|| some_order(gateway, which))
}

/// Mostly one that is not decided.
fn some_open(gateway: &Gateway, which: usize) -> Option<Key> {
    let open = gateway
        .orders
        .iter()
        .rev()
        .filter(|(_, order)| order.stage.is_open() || matches!(order.stage, Stage::UnderReview { .. }));
    let open = nth(open.map(|(key, _)| *key), which);
    open.filter(|_| which % 6 != 5).or_else(|| some_order(gateway, which))
}

fn payment(gateway: &Gateway, key: Key, post: bool, url: usize, json: bool, spoils: &[Spoil]) -> Action {
    let order = &gateway.orders[&key];
    let mut draft = Draft::new(
        json!({
            "timeStamp": TIME_STAMP, "tXid": order.t_xid, "iMid": order.i_mid, "referenceNo": order.reference_no,
            "amt": order.amt.to_string(), "callBackUrl": callback(url),
        }),
        &["timeStamp", "iMid", "referenceNo", "amt"],
    );
    draft.fields.extend(json.then(|| ("returnJsonFormat".to_owned(), "1".into())));
    let fields = draft.signed(spoils);
    let sent = ["timeStamp", "tXid", "merchantToken", "callBackUrl", "returnJsonFormat"];
    let pairs = sent.iter().filter(|name| fields.contains_key(**name)).map(|name| {
        let value = text(&fields, name);
        // Official clients put the URL into the query as it is.
        let raw =
            *name == "callBackUrl" && !post && value.starts_with("http") && !value.contains(['&', '#', ' ', '\u{7}']);
        format!("{name}={}", if raw { value } else { encode(&value) })
    });
    let form = pairs.collect::<Vec<_>>().join("&");
    let path = "/nicepay/direct/v2/payment";
    Action::Request(if post {
        Request::new("POST", path).content_type("application/x-www-form-urlencoded").body(form)
    } else {
        Request::new("GET", format!("{path}?{form}"))
    })
}

impl Command {
    /// None: there is nothing that it could be about.
    pub(crate) fn action(&self, gateway: &Gateway) -> Option<Action> {
        let merchant_of =
            |other: &Option<usize>, own: &str| other.map_or(own.to_owned(), |other| MERCHANTS[other % 2].0.to_owned());
        let i_mid = |which: usize| MERCHANTS[which % 2].0.to_owned();
        let phone_of = |which: &Option<usize>| which.map(|which| PHONES[which % PHONES.len()]);
        Some(match self {
            Self::Register(of, spoils) => registration(gateway, of, spoils),
            Self::Pay { order, post, url, json, spoils } => {
                payment(gateway, some_order(gateway, *order)?, *post, *url, *json, spoils)
            }
            Self::Inquire { order, merchant, spoils } => {
                let order = &gateway.orders[&some_order(gateway, *order)?];
                let fields = json!({
                    "timeStamp": TIME_STAMP, "iMid": merchant_of(merchant, &order.i_mid), "tXid": order.t_xid,
                    "referenceNo": order.reference_no, "amt": order.amt.to_string(),
                });
                Draft::new(fields, &["timeStamp", "iMid", "referenceNo", "amt"]).request("direct/v2/inquiry", spoils)
            }
            Self::Cancel { order, merchant, full, amt, spoils } => {
                let order = &gateway.orders[&some_paid(gateway, *order)?];
                let fields = json!({
                    "timeStamp": TIME_STAMP, "iMid": merchant_of(merchant, &order.i_mid), "tXid": order.t_xid,
                    "payMethod": "06", "cancelType": if *full { "1" } else { "2" },
                    "amt": part(order.amt, order.amt - order.cancelled, *amt).to_string(),
                    "referenceNo": order.reference_no, "cancelMsg": "Batal", "cancelUserId": "admin",
                });
                let draft = Draft::new(fields, &["timeStamp", "iMid", "tXid", "amt"]);
                let optional = &["cancelUserInfo", "worker", "fee", "cancelServerIp", "cancelRetryCnt"];
                Draft { optional, ..draft }.request("direct/v2/cancel", spoils)
            }
            Self::Confirm { order, spoils } => {
                let order = &gateway.orders[&some_paid(gateway, *order)?];
                let fields = json!({ "timeStamp": TIME_STAMP, "tXid": order.t_xid, "iMid": order.i_mid });
                Draft::new(fields, &["timeStamp", "tXid", "iMid"]).request("direct/v2/confirmAkulaku", spoils)
            }
            Self::CheckMid { merchant, spoils } => {
                let draft =
                    Draft::new(json!({ "timeStamp": TIME_STAMP, "iMid": i_mid(*merchant) }), &["timeStamp", "iMid"]);
                Draft { words: "TEST0", ..draft }.request("direct/v2/checkMid", spoils)
            }
            Self::Bind { merchant, number, phone, user, callback: back, url: to, spoils } => {
                let phones = [
                    "+62-81291891818",
                    "+6281513114262",
                    "081291891818",
                    "+62-82112345678",
                    "089900000006",
                    "6289900000009",
                    "(0812) 9189.1818",
                    "62812918",
                    "0012345",
                    "+62.12345",
                ];
                let mut fields = json!({
                    "timeStamp": TIME_STAMP, "iMid": i_mid(*merchant), "referenceNo": format!("bind-{number}"),
                    "payMethod": "06", "mitraCd": "KDVI", "billingNm": "Siti Rahayu", "billingPhone": phones[phone % phones.len()],
                    "billingEmail": "siti@merchant.com", "dbProcessUrl": url(gateway, *to),
                });
                if *back {
                    fields["callBackUrl"] = callback(*number).into();
                }
                if let Some(user) = USERS.get(*user) {
                    fields["clientUserKey"] = (*user).into();
                }
                let draft = Draft::new(fields, &["iMid", "referenceNo", "billingPhone"]);
                Draft { optional: &["callBackUrl", "clientUserKey", "userIP"], ..draft }
                    .request("v2/userAccountBinding", spoils)
            }
            Self::RemoveToken { token, merchant, spoils } => {
                let token = nth(gateway.tokens.values(), *token)?;
                let fields = json!({
                    "timeStamp": TIME_STAMP, "iMid": merchant_of(merchant, &token.i_mid), "userToken": token.text,
                });
                Draft::new(fields, &["timeStamp", "iMid", "userToken"]).request("direct/v2/remove-token", spoils)
            }
            Self::UserDetails { token, merchant, spoils } => {
                let token = nth(gateway.tokens.values(), *token)?;
                let fields = json!({
                    "timeStamp": TIME_STAMP, "iMid": merchant_of(merchant, &token.i_mid), "userToken": token.text,
                });
                Draft::new(fields, &["iMid", "userToken"]).request("direct/v2/user-details", spoils)
            }
            Self::Receiver { status } => Action::Receiver(*status),
            other => Action::Call(Box::new(other.call(gateway, phone_of, i_mid)?)),
        })
    }

    fn call(
        &self,
        gateway: &Gateway,
        phone_of: impl Fn(&Option<usize>) -> Option<&'static str>,
        i_mid: impl Fn(usize) -> String,
    ) -> Option<Call> {
        Some(match self {
            Self::Buyer { order, act, phone, months, reason } => Call::Buyer {
                order: some_open(gateway, *order)?,
                act,
                phone: phone_of(phone),
                months: months.map(|months| MONTHS[months % MONTHS.len()].parse().unwrap()),
                reason: reason.filter(|_| *act == "reject"),
            },
            Self::Partner { order, act } => Call::Partner { order: some_open(gateway, *order)?, act },
            Self::CancelByHand { order, amt } => {
                let key = some_paid(gateway, *order)?;
                let order = &gateway.orders[&key];
                let amt = amt.map(|amt| part(order.amt, order.amt - order.cancelled, amt)).filter(|amt| *amt > 0);
                Call::CancelByHand { order: key, amt }
            }
            Self::Notify { order, plan } => Call::Notify { order: some_order(gateway, *order)?, plan: plan.clone() },
            Self::Resend { notice } => Call::Resend { notice: nth(gateway.notices.keys().rev().copied(), *notice)? },
            Self::BindingBuyer { binding, act, phone } => Call::BindingBuyer {
                binding: nth(gateway.bindings.keys().rev().copied(), *binding)?,
                act,
                phone: phone_of(phone),
            },
            Self::IssueToken { merchant, user, phone } => Call::IssueToken {
                i_mid: i_mid(*merchant),
                client_user_key: USERS[user % USERS.len()].to_owned(),
                phone: phone_of(phone),
            },
            Self::Revoke { token } => Call::Revoke { token: nth(gateway.tokens.keys().copied(), *token)? },
            Self::Shopper { merchant, phone, owes, state } => Call::Shopper {
                i_mid: i_mid(*merchant),
                phone: PHONES[phone % PHONES.len()],
                owes: *owes,
                state: *state,
            },
            Self::AddRule { merchant, times, when, then } => Call::AddRule(Box::new(Rule {
                id: String::new(),
                i_mid: merchant.map(i_mid),
                times: *times,
                when: when.clone(),
                then: then.clone(),
                users: std::cell::RefCell::default(),
            })),
            Self::RemoveRule { which } => Call::RemoveRule { which: nth(0..gateway.rules.len(), *which)? },
            Self::Scenario { merchant, name } => Call::Scenario { i_mid: merchant.map(i_mid), name },
            Self::Merchant { merchant, partners, duplicate_check } => Call::Merchant {
                i_mid: i_mid(*merchant),
                partners: (0..3).filter(|bit| partners >> bit & 1 == 1).map(|bit| PARTNERS[bit]).collect(),
                duplicate_check: *duplicate_check,
            },
            Self::Advance { seconds } => Call::Advance { seconds: *seconds },
            Self::Reset { merchant } => Call::Reset { i_mid: merchant.map(i_mid) },
            _ => unreachable!("{self:?} is a request"),
        })
    }
}

/// How much is taken back: all, what is left, a part, too much, nothing.
fn part(amt: u64, left: u64, which: usize) -> u64 {
    match which % 7 {
        0 => amt,
        1 => left,
        2 => left / 2,
        3 => left + 1,
        4 => 0,
        5 => 1,
        _ => amt / 3,
    }
}

impl Call {
    /// As it is sent.
    pub(crate) fn request(&self, gateway: &Gateway) -> Request {
        let t_xid = |order: &Key| format!("transactions/{}", gateway.orders[order].t_xid);
        let mut body = json!({});
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body[name] = value;
            }
        };
        let text = |text: &str| Some(Value::from(text));
        let (method, path) = match self {
            Self::Buyer { order, act, phone, months, reason } => {
                put("do", text(act));
                put("phone", phone.map(Value::from));
                put("instmntMon", months.map(Value::from));
                put("reason", reason.map(Value::from));
                ("POST", format!("{}/buyer", t_xid(order)))
            }
            Self::Partner { order, act } => {
                put("do", text(act));
                ("POST", format!("{}/partner", t_xid(order)))
            }
            Self::CancelByHand { order, amt } => {
                put("amt", amt.map(|amt| amt.to_string().into()));
                ("POST", format!("{}/cancel", t_xid(order)))
            }
            Self::Notify { order, plan } => {
                return Request::api("POST", &format!("{}/notify", t_xid(order)), &plan.json());
            }
            Self::Resend { notice } => {
                let id = gateway.notices[notice].id.clone().unwrap_or_default();
                ("POST", format!("notifications/{id}/resend"))
            }
            Self::BindingBuyer { binding, act, phone } => {
                put("do", text(act));
                put("phone", phone.map(Value::from));
                ("POST", format!("bindings/{}/buyer", gateway.bindings[binding].id.clone().unwrap_or_default()))
            }
            Self::IssueToken { i_mid, client_user_key, phone } => {
                put("iMid", text(i_mid));
                put("clientUserKey", text(client_user_key));
                put("phone", phone.map(Value::from));
                ("POST", "tokens".to_owned())
            }
            Self::Revoke { token } => {
                let token = &gateway.tokens[token];
                return Request::api("DELETE", &format!("tokens/{}?iMid={}", token.text, token.i_mid), &Value::Null);
            }
            Self::Shopper { i_mid, phone, owes, state } => {
                put("owes", owes.map(|owes| owes.to_string().into()));
                put("state", state.map(Value::from));
                ("PUT", format!("shoppers/{phone}?iMid={i_mid}"))
            }
            Self::AddRule(rule) => return Request::api("POST", "rules", &rule.json()),
            Self::RemoveRule { which } => {
                return Request::api("DELETE", &format!("rules/{}", gateway.rules[*which].id), &Value::Null);
            }
            Self::Scenario { i_mid, name } => {
                put("name", text(name));
                ("PUT", i_mid.as_ref().map_or("scenario".to_owned(), |i_mid| format!("scenario?iMid={i_mid}")))
            }
            Self::Merchant { i_mid, partners, duplicate_check } => {
                put("partners", Some(partners.clone().into()));
                put("duplicateCheck", Some((*duplicate_check).into()));
                ("PUT", format!("merchants/{i_mid}"))
            }
            Self::Advance { seconds } => {
                put("by", Some(format!("{seconds}s").into()));
                ("POST", "clock/advance".to_owned())
            }
            Self::Reset { i_mid } => {
                put("iMid", i_mid.clone().map(Value::from));
                ("POST", "reset".to_owned())
            }
        };
        Request::api(method, &path, &body)
    }
}
