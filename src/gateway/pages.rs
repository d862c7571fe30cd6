//! What each of NICEPAY's own HTML pages shows: one struct a template, filled in by the handlers; and what they load.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use url::Url;

use super::text::Text;
use crate::ledger::{BindingStage, Stage, Transaction};
use crate::page::{Common, Lang, Sign, asset, page_posting_to};
use crate::paths;

pub(super) async fn css() -> HttpResponse {
    let sheet = concat!(include_str!("../../static/page.css"), "\n", include_str!("../../static/nicepay.css"));
    asset("text/css; charset=utf-8", sheet)
}

pub(super) async fn return_js() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("../../static/return.js"))
}

/// Checkout's hosted page: which lender shall it be?
#[derive(Debug, Template)]
#[template(path = "gateway/choose.html")]
pub struct ChoosePage<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// The transaction.
    pub t_xid: &'a str,
    /// The merchant's iMid.
    pub merchant: &'a str,
    /// What is being bought, in the merchant's words.
    pub goods: &'a str,
    /// The amount to pay, formatted: `Rp 25.145`.
    pub amount: String,
    /// The merchant's own number for the order.
    pub reference_no: &'a str,
    /// The lenders on offer.
    pub lenders: Vec<LenderOption>,
    /// Whether the form came without a lender that is on offer.
    pub nothing_chosen: bool,
}

/// One lender on offer.
#[derive(Debug, Clone)]
pub struct LenderOption {
    /// Its code.
    pub mitra_cd: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its shortest and its longest tenor, in months.
    pub tenors: (u8, u8),
    /// Whether it is chosen when the page opens.
    pub selected: bool,
}

impl ChoosePage<'_> {
    /// The one lender on offer, where there is no choice.
    fn only(&self) -> Option<&LenderOption> {
        self.lenders.first().filter(|_| self.lenders.len() == 1)
    }

    fn title(&self) -> String {
        match self.only() {
            Some(lender) => self.t().only_title.replace("{}", lender.name),
            None => self.t().choose_title.to_owned(),
        }
    }

    fn lead(&self) -> String {
        match self.only() {
            Some(lender) => self.t().only_lead.replace("{}", lender.name),
            None => self.t().choose_lead.to_owned(),
        }
    }
}

impl LenderOption {
    /// Its tenors: `30 days to 12 months`.
    fn terms(&self, text: &Text) -> String {
        text.terms(self.tenors.0, self.tenors.1)
    }
}

/// The way back to the merchant by a form that sends itself.
#[derive(Debug, Template)]
#[template(path = "gateway/post_back.html")]
pub struct PostBackPage<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// The merchant's callBackUrl.
    pub action: &'a str,
    /// The fields, in order.
    pub fields: &'a [(&'static str, String)],
}

impl PostBackPage<'_> {
    /// The answer: the page, allowed to send its form there.
    pub(super) fn answer(&self) -> HttpResponse {
        page_posting_to(StatusCode::OK, self, Vec::new(), self.action)
    }

    /// Where the form leads, for people.
    fn host(&self) -> String {
        let Ok(url) = Url::parse(self.action) else { return String::new() };
        let host = url.host_str().unwrap_or_default();
        url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// How a binding ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingEnd {
    /// The account is linked now.
    Linked,
    /// The customer turned round.
    Cancelled,
    /// Nobody came in time.
    Expired,
    /// The lender said no.
    Declined,
}

impl BindingEnd {
    /// How it ended; none where it is still open.
    pub(super) fn of(stage: &BindingStage) -> Option<Self> {
        match stage {
            BindingStage::SignIn | BindingStage::Otp(_) => None,
            BindingStage::Bound { .. } => Some(Self::Linked),
            BindingStage::Abandoned { .. } => Some(Self::Cancelled),
            BindingStage::Expired { .. } => Some(Self::Expired),
            BindingStage::Failed { .. } => Some(Self::Declined),
        }
    }

    /// The word in `data-outcome`, which browser tests read.
    fn slug(self) -> &'static str {
        if self == Self::Linked { "linked" } else { "not-linked" }
    }

    fn sign(self) -> Sign {
        match self {
            Self::Linked => Sign::Tick,
            Self::Cancelled => Sign::Left,
            Self::Expired => Sign::Clock,
            Self::Declined => Sign::Cross,
        }
    }

    fn title(self, text: &Text) -> &'static str {
        match self {
            Self::Linked => text.linked_title,
            Self::Cancelled => text.link_cancelled_title,
            Self::Expired => text.link_expired_title,
            Self::Declined => text.link_declined_title,
        }
    }
}

