//! What each partner page shows: one struct a template, filled in by the handlers.
//!
//! Every visible word comes from [`Text`]; a struct carries only data and the one message that
//! depends on what just happened.

use askama::Template;

use super::lender::Lender;
use super::receipt::Receipt;
use super::text::{Text, minutes_and_seconds};
use crate::page::{Common, Lang, Sign};

/// What the customer is here for.
#[derive(Debug)]
pub enum Purpose<'a> {
    /// To pay an order.
    Pay {
        /// What is being bought, in the merchant's words.
        goods: &'a str,
        /// The amount to pay, formatted: `Rp 25.145`.
        amount: String,
        /// Whether it also links the account to the merchant, for later orders.
        links: bool,
    },
    /// To link the account to the merchant, for later orders.
    Link,
}

/// What stands at the end of the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBack {
    /// The shop's own page.
    Shop,
    /// A page of NICEPAY's, as the shop named none.
    Nicepay,
}

impl WayBack {
    /// What the link says that leads there.
    fn label(self, text: &Text) -> &'static str {
        match self {
            Self::Shop => text.return_to_shop,
            Self::Nicepay => text.go_on,
        }
    }
}

/// What every page of one visit shows.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// The token of the payment link, as it stands in the query.
    pub tk: &'a str,
    /// Whose page it is.
    pub lender: Lender,
    /// What the customer is here for.
    pub purpose: Purpose<'a>,
    /// The merchant's iMid.
    pub merchant: &'a str,
    /// The merchant's own number for the order or the linking.
    pub reference_no: &'a str,
    /// What the way back leads to.
    pub way_back: WayBack,
    /// This page, one of those in `paths`, for the language switch.
    pub here: &'static str,
    /// The accounts shown in the testers' panel; empty when the panel is switched off.
    pub panel: Vec<&'a PanelShopper>,
}

impl Frame<'_> {
    /// Whether the account is to be linked, and nothing to be paid.
    fn is_link(&self) -> bool {
        matches!(self.purpose, Purpose::Link)
    }

    /// What the button says by which the customer turns round.
    fn abandon(&self) -> &'static str {
        let text = Text::of(self.lang);
        match self.way_back {
            WayBack::Shop => text.abandon,
            WayBack::Nicepay => text.abandon_only,
        }
    }

    /// What linking the account means, where it is linked with a payment.
    fn pay_link_note(&self) -> Option<String> {
        let links = matches!(self.purpose, Purpose::Pay { links: true, .. });
        links.then(|| Text::of(self.lang).pay_link_note(self.lender, self.merchant))
    }

    /// The names of the steps, in order.
    fn steps(&self) -> Vec<&'static str> {
        let text = Text::of(self.lang);
        match self.purpose {
            Purpose::Pay { .. } => vec![text.step_sign_in, text.step_plan, text.step_otp],
            Purpose::Link => vec![text.step_sign_in, text.step_otp],
        }
    }

    /// What the steps lead to.
    fn steps_label(&self) -> &'static str {
        let text = Text::of(self.lang);
        if self.is_link() { text.link_steps_label } else { text.steps_label }
    }
}

/// One account in the testers' panel.
#[derive(Debug, Clone)]
pub struct PanelShopper {
    /// Whose account it is.
    pub lender: Lender,
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

/// Which field the message at the first page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// The phone number.
    Phone,
    /// The PIN.
    Pin,
    /// The account, whatever is typed; or there is no message.
    Neither,
}

/// Step 1: phone number and PIN.
#[derive(Debug, Template)]
#[template(path = "partner/signin.html")]
pub struct SignInPage<'a> {
    /// What every page of the visit shows.
    pub frame: Frame<'a>,
    /// The phone number as it was typed, kept after an error; or one that is known beforehand.
    pub phone: &'a str,
    /// Why the last try did not work.
    pub error: Option<String>,
    /// Which field that is about.
    pub wrong: Wrong,
    /// Whether somebody has signed in by the same link, and not this browser.
    pub taken: bool,
}

impl SignInPage<'_> {
    fn title(&self) -> &'static str {
        if self.frame.is_link() { self.t().link_sign_in_title } else { self.t().sign_in_title }
    }

    fn lead(&self) -> String {
        let frame = &self.frame;
        if frame.is_link() { self.t().link_sign_in_lead(frame.merchant) } else { self.t().sign_in_lead.to_owned() }
    }

    fn phone_hint(&self) -> String {
        self.t().phone_hint(self.frame.lender)
    }

    fn submit(&self) -> &'static str {
        if self.frame.is_link() { self.t().link_sign_in_submit } else { self.t().sign_in_submit }
    }
}

