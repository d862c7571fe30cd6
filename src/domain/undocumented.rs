//! What no public document says, and what was chosen instead. One place, and every choice can be changed by a setting
//! (`docs/PROTOCOL.md` §7).

use std::str::FromStr;

/// The choices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, off unless somebody sets it")]
pub struct UndocumentedBehavior {
    /// How the browser goes back to the merchant.
    pub callback_method: CallbackMethod,
    /// Whether a registration's `requestURL` is filled.
    pub request_url: bool,
    /// Whether fields without a value are left out of notifications, instead of being empty.
    pub empty_fields_omitted: bool,
    /// The status of an expired order.
    pub expired_status: ExpiredStatus,
    /// Whether an order whose customer went away has failed (status 8) instead of waiting on (§4.1).
    pub abandoned_fails: bool,
    /// Whether an inquiry with another `amt` than the registered one is answered all the same.
    pub inquiry_amt_ignored: bool,
    /// What account binding looks like on the wire.
    pub binding: BindingFieldNames,
}

/// How the browser goes back to the merchant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallbackMethod {
    /// As it was seen or concluded for each lender: a form that posts itself for Indodana, a redirect for the others.
    #[default]
    ByPartner,
    /// A redirect, always.
    Get,
    /// A form that posts itself, always.
    Post,
}

/// The status of an order that nobody paid in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpiredStatus {
    /// `8`: failed.
    #[default]
    Failed,
    /// `9`: as before.
    Unchanged,
    /// `4`: what the V1 code page says.
    Expired,
}

/// The names that account binding uses where the documents show none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingFieldNames {
    /// Under which names the answer has the redirect URL.
    pub url_fields: Vec<String>,
    /// The notification's fields in order: ours, and how it is called on the wire.
    pub notification: Vec<(String, String)>,
    /// Our names of the fields that the notification's token covers.
    pub notification_token: Vec<String>,
}

impl FromStr for CallbackMethod {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "partner" => Ok(Self::ByPartner),
            "get" => Ok(Self::Get),
            "post" => Ok(Self::Post),
            other => Err(format!("{other:?} is neither `partner`, `get` nor `post`")),
        }
    }
}

impl FromStr for ExpiredStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "8" => Ok(Self::Failed),
            "9" => Ok(Self::Unchanged),
            "4" => Ok(Self::Expired),
            other => Err(format!("{other:?} is neither `8`, `9` nor `4`")),
        }
    }
}

/// What a binding's notification can say (`docs/PROTOCOL.md` §2.3.1).
const BINDING_FIELDS: [&str; 14] = [
    "iMid",
    "referenceNo",
    "payMethod",
    "mitraCd",
    "billingNm",
    "billingPhone",
    "billingEmail",
    "clientUserKey",
    "userToken",
    "tokenStatus",
    "accountStatus",
    "resultCd",
    "resultMsg",
    "timeStamp",
];

/// What the answer of a binding has beside the redirect URL.
const BINDING_ANSWER: [&str; 6] = ["resultCd", "resultMsg", "referenceNo", "payMethod", "mitraCd", "clientUserKey"];

impl BindingFieldNames {
    /// Checks names: of the answer's URL, of the notification's fields (`ours` or `ours=theirs`), of what its token
    /// covers.
    ///
    /// # Errors
    /// The setting that is wrong, and why.
    pub fn new(
        url_fields: &[String],
        notification: &[String],
        token: &[String],
    ) -> Result<Self, (&'static str, String)> {
        const ANSWER: &str = "binding-answer";
        const NOTIFICATION: &str = "binding-notification";
        const TOKEN: &str = "binding-notification-token";
        for (setting, list) in [(ANSWER, url_fields), (NOTIFICATION, notification), (TOKEN, token)] {
            if list.is_empty() {
                return Err((setting, "must not be empty".to_owned()));
            }
        }
        let named = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let twice = |names: &[&str]| names.iter().enumerate().any(|(i, name)| names[..i].contains(name));
        let known = |name: &str| BINDING_FIELDS.contains(&name);
        if let Some(wrong) = url_fields.iter().find(|name| !named(name)) {
            return Err((ANSWER, format!("{wrong:?} is no name of a field")));
        }
        if let Some(taken) = url_fields.iter().find(|name| BINDING_ANSWER.contains(&name.as_str())) {
            return Err((ANSWER, format!("the answer has a {taken} already")));
        }
        if twice(&url_fields.iter().map(String::as_str).collect::<Vec<_>>()) {
            return Err((ANSWER, "a name is there twice".to_owned()));
        }
        let mut fields = Vec::new();
        for entry in notification {
            let (ours, theirs) = entry.split_once('=').unwrap_or((entry, entry));
            if !named(theirs) || !(known(ours) || ours == "merchantToken") {
                return Err((
                    NOTIFICATION,
                    format!("{entry:?} is not one of {}, merchantToken", BINDING_FIELDS.join(", ")),
                ));
            }
            fields.push((ours.to_owned(), theirs.to_owned()));
        }
        if twice(&fields.iter().map(|(_, theirs)| theirs.as_str()).collect::<Vec<_>>()) {
            return Err((NOTIFICATION, "a name is there twice on the wire".to_owned()));
        }
        if let Some(wrong) = token.iter().find(|name| !known(name)) {
            return Err((TOKEN, format!("{wrong:?} is not one of {}", BINDING_FIELDS.join(", "))));
        }
        Ok(Self { url_fields: url_fields.to_vec(), notification: fields, notification_token: token.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_binding_are_checked() {
        let list = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let words =
            BindingFieldNames::new(&list(&["url"]), &list(&["iMid", "userToken=token"]), &list(&["iMid"])).unwrap();
        assert_eq!(words.notification[1], ("userToken".to_owned(), "token".to_owned()));
        let good: [&[&str]; 3] = [&["url"], &["iMid"], &["iMid"]];
        let wrong: [(usize, &[&str]); 11] = [
            (0, &[]),
            (0, &["a b"]),
            (0, &["resultCd"]),
            (0, &["url", "url"]),
            (1, &[]),
            (1, &["nonsense"]),
            (1, &["iMid=a&b"]),
            (1, &["iMid", "iMid"]),
            (1, &["userToken=iMid", "iMid"]),
            (2, &[]),
            (2, &["merchantToken"]),
        ];
        for (which, names) in wrong {
            let mut lists = good;
            lists[which] = names;
            let [answer, notification, token] = lists.map(list);
            assert!(BindingFieldNames::new(&answer, &notification, &token).is_err(), "{which}: {names:?}");
        }
    }
}
