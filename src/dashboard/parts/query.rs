//! Reading and writing a page's query.

use actix_web::HttpRequest;
use url::form_urlencoded;

use crate::control::Control;
use crate::domain::IMid;
use crate::paths;

/// The names and values of a query, without blanks around the values, and with merchantKeys masked: pages repeat them.
pub(in crate::dashboard) fn pairs(control: &Control, request: &HttpRequest) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(request.query_string().as_bytes());
    let mask = control.engine.key_mask();
    pairs.map(|(name, value)| (mask.masked(&name).into_owned(), mask.masked(value.trim()).into_owned())).collect()
}

/// The parameters of the list of transactions.
const LIST: [&str; 9] = ["q", "referenceNo", "kind", "iMid", "status", "outcome", "delivery", "rule", "before"];

/// The list of transactions with this query. What is no parameter of the list is left out, so that the link leads nowhere
/// else.
pub(in crate::dashboard) fn list(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| LIST.contains(&&**name));
    let pairs: Vec<_> = pairs.collect();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    if pairs.is_empty() { paths::DASHBOARD.to_owned() } else { link(paths::DASHBOARD, &pairs) }
}

/// The iMids of all merchants, for a selection.
pub(in crate::dashboard) fn merchants(control: &Control) -> Vec<String> {
    control.engine.merchants().iter().map(|merchant| merchant.i_mid.to_string()).collect()
}

/// The merchant that the query's `iMid` names, if it exists.
pub(in crate::dashboard) fn merchant(control: &Control, request: &HttpRequest) -> Option<IMid> {
    let query = form_urlencoded::parse(request.query_string().as_bytes());
    let named = query.into_iter().filter(|(name, _)| name == "iMid").find_map(|(_, value)| IMid::new(&value).ok());
    named.filter(|i_mid| control.engine.merchant(i_mid.as_str()).is_some())
}

/// The page `path` with a query of the fields that are not empty.
pub(in crate::dashboard) fn link(path: &str, fields: &[(&str, &str)]) -> String {
    let filled = fields.iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish();
    format!("{path}?{query}")
}

/// The address of a page with the arrow that has this key.
pub(in crate::dashboard) fn arrow(page: &str, key: impl std::fmt::Display) -> String {
    let mark = if page.contains('?') { '&' } else { '?' };
    format!("{page}{mark}event={key}#arrow-{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_to_the_list_only() {
        for (query, address) in [
            ("", "/__sim/"),
            ("q=a%26b&status=0", "/__sim/?q=a%26b&status=0"),
            ("https://evil.test", "/__sim/"),
            ("//evil.test/?q=x", "/__sim/"),
            ("q=//evil.test&done=reset&lang=id&from=q%3D1", "/__sim/?q=%2F%2Fevil.test"),
            ("q=%0d%0aSet-Cookie:%20a", "/__sim/?q=%0D%0ASet-Cookie%3A+a"),
        ] {
            assert_eq!(list(query), address, "{query}");
        }
    }
}
