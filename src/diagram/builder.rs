//! From events to messages: who speaks to whom, and in which words.

use jiff::Timestamp;
use serde::Deserialize;

use super::arrow::{Arrow, Lane, Mark, Part};
use crate::domain::{
    Actor, BindingFailure, Entry, Event, EventKind, Exchange, ExchangeText, NotificationId, NotificationKind, Partner,
    SkipReason, Trigger, Variant,
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
pub(super) struct DiagramBuilder<'e> {
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
    told: Vec<NotificationKind>,
}

impl<'e> DiagramBuilder<'e> {
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
                let arrow = Arrow { event: Some(id), part, at, from, to, label, marks };
                match entry.event.kind {
                    EventKind::NotificationAttempted { sent_at, sent_after, .. } if part == Part::Request => {
                        self.insert(Arrow { at: sent_at, ..arrow }, sent_after);
                    }
                    _ => self.arrows.push(arrow),
                }
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

    /// Puts what was said long before it was written down where it was said: a merchant asks for the status before it
    /// answers the notification.
    fn insert(&mut self, arrow: Arrow, after: u64) {
        let before = self.arrows.iter().rposition(|known| known.event.is_some_and(|event| event <= after));
        let mut place = before.map_or(0, |before| before + 1);
        // A hop that nobody saw belongs to what stands before it.
        place += self.arrows[place..].iter().take_while(|known| known.event.is_none()).count();
        self.arrows.insert(place, arrow);
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
            EventKind::NotificationAttempted { .. } => return self.attempted(&entry.event),
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
            | EventKind::PaymentOpened { by: Actor::Browser }
            | EventKind::Cancelled { by: Actor::Merchant, .. }
            // Their attempts are told.
            | EventKind::NotificationScheduled { .. }
            | EventKind::NotificationHeld { .. }
            | EventKind::NotificationDelivered { .. }
            // Nobody says anything to anybody.
            | EventKind::RuleHit { .. }
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
                Said::new(Customer, Partner, format!("signs in as {phone}: {}", plain(reason.as_str()))).refused()
            }
            EventKind::Locked { phone, until } => {
                Said::note(Partner, format!("{phone} is locked until {}", clock_time(*until))).refused()
            }
            EventKind::PlanChosen { instmnt_mon, monthly, .. } => {
                let label = format!("chooses {}, {} a month", months(*instmnt_mon), monthly.formatted());
                Said::new(Customer, Partner, label)
            }
            EventKind::OtpSent { otp, .. } => Said::new(Partner, Customer, format!("OTP {otp} by SMS (simulated)")),
            EventKind::OtpFailed { reason } => {
                Said::new(Customer, Partner, format!("enters an OTP: {}", plain(reason.as_str()))).refused()
            }
            EventKind::OtpPassed {} => Said::new(Customer, Partner, "enters the right OTP"),

            EventKind::Approved { instmnt_mon, .. } => {
                Said::new(Partner, Nicepay, format!("approved, {}", months(*instmnt_mon)))
            }
            EventKind::UnderReview { instmnt_mon, .. } => {
                Said::new(Partner, Nicepay, format!("under review, {}", months(*instmnt_mon)))
            }
            EventKind::Declined { reason, .. } => {
                Said::new(Partner, Nicepay, format!("declined: {}", reason.as_str())).refused()
            }
            // On NICEPAY's own page the lender has nothing to say.
            EventKind::Abandoned { .. } if self.leaves_checkout(i) => Said::note(Nicepay, "abandoned").refused(),
            EventKind::Abandoned { .. } => Said::new(Partner, Nicepay, "abandoned").refused(),
            EventKind::BindingCompleted { .. } => Said::new(Partner, Nicepay, "account bound"),
            EventKind::BindingFailed { reason: BindingFailure::Expired, .. } => {
                Said::note(Nicepay, "expired: nobody came in time").refused()
            }
            EventKind::BindingFailed { reason, .. } => {
                Said::new(Partner, Nicepay, format!("not bound: {}", plain(reason.as_str()))).refused()
            }

