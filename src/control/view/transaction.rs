//! A transaction.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Callback, Event, Explanation, Nullable};
use crate::clock::Timestamp;
use crate::domain::{
    self, Amount, CancelKind, ClientUserKey, IMid, Note, NotificationId, Partner, PartnerStep, Phone, ReferenceNo,
    ReviewOutcome, TXid, Tokenize, UndocumentedBehavior, UserToken,
};
use crate::paths;
use crate::protocol::status_digit;

/// The stage of a transaction.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// The payment is registered but not opened.
    Registered,
    /// The customer is on the lender's pages.
    AtPartner,
    /// The lender reviews the payment.
    UnderReview,
    /// The payment is paid.
    Approved,
    /// The lender declined the payment.
    Declined,
    /// The customer left the lender's pages. The payment is possible again until it expires.
    Abandoned,
    /// The payment was not paid in time.
    Expired,
    /// The whole amount is refunded.
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
    /// The price of the order, in rupiah.
    principal: Amount,
    /// The one-time fee, in rupiah.
    fee: Amount,
    /// The total interest, in rupiah.
    interest: Amount,
    /// The total amount to pay, in rupiah.
    total: Amount,
    /// The amount to pay each month, in rupiah.
    monthly: Amount,
    /// The amount of each month, in rupiah; the last one includes rounding.
    instalments: Vec<Amount>,
}

impl From<&domain::InstalmentPlan> for Plan {
    fn from(plan: &domain::InstalmentPlan) -> Self {
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

/// A page of the lender.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum LenderPage {
    /// The customer signs in with phone and PIN.
    SignIn,
    /// The customer chooses an instalment plan.
    Plan,
    /// The customer enters a one-time password.
    Otp,
    /// The customer enters the PIN once more.
    Pin,
}

/// The planned result of a review.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ReviewResult {
    /// The payment will be approved.
    Approve,
    /// The payment will be declined.
    Reject,
}

/// A transaction: a payment at NICEPAY.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transaction {
    /// NICEPAY's number of the transaction.
    #[serde(rename = "tXid")]
    t_xid: TXid,
    /// The merchant's number of the order.
    reference_no: ReferenceNo,
    /// The merchant.
    i_mid: IMid,
    /// The amount to pay, in rupiah.
    amt: Amount,
    /// The stage.
    stage: Stage,
    /// The `status` digit that an inquiry returns.
    status: &'static str,
    /// The rule that decided last, or will decide.
    rule: Arc<str>,
    /// When it was registered.
    created_at: Timestamp,
    /// When it expires if it is not paid.
    expires_at: Timestamp,
    /// `payMethod`: `06`, or `00` when the customer chooses on NICEPAY's checkout page.
    pay_method: &'static str,
    /// The lender; null until the customer chooses one on the checkout page.
    mitra_cd: Option<Partner>,
    /// `goodsNm` as sent.
    goods_nm: Box<str>,
    /// `billingNm` as sent.
    billing_nm: Box<str>,
    /// `billingPhone` as sent; can be empty.
    billing_phone: Box<str>,
    /// The tenor in months: the chosen one, or before that the one that was sent.
    instmnt_mon: String,
    /// Who pays the interest: `1` the customer, `2` the merchant.
    instmnt_type: String,
    /// The address for notifications.
    db_process_url: Box<str>,
    /// `1` if the payment issues a token, `2` if it uses one; absent without a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokenize_user: Option<&'static str>,
    /// The merchant's customer, for payments with a token; null if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_user_key: Option<Nullable<ClientUserKey>>,
    /// The token that was sent; null if it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_token: Option<Nullable<UserToken>>,
    /// In the stage `at-partner`: the lender's page where the customer is.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<LenderPage>,
    /// The shopper who pays; from the stage `under-review` on.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<Phone>,
    /// The chosen instalment plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Plan>,
    /// When the review began.
    #[serde(skip_serializing_if = "Option::is_none")]
    under_review_since: Option<Timestamp>,
    /// The planned result of the review; null if the control API must decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_in: Option<Nullable<ReviewResult>>,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at: Option<Timestamp>,
    /// The token: the issued one, or the one that was sent (null if it cannot be used).
    #[serde(rename = "userToken", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Nullable<UserToken>>")]
    issued_token: Option<UserToken>,
    /// The refunded amount, in rupiah; after the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_amt: Option<Amount>,
    /// When the whole amount was refunded.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled_at: Option<Timestamp>,
    /// How the whole amount was refunded.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_kind: Option<CancelKind>,
    /// When the lender declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined_at: Option<Timestamp>,
    /// Why the lender declined: `limit`, `risk`, `inactive` or `ordered`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// When the customer left the lender's pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    abandoned_at: Option<Timestamp>,
    /// When it expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_at: Option<Timestamp>,
    /// When the merchant confirmed that the customer received the goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_confirmed_at: Option<Timestamp>,
    /// The path of the lender's first page at the simulator's address; null before the payment is opened.
    pub(crate) partner_url: Option<String>,
    #[serde(flatten)]
    callback: Callback,
    /// The numbers of its notifications.
    notifications: Vec<NotificationId>,
    /// What the live gateway would have refused or ignored in its requests.
    pub(crate) notes: Vec<Note>,
}