/// Step 2: how to pay it back.
#[derive(Debug, Template)]
#[template(path = "partner/plan.html")]
pub struct PlanPage<'a> {
    /// What every page of the visit shows.
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
    /// Why this tenor cannot be chosen, where it cannot.
    pub unavailable: Option<Unavailable>,
}

impl PlanOption {
    /// The name of the tenor: `30 days`, `3 months`.
    fn tenor(&self, text: &Text) -> String {
        text.tenor(self.months)
    }
}

/// Why a tenor cannot be chosen, with the bound that stands against it, formatted.
#[derive(Debug, Clone)]
pub enum Unavailable {
    /// The limit for this tenor does not cover the amount.
    Limit {
        /// What is left of it.
        remaining: String,
    },
    /// The amount is below the least that this tenor is offered for.
    BelowLeast {
        /// The least.
        least: String,
    },
    /// The amount is above the most that this tenor is offered for.
    AboveMost {
        /// The most.
        most: String,
    },
}

impl Unavailable {
    /// The reason, in words.
    fn why(&self, text: &Text) -> &'static str {
        match self {
            Self::Limit { .. } => text.plan_unavailable,
            Self::BelowLeast { .. } => text.plan_below_least,
            Self::AboveMost { .. } => text.plan_above_most,
        }
    }

    /// What the bound is.
    fn bound_label(&self, text: &Text) -> &'static str {
        match self {
            Self::Limit { .. } => text.remaining_limit,
            Self::BelowLeast { .. } => text.plan_least,
            Self::AboveMost { .. } => text.plan_most,
        }
    }

    /// How much it is.
    fn bound(&self) -> &str {
        match self {
            Self::Limit { remaining: bound } | Self::BelowLeast { least: bound } | Self::AboveMost { most: bound } => {
                bound
            }
        }
    }
}

/// An instant that the customer waits for, by the simulator's clock.
#[derive(Debug, Clone)]
pub struct Awaited {
    /// As a time of day: it stays true, however long the page is looked at.
    pub at: String,
    /// The seconds until then, for a countdown; none where the clock stands.
    pub countdown: Option<u64>,
}

impl Awaited {
    /// The time until then, as a clock shows it.
    fn clock(&self) -> String {
        minutes_and_seconds(self.countdown.unwrap_or_default())
    }
}

/// How long a code is good for.
#[derive(Debug, Clone)]
pub enum CodeLife {
    /// Until then.
    Until(Awaited),
    /// No longer: it came too late.
    Over,
    /// No longer: it was entered wrongly too often.
    UsedUp,
}

/// The last step: the one-time password.
#[derive(Debug, Template)]
#[template(path = "partner/otp.html")]
pub struct OtpPage<'a> {
    /// What every page of the visit shows.
    pub frame: Frame<'a>,
    /// Where the code went, mostly hidden.
    pub masked_phone: String,
    /// The length of an OTP, as the lender has them.
    pub digits: u8,
    /// How long the code is good for.
    pub life: CodeLife,
    /// When a new code may be asked for; none where it may be now, or never again.
    pub resend_from: Option<Awaited>,
    /// How many more codes may be asked for.
    pub resends_left: u8,
    /// That the simulator's clock stands, where it does.
    pub clock_stands: Option<String>,
    /// Why the last code did not work, or another could not be sent.
    pub error: Option<String>,
    /// Whether that is about the code that was entered.
    pub wrong: bool,
    /// Good news, such as "a new code has been sent".
    pub notice: Option<String>,
    /// What is being agreed to; none where nothing is paid.
    pub plan: Option<Agreed>,
    /// The sign-in page, once this code is no good and no other can be sent.
    pub signin_url: Option<String>,
}

/// What the OTP confirms.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// The tenor: `3 months`.
    pub tenor: String,
    /// The payments: `3 × Rp 8.634`.
    pub instalments: String,
    /// Their sum.
    pub total: String,
}

impl OtpPage<'_> {
    /// What the field asks for: `4-digit code`.
    fn label(&self) -> String {
        self.t().otp_label(self.digits)
    }

    fn submit(&self) -> &'static str {
        if self.frame.is_link() { self.t().link_otp_submit } else { self.t().otp_submit }
    }

    /// How many more codes may be asked for, in words.
    fn resends(&self) -> String {
        self.t().resends_left(self.resends_left)
    }
}

