//! Who has been here, and what they bought: in memory, and bounded, as anybody may come. Who was here first goes first.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use super::nicepay::Answer;
use super::orders::Order;
use super::wire::Wire;

/// So many customers are remembered,
const MOST_CUSTOMERS: usize = 500;
/// and so many orders of each,
const MOST_ORDERS: usize = 20;
/// and so many attempts to link an account.
const MOST_BINDINGS: usize = 5;

/// The four things that this shop shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Buying, and linking the account with it.
    BuyAndLink,
    /// Buying in one click.
    OneClick,
    /// Linking without buying.
    Link,
    /// Unlinking.
    Unlink,
}

impl Step {
    pub(super) const ALL: [Self; 4] = [Self::BuyAndLink, Self::OneClick, Self::Link, Self::Unlink];
}

/// A linked account.
#[derive(Clone, Debug)]
pub(super) struct Linked {
    /// What pays without a page. It is worth as much as a password: it stays on the server.
    pub(super) user_token: String,
    pub(super) since: Timestamp,
    /// What Kredivo said about the account, and when.
    pub(super) details: Option<Details>,
}

/// What `user-details` says, as far as it is shown.
#[derive(Clone, Debug)]
pub(super) struct Details {
    pub(super) name: String,
    /// Masked by Kredivo.
    pub(super) phone: String,
    pub(super) limits: Vec<Limit>,
    pub(super) at: Timestamp,
}

/// What may still be spent with one tenor.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    /// 1 is "30 days".
    pub(super) months: u8,
    /// Whole rupiah.
    pub(super) remaining: u64,
    pub(super) total: u64,
}

/// An account on its way to being linked without buying.
#[derive(Clone, Debug)]
pub(super) struct Linking {
    pub(super) reference_no: String,
    pub(super) stage: LinkingStage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LinkingStage {
    /// The customer is at Kredivo.
    Waiting,
    /// The browser says that it is done; the notification with the token has not come.
    Back,
    /// The browser says that it came to nothing.
    Failed,
    /// The token is here.
    Done,
}

#[derive(Clone, Debug)]
pub(super) struct Customer {
    /// Our name for the customer, which NICEPAY is told: not the cookie, which nobody is told.
    pub(super) client_user_key: String,
    pub(super) orders: VecDeque<Order>,
    pub(super) linked: Option<Linked>,
    pub(super) linkings: VecDeque<Linking>,
    pub(super) done: Vec<Step>,
    pub(super) wire: Wire,
}

impl Customer {
    fn new(client_user_key: String) -> Self {
        Self {
            client_user_key,
            orders: VecDeque::new(),
            linked: None,
            linkings: VecDeque::new(),
            done: Vec::new(),
            wire: Wire::default(),
        }
    }

    pub(super) fn order(&self, reference_no: &str) -> Option<&Order> {
        self.orders.iter().find(|order| order.reference_no == reference_no)
    }

    pub(super) fn order_mut(&mut self, reference_no: &str) -> Option<&mut Order> {
        self.wire.touch();
        self.orders.iter_mut().find(|order| order.reference_no == reference_no)
    }

    pub(super) fn linking_mut(&mut self, reference_no: &str) -> Option<&mut Linking> {
        self.wire.touch();
        self.linkings.iter_mut().find(|linking| linking.reference_no == reference_no)
    }

    pub(super) fn has_done(&mut self, step: Step) {
        if !self.done.contains(&step) {
            self.done.push(step);
        }
    }

    /// Keeps a token that Kredivo vouches for.
    pub(super) fn link(&mut self, user_token: &str, answer: &Answer, now: Timestamp) {
        self.linked =
            Some(Linked { user_token: user_token.to_owned(), since: now, details: Some(Details::of(answer, now)) });
    }
}

impl Details {
    pub(super) fn of(answer: &Answer, at: Timestamp) -> Self {
        let mut limits: Vec<_> = answer.list("limitDetails").iter().filter_map(Limit::of).collect();
        limits.sort_by_key(|limit| limit.months);
        Self { name: answer.text("billingNm").to_owned(), phone: answer.text("billingPhone").to_owned(), limits, at }
    }

