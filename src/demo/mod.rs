//! The demo shop: **a merchant like any other**, and the reference for an integration. It calls the gateway over HTTP,
//! signs its own requests, and uses no code of the simulator. To integrate NICEPAY, port [`nicepay`] and [`merchant`]; the
//! rest is a small shop around them.
//!
//! * `nicepay/`: signs requests, calls NICEPAY, and reads notifications
//! * `merchant/`: buys, links and unlinks; handles callbacks and notifications
//! * `orders`, `customers`, `catalog`: the shop's data
//! * `pages/`: one file for each page; `callbacks`: the addresses for NICEPAY and returning browsers; `browser`: the browser
//!   of a request
//! * `exchange_log`, `exchange_text`: the requests shown in the panel "Behind the scenes"
//! * `chaos`, `options`: the demo options at checkout, and the buttons of an order's page
//! * `simulator`: the control API, for the demo options, the explanations and "Start over"
//! * `reset`: the shop forgets everything when its merchant is reset

mod browser;
mod callbacks;
mod catalog;
mod chaos;
mod customers;
mod exchange_log;
mod exchange_text;
mod merchant;
mod nicepay;
mod options;
mod orders;
mod pages;
mod reset;
mod simulator;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::HttpRequest;
use actix_web::web::{self, ServiceConfig};

use self::customers::Customers;
use crate::body::BodyLimits;
use crate::clock::{Clock, Timestamp};
use crate::entropy::Entropy;
use crate::locks::IgnorePoison;
use crate::paths;

/// The settings of the shop.
#[derive(Debug)]
pub struct Setup {
    /// The address where the simulator listens. The shop is a client of it, and part of the same server.
    pub address: SocketAddr,
    /// `--public-url`: the address of both for browsers.
    pub public_url: Option<String>,
    /// The shop's iMid.
    pub i_mid: String,
    /// The shop's merchantKey.
    pub merchant_key: String,
    /// The simulator's clock: for timeStamps, and for the expiry of orders.
    pub clock: Arc<Clock>,
    /// The limits of a form or a notification.
    pub limits: BodyLimits,
}

/// The shop.
#[derive(Debug)]
pub struct Demo {
    nicepay: nicepay::Client,
    simulator: simulator::Simulator,
    customers: Mutex<Customers>,
    clock: Arc<Clock>,
    entropy: Entropy,
    drawn: AtomicU64,
    own: String,
    public_url: Option<String>,
    limits: BodyLimits,
}

/// A notification has about one kilobyte, a form less.
const MAX_BODY: usize = 64 * 1024;

impl Demo {
    /// Creates the shop.
    ///
    /// # Errors
    /// If no HTTP client can be created.
    pub fn new(setup: Setup) -> Result<Self, reqwest::Error> {
        let own = format!("http://{}", reachable_address(setup.address));
        let key = nicepay::Key::new(setup.merchant_key);
        Ok(Self {
            nicepay: nicepay::Client::new(own.clone(), setup.i_mid, key)?,
            simulator: simulator::Simulator::new(own.clone())?,
            customers: Mutex::default(),
            clock: setup.clock,
            // Not the simulator's seed: that is public, and cookies drawn from it could be guessed.
            entropy: Entropy::seeded(Entropy::fresh_seed()),
            drawn: AtomicU64::new(0),
            own,
            public_url: setup.public_url,
            limits: BodyLimits { bytes: setup.limits.bytes.min(MAX_BODY), ..setup.limits },
        })
    }

    /// Reads or changes the customers. No request is sent meanwhile.
    fn customers<T>(&self, with: impl FnOnce(&mut Customers) -> T) -> T {
        with(&mut self.customers.lock().ignore_poison())
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// 32 random hexadecimal digits.
    fn draw(&self, purpose: &str) -> String {
        self.entropy.hex(&["demo", purpose, &self.drawn.fetch_add(1, Ordering::Relaxed).to_string()])
    }

    /// An unused referenceNo: `TT-260101-3F9A0C7B`.
    fn reference_no(&self, customers: &Customers) -> String {
        let day = nicepay::in_jakarta(self.now()).strftime("%y%m%d").to_string();
        loop {
            let reference_no = format!("TT-{day}-{}", self.draw("reference")[..8].to_uppercase());
            if customers.owner(&reference_no).is_none() {
                return reference_no;
            }
        }
    }

    /// A URL of the shop for NICEPAY's server.
    fn own_url(&self, path: &str) -> String {
        format!("{}{path}", self.own)
    }
}

/// The address to call, for an address to listen on.
fn reachable_address(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listens.port())
}

/// The shop's routes.
pub fn routes(demo: web::Data<Demo>, config: &mut ServiceConfig) {
    let resource = |path: &str, methods: &'static str| {
        let other = move |demo: web::Data<Demo>, request: HttpRequest| async move {
            pages::error_page::method_not_allowed(&demo, &request, methods).await
        };
        web::resource(path).default_service(web::to(other))
    };
    let (get, post) = (|path| resource(path, "GET"), |path| resource(path, "POST"));
    let shop = web::scope(paths::DEMO)
        .service(get("").route(web::get().to(pages::home::add_slash)))
        .service(get("/").route(web::get().to(pages::home::show)))
        .service(get("/products/{slug}").route(web::get().to(pages::product::show)))
        .service(get("/checkout").route(web::get().to(pages::checkout::show)))
        .service(post("/orders").route(web::post().to(pages::checkout::buy)))
        .service(get("/orders/{referenceNo}").route(web::get().to(pages::order::show)))
        .service(post("/orders/{referenceNo}/pay").route(web::post().to(pages::order::pay)))
        .service(post("/orders/{referenceNo}/check").route(web::post().to(pages::order::check)))
        .service(post("/orders/{referenceNo}/approve").route(web::post().to(pages::order::approve)))
        .service(post("/orders/{referenceNo}/reject").route(web::post().to(pages::order::reject)))
        .service(post("/orders/{referenceNo}/deliver").route(web::post().to(pages::order::deliver)))
        .service(get("/account").route(web::get().to(pages::account::show)))
        .service(post("/account/link").route(web::post().to(pages::account::link)))
        .service(post("/account/unlink").route(web::post().to(pages::account::unlink)))
        .service(post("/account/limits").route(web::post().to(pages::account::refresh_limits)))
        .service(
            resource("/start-over", "GET, POST")
                .route(web::get().to(pages::start_over::show))
                .route(web::post().to(pages::start_over::start_over)),
        )
        .service(get("/pulse").route(web::get().to(pages::assets::pulse)))
        .service(get("/assets/{file}").route(web::get().to(pages::assets::file)))
        .service(
            resource("/nicepay/return/{referenceNo}", "GET, POST")
                .route(web::get().to(callbacks::payment_return))
                .route(web::post().to(callbacks::payment_return)),
        )
        .service(
            resource("/nicepay/linked/{referenceNo}", "GET, POST")
                .route(web::get().to(callbacks::binding_return))
                .route(web::post().to(callbacks::binding_return)),
        )
        .service(post("/nicepay/notification").route(web::post().to(callbacks::payment_notification)))
        .service(post("/nicepay/binding").route(web::post().to(callbacks::binding_notification)))
        .app_data(demo)
        .default_service(web::to(pages::error_page::unknown_page));
    config.service(shop);
}