/// The end of a binding without a callBackUrl.
#[derive(Debug, Template)]
#[template(path = "gateway/waiting.html")]
pub struct WaitingPage<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// The address of this page with its query, for the language switch.
    pub here: &'a str,
    /// How it ended.
    pub end: BindingEnd,
    /// The merchant's iMid.
    pub merchant: &'a str,
    /// The lender's name.
    pub lender: &'static str,
    /// The merchant's own number for the binding.
    pub reference_no: &'a str,
}

impl WaitingPage<'_> {
    fn title(&self) -> &'static str {
        self.end.title(self.t())
    }

    /// What came of it this time: the account may be linked by an earlier binding.
    fn lead(&self) -> String {
        self.t().binding(self.end == BindingEnd::Linked, self.lender, self.merchant)
    }
}

/// Why there is nothing to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayNotice {
    /// No transaction has this number.
    Unknown,
    /// The transaction is not one of Checkout.
    NotCheckout,
    /// No lender is left to choose.
    NothingOffered,
    /// The customer left without choosing.
    Left,
    /// There is nothing to choose any more, or never was.
    Over(Over),
}

/// Why there is nothing to choose any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// It pays with an account that is linked already.
    Linked,
    /// It is paid.
    Paid,
    /// It was paid, and everything was given back.
    Refunded,
    /// The lender has not decided yet.
    UnderReview,
    /// The lender said no.
    Declined,
    /// Its time is up.
    Expired,
}

impl Over {
    /// How the order stands.
    pub fn of(transaction: &Transaction) -> Self {
        match transaction.stage() {
            Stage::Registered | Stage::AtPartner(_) | Stage::Abandoned { .. } => Self::Linked,
            Stage::Approved { .. } => Self::Paid,
            Stage::Cancelled { .. } => Self::Refunded,
            Stage::UnderReview { .. } => Self::UnderReview,
            Stage::Declined { .. } => Self::Declined,
            Stage::Expired { .. } => Self::Expired,
        }
    }

    fn sign(self) -> Sign {
        match self {
            Self::Linked => Sign::Mark,
            Self::Paid => Sign::Tick,
            Self::Refunded => Sign::GivenBack,
            Self::UnderReview | Self::Expired => Sign::Clock,
            Self::Declined => Sign::Cross,
        }
    }

    /// The heading, and what it means.
    fn words(self, text: &Text) -> [&'static str; 2] {
        match self {
            Self::Linked => [text.over_linked_title, text.over_linked_lead],
            Self::Paid => [text.over_paid_title, text.over_paid_lead],
            Self::Refunded => [text.over_refunded_title, text.over_refunded_lead],
            Self::UnderReview => [text.over_review_title, text.over_review_lead],
            Self::Declined => [text.over_declined_title, text.over_declined_lead],
            Self::Expired => [text.over_expired_title, text.over_expired_lead],
        }
    }
}

impl GatewayNotice {
    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::NotCheckout | Self::NothingOffered | Self::Over(_) => StatusCode::CONFLICT,
            Self::Left => StatusCode::OK,
        }
    }

    /// The word in `data-notice`, which browser tests read.
    fn slug(self) -> &'static str {
        match self {
            Self::Unknown => "transaction-unknown",
            Self::NotCheckout => "not-checkout",
            Self::NothingOffered => "nothing-offered",
            Self::Left => "left",
            Self::Over(_) => "over",
        }
    }

    fn sign(self) -> Sign {
        match self {
            Self::Left => Sign::Left,
            Self::Unknown | Self::NotCheckout | Self::NothingOffered => Sign::Mark,
            Self::Over(over) => over.sign(),
        }
    }

    fn title(self, text: &Text) -> &'static str {
        match self {
            Self::Unknown => text.unknown_title,
            Self::NotCheckout => text.not_checkout_title,
            Self::NothingOffered => text.nothing_offered_title,
            Self::Left => text.left_title,
            Self::Over(over) => over.words(text)[0],
        }
    }

    fn lead(self, text: &Text) -> &'static str {
        match self {
            Self::Unknown => text.unknown_lead,
            Self::NotCheckout => text.not_checkout_lead,
            Self::NothingOffered => text.nothing_offered_lead,
            Self::Left => text.left_lead,
            Self::Over(over) => over.words(text)[1],
        }
    }
}

