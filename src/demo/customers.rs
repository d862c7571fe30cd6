//! The shop's customers and their orders. They are kept in memory, and their number is limited: the oldest are deleted.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use super::exchange_log::ExchangeLog;
use super::nicepay::Response;
use super::orders::Order;

/// The maximum number of customers.
const MAX_CUSTOMERS: usize = 500;
/// The maximum number of orders of one customer.
const MAX_ORDERS: usize = 20;
/// The maximum number of attempts of one customer to link an account.
const MAX_LINKINGS: usize = 5;

/// The four steps of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    BuyAndLink,
    OneClick,
    Unlink,
    Link,
}

impl Step {
    pub(super) const ALL: [Self; 4] = [Self::BuyAndLink, Self::OneClick, Self::Unlink, Self::Link];
}

/// A linked account.
#[derive(Clone, Debug)]
pub(super) struct Linked {
    /// Pays without a login. It is as sensitive as a password: it stays on the server.
    pub(super) user_token: String,
    pub(super) since: Timestamp,
    pub(super) details: Option<Details>,
}

/// The account's details, from `user-details`.
#[derive(Clone, Debug)]
pub(super) struct Details {
    pub(super) name: String,
    /// Masked by Kredivo.
    pub(super) phone: String,
    pub(super) limits: Vec<Limit>,
    pub(super) at: Timestamp,
}

/// The limit for one tenor.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    /// 1 means 30 days.
    pub(super) months: u8,
    /// In rupiah.
    pub(super) remaining: u64,
    pub(super) total: u64,
}

/// An attempt to link an account without a purchase.
#[derive(Clone, Debug)]
pub(super) struct Linking {
    pub(super) reference_no: String,
    pub(super) stage: LinkingStage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LinkingStage {
    /// The customer is on Kredivo's pages.
    Waiting,
    /// The browser has returned; the notification with the token has not arrived.
    Returned,
    /// According to the callback, it failed.
    Failed,
    /// The token is stored.
    Done,
}

#[derive(Clone, Debug)]
pub(super) struct Customer {
    /// The shop's name for the customer, which NICEPAY gets. The cookie stays secret.
    pub(super) client_user_key: String,
    pub(super) orders: VecDeque<Order>,
    pub(super) linked: Option<Linked>,
    pub(super) linkings: VecDeque<Linking>,
    pub(super) done: Vec<Step>,
    pub(super) log: ExchangeLog,
}

impl Customer {
    fn new(client_user_key: String) -> Self {
        Self {
            client_user_key,
            orders: VecDeque::new(),
            linked: None,
            linkings: VecDeque::new(),
            done: Vec::new(),
            log: ExchangeLog::default(),
        }
    }

    pub(super) fn order(&self, reference_no: &str) -> Option<&Order> {
        self.orders.iter().find(|order| order.reference_no == reference_no)
    }

    pub(super) fn order_mut(&mut self, reference_no: &str) -> Option<&mut Order> {
        self.log.touch();
        self.orders.iter_mut().find(|order| order.reference_no == reference_no)
    }

    pub(super) fn linking_mut(&mut self, reference_no: &str) -> Option<&mut Linking> {
        self.log.touch();
        self.linkings.iter_mut().find(|linking| linking.reference_no == reference_no)
    }

    pub(super) fn mark_done(&mut self, step: Step) {
        if !self.done.contains(&step) {
            self.done.push(step);
        }
    }

    /// Stores a token that Kredivo has confirmed.
    pub(super) fn link(&mut self, user_token: &str, response: &Response, now: Timestamp) {
        self.linked = Some(Linked {
            user_token: user_token.to_owned(),
            since: now,
            details: Some(Details::from_response(response, now)),
        });
    }
}

impl Details {
    pub(super) fn from_response(response: &Response, at: Timestamp) -> Self {
        let mut limits: Vec<_> = response.list("limitDetails").iter().filter_map(Limit::from_json).collect();
        limits.sort_by_key(|limit| limit.months);
        Self {
            name: response.text("billingNm").to_owned(),
            phone: response.text("billingPhone").to_owned(),
            limits,
            at,
        }
    }

    /// The shortest tenor whose limit covers an amount.
    pub(super) fn tenor_for(&self, amount: u64) -> Option<u8> {
        self.limits.iter().find(|limit| limit.remaining >= amount).map(|limit| limit.months)
    }
}

impl Limit {
    /// One of `limitDetails` (`docs/PROTOCOL.md` §2.11): `{"paymentType":"3_months","remainingUserLimit":"9649130.00",…}`
    fn from_json(details: &serde_json::Value) -> Option<Self> {
        let text = |name: &str| details.get(name)?.as_str();
        let rupiah = |name| text(name)?.split('.').next()?.parse().ok();
        let months = match text("paymentType")?.split_once('_')? {
            ("30", "days") => 1,
            (months, "months") => months.parse().ok()?,
            _ => return None,
        };
        Some(Self { months, remaining: rupiah("remainingUserLimit")?, total: rupiah("totalUserLimit")? })
    }
}

/// All customers, by cookie.
#[derive(Debug, Default)]
pub(super) struct Customers {
    by_cookie: HashMap<String, Customer>,
    /// The cookies, the oldest first.
    oldest_first: VecDeque<String>,
    /// The cookie of each order and linking: notifications have no cookie.
    owners: HashMap<String, String>,
    /// The merchant's last reset that is known here, as the number of an event; 0 without one.
    reset_upto: u64,
}

impl Customers {
    /// Deletes everything if there was a reset after the last one that is known. Of two looks at the same time, the older
    /// one changes nothing.
    pub(super) fn notice_reset(&mut self, upto: u64) {
        if upto > self.reset_upto {
            self.clear(Some(upto));
        }
    }

