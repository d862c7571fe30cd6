//! Deep links: which schemes beside http and https a `callBackUrl` may have.

/// A browser runs or opens them itself, so they never lead to an app; the first two are always allowed.
const NOT_OF_APPS: [&str; 12] = [
    "http",
    "https",
    "javascript",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "filesystem",
    "view-source",
    "ws",
    "wss",
];
/// Android opens an app by `intent://…#Intent;scheme=myapp;…;end`.
const INTENT: &str = "intent";

/// The schemes of apps that are allowed, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallbackSchemes {
    names: Vec<String>,
}

/// Why a deep link is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeepLinkError {
    /// It is none: it can only be a web address.
    #[error("must begin with http:// or https://")]
    NotADeepLink,
    /// The setting would allow it.
    #[error("has the scheme of an app, which is not allowed: start with --callback-scheme {0}")]
    NotAllowed(String),
    /// An `intent:` URL that names no scheme.
    #[error("must name the scheme of the app: intent://…#Intent;scheme=NAME;end")]
    IntentWithoutScheme,
}

impl CallbackSchemes {
    /// Allows these schemes.
    ///
    /// # Errors
    /// Which of them is not the scheme of an app.
    pub fn new(names: &[String]) -> Result<Self, String> {
        let check = |name: &String| {
            let lower = name.trim_end_matches("://").to_ascii_lowercase();
            if !is_scheme(&lower) {
                return Err(format!("{name:?} is not a scheme such as myapp"));
            }
            if lower == INTENT {
                return Err(
                    "name the app's own scheme, such as myapp: intent: URLs for it are then allowed, too".to_owned()
                );
            }
            if NOT_OF_APPS.contains(&lower.as_str()) {
                return Err(format!("{name:?} is not the scheme of an app"));
            }
            Ok(lower)
        };
        Ok(Self { names: names.iter().map(check).collect::<Result<_, _>>()? })
    }

    /// Checks a URL that is no web address.
    ///
    /// # Errors
    /// [`DeepLinkError`]
    pub fn check(&self, url: &str) -> Result<(), DeepLinkError> {
        let (scheme, rest) = url.split_once(':').ok_or(DeepLinkError::NotADeepLink)?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme == INTENT {
            let parts = url.split_once("#Intent;").map_or("", |(_, parts)| parts).split(';');
            let mut schemes = parts.filter_map(|part| part.strip_prefix("scheme=")).peekable();
            schemes.peek().ok_or(DeepLinkError::IntentWithoutScheme)?;
            return schemes.try_for_each(|scheme| self.check_scheme(scheme.to_ascii_lowercase()));
        }
        // `localhost:3000/back` is a web address that lacks its scheme; `com.shop.app:/back` can only be told by the setting.
        let is_host =
            !self.names.contains(&scheme) && (scheme.contains('.') || rest.starts_with(|c: char| c.is_ascii_digit()));
        if is_host && !rest.starts_with("//") {
            return Err(DeepLinkError::NotADeepLink);
        }
        self.check_scheme(scheme)
    }

    fn check_scheme(&self, scheme: String) -> Result<(), DeepLinkError> {
        if self.names.contains(&scheme) {
            return Ok(());
        }
        if !is_scheme(&scheme) || NOT_OF_APPS.contains(&scheme.as_str()) || scheme == INTENT {
            return Err(DeepLinkError::NotADeepLink);
        }
        Err(DeepLinkError::NotAllowed(scheme))
    }
}

/// Whether a text is a scheme (RFC 3986 §3.1), in lower case and not longer than a flag should be.
fn is_scheme(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
    text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schemes(names: &[&str]) -> Result<CallbackSchemes, String> {
        CallbackSchemes::new(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn an_allowed_scheme_is_allowed_in_every_spelling() {
        let schemes = schemes(&["MyApp", "com.shop.app://"]).unwrap();
        for url in [
            "myapp://paid",
            "MYAPP:paid?a=1#b",
            "com.shop.app:/paid",
            "intent://paid#Intent;scheme=myapp;package=com.shop;end",
            "intent:#Intent;package=com.shop;scheme=MyApp;end",
        ] {
            assert_eq!(schemes.check(url), Ok(()), "{url}");
        }
        for (url, error) in [
            ("other://paid", DeepLinkError::NotAllowed("other".to_owned())),
            ("intent://paid#Intent;scheme=other;end", DeepLinkError::NotAllowed("other".to_owned())),
            ("intent://paid#Intent;scheme=myapp;scheme=other;end", DeepLinkError::NotAllowed("other".to_owned())),
            ("intent://paid#Intent;scheme=javascript;end", DeepLinkError::NotADeepLink),
            ("intent://paid?scheme=myapp", DeepLinkError::IntentWithoutScheme),
            ("localhost:3000/back", DeepLinkError::NotADeepLink),
            ("shop.example:back", DeepLinkError::NotADeepLink),
            ("javascript:alert(1)", DeepLinkError::NotADeepLink),
            ("JavaScript://x/%0aalert(1)", DeepLinkError::NotADeepLink),
            ("my app://x", DeepLinkError::NotADeepLink),
            ("paid", DeepLinkError::NotADeepLink),
        ] {
            assert_eq!(schemes.check(url), Err(error), "{url}");
        }
    }

    #[test]
    fn what_a_browser_opens_itself_cannot_be_allowed() {
        for name in NOT_OF_APPS.into_iter().chain(["JavaScript", "intent", "", "1app", "my app", "my:app"]) {
            assert!(schemes(&[name]).is_err(), "{name:?}");
        }
    }
}
