//! Notifications at `dbProcessUrl` (`docs/PROTOCOL.md` §2.3, §2.3.1). Anyone can post there, so the merchantToken is checked
//! first.

use std::fmt;

use super::client::Client;
use super::sign::is_same_token;

/// The fields of a form, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::demo) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form or a query.
    pub(in crate::demo) fn from_form(form: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(form).into_owned().collect())
    }

    /// A field's text; empty if it is missing. If it is there twice, the first counts.
    pub(in crate::demo) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(in crate::demo) fn all(&self) -> &[(String, String)] {
        &self.0
    }
}

/// Why a notification is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::demo) enum NotificationError {
    /// The merchantToken is not made with our key, or over other values.
    Token,
    /// The notification names another merchant.
    Merchant,
}

impl fmt::Display for NotificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "the merchantToken is wrong",
            Self::Merchant => "the iMid is another merchant's",
        })
    }
}

impl std::error::Error for NotificationError {}

/// A notification about a payment or a linked account.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Notification {
    fields: Fields,
}

impl Notification {
    pub(in crate::demo) fn new(fields: Fields) -> Self {
        Self { fields }
    }

    pub(in crate::demo) fn reference_no(&self) -> &str {
        self.fields.text("referenceNo")
    }

    pub(in crate::demo) fn t_xid(&self) -> &str {
        self.fields.text("tXid")
    }

    pub(in crate::demo) fn amt(&self) -> &str {
        self.fields.text("amt")
    }

    pub(in crate::demo) fn status(&self) -> &str {
        self.fields.text("status")
    }

    pub(in crate::demo) fn user_token(&self) -> &str {
        self.fields.text("userToken")
    }

    pub(in crate::demo) fn client_user_key(&self) -> &str {
        self.fields.text("clientUserKey")
    }

    /// Whether the sender has the merchant key: SHA-256 of `iMid tXid amt merchantKey` (`docs/PROTOCOL.md` §2.3).
    ///
    /// **The hash does not cover `status` and `userToken`.** Without an inquiry, anyone who has seen one true notification
    /// could forge them.
    pub(in crate::demo) fn check_payment(&self, client: &Client) -> Result<(), NotificationError> {
        self.check(client, &[client.i_mid(), self.t_xid(), self.amt()])
    }

    /// The same for a linked account: over `iMid referenceNo billingPhone` *(assumed, `docs/PROTOCOL.md` §2.3.1)*.
    pub(in crate::demo) fn check_binding(&self, client: &Client) -> Result<(), NotificationError> {
        self.check(client, &[client.i_mid(), self.reference_no(), self.fields.text("billingPhone")])
    }

    fn check(&self, client: &Client, parts: &[&str]) -> Result<(), NotificationError> {
        // A payment's notification has no iMid. If there is one, it must be ours.
        if !matches!(self.fields.text("iMid"), "" | "null") && self.fields.text("iMid") != client.i_mid() {
            return Err(NotificationError::Merchant);
        }
        if is_same_token(&client.token(parts), self.fields.text("merchantToken")) {
            Ok(())
        } else {
            Err(NotificationError::Token)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_fields_the_first_counts_and_what_is_absent_is_empty() {
        let fields = Fields::from_form(b"a=1&a=2&b=%F0%9F%8D%B5+x&%ff=&=");
        assert_eq!((fields.text("a"), fields.text("b"), fields.text("c")), ("1", "\u{1f375} x", ""));
    }
}
