//! What the model remembers: plain vectors and maps.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::gateway::rules::Rule;
use crate::gateway::scenarios::Scenario;
use crate::time::{MINUTE, SECOND};

/// The number of an order, a binding, a token or a notification in the model; a reset does not give it again.
pub(crate) type Key = usize;

/// The settings of a run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) strict: bool,
    pub(crate) inquiry_keys: u8,
    pub(crate) cancel_keys: u8,
    pub(crate) expired_status: &'static str,
    pub(crate) abandoned_status: &'static str,
    pub(crate) inquiry_amt: &'static str,
    pub(crate) request_url: bool,
    pub(crate) empty_fields: &'static str,
    pub(crate) retries: usize,
    pub(crate) retry_interval: i64,
    pub(crate) callback_method: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            strict: false,
            inquiry_keys: 46,
            cancel_keys: 8,
            expired_status: "8",
            abandoned_status: "9",
            inquiry_amt: "match",
            request_url: false,
            empty_fields: "empty",
            retries: 3,
            retry_interval: MINUTE,
            callback_method: "partner",
        }
    }
}

impl Settings {
    /// As in a `nicepay-sim.toml`.
    pub(crate) fn toml(&self) -> String {
        format!(
            "profile = \"{}\"\ninquiry-keys = \"{}\"\ncancel-keys = \"{}\"\nexpired-status = \"{}\"\nabandoned-status = \"{}\"\n\
             inquiry-amt = \"{}\"\nrequest-url = {}\nempty-fields = \"{}\"\nretries = {}\nretry-interval = \"{}s\"\n\
             callback-method = \"{}\"\n",
            if self.strict { "strict" } else { "lenient" },
            self.inquiry_keys,
            self.cancel_keys,
            self.expired_status,
            self.abandoned_status,
            self.inquiry_amt,
            self.request_url,
            self.empty_fields,
            self.retries,
            self.retry_interval / SECOND,
            self.callback_method,
        )
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Merchant {
    pub(crate) key: String,
    pub(crate) partners: Vec<String>,
    pub(crate) duplicate_check: bool,
}

/// How an order is paid.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mode {
    Normal,
    Tokenize {
        client_user_key: String,
    },
    /// `asks` is what the lender wants of the customer, `owner` the token's, or whom the merchant named.
    Seamless {
        token: Option<Key>,
        asks: Asks,
        owner: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Asks {
    Nothing,
    Otp,
    Login,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stage {
    Registered,
    AtPartner,
    UnderReview { since: i64, ends: Option<(i64, bool)> },
    Approved { at: i64 },
    Declined { at: i64, reason: &'static str },
    Abandoned { at: i64 },
    Expired { at: i64 },
    Cancelled { at: i64, paid_at: i64, void: bool },
}

impl Stage {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::AtPartner => "at-partner",
            Self::UnderReview { .. } => "under-review",
            Self::Approved { .. } => "approved",
            Self::Declined { .. } => "declined",
            Self::Abandoned { .. } => "abandoned",
            Self::Expired { .. } => "expired",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Registered | Self::AtPartner | Self::Abandoned { .. })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) t_xid: String,
    pub(crate) i_mid: String,
    pub(crate) reference_no: String,
    pub(crate) amt: u64,
    pub(crate) checkout: bool,
    pub(crate) pay_method: String,
    pub(crate) partner: Option<String>,
    pub(crate) months: u64,
    pub(crate) instmnt_type: String,
    pub(crate) goods_nm: String,
    pub(crate) billing_nm: String,
    pub(crate) billing_phone: String,
    pub(crate) description: Option<String>,
    pub(crate) db_process_url: String,
    pub(crate) call_back_url: Option<String>,
    pub(crate) mode: Mode,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) stage: Stage,
    pub(crate) rule: String,
    /// When a seamless payment settles.
    pub(crate) settles_at: Option<i64>,
    /// When the simulated customer comes.
    pub(crate) customer_at: Option<i64>,
    /// When the back office gives money back.
    pub(crate) refund_at: Option<i64>,
    /// The customer was sent to the page for the one-time password.
    pub(crate) at_otp: bool,
    pub(crate) phone: Option<String>,
    pub(crate) chosen: Option<u64>,
    /// The token that it issued, or that paid it.
    pub(crate) token: Option<Key>,
    pub(crate) cancelled: u64,
    pub(crate) receipt: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) i_mid: String,
    pub(crate) client_user_key: String,
    pub(crate) phone: String,
    pub(crate) active: bool,
    pub(crate) issued_at: i64,
    /// The `billingPhone` of what brought it.
    pub(crate) billing_phone: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BindingState {
    Registered,
    Bound { at: i64 },
    Failed { reason: &'static str },
    Abandoned,
    Expired,
}

impl BindingState {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Bound { .. } => "bound",
            Self::Failed { .. } => "failed",
            Self::Abandoned => "abandoned",
            Self::Expired => "expired",
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Registered)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// Taken from the list of the control API.
    pub(crate) id: Option<String>,
    pub(crate) i_mid: String,
    pub(crate) reference_no: String,
    pub(crate) billing_nm: String,
    pub(crate) billing_phone: String,
    pub(crate) billing_email: String,
    pub(crate) client_user_key: Option<String>,
    pub(crate) db_process_url: String,
    pub(crate) call_back_url: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) state: BindingState,
    pub(crate) token: Option<Key>,
    pub(crate) phone: Option<String>,
    pub(crate) rule: String,
}

/// Whose notification it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Order(Key),
    Binding(Key),
    Call(Key),
}

