//! The forms that send a notification again: as it was, edited, or to another address.

use std::collections::HashSet;

use url::form_urlencoded;

use crate::domain::{KeyMask, Notification};

/// Larger bodies are not edited on a page.
const MAX_EDITED: usize = 16 * 1024;

/// What the forms are filled with.
pub(in crate::dashboard) struct SendForm {
    pub(in crate::dashboard) id: String,
    pub(in crate::dashboard) url: String,
    /// The fields of the body; none where only the raw body can be edited.
    pub(in crate::dashboard) fields: Vec<(String, String)>,
    /// The raw body; none where it is too large to be edited on a page.
    pub(in crate::dashboard) body: Option<String>,
}

impl SendForm {
    /// Of a notification with masked texts.
    pub(super) fn new(notification: &Notification, body: &str, mask: &KeyMask) -> Self {
        let is_small = body.len() <= MAX_EDITED;
        Self {
            id: notification.id.to_string(),
            url: notification.url.to_string(),
            fields: if is_small { fields(body, mask) } else { Vec::new() },
            body: is_small.then(|| body.to_owned()),
        }
    }
}

/// The fields, where each can be an input of its own: a form names fields by their path, and a path has dots.
fn fields(body: &str, mask: &KeyMask) -> Vec<(String, String)> {
    let masked = |text: &str| mask.masked(text).into_owned();
    let fields: Vec<_> = form_urlencoded::parse(body.as_bytes()).map(|(n, v)| (masked(&n), masked(&v))).collect();
    let mut names = HashSet::new();
    // A line end would be lost in an input.
    let can_be_edited = |(name, value): &(String, String)| {
        !name.is_empty() && !name.contains(['.', ':']) && !value.contains(['\r', '\n', '\0'])
    };
    let are_plain = fields.iter().all(|field| can_be_edited(field) && names.insert(field.0.clone()));
    if are_plain && fields.len() <= 100 { fields } else { Vec::new() }
}
