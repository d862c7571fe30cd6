//! What a page's query asks for, and links that ask for it.

use actix_web::HttpRequest;
use url::form_urlencoded;

use crate::control::Control;
use crate::domain::IMid;

/// Every merchant, to choose from.
pub(super) fn merchants(control: &Control) -> Vec<String> {
    control.engine.merchants().iter().map(|merchant| merchant.i_mid.to_string()).collect()
}

/// The merchant that `iMid` names; none where there is none of that name.
pub(super) fn merchant(control: &Control, request: &HttpRequest) -> Option<IMid> {
    let query = form_urlencoded::parse(request.query_string().as_bytes());
    let asked = query.into_iter().filter(|(name, _)| name == "iMid").find_map(|(_, value)| IMid::new(&value).ok());
    asked.filter(|i_mid| control.engine.merchant(i_mid.as_str()).is_some())
}

/// The page `path`, asked for what says something of `fields`.
pub(super) fn link(path: &str, fields: &[(&str, &str)]) -> String {
    let said = fields.iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
    format!("{path}?{query}")
}
