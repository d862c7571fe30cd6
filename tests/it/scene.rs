//! Whom a person at a browser deals with: a simulator, a merchant's web site, and its mailbox.

use nicepay_sim::testing::{Answer, Order, Receiver, Reply, Shop, Simulator};

/// A simulator, a merchant with a web site, and their mailbox for notifications.
pub(crate) struct Scene {
    pub(crate) sim: Simulator,
    pub(crate) shop: Shop,
    pub(crate) site: Receiver,
    pub(crate) mailbox: Receiver,
}

/// An order that was registered.
pub(crate) struct Registered {
    pub(crate) order: Order,
    pub(crate) answer: Reply,
    pub(crate) payment: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::of(Simulator::start())
    }

    pub(crate) fn of(sim: Simulator) -> Self {
        let (shop, site, mailbox) = (sim.shop(), sim.receiver(), sim.receiver());
        Self { sim, shop, site, mailbox }
    }

    pub(crate) fn order(&self, reference_no: &str) -> Order {
        self.order_of(reference_no, 25_145)
    }

    pub(crate) fn order_of(&self, reference_no: &str, amt: u64) -> Order {
        self.shop.order(reference_no, amt).notify(self.mailbox.url())
    }

    /// A page of the shop's, on another site than the simulator, as in life.
    pub(crate) fn page(&self, path: &str) -> String {
        self.site.url().replace("127.0.0.1", "shop.localhost").replace("/notify", path)
    }

    pub(crate) fn register(&self, order: Order) -> Registered {
        let answer = self.shop.register(&order);
        assert_eq!(answer.result_cd(), "0000", "{}", answer.body);
        let payment = self.shop.payment_url(&order, &answer, &self.page("/thanks?order_id=1"));
        Registered { order, answer, payment }
    }

    pub(crate) fn begin(&self, reference_no: &str) -> Registered {
        self.register(self.order(reference_no))
    }

    pub(crate) fn status(&self, registered: &Registered) -> String {
        self.shop.status(&registered.order, &registered.answer)
    }

    /// Registers an order for NICEPAY's own page; `payment` is where the merchant sends the customer.
    pub(crate) fn checkout(&self, order: Order) -> Registered {
        let order = order.with("payMethod", "00").with("callBackUrl", self.page("/thanks?order_id=1"));
        let answer = self.shop.checkout(&order);
        assert_eq!(answer.result_cd(), "0000", "{}", answer.body);
        let payment = self.shop.checkout_url(&answer);
        Registered { order, answer, payment }
    }

    /// Begins to bind an account, and answers with where the customer is sent.
    pub(crate) fn bind(&self, reference_no: &str, callback: Option<&str>) -> String {
        let mut binding = self.shop.binding(reference_no, "+62-81291891818");
        binding["dbProcessUrl"] = self.mailbox.url().into();
        if let Some(path) = callback {
            binding["callBackUrl"] = self.page(path).into();
        }
        let answer = self.shop.bind(binding);
        assert_eq!(answer.result_cd(), "0000", "{}", answer.body);
        answer.json()["redirectUrl"].as_str().unwrap().to_owned()
    }

    /// The shop's site is a page from now on, which a test can recognise.
    pub(crate) fn open_the_site(&self) {
        self.site.answer_with(|_| {
            let headers = vec!["Content-Type: text/html; charset=utf-8".to_owned()];
            let body = "<!doctype html><link rel=icon href=data:,><h1 data-testid=thanks>Thanks</h1>".to_owned();
            Answer { status: 200, headers, body }
        });
    }

    /// The form that a browser posted to the shop's site: its first line, and its fields in order.
    #[track_caller]
    pub(crate) fn posted(&self) -> (String, Vec<(String, String)>) {
        let received = self.site.received();
        let posts: Vec<_> = received.iter().filter(|request| request.head.starts_with("POST ")).collect();
        let [post] = posts[..] else { panic!("{} posts arrived, not one: {received:#?}", posts.len()) };
        (post.head.lines().next().unwrap().to_owned(), post.fields())
    }
}
