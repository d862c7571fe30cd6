//! From events to messages: who speaks to whom, and in which words.

use jiff::Timestamp;
use serde::Deserialize;

use super::diagram::{Arrow, Lane, Mark, Part};
use crate::ledger::{
    Amount, Entry, Event, EventKind, Exchange, ExchangeText, NoticeId, NoticeKind, Partner, Trigger, Variant,
};
use crate::paths;
use crate::protocol::{Code, clock_time};

/// One message of an event, before it is known what stands around it.
struct Said {
    from: Lane,
    to: Lane,
    label: String,
    marks: Vec<Mark>,
}

impl Said {
    fn new(from: Lane, to: Lane, label: impl Into<String>) -> Self {
        Self { from, to, label: label.into(), marks: Vec::new() }
    }

    /// A note to oneself.
    fn note(of: Lane, label: impl Into<String>) -> Self {
        Self::new(of, of, label)
    }

    fn marked(self, mark: Mark, is: bool) -> Self {
        let marks = self.marks.into_iter().chain(is.then_some(mark)).collect();
        Self { marks, ..self }
    }

    fn refused(self) -> Self {
        self.marked(Mark::Refused, true)
    }
}

/// Goes through a log, and knows what came before.
pub(super) struct Teller<'e> {
    entries: &'e [Entry],
    arrows: Vec<Arrow>,
    /// Whether the log still knows how it began.
    begun: bool,
    /// Whether the customer was seen, or is known to be played.
    customer_came: bool,
    /// Whether the lender was spoken to.
    partner_asked: bool,
    /// The way back to the merchant, until the browser has been told.
    on_its_way: Option<String>,
    /// What the merchant was told truly.
    told: Vec<NoticeKind>,
}

impl<'e> Teller<'e> {
    pub(super) fn of(entries: &'e [Entry]) -> Self {
        let (begun, customer_came, partner_asked) = (false, false, false);
        Self { entries, arrows: Vec::new(), begun, customer_came, partner_asked, on_its_way: None, told: Vec::new() }
    }

    pub(super) fn tell(mut self) -> Vec<Arrow> {
        for (i, entry) in self.entries.iter().enumerate() {
            let said = self.said(i, entry);
            let (id, at) = (entry.event.id, entry.event.at);
            let of_customer = said.first().is_some_and(|said| said.from == Lane::Customer);
            for (said, part) in said.into_iter().zip([Part::Request, Part::Answer]) {
                self.what_nobody_saw_before(&said, at);
                let Said { from, to, label, marks } = said;
                self.arrows.push(Arrow { event: Some(id), part, at, from, to, label, marks });
            }
            if of_customer && matches!(entry.event.kind, EventKind::Exchanged(_)) {
                self.arrives(at);
            }
        }
        if let Some(last) = self.entries.last() {
            self.arrives(last.event.at);
        }
        self.arrows
    }

    fn unseen(&mut self, at: Timestamp, from: Lane, to: Lane, label: impl Into<String>) {
        let (label, marks) = (label.into(), Vec::new());
        self.arrows.push(Arrow { event: None, part: Part::Request, at, from, to, label, marks });
    }

    fn what_nobody_saw_before(&mut self, said: &Said, at: Timestamp) {
        if said.from == Lane::Customer {
            if self.begun && !self.customer_came {
                let page = if said.to == Lane::Partner { "the lender's page" } else { "the payment page" };
                self.unseen(at, Lane::Merchant, Lane::Customer, format!("redirect to {page}"));
            }
            (self.customer_came, self.partner_asked) = (true, true);
        }
        if said.from == Lane::Partner {
            if self.begun && !self.partner_asked {
                self.unseen(at, Lane::Nicepay, Lane::Partner, "asks for the payment");
            }
            self.partner_asked = true;
        }
    }

    /// The browser goes where it was sent.
    fn arrives(&mut self, at: Timestamp) {
        if let Some(label) = self.on_its_way.take() {
            self.unseen(at, Lane::Customer, Lane::Merchant, label);
        }
    }

