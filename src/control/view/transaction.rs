//! A transaction, and what answers about one have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Event, Explanation, Nullable};
use crate::clock::Timestamp;
use crate::domain::{
    self, Amount, CancelKind, ClientUserKey, IMid, NotificationId, Partner, PartnerStep, Phone, ReferenceNo,
    ReviewOutcome, TXid, Tokenize, UndocumentedBehavior, UserToken,
};
use crate::paths;
use crate::protocol::{self, CallbackResult, Method, status_digit};

/// Where a transaction stands.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in super::super) enum Stage {
    /// The order is stored; nobody has opened the payment.
    Registered,
    /// The customer's browser is, or was, on the lender's pages.
    AtPartner,
    /// The lender is still looking at it.
    UnderReview,
    /// Paid.
    Approved,
    /// The lender said no.
    Declined,
    /// The customer went away. Payable again until it expires.
    Abandoned,
    /// Nobody paid in time.
    Expired,
    /// The merchant gave everything back.
    Cancelled,
}

impl From<&domain::Stage> for Stage {
    fn from(stage: &domain::Stage) -> Self {
        match stage {
            domain::Stage::Registered => Self::Registered,
            domain::Stage::AtPartner(_) => Self::AtPartner,
            domain::Stage::UnderReview { .. } => Self::UnderReview,
            domain::Stage::Approved { .. } => Self::Approved,
            domain::Stage::Declined { .. } => Self::Declined,
            domain::Stage::Abandoned { .. } => Self::Abandoned,
            domain::Stage::Expired { .. } => Self::Expired,
            domain::Stage::Cancelled { .. } => Self::Cancelled,
        }
    }
}

/// An instalment plan.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Plan {
    /// The tenor, in months.
    instmnt_mon: String,
    /// What the order costs, in rupiah.
    principal: Amount,
    /// The one-time fee, in rupiah.
    fee: Amount,
    /// The interest of all months, in rupiah.
    interest: Amount,
    /// What is paid in all, in rupiah.
    total: Amount,
    /// What is paid each month, in rupiah.
    monthly: Amount,
    /// What is paid in each month, in rupiah; fractions are in the last one.
    instalments: Vec<Amount>,
}

impl From<&domain::Plan> for Plan {
    fn from(plan: &domain::Plan) -> Self {
        Self {
            instmnt_mon: plan.months.to_string(),
            principal: plan.principal,
            fee: plan.fee,
            interest: plan.interest,
            total: plan.total(),
            monthly: plan.monthly(),
            instalments: plan.instalments(),
        }
    }
}

/// How a browser gets back to the merchant.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Callback {
    /// The browser's way back with the result; null where no browser waits for one.
    pub(in super::super) callback_url: Option<String>,
    /// What is posted there, where it is not in the URL's query.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(in super::super) callback_fields: Option<Map<String, Value>>,
}

impl Callback {
    pub(in super::super) fn of(transaction: &domain::Transaction, assumed: &UndocumentedBehavior) -> Self {
        let stage = transaction.stage();
        let settled = !matches!(stage, domain::Stage::Registered | domain::Stage::AtPartner(_));
        let Some(url) = transaction.callback_url.as_deref().filter(|_| settled) else {
            return Self { callback_url: None, callback_fields: None };
        };
        let callback = protocol::Callback::build(url, transaction, CallbackResult::Stage, assumed);
        match callback.method {
            Method::Get => Self { callback_url: Some(callback.url()), callback_fields: None },
            Method::Post => {
                let fields = callback.fields.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
                Self { callback_fields: Some(fields.collect()), callback_url: Some(callback.address) }
            }
        }
    }
}

/// A page of the lender's.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Page {
    /// Phone and PIN are asked for.
    SignIn,
    /// A plan is to be chosen.
    Plan,
    /// A one-time password is asked for.
    Otp,
}

/// How a review ends by itself.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Ends {
    /// It will be paid.
    Approve,
    /// It will not.
    Reject,
}

