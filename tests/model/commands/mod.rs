//! What can happen in a history. Whom a command is about is a number, taken modulo what there is: so a history stays a
//! history when a part of it is left out.

mod rules;

use proptest::prelude::*;
use proptest::sample::select;

use self::rules::{plan, rule};
use crate::gateway::rules::{Plan, Then, When};
use crate::gateway::scenarios::NAMES;
use crate::gateway::state::Settings;
use crate::time::SECOND;

pub(crate) const AMOUNTS: [u64; 10] =
    [25_145, 10_000, 1, 300_000, 2_000_000, 3_500_000, 3_500_001, 9_800_001, 30_000_000, 999_999_999_999];
pub(crate) const PARTNERS: [&str; 3] = ["KDVI", "AKLP", "IDNA"];
pub(crate) const MONTHS: [&str; 7] = ["1", "3", "6", "12", "9", "24", "2"];
pub(crate) const PHONES: [&str; 16] = [
    "081291891818",
    "081513114262",
    "082155553300",
    "089900000001",
    "089900000002",
    "089900000003",
    "089900000004",
    "089900000005",
    "089900000006",
    "089900000007",
    "089900000009",
    "089900000010",
    "087700000000",
    "087700000001",
    "0838499610",
    "083800000004",
];
pub(crate) const USERS: [&str; 3] = ["customer-1", "customer-2", "gili.heriawan@nicepay.co.id"];
/// Texts that are right somewhere and wrong elsewhere.
const TEXTS: [&str; 40] = [
    "1",
    "2",
    "0",
    "3",
    "06",
    "00",
    "02",
    "6",
    "KDVI",
    "AKLP",
    "IDNA",
    "OVOE",
    "IDR",
    "USD",
    "-1",
    "1e3",
    "25145",
    "25145.00",
    " 25145",
    "0025145",
    "000",
    "10000",
    "1234567890123",
    "25",
    "24",
    "http://",
    "ftp://host/x",
    "not a url",
    "http://merchant.com/x",
    "https://merchant.com/x?a=1",
    "20260101120000",
    "2026010112000",
    "20260101990000",
    "order-0",
    "customer-1",
    "MODELSHOP1",
    "+62-81291891818",
    "a b&c=d+e%",
    "\u{e9}t\u{e9} \u{2603}",
    " ",
];

/// What is done to a field before the request is signed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum How {
    Absent,
    Null,
    Empty,
    Object,
    List,
    True,
    Number(u64),
    Text(&'static str),
    Long(usize),
    Control,
}

