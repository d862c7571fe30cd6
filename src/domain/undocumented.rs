//! What this simulator does where the public documents define nothing. Settings change every choice
//! (`docs/PROTOCOL.md` §7).

use std::str::FromStr;

use super::callback_schemes::CallbackSchemes;
use super::unknown_name::UnknownNameError;

/// The choices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch")]
pub struct UndocumentedBehavior {
    /// How the browser returns to the merchant (`docs/PROTOCOL.md` A-01).
    pub callback_method: CallbackMethod,
    /// The schemes beside http and https that a `callBackUrl` may have (`docs/PROTOCOL.md` A-45).
    pub callback_schemes: CallbackSchemes,
    /// Whether a registration's `requestURL` is filled (`docs/PROTOCOL.md` A-05).
    pub request_url: bool,
    /// Whether notifications leave out fields without a value, instead of sending them empty (`docs/PROTOCOL.md` A-28).
    pub empty_fields_omitted: bool,
    /// The status of an expired transaction (`docs/PROTOCOL.md` A-34).
    pub expired_status: ExpiredStatus,
    /// Whether an abandoned transaction has failed (status 8) instead of being unpaid (`docs/PROTOCOL.md` §4.1).
    pub abandoned_fails: bool,
    /// Whether an inquiry may have another `amt` than the registration (`docs/PROTOCOL.md` A-40).
    pub inquiry_amt_ignored: bool,
    /// Which keys the response to an inquiry has (`docs/PROTOCOL.md` A-44).
    pub inquiry_keys: InquiryKeys,
    /// Whether the response to a cancel has the three keys of newer clients (`docs/PROTOCOL.md` A-20).
    pub newer_cancel_keys: bool,
    /// The field names of account binding (`docs/PROTOCOL.md` A-17).
    pub binding: BindingFieldNames,
}

/// How the browser returns to the merchant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallbackMethod {
    /// As observed or inferred for each lender: a self-posting form for Indodana, a redirect for the others.
    #[default]
    ByPartner,
    /// Always a redirect.
    Get,
    /// Always a self-posting form.
    Post,
}

/// The status of a transaction that was not paid in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpiredStatus {
    /// `8`: failed.
    #[default]
    Failed,
    /// `9`: unpaid, as before.
    Unchanged,
    /// `4`: as on the V1 code page.
    Expired,
}

/// The keys of an inquiry's response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InquiryKeys {
    /// The 40 of the documents.
    Documented,
    /// 46: also those that newer clients know.
    #[default]
    Newer,
    /// 47: also `authNo`, which some of these clients know.
    NewerWithAuthNo,
}

/// The field names of account binding where the documents show none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingFieldNames {
    /// The names of the redirect URL in the response.
    pub url_fields: Vec<String>,
    /// The notification's fields in order: our name, and the name on the wire.
    pub notification: Vec<(String, String)>,
    /// Our names of the fields that the notification's merchantToken covers.
    pub notification_token: Vec<String>,
}

impl FromStr for CallbackMethod {
    type Err = UnknownNameError;

    fn from_str(text: &str) -> Result<Self, UnknownNameError> {
        match text {
            "partner" => Ok(Self::ByPartner),
            "get" => Ok(Self::Get),
            "post" => Ok(Self::Post),
            other => Err(UnknownNameError::new(other, "`partner`, `get` nor `post`")),
        }
    }
}

impl FromStr for ExpiredStatus {
    type Err = UnknownNameError;

    fn from_str(text: &str) -> Result<Self, UnknownNameError> {
        match text {
            "8" => Ok(Self::Failed),
            "9" => Ok(Self::Unchanged),
            "4" => Ok(Self::Expired),
            other => Err(UnknownNameError::new(other, "`8`, `9` nor `4`")),
        }
    }
}

impl FromStr for InquiryKeys {
    type Err = UnknownNameError;

    fn from_str(text: &str) -> Result<Self, UnknownNameError> {
        match text {
            "40" => Ok(Self::Documented),
            "46" => Ok(Self::Newer),
            "47" => Ok(Self::NewerWithAuthNo),
            other => Err(UnknownNameError::new(other, "`40`, `46` nor `47`")),
        }
    }
}

/// The fields that a binding's notification can have (`docs/PROTOCOL.md` §2.3.1).
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

/// The fields that the response to a binding has beside the redirect URL.
const RESPONSE_FIELDS: [&str; 6] = ["resultCd", "resultMsg", "referenceNo", "payMethod", "mitraCd", "clientUserKey"];

impl BindingFieldNames {
    /// Checks the names of the response's URL, of the notification's fields (`ours` or `ours=theirs`), and of the
    /// fields that its merchantToken covers.
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
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let has_duplicates = |names: &[&str]| names.iter().enumerate().any(|(i, name)| names[..i].contains(name));
        let known = |name: &str| BINDING_FIELDS.contains(&name);
        if let Some(wrong) = url_fields.iter().find(|name| !is_name(name)) {
            return Err((ANSWER, format!("{wrong:?} is not a valid field name")));
        }
        if let Some(taken) = url_fields.iter().find(|name| RESPONSE_FIELDS.contains(&name.as_str())) {
            return Err((ANSWER, format!("the response already has a field {taken}")));
        }
        if has_duplicates(&url_fields.iter().map(String::as_str).collect::<Vec<_>>()) {
            return Err((ANSWER, "a name occurs twice".to_owned()));
        }
        let mut fields = Vec::new();
        for entry in notification {
            let (ours, theirs) = entry.split_once('=').unwrap_or((entry, entry));
            if !is_name(theirs) || !(known(ours) || ours == "merchantToken") {
                return Err((
                    NOTIFICATION,
                    format!("{entry:?} is not one of {}, merchantToken", BINDING_FIELDS.join(", ")),
                ));
            }
            fields.push((ours.to_owned(), theirs.to_owned()));
        }
        if has_duplicates(&fields.iter().map(|(_, theirs)| theirs.as_str()).collect::<Vec<_>>()) {
            return Err((NOTIFICATION, "a name on the wire occurs twice".to_owned()));
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
        let names =
            BindingFieldNames::new(&list(&["url"]), &list(&["iMid", "userToken=token"]), &list(&["iMid"])).unwrap();
        assert_eq!(names.notification[1], ("userToken".to_owned(), "token".to_owned()));
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