/// An order, and where it stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Transaction {
    /// NICEPAY's number.
    #[serde(rename = "tXid")]
    t_xid: TXid,
    /// The merchant's number.
    reference_no: ReferenceNo,
    /// The merchant.
    i_mid: IMid,
    /// What is to be paid, in rupiah.
    amt: Amount,
    /// Where it stands.
    stage: Stage,
    /// The digit that an inquiry would answer.
    status: &'static str,
    /// The rule that decided last, or will.
    rule: Arc<str>,
    /// When it was registered.
    created_at: Timestamp,
    /// When it expires unless it is paid.
    expires_at: Timestamp,
    /// `payMethod`: `06`, or `00` where the customer chooses on NICEPAY's own page.
    pay_method: &'static str,
    /// The lender; null before the customer of a Checkout has chosen.
    mitra_cd: Option<Partner>,
    /// `goodsNm` as sent.
    goods_nm: Box<str>,
    /// `billingNm` as sent.
    billing_nm: Box<str>,
    /// `billingPhone` as sent; can be empty.
    billing_phone: Box<str>,
    /// The tenor, in months: as chosen, before that as sent.
    instmnt_mon: String,
    /// Who is charged: `1` the customer, `2` the merchant.
    instmnt_type: String,
    /// Where notifications go.
    db_process_url: Box<str>,
    /// `1` where a token is issued, `2` where one pays; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokenize_user: Option<&'static str>,
    /// The merchant's customer, where tokens are used; null where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_user_key: Option<Nullable<ClientUserKey>>,
    /// The token that was sent; null where it is none that pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_token: Option<Nullable<UserToken>>,
    /// The lender's page that the customer has come to, while `at-partner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<Page>,
    /// The shopper who pays, from `under-review` on.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<Phone>,
    /// What the customer agreed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Plan>,
    /// Since when the lender is looking at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    under_review_since: Option<Timestamp>,
    /// How the review ends by itself; null where somebody has to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_in: Option<Nullable<Ends>>,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at: Option<Timestamp>,
    /// The token: the one that was issued with the payment, or the one that was sent (null where it is none that pays).
    #[serde(rename = "userToken", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Nullable<UserToken>>")]
    issued_token: Option<UserToken>,
    /// What the merchant gave back, in rupiah; once it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_amt: Option<Amount>,
    /// When the last of it was given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<Timestamp>,
    /// How everything was given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_kind: Option<CancelKind>,
    /// When the lender said no.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined_at: Option<Timestamp>,
    /// Why the lender said no: `limit`, `risk`, `inactive` or `ordered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// When the customer went away.
    #[serde(skip_serializing_if = "Option::is_none")]
    abandoned_at: Option<Timestamp>,
    /// When its time was up.
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_at: Option<Timestamp>,
    /// When the merchant confirmed that the goods arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_confirmed_at: Option<Timestamp>,
    /// The lender's first page, below the simulator's address; null before the payment was opened.
    partner_url: Option<String>,
    #[serde(flatten)]
    callback: Callback,
    /// The numbers of its notifications.
    notifications: Vec<NotificationId>,
}

/// A transaction with what happened to it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TransactionWithTimeline")]
pub(in super::super) struct Timelined {
    #[serde(flatten)]
    pub(in super::super) transaction: Transaction,
    /// Why it was decided so.
    pub(in super::super) explain: Explanation,
    /// Its events in order; the first thousand.
    pub(in super::super) timeline: Vec<Event>,
}

impl Timelined {
    pub(in super::super) fn example() -> Value {
        let mut example = Transaction::example();
        example["explain"] = Explanation::example();
        example["timeline"] = json!([Event::example()]);
        example
    }
}

impl Transaction {
    pub(in super::super) fn example() -> Value {
        json!({
            "tXid": "PAYLOANTES06202601010000000001",
            "referenceNo": "order-1",
            "iMid": "PAYLOANTES",
            "amt": "25145",
            "stage": "approved",
            "status": "0",
            "rule": "approve/default",
            "createdAt": "2025-12-31T17:00:00Z",
            "expiresAt": "2026-01-01T17:00:00Z",
            "payMethod": "06",
            "mitraCd": "KDVI",
            "goodsNm": "Shoes",
            "billingNm": "Siti",
            "billingPhone": "081291891818",
            "instmntMon": "1",
            "instmntType": "1",
            "dbProcessUrl": "http://127.0.0.1:9000/notify",
            "phone": "081291891818",
            "plan": {
                "instmntMon": "1",
                "principal": "25145",
                "fee": "1000",
                "interest": "0",
                "total": "26145",
                "monthly": "26145",
                "instalments": ["26145"],
            },
            "approvedAt": "2025-12-31T17:00:02Z",
            "cancelAmt": "0",
            "partnerUrl": null,
            "callbackUrl": null,
            "notifications": ["1"],
        })
    }

    pub(in super::super) fn of(transaction: &domain::Transaction, assumed: &UndocumentedBehavior) -> Self {
        let mut view = Self::registered(transaction, assumed);
        view.add_tokenize(&transaction.tokenize);
        view.add_stage(transaction.stage());
        view
    }