/// How it ended, as far as the shopper is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The lender pays the merchant.
    Approved,
    /// The lender has not decided yet.
    UnderReview,
    /// The lender does not pay.
    Declined,
    /// The lender pays the merchant, and part of it went back.
    PartlyRefunded,
    /// The merchant cancelled the paid order, and the money went back.
    Refunded,
    /// The account is linked to the merchant.
    Linked,
    /// The lender does not link the account.
    NotLinked,
    /// The shopper gave up, paying or linking.
    Abandoned,
}

impl Outcome {
    /// The word in `data-outcome`, which browser tests read.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Approved | Self::PartlyRefunded => "approved",
            Self::UnderReview => "under-review",
            Self::Declined => "declined",
            Self::Refunded => "refunded",
            Self::Linked => "linked",
            Self::NotLinked => "not-linked",
            Self::Abandoned => "abandoned",
        }
    }

    fn sign(self) -> Sign {
        match self {
            Self::Approved | Self::Linked => Sign::Tick,
            Self::UnderReview => Sign::Clock,
            Self::Declined | Self::NotLinked => Sign::Cross,
            Self::PartlyRefunded | Self::Refunded => Sign::GivenBack,
            Self::Abandoned => Sign::Left,
        }
    }
}

/// The end: what became of it, and the way back to the shop.
#[derive(Debug, Template)]
#[template(path = "partner/result.html")]
pub struct ResultPage<'a> {
    /// What every page of the visit shows.
    pub frame: Frame<'a>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, in the shopper's words.
    pub reason: Option<String>,
    /// What was agreed: `3 × Rp 8.634`; where there is a receipt, that has it.
    pub plan: Option<String>,
    /// What there is to keep of it, where there is something.
    pub receipt: Option<Receipt>,
    /// The gateway's return address on our own host, relative.
    pub return_url: &'a str,
    /// The gateway's number for the transaction; none where there is no transaction.
    pub t_xid: Option<&'a str>,
}

impl ResultPage<'_> {
    /// The status line, a heading.
    fn title(&self) -> &'static str {
        let text = self.t();
        match self.outcome {
            Outcome::Approved => text.approved_title,
            Outcome::UnderReview => text.under_review_title,
            Outcome::Declined => text.declined_title,
            Outcome::PartlyRefunded => text.partly_refunded_title,
            Outcome::Refunded => text.refunded_title,
            Outcome::Linked => text.linked_title,
            Outcome::NotLinked => text.not_linked_title,
            Outcome::Abandoned if self.frame.is_link() => text.link_abandoned_title,
            Outcome::Abandoned => text.abandoned_title,
        }
    }

    /// What the status means for the shopper.
    fn lead(&self) -> String {
        let (text, frame) = (self.t(), &self.frame);
        let lead = match self.outcome {
            Outcome::Approved => text.approved_lead,
            Outcome::UnderReview => text.under_review_lead,
            Outcome::Declined => text.declined_lead,
            Outcome::PartlyRefunded => return text.partly_refunded_lead(frame.lender),
            Outcome::Refunded => text.refunded_lead,
            Outcome::Linked => return text.linked_lead(frame.lender, frame.merchant),
            Outcome::NotLinked => text.not_linked_lead,
            Outcome::Abandoned if frame.is_link() => text.link_abandoned_lead,
            Outcome::Abandoned => text.abandoned_lead,
        };
        lead.to_owned()
    }

    /// What the button says that prints the receipt.
    fn print(&self) -> &'static str {
        if self.frame.is_link() { self.t().link_receipt_print } else { self.t().receipt_print }
    }
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
    /// The same, and everything was given back.
    Refunded,
    /// The shopper has to sign in again.
    SessionEnded,
    /// The same, as every code was entered wrongly too often.
    CodesUsedUp,
    /// The same, as the last code has expired.
    CodesExpired,
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
            Self::AlreadyPaid | Self::Refunded => "already-paid",
            Self::SessionEnded | Self::CodesUsedUp | Self::CodesExpired => "session-ended",
            Self::BadRequest => "bad-request",
            Self::Broken => "broken",
        }
    }

    fn sign(self) -> Sign {
        match self {
            Self::AlreadyPaid => Sign::Tick,
            Self::Refunded => Sign::GivenBack,
            Self::LinkExpired | Self::SessionEnded | Self::CodesUsedUp | Self::CodesExpired => Sign::Clock,
            Self::LinkUnknown | Self::BadRequest => Sign::Mark,
            Self::Broken => Sign::Fault,
        }
    }

    /// The heading.
    pub fn title(self, text: &Text) -> &'static str {
        match self {
            Self::LinkUnknown => text.link_unknown_title,
            Self::LinkExpired => text.link_expired_title,
            Self::AlreadyPaid => text.already_paid_title,
            Self::Refunded => text.refunded_title,
            Self::SessionEnded => text.session_ended_title,
            Self::CodesUsedUp => text.codes_used_up_title,
            Self::CodesExpired => text.codes_expired_title,
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
            Self::Refunded => text.refunded_lead,
            Self::SessionEnded => text.session_ended_lead,
            Self::CodesUsedUp | Self::CodesExpired => text.codes_used_up_lead,
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
    /// Whose page it is.
    pub lender: Lender,
    /// What happened.
    pub notice: Notice,
    /// The page where it happened, one of those in `paths`, for the language switch.
    pub here: &'static str,
    /// The token of the payment link, when there is one to keep.
    pub tk: Option<&'a str>,
    /// The gateway's return address and what is behind it, when it is over.
    pub way_back: Option<(&'a str, WayBack)>,
    /// The result page with its receipt, when there is one to look at again.
    pub receipt_url: Option<&'a str>,
    /// The sign-in page, when signing in again helps.
    pub signin_url: Option<&'a str>,
}

/// A page with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    SignIn,
    Plan,
    Otp,
}

