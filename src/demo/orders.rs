//! An order, and what may happen to it. The one rule that matters: **goods are packed once, after a notification whose
//! status an inquiry has confirmed**, and for no other reason.

use jiff::{SignedDuration, Timestamp};

use super::catalog::Product;
use super::chaos::Chaos;
use super::nicepay::{Mode, Standing};

/// An order lives that long unpaid (`docs/PROTOCOL.md` §3.2).
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// A notification that has not come so long after an inquiry said "paid" is taken for lost: it usually takes seconds.
const PATIENCE: SignedDuration = SignedDuration::from_mins(1);
/// A registration is answered by then, or never.
const ANSWERED_BY: SignedDuration = SignedDuration::from_mins(1);

/// Where an order stands, as far as the shop knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its registration is on its way.
    Registering,
    /// NICEPAY did not take it: code, text, and why, where a simulator says so.
    Refused { code: String, message: String, why: Option<String> },
    /// Nobody knows whether NICEPAY took it.
    Unanswered(String),
    /// Registered; nothing was heard that would change that.
    Waiting,
    /// The lender looks at it.
    Reviewing,
    /// A notification and an inquiry say that it is paid. The goods are being packed.
    Paid { at: Timestamp, months: String },
    /// The inquiry says that the payment failed.
    Rejected,
    /// Its time is up.
    Expired,
    /// Paid once, and given back.
    Refunded,
    /// NICEPAY does not know it any more.
    Unknown,
}

/// The browser came back. It proves nothing: anybody can type the address.
#[derive(Clone, Debug)]
pub(super) struct Returned {
    /// What it said.
    pub(super) result_cd: String,
    /// What the inquiry said about it at that moment; empty if it could not be made.
    pub(super) status: String,
}

#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) reference_no: String,
    /// The form it came from: pressing twice buys once.
    pub(super) once: String,
    pub(super) product: &'static Product,
    pub(super) quantity: u64,
    pub(super) made_at: Timestamp,
    /// When an inquiry first said that it is paid, and no notification had.
    paid_since: Option<Timestamp>,
    pub(super) mode: Mode,
    pub(super) months: u8,
    pub(super) chaos: Chaos,
    /// NICEPAY's number for it, once it is registered.
    pub(super) t_xid: String,
    pub(super) stage: Stage,
    pub(super) returned: Option<Returned>,
    /// The statuses of notifications that were confirmed: another one of those is a repeat.
    confirmed: Vec<String>,
}

/// What a confirmed standing meant for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is paid now: pack it.
    Fulfilled,
    /// It was paid before: nothing is packed twice.
    AlreadyFulfilled,
    /// It is under review.
    Reviewing,
    /// It failed.
    Rejected,
    /// The money was given back.
    Refunded,
    /// It is still open.
    Nothing,
}