/// The value of a form's field: a text, or whatever the simulator drew.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(String),
    /// 64 hexadecimal digits, but not these.
    OtherToken(String),
    /// A tXid of 1999, which no transaction has.
    UnknownTXid,
    /// The merchantToken of such a form.
    TokenOfUnknown,
    /// The text of a userToken.
    UserToken(Key),
}

#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) at: i64,
    pub(crate) manual: bool,
    /// None: nobody listens there, or it was skipped.
    pub(crate) status: Option<u16>,
    pub(crate) skipped: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// Taken from the list of the control API.
    pub(crate) id: Option<String>,
    pub(crate) owner: Owner,
    pub(crate) i_mid: String,
    pub(crate) kind: &'static str,
    pub(crate) url: String,
    pub(crate) variant: Option<&'static str>,
    pub(crate) rule: Option<String>,
    pub(crate) form: Vec<(String, Cell)>,
    pub(crate) state: &'static str,
    pub(crate) next: Option<i64>,
    /// It has one attempt.
    pub(crate) once: bool,
    /// The scenario at its time says when it is sent again.
    pub(crate) scenario: Rc<Scenario>,
    pub(crate) attempts: Vec<Attempt>,
}

/// A lender's account, as one merchant sees it.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) phone: &'static str,
    pub(crate) partner: &'static str,
    pub(crate) name: &'static str,
    pub(crate) months: Vec<u64>,
    pub(crate) owes: u64,
    pub(crate) state: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) asks: Asks,
}

/// How a payment ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    Approve,
    Reject(&'static str),
    Review(Option<(i64, bool)>),
    Abandon,
}