    fn registered(transaction: &domain::Transaction, assumed: &UndocumentedBehavior) -> Self {
        let order = &transaction.order;
        let page = transaction.link.as_ref().zip(order.partner);
        Self {
            t_xid: transaction.t_xid.clone(),
            reference_no: transaction.reference_no.clone(),
            i_mid: transaction.i_mid.clone(),
            amt: transaction.amount,
            stage: transaction.stage().into(),
            status: status_digit(transaction.stage(), assumed).0,
            rule: Arc::clone(&transaction.rule),
            created_at: transaction.registered_at,
            expires_at: transaction.expires_at,
            pay_method: transaction.channel.pay_method(),
            mitra_cd: order.partner,
            goods_nm: order.goods_nm.clone(),
            billing_nm: order.billing_nm.clone(),
            billing_phone: order.billing_phone.clone(),
            instmnt_mon: transaction.months().to_string(),
            instmnt_type: order.instmnt_type.to_string(),
            db_process_url: order.db_process_url.clone(),
            tokenize_user: None,
            client_user_key: None,
            user_token: None,
            step: None,
            phone: None,
            plan: None,
            under_review_since: None,
            ends_in: None,
            approved_at: None,
            issued_token: None,
            cancel_amt: None,
            cancelled_at: None,
            cancel_kind: None,
            declined_at: None,
            reason: None,
            abandoned_at: None,
            expired_at: None,
            receipt_confirmed_at: transaction.receipt_confirmed,
            partner_url: page.map(|(link, partner)| paths::partner_page(partner.slug(), paths::SIGN_IN, link)),
            callback: Callback::of(transaction, assumed),
            notifications: transaction.notifications.clone(),
        }
    }

    fn add_tokenize(&mut self, tokenize: &Tokenize) {
        let (digit, customer, token) = match tokenize {
            Tokenize::No => return,
            Tokenize::Issue { client_user_key } => ("1", Some(client_user_key), None),
            Tokenize::Pay { user_token, client_user_key, .. } => {
                ("2", Some(client_user_key), Some(Nullable(Some(user_token.clone()))))
            }
            Tokenize::LogIn { user_token, client_user_key } => {
                ("2", client_user_key.as_ref(), Some(Nullable(user_token.clone())))
            }
        };
        self.tokenize_user = Some(digit);
        self.client_user_key = Some(Nullable(customer.cloned()));
        self.user_token = token;
    }

    fn add_stage(&mut self, stage: &domain::Stage) {
        match stage {
            domain::Stage::Registered => {}
            domain::Stage::AtPartner(step) => {
                self.step = Some(match step {
                    PartnerStep::SignIn => Page::SignIn,
                    PartnerStep::Plan { .. } => Page::Plan,
                    PartnerStep::Otp { .. } => Page::Otp,
                });
            }
            domain::Stage::UnderReview { plan, phone, since, ends_in } => {
                self.add_plan(plan, phone);
                self.under_review_since = Some(*since);
                self.ends_in = Some(Nullable(ends_in.map(|verdict| match verdict {
                    ReviewOutcome::Approve => Ends::Approve,
                    ReviewOutcome::Reject(_) => Ends::Reject,
                })));
            }
            domain::Stage::Approved { plan, phone, at, user_token, refunded } => {
                self.add_plan(plan, phone);
                self.add_payment(*at, *refunded, user_token.as_ref());
            }
            domain::Stage::Cancelled { plan, phone, paid_at, at, kind, user_token } => {
                self.add_plan(plan, phone);
                self.add_payment(*paid_at, plan.principal, user_token.as_ref());
                (self.cancelled_at, self.cancel_kind) = (Some(*at), Some(*kind));
            }
            domain::Stage::Declined { reason, at } => {
                (self.declined_at, self.reason) = (Some(*at), Some(reason.as_str()));
            }
            domain::Stage::Abandoned { at } => self.abandoned_at = Some(*at),
            domain::Stage::Expired { at } => self.expired_at = Some(*at),
        }
    }

    fn add_plan(&mut self, plan: &domain::Plan, phone: &Phone) {
        (self.phone, self.plan) = (Some(phone.clone()), Some(plan.into()));
    }

    /// The token stands where the one that was sent stands, if there was one.
    fn add_payment(&mut self, at: Timestamp, refunded: Amount, token: Option<&UserToken>) {
        (self.approved_at, self.cancel_amt) = (Some(at), Some(refunded));
        match (&mut self.user_token, token) {
            (Some(sent), Some(token)) => *sent = Nullable(Some(token.clone())),
            (_, token) => self.issued_token = token.cloned(),
        }
    }
}
