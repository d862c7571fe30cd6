//! A demo shop: **a merchant like any other**, and the reference for how one integrates. It talks to the gateway over HTTP,
//! signs for itself, and uses nothing of the simulator's inside. What a merchant would port is [`nicepay`] and
//! [`merchant`]; the rest is a small shop around it.
//!
//! * `nicepay/`: signing, asking, and reading notifications
//! * `merchant`: what is done when somebody buys, comes back, is notified of, links, unlinks
//! * `orders`, `customers`, `catalog`: the shop's memory and goods
//! * `pages/`: one file a page; `callbacks`: where NICEPAY and returning browsers arrive; `browser`: who asks
//! * `wire`: the panel "Behind the shop"
//! * `chaos`: the sales engineer's switches, the only part that knows the control API

mod browser;
mod callbacks;
mod catalog;
mod chaos;
mod customers;
mod merchant;
mod nicepay;
mod orders;
mod pages;
mod wire;

use std::future::ready;
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

/// What the shop is made of.
#[derive(Debug)]
pub struct Setup {
    /// Where the simulator listens: the shop is a client of it, and a part of its server.
    pub address: SocketAddr,
    /// `--public-url`: how browsers reach both.
    pub public_url: Option<String>,
    /// The merchant's name at NICEPAY.
    pub i_mid: String,
    /// Its key.
    pub merchant_key: String,
    /// One machine, one clock. It writes timeStamps and tells when an order's day is over.
    pub clock: Arc<Clock>,
    /// What a form, or a notification, may be.
    pub limits: BodyLimits,
}

/// The shop.
#[derive(Debug)]
pub struct Demo {
    nicepay: nicepay::Client,
    simulator: chaos::Simulator,
    customers: Mutex<Customers>,
    clock: Arc<Clock>,
    entropy: Entropy,
    drawn: AtomicU64,
    own: String,
    public_url: Option<String>,
    limits: BodyLimits,
}

/// A notification is a kilobyte, a form less.
const LONGEST_BODY: usize = 64 * 1024;

impl Demo {
    /// Opens the shop.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(setup: Setup) -> Result<Self, reqwest::Error> {
        let own = format!("http://{}", reachable(setup.address));
        let key = nicepay::Key::new(setup.merchant_key);
        Ok(Self {
            nicepay: nicepay::Client::new(own.clone(), setup.i_mid, key)?,
            simulator: chaos::Simulator::new(own.clone())?,
            customers: Mutex::default(),
            clock: setup.clock,
            // Chance of its own, and not the simulator's: that seed is shown to everybody, and a cookie drawn from it
            // could be guessed.
            entropy: Entropy::seeded(Entropy::fresh_seed()),
            drawn: AtomicU64::new(0),
            own,
            public_url: setup.public_url,
            limits: BodyLimits { bytes: setup.limits.bytes.min(LONGEST_BODY), ..setup.limits },
        })
    }

    /// Looks at, or changes, what the shop remembers. Nothing is sent meanwhile.
    fn customers<T>(&self, with: impl FnOnce(&mut Customers) -> T) -> T {
        with(&mut self.customers.lock().ignore_poison())
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// 32 hexadecimal digits that nobody has had before.
    fn draw(&self, purpose: &str) -> String {
        self.entropy.hex(&["demo", purpose, &self.drawn.fetch_add(1, Ordering::Relaxed).to_string()])
    }

    /// A referenceNo that no order has: `TT-260101-3F9A0C7B`.
    fn reference_no(&self, customers: &Customers) -> String {
        let day = nicepay::in_jakarta(self.now()).strftime("%y%m%d").to_string();
        loop {
            let reference_no = format!("TT-{day}-{}", self.draw("reference")[..8].to_uppercase());
            if customers.owner(&reference_no).is_none() {
                return reference_no;
            }
        }
    }

    /// Where NICEPAY's server reaches the shop's.
    fn own_url(&self, path: &str) -> String {
        format!("{}{path}", self.own)
    }
}

/// An address to call, of one to listen on.
fn reachable(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listens.port())
}

/// The shop's routes.
pub fn routes(demo: web::Data<Demo>, config: &mut ServiceConfig) {
    let resource = |path: &str, verbs: &'static str| {
        let other =
            move |demo: web::Data<Demo>, request: HttpRequest| ready(pages::notice::wrong_verb(&demo, &request, verbs));
        web::resource(path).default_service(web::to(other))
    };
    let (read, pressed) = (|path| resource(path, "GET"), |path| resource(path, "POST"));
    let shop = web::scope(paths::DEMO)
        .service(read("").route(web::get().to(pages::home::from_outside)))
        .service(read("/").route(web::get().to(pages::home::show)))
        .service(read("/products/{slug}").route(web::get().to(pages::product::show)))
        .service(read("/checkout").route(web::get().to(pages::checkout::show)))
        .service(pressed("/orders").route(web::post().to(pages::checkout::buy)))
        .service(read("/orders/{referenceNo}").route(web::get().to(pages::order::show)))
        .service(pressed("/orders/{referenceNo}/pay").route(web::post().to(pages::order::pay)))
        .service(pressed("/orders/{referenceNo}/check").route(web::post().to(pages::order::check)))
        .service(pressed("/orders/{referenceNo}/approve").route(web::post().to(pages::order::approve)))
        .service(pressed("/orders/{referenceNo}/reject").route(web::post().to(pages::order::reject)))
        .service(read("/account").route(web::get().to(pages::account::show)))
        .service(pressed("/account/link").route(web::post().to(pages::account::link)))
        .service(pressed("/account/unlink").route(web::post().to(pages::account::unlink)))
        .service(pressed("/account/limits").route(web::post().to(pages::account::limits)))
        .service(read("/pulse").route(web::get().to(pages::assets::pulse)))
        .service(read("/assets/{file}").route(web::get().to(pages::assets::file)))
        .service(
            resource("/nicepay/return/{referenceNo}", "GET, POST")
                .route(web::get().to(callbacks::returned))
                .route(web::post().to(callbacks::returned)),
        )
        .service(
            resource("/nicepay/linked/{referenceNo}", "GET, POST")
                .route(web::get().to(callbacks::linked))
                .route(web::post().to(callbacks::linked)),
        )
        .service(pressed("/nicepay/notification").route(web::post().to(callbacks::notification)))
        .service(pressed("/nicepay/binding").route(web::post().to(callbacks::binding)))
        .app_data(demo)
        .default_service(web::to(pages::notice::no_such_page));
    config.service(shop);
}