/// A page that says why there is nothing to choose.
#[derive(Debug, Template)]
#[template(path = "gateway/notice.html")]
pub struct GatewayNoticePage<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// What happened.
    pub notice: GatewayNotice,
    /// The address of this page with its query, for the language switch; none where it cannot be shown again.
    pub here: Option<&'a str>,
    /// The way back to the merchant, when there is one.
    pub return_url: Option<&'a str>,
    /// The order that it is about, where that may be told.
    pub order: Option<NoticeOrder<'a>>,
}

/// What a notice says about an order.
#[derive(Debug, Clone)]
pub struct NoticeOrder<'a> {
    /// The amount, formatted: `Rp 25.145`.
    pub amount: String,
    /// The merchant's iMid.
    pub merchant: &'a str,
    /// The merchant's own number for the order.
    pub reference_no: &'a str,
}

/// What `base.html` asks of a page.
trait Page {
    /// The language of the page.
    fn lang(&self) -> Lang;

    /// The address of the page with its query; none where it cannot be shown again.
    fn here(&self) -> Option<String>;

    /// The address of the page in the other language.
    fn switch_url(&self) -> Option<String> {
        let here = self.here()?;
        let joint = if here.contains('?') { '&' } else { '?' };
        Some(format!("{here}{joint}lang={}", self.lang().other().code()))
    }

    /// The words of the page.
    fn t(&self) -> &'static Text {
        Text::of(self.lang())
    }

    /// The words around every page.
    fn c(&self) -> &'static Common {
        self.lang().common()
    }
}

impl Page for ChoosePage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn here(&self) -> Option<String> {
        Some(format!("{}?tXid={}", paths::CHECKOUT_PAGE, self.t_xid))
    }
}

impl Page for PostBackPage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    /// To show it again would be to come back twice.
    fn here(&self) -> Option<String> {
        None
    }
}

impl Page for WaitingPage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn here(&self) -> Option<String> {
        Some(self.here.to_owned())
    }
}

