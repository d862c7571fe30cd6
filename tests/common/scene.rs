//! Whom a customer deals with: a simulator, a merchant's web site, and its mailbox.

use nicepay_sim::testing::{Order, Receiver, Reply, Shop, Simulator};

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
}
