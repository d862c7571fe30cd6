//! What each partner page shows: one struct a template, filled in by the handlers.
//!
//! Every visible word comes from [`Text`]; a struct carries only data and the one message that
//! depends on what just happened.

use askama::Template;

use crate::partner::text::{Lang, Text, minutes_and_seconds};

/// What every page of one payment shows.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// The token of the payment link, as it stands in the query.
    pub tk: &'a str,
    /// The merchant's iMid.
    pub merchant: &'a str,
    /// What is being bought, in the merchant's words.
    pub goods: &'a str,
    /// The amount to pay, formatted: `Rp 25.145`.
    pub amount: String,
    /// The merchant's own number for the order.
    pub reference_no: &'a str,
    /// The path of this page without its query, for the language switch.
    pub here: &'a str,
    /// The accounts shown in the testers' panel; empty when the panel is switched off.
    pub panel: &'a [PanelShopper],
}

/// One account in the testers' panel.
#[derive(Debug, Clone)]
pub struct PanelShopper {
    /// The phone number to sign in with.
    pub phone: String,
    /// The account's PIN.
    pub pin: String,
    /// The account's OTP; empty when the account never gets that far.
    pub otp: String,
    /// What happens to a payment of this account, in Indonesian.
    pub outcome_id: String,
    /// What happens to a payment of this account, in English.
    pub outcome_en: String,
}

impl PanelShopper {
    /// What happens to a payment of this account, in the language of the page.
    pub fn outcome(&self, lang: Lang) -> &str {
        match lang {
            Lang::Id => &self.outcome_id,
            Lang::En => &self.outcome_en,
        }
    }
}

/// Step 1: phone number and PIN.
#[derive(Debug, Template)]
#[template(path = "partner/signin.html")]
pub struct SignInPage<'a> {
    /// What every page of the payment shows.
    pub frame: Frame<'a>,
    /// The phone number as it was typed, kept after an error.
    pub phone: &'a str,
    /// Why the last try did not work.
    pub error: Option<String>,
}

/// Step 2: how to pay it back.
#[derive(Debug, Template)]
#[template(path = "partner/plan.html")]
pub struct PlanPage<'a> {
    /// What every page of the payment shows.
    pub frame: Frame<'a>,
    /// The tenors on offer, shortest first.
    pub options: Vec<PlanOption>,
    /// Why the last choice did not work.
    pub error: Option<String>,
}

/// One tenor on offer; its amounts are formatted.
#[derive(Debug, Clone)]
pub struct PlanOption {
    /// The number of monthly payments; 1 means "pay in 30 days".
    pub months: u8,
    /// What is paid each month.
    pub monthly: String,
    /// What the loan costs in all, interest included.
    pub fee: String,
    /// The sum of all payments.
    pub total: String,
    /// Whether this tenor is chosen when the page opens.
    pub selected: bool,
    /// False: the limit for this tenor does not cover the amount.
    pub available: bool,
    /// What is left of the limit for this tenor.
    pub remaining: String,
}

impl PlanOption {
    /// The name of the tenor: `30 days`, `3 months`.
    fn tenor(&self, lang: Lang) -> String {
        lang.tenor(self.months)
    }
}

/// Step 3: the one-time password.
#[derive(Debug, Template)]
#[template(path = "partner/otp.html")]
pub struct OtpPage<'a> {
    /// What every page of the payment shows.
    pub frame: Frame<'a>,
    /// Where the code went, mostly hidden.
    pub masked_phone: String,
    /// The length of an OTP: 4.
    pub digits: u8,
    /// Seconds until the code expires; 0 when it has.
    pub expires_in: u64,
    /// Seconds until a new code may be asked for; 0 = now.
    pub resend_in: u64,
    /// How many more codes may be asked for.
    pub resends_left: u8,
    /// Why the last code did not work.
    pub error: Option<String>,
    /// Good news, such as "a new code has been sent".
    pub notice: Option<String>,
    /// What is being paid for: `3 × Rp 8.634`.
    pub plan: String,
}

impl OtpPage<'_> {
    /// What the field asks for: `4-digit code`.
    fn label(&self) -> String {
        self.frame.lang.otp_label(self.digits)
    }

    /// How many more codes may be asked for, in words.
    fn resends(&self) -> String {
        self.frame.lang.resends_left(self.resends_left)
    }

    /// The time until the code expires, as a clock shows it.
    fn expires_clock(&self) -> String {
        minutes_and_seconds(self.expires_in)
    }

    /// The time until a new code may be asked for, as a clock shows it.
    fn resend_clock(&self) -> String {
        minutes_and_seconds(self.resend_in)
    }
}

/// How a payment ended, as far as the shopper is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The partner pays the merchant.
    Approved,
    /// The partner has not decided yet.
    UnderReview,
    /// The partner does not pay.
    Declined,
    /// The shopper gave up.
    Abandoned,
}

