//! Orders and their states. The most important rule: **goods are packed once, after a notification whose status an
//! inquiry has confirmed**.

use jiff::{SignedDuration, Timestamp};

use super::catalog::Product;
use super::chaos::Chaos;
use super::nicepay::{Mode, PaymentStatus};

/// An unpaid order expires after this time (`docs/PROTOCOL.md` §3.2).
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// After an inquiry says "paid", the shop waits this long for the notification. Then the notification counts as lost.
const NOTIFICATION_TIMEOUT: SignedDuration = SignedDuration::from_mins(1);
/// A registration is answered within this time, or never.
const REGISTRATION_TIMEOUT: SignedDuration = SignedDuration::from_mins(1);

/// The stage of an order, as far as the shop knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Registering,
    /// NICEPAY refused it. Only the simulator sends a diagnosis.
    Refused {
        code: String,
        message: String,
        diagnosis: Option<String>,
    },
    /// The registration got no usable response: NICEPAY may have accepted it.
    Unanswered(String),
    /// Registered and not paid.
    Waiting,
    Reviewing,
    /// A notification and an inquiry say "paid". The goods are being packed.
    Paid {
        at: Timestamp,
        months: String,
    },
    Rejected,
    Expired,
    Refunded,
    /// NICEPAY does not know it, or no longer.
    Unknown,
}

/// The callback of an order. It proves nothing: anyone can open its address.
#[derive(Clone, Debug)]
pub(super) struct CallbackResult {
    pub(super) result_cd: String,
    /// The status of the inquiry that followed; empty if that failed.
    pub(super) status: String,
}

#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) reference_no: String,
    /// The key of the form: submitting it twice makes one order.
    pub(super) form_key: String,
    pub(super) product: &'static Product,
    pub(super) quantity: u64,
    pub(super) made_at: Timestamp,
    /// When an inquiry first said "paid" before a notification did.
    paid_since: Option<Timestamp>,
    pub(super) mode: Mode,
    pub(super) months: u8,
    pub(super) chaos: Chaos,
    /// Empty before the order is registered.
    pub(super) t_xid: String,
    pub(super) stage: Stage,
    pub(super) callback: Option<CallbackResult>,
    /// The statuses of confirmed notifications, and how often each was sent. Another one with the same status is a repeat.
    confirmed: Vec<(String, u32)>,
    /// The last notification whose status the inquiry did not confirm.
    pub(super) forged: Option<Forged>,
}

/// A notification that says something untrue, with a valid merchantToken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Forged {
    /// The status that it claims. It comes from somebody else, so it is cut.
    pub(super) claimed: String,
    /// The status of the inquiry.
    pub(super) real: String,
}

/// The effect of a payment status on an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is paid now: the goods are packed.
    Fulfilled,
    /// It was paid before: the goods are not packed again.
    AlreadyFulfilled,
    Reviewing,
    Rejected,
    Refunded,
    Nothing,
}