    /// The messages of an event: none, one, or a question and its answer. Every kind is decided here.
    fn said(&mut self, i: usize, entry: &Entry) -> Vec<Said> {
        use Lane::{Customer, Nicepay, Partner};
        let one = match &entry.event.kind {
            EventKind::Exchanged(exchange) => return self.exchanged(exchange, entry.exchange.as_ref()),
            EventKind::NoticeAttempted { .. } => return self.attempted(&entry.event),
            // Their exchange is recorded, too.
            EventKind::Registered { .. } | EventKind::BindingRegistered { .. } => {
                self.begun = true;
                return Vec::new();
            }
            EventKind::CallbackSent { result_cd, method, .. } => {
                let by = if *method == "POST" { " by POST" } else { "" };
                self.on_its_way = Some(format!("callBackUrl{by}, resultCd {result_cd}"));
                return Vec::new();
            }
            EventKind::Refused { .. }
            | EventKind::ReceiptConfirmed {}
            | EventKind::InquiryAnswered { .. }
            | EventKind::PaymentOpened { by: "browser" }
            | EventKind::Cancelled { by: "merchant", .. } => return Vec::new(),
            // Their attempts are told.
            EventKind::NoticeScheduled { .. } | EventKind::NoticeHeld { .. } | EventKind::NoticeDelivered { .. } => {
                return Vec::new();
            }
            // Nobody says anything to anybody.
            EventKind::RuleHit { .. }
            | EventKind::ClockMoved { .. }
            | EventKind::ScenarioLoaded { .. }
            | EventKind::ScenarioRefused { .. } => return Vec::new(),

            EventKind::PaymentOpened { by } => {
                // The customer is played: no merchant sent a browser.
                self.customer_came = true;
                Said::new(Customer, Nicepay, format!("opens the payment ({by})"))
            }
            EventKind::Login { phone } => Said::new(Customer, Partner, format!("signs in as {phone}")),
            EventKind::LoginFailed { phone, reason } => {
                Said::new(Customer, Partner, format!("signs in as {phone}: {}", plain(reason))).refused()
            }
            EventKind::Locked { phone, until } => {
                Said::note(Partner, format!("{phone} is locked until {}", clock_time(*until))).refused()
            }
            EventKind::PlanChosen { instmnt_mon, monthly, .. } => {
                let label = format!("chooses {}, {} a month", months(*instmnt_mon), rupiah(*monthly));
                Said::new(Customer, Partner, label)
            }
            EventKind::OtpSent { otp, .. } => Said::new(Partner, Customer, format!("OTP {otp} by SMS (simulated)")),
            EventKind::OtpFailed { reason } => {
                Said::new(Customer, Partner, format!("enters an OTP: {}", plain(reason))).refused()
            }
            EventKind::OtpPassed {} => Said::new(Customer, Partner, "enters the right OTP"),

            EventKind::Approved { instmnt_mon, .. } => {
                Said::new(Partner, Nicepay, format!("approved, {}", months(*instmnt_mon)))
            }
            EventKind::UnderReview { instmnt_mon, .. } => {
                Said::new(Partner, Nicepay, format!("under review, {}", months(*instmnt_mon)))
            }
            EventKind::Declined { reason, .. } => {
                Said::new(Partner, Nicepay, format!("declined: {}", reason.word())).refused()
            }
            // On NICEPAY's own page the lender has nothing to say.
            EventKind::Abandoned { .. } if self.leaves_checkout(i) => Said::note(Nicepay, "abandoned").refused(),
            EventKind::Abandoned { .. } => Said::new(Partner, Nicepay, "abandoned").refused(),
            EventKind::BindingCompleted { .. } => Said::new(Partner, Nicepay, "account bound"),
            EventKind::BindingFailed { reason: "expired", .. } => {
                Said::note(Nicepay, "expired: nobody came in time").refused()
            }
            EventKind::BindingFailed { reason, .. } => {
                Said::new(Partner, Nicepay, format!("not bound: {}", plain(reason))).refused()
            }

            EventKind::Expired {} => Said::note(Nicepay, "expired: nobody paid in time").refused(),
            EventKind::Cancelled { amt, full, by, .. } => {
                let part = if *full { "all" } else { "a part" };
                Said::note(Nicepay, format!("{part} given back: {} ({by})", rupiah(*amt)))
            }
            EventKind::TokenIssued { client_user_key, .. } => {
                Said::note(Nicepay, format!("issues a userToken for {client_user_key}"))
            }
            EventKind::TokenUsed { .. } => Said::note(Nicepay, "the userToken pays"),
            EventKind::TokenRemoved { .. } => Said::note(Nicepay, "the userToken is removed"),
            EventKind::TokenRevoked { .. } => Said::note(Partner, "the customer ends the userToken"),
            EventKind::NoticeExhausted { kind, attempts, .. } => {
                Said::note(Nicepay, format!("gives up {} after {attempts}", notification(*kind))).refused()
            }
            EventKind::NoticeSkipped { kind, reason, .. } => {
                Said::note(Nicepay, format!("{} is not sent: {reason}", notification(*kind))).refused()
            }
        };
        vec![one]
    }

