//! How the audit calls the merchant: a URL, or a command in a shell. Both are templates.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::client::{Body, Client, Message};
#[cfg(all(feature = "cli", feature = "tls"))]
use super::shell::Shell;

/// What stays as it is in a URL (RFC 3986 §2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Values to check a template with: no value makes it valid or invalid.
const SOME: [(&str, &str); 2] = [("referenceNo", "1"), ("tXid", "1")];

/// A URL or a command, with places for values such as `{referenceNo}`.
#[derive(Clone, Debug)]
pub enum Call {
    /// A URL.
    Url(String),
    /// A command.
    #[cfg(all(feature = "cli", feature = "tls"))]
    Shell(Shell),
}

/// What came back.
pub(super) struct Output {
    pub(super) body: Body,
    /// Where a URL leads.
    pub(super) location: Option<String>,
    /// The URL that was called.
    pub(super) url: Option<Url>,
}

impl Call {
    /// Whether a text is a URL and no command.
    pub fn is_url(text: &str) -> bool {
        text.starts_with("http://") || text.starts_with("https://")
    }

    /// A URL.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn url(text: &str) -> Result<Self, String> {
        if !Self::is_url(text) {
            return Err(format!("{text:?} is no http or https URL"));
        }
        parse(text, &SOME).map_err(|error| format!("{text:?} is no URL: {error}"))?;
        Ok(Self::Url(text.to_owned()))
    }

    /// Checks that a URL may be called.
    pub(super) fn check_egress(&self, client: &Client) -> Result<(), String> {
        match self {
            Self::Url(template) => client.check(&parse(template, &SOME)?),
            #[cfg(all(feature = "cli", feature = "tls"))]
            Self::Shell(_) => Ok(()),
        }
    }

    /// Calls it, with these values.
    ///
    /// # Errors
    /// Why there is no answer, or that it says that something failed.
    pub(super) async fn run(
        &self,
        client: &Client,
        values: &[(&str, &str)],
        limit: Duration,
    ) -> Result<Output, String> {
        match self {
            Self::Url(template) => visit(client, parse(template, values)?, limit).await,
            #[cfg(all(feature = "cli", feature = "tls"))]
            Self::Shell(shell) => {
                let body = shell.run(|script| fill(script, values, quoted), limit).await?;
                Ok(Output { body, location: None, url: None })
            }
        }
    }
}

/// A URL with its values.
fn parse(template: &str, values: &[(&str, &str)]) -> Result<Url, String> {
    Url::parse(&fill(template, values, encoded)).map_err(|error| error.to_string())
}

/// Opens a URL.
pub(super) async fn visit(client: &Client, url: Url, limit: Duration) -> Result<Output, String> {
    let message = Message { url: &url, content: None, cookies: String::new(), accept: "*/*" };
    let answer = client.send(message, limit).await.map_err(|error| format!("{url}: {error}"))?;
    if answer.status >= 400 {
        return Err(format!("{url} answered HTTP {}", answer.status));
    }
    Ok(Output { body: answer.body, location: answer.location, url: Some(url) })
}

/// Puts the values in their places.
fn fill(template: &str, values: &[(&str, &str)], written: impl Fn(&str) -> String) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &written(value)))
}

fn encoded(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

/// One word of a shell command, whatever is in it.
#[cfg_attr(not(all(feature = "cli", feature = "tls")), expect(dead_code, reason = "only commands need it"))]
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_place() {
        let values = [("referenceNo", "a/b?c=1 'x' $(id) {tXid}"), ("tXid", "T1")];
        let url = fill("http://shop/orders/{referenceNo}?t={tXid}", &values, encoded);
        assert_eq!(url, "http://shop/orders/a%2Fb%3Fc%3D1%20%27x%27%20%24%28id%29%20%7BtXid%7D?t=T1");
        let command = fill("show {referenceNo}", &values[..1], quoted);
        assert_eq!(command, "show 'a/b?c=1 '\\''x'\\'' $(id) {tXid}'");
    }

    #[test]
    fn a_url_is_checked_before_it_is_called() {
        assert!(Call::url("http://127.0.0.1:3000/orders/{referenceNo}").is_ok());
        for wrong in ["curl http://shop", "http://", "https://[::1/{tXid}", "ftp://shop/"] {
            assert!(Call::url(wrong).is_err(), "{wrong}");
        }
    }
}
