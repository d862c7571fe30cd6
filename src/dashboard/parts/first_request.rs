//! The first request, ready to copy, with this simulator's address: for somebody who has not sent one yet.

use actix_web::HttpRequest;

use crate::control::{Control, base_url};
use crate::docs::first_requests;
use crate::domain::MerchantKey;
use crate::paths;

/// A request in one language.
pub(in crate::dashboard) struct FirstRequest {
    pub(in crate::dashboard) language: &'static str,
    pub(in crate::dashboard) code: String,
}

/// The same request in each language. It has the key that NICEPAY publishes, unless this simulator has another key for the
/// merchant: that one is never shown.
pub(in crate::dashboard) fn requests(control: &Control, request: &HttpRequest) -> Vec<FirstRequest> {
    let base_url = base_url(control, request);
    let merchant = control.engine.merchant(MerchantKey::PUBLISHED_I_MID);
    let has_published_key = merchant.is_some_and(|merchant| merchant.key.expose() == MerchantKey::PUBLISHED);
    let requests = first_requests(&base_url, &format!("{base_url}{}", paths::INBOX)).into_iter();
    let requests = requests.map(|(language, code)| FirstRequest {
        language,
        code: if has_published_key { code } else { code.replace(MerchantKey::PUBLISHED, "YOUR-MERCHANT-KEY") },
    });
    requests.collect()
}
