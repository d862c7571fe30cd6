//! From events to arrows, in their order and with what the simulator cannot see.

use jiff::Timestamp;

use super::arrow::{Arrow, Lane, Part};
use super::exchange::exchange_messages;
use super::message::{Message, abandoned, message_of};
use super::notification::attempt_messages;
use super::pause::find_pauses;
use crate::domain::{Actor, Entry, EventKind, Notification, NotificationKind};
use crate::endpoints::Endpoint;
use crate::language::Lang;

/// Builds the arrows from a log, event by event.
pub(super) struct DiagramBuilder<'e> {
    entries: &'e [Entry],
    notifications: &'e [Notification],
    lang: Lang,
    arrows: Vec<Arrow>,
    /// Whether the log still has the registration.
    has_registration: bool,
    /// Whether the customer came, or is played by the control API.
    customer_came: bool,
    /// Whether the lender was contacted.
    partner_contacted: bool,
    /// The callback that the browser has not carried to the merchant yet.
    pending_callback: Option<String>,
    /// The true notifications that were sent to the merchant.
    true_notifications: Vec<NotificationKind>,
}

impl<'e> DiagramBuilder<'e> {
    pub(super) fn new(entries: &'e [Entry], notifications: &'e [Notification], lang: Lang) -> Self {
        Self {
            entries,
            notifications,
            lang,
            arrows: Vec::new(),
            has_registration: false,
            customer_came: false,
            partner_contacted: false,
            pending_callback: None,
            true_notifications: Vec::new(),
        }
    }

    pub(super) fn build(mut self) -> Vec<Arrow> {
        for (index, entry) in self.entries.iter().enumerate() {
            self.add(index, entry);
        }
        if let Some(last) = self.entries.last() {
            self.deliver_callback(last.event.at);
        }
        find_pauses(&mut self.arrows);
        self.arrows
    }

    fn add(&mut self, index: usize, entry: &Entry) {
        let (id, at) = (entry.event.id, entry.event.at);
        let messages = self.messages(index, entry);
        let is_from_customer = messages.first().is_some_and(|message| message.from == Lane::Customer);
        for (message, part) in messages.into_iter().zip([Part::Request, Part::Answer]) {
            self.add_invisible_before(&message, at);
            let Message { from, to, label, marks, remarks, rule } = message;
            let arrow = Arrow { event: Some(id), part, at, from, to, label, marks, remarks, rule, pause: None };
            match entry.event.kind {
                EventKind::NotificationAttempted { sent_at, sent_after, .. } if part == Part::Request => {
                    self.insert(Arrow { at: sent_at, ..arrow }, sent_after);
                }
                _ => self.arrows.push(arrow),
            }
        }
        if is_from_customer && matches!(entry.event.kind, EventKind::Exchanged(_)) {
            self.deliver_callback(at);
        }
    }

    /// Inserts a notification where it was sent, which is before its event: a merchant may send an inquiry before it
    /// answers.
    fn insert(&mut self, arrow: Arrow, after: u64) {
        let before = self.arrows.iter().rposition(|known| known.event.is_some_and(|event| event <= after));
        let mut index = before.map_or(0, |before| before + 1);
        // An invisible message belongs to the one before it.
        index += self.arrows[index..].iter().take_while(|known| known.event.is_none()).count();
        self.arrows.insert(index, arrow);
    }

    fn add_invisible(&mut self, at: Timestamp, from: Lane, to: Lane, label: impl Into<String>) {
        self.arrows.push(Arrow {
            event: None,
            part: Part::Request,
            at,
            from,
            to,
            label: label.into(),
            marks: Vec::new(),
            remarks: Vec::new(),
            rule: None,
            pause: None,
        });
    }