    /// Whether a payment was abandoned on NICEPAY's own page: the exchange that did it is recorded right after.
    fn leaves_checkout(&self, i: usize) -> bool {
        let mut after = self.entries[i..].iter().filter(|entry| matches!(entry.event.kind, EventKind::Exchanged(_)));
        let next = after.next().and_then(|entry| entry.exchange.as_ref());
        next.is_some_and(|text| Place::of(&text.target) == Some(Place::CheckoutLeave))
    }

    fn exchanged(&self, exchange: &Exchange, text: Option<&ExchangeText>) -> Vec<Said> {
        let faulted = exchange.fault.is_some();
        let Some(text) = text else {
            // Who asked is forgotten with the bytes; most of them are servers.
            let answer = exchange.http_status.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP {status}"));
            return vec![
                Said::new(Lane::Merchant, Lane::Nicepay, "a request that is no longer kept"),
                Said::new(Lane::Nicepay, Lane::Merchant, answer).marked(Mark::Faulted, faulted),
            ];
        };
        let place = Place::of(&text.target);
        let who = if place.is_some_and(Place::is_for_browsers) { Lane::Customer } else { Lane::Merchant };
        let path = || text.target.split('?').next().unwrap_or_default().to_owned();
        let what = place.map_or_else(path, |place| place.name().to_owned());
        let answered = Answered::of(exchange, text);
        let label = match exchange.http_status {
            None => match &exchange.fault {
                Some(rule) => format!("no answer, as rule {rule} has it"),
                None => "no answer".to_owned(),
            },
            Some(status) => answered.label(status, place, self.on_its_way.is_some()),
        };
        vec![
            Said::new(who, Lane::Nicepay, [text.method.as_str(), " ", &what].concat()),
            Said::new(Lane::Nicepay, who, label).marked(Mark::Refused, answered.refuses).marked(Mark::Faulted, faulted),
        ]
    }

    fn attempted(&mut self, event: &Event) -> Vec<Said> {
        let EventKind::NoticeAttempted { notification: id, kind, attempt, trigger, http_status, error } = &event.kind
        else {
            return Vec::new();
        };
        let variant = self.variant_of(*id);
        let is_false = variant.is_some_and(lies);
        let again = *attempt > 1 || (!is_false && self.told.contains(kind));
        if !is_false {
            self.told.push(*kind);
        }
        let mut label = notification(*kind);
        if let Some(variant) = variant.filter(|variant| *variant != Variant::Plain) {
            label = format!("{label}, {}", variant.word());
        }
        if *attempt > 1 {
            label = format!("{label} (attempt {attempt})");
        }
        if *trigger == Trigger::Manual {
            label.push_str(", by hand");
        }
        let answer = match (http_status, error) {
            (Some(200), _) => "200 OK".to_owned(),
            (Some(status), _) => format!("HTTP {status}"),
            (None, Some(error)) => format!("no answer: {error}"),
            (None, None) => "no answer".to_owned(),
        };
        vec![
            Said::new(Lane::Nicepay, Lane::Merchant, label)
                .marked(Mark::Resent, again)
                .marked(Mark::Forged, is_false)
                .marked(Mark::Faulted, variant.is_some_and(spoils)),
            Said::new(Lane::Merchant, Lane::Nicepay, answer).marked(Mark::Refused, *http_status != Some(200)),
        ]
    }