    /// Deletes everything.
    pub(super) fn clear(&mut self, upto: Option<u64>) {
        *self = Self { reset_upto: upto.unwrap_or_default().max(self.reset_upto), ..Self::default() };
    }

    pub(super) fn get(&self, cookie: &str) -> Option<&Customer> {
        self.by_cookie.get(cookie)
    }

    pub(super) fn get_mut(&mut self, cookie: &str) -> Option<&mut Customer> {
        self.by_cookie.get_mut(cookie)
    }

    /// Adds a customer.
    pub(super) fn add(&mut self, cookie: String, client_user_key: String) {
        if self.oldest_first.len() >= MAX_CUSTOMERS
            && let Some(first) = self.oldest_first.pop_front()
            && let Some(removed) = self.by_cookie.remove(&first)
        {
            for reference_no in
                removed.orders.iter().map(|o| &o.reference_no).chain(removed.linkings.iter().map(|l| &l.reference_no))
            {
                self.owners.remove(reference_no);
            }
        }
        self.oldest_first.push_back(cookie.clone());
        self.by_cookie.insert(cookie, Customer::new(client_user_key));
    }

    /// The cookie of the customer of an order or linking.
    pub(super) fn owner(&self, reference_no: &str) -> Option<&str> {
        self.owners.get(reference_no).map(String::as_str)
    }

    /// Stores an order. If this form has made one already, returns the number of that one.
    pub(super) fn add_order(&mut self, cookie: &str, order: Order) -> Result<(), String> {
        let Some(customer) = self.by_cookie.get_mut(cookie) else { return Ok(()) };
        if let Some(same) =
            customer.orders.iter().find(|known| !order.form_key.is_empty() && known.form_key == order.form_key)
        {
            return Err(same.reference_no.clone());
        }
        self.owners.insert(order.reference_no.clone(), cookie.to_owned());
        customer.orders.push_front(order);
        if customer.orders.len() > MAX_ORDERS
            && let Some(oldest) = customer.orders.pop_back()
        {
            self.owners.remove(&oldest.reference_no);
        }
        Ok(())
    }

    pub(super) fn add_linking(&mut self, cookie: &str, reference_no: String) {
        let Some(customer) = self.by_cookie.get_mut(cookie) else { return };
        self.owners.insert(reference_no.clone(), cookie.to_owned());
        customer.linkings.push_front(Linking { reference_no, stage: LinkingStage::Waiting });
        if customer.linkings.len() > MAX_LINKINGS
            && let Some(oldest) = customer.linkings.pop_back()
        {
            self.owners.remove(&oldest.reference_no);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::catalog::PRODUCTS;
    use crate::demo::chaos::Chaos;
    use crate::demo::nicepay::Mode;

    fn order(reference_no: &str, form_key: &str) -> Order {
        let names = (reference_no.to_owned(), form_key.to_owned());
        Order::new(names, (&PRODUCTS[0], 1), (Mode::Login, 1), Chaos::Normal, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn customers_and_their_orders_are_bounded_and_no_owner_is_left_behind() {
        let mut customers = Customers::default();
        for i in 0..MAX_CUSTOMERS + 10 {
            customers.add(format!("cookie-{i}"), format!("key-{i}"));
            for j in 0..=MAX_ORDERS {
                customers.add_order(&format!("cookie-{i}"), order(&format!("order-{i}-{j}"), "")).unwrap();
            }
            for j in 0..=MAX_LINKINGS {
                customers.add_linking(&format!("cookie-{i}"), format!("link-{i}-{j}"));
            }
        }
        assert_eq!((customers.by_cookie.len(), customers.oldest_first.len()), (MAX_CUSTOMERS, MAX_CUSTOMERS));
        assert_eq!(customers.owners.len(), MAX_CUSTOMERS * (MAX_ORDERS + MAX_LINKINGS));
        assert_eq!(customers.owner("order-0-5"), None);
        assert_eq!(customers.owner("order-20-0"), None, "the oldest of a customer's orders");
        assert_eq!(customers.owner("order-20-1"), Some("cookie-20"));
    }

    #[test]
    fn a_reset_is_noticed_once() {
        let mut customers = Customers::default();
        let add = |customers: &mut Customers, cookie: &str| customers.add(cookie.to_owned(), "key".to_owned());
        add(&mut customers, "first");
        customers.notice_reset(0);
        assert!(customers.get("first").is_some(), "there was none");
        customers.notice_reset(7);
        assert!(customers.get("first").is_none());
        add(&mut customers, "second");
        customers.notice_reset(7);
        customers.notice_reset(3);
        assert!(customers.get("second").is_some(), "an older look");
        customers.clear(None);
        assert!(customers.get("second").is_none());
        assert_eq!(customers.reset_upto, 7);
    }

    #[test]
    fn one_form_makes_one_order() {
        let mut customers = Customers::default();
        customers.add("cookie".to_owned(), "key".to_owned());
        assert_eq!(customers.add_order("cookie", order("first", "form")), Ok(()));
        assert_eq!(customers.add_order("cookie", order("second", "form")), Err("first".to_owned()));
        assert_eq!(customers.add_order("cookie", order("third", "other form")), Ok(()));
    }
}