/// What `base.html` asks of a page.
trait Page {
    /// The language of the page.
    fn lang(&self) -> Lang;

    /// Whose page it is.
    fn lender(&self) -> Lender;

    /// The page, one of those in `paths`.
    fn here(&self) -> &'static str;

    /// The link's secret.
    fn token(&self) -> Option<&str>;

    /// Which step this is, counted from 1, and what for; none at the end and on notices.
    fn step(&self) -> Option<(usize, &Frame<'_>)>;

    /// The words of the page.
    fn t(&self) -> &'static Text {
        Text::of(self.lang())
    }

    /// The words around every page.
    fn c(&self) -> &'static Common {
        self.lang().common()
    }
}

/// Implements [`Page`] for a page with a [`Frame`].
macro_rules! framed_page {
    ($page:ident, $step:expr) => {
        impl Page for $page<'_> {
            fn lang(&self) -> Lang {
                self.frame.lang
            }

            fn lender(&self) -> Lender {
                self.frame.lender
            }

            fn here(&self) -> &'static str {
                self.frame.here
            }

            fn token(&self) -> Option<&str> {
                Some(self.frame.tk)
            }

            fn step(&self) -> Option<(usize, &Frame<'_>)> {
                let step: Option<Step> = $step;
                let number = match step? {
                    Step::SignIn => 1,
                    Step::Plan => 2,
                    Step::Otp => self.frame.steps().len(),
                };
                Some((number, &self.frame))
            }
        }
    };
}

framed_page!(SignInPage, Some(Step::SignIn));
framed_page!(PlanPage, Some(Step::Plan));
framed_page!(OtpPage, Some(Step::Otp));
framed_page!(ResultPage, None);