    /// The shortest tenor that an amount fits into.
    pub(super) fn tenor_for(&self, amount: u64) -> Option<u8> {
        self.limits.iter().find(|limit| limit.remaining >= amount).map(|limit| limit.months)
    }
}

impl Limit {
    /// One of `limitDetails` (`docs/PROTOCOL.md` §2.11): `{"paymentType":"3_months","remainingUserLimit":"9649130.00",…}`
    fn of(details: &serde_json::Value) -> Option<Self> {
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

/// All of them, by their cookie.
#[derive(Debug, Default)]
pub(super) struct Customers {
    by_cookie: HashMap<String, Customer>,
    arrivals: VecDeque<String>,
    /// Whose an order, or an attempt to link, is: notifications bring no cookie.
    owners: HashMap<String, String>,
}

impl Customers {
    pub(super) fn get(&self, cookie: &str) -> Option<&Customer> {
        self.by_cookie.get(cookie)
    }

    pub(super) fn get_mut(&mut self, cookie: &str) -> Option<&mut Customer> {
        self.by_cookie.get_mut(cookie)
    }

    /// Welcomes somebody new.
    pub(super) fn add(&mut self, cookie: String, client_user_key: String) {
        if self.arrivals.len() >= MOST_CUSTOMERS
            && let Some(first) = self.arrivals.pop_front()
            && let Some(gone) = self.by_cookie.remove(&first)
        {
            for reference_no in
                gone.orders.iter().map(|o| &o.reference_no).chain(gone.linkings.iter().map(|l| &l.reference_no))
            {
                self.owners.remove(reference_no);
            }
        }
        self.arrivals.push_back(cookie.clone());
        self.by_cookie.insert(cookie, Customer::new(client_user_key));
    }

    /// The cookie of whoever has an order, or an attempt to link.
    pub(super) fn owner(&self, reference_no: &str) -> Option<&str> {
        self.owners.get(reference_no).map(String::as_str)
    }

    /// Keeps an order, unless this form has made one already: then its number.
    pub(super) fn keep_order(&mut self, cookie: &str, order: Order) -> Result<(), String> {
        let Some(customer) = self.by_cookie.get_mut(cookie) else { return Ok(()) };
        if let Some(same) = customer.orders.iter().find(|known| !order.once.is_empty() && known.once == order.once) {
            return Err(same.reference_no.clone());
        }
        self.owners.insert(order.reference_no.clone(), cookie.to_owned());
        customer.orders.push_front(order);
        if customer.orders.len() > MOST_ORDERS
            && let Some(oldest) = customer.orders.pop_back()
        {
            self.owners.remove(&oldest.reference_no);
        }
        Ok(())
    }

    pub(super) fn keep_linking(&mut self, cookie: &str, reference_no: String) {
        let Some(customer) = self.by_cookie.get_mut(cookie) else { return };
        self.owners.insert(reference_no.clone(), cookie.to_owned());
        customer.linkings.push_front(Linking { reference_no, stage: LinkingStage::Waiting });
        if customer.linkings.len() > MOST_BINDINGS
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

    fn order(reference_no: &str, once: &str) -> Order {
        let names = (reference_no.to_owned(), once.to_owned());
        Order::new(names, (&PRODUCTS[0], 1), (Mode::Once, 1), Chaos::AsUsual, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn customers_and_their_orders_are_bounded_and_nothing_points_at_who_is_gone() {
        let mut customers = Customers::default();
        for i in 0..MOST_CUSTOMERS + 10 {
            customers.add(format!("cookie-{i}"), format!("key-{i}"));
            for j in 0..=MOST_ORDERS {
                customers.keep_order(&format!("cookie-{i}"), order(&format!("order-{i}-{j}"), "")).unwrap();
            }
            for j in 0..=MOST_BINDINGS {
                customers.keep_linking(&format!("cookie-{i}"), format!("link-{i}-{j}"));
            }
        }
        assert_eq!((customers.by_cookie.len(), customers.arrivals.len()), (MOST_CUSTOMERS, MOST_CUSTOMERS));
        assert_eq!(customers.owners.len(), MOST_CUSTOMERS * (MOST_ORDERS + MOST_BINDINGS));
        assert_eq!(customers.owner("order-0-5"), None);
        assert_eq!(customers.owner("order-20-0"), None, "the oldest of a customer's orders");
        assert_eq!(customers.owner("order-20-1"), Some("cookie-20"));
    }

    #[test]
    fn one_form_makes_one_order() {
        let mut customers = Customers::default();
        customers.add("cookie".to_owned(), "key".to_owned());
        assert_eq!(customers.keep_order("cookie", order("first", "form")), Ok(()));
        assert_eq!(customers.keep_order("cookie", order("second", "form")), Err("first".to_owned()));
        assert_eq!(customers.keep_order("cookie", order("third", "other form")), Ok(()));
    }
}
