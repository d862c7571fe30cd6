//! Who may be meant by a request. A page on the internet can make a browser resolve its own name to 127.0.0.1 (DNS
//! rebinding) and talk to us: it cannot make it write another name into `Host`.

use std::net::{IpAddr, SocketAddr};

/// NICEPAY's own hosts (`docs/PROTOCOL.md` §2.0): whoever points them at us, in a hosts file, means us.
const STOOD_IN_FOR: [&str; 6] = [
    "dev.nicepay.co.id",
    "dev-services.nicepay.co.id",
    "staging.nicepay.co.id",
    "www.nicepay.co.id",
    "api.nicepay.co.id",
    "services.nicepay.co.id",
];

/// The names we answer to.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    allowed: Vec<String>,
    /// Bound wider than loopback: a name without a dot is another container's name for us.
    dotless: bool,
}

impl Hosts {
    pub(super) fn new(listen: SocketAddr, public_url: Option<&str>, allow_host: &[String]) -> Self {
        let mut allowed: Vec<String> = STOOD_IN_FOR.iter().map(|&name| name.to_owned()).collect();
        allowed.push("host.docker.internal".to_owned());
        allowed.extend(allow_host.iter().map(|name| name.to_ascii_lowercase()));
        let public =
            public_url.and_then(|url| url.split_once("://")).map(|(_, host)| name_of(host).to_ascii_lowercase());
        allowed.extend(public);
        Self { allowed, dotless: !listen.ip().is_loopback() }
    }

    /// Whether a request with this `Host` may be served.
    pub(super) fn serves(&self, host: &str) -> bool {
        let name = name_of(host);
        if name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            return true;
        }
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        name == "localhost"
            || name.ends_with(".localhost")
            || (self.dotless && !name.is_empty() && !name.contains('.'))
            || self.allowed.contains(&name)
    }
}

/// A `Host` without its port.
fn name_of(host: &str) -> &str {
    // The colons inside an IPv6 address are not a port's.
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|b| b.is_ascii_digit()) && (!name.starts_with('[') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_cannot_be_rebound_are_served() {
        let hosts = Hosts::new("127.0.0.1:1".parse().unwrap(), Some("http://pay.example:80"), &["Shop.example".into()]);
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
            assert!(hosts.serves(good), "{good}");
        }
        for bad in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "nicepay",
            "",
            "notlocalhost",
            "[::1].evil",
        ] {
            assert!(!hosts.serves(bad), "{bad}");
        }
        assert!(Hosts::new("0.0.0.0:1".parse().unwrap(), None, &[]).serves("nicepay-sim:8606"), "another container");
    }
}
