//! The merchant's web site, as a person at a browser meets it.

use nicepay_sim::testing::{Answer, Order};

use crate::common::scene::{Registered, Scene};

impl Scene {
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