    /// What is unusual about a notification: its plan says it.
    fn variant_of(&self, id: NoticeId) -> Option<Variant> {
        self.entries.iter().find_map(|entry| match &entry.event.kind {
            EventKind::NoticeScheduled { notification, variant, .. }
            | EventKind::NoticeHeld { notification, variant, .. }
                if *notification == id =>
            {
                *variant
            }
            _ => None,
        })
    }
}

/// Whether a notification does not say what is true.
fn lies(variant: Variant) -> bool {
    match variant {
        Variant::WrongToken
        | Variant::ChangedStatus
        | Variant::ChangedAmount
        | Variant::UnknownTxid
        | Variant::MissingField
        | Variant::Reversal => true,
        Variant::Plain
        | Variant::Late
        | Variant::Lost
        | Variant::Duplicate
        | Variant::OutOfOrder
        | Variant::BeforeAnswer
        | Variant::BeforeReturn
        | Variant::AfterReturn
        | Variant::WrongContentType
        | Variant::Slow
        | Variant::Reset => false,
    }
}

/// Whether a notification is true, and its sending goes wrong.
fn spoils(variant: Variant) -> bool {
    matches!(variant, Variant::WrongContentType | Variant::Slow | Variant::Reset)
}

/// Where a request to the gateway goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Registration,
    Payment,
    PaymentReturn,
    Inquiry,
    Cancel,
    Receipt,
    Checkout,
    CheckoutPage,
    CheckoutLeave,
    Binding,
    BindingReturn,
    RemoveToken,
    UserDetails,
    CheckMid,
}

impl Place {
    const PATHS: [(&str, Self); 15] = [
        (paths::REGISTRATION, Self::Registration),
        (paths::PAYMENT, Self::Payment),
        (paths::PAYMENT_RETURN, Self::PaymentReturn),
        (paths::INQUIRY, Self::Inquiry),
        (paths::CANCEL, Self::Cancel),
        (paths::CONFIRM_AKULAKU, Self::Receipt),
        (paths::CONFIRM_AKULAKU_NEWER, Self::Receipt),
        (paths::CHECKOUT, Self::Checkout),
        (paths::CHECKOUT_PAGE, Self::CheckoutPage),
        (paths::CHECKOUT_LEAVE, Self::CheckoutLeave),
        (paths::BINDING, Self::Binding),
        (paths::BINDING_RETURN, Self::BindingReturn),
        (paths::REMOVE_TOKEN, Self::RemoveToken),
        (paths::USER_DETAILS, Self::UserDetails),
        (paths::CHECK_MID, Self::CheckMid),
    ];

    /// Of path and query; the case of a binding's path is nobody's business, and slashes may be doubled.
    fn of(target: &str) -> Option<Self> {
        let path = target.split('?').next().unwrap_or_default();
        let same = |known: &str| {
            let mut ours = known.split('/').filter(|part| !part.is_empty());
            let mut sent = path.split('/').filter(|part| !part.is_empty());
            loop {
                match (ours.next(), sent.next()) {
                    (None, None) => return true,
                    (Some(one), Some(other)) if one.eq_ignore_ascii_case(other) => {}
                    _ => return false,
                }
            }
        };
        Self::PATHS.into_iter().find(|(known, _)| same(known)).map(|(_, place)| place)
    }

    const fn is_for_browsers(self) -> bool {
        match self {
            Self::Payment | Self::PaymentReturn | Self::CheckoutPage | Self::CheckoutLeave | Self::BindingReturn => {
                true
            }
            Self::Registration
            | Self::Inquiry
            | Self::Cancel
            | Self::Receipt
            | Self::Checkout
            | Self::Binding
            | Self::RemoveToken
            | Self::UserDetails
            | Self::CheckMid => false,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Payment => "payment",
            Self::PaymentReturn => "payment/return",
            Self::Inquiry => "inquiry",
            Self::Cancel => "cancel",
            Self::Receipt => "confirmAkulaku",
            Self::Checkout => "redirect/v2/registration",
            Self::CheckoutPage => "redirect/v2/payment",
            Self::CheckoutLeave => "redirect/v2/payment/cancel",
            Self::Binding => "userAccountBinding",
            Self::BindingReturn => "userAccountBinding/return",
            Self::RemoveToken => "remove-token",
            Self::UserDetails => "user-details",
            Self::CheckMid => "checkMid",
        }
    }
}