impl Page for NoticePage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn lender(&self) -> Lender {
        self.lender
    }

    fn here(&self) -> &'static str {
        self.here
    }

    fn token(&self) -> Option<&str> {
        self.tk
    }

    fn step(&self) -> Option<(usize, &Frame<'_>)> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;

    fn frame(lang: Lang, lender: Lender, purpose: Purpose<'static>, here: &'static str) -> Frame<'static> {
        Frame {
            lang,
            tk: "abc",
            lender,
            purpose,
            merchant: "<SHOP>",
            reference_no: "ref-1",
            way_back: WayBack::Shop,
            here,
            panel: Vec::new(),
        }
    }

    #[track_caller]
    fn has(html: &str, parts: &[&str]) {
        for part in parts {
            assert!(html.contains(part), "{part}\n{html}");
        }
    }

    #[test]
    fn linking_an_account_takes_two_steps_and_speaks_of_no_money() {
        let link = |here| frame(Lang::En, Lender::Kredivo, Purpose::Link, here);
        let sign_in = SignInPage {
            frame: link(paths::SIGN_IN),
            phone: "81291891818",
            error: None,
            wrong: Wrong::Neither,
            taken: false,
        }
        .render()
        .unwrap();
        has(
            &sign_in,
            &["Link your account", "to link it to &#60;SHOP&#62;.", "value=\"81291891818\"", "Continue to OTP"],
        );
        let otp = OtpPage {
            frame: link(paths::OTP),
            masked_phone: "0812••••1818".to_owned(),
            digits: 4,
            life: CodeLife::Until(Awaited { at: "00:02:00 WIB".to_owned(), countdown: Some(120) }),
            resend_from: None,
            resends_left: 3,
            clock_stands: None,
            error: None,
            wrong: false,
            notice: None,
            plan: None,
            signin_url: None,
        };
        let otp = otp.render().unwrap();
        has(&otp, &["class=\"now\" aria-current=\"step\"", "Link account</button>"]);
        for html in [&sign_in, &otp] {
            assert_eq!(html.matches("class=\"dot\"").count(), 2, "two steps");
            has(html, &["Account linking", "aria-label=\"Linking steps\"", "ref-1"]);
            for word in ["Rp", "pay ", "Order", "Instalments"] {
                assert!(!html.contains(word), "{word}\n{html}");
            }
        }
    }

    #[test]
    fn every_outcome_has_its_words_and_its_sign() {
        let pay = || Purpose::Pay { goods: "Kopi", amount: "Rp 25.145".to_owned(), links: false };
        for (purpose, outcome, slug, title) in [
            (pay(), Outcome::Approved, "approved", "Payment approved"),
            (pay(), Outcome::UnderReview, "under-review", "Payment under review"),
            (pay(), Outcome::Declined, "declined", "Payment declined"),
            (pay(), Outcome::PartlyRefunded, "approved", "Payment partly refunded"),
            (pay(), Outcome::Refunded, "refunded", "Payment refunded"),
            (pay(), Outcome::Abandoned, "abandoned", "Payment cancelled"),
            (Purpose::Link, Outcome::Linked, "linked", "Account linked"),
            (Purpose::Link, Outcome::NotLinked, "not-linked", "Linking declined"),
            (Purpose::Link, Outcome::Abandoned, "abandoned", "Linking cancelled"),
        ] {
            let t_xid = matches!(purpose, Purpose::Pay { .. }).then_some("TXID1");
            let frame = frame(Lang::En, Lender::Akulaku, purpose, paths::RESULT);
            let page =
                ResultPage { frame, outcome, reason: None, plan: None, receipt: None, return_url: "/back", t_xid };
            let html = page.render().unwrap();
            has(&html, &[&format!("data-outcome=\"{slug}\""), &format!("<h1>{title}</h1>"), "class=\"stroke\""]);
            assert_eq!(html.contains("Rp 25.145") && html.contains("TXID1"), t_xid.is_some(), "{html}");
        }
    }

    #[test]
    fn a_tenor_says_why_it_cannot_be_chosen() {
        let option = |months, unavailable| PlanOption {
            months,
            monthly: "Rp 1".to_owned(),
            fee: "Rp 2".to_owned(),
            total: "Rp 3".to_owned(),
            selected: false,
            unavailable,
        };
        let page = |lang| {
            let purpose = Purpose::Pay { goods: "", amount: "Rp 25.145".to_owned(), links: false };
            let options = vec![
                option(1, None),
                option(3, Some(Unavailable::Limit { remaining: "Rp 10".to_owned() })),
                option(6, Some(Unavailable::BelowLeast { least: "Rp 500.000".to_owned() })),
                option(12, Some(Unavailable::AboveMost { most: "Rp 2.000.000".to_owned() })),
            ];
            PlanPage { frame: frame(lang, Lender::Indodana, purpose, paths::PLAN), options, error: None }
                .render()
                .unwrap()
        };
        let html = page(Lang::En);
        assert_eq!(html.matches(" disabled").count(), 3, "{html}");
        has(
            &html,
            &["Not enough limit", "Limit left Rp 10", "Order too small", "Minimum Rp 500.000", "Order too large"],
        );
        has(&page(Lang::Id), &["Pesanan terlalu kecil", "Pesanan terlalu besar", "Maksimum Rp 2.000.000"]);
    }

    #[test]
    fn every_lender_has_its_folder_its_name_and_its_looks() {
        let sheet = include_str!("../../static/partner.css");
        for lender in Lender::ALL {
            let purpose = Purpose::Pay { goods: "", amount: "Rp 25.145".to_owned(), links: false };
            let frame = frame(Lang::Id, lender, purpose, paths::SIGN_IN);
            let html =
                SignInPage { frame, phone: "", error: None, wrong: Wrong::Neither, taken: false }.render().unwrap();
            let slug = lender.slug();
            has(
                &html,
                &[
                    &format!("– {} (simulasi)</title>", lender.name()),
                    &format!("<body data-skin=\"{slug}\">"),
                    &format!("action=\"/{slug}/v2/signin?tk=abc\""),
                    &format!("action=\"/{slug}/v2/cancel?tk=abc\""),
                    &format!("href=\"/{slug}/v2/signin?tk=abc&amp;lang=en\""),
                    &format!("href=\"/{slug}/assets/partner.css\""),
                ],
            );
            // Once in the light and once in the dark.
            assert_eq!(sheet.matches(&format!("body[data-skin=\"{slug}\"] {{")).count(), 2);
        }
    }
}