impl Order {
    pub(super) fn new(
        (reference_no, once): (String, String),
        (product, quantity): (&'static Product, u64),
        (mode, months): (Mode, u8),
        chaos: Chaos,
        made_at: Timestamp,
    ) -> Self {
        Self {
            reference_no,
            once,
            product,
            quantity,
            made_at,
            paid_since: None,
            mode,
            months,
            chaos,
            t_xid: String::new(),
            stage: Stage::Registering,
            returned: None,
            confirmed: Vec::new(),
        }
    }

    /// What it costs, in rupiah.
    pub(super) fn total(&self) -> u64 {
        self.product.price * self.quantity
    }

    /// The same as NICEPAY's `amt`.
    pub(super) fn amt(&self) -> String {
        self.total().to_string()
    }

    /// Whether a notification that says `status` was seen and confirmed before: answered with 200, and that is all.
    pub(super) fn has_confirmed(&self, status: &str) -> bool {
        self.confirmed.iter().any(|known| known == status)
    }

    /// A notification said `notified`, and the inquiry that it caused says where the order stands. What the inquiry says
    /// is done; the notification was only the reason to ask.
    pub(super) fn notified(&mut self, notified: &str, standing: &Standing, now: Timestamp) -> Effect {
        if notified == standing.status && !self.has_confirmed(notified) {
            self.confirmed.push(notified.to_owned());
        }
        if standing.status == "0" {
            if matches!(self.stage, Stage::Paid { .. } | Stage::Refunded) {
                return Effect::AlreadyFulfilled;
            }
            self.stage = Stage::Paid { at: now, months: standing.months.clone() };
            return Effect::Fulfilled;
        }
        self.looked_at(standing, now)
    }

    /// What an inquiry changes that no notification caused: everything but "paid", which is left to the notification as
    /// long as that can be on its way. One that is lost must not keep a customer from what was paid for. (Failures are not
    /// notified by the live gateway, `docs/PROTOCOL.md` §2.3, so they have to be seen this way.)
    pub(super) fn looked_at(&mut self, standing: &Standing, now: Timestamp) -> Effect {
        let paid = matches!(self.stage, Stage::Paid { .. } | Stage::Refunded);
        match standing.status.as_str() {
            "1" | "2" => {
                self.stage = Stage::Refunded;
                Effect::Refunded
            }
            _ if paid => Effect::AlreadyFulfilled,
            "0" if now.duration_since(*self.paid_since.get_or_insert(now)) >= PATIENCE => {
                self.stage = Stage::Paid { at: now, months: standing.months.clone() };
                Effect::Fulfilled
            }
            "8" => {
                let over = self.returned.as_ref().is_some_and(|returned| returned.result_cd == "9129");
                self.stage = if over || self.is_over(now) { Stage::Expired } else { Stage::Rejected };
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

    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.made_at) >= LIFETIME
    }

    /// Where it stands now: time may have run out without anybody saying so.
    pub(super) fn stage_at(&self, now: Timestamp) -> Stage {
        match &self.stage {
            // Whoever closes the browser in that moment takes the answer along.
            Stage::Registering if now.duration_since(self.made_at) >= ANSWERED_BY => {
                Stage::Unanswered("the browser went away".to_owned())
            }
            Stage::Waiting if self.is_over(now) && self.returned_status() != "0" => Stage::Expired,
            stage => stage.clone(),
        }
    }

    /// What the inquiry said when the browser came back; empty if it never did.
    pub(super) fn returned_status(&self) -> &str {
        self.returned.as_ref().map_or("", |returned| &returned.status)
    }

    /// Whether the customer went to the lender and gave up.
    pub(super) fn is_abandoned(&self) -> bool {
        let gave_up = |returned: &Returned| returned.result_cd != "0000" && returned.status == "9";
        self.stage == Stage::Waiting && self.returned.as_ref().is_some_and(gave_up)
    }

    /// Whether nothing more is to be expected, so that a page need not look again.
    pub(super) fn is_final(&self, now: Timestamp) -> bool {
        !matches!(self.stage_at(now), Stage::Registering | Stage::Waiting | Stage::Reviewing | Stage::Paid { .. })
    }

    /// Whether NICEPAY took it, and can be asked about it.
    pub(super) fn is_registered(&self) -> bool {
        !self.t_xid.is_empty()
            && !matches!(self.stage, Stage::Registering | Stage::Refused { .. } | Stage::Unanswered(_))
    }

    pub(super) fn is_seamless(&self) -> bool {
        matches!(self.mode, Mode::With { .. })
    }

    pub(super) fn links(&self) -> bool {
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
            (Mode::Once, 1),
            Chaos::AsUsual,
            Timestamp::UNIX_EPOCH,
        );
        order.stage = Stage::Waiting;
        order
    }

    fn standing(status: &str) -> Standing {
        Standing { status: status.to_owned(), months: "3".to_owned() }
    }

    #[test]
    fn only_a_notification_packs_the_goods_and_only_once() {
        let (mut order, now) = (order(), Timestamp::UNIX_EPOCH);
        assert_eq!(order.looked_at(&standing("0"), now), Effect::Nothing);
        assert_eq!(order.stage, Stage::Waiting, "an inquiry alone packs nothing");
        assert_eq!(order.notified("3", &standing("3"), now), Effect::Reviewing);
        assert_eq!(order.notified("0", &standing("0"), now), Effect::Fulfilled);
        assert!(order.has_confirmed("0") && order.has_confirmed("3") && !order.has_confirmed("8"));
        assert_eq!(order.notified("0", &standing("0"), now), Effect::AlreadyFulfilled);
        assert_eq!(order.notified("3", &standing("3"), now), Effect::AlreadyFulfilled, "late, and of no effect");
        assert!(matches!(&order.stage, Stage::Paid { months, .. } if months == "3"));
        assert_eq!(order.notified("2", &standing("2"), now), Effect::Refunded);
        assert_eq!(order.notified("0", &standing("0"), now), Effect::AlreadyFulfilled, "nor after the money went back");
    }

    #[test]
    fn a_forged_status_is_not_remembered_as_confirmed() {
        let (mut order, now) = (order(), Timestamp::UNIX_EPOCH);
        assert_eq!(order.notified("0", &standing("8"), now), Effect::Rejected);
        assert!(!order.has_confirmed("0"), "the true one may still come");
    }

    #[test]
    fn an_unpaid_order_ends_with_its_day() {
        let order = order();
        let day = Timestamp::UNIX_EPOCH + LIFETIME;
        assert_eq!(order.stage_at(day - SignedDuration::from_secs(1)), Stage::Waiting);
        assert_eq!(order.stage_at(day), Stage::Expired);
        let begun = Order { stage: Stage::Registering, ..order };
        assert_eq!(begun.stage_at(Timestamp::UNIX_EPOCH), Stage::Registering);
        assert!(matches!(begun.stage_at(Timestamp::UNIX_EPOCH + ANSWERED_BY), Stage::Unanswered(_)));
    }
}
