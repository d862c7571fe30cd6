//! What NICEPAY posts to `dbProcessUrl` (`docs/PROTOCOL.md` §2.3, §2.3.1): anybody can post there, so the merchantToken
//! comes first.

use super::client::Client;
use super::sign::same;

/// The fields of a form, as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::demo) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Takes a form, or a query, apart.
    pub(in crate::demo) fn of_form(form: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(form).into_owned().collect())
    }

    /// A field's text; empty where there is none, as NICEPAY sends what it does not have. Of two, the first counts.
    pub(in crate::demo) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// All of them, in the order in which they came.
    pub(in crate::demo) fn all(&self) -> &[(String, String)] {
        &self.0
    }
}

/// Why a notification is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::demo) enum Untrue {
    /// The merchantToken is not made with our key, or over other values.
    Token,
    /// It names another merchant.
    Merchant,
}

/// A notification about a payment, or about an account that was linked, as far as a shop needs it.
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

    /// Whether it comes from somebody who has our key: SHA-256 of `iMid tXid amt merchantKey` (§2.3).
    ///
    /// **That says nothing about `status` and `userToken`, which the hash does not cover.** Who acts on them without an
    /// inquiry can be cheated by anybody who has seen one true notification.
    pub(in crate::demo) fn check_payment(&self, client: &Client) -> Result<(), Untrue> {
        self.check(client, &[client.i_mid(), self.t_xid(), self.amt()])
    }

    /// The same for an account that was linked: over `iMid referenceNo billingPhone` *(assumed, §2.3.1)*.
    pub(in crate::demo) fn check_binding(&self, client: &Client) -> Result<(), Untrue> {
        self.check(client, &[client.i_mid(), self.reference_no(), self.fields.text("billingPhone")])
    }

    fn check(&self, client: &Client, parts: &[&str]) -> Result<(), Untrue> {
        // A payment's notification has no iMid; where there is one, it has to be ours.
        if !matches!(self.fields.text("iMid"), "" | "null") && self.fields.text("iMid") != client.i_mid() {
            return Err(Untrue::Merchant);
        }
        if same(&client.token(parts), self.fields.text("merchantToken")) { Ok(()) } else { Err(Untrue::Token) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_fields_the_first_counts_and_what_is_absent_is_empty() {
        let fields = Fields::of_form(b"a=1&a=2&b=%F0%9F%8D%B5+x&%ff=&=");
        assert_eq!((fields.text("a"), fields.text("b"), fields.text("c")), ("1", "\u{1f375} x", ""));
    }
}