/// What is wrong with a request.
#[derive(Clone, Debug)]
pub(crate) enum Spoil {
    Field(usize, How),
    WrongToken,
    UpperCaseToken,
    OtherMerchantsToken,
    NoToken,
    OtherRecipe,
    Truncated,
    Array,
    KeyTwice,
    NotUtf8,
    EmptyBody,
    ContentType(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) merchant: usize,
    pub(crate) number: usize,
    pub(crate) amt: usize,
    pub(crate) partner: usize,
    pub(crate) months: usize,
    /// 0 normal, 1 tokenize, 2 seamless.
    pub(crate) mode: usize,
    pub(crate) user: usize,
    pub(crate) token: usize,
    pub(crate) url: usize,
    pub(crate) cart: usize,
    pub(crate) sellers: usize,
    pub(crate) pay_valid: usize,
    /// 0 direct, 1 Checkout with 06, 2 Checkout with 00.
    pub(crate) checkout: usize,
    pub(crate) description: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Command {
    Register(Registration, Vec<Spoil>),
    Pay { order: usize, post: bool, url: usize, json: bool, spoils: Vec<Spoil> },
    Inquire { order: usize, merchant: Option<usize>, spoils: Vec<Spoil> },
    Cancel { order: usize, merchant: Option<usize>, full: bool, amt: usize, spoils: Vec<Spoil> },
    Confirm { order: usize, spoils: Vec<Spoil> },
    CheckMid { merchant: usize, spoils: Vec<Spoil> },
    Bind { merchant: usize, number: usize, phone: usize, user: usize, callback: bool, url: usize, spoils: Vec<Spoil> },
    RemoveToken { token: usize, merchant: Option<usize>, spoils: Vec<Spoil> },
    UserDetails { token: usize, merchant: Option<usize>, spoils: Vec<Spoil> },
    Buyer { order: usize, act: &'static str, phone: Option<usize>, months: Option<usize>, reason: Option<&'static str> },
    Partner { order: usize, act: &'static str },
    CancelByHand { order: usize, amt: Option<usize> },
    Notify { order: usize, plan: Plan },
    Resend { notice: usize },
    BindingBuyer { binding: usize, act: &'static str, phone: Option<usize> },
    IssueToken { merchant: usize, user: usize, phone: Option<usize> },
    Revoke { token: usize },
    Shopper { merchant: usize, phone: usize, owes: Option<u64>, state: Option<&'static str> },
    AddRule { merchant: Option<usize>, times: Option<u64>, when: When, then: Then },
    RemoveRule { which: usize },
    Scenario { merchant: Option<usize>, name: &'static str },
    Merchant { merchant: usize, partners: usize, duplicate_check: bool },
    Advance { seconds: i64 },
    Receiver { status: u16 },
    Reset { merchant: Option<usize> },
}

#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) settings: Settings,
    pub(crate) commands: Vec<Command>,
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        3 => Just(How::Absent),
        1 => Just(How::Null),
        2 => Just(How::Empty),
        1 => Just(How::Object),
        1 => Just(How::List),
        1 => Just(How::True),
        1 => select(vec![0, 1, 6, 12, 25_145]).prop_map(How::Number),
        6 => select(TEXTS.to_vec()).prop_map(How::Text),
        3 => select(vec![11, 16, 31, 41, 51, 101, 256, 4_000, 4_001]).prop_map(How::Long),
        1 => Just(How::Control),
    ]
}

fn spoil() -> impl Strategy<Value = Spoil> {
    prop_oneof![
        24 => (0_usize..60, how()).prop_map(|(field, how)| Spoil::Field(field, how)),
        2 => Just(Spoil::WrongToken),
        1 => Just(Spoil::UpperCaseToken),
        1 => Just(Spoil::OtherMerchantsToken),
        1 => Just(Spoil::NoToken),
        1 => Just(Spoil::OtherRecipe),
        1 => Just(Spoil::Truncated),
        1 => Just(Spoil::Array),
        1 => Just(Spoil::KeyTwice),
        1 => Just(Spoil::NotUtf8),
        1 => Just(Spoil::EmptyBody),
        1 => select(vec!["text/plain", "Application/JSON", "application/x-www-form-urlencoded"])
            .prop_map(Spoil::ContentType),
    ]
}

/// Most requests are right.
fn spoils() -> impl Strategy<Value = Vec<Spoil>> {
    prop_oneof![
        6 => Just(Vec::new()),
        2 => spoil().prop_map(|spoil| vec![spoil]),
        1 => (spoil(), spoil()).prop_map(|(one, two)| vec![one, two]),
    ]
}

/// The first choice most of the time.
fn mostly(first: u32, others: usize) -> impl Strategy<Value = usize> {
    prop_oneof![first => Just(0_usize), 1 => 0..others]
}

fn registration() -> impl Strategy<Value = Registration> {
    let who = (mostly(3, 2), 0_usize..12, mostly(1, AMOUNTS.len()), mostly(1, 3), mostly(2, MONTHS.len()));
    let token = (prop_oneof![3 => Just(0_usize), 2 => Just(1_usize), 3 => Just(2_usize)], 0..USERS.len(), 0_usize..8);
    let form = (mostly(2, 5), mostly(12, 17), mostly(12, 8), mostly(10, 5), mostly(6, 3), any::<bool>());
    (who, token, form).prop_map(|(who, (mode, user, token), form)| {
        let (merchant, number, amt, partner, months) = who;
        let (url, cart, sellers, pay_valid, checkout, description) = form;
        Registration {
            merchant,
            number,
            amt,
            partner: if mode == 0 { partner } else { partner % 2 * (number % 2) },
            months,
            mode,
            user,
            token,
            url,
            cart,
            sellers,
            pay_valid,
            checkout,
            description,
        }
    })
}

fn command() -> impl Strategy<Value = Command> {
    let which = || 0_usize..12;
    let other = || prop::option::weighted(0.1, 0_usize..2);
    let phone = || prop::option::weighted(0.4, 0..PHONES.len());
    let merchant = || mostly(3, 2);
    let payments = prop_oneof![
        12 => (registration(), spoils()).prop_map(|(registration, spoils)| Command::Register(registration, spoils)),
        6 => (which(), any::<bool>(), 0_usize..5, prop::bool::weighted(0.1), spoils())
            .prop_map(|(order, post, url, json, spoils)| Command::Pay { order, post, url, json, spoils }),
        5 => (which(), other(), spoils())
            .prop_map(|(order, merchant, spoils)| Command::Inquire { order, merchant, spoils }),
        7 => (which(), other(), any::<bool>(), 0_usize..7, spoils()).prop_map(|(order, merchant, full, amt, spoils)| {
            Command::Cancel { order, merchant, full, amt, spoils }
        }),
        1 => (which(), spoils()).prop_map(|(order, spoils)| Command::Confirm { order, spoils }),
        1 => (0_usize..2, spoils()).prop_map(|(merchant, spoils)| Command::CheckMid { merchant, spoils }),
    ];
    let tokens = prop_oneof![
        3 => (merchant(), 0_usize..6, 0_usize..6, 0_usize..4, any::<bool>(), mostly(2, 5), spoils()).prop_map(
            |(merchant, number, phone, user, callback, url, spoils)| Command::Bind {
                merchant, number, phone, user, callback, url, spoils
            }
        ),
        3 => (which(), select(vec!["bind", "bind", "reject", "abandon"]), phone())
            .prop_map(|(binding, act, phone)| Command::BindingBuyer { binding, act, phone }),
        2 => (which(), other(), spoils())
            .prop_map(|(token, merchant, spoils)| Command::RemoveToken { token, merchant, spoils }),
        2 => (which(), other(), spoils())
            .prop_map(|(token, merchant, spoils)| Command::UserDetails { token, merchant, spoils }),
        2 => (merchant(), 0..USERS.len(), phone())
            .prop_map(|(merchant, user, phone)| Command::IssueToken { merchant, user, phone }),
        1 => which().prop_map(|token| Command::Revoke { token }),
    ];
    let acts = vec!["pay", "pay", "pay", "pay", "approve", "review", "reject", "abandon"];
    let people = prop_oneof![
        10 => (which(), select(acts), phone(), prop::option::weighted(0.2, 0..MONTHS.len()),
            prop::option::weighted(0.1, select(vec!["limit", "risk"])))
            .prop_map(|(order, act, phone, months, reason)| Command::Buyer { order, act, phone, months, reason }),
        4 => (which(), select(vec!["approve", "reject", "expire"]))
            .prop_map(|(order, act)| Command::Partner { order, act }),
        2 => (which(), prop::option::of(0_usize..7)).prop_map(|(order, amt)| Command::CancelByHand { order, amt }),
        2 => (which(), plan()).prop_map(|(order, plan)| {
            Command::Notify { order, plan: Plan { of: Vec::new(), ..plan } }
        }),
        2 => which().prop_map(|notice| Command::Resend { notice }),
        1 => (merchant(), 0..PHONES.len(), prop::option::of(select(vec![0, 3_480_000, 40_000_000])),
            prop::option::of(select(vec!["active", "inactive", "locked"])))
            .prop_map(|(merchant, phone, owes, state)| Command::Shopper { merchant, phone, owes, state }),
    ];
    let settings = prop_oneof![
        5 => (other(), rule()).prop_map(|(merchant, (times, when, then))| Command::AddRule {
            merchant, times, when, then
        }),
        1 => which().prop_map(|which| Command::RemoveRule { which }),
        2 => (prop::option::of(merchant()), select(NAMES.to_vec()))
            .prop_map(|(merchant, name)| Command::Scenario { merchant, name }),
        1 => (merchant(), prop_oneof![2 => Just(7_usize), 1 => 1_usize..8], prop::bool::weighted(0.7)).prop_map(
            |(merchant, partners, duplicate_check)| Command::Merchant { merchant, partners, duplicate_check }
        ),
        2 => select(vec![200, 500, 201, 204, 302, 404, 503, 200]).prop_map(|status| Command::Receiver { status }),
        1 => prop::option::of(0_usize..2).prop_map(|merchant| Command::Reset { merchant }),
    ];
    let moments = vec![
        2, 1, 3, 2, 5, 10, 28, 30, 58, 60, 61, 120, 180, 300, 540, 600, 3_600, 7_200, 86_399, 86_400, 2_592_001,
        7_776_001,
    ];
    prop_oneof![
        10 => payments,
        4 => tokens,
        7 => people,
        3 => settings,
        3 => select(moments).prop_map(|seconds| Command::Advance { seconds }),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    let drawn = (
        prop::bool::weighted(0.5),
        select(vec![46_u8, 40, 47]),
        select(vec![8_u8, 11]),
        select(vec!["8", "9", "4"]),
        select(vec!["9", "8"]),
        (select(vec!["match", "ignore"]), any::<bool>(), select(vec!["empty", "omit"])),
        0_usize..5,
        select(vec![60, 10, 3_600]),
        select(vec!["partner", "get", "post"]),
    );
    let drawn = drawn.prop_map(
        |(
            strict,
            inquiry,
            cancel,
            expired,
            abandoned,
            (inquiry_amt, request_url, empty_fields),
            retries,
            interval,
            method,
        )| Settings {
            strict,
            inquiry_keys: inquiry,
            cancel_keys: cancel,
            expired_status: expired,
            abandoned_status: abandoned,
            inquiry_amt,
            request_url,
            empty_fields,
            retries,
            retry_interval: interval * SECOND,
            callback_method: method,
        },
    );
    prop_oneof![1 => Just(Settings::default()), 1 => drawn]
}

pub(crate) fn histories() -> impl Strategy<Value = History> {
    (settings(), prop::collection::vec(command(), 1..50))
        .prop_map(|(settings, commands)| History { settings, commands })
}
