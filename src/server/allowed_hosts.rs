//! The check of the `Host` header, against DNS rebinding: a page on the internet can make a browser resolve the page's
//! own name to 127.0.0.1 and send requests to the simulator, but it cannot make the browser send another `Host`.

use std::net::SocketAddr;

use url::{Host, Url};

use crate::connection::parse_host;
use crate::endpoints::HOSTS;

/// The host names that are served.
#[derive(Clone, Debug)]
pub(super) struct AllowedHosts {
    allowed: Vec<String>,
    /// Whether names without a dot are allowed: other containers use them, when the simulator listens beyond loopback.
    allow_dotless: bool,
}

impl AllowedHosts {
    pub(super) fn new(listen: SocketAddr, public_url: Option<&str>, allow_host: &[String]) -> Self {
        // A developer may point NICEPAY's hosts at the simulator in a hosts file.
        let mut allowed: Vec<String> = HOSTS.iter().map(|&name| name.to_owned()).collect();
        allowed.push("host.docker.internal".to_owned());
        allowed.extend_from_slice(allow_host);
        let public = public_url.and_then(|url| Url::parse(url).ok());
        allowed.extend(public.as_ref().and_then(Url::domain).map(str::to_owned));
        Self { allowed, allow_dotless: !listen.ip().is_loopback() }
    }

    /// Whether a request with this `Host` may be served.
    pub(super) fn allows(&self, host: &str) -> bool {
        match parse_host(host) {
            None => false,
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
            Some(Host::Domain(name)) => {
                let name = name.to_ascii_lowercase();
                name == "localhost"
                    || name.ends_with(".localhost")
                    || (self.allow_dotless && !name.contains('.'))
                    || self.allowed.contains(&name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_cannot_be_rebound_are_served() {
        let hosts =
            AllowedHosts::new("127.0.0.1:1".parse().unwrap(), Some("http://pay.example:80"), &["shop.example".into()]);
        for good in [
            "127.0.0.1:8606",
            "127.0.0.1",
            "[::1]:8606",
            "[::1]",
            "localhost:1",
            "a.localhost",
            "LOCALHOST",
            "192.168.1.5",
            "host.docker.internal",
            "pay.example",
            "shop.example:9",
            "dev.nicepay.co.id",
        ] {
            assert!(hosts.allows(good), "{good}");
        }
        for bad in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "nicepay",
            "",
            "notlocalhost",
            "[::1].evil",
            "evil.example/.localhost",
            "evil.example#.localhost",
            "evil.example?.localhost",
            "localhost@evil.example",
            "localhost:0",
        ] {
            assert!(!hosts.allows(bad), "{bad}");
        }
        assert!(
            AllowedHosts::new("0.0.0.0:1".parse().unwrap(), None, &[]).allows("nicepay-sim:8606"),
            "another container"
        );
    }
}
