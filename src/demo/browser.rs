//! The browser of a request: customer, language, and the shop's address as the browser sees it.
use super::Demo;
use super::nicepay::Fields;
use crate::connection;
use crate::page::{Language, cookie};
use crate::paths;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

/// Identifies the customer.
const COOKIE: &str = "demo_customer";
/// Lifetime of the cookie.
const COOKIE_HOURS: i64 = 24;

pub(super) struct Browser {
    pub(super) language: Language,
    /// The customer's cookie, if the shop knows it.
    pub(super) customer: Option<String>,
    /// Whether the response sets the cookie.
    is_new: bool,
    /// Scheme and host of the shop, as the browser sees it.
    pub(super) base: String,
    /// The address of the page, to which the language switch appends `lang=`.
    pub(super) url: String,
}

impl Browser {
    pub(super) fn from_request(demo: &Demo, request: &HttpRequest) -> Self {
        let named = request.cookie(COOKIE).map(|cookie| cookie.value().to_owned());
        let customer = named.filter(|name| demo.customers(|customers| customers.get(name).is_some()));
        let query = Fields::from_form(request.query_string().as_bytes());
        let kept = query.all().iter().filter(|(name, _)| name != "lang");
        let kept = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        let url = format!("{}?{kept}{}", request.path(), if kept.is_empty() { "" } else { "&" });
        Self {
            language: Language::from_request(request),
            customer,
            is_new: false,
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
        (self.customer, self.is_new) = (Some(secret.clone()), true);
        secret
    }

    pub(super) fn cookies(&self) -> Vec<actix_web::cookie::Cookie<'static>> {
        let mut cookies = self.language.cookies();
        if let Some(customer) = self.customer.as_ref().filter(|_| self.is_new) {
            cookies.push(cookie(COOKIE.to_owned(), customer.clone(), paths::DEMO, COOKIE_HOURS));
        }
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
