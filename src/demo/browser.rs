//! The browser of a request: customer, language, and the shop's address as the browser sees it.
use super::Demo;
use super::nicepay::Fields;
use crate::connection;
use crate::page::{Language, cookie};
use crate::paths;
use actix_web::cookie::Cookie;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

/// Identifies the customer.
const COOKIE: &str = "demo_customer";
/// Lifetime of the cookie.
const COOKIE_HOURS: i64 = 24;

/// What the response does with the customer's cookie.
#[derive(Clone, Copy)]
enum CookieChange {
    Keep,
    Set,
    Drop,
}

pub(super) struct Browser {
    pub(super) language: Language,
    /// The customer's cookie, if the shop knows it.
    pub(super) customer: Option<String>,
    /// Whether the browser has the cookie of a customer that the shop has forgotten: after a reset or a restart.
    pub(super) is_forgotten: bool,
    cookie: CookieChange,
    /// Scheme and host of the shop, as the browser sees it.
    pub(super) base: String,
    /// The address of the page, to which the language switch appends `lang=`.
    pub(super) url: String,
}

impl Browser {
    /// The browser of a request, after a look at whether the merchant was reset.
    pub(super) async fn arriving(demo: &Demo, request: &HttpRequest) -> Self {
        demo.notice_reset().await;
        Self::from_request(demo, request)
    }

    fn from_request(demo: &Demo, request: &HttpRequest) -> Self {
        // An empty one was dropped.
        let named = request.cookie(COOKIE).map(|cookie| cookie.value().to_owned()).filter(|name| !name.is_empty());
        let has_cookie = named.is_some();
        let customer = named.filter(|name| demo.customers(|customers| customers.get(name).is_some()));
        let query = Fields::from_form(request.query_string().as_bytes());
        let kept = query.all().iter().filter(|(name, _)| name != "lang");
        let kept = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        let url = format!("{}?{kept}{}", request.path(), if kept.is_empty() { "" } else { "&" });
        Self {
            language: Language::from_request(request),
            is_forgotten: has_cookie && customer.is_none(),
            customer,
            cookie: CookieChange::Keep,
            base: connection::base_url(demo.public_url.as_deref(), request),
            url,
        }
    }

    /// The customer's cookie. Creates a customer if there is none.
    pub(super) fn customer_or_new(&mut self, demo: &Demo) -> String {
        if let Some(customer) = &self.customer {
            return customer.clone();
        }
        let (secret, key) = (demo.draw("customer"), demo.draw("client-user-key"));
        demo.customers(|customers| customers.add(secret.clone(), format!("pelanggan-{}", &key[..12])));
        (self.customer, self.cookie, self.is_forgotten) = (Some(secret.clone()), CookieChange::Set, false);
        secret
    }

    /// Whether the customer was forgotten, also while this request was handled.
    pub(super) fn lost_its_customer(&self, demo: &Demo) -> bool {
        let is_unknown = |name: &String| demo.customers(|customers| customers.get(name).is_none());
        self.is_forgotten || self.customer.as_ref().is_some_and(is_unknown)
    }

    /// Lets the browser drop the customer's cookie.
    pub(super) fn forget_customer(&mut self) {
        (self.customer, self.cookie) = (None, CookieChange::Drop);
    }

    pub(super) fn cookies(&self) -> Vec<Cookie<'static>> {
        let mut cookies = self.language.cookies();
        let (value, hours) = match self.cookie {
            CookieChange::Keep => return cookies,
            CookieChange::Set => (self.customer.clone().unwrap_or_default(), COOKIE_HOURS),
            CookieChange::Drop => (String::new(), 0),
        };
        cookies.push(cookie(COOKIE.to_owned(), value, paths::DEMO, hours));
        cookies
    }

    /// A redirect with status 303.
    pub(super) fn see_other(&self, location: &str) -> HttpResponse {
        let mut response = HttpResponse::SeeOther();
        for cookie in self.cookies() {
            response.cookie(cookie);
        }
        response.insert_header((header::LOCATION, location)).insert_header((header::CACHE_CONTROL, "no-store")).finish()
    }
}
