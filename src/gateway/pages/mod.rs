//! The endpoints that the customer's browser visits, and the pages that it sees there.

pub(super) mod assets;
pub(super) mod binding_return;
pub(super) mod checkout_page;
mod frame;
mod no_choice_page;
pub(super) mod payment;
pub(super) mod payment_return;
mod post_back;
mod returning_browser;

pub(super) use returning_browser::ReturningBrowser;
