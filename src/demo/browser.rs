//! A browser at the shop: who it is, in which language it reads, and where it sees us.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::Demo;
use super::nicepay::Fields;
use crate::page::{Language, cookie};
use crate::paths;

/// Names the customer.
const COOKIE: &str = "demo_customer";
/// A demo is over after a day.
const HOURS: i64 = 24;

/// Who asks.
pub(super) struct Browser {
    pub(super) language: Language,
    /// The customer's cookie, if it is one of ours.
    pub(super) customer: Option<String>,
    /// Whether the cookie is to be sent.
    new: bool,
    /// Scheme and host under which the browser sees us.
    pub(super) base: String,
    /// The page itself, for the language switch.
    pub(super) here: String,
}

impl Browser {
    pub(super) fn of(demo: &Demo, request: &HttpRequest) -> Self {
        let named = request.cookie(COOKIE).map(|cookie| cookie.value().to_owned());
        let customer = named.filter(|name| demo.customers(|customers| customers.get(name).is_some()));
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let query = Fields::of_form(request.query_string().as_bytes());
        let kept = query.all().iter().filter(|(name, _)| name != "lang");
        let kept = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        let here = format!("{}?{kept}{}", request.path(), if kept.is_empty() { "" } else { "&" });
        Self {
            language: Language::of(request),
            customer,
            new: false,
            base: paths::base_url(demo.public_url.as_deref(), host),
            here,
        }
    }

    /// The customer's name; from now on there is one.
    pub(super) fn known(&mut self, demo: &Demo) -> String {
        if let Some(customer) = &self.customer {
            return customer.clone();
        }
        let (secret, key) = (demo.draw("customer"), demo.draw("client-user-key"));
        demo.customers(|customers| customers.add(secret.clone(), format!("pelanggan-{}", &key[..12])));
        (self.customer, self.new) = (Some(secret.clone()), true);
        secret
    }

    pub(super) fn cookies(&self) -> Vec<actix_web::cookie::Cookie<'static>> {
        let mut cookies = self.language.cookies();
        if let Some(customer) = self.customer.as_ref().filter(|_| self.new) {
            cookies.push(cookie(COOKIE.to_owned(), customer.clone(), paths::DEMO, HOURS));
        }
        cookies
    }

    /// 303: look there.
    pub(super) fn see_other(&self, location: &str) -> HttpResponse {
        let mut response = HttpResponse::SeeOther();
        for cookie in self.cookies() {
            response.cookie(cookie);
        }
        response.insert_header((header::LOCATION, location)).insert_header((header::CACHE_CONTROL, "no-store")).finish()
    }
}