    /// What must have happened before a message: the merchant redirected the browser, or NICEPAY asked the lender.
    fn add_invisible_before(&mut self, message: &Message, at: Timestamp) {
        if message.from == Lane::Customer {
            if self.has_registration && !self.customer_came {
                let label = if message.to == Lane::Partner {
                    self.lang.t("redirect to the lender's page", "mengarahkan ke halaman penyedia cicilan")
                } else {
                    self.lang.t("redirect to the payment page", "mengarahkan ke halaman pembayaran")
                };
                self.add_invisible(at, Lane::Merchant, Lane::Customer, label);
            }
            (self.customer_came, self.partner_contacted) = (true, true);
        }
        if message.from == Lane::Partner {
            if self.has_registration && !self.partner_contacted {
                let label = self.lang.t("asks for the payment", "meminta pembayaran");
                self.add_invisible(at, Lane::Nicepay, Lane::Partner, label);
            }
            self.partner_contacted = true;
        }
    }

    /// The browser follows the callback to the merchant.
    fn deliver_callback(&mut self, at: Timestamp) {
        if let Some(label) = self.pending_callback.take() {
            self.add_invisible(at, Lane::Customer, Lane::Merchant, label);
        }
    }

    /// The messages of an event: none, one, or a request and its response.
    fn messages(&mut self, index: usize, entry: &Entry) -> Vec<Message> {
        let lang = self.lang;
        match &entry.event.kind {
            EventKind::Exchanged(exchange) => {
                exchange_messages(exchange, entry.exchange.as_ref(), self.pending_callback.is_some(), lang)
            }
            EventKind::NotificationAttempted { .. } => {
                let (entries, notifications, truths) = (self.entries, self.notifications, &mut self.true_notifications);
                attempt_messages(entries, notifications, &entry.event.kind, truths, lang)
            }
            EventKind::Registered { .. } | EventKind::BindingRegistered { .. } => {
                self.has_registration = true;
                Vec::new()
            }
            EventKind::CallbackSent { result_cd, method, .. } => {
                let by = if *method == "POST" { lang.t(" by POST", " lewat POST") } else { "" };
                self.pending_callback = Some(format!("callBackUrl{by}, resultCd {result_cd}"));
                Vec::new()
            }
            // The exchange shows it.
            EventKind::PaymentOpened { by: Actor::Browser } => Vec::new(),
            EventKind::PaymentOpened { by } => {
                // The control API plays the customer: no merchant redirected a browser.
                self.customer_came = true;
                let label = lang.t(format!("opens the payment ({by})"), format!("membuka pembayaran ({by})"));
                vec![Message::new(Lane::Customer, Lane::Nicepay, label)]
            }
            // On NICEPAY's own page the lender takes no part.
            EventKind::Abandoned { .. } if self.leaves_checkout(index) => {
                vec![Message::note(Lane::Nicepay, abandoned(lang)).failed()]
            }
            kind => message_of(kind, lang).into_iter().collect(),
        }
    }

    /// Whether a payment was abandoned on NICEPAY's own page: the exchange of that is recorded right after.
    fn leaves_checkout(&self, index: usize) -> bool {
        let mut after =
            self.entries[index..].iter().filter(|entry| matches!(entry.event.kind, EventKind::Exchanged(_)));
        let next = after.next().and_then(|entry| entry.exchange.as_ref());
        next.is_some_and(|text| Endpoint::from_target(&text.target) == Some(Endpoint::CheckoutLeave))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Diagram;
    use super::super::arrow::Mark;
    use super::*;
    use crate::domain::{
        BindingId, CancelKind, ClientUserKey, Event, Exchange, ExchangeBytes, ExchangeText, LoginFailure,
        NotificationId, OtpFailure, Phone, Reason, SkipReason, Trigger, UserToken, Variant,
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
            (EventKind::Refused { endpoint: "x", result_cd: "9010", diagnosis: "x".into(), sent: None }, 0),
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
            (EventKind::PinConfirmed {}, 1),
            (callback, 0),
            (EventKind::TokenIssued { user_token: token.clone(), client_user_key: key, phone: phone() }, 1),
            (EventKind::TokenUsed { user_token: token }, 1),
            (EventKind::InquiryAnswered { status: "0" }, 0),
            (scheduled, 0),
            (attempted(Some(200), None), 2),
            (attempted(None, Some("refused".into())), 2),
            (EventKind::NotificationDelivered { notification, kind, attempt: 1 }, 0),
            (EventKind::NotificationExhausted { notification, kind, attempts: 4 }, 1),
            (EventKind::NotificationSkipped { notification, kind, reason: SkipReason::SubjectRemoved }, 1),
            (EventKind::RuleHit { rule: rule(), not_matched: Box::default() }, 0),
        ];
        let paths = Endpoint::ALL.iter().flat_map(|endpoint| endpoint.info().paths);
        let endpoints = paths.map(|path| (exchange(id, path, Some(200), "", "{}"), 2));
        let forgotten = Exchange { http_status: None, fault: Some("r".into()), bytes: ExchangeBytes::default() };
        let others = [(exchange(id, "/else", None, "", ""), 2), (entry(id, EventKind::Exchanged(forgotten)), 2)];
        kinds.map(|(kind, arrows)| (entry(id, kind), arrows)).into_iter().chain(endpoints).chain(others).collect()
    }