impl Order {
    pub(super) fn new(
        (reference_no, form_key): (String, String),
        (product, quantity): (&'static Product, u64),
        (mode, months): (Mode, u8),
        chaos: Chaos,
        made_at: Timestamp,
    ) -> Self {
        Self {
            reference_no,
            form_key,
            product,
            quantity,
            made_at,
            paid_since: None,
            mode,
            months,
            chaos,
            t_xid: String::new(),
            stage: Stage::Registering,
            callback: None,
            confirmed: Vec::new(),
            forged: None,
        }
    }

    /// In rupiah.
    pub(super) fn total(&self) -> u64 {
        self.product.price * self.quantity
    }

    /// The total as NICEPAY's `amt`.
    pub(super) fn amt(&self) -> String {
        self.total().to_string()
    }

    /// Whether a notification with this status was confirmed before.
    pub(super) fn has_confirmed(&self, status: &str) -> bool {
        self.times_confirmed(status) > 0
    }

    /// How many confirmed notifications had this status.
    pub(super) fn times_confirmed(&self, status: &str) -> u32 {
        self.confirmed.iter().find(|(known, _)| known == status).map_or(0, |(_, times)| *times)
    }

    /// Counts a confirmed notification.
    pub(super) fn count_confirmed(&mut self, status: &str) {
        match self.confirmed.iter_mut().find(|(known, _)| known == status) {
            Some((_, times)) => *times = times.saturating_add(1),
            None => self.confirmed.push((status.to_owned(), 1)),
        }
    }

    /// Applies a notification that claims `claimed`. What counts is the status of the inquiry; the notification is only
    /// the reason to send it.
    pub(super) fn apply_notification(&mut self, claimed: &str, status: &PaymentStatus, now: Timestamp) -> Effect {
        if claimed == status.status {
            self.count_confirmed(claimed);
        }
        if status.status == "0" {
            if matches!(self.stage, Stage::Paid { .. } | Stage::Refunded) {
                return Effect::AlreadyFulfilled;
            }
            self.stage = Stage::Paid { at: now, months: status.months.clone() };
            return Effect::Fulfilled;
        }
        self.apply_inquiry(status, now)
    }

    /// Applies an inquiry without a notification. It changes everything except "paid": for that the shop waits for the
    /// notification, until [`NOTIFICATION_TIMEOUT`]. A lost notification must not keep a customer from the goods. (The live
    /// gateway does not notify of failures, `docs/PROTOCOL.md` §2.3: the shop learns of them only here.)
    pub(super) fn apply_inquiry(&mut self, status: &PaymentStatus, now: Timestamp) -> Effect {
        let paid = matches!(self.stage, Stage::Paid { .. } | Stage::Refunded);
        match status.status.as_str() {
            "1" | "2" => {
                self.stage = Stage::Refunded;
                Effect::Refunded
            }
            _ if paid => Effect::AlreadyFulfilled,
            "0" if now.duration_since(*self.paid_since.get_or_insert(now)) >= NOTIFICATION_TIMEOUT => {
                self.stage = Stage::Paid { at: now, months: status.months.clone() };
                Effect::Fulfilled
            }
            "8" => {
                let expired = self.callback.as_ref().is_some_and(|callback| callback.result_cd == "9129");
                self.stage = if expired || self.is_past_lifetime(now) { Stage::Expired } else { Stage::Rejected };
                Effect::Rejected
            }
            "3" => {
                self.stage = Stage::Reviewing;
                Effect::Reviewing
            }
            _ => {
                self.stage = Stage::Waiting;
                Effect::Nothing
            }
        }
    }

    fn is_past_lifetime(&self, now: Timestamp) -> bool {
        now.duration_since(self.made_at) >= LIFETIME
    }

    /// The stage at a given time: an order also expires without a message from NICEPAY.
    pub(super) fn stage_at(&self, now: Timestamp) -> Stage {
        match &self.stage {
            // If the browser closes the connection, the handler stops before the response arrives.
            Stage::Registering if now.duration_since(self.made_at) >= REGISTRATION_TIMEOUT => {
                Stage::Unanswered("the browser closed the connection".to_owned())
            }
            Stage::Waiting if self.is_past_lifetime(now) && self.status_at_callback() != "0" => Stage::Expired,
            stage => stage.clone(),
        }
    }

    /// The status of the inquiry after the callback; empty without one.
    pub(super) fn status_at_callback(&self) -> &str {
        self.callback.as_ref().map_or("", |callback| &callback.status)
    }

    /// Whether the customer cancelled on the lender's pages.
    pub(super) fn is_abandoned(&self) -> bool {
        let cancelled = |callback: &CallbackResult| callback.result_cd != "0000" && callback.status == "9";
        self.stage == Stage::Waiting && self.callback.as_ref().is_some_and(cancelled)
    }

    /// Whether the order cannot change any more, so that its page needs no refresh.
    pub(super) fn is_final(&self, now: Timestamp) -> bool {
        !matches!(self.stage_at(now), Stage::Registering | Stage::Waiting | Stage::Reviewing | Stage::Paid { .. })
    }

    /// Whether NICEPAY has accepted it, so that an inquiry is possible.
    pub(super) fn is_registered(&self) -> bool {
        !self.t_xid.is_empty()
            && !matches!(self.stage, Stage::Registering | Stage::Refused { .. } | Stage::Unanswered(_))
    }

    pub(super) fn is_seamless(&self) -> bool {
        matches!(self.mode, Mode::Token { .. })
    }

    pub(super) fn is_linking(&self) -> bool {
        matches!(self.mode, Mode::Link { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::catalog::PRODUCTS;

    fn order() -> Order {
        let mut order = Order::new(
            ("TT-1".to_owned(), "once".to_owned()),
            (&PRODUCTS[0], 2),
            (Mode::Login, 1),
            Chaos::Normal,
            Timestamp::UNIX_EPOCH,
        );
        order.stage = Stage::Waiting;
        order
    }

    fn payment_status(status: &str) -> PaymentStatus {
        PaymentStatus { status: status.to_owned(), months: "3".to_owned() }
    }

    #[test]
    fn only_a_notification_packs_the_goods_and_only_once() {
        let (mut order, now) = (order(), Timestamp::UNIX_EPOCH);
        assert_eq!(order.apply_inquiry(&payment_status("0"), now), Effect::Nothing);
        assert_eq!(order.stage, Stage::Waiting, "an inquiry alone packs nothing");
        assert_eq!(order.apply_notification("3", &payment_status("3"), now), Effect::Reviewing);
        assert_eq!(order.apply_notification("0", &payment_status("0"), now), Effect::Fulfilled);
        assert!(order.has_confirmed("0") && order.has_confirmed("3") && !order.has_confirmed("8"));
        assert_eq!((order.times_confirmed("0"), order.times_confirmed("8")), (1, 0));
        assert_eq!(order.apply_notification("0", &payment_status("0"), now), Effect::AlreadyFulfilled);
        assert_eq!(
            order.apply_notification("3", &payment_status("3"), now),
            Effect::AlreadyFulfilled,
            "late, and of no effect"
        );
        assert!(matches!(&order.stage, Stage::Paid { months, .. } if months == "3"));
        assert_eq!(order.apply_notification("2", &payment_status("2"), now), Effect::Refunded);
        assert_eq!(
            order.apply_notification("0", &payment_status("0"), now),
            Effect::AlreadyFulfilled,
            "nor after the money went back"
        );
    }

    #[test]
    fn a_forged_status_is_not_remembered_as_confirmed() {
        let (mut order, now) = (order(), Timestamp::UNIX_EPOCH);
        assert_eq!(order.apply_notification("0", &payment_status("8"), now), Effect::Rejected);
        assert!(!order.has_confirmed("0"), "the true one may still come");
    }

    #[test]
    fn an_unpaid_order_expires_after_24_hours() {
        let order = order();
        let day = Timestamp::UNIX_EPOCH + LIFETIME;
        assert_eq!(order.stage_at(day - SignedDuration::from_secs(1)), Stage::Waiting);
        assert_eq!(order.stage_at(day), Stage::Expired);
        let unanswered = Order { stage: Stage::Registering, ..order };
        assert_eq!(unanswered.stage_at(Timestamp::UNIX_EPOCH), Stage::Registering);
        assert!(matches!(unanswered.stage_at(Timestamp::UNIX_EPOCH + REGISTRATION_TIMEOUT), Stage::Unanswered(_)));
    }
}