impl Outcome {
    /// The word in `data-outcome`, which browser tests read.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::UnderReview => "under-review",
            Self::Declined => "declined",
            Self::Abandoned => "abandoned",
        }
    }

    /// The status line, a heading.
    pub fn title(self, text: &Text) -> &'static str {
        match self {
            Self::Approved => text.approved_title,
            Self::UnderReview => text.under_review_title,
            Self::Declined => text.declined_title,
            Self::Abandoned => text.abandoned_title,
        }
    }

    /// What the status means for the shopper.
    pub fn lead(self, text: &Text) -> &'static str {
        match self {
            Self::Approved => text.approved_lead,
            Self::UnderReview => text.under_review_lead,
            Self::Declined => text.declined_lead,
            Self::Abandoned => text.abandoned_lead,
        }
    }
}

/// The end: what became of the payment, and the way back to the shop.
#[derive(Debug, Template)]
#[template(path = "partner/result.html")]
pub struct ResultPage<'a> {
    /// What every page of the payment shows.
    pub frame: Frame<'a>,
    /// How the payment ended.
    pub outcome: Outcome,
    /// Why, in the shopper's words.
    pub reason: Option<String>,
    /// What was agreed: `3 × Rp 8.634`.
    pub plan: Option<String>,
    /// The gateway's return address on our own host, relative.
    pub return_url: &'a str,
    /// The gateway's number for the transaction.
    pub t_xid: &'a str,
}

/// Why there is no form to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// No payment belongs to this link.
    LinkUnknown,
    /// The link was not used in time.
    LinkExpired,
    /// The payment is already decided.
    AlreadyPaid,
    /// The shopper has to sign in again.
    SessionEnded,
    /// The browser sent something no page of ours sends.
    BadRequest,
    /// A bug of ours.
    Broken,
}

impl Notice {
    /// The word in `data-notice`, which browser tests read.
    pub fn slug(self) -> &'static str {
        match self {
            Self::LinkUnknown => "link-unknown",
            Self::LinkExpired => "link-expired",
            Self::AlreadyPaid => "already-paid",
            Self::SessionEnded => "session-ended",
            Self::BadRequest => "bad-request",
            Self::Broken => "broken",
        }
    }

    /// The heading.
    pub fn title(self, text: &Text) -> &'static str {
        match self {
            Self::LinkUnknown => text.link_unknown_title,
            Self::LinkExpired => text.link_expired_title,
            Self::AlreadyPaid => text.already_paid_title,
            Self::SessionEnded => text.session_ended_title,
            Self::BadRequest => text.bad_request_title,
            Self::Broken => text.broken_title,
        }
    }

    /// What happened and what to do now.
    pub fn lead(self, text: &Text) -> &'static str {
        match self {
            Self::LinkUnknown => text.link_unknown_lead,
            Self::LinkExpired => text.link_expired_lead,
            Self::AlreadyPaid => text.already_paid_lead,
            Self::SessionEnded => text.session_ended_lead,
            Self::BadRequest => text.bad_request_lead,
            Self::Broken => text.broken_lead,
        }
    }
}

/// A page that says why there is no form.
#[derive(Debug, Template)]
#[template(path = "partner/notice.html")]
pub struct NoticePage<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// What happened.
    pub notice: Notice,
    /// The path of this page without its query, for the language switch.
    pub here: &'a str,
    /// The token of the payment link, when there is one to keep.
    pub tk: Option<&'a str>,
    /// The gateway's return address, when there is a shop to return to.
    pub return_url: Option<&'a str>,
    /// The sign-in page, when signing in again helps.
    pub signin_url: Option<&'a str>,
}

/// What `base.html` asks of a page.
trait Page {
    /// The language of the page.
    fn lang(&self) -> Lang;

    /// The path of the page without its query.
    fn here(&self) -> &str;

    /// The token of the payment link.
    fn token(&self) -> Option<&str>;

    /// Which of the three steps this is, and what is paid for; none at the end and on notices.
    fn step(&self) -> Option<(usize, &Frame<'_>)>;

    /// The words of the page.
    fn t(&self) -> &'static Text {
        self.lang().text()
    }
}

/// Implements [`Page`] for a page of one payment, given the number of its step.
macro_rules! page_of_a_payment {
    ($page:ident, $step:expr) => {
        impl Page for $page<'_> {
            fn lang(&self) -> Lang {
                self.frame.lang
            }

            fn here(&self) -> &str {
                self.frame.here
            }

            fn token(&self) -> Option<&str> {
                Some(self.frame.tk)
            }

            fn step(&self) -> Option<(usize, &Frame<'_>)> {
                let step: Option<usize> = $step;
                step.map(|step| (step, &self.frame))
            }
        }
    };
}

page_of_a_payment!(SignInPage, Some(1));
page_of_a_payment!(PlanPage, Some(2));
page_of_a_payment!(OtpPage, Some(3));
page_of_a_payment!(ResultPage, None);

impl Page for NoticePage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn here(&self) -> &str {
        self.here
    }

    fn token(&self) -> Option<&str> {
        self.tk
    }

    fn step(&self) -> Option<(usize, &Frame<'_>)> {
        None
    }
}