/// What can be read of an answer's body.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Envelope {
    result_cd: Option<String>,
    result_msg: Option<String>,
    status: Option<String>,
}

/// An answer of the gateway's.
struct Answered<'t> {
    envelope: Envelope,
    location: Option<&'t str>,
    is_page: bool,
    refuses: bool,
}

impl<'t> Answered<'t> {
    fn of(exchange: &Exchange, text: &'t ExchangeText) -> Self {
        let header = |name: &str| {
            let mut lines = text.response_headers.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(known, _)| *known == name).map(|(_, value)| value)
        };
        let envelope: Envelope = serde_json::from_str(&text.response).unwrap_or_default();
        let no = envelope.result_cd.as_ref().is_some_and(|cd| cd != Code::SUCCESS.cd);
        let status = exchange.http_status.unwrap_or_default();
        // A faulty answer is explained, too, which makes it no refusal.
        let explained = exchange.fault.is_none() && header(paths::DIAGNOSIS_HEADER).is_some();
        Self {
            envelope,
            location: header("location"),
            is_page: header("content-type").is_some_and(|media| media.starts_with("text/html")),
            refuses: no || explained || status >= 400,
        }
    }

    fn label(&self, status: u16, place: Option<Place>, goes_back: bool) -> String {
        let http = if status == 200 { String::new() } else { format!("HTTP {status}: ") };
        if let Envelope { result_cd: Some(cd), result_msg, status: digit } = &self.envelope {
            let digit = digit.as_ref().filter(|digit| place == Some(Place::Inquiry) && !digit.is_empty());
            let digit = digit.map_or_else(String::new, |digit| format!(", status {digit}"));
            return format!("{http}{cd} {}{digit}", result_msg.as_deref().unwrap_or_default());
        }
        match self.location {
            Some(location) => format!("{status} → {}", whither(location)),
            None if self.is_page && status == 200 && goes_back => "200 page that posts to callBackUrl".to_owned(),
            None if self.is_page => format!("{status} page"),
            None => format!("HTTP {status}"),
        }
    }
}

/// Where a redirect leads. To our own pages it is relative.
fn whither(location: &str) -> String {
    if !location.starts_with('/') || location.starts_with("//") {
        return "callBackUrl".to_owned();
    }
    let slug = paths::partner_of(location);
    if let Some(partner) = Partner::ALL.into_iter().find(|partner| Some(partner.slug()) == slug) {
        let path = location.split('?').next().unwrap_or_default();
        let pages =
            [(paths::SIGN_IN, "sign-in"), (paths::PLAN, "plan"), (paths::OTP, "OTP"), (paths::RESULT, "result")];
        let page = pages.into_iter().find(|(page, _)| path.ends_with(page)).map_or("page", |(_, name)| name);
        return format!("{} {page}", partner.name());
    }
    let path = || location.split('?').next().unwrap_or_default().to_owned();
    Place::of(location).map_or_else(path, |place| place.name().to_owned())
}

fn notification(kind: NoticeKind) -> String {
    let word = match kind {
        NoticeKind::Approve => "approve",
        NoticeKind::Pending => "pending",
        NoticeKind::Reject => "reject",
        NoticeKind::Binding => "binding",
    };
    format!("notification {word}")
}

/// A word of ours without its hyphens.
fn plain(word: &str) -> String {
    word.replace('-', " ").replace("pin", "PIN")
}

fn months(months: u8) -> String {
    if months == 1 { "1 month".to_owned() } else { format!("{months} months") }
}

/// As it is written in Indonesia: `Rp25.145`.
fn rupiah(amount: Amount) -> String {
    let digits = amount.to_string();
    let mut written = String::from("Rp");
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            written.push('.');
        }
        written.push(digit);
    }
    written
}
