//! The proxy variables, in both spellings: programs differ in which they read.

use super::{Environment, Setup};
use crate::endpoints::HOSTS;

/// What must not go through the proxy: the program's own services, and the simulator's plain address.
pub(super) const LOCAL: [&str; 3] = ["127.0.0.1", "localhost", "::1"];

pub(super) fn set(setup: &Setup<'_>, environment: &mut Environment) {
    let (inherited, url) = (setup.inherited, format!("http://{}", setup.addresses.proxy));
    let is_nested = inherited.get("NICEPAY_SIM_URL").is_some();
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
        if let Some(other) = inherited.get(name).filter(|_| !is_nested) {
            environment.note(format!(
                "{name} was {}; the simulator's proxy takes its place, and connects to all other hosts without it",
                without_password(other)
            ));
        }
        environment.set(name, &url);
    }
    for name in ["NO_PROXY", "no_proxy"] {
        // Whoever reads only one spelling gets the exceptions of the other too.
        let other = if name == "NO_PROXY" { "no_proxy" } else { "NO_PROXY" };
        let value = inherited.get(name).or_else(|| inherited.get(other)).unwrap_or_default();
        if let Some(entry) = entries(value).find(|entry| excludes_nicepay(entry)).filter(|_| name == "NO_PROXY") {
            environment.note(format!(
                "NO_PROXY has {entry:?}, which sends requests to NICEPAY past the simulator; remove it for this run"
            ));
        }
        environment.set(name, merged(value));
    }
}

/// The entries that were there, and ours.
fn merged(value: &str) -> String {
    let mut all: Vec<_> = entries(value).collect();
    all.extend(LOCAL.into_iter().filter(|local| !entries(value).any(|entry| entry == *local)));
    all.join(",")
}

/// The entries of a `NO_PROXY`.
pub(super) fn entries(value: &str) -> impl Iterator<Item = &str> {
    value.split([',', ' ']).filter(|entry| !entry.is_empty())
}

/// Whether an entry covers the host that clients have built in.
fn excludes_nicepay(entry: &str) -> bool {
    let name = entry.trim_start_matches('*').trim_start_matches('.');
    entry == "*" || HOSTS.iter().any(|host| *host == name || (!name.is_empty() && host.ends_with(&format!(".{name}"))))
}

/// A proxy's URL without user and password.
fn without_password(url: &str) -> &str {
    url.rsplit_once('@').map_or(url, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_excepted_stays_excepted_and_nothing_is_there_twice() {
        assert_eq!(merged(""), "127.0.0.1,localhost,::1");
        assert_eq!(merged("intra.example, localhost"), "intra.example,localhost,127.0.0.1,::1");
        assert_eq!(merged(&merged(".example")), merged(".example"));
    }

    #[test]
    fn an_exception_for_nicepay_is_seen() {
        for entry in ["*", "nicepay.co.id", ".co.id", "*.nicepay.co.id", "dev.nicepay.co.id"] {
            assert!(excludes_nicepay(entry), "{entry}");
        }
        for entry in ["localhost", "pay.co.id", "sev.nicepay.co.id", ".example", ""] {
            assert!(!excludes_nicepay(entry), "{entry}");
        }
        assert_eq!(without_password("http://me:secret@proxy.example:3128"), "proxy.example:3128");
    }
}