/// The lenders' catalogs (`docs/PROTOCOL.md` §8.3).
pub(crate) fn catalog() -> Vec<Account> {
    let account = |partner, phone, name| Account {
        phone,
        partner,
        name,
        months: months_of(partner),
        owes: 0,
        state: "active",
        outcome: Outcome::Approve,
        asks: Asks::Nothing,
    };
    let ends = |approve| Outcome::Review(Some((30 * SECOND, approve)));
    let kredivo = |phone, name| account("KDVI", phone, name);
    vec![
        Account { months: vec![1], ..kredivo("081513114262", "Non Prod") },
        kredivo("081291891818", "Non Prod Installment"),
        Account { owes: 50_290, ..kredivo("082155553300", "Non Prod") },
        Account { outcome: ends(true), ..kredivo("089900000001", "Review Approve") },
        Account { outcome: ends(false), ..kredivo("089900000002", "Review Reject") },
        Account { outcome: Outcome::Review(None), ..kredivo("089900000003", "Review Waits") },
        Account { outcome: Outcome::Reject("risk"), ..kredivo("089900000004", "Risk Reject") },
        Account { owes: 30_000_000, ..kredivo("089900000005", "No Limit") },
        Account { state: "inactive", ..kredivo("089900000006", "Inactive Account") },
        Account { state: "locked", ..kredivo("089900000007", "Locked Account") },
        kredivo("089900000008", "Stale Otp"),
        Account { asks: Asks::Otp, ..kredivo("089900000009", "Seamless Otp") },
        Account { asks: Asks::Login, ..kredivo("089900000010", "Seamless Login") },
        account("AKLP", "087700000000", "Akulaku Sandbox"),
        Account { outcome: ends(true), ..account("AKLP", "087700000001", "Review Approve") },
        Account { outcome: Outcome::Review(None), ..account("AKLP", "087700000003", "Review Waits") },
        Account { outcome: Outcome::Reject("risk"), ..account("AKLP", "087700000004", "Risk Reject") },
        Account { owes: 50_000_000, ..account("AKLP", "087700000005", "No Limit") },
        account("IDNA", "0838499610", "Indodana Sandbox"),
        Account { outcome: ends(true), ..account("IDNA", "083800000001", "Review Approve") },
        Account { outcome: Outcome::Review(None), ..account("IDNA", "083800000003", "Review Waits") },
        Account { outcome: Outcome::Reject("risk"), ..account("IDNA", "083800000004", "Risk Reject") },
        Account { owes: 50_000_000, ..account("IDNA", "083800000005", "No Limit") },
    ]
}

/// The tenors of a lender (`docs/PROTOCOL.md` §4.6).
pub(crate) fn months_of(partner: &str) -> Vec<u64> {
    match partner {
        "IDNA" => vec![1, 3, 6, 12, 18, 24],
        _ => vec![1, 3, 6, 12],
    }
}

/// The limit of a tenor (`docs/PROTOCOL.md` §8.2, `docs/start/shoppers.md`).
pub(crate) fn limit_of(partner: &str, months: u64) -> u64 {
    match (partner, months) {
        ("KDVI", 1) => 3_500_000,
        ("KDVI", 3) => 9_800_000,
        ("KDVI", 6) => 18_600_000,
        ("KDVI", _) => 30_000_000,
        ("AKLP", _) => 25_000_000,
        _ => 50_000_000,
    }
}

/// The shopper whom `buyer` plays.
pub(crate) fn usual(partner: &str) -> &'static str {
    match partner {
        "AKLP" => "087700000000",
        "IDNA" => "0838499610",
        _ => "081291891818",
    }
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) settings: Settings,
    /// `http://127.0.0.1:PORT`
    pub(crate) base: String,
    pub(crate) now: i64,
    pub(crate) merchants: BTreeMap<String, Merchant>,
    pub(crate) orders: BTreeMap<Key, Order>,
    pub(crate) bindings: BTreeMap<Key, Binding>,
    pub(crate) tokens: BTreeMap<Key, Token>,
    pub(crate) notices: BTreeMap<Key, Notice>,
    pub(crate) next_key: Key,
    pub(crate) rules: Vec<Rc<Rule>>,
    pub(crate) scenario: Rc<Scenario>,
    pub(crate) own_scenarios: BTreeMap<String, Rc<Scenario>>,
    /// By iMid and phone, where it differs from the catalog.
    pub(crate) accounts: BTreeMap<(String, String), Account>,
    /// Every tXid, userToken and link that was ever drawn.
    pub(crate) drawn: BTreeSet<String>,
    /// How the receiver answers, by its address.
    pub(crate) receiver_status: u16,
    pub(crate) receiver_url: String,
    /// The notifications that the receiver got in this step.
    pub(crate) received: Vec<Key>,
    /// What inquiries from inside the receiver's handler are answered.
    pub(crate) inquired: Vec<String>,
    /// What is wrong, beside a difference: an id of the wrong form, or drawn twice.
    pub(crate) complaints: Vec<String>,
}