/// A transaction with its events.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TransactionWithTimeline {
    #[serde(flatten)]
    pub(crate) transaction: Transaction,
    /// The rule that decided, and why.
    pub(crate) explain: Explanation,
    /// Its events in order; the first 1,000.
    pub(crate) timeline: Vec<Event>,
}

impl TransactionWithTimeline {
    pub(crate) fn example() -> Value {
        let mut example = Transaction::example();
        example["explain"] = Explanation::example();
        example["timeline"] = json!([Event::example()]);
        example
    }
}

impl Transaction {
    pub(crate) fn example() -> Value {
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
            "notes": [
                {
                    "endpoint": "registration",
                    "slug": "field/missing",
                    "detail": "billingPhone is missing (absent, null or empty); it is required (docs/PROTOCOL.md §2.1.1)",
                    "evidence": "documented",
                    "resultCd": "9022",
                },
            ],
        })
    }

    pub(crate) fn new(transaction: &domain::Transaction, undocumented: &UndocumentedBehavior) -> Self {
        let mut view = Self::registered(transaction, undocumented);
        view.add_tokenize(&transaction.tokenize);
        view.add_stage(transaction.stage());
        view
    }

    /// The merchant's customer, if it is known.
    pub(crate) fn customer(&self) -> Option<&ClientUserKey> {
        self.client_user_key.as_ref()?.0.as_ref()
    }

    /// The token that was issued or used.
    pub(crate) fn token(&self) -> Option<&UserToken> {
        let sent = self.user_token.as_ref().and_then(|token| token.0.as_ref());
        sent.or(self.issued_token.as_ref())
    }

    fn registered(transaction: &domain::Transaction, undocumented: &UndocumentedBehavior) -> Self {
        let order = &transaction.order;
        let page = transaction.link.as_ref().zip(order.partner);
        Self {
            t_xid: transaction.t_xid.clone(),
            reference_no: transaction.reference_no.clone(),
            i_mid: transaction.i_mid.clone(),
            amt: transaction.amount,
            stage: transaction.stage().into(),
            status: status_digit(transaction.stage(), undocumented).0,
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
            callback: Callback::new(transaction, undocumented),
            notifications: transaction.notifications.clone(),
            notes: transaction.notes.all().to_vec(),
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
                    PartnerStep::SignIn => LenderPage::SignIn,
                    PartnerStep::Plan { .. } => LenderPage::Plan,
                    PartnerStep::Otp { .. } => LenderPage::Otp,
                    PartnerStep::Pin { .. } => LenderPage::Pin,
                });
            }
            domain::Stage::UnderReview { plan, phone, since, ends_in } => {
                self.add_plan(plan, phone);
                self.under_review_since = Some(*since);
                self.ends_in = Some(Nullable(ends_in.map(|outcome| match outcome {
                    ReviewOutcome::Approve => ReviewResult::Approve,
                    ReviewOutcome::Reject(_) => ReviewResult::Reject,
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
            domain::Stage::Declined { reason, at, .. } => {
                (self.declined_at, self.reason) = (Some(*at), Some(reason.as_str()));
            }
            domain::Stage::Abandoned { at } => self.abandoned_at = Some(*at),
            domain::Stage::Expired { at } => self.expired_at = Some(*at),
        }
    }

    fn add_plan(&mut self, plan: &domain::InstalmentPlan, phone: &Phone) {
        (self.phone, self.plan) = (Some(phone.clone()), Some(plan.into()));
    }

    /// The token replaces the one that was sent, or is the issued one.
    fn add_payment(&mut self, at: Timestamp, refunded: Amount, token: Option<&UserToken>) {
        (self.approved_at, self.cancel_amt) = (Some(at), Some(refunded));
        match (&mut self.user_token, token) {
            (Some(sent), Some(token)) => *sent = Nullable(Some(token.clone())),
            (_, token) => self.issued_token = token.cloned(),
        }
    }
}