    proptest! {
        #[test]
        fn the_arrows_follow_the_log(picked in proptest::collection::vec(any::<proptest::sample::Index>(), 0..40)) {
            let entries: Vec<_> = (1_u64..).zip(picked).map(|(id, index)| {
                let mut all = every(id);
                all.swap_remove(index.index(all.len()))
            }).collect();
            let expected: Vec<_> = entries.iter().flat_map(|(entry, arrows)| {
                [Part::Request, Part::Answer].into_iter().take(*arrows).map(|part| (entry.event.id, part))
            }).collect();
            let entries: Vec<_> = entries.into_iter().map(|(entry, _)| entry).collect();
            let arrows = Diagram::new(None, &entries, &[], Lang::En).arrows;
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
            let document = super::super::svg(&Diagram::new(Some("Kredivo"), &entries, &[], Lang::En)).unwrap();
            prop_assert!(roxmltree::Document::parse(&document).is_ok(), "{}", document);
        }
    }

    #[test]
    fn a_response_has_a_short_label() {
        const REGISTRATION: &str = Endpoint::Registration.path();
        const INQUIRY: &str = Endpoint::Inquiry.path();
        const PAYMENT: &str = Endpoint::Payment.path();
        let page = "content-type: text/html;charset=UTF-8\n";
        for (target, status, headers, response, expected, refused) in [
            (REGISTRATION, 200, "", r#"{"resultCd":"0000","resultMsg":"SUCCESS"}"#, "0000 SUCCESS", false),
            (REGISTRATION, 503, "", r#"{"resultCd":"9002","resultMsg":"x"}"#, "HTTP 503: 9002 x", true),
            (INQUIRY, 200, "", r#"{"resultCd":"0000","resultMsg":"paid","status":"0"}"#, "0000 paid, status 0", false),
            (REGISTRATION, 200, "", r#"{"resultCd":"00"#, "HTTP 200", false),
            (PAYMENT, 200, page, "<p>", "200 page", false),
            (PAYMENT, 200, "x-sim-diagnosis: a: b\n", "", "HTTP 200", true),
            (
                PAYMENT,
                302,
                "location: http://localhost/kredivo/v2/signin?tk=1\n",
                "/kredivo/v2/signin?tk=1",
                "302 → Kredivo sign-in",
                false,
            ),
            (
                PAYMENT,
                302,
                "location: http://shop.test/kredivo/v2/otp\n",
                "http://shop.test/kredivo/v2/otp",
                "302 → callBackUrl",
                false,
            ),
            ("//nicepay//v2/USERaccountbinding", 404, "", "", "HTTP 404", true),
        ] {
            let entries = [exchange(1, target, Some(status), headers, response)];
            let arrows = Diagram::new(None, &entries, &[], Lang::En).arrows;
            assert_eq!(arrows[1].label, expected, "{target}");
            assert_eq!(arrows[1].marks.contains(&Mark::Refused), refused, "{expected}");
        }
    }
}