            EventKind::Expired {} => Said::note(Nicepay, "expired: nobody paid in time").refused(),
            EventKind::Cancelled { amt, full, by, .. } => {
                let part = if *full { "all" } else { "a part" };
                Said::note(Nicepay, format!("{part} given back: {} ({by})", amt.formatted()))
            }
            EventKind::TokenIssued { client_user_key, .. } => {
                Said::note(Nicepay, format!("userToken for {client_user_key}"))
            }
            EventKind::TokenUsed { .. } => Said::note(Nicepay, "the userToken pays"),
            EventKind::TokenRemoved { .. } => Said::note(Nicepay, "the userToken is removed"),
            EventKind::TokenRevoked { .. } => Said::note(Partner, "the customer ends the userToken"),
            EventKind::NotificationExhausted { kind, attempts, .. } => {
                let times = if *attempts == 1 { "attempt" } else { "attempts" };
                Said::note(Nicepay, format!("gives up on the {} after {attempts} {times}", notification(*kind))).refused()
            }
            EventKind::NotificationSkipped { kind, reason, .. } => {
                // What a rule has lost was refused by nobody.
                let lost = matches!(reason, SkipReason::Dropped(_));
                Said::note(Nicepay, format!("{} is not sent: {reason}", notification(*kind)))
                    .marked(Mark::Refused, !lost)
                    .marked(Mark::Faulted, lost)
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
        let mut what = place.map_or_else(path, |place| place.name().to_owned());
        if let Some(digit) = tokenize_user(&text.request) {
            what = format!("{what}, tokenizeUser {digit}");
        }
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
        let EventKind::NotificationAttempted { notification: id, kind, attempt, trigger, http_status, error, .. } =
            &event.kind
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
            label = format!("{label}, {}", variant.as_str());
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
    fn variant_of(&self, id: NotificationId) -> Option<Variant> {
        self.entries.iter().find_map(|entry| match &entry.event.kind {
            EventKind::NotificationScheduled { notification, variant, .. }
            | EventKind::NotificationHeld { notification, variant, .. }
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

/// Whether a notification is true, and its plan goes wrong.
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
        let envelope: Envelope = serde_json::from_str(&text.response).unwrap_or_default();
        let no = envelope.result_cd.as_ref().is_some_and(|cd| cd != Code::SUCCESS.cd);
        let status = exchange.http_status.unwrap_or_default();
        // A faulty answer is explained, too, which makes it no refusal.
        let explained = exchange.fault.is_none() && text.response_header(paths::DIAGNOSIS_HEADER).is_some();
        Self {
            envelope,
            location: text.response_header("location"),
            is_page: text.response_header("content-type").is_some_and(|media| media.starts_with("text/html")),
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

fn notification(kind: NotificationKind) -> String {
    format!("notification {}", kind.as_str())
}

/// `tokenizeUser` of a registration: 1 where a token is issued, 2 where one pays (`docs/PROTOCOL.md` §1.2).
fn tokenize_user(request: &str) -> Option<&'static str> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Registration<'a> {
        #[serde(borrow)]
        tokenize_user: &'a serde_json::value::RawValue,
    }
    // Most bodies have none: they are not read.
    if !request.contains("\"tokenizeUser\"") {
        return None;
    }
    let said = serde_json::from_str::<Registration<'_>>(request).ok()?;
    match said.tokenize_user.get().trim_matches('"') {
        "1" => Some("1"),
        "2" => Some("2"),
        _ => None,
    }
}

/// A word of ours without its hyphens.
fn plain(word: &str) -> String {
    word.replace('-', " ").replace("pin", "PIN")
}

fn months(months: u8) -> String {
    if months == 1 { "1 month".to_owned() } else { format!("{months} months") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Diagram;
    use super::*;
    use crate::domain::{
        BindingId, CancelKind, ClientUserKey, ExchangeBytes, LoginFailure, OtpFailure, Phone, Reason, UserToken,
    };

    const AT: Timestamp = Timestamp::UNIX_EPOCH;

    fn entry(id: u64, kind: EventKind) -> Entry {
        Entry { event: Event { id, at: AT, i_mid: None, t_xid: None, reference_no: None, kind }, exchange: None }
    }

    fn exchange(id: u64, target: &str, status: Option<u16>, headers: &str, response: &str) -> Entry {
        let kind = EventKind::Exchanged(Exchange { http_status: status, fault: None, bytes: ExchangeBytes::default() });
        let exchange = Some(ExchangeText {
            method: "POST".to_owned(),
            target: target.to_owned(),
            request_headers: String::new(),
            request: String::new(),
            response_headers: headers.to_owned(),
            response: response.to_owned(),
        });
        Entry { exchange, ..entry(id, kind) }
    }

    /// One of every kind of event that a payment or a binding has, and how many arrows each has.
    fn every(id: u64) -> Vec<(Entry, usize)> {
        let phone = || Phone::new("081291891818").unwrap();
        let (token, key) = (UserToken::new("t").unwrap(), ClientUserKey::new("c").unwrap());
        let (amt, rule, notification) =
            (crate::domain::Amount::from_rupiah(25_145), || "rule".into(), NotificationId(id));
        let kind = NotificationKind::Approve;
        let attempted = |http_status, error| EventKind::NotificationAttempted {
            notification,
            kind,
            attempt: 1,
            trigger: Trigger::Scheduled,
            sent_at: AT,
            sent_after: id - 1,
            http_status,
            error,
        };
        let cancelled = |by| EventKind::Cancelled { amt, cancel_amt: amt, full: true, kind: CancelKind::Refund, by };
        let callback = EventKind::CallbackSent { result_cd: "0000", method: "GET", url: "http://shop.test".into() };
        let scheduled = EventKind::NotificationScheduled {
            notification,
            kind,
            due: AT,
            variant: Some(Variant::ChangedStatus),
            rule: None,
        };
        let kinds = [
            (EventKind::Registered { amt, rule: rule() }, 0),
            (EventKind::BindingRegistered { binding_id: BindingId(1), rule: rule() }, 0),
            (EventKind::Refused { endpoint: "x", result_cd: "9010", diagnosis: "x".into() }, 0),
            (EventKind::Approved { instmnt_mon: 3, phone: phone(), rule: rule() }, 1),
            (EventKind::Declined { reason: Reason::Risk, rule: rule() }, 1),
            (EventKind::Abandoned { rule: rule() }, 1),
            (EventKind::Expired {}, 1),
            (cancelled(Actor::Merchant), 0),
            (cancelled(Actor::Control), 1),
            (EventKind::PaymentOpened { by: Actor::Browser }, 0),
            (EventKind::PaymentOpened { by: Actor::Control }, 1),
            (EventKind::Login { phone: phone() }, 1),
            (EventKind::LoginFailed { phone: phone(), reason: LoginFailure::WrongPin }, 1),
            (EventKind::Locked { phone: phone(), until: AT }, 1),
            (EventKind::PlanChosen { instmnt_mon: 3, monthly: amt, total: amt }, 1),
            (EventKind::OtpSent { phone: phone(), otp: "4567".into(), expires_at: AT }, 1),
            (EventKind::OtpFailed { reason: OtpFailure::Wrong }, 1),
            (EventKind::OtpPassed {}, 1),
            (callback, 0),
            (EventKind::TokenIssued { user_token: token.clone(), client_user_key: key, phone: phone() }, 1),
            (EventKind::TokenUsed { user_token: token }, 1),
            (EventKind::InquiryAnswered { status: "0" }, 0),
            (scheduled, 0),
            (attempted(Some(200), None), 2),
            (attempted(None, Some("refused".into())), 2),
            (EventKind::NotificationDelivered { notification, kind, attempt: 1 }, 0),
            (EventKind::NotificationExhausted { notification, kind, attempts: 4 }, 1),
            (EventKind::NotificationSkipped { notification, kind, reason: SkipReason::SubjectForgotten }, 1),
            (EventKind::RuleHit { rule: rule(), not_matched: Box::default() }, 0),
        ];
        let places = Place::PATHS.map(|(path, _)| (exchange(id, path, Some(200), "", "{}"), 2));
        let forgotten = Exchange { http_status: None, fault: Some("r".into()), bytes: ExchangeBytes::default() };
        let others = [(exchange(id, "/else", None, "", ""), 2), (entry(id, EventKind::Exchanged(forgotten)), 2)];
        kinds.map(|(kind, arrows)| (entry(id, kind), arrows)).into_iter().chain(places).chain(others).collect()
    }

    proptest! {
        #[test]
        fn the_arrows_are_the_log(picked in proptest::collection::vec(any::<proptest::sample::Index>(), 0..40)) {
            let story: Vec<_> = (1_u64..).zip(picked).map(|(id, index)| {
                let mut all = every(id);
                all.swap_remove(index.index(all.len()))
            }).collect();
            let expected: Vec<_> = story.iter().flat_map(|(entry, arrows)| {
                [Part::Request, Part::Answer].into_iter().take(*arrows).map(|part| (entry.event.id, part))
            }).collect();
            let entries: Vec<_> = story.into_iter().map(|(entry, _)| entry).collect();
            let arrows = Diagram::of(None, &entries).arrows;
            let seen: Vec<_> = arrows.iter().filter_map(|arrow| Some((arrow.event?, arrow.part))).collect();
            prop_assert_eq!(seen, expected);
            let hops = |from, to| arrows.iter().filter(|a| a.event.is_none() && (a.from, a.to) == (from, to)).count();
            prop_assert!(hops(Lane::Merchant, Lane::Customer) <= 1);
            prop_assert!(hops(Lane::Nicepay, Lane::Partner) <= 1);
            let sent = entries.iter().filter(|entry| matches!(entry.event.kind, EventKind::CallbackSent { .. })).count();
            prop_assert!(hops(Lane::Customer, Lane::Merchant) <= sent);
            let all = arrows.iter().filter(|arrow| arrow.event.is_none()).count();
            let known = hops(Lane::Merchant, Lane::Customer)
                + hops(Lane::Nicepay, Lane::Partner)
                + hops(Lane::Customer, Lane::Merchant);
            prop_assert_eq!(all, known);
            let document = super::super::svg(&Diagram::of(Some("Kredivo"), &entries));
            prop_assert!(roxmltree::Document::parse(&document).is_ok(), "{}", document);
        }
    }

    #[test]
    fn an_answer_is_told_in_a_few_words() {
        let page = "content-type: text/html;charset=UTF-8\n";
        for (target, status, headers, response, expected, refused) in [
            (paths::REGISTRATION, 200, "", r#"{"resultCd":"0000","resultMsg":"SUCCESS"}"#, "0000 SUCCESS", false),
            (paths::REGISTRATION, 503, "", r#"{"resultCd":"9002","resultMsg":"x"}"#, "HTTP 503: 9002 x", true),
            (
                paths::INQUIRY,
                200,
                "",
                r#"{"resultCd":"0000","resultMsg":"paid","status":"0"}"#,
                "0000 paid, status 0",
                false,
            ),
            (paths::REGISTRATION, 200, "", r#"{"resultCd":"00"#, "HTTP 200", false),
            (paths::PAYMENT, 200, page, "<p>", "200 page", false),
            (paths::PAYMENT, 200, "x-sim-diagnosis: a: b\n", "", "HTTP 200", true),
            (paths::PAYMENT, 302, "location: /kredivo/v2/signin?tk=1\n", "", "302 → Kredivo sign-in", false),
            (paths::PAYMENT, 302, "location: http://shop.test/kredivo/v2/otp\n", "", "302 → callBackUrl", false),
            ("//nicepay//v2/USERaccountbinding", 404, "", "", "HTTP 404", true),
        ] {
            let entries = [exchange(1, target, Some(status), headers, response)];
            let arrows = Diagram::of(None, &entries).arrows;
            assert_eq!(arrows[1].label, expected, "{target}");
            assert_eq!(arrows[1].marks.contains(&Mark::Refused), refused, "{expected}");
        }
    }
}