impl Page for GatewayNoticePage<'_> {
    fn lang(&self) -> Lang {
        self.lang
    }

    fn here(&self) -> Option<String> {
        self.here.map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(lang: Lang, nothing_chosen: bool) -> String {
        let option = |mitra_cd, name, tenors, selected| LenderOption { mitra_cd, name, tenors, selected };
        let lenders = vec![option("KDVI", "Kredivo", (1, 12), false), option("IDNA", "Indodana", (1, 1), true)];
        ChoosePage {
            lang,
            t_xid: "IONPAYTEST0620260101000000",
            merchant: "IONPAYTEST",
            goods: "<b>Kopi</b> & \"teh\"",
            amount: "Rp 25.145".to_owned(),
            reference_no: "order-1",
            lenders,
            nothing_chosen,
        }
        .render()
        .unwrap()
    }

    #[test]
    fn the_choice_has_its_forms_and_escapes_what_others_wrote() {
        let html = choose(Lang::En, true);
        for part in [
            "method=\"post\" action=\"/nicepay/redirect/v2/payment\" data-testid=\"checkout-form\"",
            "method=\"post\" action=\"/nicepay/redirect/v2/payment/cancel\"",
            "type=\"radio\" name=\"mitraCd\" value=\"KDVI\" required data-testid=\"checkout-option\"",
            "type=\"radio\" name=\"mitraCd\" value=\"IDNA\" checked required",
            "30 days to 12 months",
            "30 days",
            "data-testid=\"page-error\">Choose a lender.",
            "href=\"/nicepay/redirect/v2/payment?tXid=IONPAYTEST0620260101000000&#38;lang=id\"",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
        assert_eq!(html.matches("type=\"hidden\" name=\"tXid\"").count(), 2);
        assert!(!html.contains("<b>") && !html.contains("<script") && !html.contains("style="), "{html}");
        assert!(!choose(Lang::Id, false).contains("page-error"));
    }

    #[test]
    fn one_lender_is_no_choice() {
        let lenders = vec![LenderOption { mitra_cd: "AKLP", name: "Akulaku", tenors: (1, 12), selected: true }];
        let page = ChoosePage {
            lang: Lang::Id,
            t_xid: "1",
            merchant: "SHOP",
            goods: "",
            amount: "Rp 25.145".to_owned(),
            reference_no: "order-1",
            lenders,
            nothing_chosen: false,
        };
        let html = page.render().unwrap();
        for part in ["<h1>Bayar dengan Akulaku</h1>", "Anda mencicil ke Akulaku.", "30 hari – 12 bulan", "plan only"]
        {
            assert!(html.contains(part), "{part}\n{html}");
        }
        // The form is the same.
        assert!(html.contains("type=\"radio\" name=\"mitraCd\" value=\"AKLP\" checked required"), "{html}");
    }

    #[test]
    fn the_form_back_says_where_it_goes() {
        let fields = [("resultMsg", "\"><script>".to_owned()), ("tXid", "1".to_owned())];
        let page = PostBackPage { lang: Lang::Id, action: "http://shop.test:81/back?a=1&b=\"", fields: &fields };
        let answer = page.answer();
        let policy = answer.headers().get("content-security-policy").unwrap().to_str().unwrap();
        assert!(policy.contains("; form-action 'self' http://shop.test:81 http: https:; "), "{policy}");
        let html = page.render().unwrap();
        assert!(html.contains("action=\"http://shop.test:81/back?a=1&#38;b=&#34;\""), "{html}");
        assert!(html.contains("name=\"resultMsg\" value=\"&#34;&#62;&#60;script&#62;\""), "{html}");
        assert!(html.contains("<strong class=\"host\">shop.test:81</strong>"), "{html}");
        assert!(html.contains("src=\"/nicepay/assets/return.js\" defer"), "{html}");
        // It takes nobody there by itself; the script does, and then says so.
        assert!(html.contains("data-going=\"Anda sedang dialihkan ke\">Tekan tombol di bawah"), "{html}");
        assert!(!html.contains("lang-switch"));
    }

    #[test]
    fn a_binding_without_a_way_back_ends_here() {
        let not = "This time your Kredivo account was not linked to SHOP.";
        for (end, slug, title, lead, sign) in [
            (BindingEnd::Linked, "linked", "Account linked", "Your Kredivo account is now linked to SHOP.", "tick"),
            (BindingEnd::Cancelled, "not-linked", "Linking cancelled", not, "plain"),
            (BindingEnd::Expired, "not-linked", "This link has expired", not, "clock"),
            (BindingEnd::Declined, "not-linked", "Linking declined", not, "cross"),
        ] {
            let page = WaitingPage {
                lang: Lang::En,
                here: "/nicepay/v2/userAccountBinding/return?tk=1",
                end,
                merchant: "SHOP",
                lender: "Kredivo",
                reference_no: "bind-1",
            };
            let html = page.render().unwrap();
            for part in [
                &format!("data-outcome=\"{slug}\""),
                &format!("class=\"icon {sign}\""),
                &format!("<h1>{title}</h1>"),
                lead,
                "You may close this page.",
                "return?tk=1&#38;lang=id",
            ] {
                assert!(html.contains(part), "{part}\n{html}");
            }
        }
    }

    #[test]
    fn every_notice_says_what_happened() {
        for (notice, status) in [
            (GatewayNotice::Unknown, 404),
            (GatewayNotice::NotCheckout, 409),
            (GatewayNotice::NothingOffered, 409),
            (GatewayNotice::Left, 200),
            (GatewayNotice::Over(Over::Linked), 409),
            (GatewayNotice::Over(Over::Paid), 409),
            (GatewayNotice::Over(Over::Refunded), 409),
            (GatewayNotice::Over(Over::UnderReview), 409),
            (GatewayNotice::Over(Over::Declined), 409),
            (GatewayNotice::Over(Over::Expired), 409),
        ] {
            assert_eq!(notice.status(), status);
            for lang in [Lang::Id, Lang::En] {
                let page = GatewayNoticePage { lang, notice, here: None, return_url: Some("/back"), order: None };
                let html = page.render().unwrap();
                assert!(html.replace("&#39;", "'").contains(notice.lead(Text::of(lang))), "{html}");
                assert!(html.contains(&format!("data-notice=\"{}\"", notice.slug())), "{html}");
                assert!(html.contains("href=\"/back\" data-testid=\"return\""), "{html}");
            }
        }
    }
}
