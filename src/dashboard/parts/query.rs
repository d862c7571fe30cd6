//! Reading and writing a page's query.

use actix_web::HttpRequest;
use url::form_urlencoded;

use crate::control::Control;
use crate::domain::IMid;

/// The names and values of a query, without blanks around the values, and with merchantKeys masked: pages repeat them.
pub(in crate::dashboard) fn pairs(control: &Control, request: &HttpRequest) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(request.query_string().as_bytes());
    let mask = control.engine.key_mask();
    pairs.map(|(name, value)| (mask.masked(&name).into_owned(), mask.masked(value.trim()).into_owned())).collect()
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
